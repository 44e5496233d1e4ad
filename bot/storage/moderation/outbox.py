"""The outbox of messages to moderators and the operator. Call each function in the transaction of its cause."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, not_, or_, select

from bot.domain.jobs import ReplyScope
from bot.domain.moderation import Topic
from bot.domain.policy.budget import LEVELS
from bot.domain.policy.rules import Limit
from bot.domain.prices import TOLERANCE
from bot.storage.schema import alerts, calls, jobs, log_entries, servers
from bot.storage.sql import insert_new

OPERATOR: Final = 0  # used as a server id in `alerts`
_TROUBLES: Final = {
    Topic.NO_CREDIT: "credit",
    Topic.BAD_KEY: "key",
    Topic.MODEL_GONE: "model",
    Topic.PROVIDER_DOWN: "down",
    Topic.GARBAGE: "garbage",
}
_MODEL: Final = "model:"  # and the id of the one that is gone: others may be well
_PRICE: Final = "price:"  # and the id of the model, and how far its cost is off
_BALANCE: Final = "balance"
_UNSIGNED: Final = "unsigned"
_PERIODS: Final = {Limit.SERVER_USD_PER_DAY: "day", Limit.SERVER_USD_PER_MONTH: "month"}


def tell(
    conn: Connection,
    guild_id: int | None,
    topic: Topic,
    *,
    job_id: str | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
    to_operator: bool = False,
) -> bool:
    """Write an entry for the server's mod-log, or for the operator; return False if the server has no mod-log."""
    channel_id = None if to_operator else modlog_of(conn, guild_id)
    if channel_id is None and not to_operator:
        return False
    write_entry(conn, guild_id, channel_id, topic, job_id=job_id, facts=facts or {}, now=now)
    return True


_MODLOG: Final = select(servers.c.modlog_channel_id).where(servers.c.guild_id == bindparam("of_guild"))
_NEW_ENTRY: Final = insert(log_entries)


def modlog_of(conn: Connection, guild_id: int | None) -> int | None:
    """Return the channel of the server's mod-log; None if it has none."""
    return conn.execute(_MODLOG, {"of_guild": guild_id}).scalar_one_or_none()


