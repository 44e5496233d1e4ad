"""The row under every result: what it makes, on whose account, and what it says where it cannot."""

from __future__ import annotations

from typing import Final

import pytest
import simcord
from sqlalchemy import text

from bot.domain.jobs import JobKind, JobState, Origin, Parent, ReplyScope
from bot.domain.sizes import Aspect, Resolution
from bot.ui.cards.card import REWORD
from tests.glue.iterating import (
    VARIED,
    a_series,
    again,
    card_of,
    child,
    counted,
    edit,
    enlarge,
    everything_kept,
    form_of,
    hours_later,
    keep_nothing,
    let_addresses_die,
    paint_wish,
    posted,
    row_of_result,
    send,
    vary,
)
from tests.glue.moderating import all_text, buttons, by_mo, open_modlog, paint, whispered
from tests.glue.room import Room, open_room, scene
from tests.glue.test_creating import png

GONE = "is no longer on Discord"
ROW = ["Edit", "Vary", "Again", "4K", "More…"]
EACH = [f"{verb} {n}" for verb in ("Vary", "Edit") for n in range(1, 5)]
USE_REVISED = "Paint with these words"


@scene()
async def test_again_paints_the_same_with_another_seed_and_vary_what_was_changed(room: Room) -> None:
    painted = await paint(room, "a red fox", count=2, aspect="3:2", resolution="4K", seed=7)
    card = room.card(painted.result)
    pressed = await again(room, room.ada, card)
    job = await child(room)
    assert job.request.prompt == "a red fox"
    assert (job.request.aspect, job.request.resolution) == (Aspect.LANDSCAPE_3_2, Resolution.FOUR_K)
    assert job.seeds != (7, 8)
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.AGAIN)
    assert len(room.card(pressed).attachments) == 2
    assert await counted(room, room.ada) == 4

    form = await room.ada.click(card, label="Vary")
    assert filled_in(form) == ("a red fox", ["3:2", "4K", "2"])
    await send(room.ada, form, **VARIED)
    job = await child(room)
    assert (job.request.prompt, job.request.aspect) == ("a blue fox", Aspect.WIDE_16_9)
    assert (job.request.resolution, job.request.count) == (Resolution.TWO_K, 1)
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.VARY)


@scene()
async def test_again_and_vary_take_the_references_along_but_not_to_somebody_else(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(90, 160)), count=2)
    card = room.card(painted.result)
    await again(room, room.ada, card)
    job = await child(room)
    assert job.state is JobState.DONE
    assert job.size == painted.job.size
    await vary(room, room.ada, card, prompt="a crown", aspect="like_first")
    job = await child(room)
    assert job.request.kind is JobKind.EDIT
    assert job.size == painted.job.size
    assert [call.n_references for call in room.offline.calls] == [1] * (2 + 2 + 1)

    await room.ben.click(card, label="Vary 2")
    job = await child(room)
    assert [one.stored.key for one in job.request.references if one.stored] == [f"{painted.job.id}/out-1"]


@scene(EASEL_IMAGES_PER_DAY="4")
async def test_vary_with_variables_asks_with_a_price_and_beyond_the_quota_gives_the_words_back(
    room: Room,
) -> None:
    painted = await paint(room)
    answer = await vary(room, room.ada, room.card(painted.result), prompt="a {red,blue} fox")
    assert answer.ephemeral
    assert "This makes 2 pictures" in room.text(answer)
    assert whispered(answer).count("Your words") == 0
    await room.ada.click(room.card(answer), label="Paint 2 pictures")
    job = await child(room)
    assert job.request.prompts == ("a red fox", "a blue fox")
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.VARY)
    card = card_of(room, job)
    assert "> 1 · a red fox\n> 2 · a blue fox" in all_text(card)
    assert [one.description for one in card.attachments] == ["a red fox", "a blue fox"]

    answer = await vary(room, room.ada, room.card(painted.result), prompt="a {red,blue} fox")
    assert "1 of 4 pictures in 24 hours left" in whispered(answer)
    assert "> a {red,blue} fox\n" in whispered(answer)


