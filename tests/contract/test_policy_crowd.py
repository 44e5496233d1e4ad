"""Used and reserved never exceed a limit, whoever submits, cancels, fails and paints at the same time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass
from itertools import count as counter
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobState, NewJob, ReplyScope, ReplyTarget, RequestContext
from bot.domain.moderation import Applied, GiveImages, SetLimit
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.stores import Accepted, JobStore
from bot.domain.provider import Charge
from bot.storage.policy import read_facts
from bot.storage.schema import calls, grant_uses, grants, spent, usage_entries
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.store_material import (
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    PRICE,
    RATES,
    call,
    done,
    end,
    lease_of,
    new_job,
    packed_as,
)

PEOPLE: Final = 3
PROCESSES: Final = 3
MOD: Final = 99
FAULT: Final = Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)
_guilds = counter(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """What a server allows, and who asks for how many pictures, all at once; None is no limit."""

    hourly: int | None
    daily: int | None
    at_once: int | None
    server_pictures: int | None
    member_pictures: int | None
    granted: int
    wishes: list[tuple[int, int]]
    fate: int


AMOUNTS = st.none() | st.integers(0, 9)
RUSHES = st.builds(
    Rush,
    hourly=AMOUNTS,
    daily=AMOUNTS,
    at_once=st.none() | st.integers(0, 3),
    server_pictures=st.none() | st.integers(0, 12),
    member_pictures=AMOUNTS,
    granted=st.integers(0, 5),
    wishes=st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(1, 4)), min_size=6, max_size=14),
    fate=st.integers(0, 2**32),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RUSHES)
async def test_used_and_reserved_never_exceed_a_limit(database: Database, rush: Rush) -> None:
    guild_id = next(_guilds)
    people = [guild_id * 10 + number for number in range(PEOPLE)]
    async with database.store() as store, database.job_stores(PROCESSES) as stores:
        await _rule(SqlModerationStore(store), guild_id, people, rush)
        half = len(rush.wishes) // 2
        await _submit_all(stores, guild_id, people, rush.wishes[:half])
        _check(await store.tx(_figures, guild_id, people), rush)
        luck = random.Random(rush.fate)
        await asyncio.gather(
            _submit_all(stores, guild_id, people, rush.wishes[half:]),
            *(_work(jobs, f"worker-{number}", luck) for number, jobs in enumerate(stores)),
        )
        _check(await store.tx(_figures, guild_id, people), rush)
        await _work(SqlJobStore(store), "last", luck)
        _check(await store.tx(_figures, guild_id, people), rush)


async def _rule(moderation: SqlModerationStore, guild_id: int, people: list[int], rush: Rush) -> None:
    says = {
        Limit.IMAGES_PER_HOUR: rush.hourly,
        Limit.IMAGES_PER_DAY: rush.daily,
        Limit.JOBS_AT_ONCE: rush.at_once,
        Limit.SERVER_USD_PER_DAY: _dollars(rush.server_pictures),
        Limit.USD_PER_MONTH: _dollars(rush.member_pictures),
    }
    for limit, value in says.items():
        change = SetLimit(scope=Scope.SERVER, subject_id=None, limit=limit, value=value)
        assert isinstance(await moderation.apply(guild_id, change, by=MOD, now=NOW), Applied)
    if rush.granted:
        gift = GiveImages(user_id=people[0], images=rush.granted, expires_at=None, reason="contest")
        assert isinstance(await moderation.apply(guild_id, gift, by=MOD, now=NOW), Applied)


def _dollars(pictures: int | None) -> int | None:
    return None if pictures is None else pictures * PRICE


async def _submit_all(
    stores: list[SqlJobStore], guild_id: int, people: list[int], wishes: list[tuple[int, int]]
) -> None:
    place = ReplyTarget(
        scope=ReplyScope.GUILD, channel_id=7, guild_id=guild_id, upload_limit_bytes=10_000_000
    )
    submits: list[Awaitable[Any]] = []
    for number, (person, images) in enumerate(wishes):
        new = new_job(people[person], count=images, reply_target=place)
        submits.append(_submit(stores[number % len(stores)], new, cancels=number % 5 == 4))
    await asyncio.gather(*submits)


async def _submit(jobs: JobStore, new: NewJob, *, cancels: bool) -> None:
    outcome = await jobs.submit(new, FREELY, RATES)
    if cancels and isinstance(outcome, Accepted):
        await jobs.cancel(new.id, user_id=new.user_id, now=NOW)


async def _work(jobs: SqlJobStore, worker: str, luck: random.Random) -> None:
    """Whatever there is: some pictures come, some fail, some calls cost nothing, some nobody knows."""
    while (job := await jobs.claim(worker, FREELY, now=NOW + LATER, lease_s=LEASE_S)) is not None:
        if job.state is JobState.RENDERING:
            await _paint(jobs, job, worker, luck)
        lease = lease_of(job, worker)
        await jobs.deliver(lease, card_id=1, pinged=False, now=NOW + LATER)


async def _paint(jobs: SqlJobStore, job: Job, worker: str, luck: random.Random) -> None:
    lease = lease_of(job, worker)
    for render in job.renders:
        name = await call(jobs, lease, render.index)
        fate = luck.choice(["painted", "painted", "free", "unknown"])
        if fate == "painted":
            cost = luck.choice([None, PRICE, PRICE // 2])
            await done(jobs, lease, render.index, name, cost_micro_usd=cost)
            await jobs.render_packed(lease, render.index, packed_as(job.id, render.index))
        else:
            await end(jobs, name, Charge(fate))
            await jobs.render_failed(lease, render.index, FAULT, now=NOW)
    await jobs.finish_rendering(lease, {}, now=NOW + LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is on the books of one server."""

    images: dict[int, int]  # of each person, beside what grants paid
    open_jobs: dict[int, int]
    member_usd: dict[int, int]
    server_usd: int
    left: int
    taken: int
    by_day: dict[int, int]
    by_call: dict[int, int]


