"""Who waits for whom on PostgreSQL: rows are locked in one order, so that no two wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

import bot.storage.moderation.outbox as telling
from bot.domain.jobs import Job, JobState, ReplyScope, ReplyTarget
from bot.domain.moderation import Applied, BlockMember, GiveImages, RemoveResult, Topic
from bot.domain.policy.quota import LONGEST_WINDOW
from bot.storage.engine import Store
from bot.storage.moderation.modlog import TELLING
from bot.storage.schema import denials, grant_uses, grants, log_entries
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.conftest import Database, held, waits_for_a_lock
from tests.contract.job_ends import done
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MOD,
    applied,
    count,
    execute,
    keep_modlog,
    member_limit,
    server_limit,
    taken,
)
from tests.contract.store_material import ANN, BEN, FREELY, LEASE_S, NOW, accepted, new_job, queued

pytestmark = pytest.mark.postgres
PATIENCE_S = 30  # two that wait for each other must not look like a slow test


async def test_two_who_end_a_job_tell_of_it_one_after_the_other(postgres: Database) -> None:
    async with postgres.store() as store, asyncio.timeout(PATIENCE_S):
        await keep_modlog(SqlModerationStore(store))
        job = await queued(SqlJobStore(store))

        async with held(postgres, "SELECT FROM jobs WHERE id = $1 FOR UPDATE", job.id):
            telling_of_it = asyncio.create_task(store.tx(telling.log_job, job.id, now=NOW))
            assert await waits_for_a_lock(store, telling_of_it)

        await telling_of_it


async def test_who_waits_for_a_job_to_remove_it_holds_up_no_server(postgres: Database) -> None:
    """Workers lock a job and then its server: the other way round, two would wait for each other."""
    async with postgres.store() as store, asyncio.timeout(PATIENCE_S):
        moderation = SqlModerationStore(store)
        job_id = (await done(SqlJobStore(store))).job_id

        async with held(postgres, "SELECT FROM jobs WHERE id = $1 FOR UPDATE", job_id):
            removal = asyncio.create_task(
                moderation.apply(GUILD, RemoveResult(job_id=job_id), by=MOD, now=NOW)
            )
            assert await waits_for_a_lock(store, removal)
            await applied(moderation, member_limit(20))

        assert isinstance(await removal, Applied)


async def cancel(jobs: SqlJobStore, made: list[Job]) -> None:
    for job in made:
        await jobs.cancel(job.id, user_id=ANN, now=NOW)


async def expire(jobs: SqlJobStore, made: list[Job]) -> None:
    assert await jobs.expire(now=made[0].expires_at) == len(made)


async def using_two_grants(
    store: Store, *, days: tuple[int, int], counts: list[int]
) -> tuple[list[Job], list[int]]:
    """Jobs that wait, and the ids of the two grants they took their pictures from; both have some left.

    The grant that expires sooner was taken from first.
    """
    jobs, moderation = SqlJobStore(store), SqlModerationStore(store)
    await applied(moderation, server_limit(0))
    for day in days:
        given = GiveImages(user_id=ANN, images=1, expires_at=NOW + timedelta(days=day), reason="")
        await applied(moderation, given)
    made = [await queued(jobs, count=count, expires_at=NOW + timedelta(hours=1)) for count in counts]
    await execute(store, update(grants).values(left=1))
    in_order = select(grants.c.id).order_by(grants.c.id)
    return made, await store.tx(lambda conn: list(conn.execute(in_order).scalars()))


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("days", [(2, 3), (3, 2)], ids=["older first", "newer first"])
@pytest.mark.parametrize(
    ("end", "counts"),
    [(cancel, [2]), (expire, [2]), (expire, [1, 1])],
    ids=["cancel", "expire", "expire two"],
)
async def test_who_gives_back_and_who_takes_from_the_same_grants_do_not_wait_for_each_other(
    postgres: Database,
    end: Callable[[SqlJobStore, list[Job]], Coroutine[Any, Any, None]],
    counts: list[int],
    days: tuple[int, int],
    which: int,
) -> None:
    async with postgres.store() as store, asyncio.timeout(PATIENCE_S):
        jobs = SqlJobStore(store)
        made, used = await using_two_grants(store, days=days, counts=counts)

        async with held(postgres, "SELECT FROM grants WHERE id = $1 FOR UPDATE", used[which]):
            taking = asyncio.create_task(accepted(jobs, new_job(count=2)))
            assert await waits_for_a_lock(store, taking)
            giving = asyncio.create_task(end(jobs, made))
            assert await waits_for_a_lock(store, giving, count=2)

        await asyncio.gather(taking, giving)
        assert await count(store, grant_uses) == 2
        assert await count(store, grants, grants.c.left == 1) == 2


async def test_a_server_that_is_waited_for_holds_up_no_other_servers_claims(postgres: Database) -> None:
    """A claim looks at its server's rules; all claims move one clock."""
    async with postgres.store() as store, asyncio.timeout(PATIENCE_S):
        jobs = SqlJobStore(store)
        await applied(SqlModerationStore(store), member_limit(20))
        first = await queued(jobs, ANN)
        place = ReplyTarget(scope=ReplyScope.GUILD, channel_id=7, guild_id=ELSEWHERE, upload_limit_bytes=1)
        second = await queued(jobs, BEN, count=4, reply_target=place)

        async with held(postgres, "SELECT FROM servers WHERE guild_id = $1 FOR UPDATE", GUILD):
            waiting = asyncio.create_task(jobs.claim("one", FREELY, now=NOW, lease_s=LEASE_S))
            assert await waits_for_a_lock(store, waiting)
            found = await jobs.claim("other", FREELY, now=NOW, lease_s=LEASE_S)
            assert found is not None
            assert (found.id, found.state) == (second.id, JobState.RENDERING)

        late = await waiting
        assert late is not None
        assert late.id == first.id