@scene()
async def test_edit_makes_the_result_the_first_reference_and_takes_up_to_ten_more_pictures(
    room: Room,
) -> None:
    painted = await paint(room, "a red fox", aspect="16:9", count=1)
    await edit(room, room.ada, room.card(painted.result))
    job = await child(room)
    assert job.state is JobState.DONE
    assert job.request.kind is JobKind.EDIT
    assert [one.name for one in job.request.references] == ["image"]
    assert job.size is not None
    assert abs(job.size.ratio - 16 / 9) < 0.02
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.EDIT, index=0)

    more = [(f"{number}.png", png(64, 64)) for number in range(10)]
    await edit(room, room.ada, room.card(painted.result), "put image 11 on image 1", pictures=more)
    job = await child(room)
    assert job.state is JobState.DONE
    assert [one.name for one in job.request.references] == ["image", *(f"image{n}" for n in range(2, 12))]
    assert [one.filename for one in job.request.references[1:3]] == ["0.png", "1.png"]
    assert [call.n_references for call in room.offline.calls] == [0, 1, 11]


@scene()
async def test_of_four_pictures_edit_and_4k_ask_which_and_one_press_edits_or_varies_the_third(
    room: Room,
) -> None:
    painted = await paint(room, "a red fox", count=4)
    card = room.card(painted.result)
    assert [label for label in buttons(card) if label != USE_REVISED] == ROW + EACH

    form = await room.ada.click(card, label="Edit")
    options = form_of(form)["which"]["options"]
    assert [one["label"] for one in options] == [
        f"Picture {index + 1} · seed {seed}" for index, seed in enumerate(painted.job.seeds)
    ]
    await send(room.ada, form, which="2", instruction="make it night")
    job = await child(room)
    assert job.state is JobState.DONE
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.EDIT, index=2)
    assert job.request.references[0].stored is not None
    assert job.request.references[0].stored.key == f"{painted.job.id}/out-2"

    await enlarge(room, room.ada, card, which="3")
    job = await child(room)
    assert (job.request.resolution, job.request.count) == (Resolution.FOUR_K, 1)
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.ENLARGE, index=3)
    assert await counted(room, room.ada) == 4 + 1 + 1

    form = await room.ben.click(card, label="Edit 3")
    assert "which" not in form_of(form)
    await send(room.ben, form, instruction="make it night")
    job = await child(room)
    assert (job.state, job.user_id) == (JobState.DONE, room.ben.id)
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.EDIT, index=2)

    for _ in range(2):
        answer = await room.ben.click(card, label="Vary 3")
        job = await child(room)
        assert (job.state, job.user_id) == (JobState.DONE, room.ben.id)
        assert job.parent == Parent(job_id=painted.job.id, origin=Origin.VARY, index=2)
        assert job.request.references[0].stored is not None
        assert job.request.references[0].stored.key == f"{painted.job.id}/out-2"
        assert "\n> a red fox\n" in room.text(answer)
    assert await counted(room, room.ben) == 1 + 2
    assert await counted(room, room.ada) == 4 + 1 + 1


@scene()
async def test_4k_paints_the_same_picture_larger_and_offers_no_more(room: Room) -> None:
    painted = await paint(room, "a red fox", aspect="16:9")
    assert [label for label in buttons(room.card(painted.result)) if label != USE_REVISED] == ROW
    answer = await enlarge(room, room.ada, room.card(painted.result))
    job = await child(room)
    assert job.request.resolution is Resolution.FOUR_K
    assert job.size is not None
    assert abs(job.size.ratio - 16 / 9) < 0.02
    assert [call.n_references for call in room.offline.calls] == [0, 1]
    assert "> a red fox" in room.text(answer)
    assert "4K" not in buttons(room.card(answer))


@scene()
async def test_one_failed_scene_of_a_series_is_painted_again(room: Room) -> None:
    job = await paint_wish(room, a_series("a fox", "it wakes", "it hunts [fault:refused_prompt x1]"))
    card = card_of(room, job)
    assert len(card.attachments) == 1
    assert "2 · missing · it hunts" in all_text(card)
    await room.ada.click(card, label="Paint again")
    scene_job = await child(room)
    assert scene_job.state is JobState.DONE
    assert scene_job.request.prompt == job.request.prompts[1]
    assert scene_job.parent == Parent(job_id=job.id, origin=Origin.SCENE, index=1)
    assert await counted(room, room.ada) == 2


