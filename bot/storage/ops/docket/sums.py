"""Conditions and sums that several parts are made of: what is reserved, what is spent."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, case, exists, func, literal, or_, tuple_
from sqlalchemy import cast as sql_cast

from bot.domain.jobs import JobState, Stage
from bot.domain.rendering import Charge
from bot.storage.ops.docket.values import CREATED, GUILD, JOB, MONTH, TODAY, Part, part_of
from bot.storage.schema import calls, jobs, renders, spent

UNFINISHED: Final = [JobState.QUEUED.value, JobState.RENDERING.value]


def is_here(column: ColumnElement[Any], *, in_server: bool) -> ColumnElement[bool]:
    return func.coalesce(column == GUILD, literal(False)) if in_server else literal(False)


def is_before(at: ColumnElement[Any], key: ColumnElement[Any], *, waits: bool) -> ColumnElement[bool]:
    return tuple_(at, key) < tuple_(CREATED, JOB) if waits else literal(True)


def reserved_sum(part: str, *, waits: bool, here: ColumnElement[bool] | None = None) -> Part:
    """Pictures that were promised and not yet called for, at the price expected: `a` all, `b` those here.

    Beside a job that waits, only what was asked before it counts, and what is being painted.
    """
    is_ahead = is_before(jobs.c.created_at, jobs.c.id, waits=waits)
    if waits:
        is_ahead = or_(is_ahead, (jobs.c.state == JobState.RENDERING.value) & (jobs.c.id != JOB))
    price = jobs.c.price_micro_usd
    return (
        part_of(part, a=_sum(price), b=None if here is None else _sum(case((here, price), else_=0)))
        .select_from(jobs.join(renders, renders.c.job_id == jobs.c.id))
        .where(jobs.c.finished_at.is_(None), jobs.c.state.in_(UNFINISHED))
        .where(is_reserved(), is_ahead)
    )


def is_reserved() -> ColumnElement[bool]:
    """A render that will be called for: it waits, or its last call proved free a moment ago."""
    was_free = exists().where(calls.c.request_id == renders.c.request_id, calls.c.charge == Charge.FREE.value)
    is_between = (renders.c.stage == Stage.SUBMITTING.value) & was_free
    return or_(renders.c.stage == Stage.WAITING.value, is_between)


def money_sum(part: str, *, here: ColumnElement[bool] | None = None) -> Part:
    """Spent: `a` today and `b` this month, `c` and `d` the same of this server only."""
    is_today, amount = spent.c.day == TODAY, spent.c.micro_usd
    only_here = (
        [] if here is None else [case((here & is_today, amount), else_=0), case((here, amount), else_=0)]
    )
    sums = [_sum(case((is_today, amount), else_=0)), _sum(amount), *map(_sum, only_here)]
    return part_of(part, **dict(zip("abcd", sums, strict=False))).where(spent.c.day >= MONTH)


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return sql_cast(func.coalesce(func.sum(column), 0), BigInteger)
