"""/block, /unblock, /pause, /resume, /filter, /channels, /modlog, /budget: as moderators use them, and others."""

from __future__ import annotations

from typing import Any

import discord
import simcord
from discord import ui

from bot.ui.base.components import row_of
from bot.ui.moderation.budget import PLOT_FILE
from bot.ui.moderation.filters import FILTER_PAGE
from tests.glue.moderating import (
    buttons,
    by_mo,
    guild_of,
    hidden_channel,
    let_ada_see_the_commands,
    moderate,
    refused,
)
from tests.glue.room import Room, scene

COMMANDS: dict[str, dict[str, Any]] = {
    "unblock": {},
    "pause": {},
    "resume": {},
    "filter add": {"kind": "word", "text": "gore"},
    "filter remove": {"number": 1},
    "filter list": {},
    "filter test": {"prompt": "gore"},
    "channels show": {},
    "modlog channel": {"off": True},
    "modlog changes": {},
    "budget": {},
}


async def painted(room: Room, prompt: str = "a red fox") -> None:
    await room.use("imagine", prompt=prompt)
    await room.finished()


@scene()
async def test_who_is_no_moderator_is_told_so_and_changes_nothing(room: Room) -> None:
    await let_ada_see_the_commands(room)
    commands = {
        **COMMANDS,
        "block": {"member": room.ben, "reason": "x"},
        "channels allow": {"channel": room.world.channel},
        "channels deny": {"channel": room.world.channel},
        "channels clear": {"channel": room.world.channel},
    }

    for name, options in commands.items():
        result = await room.use(name, **options)
        assert result.ephemeral
        assert "Only this server's moderators" in room.text(result), name

    settings = await room.world.client.moderation.settings(guild_of(room).id)
    assert settings.pause is None
    assert (settings.blocks, settings.filters, settings.closed_channels) == (0, 0, ())


@scene()
async def test_a_block_refuses_with_its_reason_until_it_is_lifted(room: Room) -> None:
    done = await by_mo(room, "block", member=room.ada, reason="too many *foxes*", **{"for": "3d"})
    assert f"### <@{room.ada.id}> is blocked until <t:" in done
    assert done.endswith("-# Done")

    text = await refused(room)
    assert "### Not allowed here" in text
    assert "You can use it again <t:" in text
    assert "> too many \\*foxes\\*" in text

    listed = await by_mo(room, "unblock")
    assert "1 member is blocked" in listed
    assert f"<@{room.ada.id}> “too many \\*foxes\\*”" in listed
    await by_mo(room, "unblock", member=room.ada)
    assert "Nobody is blocked" in await by_mo(room, "unblock")
    await painted(room)


async def press(room: Room, on: simcord.InteractionResult, label: str) -> simcord.InteractionResult:
    """The moderator presses a button of an answer, after a restart."""
    await room.world.env.restart_bot()
    return await room.world.moderator.click(room.card(on), label=label)


@scene()
async def test_a_block_is_lifted_from_its_answer_also_after_a_restart(room: Room) -> None:
    blocked = await moderate(room, "block", member=room.ada, reason="x")
    again = await moderate(room, "block", member=room.ada, reason="x")

    await press(room, blocked, "Unblock")

    assert f"### <@{room.ada.id}> is no longer blocked" in room.text(blocked)
    assert buttons(room.card(blocked)) == []
    assert "Nobody is blocked" in await by_mo(room, "unblock")
    await room.world.moderator.click(room.card(again), label="Unblock")
    assert f"<@{room.ada.id}> isn't blocked." in room.text(again)


@scene()
async def test_each_block_of_the_list_has_a_button_that_lifts_it(room: Room) -> None:
    for person in (room.ada, room.ben):
        await by_mo(room, "block", member=person, reason="x")
    listed = await moderate(room, "unblock")
    assert buttons(room.card(listed)) == ["Unblock", "Unblock"]

    await room.world.moderator.click(room.card(listed), custom_id=f"easel:unblock:list:{room.ada.id}")

    assert f"### <@{room.ada.id}> is no longer blocked" in room.text(listed)
    assert "1 member is blocked" in room.text(listed)
    assert buttons(room.card(listed)) == ["Unblock"]


