"""Accepting a job, or the description of a picture: policy, reservation and row in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.domain import fairness
from bot.domain.jobs import JobState, NewJob, RenderStage
from bot.domain.policy.decision import Admission, DenialReason, Denied, PolicyFacts, usage_requested
from bot.domain.policy.quota import UsageRequest
from bot.domain.policy.rules import Rule
from bot.domain.ports.stores import Accepted, NewDescription, NotBegun, Rates, SubmitOutcome
from bot.domain.rewriting import MAX_DESCRIBED_A_DAY
from bot.storage import ledger
from bot.storage.circuit import circuit, trouble_of_new_job
from bot.storage.policy import decide
from bot.storage.queue import Spot, position_of
from bot.storage.rows import load_job, new_job_row, stored_job
from bot.storage.schema import denials, jobs, notes, people, renders, usage_entries
from bot.storage.sql import insert_unless, lock_person, lock_server

KEPT_DENIALS: Final = 20  # of one person in one server


def record_denial(conn: Connection, new: NewJob, denied: Denied) -> None:
    """Record a denial, and delete all but the person's latest KEPT_DENIALS in this server; nothing outside servers."""
    guild_id, exceeded = new.reply_target.served_guild_id, denied.exceeded
    if guild_id is None:
        return
    conn.execute(
        insert(denials).values(
            guild_id=guild_id,
            user_id=new.user_id,
            channel_id=new.reply_target.channel_id,
            at=new.created_at,
            code=exceeded.limit.value if exceeded is not None else denied.reason.value,
            facts=_facts(denied),
        )
    )
    mine = (denials.c.guild_id == guild_id) & (denials.c.user_id == new.user_id)
    latest = select(denials.c.id).where(mine).order_by(denials.c.id.desc()).offset(KEPT_DENIALS).limit(1)
    conn.execute(delete(denials).where(mine, denials.c.id <= latest.scalar_subquery()))


def _facts(denied: Denied) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if denied.exceeded is not None:
        exceeded = denied.exceeded
        facts = {
            "used": exceeded.used,
            "allowed": exceeded.allowed,
            "scope": exceeded.by.scope.value,
            "subject": exceeded.by.subject_id,
        }
    elif denied.match is not None:
        facts = {"filter": denied.match.filter.id}
    elif denied.block is not None:
        facts = {"reason": denied.block.reason}
    return {name: value for name, value in facts.items() if value is not None}


# How long workers wait for the card of a new job to exist. The gateway ends the wait when it has sent the card;
# after a crash the wait ends by itself.
FIRST_ANSWER: Final = timedelta(seconds=4)
# A message is answered by a reply, which may wait for a rate limit in a busy channel.
FIRST_REPLY: Final = timedelta(seconds=30)
PRIORITY: Final = 0  # the only one so far
CLOCK_KEY: Final = "fair_clock"


def submit(conn: Connection, new: NewJob, ceiling: Rule, rates: Rates) -> SubmitOutcome:
    """Accept and store a job, or deny it.

    The person's row is locked first, then the server's, so that no two submissions race for one limit.
    """
    lock_person(conn, new.user_id)
    known = _known(conn, new)
    if known is not None:
        return known
    if new.retry_of is not None and _was_retried(conn, new.retry_of):
        return Denied(reason=DenialReason.RETRIED_ALREADY)
    guild_id = new.reply_target.served_guild_id
    if guild_id is not None:
        lock_server(conn, guild_id, ceiling)
    new, request, decision, facts = _decide(conn, new, ceiling, guild_id)
    if isinstance(decision, Denied):
        record_denial(conn, new, decision)
        return decision
    tag = _next_tag(conn, new, decision.weight)
    if not _store(conn, new, request, tag=tag, granted=decision.granted):
        return Denied(reason=DenialReason.RETRIED_ALREADY)
    ledger.use_grants(conn, new.id, facts.grants, decision.granted)
    spot = Spot(PRIORITY, tag, new.id)
    standing = position_of(conn, spot, rates, new.request, now=new.created_at)
    return Accepted(job=stored_job(new, trouble_of_new_job(conn, now=new.created_at)), standing=standing)


def _decide(
    conn: Connection, new: NewJob, ceiling: Rule, guild_id: int | None
) -> tuple[NewJob, UsageRequest, Admission | Denied, PolicyFacts]:
    """Return the job for the first model that is allowed; where none is, the denial of the first."""
    found: list[tuple[NewJob, UsageRequest, Admission | Denied, PolicyFacts]] = []
    for choice in (new, *map(new.with_model, new.others)):
        request = usage_requested(choice.request, price_micro_usd=choice.price_micro_usd)
        outcome, facts = decide(
            conn, ceiling, new.user_id, guild_id, new.context, request, now=new.created_at
        )
        found.append((choice, request, outcome, facts))
        if isinstance(outcome, Admission):
            return found[-1]
        if not outcome.is_of_model:
            break
    return found[0]