def write_entry(
    conn: Connection,
    guild_id: int | None,
    channel_id: int | None,
    topic: Topic,
    *,
    job_id: str | None = None,
    audit_id: int | None = None,
    facts: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write an entry for a channel; `channel_id` None is the operator."""
    conn.execute(
        _NEW_ENTRY,
        {
            "guild_id": guild_id,
            "channel_id": channel_id,
            "topic": topic.value,
            "job_id": job_id,
            "audit_id": audit_id,
            "facts": dict(facts),
            "at": now,
            "due_at": now,
            "tries": 0,
        },
    )


_TO_BE_LOGGED: Final = (
    select(jobs.c.guild_id)
    .join(servers, servers.c.guild_id == jobs.c.guild_id)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.reach == ReplyScope.GUILD.value)
    .where(servers.c.modlog_channel_id.is_not(None))
    .with_for_update(of=jobs)
)
_LOGGED: Final = select(log_entries.c.id).where(
    log_entries.c.job_id == bindparam("of_job"), log_entries.c.topic == Topic.JOB.value
)
_IS_MODEL: Final = alerts.c.what.startswith(_MODEL)
_IS_TROUBLE: Final = or_(alerts.c.what.in_(list(_TROUBLES.values())), _IS_MODEL)
_TOLD_OF_TROUBLE: Final = select(alerts.c.what).where(alerts.c.guild_id == OPERATOR, _IS_TROUBLE)


def log_job(conn: Connection, job_id: str, *, now: datetime) -> None:
    """Write one entry on how a job ended, if its server has a mod-log."""
    of_job = {"of_job": job_id}
    guild_id = conn.execute(_TO_BE_LOGGED, of_job).scalar_one_or_none()
    if guild_id is not None and conn.execute(_LOGGED, of_job).first() is None:
        tell(conn, guild_id, Topic.JOB, job_id=job_id, now=now)


def budget_level(
    conn: Connection, guild_id: int, limit: Limit, level: int, facts: Mapping[str, Any], *, now: datetime
) -> bool:
    """Announce once in a period that a budget reached a level, and no lower level later; return whether it did.

    `limit` is one of the server's two budgets, and `facts` has its amounts. A budget of 0 is never announced.
    """
    if facts["budget"] <= 0 or modlog_of(conn, guild_id) is None:
        return False  # nobody was told, so it can be announced later
    period = _PERIODS[limit]
    today = now.astimezone(UTC).date().isoformat()
    span = today if period == "day" else today[:7]
    for lower in sorted((one for one in LEVELS if one <= level), reverse=True):
        if not _is_news(conn, guild_id, f"{period}:{span}:{lower}", now=now) and lower == level:
            return False
    told = {"period": period, "level": level, **facts}
    return tell(conn, guild_id, Topic.BUDGET, facts=told, now=now)


def budget_changed(conn: Connection, guild_id: int, limit: Limit) -> None:
    """Allow the levels of a changed budget to be announced again."""
    prefix = f"{_PERIODS[limit]}:"
    conn.execute(delete(alerts).where(alerts.c.guild_id == guild_id, alerts.c.what.startswith(prefix)))


def provider_trouble(
    conn: Connection,
    topic: Topic,
    guild_id: int | None,
    job_id: str | None,
    *,
    subject: str | None = None,
    now: datetime,
) -> None:
    """Announce what only the operator can fix, once to the operator and once to each affected server.

    `subject` is the failure's. It can be announced again after `provider_well`.
    """
    what = _TROUBLES[topic]
    if topic is Topic.MODEL_GONE and subject is not None:
        what = f"{_MODEL}{subject.split()[0]}"
    facts = {} if subject is None else {"subject": subject}
    if _is_news(conn, OPERATOR, what, now=now):
        tell(conn, None, topic, job_id=job_id, facts=facts, now=now, to_operator=True)
    if modlog_of(conn, guild_id) is not None and _is_news(conn, guild_id or OPERATOR, what, now=now):
        tell(conn, guild_id, topic, job_id=job_id, facts=facts, now=now)


def second_bot(conn: Connection, *, now: datetime) -> None:
    """Tell the operator, once a day, that another process answers this bot's commands."""
    if _is_news(conn, OPERATOR, f"second:{now.astimezone(UTC).date().isoformat()}", now=now):
        tell(conn, None, Topic.SECOND_BOT, now=now, to_operator=True)


def price_differs(
    conn: Connection, job_id: str, *, told_micro_usd: int, expected_micro_usd: int, now: datetime
) -> None:
    """Tell the operator that a call for this job did not cost what was expected.

    Once for each model and about the same ratio, or a price that changes with each call would be news each time.
    """
    model = conn.execute(select(jobs.c.model).where(jobs.c.id == job_id)).scalar_one_or_none()
    if model is None:  # its person was forgotten
        return
    ratio = round(math.log(told_micro_usd / expected_micro_usd, 1 + TOLERANCE))
    if _is_news(conn, OPERATOR, f"{_PRICE}{model}:{ratio}", now=now):
        facts = {"model": model, "micro_usd": told_micro_usd, "expected_micro_usd": expected_micro_usd}
        tell(conn, None, Topic.PRICE, facts=facts, now=now, to_operator=True)


def forget_told_prices(conn: Connection, models: Sequence[str]) -> None:
    """Allow costs of models that differ from what is expected to be announced again."""
    for model in models:
        is_told = alerts.c.what.startswith(f"{_PRICE}{model}:", autoescape=True)
        conn.execute(delete(alerts).where(alerts.c.guild_id == OPERATOR, is_told))


def note_balance(conn: Connection, micro_usd: int, *, warn_micro_usd: int, now: datetime) -> bool:
    """Tell the operator once that the balance is low; again only after it recovered.

    Nothing is said while they know that the account is empty.
    """
    if micro_usd >= warn_micro_usd:
        conn.execute(delete(alerts).where(alerts.c.guild_id == OPERATOR, alerts.c.what == _BALANCE))
        return False
    if _TROUBLES[Topic.NO_CREDIT] in conn.execute(_TOLD_OF_TROUBLE).scalars() or not _is_news(
        conn, OPERATOR, _BALANCE, now=now
    ):
        return False
    return tell(conn, None, Topic.LOW_BALANCE, facts={"micro_usd": micro_usd}, now=now, to_operator=True)


def note_unsigned(conn: Connection, *, is_failing: bool, now: datetime) -> bool:
    """Tell the operator once that results are delivered unsigned, until signing is noted to work."""
    if not is_failing:
        conn.execute(delete(alerts).where(alerts.c.guild_id == OPERATOR, alerts.c.what == _UNSIGNED))
        return False
    return _is_news(conn, OPERATOR, _UNSIGNED, now=now) and tell(
        conn, None, Topic.UNSIGNED, now=now, to_operator=True
    )


def provider_well(conn: Connection, request_id: str) -> None:
    """Clear the provider's troubles that were announced before this successful call was made; of models, its own.

    There is nearly always nothing to clear, and one lookup by key finds that out.
    """
    if conn.execute(_TOLD_OF_TROUBLE).first() is not None:
        of_call = select(calls.c.submitted_at, jobs.c.model).where(calls.c.request_id == request_id)
        call = conn.execute(of_call.join(jobs, jobs.c.id == calls.c.job_id, isouter=True)).one_or_none()
        if call is not None:
            is_over = or_(not_(_IS_MODEL), alerts.c.what == f"{_MODEL}{call.model}")
            conn.execute(delete(alerts).where(_IS_TROUBLE, is_over, alerts.c.at < call.submitted_at))


def _is_news(conn: Connection, guild_id: int, what: str, *, now: datetime) -> bool:
    """Return whether this was not announced before; wait for a transaction that is announcing it."""
    return insert_new(conn, alerts, {"guild_id": guild_id, "what": what, "at": now})
