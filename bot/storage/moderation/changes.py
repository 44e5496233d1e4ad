"""Every change that moderators can make, as updates of rows, with the values before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from bot.domain.content.filters import MAX_FILTERS
from bot.domain.jobs import ReplyScope
from bot.domain.moderation import (
    AddFilter,
    BlockMember,
    ClearLimits,
    DropServerPreset,
    Facts,
    GiveImages,
    NoChange,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    SetChannel,
    SetEnhance,
    SetLimit,
    SetModLog,
    SharePreset,
    UnblockMember,
)
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Scope, encode_value
from bot.domain.ports.library import PresetOwner, PresetSaved
from bot.domain.ports.moderation import Removable
from bot.domain.presets import MAX_SERVER_PRESETS, Preset
from bot.storage import library
from bot.storage.history import is_result
from bot.storage.moderation.outbox import budget_changed, modlog_of
from bot.storage.policy import THE_SERVER
from bot.storage.schema import blocks, channels, filters, grants, jobs, resets, rules, servers
from bot.storage.sql import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The values before and after a change, as plain JSON; `{}` means that there was, or is, nothing.

    Times are ISO text, values of limits are encoded. The keys depend on the change:

    ```text
    SetLimit, ClearLimits          the name of each changed limit
    GiveImages                     grant_id, images, expires_at, reason
    ResetMember                    at
    BlockMember, UnblockMember     until, reason
    AddFilter, RemoveFilter        number, kind, text
    SetChannel                     is_open
    SetModLog                      channel_id
    PauseServer, ResumeServer      at, by, text
    RemoveResult                   removed_by
    SharePreset, DropServerPreset  name, text, aspect, resolution, count
    SetEnhance                     is_on
    ```
    """

    before: Facts = field(default_factory=dict[str, Any])
    after: Facts = field(default_factory=dict[str, Any])


EffectOrNothing = Effect | NoChange


def add_filter(
    conn: Connection, guild_id: int, change: AddFilter, *, by: int, now: datetime
) -> EffectOrNothing:
    live = (filters.c.guild_id == guild_id) & ~filters.c.is_gone
    same = select(filters.c.number).where(
        live, filters.c.kind == change.kind.value, filters.c.text == change.text
    )
    if conn.execute(same).first() is not None:
        return NoChange.SAME
    if conn.execute(select(func.count()).where(live)).scalar_one() >= MAX_FILTERS:
        return NoChange.TOO_MANY
    last = select(func.coalesce(func.max(filters.c.number), 0)).where(filters.c.guild_id == guild_id)
    after = {"number": conn.execute(last).scalar_one() + 1, "kind": change.kind.value, "text": change.text}
    row = {"guild_id": guild_id, "by_user_id": by, "at": now, "is_gone": False, **after}
    conn.execute(insert(filters).values(**row))
    return Effect(after=after)


def remove_filter(conn: Connection, guild_id: int, change: RemoveFilter) -> EffectOrNothing:
    this = (filters.c.guild_id == guild_id) & (filters.c.number == change.number)
    query = select(filters.c.number, filters.c.kind, filters.c.text).where(this, ~filters.c.is_gone)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        return NoChange.NOT_SET
    conn.execute(update(filters).where(this).values(is_gone=True, text=""))
    return Effect(before=dict(row))


def give_images(
    conn: Connection, guild_id: int, change: GiveImages, *, by: int, now: datetime
) -> EffectOrNothing:
    statement = insert(grants).values(
        guild_id=guild_id,
        user_id=change.user_id,
        images=change.images,
        left=change.images,
        expires_at=change.expires_at,
        reason=change.reason,
        by_user_id=by,
        at=now,
    )
    after = {
        "grant_id": conn.execute(statement.returning(grants.c.id)).scalar_one(),
        "images": change.images,
        "expires_at": _iso(change.expires_at),
        "reason": change.reason,
    }
    return Effect(after=after)


def reset(conn: Connection, guild_id: int, change: ResetMember, *, now: datetime) -> EffectOrNothing:
    query = select(resets.c.at).where(resets.c.guild_id == guild_id, resets.c.user_id == change.user_id)
    last = conn.execute(query).scalar_one_or_none()
    if last is not None and last >= now:
        return NoChange.SAME
    values = {"guild_id": guild_id, "user_id": change.user_id, "at": now}
    upsert(conn, resets, values, change={"at": now})
    return Effect(before={} if last is None else {"at": _iso(last)}, after={"at": _iso(now)})


def block(conn: Connection, guild_id: int, change: BlockMember, *, by: int, now: datetime) -> EffectOrNothing:
    before = _block(conn, guild_id, change.user_id, now=now)
    after = {"until": _iso(change.until), "reason": change.reason}
    if before == after:
        return NoChange.SAME
    values = {"until": change.until, "reason": change.reason, "by_user_id": by, "at": now}
    upsert(conn, blocks, {"guild_id": guild_id, "user_id": change.user_id, **values}, change=dict(values))
    return Effect(before=before, after=after)


