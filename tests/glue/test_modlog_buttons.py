"""The buttons of the mod-log: the right person and the wrong one, twice, too late, after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
import simcord
from discord import ui

from bot.domain.jobs import Job
from bot.ui.base.components import PersistentButton, row_of
from bot.ui.moderation.modlog import BLOCK, REMOVE, SHOW_LIMITS
from tests.glue.moderating import (
    NOT_ON_RECORD,
    ONLY_MODERATORS,
    Log,
    Painted,
    all_text,
    buttons,
    by_mo,
    guild_of,
    link,
    newest_job,
    open_modlog,
    paint,
    refused,
    whispered,
)
from tests.glue.room import Room, scene

ALL = (REMOVE, BLOCK, SHOW_LIMITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A result, and its card in the mod-log."""

    log: Log
    painted: Painted
    card: discord.Message


async def shown(room: Room, channel: simcord.ChannelHandle | None = None) -> Shown:
    log = await open_modlog(room, channel)
    painted = await paint(room)
    return Shown(log=log, painted=painted, card=await log.one())


async def press(room: Room, card: discord.Message, label: str) -> str:
    """Mo presses; what only Mo reads then, if anything."""
    return whispered(await room.world.moderator.click(card, label=label))


async def forged(
    room: Room, job: Job, channel: simcord.ChannelHandle, kind: PersistentButton[Any, Any]
) -> discord.Message:
    """A message of Easel's in `channel` with a button about `job`."""
    view = ui.LayoutView(timeout=None)
    view.add_item(row_of(kind.button(job.id)))
    return await room.world.client.get_partial_messageable(channel.id).send(view=view)


def as_it_is(channel: simcord.ChannelHandle, message: discord.Message) -> discord.Message:
    return next(one for one in channel.history() if one.id == message.id)


@scene()
async def test_a_moderator_deletes_a_result_from_its_card_and_it_is_noted(room: Room) -> None:
    it = await shown(room)
    assert room.card(it.painted.result).attachments

    assert await press(room, it.card, "Delete result") == ""

    gone = room.card(it.painted.result)
    assert gone.attachments == []
    assert f"### Removed\n<@{room.world.moderator.id}> removed this result." in all_text(gone)
    assert "a red fox" not in all_text(gone)
    assert buttons(gone) == []
    noted = as_it_is(it.log.channel, it.card)
    assert f"**Removed** by <@{room.world.moderator.id}>" in all_text(noted)
    assert buttons(noted) == ["Open", "Block 24 h", "Show limits"]
    assert link(noted) == link(it.card)
    assert f"removed the result of job `{it.painted.job.id}`" in all_text(await it.log.one())
    assert "49" in room.text(await room.use("me"))


@scene()
async def test_what_was_painted_before_a_job_was_cancelled_can_be_deleted_too(room: Room) -> None:
    log = await open_modlog(room)
    result = await room.use("imagine", prompt="two foxes [fault:hang x1]", count=2)
    job_id = await newest_job(room)
    await one_picture_painted(room, job_id)
    await room.ada.click(room.card(result), label="Cancel")
    await room.finished(job_id)
    assert len(room.card(result).attachments) == 1
    card = await log.one()
    assert f"**Cancelled** · <@{room.ada.id}>" in all_text(card)
    assert buttons(card) == ["Open", "Delete result", "Block 24 h", "Show limits"]

    assert await press(room, card, "Delete result") == ""

    assert room.card(result).attachments == []
    assert "### Removed" in all_text(room.card(result))


async def one_picture_painted(room: Room, job_id: str) -> None:
    await room.kept.until(lambda: room.world.base.jobs.get(job_id), lambda job: bool(job and job.pictures))


@scene()
async def test_a_result_that_was_deleted_already_is_told_so_and_told_once(room: Room) -> None:
    it = await shown(room)
    twin = await forged(room, it.painted.job, it.log.channel, REMOVE)
    await press(room, it.card, "Delete result")
    assert len(await it.log.told()) == 2  # the twin, and the change

    answer = await press(room, twin, "Delete result")

    assert f"<@{room.world.moderator.id}> already deleted this result." in answer
    assert await it.log.news() == []