@scene()
async def test_a_pause_ends_from_its_answer_also_after_a_restart(room: Room) -> None:
    paused = await moderate(room, "pause", text="Back at eight")

    await press(room, paused, "Resume")

    assert "### Easel is open again" in room.text(paused)
    assert buttons(room.card(paused)) == []
    await painted(room)
    assert "resumed Easel" in await by_mo(room, "modlog changes")


@scene()
async def test_moderators_and_oneself_cannot_be_blocked_nor_anybody_for_a_time_nobody_understands(
    room: Room,
) -> None:
    mo, roles = room.world.moderator, guild_of(room).roles
    boss = guild_of(room).add_member(room.world.env.create_user("bo"), roles=[roles["Moderator"]])

    assert "can't block yourself" in await by_mo(room, "block", member=mo, reason="x")
    assert "is a moderator here" in await by_mo(room, "block", member=boss, reason="x")
    text = await by_mo(room, "block", member=room.ada, reason="x", **{"for": "a bit"})

    assert "Easel doesn't understand this time" in text
    assert "Nobody is blocked" in await by_mo(room, "unblock")


@scene()
async def test_while_typing_how_long_usual_times_are_offered(room: Room) -> None:
    mo, channel = room.world.moderator, room.world.channel

    offered = await mo.autocomplete(channel, "block", "for", "36h", member=room.ada, reason="x")

    assert [one["value"] for one in offered] == ["1 d 12 h"]


@scene()
async def test_a_pause_refuses_everybody_with_the_text_until_resumed(room: Room) -> None:
    await by_mo(room, "pause", text="Back at eight")
    text = await refused(room)
    assert "Moderators paused Easel" in text
    assert "> Back at eight" in text
    assert "**Paused** by" in await by_mo(room, "budget")

    await by_mo(room, "resume")

    await painted(room)


@scene()
async def test_a_filter_stops_what_it_says_and_is_found_by_its_text(room: Room) -> None:
    mo, channel = room.world.moderator, room.world.channel
    await by_mo(room, "filter add", kind="word", text="gore")
    assert "**#1** ||gore||" in await by_mo(room, "filter list")
    tested = await by_mo(room, "filter test", prompt="so much G0RE")
    assert "This prompt would be blocked" in tested
    assert "**Filter #1** · word or phrase “gore” matches **G0RE**" in tested
    assert "This prompt would pass" in await by_mo(room, "filter test", prompt="a red fox")

    text = await refused(room, "so much g0re")
    assert "doesn't allow “g0re” in prompts (filter #1)" in text

    offered = await mo.autocomplete(channel, "filter remove", "number", "gor")
    assert [(one["name"], one["value"]) for one in offered] == [("#1 · gore", 1)]
    await by_mo(room, "filter remove", number=1)
    assert "No filters" in await by_mo(room, "filter list")
    await painted(room, "so much gore")


@scene()
async def test_many_filters_are_turned_page_by_page(room: Room) -> None:
    for number in range(26):
        await by_mo(room, "filter add", kind="word", text=f"forbidden{number}x")
    result = await room.world.moderator.slash(room.world.channel, "filter list")
    assert "**#26**" not in room.text(result)

    await room.world.moderator.click(room.card(result), label="Page 2")

    assert "**#26** ||forbidden25x||" in room.text(result)
    assert "page 2 of 2" in room.text(result)


@scene()
async def test_filters_are_offered_and_their_pages_turned_for_nobody_but_moderators(room: Room) -> None:
    await let_ada_see_the_commands(room)
    await by_mo(room, "filter add", kind="word", text="gore")
    assert await room.ada.autocomplete(room.world.channel, "filter remove", "number", "") == []

    view = ui.LayoutView(timeout=None)
    view.add_item(row_of(FILTER_PAGE.button("1", "Page 1")))
    message = await room.world.client.get_partial_messageable(room.world.channel.id).send(view=view)

    answer = await room.ada.click(message, label="Page 1")

    assert answer.ephemeral
    assert "Only this server's moderators" in room.text(answer)
    assert "gore" not in room.text(answer)
    assert answer.followups == []


