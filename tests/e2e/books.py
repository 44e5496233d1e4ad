"""What is wrong with the books once everything is over: money by day, images, grants and the mod-log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select

from bot.domain.jobs import RequestContext
from bot.domain.moderation import Applied, Change, GiveImages, SetLimit, SetModLog, Topic
from bot.domain.policy.rules import Limit, Scope
from bot.domain.provider import Charge
from bot.storage.engine import Store
from bot.storage.ledger import EVERYBODY, NOWHERE
from bot.storage.schema import calls, grant_uses, grants, jobs, log_entries, spent, usage_entries
from bot.storage.stores import SqlModerationStore
from tests.wire.state import Channel, Message

MODERATOR: Final = 91
GRANTS: Final = (1, 3)  # so that two pictures come from both
Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The rows that have to agree with each other."""

    spent: Rows
    calls: Rows
    charges: Rows
    grants: Rows
    uses: Rows
    jobs: Rows
    entries: Rows


async def decide(store: Store, *changes: Change, modlog: Channel, now: datetime) -> None:
    """A moderator makes `changes` in the server of `modlog`, which has told of none of them."""
    assert modlog.guild_id is not None
    moderation = SqlModerationStore(store)
    for change in (*changes, SetModLog(channel_id=modlog.id)):
        outcome = await moderation.apply(modlog.guild_id, change, by=MODERATOR, now=now)
        assert isinstance(outcome, Applied), outcome
    while (entry := await moderation.next_entry(now=now, lease_s=60)) is not None:
        await moderation.told(entry.id, message_id=None, now=now)


def only_by_grant(user_id: int) -> tuple[Change, ...]:
    """Nobody may make anything, but this member was given pictures, twice."""
    nothing = SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.IMAGES_PER_DAY, value=0)
    given = [GiveImages(user_id=user_id, images=n, expires_at=None, reason="a prize") for n in GRANTS]
    return (nothing, *given)


async def book_problems(store: Store, *, guild_id: int, now: datetime) -> list[str]:
    """Nothing of the books may depend on when somebody died: money, reservations, images and grants."""
    books = await store.tx(_books)
    moderation = SqlModerationStore(store)
    reserved = (await moderation.spent(guild_id, now=now)).reserved_micro_usd
    problems = [] if reserved == 0 else [f"{reserved} micro USD are still reserved"]
    for user_id in {row.user_id for row in books.charges}:
        facts = await moderation.facts(user_id, guild_id, RequestContext(), now=now)
        if facts.here.open_jobs or facts.everywhere.open_jobs:
            problems.append(f"{user_id} still has open jobs")
    return [*problems, *_money(books), *_images(books), *_grants(books)]


async def modlog_problems(store: Store, shown: Sequence[Message]) -> list[str]:
    """Every job was told of once: by one entry, which became one of the messages in the channel."""
    books = await store.tx(_books)
    entries = [row for row in books.entries if row.topic == Topic.JOB.value]
    problems = [f"entry {row.id} was not told" for row in entries if row.told_at is None]
    if sorted(row.job_id for row in entries) != sorted(row.id for row in books.jobs):
        problems.append(f"{len(entries)} entries tell of {len(books.jobs)} jobs")
    if sorted(row.message_id or 0 for row in entries) != sorted(message.id for message in shown):
        problems.append(f"{len(entries)} entries became {len(shown)} messages")
    return problems


def _books(conn: Connection) -> Books:
    def every(table: Table) -> Rows:
        return conn.execute(select(table)).all()

    return Books(
        spent=every(spent),
        calls=every(calls),
        charges=every(usage_entries),
        grants=every(grants),
        uses=every(grant_uses),
        jobs=every(jobs),
        entries=every(log_entries),
    )


def _money(books: Books) -> Iterator[str]:
    """By day, a member's row is the sum of their calls, and a server's that of its members'.

    A call nobody could ask about yet counts at its estimate.
    """
    due: Counter[tuple[int, int, date]] = Counter()
    for call in books.calls:
        if call.charge == Charge.FREE.value:
            continue
        day = call.submitted_at.astimezone(UTC).date()
        due[call.guild_id or NOWHERE, call.user_id, day] += call.cost_micro_usd
        if call.guild_id is not None:
            due[call.guild_id, EVERYBODY, day] += call.cost_micro_usd
    found = {(row.guild_id, row.user_id, row.day): row.micro_usd for row in books.spent if row.micro_usd}
    if found != dict(due):
        yield f"spent is {found}, the calls cost {dict(due)}"


def _images(books: Books) -> Iterator[str]:
    for charge in books.charges:
        if charge.state != ("settled" if charge.images or charge.videos else "released"):
            yield f"the {charge.images} images and {charge.videos} videos of a job are {charge.state}"


def _grants(books: Books) -> Iterator[str]:
    """What is left of a grant and what was used of it are all of it; a job uses what it was charged."""
    used: Counter[int] = Counter()
    by_job: Counter[str] = Counter()
    for use in books.uses:
        used[use.grant_id] += use.images
        by_job[use.job_id] += use.images
    for grant in books.grants:
        if grant.left + used[grant.id] != grant.images:
            yield f"a grant of {grant.images} has {grant.left} left, {used[grant.id]} used"
    for charge in books.charges:
        if by_job[charge.job_id] != charge.granted:
            yield f"{charge.granted} images were granted, {by_job[charge.job_id]} came from grants"
        if books.grants and charge.granted != charge.images:
            yield f"of {charge.images} images {charge.granted} were granted, with nothing else allowed"
