"""A mod-log that cannot be written: nothing else breaks, and nothing comes twice."""

from __future__ import annotations

import discord

from bot.domain.jobs import JobState
from tests.glue.moderating import (
    Log,
    all_text,
    buttons,
    by_mo,
    due_now,
    everything_told,
    guild_of,
    open_modlog,
    operators_log,
    paint,
    put_off,
)
from tests.glue.room import Room, scene
from tests.glue.test_reporting import report


async def break_modlog(room: Room, log: Log, *, status: int, code: int) -> None:
    """Discord answers like this whenever something is written there."""
    path = f"/channels/{log.channel.id}/messages"
    room.world.env.inject_error("POST", path, status=status, code=code, times=None)


def mend(room: Room) -> None:
    room.world.env.backend.faults.clear()


@scene()
async def test_a_channel_that_easel_may_not_write_to_harms_no_job(room: Room) -> None:
    log = await open_modlog(room)
    for status, code in ((403, 50013), (403, 50001), (404, 10003)):
        await break_modlog(room, log, status=status, code=code)
        painted = await paint(room)
        assert painted.job.state is JobState.DONE
        assert room.card(painted.result).attachments
        assert "-# Done" in await by_mo(room, "filter add", kind="word", text=f"word{code}")
        assert await log.news() == []
        mend(room)

    await paint(room, "told again")
    assert "told again" in all_text(await log.one())


@scene()
async def test_a_deleted_channel_harms_no_job_and_can_be_replaced(room: Room) -> None:
    log = await open_modlog(room)
    channel = room.world.client.get_channel(log.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()

    assert (await paint(room)).job.state is JobState.DONE
    await everything_told(room)
    new = await open_modlog(room, guild_of(room).create_text_channel("new-staff"))
    await paint(room, "a blue fox")
    assert "a blue fox" in all_text(await new.one())
    assert await operators_log(room).news() == []


@scene()
async def test_what_discord_cannot_take_now_comes_later_and_once(room: Room) -> None:
    log = await open_modlog(room)
    path = f"/channels/{log.channel.id}/messages"
    room.world.env.inject_error("POST", path, status=500, times=1)

    painted = await paint(room)
    await put_off(room)
    assert painted.job.state is JobState.DONE
    assert log.channel.history()[-1].id == log.read_to
    await due_now(room)

    assert "a red fox" in all_text(await log.one())


@scene()
async def test_a_report_reaches_the_operator_where_the_mod_log_is_closed(room: Room) -> None:
    log, dms = await open_modlog(room), operators_log(room)
    result = (await paint(room)).result
    await log.news()
    await break_modlog(room, log, status=403, code=50001)

    await report(room.ben, room.card(result))

    card = await dms.one()
    assert f"Reported by <@{room.ben.id}>:\n> too bloody" in all_text(card)
    assert buttons(card) == ["Open"]
    mend(room)
    assert await log.news() == []