_KNOWN: Final = select(jobs.c.id).where(jobs.c.interaction_id == bindparam("of_interaction"))
_CLOCK: Final = select(notes.c.value).where(notes.c.key == CLOCK_KEY)
_OF_USER: Final = people.c.user_id == bindparam("of_user")
_TAGS: Final = select(select(people.c.last_tag).where(_OF_USER).scalar_subquery(), _CLOCK.scalar_subquery())
_TAG_OF_PERSON: Final = update(people).where(_OF_USER)
_RETRY_OF: Final = select(jobs.c.id).where(jobs.c.retry_of == bindparam("of_job"))
_NEW_RENDERS: Final = insert(renders)
_NEW_CHARGE: Final = insert(usage_entries)


def _known(conn: Connection, new: NewJob) -> Accepted | None:
    """Return the job of this interaction if it is stored: Discord may send it again after a gateway resume."""
    job_id = conn.execute(_KNOWN, {"of_interaction": new.interaction_id}).scalar_one_or_none()
    job = None if job_id is None else load_job(conn, job_id)
    if job is None:
        return None
    return Accepted(job=job, standing=fairness.QueuePosition(position=1, ready_at=new.created_at), known=True)


def _was_retried(conn: Connection, job_id: str) -> bool:
    return conn.execute(_RETRY_OF, {"of_job": job_id}).first() is not None


def read_clock(conn: Connection) -> int:
    """Return the fair queue's virtual time."""
    return int(conn.execute(_CLOCK).scalar_one_or_none() or 0)


def _next_tag(conn: Connection, new: NewJob, weight: Fraction) -> int:
    last_tag, clock_tag = conn.execute(_TAGS, {"of_user": new.user_id}).one()
    return fairness.next_tag(
        clock=int(clock_tag or 0), last_tag=last_tag, renders=new.request.count, weight=weight
    )


def _store(conn: Connection, new: NewJob, usage: UsageRequest, *, tag: int, granted: int) -> bool:
    """Store the job; return False, storing nothing, if the same job was retried at the same time."""
    values = new_job_row(new) | {
        "state": JobState.QUEUED.value,
        "priority": PRIORITY,
        "tag": tag,
        "attempt": 0,
        "ready_at": new.created_at + (FIRST_REPLY if new.token is None else FIRST_ANSWER),
    }
    if not insert_unless(conn, jobs, values, taken=jobs.c.retry_of):
        return False
    conn.execute(_TAG_OF_PERSON, {"of_user": new.user_id, "last_tag": tag})
    blank = {"job_id": new.id, "stage": RenderStage.WAITING.value, "tries": 0, "reruns": 0, "fitted": False}
    conn.execute(_NEW_RENDERS, [blank | {"idx": index} for index in range(new.request.count)])
    reserved = {
        "job_id": new.id,
        "user_id": new.user_id,
        "guild_id": new.reply_target.served_guild_id,
        "images": usage.images,
        "granted": granted,
        "videos": usage.videos,
        "state": "reserved",
        "at": new.created_at,
    }
    conn.execute(_NEW_CHARGE, reserved)
    return True


A_DAY: Final = timedelta(days=1)


def begin_description(
    conn: Connection, new: NewDescription, ceiling: Rule, *, now: datetime
) -> Denied | NotBegun | None:
    """Decide as for one picture, which is not counted, and record the call; None if it may be made.

    No job stands behind the call: should this process die, a worker looks it up as that of a job that is over.
    """
    lock_person(conn, new.user_id)
    if conn.execute(select(usage_entries.c.at).where(usage_entries.c.job_id == new.id)).first() is not None:
        return NotBegun(is_known=True)  # Discord may send a command again after a gateway resume
    if new.guild_id is not None:
        lock_server(conn, new.guild_id, ceiling)
    decision, _ = decide(conn, ceiling, new.user_id, new.guild_id, new.context, new.usage, now=now)
    if isinstance(decision, Denied):
        return decision
    if (trouble := circuit(conn).trouble) is not None:
        return NotBegun(trouble=trouble)
    mine = (
        usage_entries.c.user_id == new.user_id,
        usage_entries.c.state == ledger.DESCRIBED,
        usage_entries.c.at > now - A_DAY,
    )
    earlier = (
        conn.execute(select(usage_entries.c.at).where(*mine).order_by(usage_entries.c.at.desc()))
        .scalars()
        .all()
    )
    if len(earlier) >= MAX_DESCRIBED_A_DAY:
        return NotBegun(opens_at=earlier[MAX_DESCRIBED_A_DAY - 1] + A_DAY)
    whose = {"job_id": new.id, "user_id": new.user_id, "guild_id": new.guild_id}
    conn.execute(insert(usage_entries).values(**whose, images=0, state=ledger.DESCRIBED, at=now))
    ledger.open_call(
        conn,
        new.request_id,
        job_id=new.id,
        index=ledger.NO_PICTURE,
        user_id=new.user_id,
        guild_id=new.guild_id,
        estimate_micro_usd=new.usage.estimate_micro_usd,
        now=now,
    )
    return None
