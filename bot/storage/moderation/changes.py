"""Every change that moderators can make, as updates of rows, with its audit and mod-log entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, assert_never

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select, update

from bot.domain.content.filters import MAX_FILTERS
from bot.domain.jobs import ReplyScope
from bot.domain.moderation import (
    AddFilter,
    Applied,
    ApplyOutcome,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    Facts,
    GiveImages,
    NoChange,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetEnhance,
    SetLimit,
    SetModLog,
    SharePreset,
    Topic,
    UnblockMember,
    Unchanged,
)
from bot.domain.policy.quota import CLOCK_SLACK
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Scope, encode_value
from bot.domain.ports.library import PresetOwner, PresetSaved
from bot.domain.ports.moderation import Removable
from bot.domain.presets import MAX_SERVER_PRESETS, Preset
from bot.storage import library
from bot.storage.history import is_result
from bot.storage.moderation.outbox import budget_changed, modlog_of, write_entry
from bot.storage.moderation.reading import stored_limits
from bot.storage.policy import THE_SERVER
from bot.storage.rows import change_json
from bot.storage.schema import audit, blocks, channels, filters, grants, jobs, resets, rules, servers
from bot.storage.sql import count, make_server, upsert


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
MAX_RULES: Final = 1_000  # for roles and channels together
MAX_MEMBER_RULES: Final = 50_000
MAX_CHANNELS: Final = 1_000  # twice what a server can have at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMaker:
    """Makes a moderator's change in one server; the caller holds the lock of the server's row."""

    conn: Connection
    guild_id: int
    by: int
    now: datetime

    def make(self, change: Change) -> EffectOrNothing:
        """Write the change, and return the values before and after, or why nothing had to be written."""
        match change:
            case SetLimit():
                return self._set_limit(change)
            case ClearLimits():
                return self._clear_limits(change)
            case GiveImages():
                return self._give_images(change)
            case ResetMember():
                return self._reset(change)
            case BlockMember():
                return self._block(change)
            case UnblockMember():
                return self._unblock(change)
            case AddFilter():
                return self._add_filter(change)
            case RemoveFilter():
                return self._remove_filter(change)
            case SetChannel():
                return self._set_channel(change)
            case SetModLog():
                return self._set_modlog(change)
            case PauseServer():
                return self._pause(change)
            case ResumeServer():
                return self._resume()
            case RemoveResult():
                return self._remove_results(change)
            case SharePreset():
                return self._share_preset(change)
            case DropServerPreset():
                return self._drop_preset(change)
            case SetEnhance():
                return self._set_enhance(change)
            case _:
                assert_never(change)

    def _set_limit(self, change: SetLimit) -> EffectOrNothing:
        limits = stored_limits(self.conn, self.guild_id, change.scope, change.subject_id)
        before, after = _only(limits, change.limit), {change.limit.value: encode_value(change.value)}
        if before == after:
            return NoChange.SAME
        if not limits and self._has_enough_rules(change.scope):
            return NoChange.TOO_MANY
        self._write_limits(change.scope, change.subject_id, limits | after)
        self._budgets_changed(after)
        return Effect(before=before, after=after)

    def _clear_limits(self, change: ClearLimits) -> EffectOrNothing:
        limits = stored_limits(self.conn, self.guild_id, change.scope, change.subject_id)
        cleared = limits if change.limit is None else _only(limits, change.limit)
        if not cleared:
            return NoChange.NOT_SET
        left = {name: value for name, value in limits.items() if name not in cleared}
        self._write_limits(change.scope, change.subject_id, left)
        self._budgets_changed(cleared)
        return Effect(before=cleared)

    def _write_limits(self, scope: Scope, subject_id: int | None, limits: dict[str, Any]) -> None:
        """Store the limits of a rule; delete the rule if it has none."""
        key = {"guild_id": self.guild_id, "scope": scope.value, "subject_id": subject_id or THE_SERVER}
        if limits:
            upsert(self.conn, rules, {**key, "says": limits}, change=["says"])
        else:
            self.conn.execute(delete(rules).where(_has(rules, key)))

    def _has_enough_rules(self, scope: Scope) -> bool:
        """Return whether the server may have no more rules for subjects of this kind."""
        if scope is Scope.MEMBER:
            scopes, most = [Scope.MEMBER], MAX_MEMBER_RULES
        elif scope in {Scope.ROLE, Scope.CHANNEL}:
            scopes, most = [Scope.ROLE, Scope.CHANNEL], MAX_RULES
        else:
            return False
        return count(self.conn, rules, rules.c.guild_id == self.guild_id, rules.c.scope.in_(scopes)) >= most

    def _budgets_changed(self, names: Iterable[str]) -> None:
        for limit in OF_THE_SERVER.intersection(map(Limit, names)):
            budget_changed(self.conn, self.guild_id, limit)

    def _give_images(self, change: GiveImages) -> EffectOrNothing:
        facts = {"images": change.images, "expires_at": change.expires_at, "reason": change.reason}
        row = {"user_id": change.user_id, "left": change.images, "by_user_id": self.by, "at": self.now}
        statement = insert(grants).values(guild_id=self.guild_id, **row, **facts).returning(grants.c.id)
        grant_id = self.conn.execute(statement).scalar_one()
        return Effect(after={"grant_id": grant_id, **facts, "expires_at": _iso(change.expires_at)})

    def _reset(self, change: ResetMember) -> EffectOrNothing:
        key = {"guild_id": self.guild_id, "user_id": change.user_id}
        last = self.conn.execute(select(resets.c.at).where(_has(resets, key))).scalar_one_or_none()
        if last is not None and self.now <= last <= self.now + CLOCK_SLACK:
            return NoChange.SAME
        upsert(self.conn, resets, key | {"at": self.now}, change=["at"])
        return Effect(before={} if last is None else {"at": _iso(last)}, after={"at": _iso(self.now)})

    def _block(self, change: BlockMember) -> EffectOrNothing:
        before = self._block_of(change.user_id)
        after = {"until": _iso(change.until), "reason": change.reason}
        if before == after:
            return NoChange.SAME
        key = {"guild_id": self.guild_id, "user_id": change.user_id}
        values = {"until": change.until, "reason": change.reason, "by_user_id": self.by, "at": self.now}
        upsert(self.conn, blocks, key | values, change=values)
        return Effect(before=before, after=after)

    def _unblock(self, change: UnblockMember) -> EffectOrNothing:
        before = self._block_of(change.user_id)
        if not before:
            return NoChange.NOT_SET
        key = {"guild_id": self.guild_id, "user_id": change.user_id}
        self.conn.execute(delete(blocks).where(_has(blocks, key)))
        return Effect(before=before)

    def _block_of(self, user_id: int) -> Facts:
        """Return the facts of the member's current block; `{}` if there is none or it has expired."""
        key = {"guild_id": self.guild_id, "user_id": user_id}
        row = self.conn.execute(
            select(blocks.c.until, blocks.c.reason).where(_has(blocks, key))
        ).one_or_none()
        if row is None or (row.until is not None and row.until <= self.now):
            return {}
        return {"until": _iso(row.until), "reason": row.reason}

    def _add_filter(self, change: AddFilter) -> EffectOrNothing:
        live = (filters.c.guild_id == self.guild_id) & ~filters.c.is_gone
        facts = {"kind": change.kind.value, "text": change.text}
        if self.conn.execute(select(filters.c.number).where(live, _has(filters, facts))).first() is not None:
            return NoChange.SAME
        if count(self.conn, filters, live) >= MAX_FILTERS:
            return NoChange.TOO_MANY
        last = select(func.coalesce(func.max(filters.c.number), 0)).where(filters.c.guild_id == self.guild_id)
        after = {"number": self.conn.execute(last).scalar_one() + 1, **facts}
        row = {"guild_id": self.guild_id, "by_user_id": self.by, "at": self.now, "is_gone": False, **after}
        self.conn.execute(insert(filters).values(**row))
        return Effect(after=after)

    def _remove_filter(self, change: RemoveFilter) -> EffectOrNothing:
        this = _has(filters, {"guild_id": self.guild_id, "number": change.number})
        query = select(filters.c.number, filters.c.kind, filters.c.text).where(this, ~filters.c.is_gone)
        row = self.conn.execute(query).mappings().one_or_none()
        if row is None:
            return NoChange.NOT_SET
        self.conn.execute(update(filters).where(this).values(is_gone=True, text=""))
        return Effect(before=dict(row))

    def _set_channel(self, change: SetChannel) -> EffectOrNothing:
        key = {"guild_id": self.guild_id, "channel_id": change.channel_id}
        was_open = self.conn.execute(
            select(channels.c.is_open).where(_has(channels, key))
        ).scalar_one_or_none()
        if was_open is change.is_open:
            return NoChange.NOT_SET if was_open is None else NoChange.SAME
        before = {} if was_open is None else {"is_open": was_open}
        if change.is_open is None:
            self.conn.execute(delete(channels).where(_has(channels, key)))
            return Effect(before=before)
        in_server = channels.c.guild_id == self.guild_id
        if was_open is None and count(self.conn, channels, in_server) >= MAX_CHANNELS:
            return NoChange.TOO_MANY
        after = {"is_open": change.is_open}
        upsert(self.conn, channels, key | after, change=after)
        return Effect(before=before, after=after)

    def _set_modlog(self, change: SetModLog) -> EffectOrNothing:
        before = modlog_of(self.conn, self.guild_id)
        if before == change.channel_id:
            return NoChange.NOT_SET if before is None else NoChange.SAME
        self._write_server(modlog_channel_id=change.channel_id)
        return Effect(before=_channel(before), after=_channel(change.channel_id))

    def _pause(self, change: PauseServer) -> EffectOrNothing:
        before = self._pause_now()
        if before and before["text"] == change.text:
            return NoChange.SAME
        after = {"at": self.now.isoformat(), "by": self.by, "text": change.text}
        self._write_server(pause=after)
        return Effect(before=before, after=after)

    def _resume(self) -> EffectOrNothing:
        before = self._pause_now()
        if not before:
            return NoChange.NOT_SET
        self._write_server(pause=None)
        return Effect(before=before)

    def _pause_now(self) -> Facts:
        query = select(servers.c.pause).where(servers.c.guild_id == self.guild_id)
        return self.conn.execute(query).scalar_one_or_none() or {}

    def _write_server(self, **values: Any) -> None:
        self.conn.execute(update(servers).where(servers.c.guild_id == self.guild_id).values(**values))

    def _remove_results(self, change: RemoveResult) -> EffectOrNothing:
        query = select(jobs.c.removed_by).where(_has_public_result(change.job_id, self.guild_id))
        row = self.conn.execute(query).one_or_none()
        if row is None:
            return NoChange.NO_SUCH_JOB
        if row.removed_by is not None:
            return NoChange.SAME
        self.conn.execute(update(jobs).where(jobs.c.id == change.job_id).values(removed_by=self.by))
        return Effect(after={"removed_by": self.by})

    def _share_preset(self, change: SharePreset) -> EffectOrNothing:
        stored = library.preset_named(self.conn, PresetOwner.SERVER, self.guild_id, change.name)
        before, after = {} if stored is None else _facts(stored), _facts(change)
        if before == after:
            return NoChange.SAME
        preset = Preset(
            name=change.name,
            text=change.text,
            aspect=change.aspect,
            resolution=change.resolution,
            count=change.count,
            by=self.by,
            at=self.now,
            guild_id=self.guild_id,
        )
        saved = library.save_preset(
            self.conn, PresetOwner.SERVER, self.guild_id, preset, most=MAX_SERVER_PRESETS
        )
        return NoChange.TOO_MANY if saved is PresetSaved.FULL else Effect(before=before, after=after)

    def _drop_preset(self, change: DropServerPreset) -> EffectOrNothing:
        stored = library.preset_named(self.conn, PresetOwner.SERVER, self.guild_id, change.name)
        if stored is None:
            return NoChange.NOT_SET
        library.drop_stored_preset(self.conn, PresetOwner.SERVER, self.guild_id, change.name)
        return Effect(before=_facts(stored))

    def _set_enhance(self, change: SetEnhance) -> EffectOrNothing:
        before = library.server_enhances(self.conn, self.guild_id)
        if before is change.is_on:
            return NoChange.SAME
        library.set_server_enhances(self.conn, self.guild_id, change.is_on)
        return Effect(before={"is_on": before}, after={"is_on": change.is_on})


