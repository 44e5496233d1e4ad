"""Whoever and whatever a prompt mentions reaches the model by name; nobody's id does."""

from __future__ import annotations

from bot.domain.jobs import Job
from tests.glue.collecting import EDIT, choose_in_menu, posted, told
from tests.glue.iterating import card_of, edit
from tests.glue.moderating import newest_job, whispered
from tests.glue.room import Room, scene


async def newest(room: Room) -> Job:
    return await room.finished(await newest_job(room))


def typed(room: Room) -> str:
    return f"<@{room.ben.id}> holds <:fox:123456789012345678> in <#{room.world.channel.id}>"


async def is_by_name(room: Room) -> None:
    """On record, on the card and in the call."""
    job = await newest(room)
    for text in (*job.request.all_words.split("\n"), room.offline.calls[-1].prompt):
        assert str(room.ben.id) not in text
        assert "123456789012345678" not in text
    assert f"Ben holds :fox: in #{room.world.channel.name}" in job.request.prompt
    assert str(room.ben.id) not in str(card_of(room, job).components)


@scene()
async def test_in_a_command_and_the_forms_of_results(room: Room) -> None:
    await room.use("imagine", prompt=typed(room))
    await is_by_name(room)
    await edit(room, room.ada, card_of(room, await newest(room)), typed(room))
    await is_by_name(room)


@scene()
async def test_in_the_form_of_a_message(room: Room) -> None:
    form = await choose_in_menu(room, EDIT, await posted(room, "fox.png"))
    await room.ada.submit_modal(form, {"instruction": typed(room)})
    await is_by_name(room)


@scene()
async def test_in_the_question_about_variables_and_after_it(room: Room) -> None:
    question = await room.use("imagine", prompt=f"{{red,blue}} {typed(room)}")
    assert str(room.ben.id) not in told(question)
    await room.ada.click(room.card(question), label="Paint 2 pictures")
    await is_by_name(room)


@scene()
async def test_in_the_scenes_of_a_series(room: Room) -> None:
    form = await room.use("series")
    await room.ada.submit_modal(form, {"shared": typed(room), "scenes": f"{typed(room)}\nsleeps"})
    await is_by_name(room)


@scene()
async def test_in_a_message(room: Room) -> None:
    assert room.world.client.user is not None
    await room.ada.send(room.world.channel, f"{room.world.client.user.mention} {typed(room)}")
    await is_by_name(room)


@scene()
async def test_in_a_preset(room: Room) -> None:
    answer = await room.use("preset save", name="ink", text=typed(room))
    assert str(room.ben.id) not in told(answer)
    await room.use("imagine", prompt="at night", preset="ink")
    await is_by_name(room)


@scene()
async def test_a_prompt_that_shows_nothing_is_no_prompt(room: Room) -> None:
    for prompt in ("\u3164", "\u2800\u115f", "** **", "||||"):
        assert "prompt" in whispered(await room.use("imagine", prompt=prompt)).lower(), prompt
    assert room.offline.calls == []
