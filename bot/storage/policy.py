"""The facts for a policy decision, read with one SQL statement: a UNION of parts about the person and the server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Date,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import cast as sql_cast

from bot.domain.content.filters import Filter, FilterKind
from bot.domain.jobs import JobState, RenderStage, ReplyScope, RequestContext
from bot.domain.policy.budget import month_bounds
from bot.domain.policy.decision import Admission, Block, Denied, Grant, Pause, PolicyFacts, admit
from bot.domain.policy.quota import CLOCK_SLACK, WINDOWS, Usage, UsageEntry, UsageRequest
from bot.domain.policy.rules import Limit, Rule, Scope, decode
from bot.domain.provider import Charge
from bot.storage.columns import Json, UtcDateTime
from bot.storage.ledger import EVERYBODY
from bot.storage.schema import (
    blocks,
    calls,
    channels,
    filters,
    grants,
    is_counted,
    is_unshown,
    jobs,
    renders,
    resets,
    rules,
    servers,
    spent,
    usage_entries,
)
from bot.storage.sql import unindexed


def facts_of(found: dict[str, list[Row[Any]]], user_id: int, *, in_server: bool) -> PolicyFacts:
    """Build the facts from the statement's rows, grouped by its parts."""

    def rows(part: str) -> list[Row[Any]]:
        return found.get(part, [])

    everywhere, here = _usage(found)
    pause = next((row.document for row in rows("server") if row.document is not None), None)
    block = next(iter(rows("block")), None)
    return PolicyFacts(
        in_server=in_server,
        pause=None if pause is None else read_pause(pause),
        block=None
        if block is None
        else Block(user_id=user_id, until=block.until, reason=block.words, by=block.a, at=block.at),
        rules=tuple(read_rule(row.words, row.a, row.document) for row in rows("rule")),
        channels={row.a: bool(row.b) for row in rows("channel")},
        only_open=any(row.a for row in rows("only open")),
        filters=tuple(_filter(row) for row in sorted(rows("filter"), key=lambda row: row.a)),
        grants=tuple(_grant(row, user_id) for row in sorted(rows("grant"), key=_expiry)),
        here=here,
        everywhere=everywhere,
    )


def _usage(found: dict[str, list[Row[Any]]]) -> tuple[Usage, Usage]:
    """Return the usage everywhere, and in this server, where grants and everything before a reset do not count."""
    made = sorted((row for row in found.get("made", []) if row.at is not None), key=lambda row: row.at)
    own = [row for row in made if row.until is not None]
    under_way = found.get("open", [])
    reserved, money = found["reserved"][0], found["spent"][0]
    server_reserved = sum(row.a for row in found.get("server reserved", []))
    server = next(iter(found.get("server spent", [])), None)
    everywhere = Usage(
        open_jobs=len(under_way),
        entries=[UsageEntry(row.at, row.a, row.c) for row in made],
        last_command_at=made[-1].at if made else None,
        micro_usd_today=money.a + reserved.a,
        micro_usd_this_month=money.b + reserved.a,
    )
    here = Usage(
        open_jobs=sum(row.a for row in under_way),
        entries=[UsageEntry(row.until, row.b, row.d) for row in own if row.b > 0 or row.d > 0],
        last_command_at=own[-1].until if own else None,
        micro_usd_today=money.c + reserved.b,
        micro_usd_this_month=money.d + reserved.b,
        server_micro_usd_today=server_reserved + (server.a if server else 0),
        server_micro_usd_this_month=server_reserved + (server.b if server else 0),
    )
    return everywhere, here


def read_pause(document: Any) -> Pause:
    return Pause(at=datetime.fromisoformat(document["at"]), by=document["by"], text=document["text"])


def read_rule(scope: str, subject_id: int, says: Any) -> Rule:
    """Convert a stored rule. Limits that only a newer version knows are ignored."""
    known = {limit.value: limit for limit in Limit}
    values = {known[name]: decode(known[name], value) for name, value in says.items() if name in known}
    return Rule(scope=Scope(scope), subject_id=subject_id or None, says=values)