def _has(table: Table, values: Mapping[str, Any]) -> ColumnElement[bool]:
    """Return the condition for rows with these values in the columns of these names."""
    return and_(*(table.c[name] == value for name, value in values.items()))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _only(limits: dict[str, Any], limit: Limit) -> dict[str, Any]:
    return {limit.value: limits[limit.value]} if limit.value in limits else {}


def _channel(channel_id: int | None) -> dict[str, Any]:
    return {} if channel_id is None else {"channel_id": channel_id}


def _facts(preset: Preset | SharePreset) -> dict[str, Any]:
    return {field.name: msgspec.to_builtins(getattr(preset, field.name)) for field in fields(SharePreset)}


def lock_job(conn: Connection, job_id: str) -> None:
    """Lock the job's row for this transaction."""
    conn.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())


def removable(conn: Connection, job_id: str, guild_id: int) -> Removable | None:
    """Return a public result of this server that was not removed; None if there is none."""
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


def apply_change(conn: Connection, guild_id: int, change: Change, *, by: int, now: datetime) -> ApplyOutcome:
    """Make a change, and write it to the audit and the mod-log; to both channels where the mod-log moves."""
    if isinstance(change, RemoveResult):  # every transaction locks jobs before servers
        lock_job(conn, change.job_id)
    make_server(conn, guild_id)
    modlog_before = modlog_of(conn, guild_id)
    effect = ChangeMaker(conn=conn, guild_id=guild_id, by=by, now=now).make(change)
    if isinstance(effect, NoChange):
        return Unchanged(why=effect)
    audit_id = _write_audit(conn, guild_id, change, effect, by=by, now=now)
    # If the mod-log was moved or turned off, the old channel gets the entry too.
    for channel_id in dict.fromkeys((modlog_before, modlog_of(conn, guild_id))):
        if channel_id is not None:
            write_entry(conn, guild_id, channel_id, Topic.CHANGE, audit_id=audit_id, facts={}, now=now)
    return Applied(change=change, before=effect.before, after=effect.after, audit_id=audit_id)


def apply_changes(
    conn: Connection, guild_id: int, changes: Sequence[Change], *, by: int, now: datetime
) -> tuple[ApplyOutcome, ...]:
    return tuple(apply_change(conn, guild_id, change, by=by, now=now) for change in changes)


def _write_audit(
    conn: Connection, guild_id: int, change: Change, effect: Effect, *, by: int, now: datetime
) -> int:
    statement = insert(audit).values(
        guild_id=guild_id,
        at=now,
        by_user_id=by,
        change=change_json(change),
        before=dict(effect.before),
        after=dict(effect.after),
    )
    return conn.execute(statement.returning(audit.c.id)).scalar_one()