@scene()
async def test_several_failed_scenes_are_chosen_from_a_select_after_a_restart(room: Room) -> None:
    failing = ("it hunts [fault:refused_prompt x1]", "it sleeps [fault:refused_result x1]")
    job = await paint_wish(room, a_series("a fox", "it wakes", *failing))
    await room.world.env.restart_bot()
    await room.ben.select(card_of(room, job), ["2"], custom_id=f"easel:scene:{job.id}")
    scene_job = await child(room)
    assert scene_job.state is JobState.DONE
    assert scene_job.request.prompt == job.request.prompts[2]
    assert (await counted(room, room.ada), await counted(room, room.ben)) == (1, 1)


@scene()
async def test_a_series_is_varied_scene_by_scene_and_with_too_few_of_them_reworded(room: Room) -> None:
    job = await paint_wish(room, a_series("a fox in ink", "it wakes", "it hunts"))
    form = await room.ada.click(card_of(room, job), label="Vary")
    shown = form_of(form)
    assert shown["shared"]["value"] == "a fox in ink"
    assert shown["scenes"]["value"] == "it wakes\nit hunts"
    values = {"shared": "a wolf in ink", "scenes": "1. it wakes\n2. it howls\n3. it sleeps"}
    await send(room.ada, form, aspect="1:1", resolution="2K", **values)
    varied = await child(room)
    assert varied.request.is_series
    assert varied.request.count == len(varied.pictures) == 3
    assert varied.request.prompts[1].startswith("a wolf in ink")
    assert varied.request.prompts[1].endswith("it howls")

    form = await room.ada.click(card_of(room, job), label="Vary")
    values = {"shared": "a wolf", "scenes": "it wakes", "aspect": "1:1", "resolution": "2K"}
    answer = await send(room.ada, form, **values)
    assert "A series needs at least 2 scenes" in whispered(answer)
    again = await room.ada.click(room.card(answer), label="Reword…")
    assert [form_of(again)[name]["value"] for name in ("shared", "scenes")] == ["a wolf", "it wakes"]
    await send(room.ada, again, shared="a wolf", scenes="it wakes\nit howls")
    varied = await child(room)
    assert (varied.request.count, varied.parent) == (2, Parent(job_id=job.id, origin=Origin.VARY))


@scene(EASEL_IMAGES_PER_DAY="1")
async def test_a_stranger_without_quota_is_told_so_alone_and_gets_the_words_back(room: Room) -> None:
    painted = await paint(room)
    await room.ben.slash(room.world.channel, "imagine", prompt="my own")
    await child(room)
    shown = len(room.world.channel.history())
    answer = await again(room, room.ben, room.card(painted.result))
    assert answer.ephemeral
    assert "used the 1 picture you can make in 24 hours" in whispered(answer)
    answer = await vary(room, room.ben, room.card(painted.result), prompt="a ``` fox")
    assert "used the 1 picture you can make in 24 hours" in whispered(answer)
    assert "> a \\`\\`\\` fox\n" in whispered(answer)
    assert len(room.world.channel.history()) == shown
    assert await counted(room, room.ada) == 1


@scene()
async def test_every_flow_works_after_a_restart_and_a_stranger_s_press_counts_against_the_stranger(
    room: Room,
) -> None:
    painted = await paint(room, "a red fox", count=2)
    card = room.card(painted.result)
    await room.world.env.restart_bot()
    await again(room, room.ben, card)
    assert (await child(room)).state is JobState.DONE
    await vary(room, room.ben, card)
    assert (await child(room)).state is JobState.DONE
    await edit(room, room.ben, card, which="1")
    assert (await child(room)).state is JobState.DONE
    answer = await enlarge(room, room.ben, card, which="0")
    job = await child(room)
    assert (job.state, job.user_id) == (JobState.DONE, room.ben.id)
    assert f"<@{room.ben.id}>" in room.text(answer)
    assert f"<@{room.ada.id}>" not in room.text(answer)
    assert (await counted(room, room.ada), await counted(room, room.ben)) == (2, 2 + 1 + 1 + 1)

    revised = painted.job.renders[0].revised_prompt
    assert revised is not None
    answer = await room.ada.click(card, label=USE_REVISED)
    job = await child(room)
    assert (job.state, job.request.prompt) == (JobState.DONE, revised)
    assert job.request.prompt in room.text(answer)
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.REVISED, index=0)