def _filter(row: Row[Any]) -> Filter:
    return Filter(id=row.a, kind=FilterKind.PATTERN if row.b else FilterKind.WORD, text=row.words)


def _grant(row: Row[Any], user_id: int) -> Grant:
    return Grant(
        id=row.a,
        user_id=user_id,
        images=row.b,
        left=row.c,
        by=row.d,
        at=row.at,
        expires_at=row.until,
        reason=row.words,
    )


def _expiry(row: Row[Any]) -> tuple[bool, datetime, int]:
    return row.until is None, row.until or row.at, row.a


THE_SERVER: Final = 0  # `rules.subject_id` of the server's own rule
Part = Select[*tuple[Any, ...]]
_TYPES: Final[dict[str, Any]] = {
    **dict.fromkeys("abcd", BigInteger()),
    **dict.fromkeys(("at", "until"), UtcDateTime()),
    "words": Text(),
    "document": Json,
}


def part_of(part: str, **columns: ColumnElement[Any]) -> Part:
    """Build one part of the statement. All parts have the columns of `_TYPES`; those not given are NULL."""
    nulls = {name: sql_cast(null(), kind) for name, kind in _TYPES.items()}
    labelled = [column.label(name) for name, column in (nulls | columns).items()]
    return select(literal(part, Text).label("part"), *labelled)


USER: Final = bindparam("user_id", type_=BigInteger)
GUILD: Final = bindparam("guild_id", type_=BigInteger)
ROLES: Final = bindparam("role_ids", type_=BigInteger, expanding=True)
CHANNELS: Final = bindparam("channel_ids", type_=BigInteger, expanding=True)
NOW: Final = bindparam("now", type_=UtcDateTime)
# The beginnings of the windows that limits look at, the longest first.
LENGTHS: Final = sorted(set(WINDOWS.values()), reverse=True)
BEGINNINGS: Final = [bindparam(f"window_{number}", type_=UtcDateTime) for number in range(len(LENGTHS))]
SOON: Final = bindparam("soon", type_=UtcDateTime)
LAST_DAY: Final = bindparam("last_day", type_=Date)
TODAY: Final = bindparam("today", type_=Date)
MONTH: Final = bindparam("month", type_=Date)
JOB_PARAMETER: Final = bindparam("job_id", type_=Text)
CREATED: Final = bindparam("created_at", type_=UtcDateTime)


_UNFINISHED: Final = [JobState.QUEUED.value, JobState.RENDERING.value]


def is_here(column: ColumnElement[Any], *, in_server: bool) -> ColumnElement[bool]:
    """Return the condition that a row belongs to this server; false outside servers."""
    return func.coalesce(column == GUILD, literal(False)) if in_server else literal(False)