def _figures(conn: Connection, guild_id: int, people: list[int]) -> Figures:
    books = {
        person: read_facts(conn, person, guild_id, RequestContext(), now=NOW + LATER).here
        for person in people
    }
    of_charges = select(
        usage_entries.c.user_id, func.sum(usage_entries.c.images - usage_entries.c.granted)
    ).where(usage_entries.c.guild_id == guild_id)
    left = select(func.coalesce(func.sum(grants.c.left), 0)).where(grants.c.guild_id == guild_id)
    taken = (
        select(func.coalesce(func.sum(grant_uses.c.images), 0))
        .join(grants, grants.c.id == grant_uses.c.grant_id)
        .where(grants.c.guild_id == guild_id)
    )
    by_day = select(spent.c.user_id, func.sum(spent.c.micro_usd)).where(spent.c.guild_id == guild_id)
    by_call = select(calls.c.user_id, func.sum(calls.c.cost_micro_usd)).where(
        calls.c.guild_id == guild_id, calls.c.charge != "free"
    )
    days = {row[0]: int(row[1]) for row in conn.execute(by_day.group_by(spent.c.user_id))}
    return Figures(
        images={row[0]: int(row[1]) for row in conn.execute(of_charges.group_by(usage_entries.c.user_id))},
        open_jobs={person: usage.open_jobs for person, usage in books.items()},
        member_usd={person: usage.micro_usd_this_month for person, usage in books.items()},
        server_usd=next(iter(books.values())).server_micro_usd_today,
        left=int(conn.execute(left).scalar_one()),
        taken=int(conn.execute(taken).scalar_one()),
        by_day={person: amount for person, amount in days.items() if amount},
        by_call={row[0]: int(row[1]) for row in conn.execute(by_call.group_by(calls.c.user_id)) if row[1]},
    )


def _check(figures: Figures, rush: Rush) -> None:
    for most in (rush.hourly, rush.daily):
        assert most is None or max(figures.images.values(), default=0) <= most
    assert rush.at_once is None or max(figures.open_jobs.values()) <= rush.at_once
    assert rush.member_pictures is None or max(figures.member_usd.values()) <= rush.member_pictures * PRICE
    assert rush.server_pictures is None or figures.server_usd <= rush.server_pictures * PRICE
    assert figures.left >= 0
    assert figures.left + figures.taken == rush.granted
    everybody = sum(figures.by_call.values())
    assert figures.by_day == (figures.by_call | {0: everybody} if everybody else {})