@scene()
async def test_every_flow_works_a_day_later_from_what_is_kept(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", count=2, image=("a.png", png(90, 160)))
    card = room.card(painted.result)
    await everything_kept(room, painted.job)
    let_addresses_die(room)
    with hours_later(25):
        await again(room, room.ada, card)
        assert (await child(room)).state is JobState.DONE
        await vary(room, room.ada, card)
        assert (await child(room)).state is JobState.DONE
        await edit(room, room.ada, card, which="1")
        assert (await child(room)).state is JobState.DONE
        await enlarge(room, room.ben, card, which="1")
        assert (await child(room)).state is JobState.DONE
    assert [call.n_references for call in room.offline.calls] == [1] * (2 + 2 + 1 + 1 + 1)


@scene()
async def test_with_nothing_kept_the_message_in_front_of_the_person_is_enough(room: Room) -> None:
    painted = await paint(room)
    await keep_nothing(room, painted.job)
    with hours_later(25):
        await edit(room, room.ada, room.card(painted.result))
        assert (await child(room)).state is JobState.DONE


@scene()
async def test_where_a_picture_is_nowhere_any_more_the_card_says_so_and_nothing_counts(room: Room) -> None:
    painted = await paint(room)
    await keep_nothing(room, painted.job)
    let_addresses_die(room)
    answer = await edit(room, room.ada, room.card(painted.result))
    job = await child(room)
    assert job.state is JobState.FAILED
    assert f"`image` {GONE}" in room.text(answer)
    assert await counted(room, room.ada) == 1


@scene()
async def test_with_the_source_message_deleted_an_edit_is_still_repeated_from_what_is_kept(
    room: Room,
) -> None:
    painted = await paint(room)
    await edit(room, room.ada, room.card(painted.result))
    edited = await child(room)
    await everything_kept(room, edited)
    await room.card(painted.result).delete()
    let_addresses_die(room)
    await again(room, room.ada, card_of(room, edited))
    assert (await child(room)).state is JobState.DONE
    for job in (painted.job, edited):
        await keep_nothing(room, job)
    answer = await again(room, room.ada, card_of(room, edited))
    assert (await child(room)).state is JobState.FAILED
    assert GONE in room.text(answer)


@scene()
async def test_of_a_private_result_everything_stays_private_and_strangers_do_not_hear_of_it(
    room: Room,
) -> None:
    painted = await paint(room, "a secret", private=True)
    card = room.card(painted.result)
    for answer in (
        await again(room, room.ada, card),
        await vary(room, room.ada, card, prompt="a secret too"),
        await edit(room, room.ada, card),
        await enlarge(room, room.ada, card),
    ):
        assert answer.ephemeral
        job = await child(room)
        assert job.state is JobState.DONE
        assert job.request.private
    assert not any("secret" in all_text(one) for one in room.world.channel.history(viewer=room.ben))

    forged = await row_of_result(room, painted.job.id)
    for label in ("Again", "Vary", "Edit", "4K"):
        answer = await room.ben.click(forged, label=label)
        assert answer.ephemeral
        assert "Easel no longer has this job" in whispered(answer)
    assert await counted(room, room.ben) == 0


@scene()
async def test_a_removed_result_cannot_be_worked_with_and_an_open_form_gives_the_words_back(
    room: Room,
) -> None:
    painted = await paint(room)
    card = room.card(painted.result)
    form = await room.ben.click(card, label="Edit")
    varying = await room.ben.click(card, label="Vary")
    await room.world.client.history.remove(painted.job.id, by=room.ada.id)
    answer = await send(room.ben, form, instruction="make it night")
    assert f"<@{room.ada.id}> removed this result" in whispered(answer)
    assert "```\nmake it night\n```" in whispered(answer)
    assert "```\na blue fox\n```" in whispered(await send(room.ben, varying, **VARIED))
    for label in ("Again", "Vary", "Edit", "4K", USE_REVISED):
        assert "removed this result" in whispered(await room.ada.click(card, label=label))
    assert await counted(room, room.ada) == 1
    assert await counted(room, room.ben) == 0

    asked = await room.use("mydata delete")  # takes it off the record
    await room.ada.click(room.card(asked), label="Delete my data")
    for label in ("Again", "Vary", "Edit", "4K"):
        answer = await room.ben.click(card, label=label)
        assert "Easel no longer has this job" in whispered(answer)


@scene()
async def test_in_a_direct_message_everything_works_too(room: Room) -> None:
    result = await room.ada.user.slash("imagine", prompt="a quiet lake", count=2)
    await child(room)
    user, card = room.ada.user, room.card(result)
    for answering in (  # one after the other: three jobs at once are allowed
        again(room, user, card),
        vary(room, user, card),
        edit(room, user, card, which="1"),
        enlarge(room, user, card, which="0"),
    ):
        answer = await answering
        job = await child(room)
        assert job.state is JobState.DONE
        assert job.reply_target.scope is ReplyScope.DIRECT
        assert room.card(answer).attachments


async def test_a_prompt_that_is_refused_in_a_form_comes_back_to_whoever_typed_it() -> None:
    async with open_room({}) as room:
        painted = await paint(room)
        card = room.card(painted.result)
        await by_mo(room, "filter add", kind="word", text="zebra")
        answer = await edit(room, room.ada, card, "ride a zebra")
        assert "This server doesn't allow “zebra”" in whispered(answer)
        assert "> ride a zebra\n" in whispered(answer)
        assert answer.followups == []
        answer = await vary(room, room.ada, card, prompt=" \u200b ")
        assert "prompt is empty" in whispered(answer)
        assert "```" not in whispered(answer)
        answer = await edit(room, room.ada, card, "look", pictures=[("notes.txt", b"hello")])
        assert "`image2` isn't a picture" in whispered(answer)
        assert "> look\n" in whispered(answer)
        assert await counted(room, room.ada) == 1


DARK: Final = {
    "emoji": "🦊🦊🦊",
    "right to left": "ثعلب أحمر في الثلج",
    "long": "a fox " * 666,
    "markup": (
        "# title\n**bold** ||hidden|| `code` ```block``` [x](https://evil.example)\n> quote\n"
        "@everyone <@1> <@&2> come"
    ),
}


async def test_dark_prompts_go_through_every_flow_and_are_shown_as_they_read(
    subtests: pytest.Subtests,
) -> None:
    async with open_room({}) as room:
        for kind, prompt in DARK.items():
            with subtests.test(kind):
                painted = await paint(room, prompt)
                assert painted.job.state is JobState.DONE
                card = room.card(painted.result)
                form = await room.ada.click(card, label="Vary")
                assert form_of(form)["prompt"]["value"] == painted.job.request.prompt
                await send(room.ada, form, **(VARIED | {"prompt": prompt}))
                varied = await child(room)
                assert varied.request.prompt == painted.job.request.prompt
                await edit(room, room.ada, card, prompt)
                assert (await child(room)).state is JobState.DONE
                await enlarge(room, room.ada, card)
                assert (await child(room)).state is JobState.DONE
        for shown in room.world.channel.history():
            assert not shown.mention_everyone
            assert "](https://" not in all_text(shown).replace("\\]", "")


@scene()
async def test_a_stranger_edits_a_result_but_does_not_vary_what_was_made_from_others_pictures(
    room: Room,
) -> None:
    painted = await paint(room)
    edited_card = await edit(room, room.ada, room.card(painted.result))
    await child(room)
    answer = await room.ben.click(room.card(edited_card), label="Vary")
    assert "pictures someone else attached" in whispered(answer)
    await edit(room, room.ben, room.card(edited_card))
    assert (await child(room)).user_id == room.ben.id


@scene()
async def test_a_failed_edit_is_tried_again_when_what_was_attached_is_gone(room: Room) -> None:
    words = "make it night [fault:out_of_credit x1]"
    failed = await room.use("edit", prompt=words, image=("harbour.png", png(64, 64)))
    job = await child(room)
    assert job.state is JobState.FAILED
    await everything_kept(room, job)
    let_addresses_die(room)
    await room.ada.click(room.card(failed), label="Try again")
    assert (await child(room)).state is JobState.DONE


REWORDED: Final = {"prompt": "ride a horse", "aspect": "16:9", "resolution": "2K", "count": "1"}


def filled_in(form: simcord.InteractionResult) -> tuple[str, list[str]]:
    """The prompt and the chosen options of a form."""
    shown = form_of(form)
    names = ("aspect", "resolution", "count")
    return shown["prompt"]["value"], [
        one["value"] for name in names for one in shown[name]["options"] if one.get("default")
    ]


@scene()
async def test_a_refused_prompt_is_reworded_by_one_press_with_everything_that_was_asked(room: Room) -> None:
    await by_mo(room, "filter add", kind="word", text="zebra")
    picture = ("me.png", png(640, 480))
    refused = await room.use(
        "edit", prompt="ride a zebra", image=picture, aspect="3:2", resolution="4K", count=2
    )
    assert "> ride a zebra\n" in whispered(refused)

    form = await room.ada.click(room.card(refused), label="Reword…")
    assert filled_in(form) == ("ride a zebra", ["3:2", "4K", "2"])
    still = await send(room.ada, form, **(REWORDED | {"prompt": "ride two zebras, zebra"}))
    assert "> ride two zebras, zebra\n" in whispered(still)
    await send(room.ada, await room.ada.click(room.card(refused), label="Reword…"), **REWORDED)

    job = await child(room)
    assert (job.state, job.request.prompt) == (JobState.DONE, "ride a horse")
    assert (job.request.kind, job.request.aspect) == (JobKind.EDIT, Aspect.WIDE_16_9)
    assert [one.filename for one in job.request.references] == ["me.png"]
    assert await counted(room, room.ada) == 1


@scene()
async def test_a_refused_follow_up_stays_one_of_its_result_which_itself_cannot_be_reworded(
    room: Room,
) -> None:
    painted = await paint(room)
    await by_mo(room, "filter add", kind="word", text="zebra")
    refused = await edit(room, room.ada, room.card(painted.result), "ride a zebra")
    form = await room.ada.click(room.card(refused), label="Reword…")
    await send(room.ada, form, **(REWORDED | {"aspect": "like_first"}))
    job = await child(room)
    assert job.parent == Parent(job_id=painted.job.id, origin=Origin.EDIT, index=0)
    assert job.request.references[0].stored is not None

    forged = await posted(room, REWORD.button(painted.job.id))
    assert "can't be reworded" in whispered(await room.ada.click(forged, label="Reword…"))


@scene()
async def test_a_forgotten_request_cannot_be_reworded_and_where_no_other_words_help_they_are_easy_to_copy(
    room: Room,
) -> None:
    await by_mo(room, "filter add", kind="word", text="zebra")
    refused = await room.use("imagine", prompt="a zebra")
    await room.world.base.store.tx(lambda conn: conn.execute(text("DELETE FROM drafts")))
    answer = await room.ada.click(room.card(refused), label="Reword…")
    assert "for 15 minutes" in whispered(answer)

    await by_mo(room, "pause")
    refused = await room.use("imagine", prompt="a *red* fox")
    assert "```\na *red* fox\n```" in whispered(refused)
    assert buttons(room.card(refused)) == []


@scene()
async def test_a_card_that_the_provider_refused_is_reworded_by_its_requester_alone(room: Room) -> None:
    failed = await paint(
        room, "a hat [fault:refused_prompt x1]", command="edit", image=("a.png", png(90, 160))
    )
    assert failed.job.state is JobState.REFUSED
    card = room.card(failed.result)
    assert "Only the person who requested" in whispered(await room.ben.click(card, label="Reword…"))

    form = await room.ada.click(card, label="Reword…")
    assert filled_in(form) == ("a hat [fault:refused_prompt x1]", ["like_first", "2K", "1"])
    await send(room.ada, form, **(REWORDED | {"aspect": "like_first"}))
    job = await child(room)
    assert (job.state, job.request.prompt) == (JobState.DONE, "ride a horse")
    assert [call.n_references for call in room.offline.calls][-1] == 1
    assert await counted(room, room.ada) == 1


@scene(EASEL_IMAGES_PER_DAY="2")
async def test_what_easel_says_to_the_model_is_no_word_of_a_refusal_or_the_mod_log(
    room: Room,
) -> None:
    log = await open_modlog(room)
    painted = await paint(room, "a red fox", count=2)
    for label in ("Vary 2", "4K"):
        pressed = await room.ada.click(room.card(painted.result), label=label)
        refused = pressed if label == "Vary 2" else await send(room.ada, pressed, which="1")
        told = whispered(refused)
        assert "```\na red fox\n```" in told
        assert "image 1" not in told
        assert buttons(room.card(refused)) == []

    await room.ben.click(room.card(painted.result), label="Vary 2")
    await child(room)
    card = (await log.news())[-1]
    assert "> a red fox\n" in all_text(card)
    assert "image 1" not in all_text(card)