@scene()
async def test_an_open_channel_closes_all_others_and_a_cleared_one_does_not(room: Room) -> None:
    other = guild_of(room).create_text_channel("art")
    done = await by_mo(room, "channels allow", channel=other)
    assert f"**Open:** <#{other.id}>" in done
    assert "All other channels are closed." in done

    assert "can't use Easel in this channel" in await refused(room)
    await by_mo(room, "channels clear", channel=other)
    assert "Easel works in every channel" in await by_mo(room, "channels show")
    await painted(room)


@scene()
async def test_a_closed_category_closes_its_channels(room: Room) -> None:
    category = guild_of(room).create_category("Talk")
    inside = guild_of(room).create_text_channel("chat", category=category)
    await by_mo(room, "channels deny", channel=category)

    result = await room.ada.slash(inside, "imagine", prompt="a red fox")

    assert result.ephemeral
    assert "can't use Easel in this channel" in room.text(result)
    await painted(room)


@scene()
async def test_the_mod_log_goes_where_easel_can_write_and_ends_with_off(room: Room) -> None:
    everyone = guild_of(room).default_role
    hidden = hidden_channel(room, easel_may=False)
    mute = guild_of(room).create_text_channel(
        "rules", overwrites={everyone: discord.PermissionOverwrite(send_messages=False)}
    )
    assert "No mod-log" in await by_mo(room, "modlog channel")
    missing = await by_mo(room, "modlog channel", channel=hidden)
    assert "Give it **View Channel** and **Send Messages** in" in missing
    assert "Give it **Send Messages** in" in await by_mo(room, "modlog channel", channel=mute)
    assert "No mod-log" in await by_mo(room, "modlog channel")

    public = await by_mo(room, "modlog channel", channel=room.world.channel)
    assert "Everyone in this server can see" in public
    assert f"### The mod-log is in <#{room.world.channel.id}>" in public
    assert f"It's in <#{room.world.channel.id}>" in await by_mo(room, "modlog channel")

    await by_mo(room, "modlog channel", off=True)
    assert "No mod-log" in await by_mo(room, "modlog channel")


@scene()
async def test_a_mod_log_that_only_some_see_needs_no_warning(room: Room) -> None:
    hidden = hidden_channel(room, easel_may=True)

    text = await by_mo(room, "modlog channel", channel=hidden)

    assert f"### The mod-log is in <#{hidden.id}>" in text
    assert "Everyone in this server" not in text


@scene()
async def test_what_is_not_there_cannot_be_taken_back(room: Room) -> None:
    channel = room.world.channel
    assert "Easel isn't paused." in await by_mo(room, "resume")
    assert f"<@{room.ada.id}> isn't blocked." in await by_mo(room, "unblock", member=room.ada)
    assert "No filter has the number 99" in await by_mo(room, "filter remove", number=99)
    assert "is neither allowed nor denied." in await by_mo(room, "channels clear", channel=channel)
    assert "The mod-log isn't set up." in await by_mo(room, "modlog channel", off=True)


@scene()
async def test_the_budget_is_told_with_a_picture_once_something_was_spent(room: Room) -> None:
    empty = await room.world.moderator.slash(room.world.channel, "budget")
    assert empty.ephemeral
    assert "Nothing spent this month yet." in room.text(empty)
    assert room.card(empty).attachments == []
    await painted(room)

    result = await room.world.moderator.slash(room.world.channel, "budget")

    (plot,) = room.card(result).attachments
    assert plot.filename == PLOT_FILE
    assert result.ephemeral
    assert "today" in room.text(result)
    assert "Nothing spent" not in room.text(result)


@scene()
async def test_every_change_is_on_record_with_or_without_a_mod_log(room: Room) -> None:
    assert "No changes yet" in await by_mo(room, "modlog changes")
    await by_mo(room, "limits set", limit="images_per_day", value="20")
    await by_mo(room, "pause", text="back on **Monday** @everyone")
    await by_mo(room, "filter add", kind="word", text="gore")

    changes = await by_mo(room, "modlog changes")

    assert changes.index("gore") < changes.index("Monday") < changes.index("Pictures per day")
    assert "not set → **20**" in changes
    assert "gore”\n\n<t:" in changes
    assert f"<@{room.world.moderator.id}>" in changes
    assert "\\@everyone" in changes
