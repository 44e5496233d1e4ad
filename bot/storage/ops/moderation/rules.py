"""Changes of rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from bot.domain.limits import OF_THE_SERVER, Limit, Scope, encode
from bot.domain.moderation import ClearLimits, Nothing, SetLimit
from bot.storage.ops.docket import THE_SERVER
from bot.storage.ops.moderation.effect import Effect, EffectOrNothing
from bot.storage.ops.telling import budget_changed
from bot.storage.ops.upsert import upsert
from bot.storage.schema import rules

MAX_RULES: Final = 1_000  # of roles and channels together
MAX_MEMBER_RULES: Final = 50_000


def set_limit(conn: Connection, guild_id: int, change: SetLimit) -> EffectOrNothing:
    says, wanted = (
        _said(conn, guild_id, change.scope, change.subject_id),
        {change.limit.value: encode(change.value)},
    )
    before = _only(says, change.limit)
    if before == wanted:
        return Nothing.SAME
    if not says and _is_full(conn, guild_id, change.scope):
        return Nothing.TOO_MANY
    _write(conn, guild_id, change.scope, change.subject_id, says | wanted)
    _budgets_changed(conn, guild_id, wanted)
    return Effect(before=before, after=wanted)


def clear_limits(conn: Connection, guild_id: int, change: ClearLimits) -> EffectOrNothing:
    says = _said(conn, guild_id, change.scope, change.subject_id)
    cleared = says if change.limit is None else _only(says, change.limit)
    if not cleared:
        return Nothing.NOT_SET
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