async def test_forgetting_a_person_and_forgetting_what_is_old_do_not_wait_for_each_other(
    postgres: Database,
) -> None:
    later = NOW + LONGEST_WINDOW
    async with postgres.store() as store, asyncio.timeout(PATIENCE_S):
        jobs, moderation = SqlJobStore(store), SqlModerationStore(store)
        await keep_modlog(moderation)
        await moderation.report((await queued(jobs)).id, by=ANN, reason="mean", now=NOW)
        await applied(moderation, BlockMember(user_id=ANN, until=NOW, reason=""))
        await taken(moderation)
        row = {"guild_id": GUILD, "user_id": ANN, "channel_id": 7, "at": NOW, "code": "blocked"}
        await execute(store, insert(denials).values(**row, facts={}))

        async with held(postgres, "SELECT FROM denials WHERE user_id = $1 FOR UPDATE", ANN):
            tidying = asyncio.create_task(moderation.forget_old(now=later))
            assert await waits_for_a_lock(store, tidying)
            forgetting = asyncio.create_task(jobs.forget(ANN, now=later))
            assert await waits_for_a_lock(store, forgetting, count=2)

        await asyncio.gather(tidying, forgetting)
        assert (await count(store, denials), await count(store, log_entries)) == (0, 0)


async def test_of_two_who_found_entries_that_the_other_cannot_see_one_takes_its_channels_first(
    postgres: Database,
) -> None:
    """Each entry was the first of its channel when it was found, as the other was not committed yet."""
    async with postgres.store() as store, asyncio.timeout(PATIENCE_S):
        moderation = SqlModerationStore(store)
        await keep_modlog(moderation)
        facts: dict[str, Any] = {"facts": {"by": MOD}}

        async with held(postgres, "SELECT pg_advisory_xact_lock($1)", TELLING):
            await store.tx(telling.tell, GUILD, Topic.REPORT, **facts, now=NOW)
            finds = [asyncio.create_task(moderation.next_entry(now=NOW, lease_s=LEASE_S))]
            assert await waits_for_a_lock(store, finds[0])
            await store.tx(telling.tell, GUILD, Topic.REPORT, **facts, now=NOW - timedelta(seconds=1))
            finds.append(asyncio.create_task(moderation.next_entry(now=NOW, lease_s=LEASE_S)))
            assert await waits_for_a_lock(store, finds[1], count=2)

        assert [entry is not None for entry in await asyncio.gather(*finds)].count(True) == 1