@scene()
async def test_a_result_that_was_deleted_by_hand_is_noted_as_removed(room: Room) -> None:
    it = await shown(room)
    await room.world.moderator.delete(room.card(it.painted.result))

    answer = await press(room, it.card, "Delete result")

    assert "The message with the result was already gone. It's marked as removed." in answer
    assert "**Removed** by" in all_text(as_it_is(it.log.channel, it.card))
    assert "removed the result of job" in all_text(await it.log.one())


@scene()
async def test_a_result_that_cannot_be_reached_stays_offered_for_deletion(room: Room) -> None:
    it = await shown(room)
    path = f"/channels/{room.world.channel.id}/messages/{it.painted.job.card_id}"
    for status, code, expected in (
        (403, 50001, "Easel can't reach the result."),
        (400, 50083, "The result is in an archived thread."),
        (500, 0, "Discord didn't accept the change."),
    ):
        room.world.env.inject_error("PATCH", path, status=status, code=code)
        assert expected in await press(room, it.card, "Delete result")
        assert "Delete result" in buttons(as_it_is(it.log.channel, it.card))
        assert room.card(it.painted.result).attachments
    assert await it.log.news() == []

    assert await press(room, it.card, "Delete result") == ""
    assert room.card(it.painted.result).attachments == []


@scene()
async def test_block_24_h_stops_the_requester_once_and_is_not_stacked(room: Room) -> None:
    it = await shown(room)

    assert f"<@{room.ada.id}> is blocked until <t:" in await press(room, it.card, "Block 24 h")
    change = all_text(await it.log.one())
    assert f"blocked <@{room.ada.id}> until <t:" in change
    assert f"> from the mod-log: job {it.painted.job.id}" in change
    assert "Moderators blocked you from using Easel" in await refused(room)

    await press(room, it.card, "Block 24 h")
    assert "1 member is blocked" in await by_mo(room, "unblock")
    assert await it.log.news() == []

    await by_mo(room, "block", member=room.ada, reason="for good")
    await it.log.news()
    assert "is already blocked until it's lifted" in await press(room, it.card, "Block 24 h")
    assert await it.log.news() == []


@scene()
async def test_a_block_is_lifted_from_its_card_in_the_mod_log_and_that_is_noted(room: Room) -> None:
    log = await open_modlog(room, guild_of(room).create_text_channel("for-all-to-see"))
    await by_mo(room, "block", member=room.ada, reason="x")
    card = await log.one()
    await room.world.env.restart_bot()
    assert ONLY_MODERATORS in whispered(await room.ben.click(card, label="Unblock"))

    await press(room, card, "Unblock")

    assert f"**Unblocked** by <@{room.world.moderator.id}>" in all_text(as_it_is(log.channel, card))
    assert buttons(as_it_is(log.channel, card)) == []
    assert f"unblocked <@{room.ada.id}>" in all_text(await log.one())
    assert "Nobody is blocked" in await by_mo(room, "unblock")


@scene()
async def test_a_block_that_is_over_is_noted_on_its_card(room: Room) -> None:
    log = await open_modlog(room)
    await by_mo(room, "block", member=room.ada, reason="x")
    card = await log.one()
    await by_mo(room, "unblock", member=room.ada)
    await log.news()

    await press(room, card, "Unblock")

    assert "**No longer blocked**" in all_text(as_it_is(log.channel, card))
    assert await log.news() == []


@scene()
async def test_block_24_h_stops_neither_oneself_nor_another_moderator(room: Room) -> None:
    log, mo = await open_modlog(room), room.world.moderator
    keeper = guild_of(room).roles["Moderator"]
    bo = guild_of(room).add_member(room.world.env.create_user("bo"), roles=[keeper])
    for person, why in ((mo, "You can't block yourself"), (bo, "is a moderator here")):
        await person.slash(room.world.channel, "imagine", prompt="mine")
        await room.finished(await newest_job(room))
        assert why in await press(room, await log.one(), "Block 24 h")
    assert "Nobody is blocked" in await by_mo(room, "unblock")
    assert await log.news() == []