def is_before(at: ColumnElement[Any], key: ColumnElement[Any], *, waits: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes before the job that `waits`; true for a request without a job."""
    return tuple_(at, key) < tuple_(CREATED, JOB_PARAMETER) if waits else literal(True)


def reserved_sum(part: str, *, waits: bool, here: ColumnElement[bool] | None = None) -> Part:
    """Sum the expected prices of renders whose paid call is still to come: `a` of all, `b` of those in this server.

    For a waiting job, only earlier jobs and jobs that are being rendered count.
    """
    is_ahead = is_before(unindexed(jobs.c.created_at), jobs.c.id, waits=waits)
    if waits:
        is_ahead = or_(is_ahead, (jobs.c.state == JobState.RENDERING.value) & (jobs.c.id != JOB_PARAMETER))
    price = jobs.c.price_micro_usd
    sums = {"a": _sum(price)} if here is None else {"a": _sum(price), "b": _sum(case((here, price), else_=0))}
    return (
        part_of(part, **sums)
        .select_from(jobs.join(renders, renders.c.job_id == jobs.c.id))
        .where(jobs.c.finished_at.is_(None), jobs.c.state.in_(_UNFINISHED))
        .where(is_reserved(), is_ahead)
    )


def is_reserved() -> ColumnElement[bool]:
    """Return the condition for renders whose paid call is to come: waiting, or to be repeated after a free call."""
    was_free = exists().where(calls.c.request_id == renders.c.request_id, calls.c.charge == Charge.FREE.value)
    is_between = (renders.c.stage == RenderStage.SUBMITTING.value) & was_free
    return or_(renders.c.stage == RenderStage.WAITING.value, is_between)


def money_sum(part: str, *, here: ColumnElement[bool] | None = None) -> Part:
    """Sum the micro USD spent: `a` today and `b` this month; `c` and `d` the same in this server only."""
    is_today, amount = spent.c.day == TODAY, spent.c.micro_usd
    only_here = (
        [] if here is None else [case((here & is_today, amount), else_=0), case((here, amount), else_=0)]
    )
    sums = [_sum(case((is_today, amount), else_=0)), _sum(amount), *map(_sum, only_here)]
    return part_of(part, **dict(zip("abcd", sums, strict=False))).where(
        spent.c.day >= MONTH, spent.c.day <= LAST_DAY
    )


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return sql_cast(func.coalesce(func.sum(column), 0), BigInteger)


_OPEN: Final = [*_UNFINISHED, JobState.DELIVERING.value]


@cache
def statement(*, in_server: bool, waits: bool, in_sums: bool) -> CompoundSelect[Any]:
    """Build the statement, once for each shape: building takes longer than the query itself."""
    parts = _parts_on_usage(in_server=in_server, waits=waits, in_sums=in_sums)
    parts += _parts_on_person(in_server=in_server, waits=waits)
    if in_server:
        parts += _parts_on_server(waits=waits)
    return union_all(*parts)


def _parts_on_usage(*, in_server: bool, waits: bool, in_sums: bool) -> list[Part]:
    """Return the parts on what the person made: images `a` and videos `c` everywhere with the latest `at`, and `b`,
    `d` and `until` the same in this server.

    Each job is a row; or, with `in_sums`, each span from the beginning of a window to that of the next shorter one.
    All windows begin between two spans, so that the sums are as good as the jobs for knowing what is used of them.
    """
    here = is_here(usage_entries.c.guild_id, in_server=in_server) & _is_after_reset(usage_entries.c.at)
    figures = {
        "a": usage_entries.c.images,
        "b": case((here, usage_entries.c.images - usage_entries.c.granted), else_=0),
        "c": usage_entries.c.videos,
        "d": case((here, usage_entries.c.videos), else_=0),
        "at": usage_entries.c.at,
        "until": case((here, usage_entries.c.at)),
    }
    spans = [(BEGINNINGS[0], SOON)]
    if in_sums:
        figures = {name: (_sum if name in "abcd" else func.max)(value) for name, value in figures.items()}
        spans = list(pairwise([*BEGINNINGS, SOON]))
    made = part_of("made", **figures).where(usage_entries.c.user_id == USER, is_counted)
    made = made.where(is_before(usage_entries.c.at, usage_entries.c.job_id, waits=waits))
    return [made.where(usage_entries.c.at > begin, usage_entries.c.at <= end) for begin, end in spans]


def _is_after_reset(at: ColumnElement[Any]) -> ColumnElement[bool]:
    reset = select(resets.c.at).where(
        resets.c.guild_id == GUILD, resets.c.user_id == USER, resets.c.at <= SOON
    )
    return func.coalesce(at > reset.scalar_subquery(), literal(True))


def _parts_on_person(*, in_server: bool, waits: bool) -> list[Part]:
    """Return the parts on the person's open jobs and money everywhere; `a` marks those in this server."""
    here = is_here(jobs.c.guild_id, in_server=in_server) & (jobs.c.reach == ReplyScope.GUILD.value)
    counts_here = here & _is_after_reset(jobs.c.created_at)
    under_way = (
        part_of("open", a=case((counts_here, 1), else_=0), at=jobs.c.created_at)
        .where(jobs.c.user_id == USER, is_unshown, jobs.c.state.in_(_OPEN))
        .where(is_before(unindexed(jobs.c.created_at), jobs.c.id, waits=waits))
    )
    reserved = reserved_sum("reserved", here=here, waits=waits).where(jobs.c.user_id == USER, is_unshown)
    money = money_sum("spent", here=is_here(spent.c.guild_id, in_server=in_server))
    return [under_way, reserved, money.where(spent.c.user_id == USER)]


def _parts_on_server(*, waits: bool) -> list[Part]:
    """Return the parts on the server: its moderators' decisions for this person and channel, and its money."""
    any_open = exists().where(channels.c.guild_id == GUILD, channels.c.is_open.is_(True))
    reserved = reserved_sum("server reserved", waits=waits)
    money = money_sum("server spent")
    return [
        *_parts_on_decisions(),
        part_of("server", document=servers.c.pause).where(servers.c.guild_id == GUILD),
        part_of("only open", a=case((any_open, 1), else_=0)),
        part_of(
            "filter",
            a=filters.c.number,
            b=case((filters.c.kind == FilterKind.PATTERN.value, 1), else_=0),
            words=filters.c.text,
        ).where(filters.c.guild_id == GUILD, filters.c.is_gone.is_(False)),
        reserved.where(jobs.c.guild_id == GUILD, jobs.c.reach == ReplyScope.GUILD.value),
        money.where(spent.c.guild_id == GUILD, spent.c.user_id == EVERYBODY),
    ]


def _parts_on_decisions() -> list[Part]:
    """Return the parts on rules, channels, the block and grants of the person, their roles and the channel."""
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored job that is checked again: only usage from before it counts."""

    job_id: str
    created_at: datetime


def read_facts(
    conn: Connection,
    user_id: int,
    guild_id: int | None,
    context: RequestContext,
    *,
    now: datetime,
    waiting: Waiting | None = None,
    in_sums: bool = False,
) -> PolicyFacts:
    """Return the facts for a decision about this person; `guild_id` is None outside servers.

    `waiting` is the stored job that is checked again, None for a new request. With `in_sums`, the entries of a usage
    are sums that fill the windows at `now` as its jobs do, but do not show when one of them opens.
    """
    today = now.astimezone(UTC).date()
    values = {
        "user_id": user_id,
        "guild_id": guild_id,
        "role_ids": sorted(context.role_ids),
        "channel_ids": context.channel_ids,
        "now": now,
        "soon": now + CLOCK_SLACK,
        "last_day": (now + CLOCK_SLACK).astimezone(UTC).date(),
        "today": today,
        "month": month_bounds(now)[0].date(),
        "job_id": waiting and waiting.job_id,
        "created_at": waiting and waiting.created_at,
    }
    values |= {begins.key: now - length for begins, length in zip(BEGINNINGS, LENGTHS, strict=True)}
    found: dict[str, list[Row[Any]]] = {}
    query = statement(in_server=guild_id is not None, waits=waiting is not None, in_sums=in_sums)
    for row in conn.execute(query, values):
        found.setdefault(row.part, []).append(row)
    return facts_of(found, user_id, in_server=guild_id is not None)


def decide(
    conn: Connection,
    ceiling: Rule,
    user_id: int,
    guild_id: int | None,
    context: RequestContext,
    request: UsageRequest,
    *,
    now: datetime,
    waiting: Waiting | None = None,
) -> tuple[Admission | Denied, PolicyFacts]:
    """Accept or deny `request`; return the facts with the answer. A `waiting` job gets no more from grants.

    Sums decide; only to say what is used up, and until when, a month of the person's jobs is read as well.
    """
    for in_sums in (True, False):
        facts = read_facts(conn, user_id, guild_id, context, now=now, waiting=waiting, in_sums=in_sums)
        if waiting is not None:
            facts = replace(facts, grants=())
        decision = admit(ceiling, facts, context, request, now=now)
        if isinstance(decision, Admission) or decision.exceeded is None:
            break
    return decision, facts
