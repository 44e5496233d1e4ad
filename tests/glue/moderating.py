"""What moderators do in a room, and the mod-log they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import discord
import simcord
from sqlalchemy import Connection, select, update

from bot.domain.jobs import Job
from bot.domain.ports.outside import WakeUp
from bot.sandbox.once import texts
from bot.services.modlog import MODLOG_LEASE_S
from bot.storage.schema import jobs, log_entries
from tests.glue.room import Room

T = TypeVar("T")
ONLY_MODERATORS = "Only this server's moderators"
NOT_ON_RECORD = "Easel no longer has this job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """A command that was taken, and its job once its card shows its end."""

    result: simcord.InteractionResult
    job: Job


async def paint(
    room: Room, prompt: str = "a red fox", *, command: str = "imagine", **options: Any
) -> Painted:
    """Ada asks for pictures and waits for what becomes of it."""
    result = await room.use(command, prompt=prompt, **options)
    assert room.card(result).content == ""  # else it was refused
    return Painted(result=result, job=await room.finished(await newest_job(room)))


async def newest_job(room: Room) -> str:
    """The id of what was asked for last."""
    query = "SELECT id FROM jobs ORDER BY created_at DESC, id DESC LIMIT 1"
    return await room.world.base.store.tx(lambda conn: conn.exec_driver_sql(query).scalar_one())


async def let_it_expire(room: Room, job_id: str) -> Job:
    """A job's time is over; its card shows that."""
    base, now = room.world.base, room.world.base.clock.now()
    late = update(jobs).where(jobs.c.id == job_id).values(expires_at=now)
    await base.store.tx(lambda conn: conn.execute(late))
    assert await base.jobs.expire(now=now) == 1
    await base.wake_ups.send(WakeUp(job_id))
    return await room.finished(job_id)


def restrict_by_age(room: Room, channel: simcord.ChannelHandle, *, restricted: bool = True) -> None:
    """As Discord's own setting does; the simulated one has none, so it is told to the bot alone."""
    found = room.world.client.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    found.nsfw = restricted


def guild_of(room: Room) -> simcord.GuildHandle:
    guild = room.world.channel.guild
    assert guild is not None
    return guild


async def moderate(room: Room, name: str, /, **options: Any) -> simcord.InteractionResult:
    """The moderator uses a command in the channel."""
    return await room.world.moderator.slash(room.world.channel, name, **options)


async def by_mo(room: Room, name: str, /, **options: Any) -> str:
    """Everything a moderator is told; nobody else sees it."""
    result = await moderate(room, name, **options)
    assert result.ephemeral
    more = [line for answer in result.followups for line in (answer.content, *texts(answer.message))]
    return "\n".join([room.text(result), *more])


async def let_ada_see_the_commands(room: Room) -> None:
    """As a server may set it up in Discord: what Discord shows is no permission of ours."""
    for command in await room.world.client.tree.fetch_commands():
        guild_of(room).set_command_permissions(command, {room.ada: True})


async def refused(room: Room, prompt: str = "a red fox") -> str:
    """What Ada is told when she asks for a picture and gets none."""
    result = await room.use("imagine", prompt=prompt)
    assert result.ephemeral
    assert "Nothing was counted" in room.text(result)
    return room.text(result).strip()


def hidden_channel(room: Room, *, easel_may: bool) -> simcord.ChannelHandle:
    """One that only moderators see, and Easel if it may."""
    guild = guild_of(room)
    shown = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    overwrites: dict[Any, discord.PermissionOverwrite] = {
        guild.default_role: discord.PermissionOverwrite(view_channel=False, send_messages=False),
        guild.roles["Moderator"]: shown,
    }
    assert guild.me is not None
    return guild.create_text_channel(
        "staff", overwrites=overwrites | ({guild.me: shown} if easel_may else {})
    )


