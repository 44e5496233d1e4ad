"""What is made of a picture from behind a spoiler stays behind one, whichever door the picture came by."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.jobs import Job
from tests.glue.collecting import COLLECT, EDIT, choose_in_menu, pictures, posted, press
from tests.glue.iterating import card_of, edit
from tests.glue.moderating import newest_job, paint
from tests.glue.room import Room, scene

HIDDEN = "SPOILER_fox.png"
IS_SPOILER, IS_ANIMATED = 1 << 3, 1 << 5


async def newest(room: Room) -> Job:
    return await room.finished(await newest_job(room))


async def flagged(room: Room, flags: int) -> discord.Message:
    """A picture that Discord marks by its flags alone."""
    message = await posted(room, "fox.png")
    (stored,) = room.world.env.backend.get_message(message.channel.id, message.id).attachments
    stored["flags"] = flags
    return message


@scene()
async def test_it_is_hidden_when_attached_to_a_command_unless_the_person_says_otherwise(room: Room) -> None:
    (hidden, shown) = pictures(HIDDEN, "cat.png")
    for command, options in (
        ("edit", {"image": shown, "image2": hidden}),
        ("imagine", {"reference": hidden}),
    ):
        await room.use(command, prompt="make it night", **options)
        assert (await newest(room)).request.spoiler, command
    await room.use("edit", prompt="make it night", image=shown)
    assert not (await newest(room)).request.spoiler

    await room.use("edit", prompt="make it night", image=hidden, spoiler=False)
    first = await newest(room)
    assert not first.request.spoiler
    await edit(room, room.ada, card_of(room, first))
    assert not (await newest(room)).request.spoiler


@scene()
async def test_it_is_hidden_when_edited_from_its_message(room: Room) -> None:
    for flags, is_hidden in ((IS_SPOILER, True), (IS_ANIMATED, False)):
        form = await choose_in_menu(room, EDIT, await flagged(room, flags))
        await room.ada.submit_modal(form, {"instruction": "make it night"})
        assert (await newest(room)).request.spoiler is is_hidden


@scene()
async def test_it_is_hidden_when_added_in_a_form(room: Room) -> None:
    form = await choose_in_menu(room, EDIT, await posted(room, "cat.png"))
    await room.ada.submit_modal(form, {"instruction": "make it night", "pictures": pictures(HIDDEN)})
    assert (await newest(room)).request.spoiler
    shown = await paint(room, "a fox")
    await edit(room, room.ada, card_of(room, shown.job), pictures=pictures(HIDDEN))
    assert (await newest(room)).request.spoiler


@scene()
async def test_it_is_hidden_when_it_came_from_the_tray(room: Room) -> None:
    await choose_in_menu(room, COLLECT, await flagged(room, IS_SPOILER))
    await room.use("edit", prompt="make it night")
    assert (await newest(room)).request.spoiler
    form = await press(room, await room.use("tray show"), "Edit with these")
    values: dict[str, Any] = {"aspect": ["like_first"], "resolution": "2K", "count": "1"}
    await room.ada.submit_modal(form, {"instruction": "a collage", **values})
    assert (await newest(room)).request.spoiler


@scene()
async def test_a_hidden_result_stays_hidden_on_the_tray(room: Room) -> None:
    await room.use("imagine", prompt="a fox", spoiler=True)
    await choose_in_menu(room, COLLECT, card_of(room, await newest(room)))
    await room.use("edit", prompt="make it night")
    assert (await newest(room)).request.spoiler


@scene()
async def test_it_is_hidden_after_a_question_about_variables(room: Room) -> None:
    (hidden,) = pictures(HIDDEN)
    question = await room.use("edit", prompt="make it {red,blue}", image=hidden)
    await room.ada.click(room.card(question), label="Paint 2 pictures")
    assert (await newest(room)).request.spoiler
