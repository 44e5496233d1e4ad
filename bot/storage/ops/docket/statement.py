"""The statement: the person's parts, and the server's."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, and_, case, exists, or_, union_all

from bot.domain.jobs import JobState, Reach
from bot.domain.limits import Scope
from bot.domain.words import FilterKind
from bot.storage.ops.docket.sums import UNFINISHED, is_before, is_here, money_sum, reserved_sum
from bot.storage.ops.docket.values import (
    CHANNELS,
    GUILD,
    NOW,
    ROLES,
    THE_SERVER,
    USER,
    WINDOW,
    Part,
    part_of,
)
from bot.storage.ops.spending import EVERYBODY
from bot.storage.schema import blocks, channels, charges, filters, grants, jobs, resets, rules, servers, spent

_OPEN: Final = [*UNFINISHED, JobState.DELIVERING.value]


@cache
def statement(*, in_server: bool, waits: bool) -> CompoundSelect[Any]:
    """Made once for each shape: making it takes longer than the database needs to answer it."""
    parts = _persons(in_server=in_server, waits=waits)
    if in_server:
        parts += _servers(waits=waits)
    return union_all(*parts)


def _persons(*, in_server: bool, waits: bool) -> list[Part]:
    """What the person made and has under way, everywhere; `a` marks what belongs to this server."""
    here = is_here(jobs.c.guild_id, in_server=in_server) & (jobs.c.reach == Reach.GUILD.value)
    images = (
        part_of(
            "image",
            a=case((is_here(charges.c.guild_id, in_server=in_server), 1), else_=0),
            b=charges.c.images,
            c=charges.c.granted,
            at=charges.c.at,
        )
        .where(charges.c.user_id == USER, charges.c.at > WINDOW, charges.c.images > 0)
        .where(is_before(charges.c.at, charges.c.job_id, waits=waits))
    )
    under_way = (
        part_of("open", a=case((here, 1), else_=0), at=jobs.c.created_at)
        .where(jobs.c.user_id == USER, jobs.c.state.in_(_OPEN))
        .where(is_before(jobs.c.created_at, jobs.c.id, waits=waits))
    )
    reserved = reserved_sum("reserved", here=here, waits=waits).where(jobs.c.user_id == USER)
    money = money_sum("spent", here=is_here(spent.c.guild_id, in_server=in_server))
    return [images, under_way, reserved, money.where(spent.c.user_id == USER)]


def _servers(*, waits: bool) -> list[Part]:
    """What the moderators of one server decided, as far as it concerns this person in this place."""
    any_open = exists().where(channels.c.guild_id == GUILD, channels.c.is_open.is_(True))
    reserved = reserved_sum("server reserved", waits=waits)
    money = money_sum("server spent")
    return [
        *_concerning(),
        part_of("server", document=servers.c.pause).where(servers.c.guild_id == GUILD),
        part_of("only open", a=case((any_open, 1), else_=0)),
        part_of(
            "filter",
            a=filters.c.number,
            b=case((filters.c.kind == FilterKind.PATTERN.value, 1), else_=0),
            words=filters.c.text,
        ).where(filters.c.guild_id == GUILD, filters.c.is_gone.is_(False)),
        part_of("reset", at=resets.c.at).where(resets.c.guild_id == GUILD, resets.c.user_id == USER),
        reserved.where(jobs.c.guild_id == GUILD, jobs.c.reach == Reach.GUILD.value),
        money.where(spent.c.guild_id == GUILD, spent.c.user_id == EVERYBODY),
    ]


def _concerning() -> list[Part]:
    """Rules, channels, a block and grants: of the person, their roles, and the place."""
    subjects = or_(
        and_(rules.c.scope == Scope.SERVER.value, rules.c.subject_id == THE_SERVER),
        and_(rules.c.scope == Scope.ROLE.value, rules.c.subject_id.in_(ROLES)),
        and_(rules.c.scope == Scope.CHANNEL.value, rules.c.subject_id.in_(CHANNELS)),
        and_(rules.c.scope == Scope.MEMBER.value, rules.c.subject_id == USER),
    )
    block = part_of(
        "block", a=blocks.c.by_user_id, at=blocks.c.at, until=blocks.c.until, words=blocks.c.reason
    )
    grant = part_of(
        "grant",
        a=grants.c.id,
        b=grants.c.images,
        c=grants.c.left,
        d=grants.c.by_user_id,
        at=grants.c.at,
        until=grants.c.expires_at,
        words=grants.c.reason,
    )
    return [
        part_of("rule", a=rules.c.subject_id, words=rules.c.scope, document=rules.c.says).where(
            rules.c.guild_id == GUILD, subjects
        ),
        part_of("channel", a=channels.c.channel_id, b=case((channels.c.is_open, 1), else_=0)).where(
            channels.c.guild_id == GUILD, channels.c.channel_id.in_(CHANNELS)
        ),
        block.where(
            blocks.c.guild_id == GUILD,
            blocks.c.user_id == USER,
            or_(blocks.c.until.is_(None), blocks.c.until > NOW),
        ),
        grant.where(
            grants.c.guild_id == GUILD,
            grants.c.user_id == USER,
            grants.c.left > 0,
            or_(grants.c.expires_at.is_(None), grants.c.expires_at > NOW),
        ),
    ]