@dataclass(slots=True, kw_only=True)
class Log:
    """A channel where Easel tells something, and how far it was read."""

    room: Room
    channel: simcord.ChannelHandle
    read_to: int = 0

    async def news(self) -> list[discord.Message]:
        """What came since the last look, once nothing is left to be told now."""
        await everything_told(self.room)
        found = [message for message in self.channel.history() if message.id > self.read_to]
        self.read_to = max([self.read_to, *(message.id for message in found)])
        return found

    async def one(self) -> discord.Message:
        """The only thing that came since the last look."""
        (message,) = await self.news()
        return message

    async def told(self) -> list[str]:
        """The texts of what came since the last look."""
        return [all_text(message) for message in await self.news()]


async def open_modlog(room: Room, channel: simcord.ChannelHandle | None = None) -> Log:
    """A mod-log, in a channel of its own unless told otherwise, read so far."""
    channel = channel or hidden_channel(room, easel_may=True)
    await by_mo(room, "modlog channel", channel=channel)
    log = Log(room=room, channel=channel)
    assert f"moved the mod-log to <#{channel.id}>" in (await log.told())[-1]
    return log


def operators_log(room: Room) -> Log:
    """The direct messages of the operator, who is the moderator here."""
    return Log(room=room, channel=room.world.moderator.user.dm_channel)


async def everything_told(room: Room) -> None:
    """Until no entry of a mod-log is due or being told."""
    await _look_at_log(room, _untold, lambda untold: untold == 0)


async def put_off(room: Room) -> None:
    """Until an entry that Discord did not take waits for its second try, no longer leased for its first."""
    query = select(log_entries).where(log_entries.c.tries == 1, log_entries.c.told_at.is_(None))
    lease = timedelta(seconds=MODLOG_LEASE_S)
    await _look_at_log(
        room,
        lambda conn: conn.execute(query).one_or_none(),
        lambda row: row is not None and row.due_at - row.at < lease,
    )


async def due_now(room: Room) -> None:
    """Time passes until what was put off is tried once more."""
    await room.world.base.store.tx(
        lambda conn: conn.exec_driver_sql("UPDATE log_entries SET due_at = at WHERE told_at IS NULL")
    )


async def _look_at_log(room: Room, op: Callable[[Connection], T], holds: Callable[[T], bool]) -> None:
    """Until `holds` is true of what `op` reads. Each look wakes the worker of the mod-log, which does not poll."""

    async def look() -> T:
        await room.world.base.wake_ups.send(WakeUp())
        return await room.world.base.store.tx(op)

    await room.kept.until(look, holds)


def _untold(conn: Connection) -> int:
    return conn.exec_driver_sql("SELECT COUNT(*) FROM log_entries WHERE told_at IS NULL").scalar_one()


def all_text(message: discord.Message) -> str:
    """Everything a message says."""
    return "\n".join(part for part in (message.content, *texts(message)) if part)


def whispered(answer: simcord.InteractionResult) -> str:
    """Everything that only the person who pressed reads."""
    shown = [*([answer.response] if answer.response else []), *answer.followups]
    return "\n".join(all_text(one.message) for one in shown if one.ephemeral)


def buttons(message: discord.Message) -> list[str]:
    """Labels, in order."""
    return [str(one["label"]) for one in parts_of(message) if one.get("type") == 2]


def galleries(message: discord.Message) -> list[tuple[str, bool]]:
    """The file that each item of its galleries shows, and whether that is behind a spoiler."""
    items = [item for part in parts_of(message) for item in part.get("items", ())]
    return [(urlsplit(str(item["media"]["url"])).path.rpartition("/")[2], item["spoiler"]) for item in items]


def link(message: discord.Message) -> str | None:
    """Where its link button leads."""
    return next((str(one["url"]) for one in parts_of(message) if one.get("url")), None)


def parts_of(message: discord.Message) -> Iterator[dict[str, Any]]:
    """Every component, with those inside and beside others."""
    pending: list[Any] = [component.to_dict() for component in message.components]
    while pending:
        part = pending.pop(0)
        yield part
        beside = [part["accessory"]] if "accessory" in part else []
        pending = [*part.get("components", ()), *beside, *pending]