@scene()
async def test_show_limits_tells_where_the_requester_stands_also_once_they_left(room: Room) -> None:
    it = await shown(room)
    text = await press(room, it.card, "Show limits")
    assert f"### Limits of <@{room.ada.id}>" in text
    assert f"**Can make a picture** in <#{room.world.channel.id}> now." in text
    assert "1 of 50" in text

    guild_of(room).remove_member(room.ada)
    assert "Not in this server right now" in await press(room, it.card, "Show limits")


@scene()
async def test_every_button_works_after_a_restart(room: Room) -> None:
    it = await shown(room)
    await room.world.env.restart_bot()

    assert "### Limits of" in await press(room, it.card, "Show limits")
    assert "is blocked until <t:" in await press(room, it.card, "Block 24 h")
    assert await press(room, it.card, "Delete result") == ""
    assert room.card(it.painted.result).attachments == []


@scene()
async def test_who_only_sees_the_mod_log_may_press_nothing(room: Room) -> None:
    it = await shown(room, guild_of(room).create_text_channel("for-all-to-see"))

    for person in (room.ben, room.ada):
        for label in ("Delete result", "Block 24 h", "Show limits"):
            answer = await person.click(it.card, label=label)
            assert answer.ephemeral
            assert ONLY_MODERATORS in room.text(answer), label

    assert room.card(it.painted.result).attachments
    assert "Nobody is blocked" in await by_mo(room, "unblock")
    assert await it.log.news() == []


@scene()
async def test_a_role_that_the_operator_named_moderates_without_manage_server(room: Room) -> None:
    it = await shown(room, guild_of(room).create_text_channel("for-all-to-see"))
    helper = guild_of(room).create_role("Helper")
    room.world.client.moderator_roles = frozenset({helper.id})  # its id is known only now
    cleo = guild_of(room).add_member(room.world.env.create_user("cleo"), roles=[helper])

    await cleo.click(it.card, label="Delete result")
    blocked = await cleo.click(it.card, label="Block 24 h")
    assert f"<@{room.ada.id}> is blocked until" in room.text(blocked)
    assert room.card(it.painted.result).attachments == []
    assert f"**Removed** by <@{cleo.id}>" in all_text(as_it_is(it.log.channel, it.card))

    ben = await room.ben.click(it.card, label="Block 24 h")
    assert ONLY_MODERATORS in room.text(ben)


@scene()
async def test_a_moderator_of_another_server_reaches_nothing_here(room: Room) -> None:
    it = await shown(room)
    elsewhere = room.world.env.create_guild("Elsewhere")
    boss = elsewhere.create_role("Boss", permissions=discord.Permissions(manage_guild=True))
    eve = elsewhere.add_member(room.world.env.create_user("eve"), roles=[boss])
    channel = elsewhere.create_text_channel("lair")

    for kind in ALL:
        message = await forged(room, it.painted.job, channel, kind)
        answer = await eve.click(message, custom_id=f"easel:{kind.action}:{it.painted.job.id}")
        assert NOT_ON_RECORD in whispered(answer), kind

    assert room.card(it.painted.result).attachments
    assert "Nobody is blocked" in await by_mo(room, "unblock")
    assert await it.log.news() == []


@scene()
async def test_a_job_whose_requester_deleted_their_data_is_off_record_for_every_button(room: Room) -> None:
    it = await shown(room)
    asked = await room.use("mydata delete")
    await room.ada.click(room.card(asked), label="Delete my data")

    for label in ("Delete result", "Block 24 h", "Show limits"):
        assert NOT_ON_RECORD in await press(room, it.card, label)

    assert "Nobody is blocked" in await by_mo(room, "unblock")