def unblock(conn: Connection, guild_id: int, change: UnblockMember, *, now: datetime) -> EffectOrNothing:
    before = _block(conn, guild_id, change.user_id, now=now)
    if not before:
        return NoChange.NOT_SET
    conn.execute(delete(blocks).where(blocks.c.guild_id == guild_id, blocks.c.user_id == change.user_id))
    return Effect(before=before)


def _block(conn: Connection, guild_id: int, user_id: int, *, now: datetime) -> Facts:
    """Return the facts of the member's current block; `{}` if there is none or it has expired."""
    query = select(blocks.c.until, blocks.c.reason).where(
        blocks.c.guild_id == guild_id, blocks.c.user_id == user_id
    )
    row = conn.execute(query).one_or_none()
    if row is None or (row.until is not None and row.until <= now):
        return {}
    return {"until": _iso(row.until), "reason": row.reason}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def share_preset(
    conn: Connection, guild_id: int, change: SharePreset, *, by: int, now: datetime
) -> EffectOrNothing:
    there = library.one(conn, PresetOwner.SERVER, guild_id, change.name)
    before = {} if there is None else _facts(there)
    after = _facts(change)
    if before == after:
        return NoChange.SAME
    preset = Preset(
        name=change.name,
        text=change.text,
        aspect=change.aspect,
        resolution=change.resolution,
        count=change.count,
        by=by,
        at=now,
        guild_id=guild_id,
    )
    if library.save(conn, PresetOwner.SERVER, guild_id, preset, most=MAX_SERVER_PRESETS) is PresetSaved.FULL:
        return NoChange.TOO_MANY
    return Effect(before=before, after=after)


def drop_preset(conn: Connection, guild_id: int, change: DropServerPreset) -> EffectOrNothing:
    there = library.one(conn, PresetOwner.SERVER, guild_id, change.name)
    if there is None:
        return NoChange.NOT_SET
    library.drop_stored_preset(conn, PresetOwner.SERVER, guild_id, change.name)
    return Effect(before=_facts(there))


def _facts(preset: Preset | SharePreset) -> dict[str, Any]:
    return {field.name: msgspec.to_builtins(getattr(preset, field.name)) for field in fields(SharePreset)}


def lock_job(conn: Connection, job_id: str) -> None:
    conn.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())


def remove_results(conn: Connection, guild_id: int, change: RemoveResult, *, by: int) -> EffectOrNothing:
    query = select(jobs.c.removed_by).where(_has_public_result(change.job_id, guild_id))
    row = conn.execute(query).one_or_none()
    if row is None:
        return NoChange.NO_SUCH_JOB
    if row.removed_by is not None:
        return NoChange.SAME
    conn.execute(update(jobs).where(jobs.c.id == change.job_id).values(removed_by=by))
    return Effect(after={"removed_by": by})


