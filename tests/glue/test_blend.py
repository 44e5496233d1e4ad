"""Blend: one picture from two to five, with or without words."""

from __future__ import annotations

from typing import Any, Final

import discord
import simcord

from bot.domain.followups import BLEND
from bot.domain.jobs import Job, JobKind, JobState, Origin, Parent
from bot.domain.references import option_name
from tests.glue.collecting import choose_in_menu, collect, labels, posted, press, told
from tests.glue.iterating import VARIED, card_of, child, form_of
from tests.glue.moderating import all_text, paint
from tests.glue.room import Room, scene

MENU: Final = "Blend"


async def blended(room: Room, message: discord.Message, words: str = "", **values: Any) -> Job:
    """Ada opens the form about a message, fills it in and sends it."""
    form = await choose_in_menu(room, MENU, message)
    await room.ada.submit_modal(form, {"instruction": words, **values})
    return await child(room)


def shown(room: Room, job: Job) -> str:
    return all_text(card_of(room, job))


async def tray(room: Room) -> simcord.InteractionResult:
    return await room.use("tray show")


@scene()
async def test_without_words_the_pictures_are_blended_by_an_instruction_that_nobody_is_shown(
    room: Room,
) -> None:
    job = await blended(room, await posted(room, "fox.png", "cat.png"))

    assert (job.state, job.request.kind, job.parent) == (JobState.DONE, JobKind.EDIT, None)
    assert [one.filename for one in job.request.references] == ["fox.png", "cat.png"]
    [call] = room.offline.calls
    assert (call.prompt, call.n_references) == (f"{BLEND} A blend of 2 pictures", 2)
    assert "> A blend of 2 pictures" in shown(room, job)
    assert BLEND not in shown(room, job)
    more = await room.ada.click(card_of(room, job), label="More…")
    assert BLEND not in told(more)
    assert BLEND not in told(await room.use("history"))


@scene()
async def test_words_say_how_and_stand_on_the_card_alone(room: Room) -> None:
    job = await blended(room, await posted(room, "fox.png", "cat.png"), "as a watercolour")

    assert room.offline.calls[0].prompt == f"{BLEND} as a watercolour"
    assert "> as a watercolour" in shown(room, job)
    assert BLEND not in shown(room, job)


@scene()
async def test_a_varied_blend_stays_one(room: Room) -> None:
    job = await blended(room, await posted(room, "fox.png", "cat.png"), "as a watercolour")

    form = await room.ada.click(card_of(room, job), label="Vary")
    assert form_of(form)["prompt"]["value"] == "as a watercolour"
    await room.ada.submit_modal(form, VARIED | {"prompt": "as ink", "aspect": ["like_first"]})

    varied = await child(room)
    assert room.offline.calls[-1].prompt == f"{BLEND} as ink"
    assert BLEND not in shown(room, varied)


@scene()
async def test_words_with_variables_are_asked_about_as_anywhere(room: Room) -> None:
    form = await choose_in_menu(room, MENU, await posted(room, "fox.png", "cat.png"))

    answer = await room.ada.submit_modal(form, {"instruction": "in {red,blue}"})

    assert "This makes 2 pictures" in told(answer)
    assert BLEND not in told(answer)


@scene()
async def test_a_message_with_one_picture_says_how_to_collect_more(room: Room) -> None:
    assert "A blend takes 2 to 5 pictures" in told(
        await choose_in_menu(room, MENU, await posted(room, "a.png"))
    )
    words = await room.ben.send(room.world.channel, "just words")
    assert "no picture Easel can use" in told(await choose_in_menu(room, MENU, words))


@scene()
async def test_of_more_than_five_up_to_five_are_chosen(room: Room) -> None:
    message = await posted(room, *(f"{number}.png" for number in range(6)))
    form = form_of(await choose_in_menu(room, MENU, message))
    assert (form["which"]["min_values"], form["which"]["max_values"]) == (2, 5)
    assert [one.get("default", False) for one in form["which"]["options"]] == [True] * 5 + [False]

    job = await blended(room, message, which=["5", "1"])

    assert [(one.name, one.filename) for one in job.request.references] == [
        (option_name(1), "1.png"),
        (option_name(2), "5.png"),
    ]


@scene()
async def test_the_tray_is_blended_from_two_pictures_on(room: Room) -> None:
    await collect(room, "fox.png")
    assert "Blend" not in labels(room.card(await tray(room)))
    await collect(room, "SPOILER_cat.png")

    form = await press(room, await tray(room), "Blend")
    await room.ada.submit_modal(form, {"instruction": ""})

    job = await child(room)
    assert [one.filename for one in job.request.references] == ["fox.png", "SPOILER_cat.png"]
    assert job.request.spoiler is True
    assert job.state is JobState.DONE


@scene()
async def test_a_tray_that_was_emptied_meanwhile_says_so(room: Room) -> None:
    await collect(room, "fox.png", "cat.png")
    shown_before = await tray(room)
    library = room.world.client.library
    first, second = [one.name for one in await library.tray(room.ada.id)]

    await library.take_off_tray(room.ada.id, (first,))
    assert "A blend takes 2 to 5 pictures" in told(await press(room, shown_before, "Blend"))
    await library.take_off_tray(room.ada.id, (second,))
    assert "Your tray is empty" in told(await press(room, shown_before, "Blend"))


@scene()
async def test_the_pictures_of_a_result_keep_their_lineage(room: Room) -> None:
    painted = (await paint(room, count=3)).job

    job = await blended(room, card_of(room, painted))

    assert job.parent == Parent(job_id=painted.id, origin=Origin.EDIT)
    assert [one.stored is not None for one in job.request.references] == [True] * 3
    assert "> A blend of 3 pictures" in shown(room, job)


@scene()
async def test_a_result_that_was_removed_meanwhile_is_not_blended_and_the_words_come_back(room: Room) -> None:
    painted = (await paint(room, count=2)).job
    form = await choose_in_menu(room, MENU, card_of(room, painted), by=room.ben)
    await room.world.client.history.remove(painted.id, by=room.ada.id)

    answer = await room.ben.submit_modal(form, {"instruction": "as ink"})

    told_to_ben = "\n".join(all_text(one.message) for one in answer.followups)
    assert "removed this result" in told_to_ben + all_text(room.card(answer))
    assert len(room.offline.calls) == 2


@scene()
async def test_a_refused_blend_gives_back_the_words_and_not_the_instruction(room: Room) -> None:
    form = await choose_in_menu(room, MENU, await posted(room, "fox.png", "cat.png"))

    answer = await room.ada.submit_modal(form, {"instruction": "a naked woman"})

    assert "a naked woman" in told(answer)
    assert BLEND not in told(answer)
    assert room.offline.calls == []
