"""/help as people read it."""

from __future__ import annotations

import re

import discord

from bot.ui.help import help_card
from tests.glue.room import Room, scene
from tests.unit.ui.limits.material import text_of

MENTION = re.compile(r"</([a-z ]+):(\d+)>")


@scene()
async def test_everybody_can_ask_and_sees_it_alone(room: Room) -> None:
    result = await room.use("help")

    assert result.ephemeral
    text = room.text(result)
    assert "### For moderators" not in text
    assert "limits panel" not in text
    assert f"<@{room.world.client.user.id}>" in text  # pyright: ignore[reportOptionalMemberAccess]


@scene()
async def test_a_moderator_reads_one_line_more(room: Room) -> None:
    result = await room.world.moderator.slash(room.world.channel, "help")

    assert "limits panel" in room.text(result)


@scene()
async def test_every_command_it_names_exists_and_can_be_clicked(room: Room) -> None:
    ids = room.world.client.command_ids
    known = {
        command.qualified_name
        for command in room.world.client.tree.walk_commands(type=discord.AppCommandType.chat_input)
    }

    result = await room.world.moderator.slash(room.world.channel, "help")

    mentioned = MENTION.findall(room.text(result))
    assert len(mentioned) > 10
    for name, command_id in mentioned:
        assert name in known
        assert ids[name.split()[0]] == int(command_id)
    assert "`/" not in room.text(result)


@scene()
async def test_the_entry_of_the_menu_it_names_exists(room: Room) -> None:
    menus = room.world.client.tree.get_commands(type=discord.AppCommandType.message)
    text = text_of(
        help_card(str, bot="me", can_enhance=True, can_describe=True, can_animate=True, moderates=False)
    )

    assert any(f"*{menu.name}*" in text for menu in menus)


@scene()
async def test_it_works_in_a_direct_message_and_after_a_restart(room: Room) -> None:
    await room.world.env.restart_bot()

    text = room.text(await room.ada.user.slash("help"))

    assert MENTION.search(text)


@scene(EASEL_ENHANCE_MODEL="")
async def test_what_the_operator_switched_off_is_not_offered(room: Room) -> None:
    assert "`enhance`" not in room.text(await room.use("help"))