def removable(conn: Connection, job_id: str, guild_id: int) -> Removable | None:
    query = select(jobs.c.channel_id, jobs.c.card_id).where(
        _has_public_result(job_id, guild_id), jobs.c.removed_by.is_(None)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else Removable(job_id=job_id, channel_id=row.channel_id, card_id=row.card_id)


def _has_public_result(job_id: str, guild_id: int) -> ColumnElement[bool]:
    """Return the condition for a job whose pictures are on a public card in this server."""
    return and_(
        jobs.c.id == job_id,
        jobs.c.guild_id == guild_id,
        jobs.c.reach == ReplyScope.GUILD.value,
        jobs.c.card_id.is_not(None),
        ~jobs.c.private,
        is_result(),
    )


MAX_RULES: Final = 1_000  # for roles and channels together
MAX_MEMBER_RULES: Final = 50_000


def set_limit(conn: Connection, guild_id: int, change: SetLimit) -> EffectOrNothing:
    says, wanted = (
        _said(conn, guild_id, change.scope, change.subject_id),
        {change.limit.value: encode_value(change.value)},
    )
    before = _only(says, change.limit)
    if before == wanted:
        return NoChange.SAME
    if not says and _is_full(conn, guild_id, change.scope):
        return NoChange.TOO_MANY
    _write(conn, guild_id, change.scope, change.subject_id, says | wanted)
    _budgets_changed(conn, guild_id, wanted)
    return Effect(before=before, after=wanted)


def clear_limits(conn: Connection, guild_id: int, change: ClearLimits) -> EffectOrNothing:
    says = _said(conn, guild_id, change.scope, change.subject_id)
    cleared = says if change.limit is None else _only(says, change.limit)
    if not cleared:
        return NoChange.NOT_SET
    left = {name: value for name, value in says.items() if name not in cleared}
    _write(conn, guild_id, change.scope, change.subject_id, left)
    _budgets_changed(conn, guild_id, cleared)
    return Effect(before=cleared)


def _said(conn: Connection, guild_id: int, scope: Scope, subject_id: int | None) -> dict[str, Any]:
    query = select(rules.c.says).where(
        rules.c.guild_id == guild_id,
        rules.c.scope == scope.value,
        rules.c.subject_id == (subject_id or THE_SERVER),
    )
    return dict(conn.execute(query).scalar_one_or_none() or {})


def _only(says: dict[str, Any], limit: Limit) -> dict[str, Any]:
    return {limit.value: says[limit.value]} if limit.value in says else {}


def _write(
    conn: Connection, guild_id: int, scope: Scope, subject_id: int | None, says: dict[str, Any]
) -> None:
    """A rule that says nothing is none."""
    key = {"guild_id": guild_id, "scope": scope.value, "subject_id": subject_id or THE_SERVER}
    if says:
        upsert(conn, rules, {**key, "says": says}, change={"says": says})
    else:
        conn.execute(delete(rules).where(*(rules.c[name] == value for name, value in key.items())))


def _is_full(conn: Connection, guild_id: int, scope: Scope) -> bool:
    if scope is Scope.MEMBER:
        kin, most = [Scope.MEMBER], MAX_MEMBER_RULES
    elif scope in {Scope.ROLE, Scope.CHANNEL}:
        kin, most = [Scope.ROLE, Scope.CHANNEL], MAX_RULES
    else:
        return False
    query = select(func.count()).where(rules.c.guild_id == guild_id, rules.c.scope.in_(kin))
    return conn.execute(query).scalar_one() >= most


def _budgets_changed(conn: Connection, guild_id: int, names: Iterable[str]) -> None:
    for limit in OF_THE_SERVER.intersection(map(Limit, names)):
        budget_changed(conn, guild_id, limit)


MAX_CHANNELS: Final = 1_000  # twice what a server can have at once


def set_channel(conn: Connection, guild_id: int, change: SetChannel) -> EffectOrNothing:
    this = (channels.c.guild_id == guild_id) & (channels.c.channel_id == change.channel_id)
    said = conn.execute(select(channels.c.is_open).where(this)).scalar_one_or_none()
    if said is change.is_open:
        return NoChange.NOT_SET if said is None else NoChange.SAME
    before = {} if said is None else {"is_open": said}
    if change.is_open is None:
        conn.execute(delete(channels).where(this))
        return Effect(before=before)
    count = select(func.count()).where(channels.c.guild_id == guild_id)
    if said is None and conn.execute(count).scalar_one() >= MAX_CHANNELS:
        return NoChange.TOO_MANY
    after = {"is_open": change.is_open}
    upsert(
        conn, channels, {"guild_id": guild_id, "channel_id": change.channel_id, **after}, change=dict(after)
    )
    return Effect(before=before, after=after)


def set_modlog(conn: Connection, guild_id: int, change: SetModLog) -> EffectOrNothing:
    before = modlog_of(conn, guild_id)
    if before == change.channel_id:
        return NoChange.NOT_SET if before is None else NoChange.SAME
    _write_server(conn, guild_id, modlog_channel_id=change.channel_id)
    return Effect(before=_channel(before), after=_channel(change.channel_id))


def set_enhance(conn: Connection, guild_id: int, change: SetEnhance) -> EffectOrNothing:
    before = library.server_enhances(conn, guild_id)
    if before is change.is_on:
        return NoChange.SAME
    library.set_server_enhances(conn, guild_id, change.is_on)
    return Effect(before={"is_on": before}, after={"is_on": change.is_on})


def pause(conn: Connection, guild_id: int, change: PauseServer, *, by: int, now: datetime) -> EffectOrNothing:
    before = _pause(conn, guild_id)
    if before and before["text"] == change.text:
        return NoChange.SAME
    after = {"at": now.isoformat(), "by": by, "text": change.text}
    _write_server(conn, guild_id, pause=after)
    return Effect(before=before, after=after)


def resume(conn: Connection, guild_id: int) -> EffectOrNothing:
    before = _pause(conn, guild_id)
    if not before:
        return NoChange.NOT_SET
    _write_server(conn, guild_id, pause=None)
    return Effect(before=before)


def _pause(conn: Connection, guild_id: int) -> dict[str, Any]:
    query = select(servers.c.pause).where(servers.c.guild_id == guild_id)
    return conn.execute(query).scalar_one_or_none() or {}


def _channel(channel_id: int | None) -> dict[str, Any]:
    return {} if channel_id is None else {"channel_id": channel_id}


def _write_server(conn: Connection, guild_id: int, **values: Any) -> None:
    conn.execute(update(servers).where(servers.c.guild_id == guild_id).values(**values))
