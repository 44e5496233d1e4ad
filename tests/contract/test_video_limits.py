"""Limits of videos: what a video counts, who gets the last one, and what comes back when there is none."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Connection, select

from bot.domain.failures import FailureCode
from bot.domain.jobs import JobState, ReplyScope, ReplyTarget, RequestContext
from bot.domain.moderation import Applied, Change, ResetMember, SetLimit
from bot.domain.policy.decision import Denied
from bot.domain.policy.quota import LONGEST_WINDOW, LimitExceeded, UsageEntry
from bot.domain.policy.rules import DEFAULTS, Limit, Rule, Scope, Value
from bot.domain.ports.stores import Accepted
from bot.storage.engine import Store
from bot.storage.schema import usage_entries
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.store_material import (
    ANN,
    BEN,
    ENDINGS,
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    RATES,
    VIDEO,
    accepted,
    claimed,
    new_job,
    painted,
    queued,
)

SERVER: Final = 8
MOD: Final = 99
DAY: Final = timedelta(days=1)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def decide(moderation: SqlModerationStore, change: Change) -> None:
    assert isinstance(await moderation.apply(SERVER, change, by=MOD, now=NOW), Applied)


async def limit(moderation: SqlModerationStore, which: Limit, value: Value) -> None:
    await decide(moderation, SetLimit(scope=Scope.SERVER, subject_id=None, limit=which, value=value))


async def opened(moderation: SqlModerationStore, videos_per_day: int = 2) -> None:
    await limit(moderation, Limit.MAY_ANIMATE, True)
    await limit(moderation, Limit.VIDEOS_PER_DAY, videos_per_day)


async def refused(jobs: SqlJobStore, ceiling: Rule = FREELY, **more: Any) -> LimitExceeded:
    denied = await jobs.submit(new_job(request=VIDEO, **more), ceiling, RATES)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    return denied.exceeded


def _charged(conn: Connection) -> list[tuple[int, int, str]]:
    query = select(usage_entries.c.images, usage_entries.c.videos, usage_entries.c.state).order_by(
        usage_entries.c.at
    )
    return [(row.images, row.videos, row.state) for row in conn.execute(query)]


async def used(moderation: SqlModerationStore, user_id: int = ANN) -> list[tuple[int, int]]:
    facts = await moderation.facts(user_id, SERVER, RequestContext(), now=NOW + LATER)
    assert [entry.videos for entry in facts.here.entries] == [
        entry.videos for entry in facts.everywhere.entries
    ]
    return [(entry.images, entry.videos) for entry in facts.here.entries]


async def test_a_server_makes_none_until_a_rule_allows_them(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    assert await refused(jobs) == LimitExceeded(limit=Limit.MAY_ANIMATE, by=DEFAULTS)
    await limit(moderation, Limit.MAY_ANIMATE, True)
    await accepted(jobs, new_job(request=VIDEO))


async def test_a_video_counts_one_against_limits_of_videos_and_none_against_those_of_pictures(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await opened(moderation, videos_per_day=1)
    await limit(moderation, Limit.IMAGES_PER_DAY, 1)

    await accepted(jobs, new_job(request=VIDEO))
    await accepted(jobs, new_job(at=NOW + LATER))

    assert await store.tx(_charged) == [(0, 1, "reserved"), (1, 0, "reserved")]
    assert await used(moderation) == [(0, 1), (1, 0)]
    exceeded = await refused(jobs, at=NOW + LATER)
    assert (exceeded.limit, exceeded.used, exceeded.opens_at) == (Limit.VIDEOS_PER_DAY, 1, NOW + DAY)


async def test_a_video_that_was_made_stays_counted(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await opened(moderation)
    await queued(jobs, request=VIDEO)
    _, lease = await claimed(jobs)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    assert await store.tx(_charged) == [(0, 1, "settled")]
    assert await used(moderation) == [(0, 1)]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_whatever_ends_a_job_without_its_video_gives_it_back(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore, ending: Any
) -> None:
    await opened(moderation)
    await queued(jobs, request=VIDEO)

    await ending(jobs)

    assert await store.tx(_charged) == [(0, 0, "released")]
    assert await used(moderation) == []


async def test_a_video_that_waits_fails_when_videos_are_closed(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await opened(moderation)
    await queued(jobs, request=VIDEO)
    await limit(moderation, Limit.MAY_ANIMATE, False)

    job = await jobs.claim("worker", FREELY, now=NOW + LATER, lease_s=LEASE_S)

    assert job is not None
    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert (job.failure.code, job.failure.subject) == (FailureCode.DENIED_LIMIT, Limit.MAY_ANIMATE)
    assert await store.tx(_charged) == [(0, 0, "released")]


async def test_a_reset_starts_the_count_of_videos_too(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await opened(moderation, videos_per_day=1)
    await accepted(jobs, new_job(request=VIDEO))

    await decide(moderation, ResetMember(user_id=ANN))

    await accepted(jobs, new_job(request=VIDEO, at=NOW + LATER))


async def test_the_operators_ceiling_counts_videos_of_all_places(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    ceiling = Rule(scope=Scope.OPERATOR, says={Limit.VIDEOS_PER_DAY: 1})
    await limit(moderation, Limit.MAY_ANIMATE, True)
    direct = ReplyTarget(scope=ReplyScope.DIRECT, channel_id=70, guild_id=None, upload_limit_bytes=10_000_000)
    await accepted(jobs, new_job(request=VIDEO), ceiling)

    assert (await refused(jobs, ceiling, reply_target=direct)).by == ceiling
    await accepted(jobs, new_job(BEN, request=VIDEO), ceiling)


async def test_two_at_once_do_not_both_get_the_last_video(database: Database) -> None:
    async with database.store() as store, database.job_stores(3) as stores:
        await opened(SqlModerationStore(store), videos_per_day=3)

        outcomes = await asyncio.gather(
            *(jobs.submit(new_job(request=VIDEO), FREELY, RATES) for jobs in stores * 4)
        )

    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 3
    exceeded = {
        outcome.exceeded and outcome.exceeded.limit for outcome in outcomes if isinstance(outcome, Denied)
    }
    assert exceeded == {Limit.VIDEOS_PER_DAY}


async def test_forgetting_a_person_opens_no_limit_of_videos_before_its_window_ends(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await opened(moderation, videos_per_day=1)
    await queued(jobs, request=VIDEO)
    _, lease = await claimed(jobs)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    forgotten = await jobs.forget(ANN, now=NOW)

    assert (forgotten.images, forgotten.videos) == (0, 1)
    assert (await jobs.held(ANN, now=NOW)).counted == (UsageEntry(NOW, 0, 1),)
    assert (await refused(jobs, at=NOW + LATER)).limit is Limit.VIDEOS_PER_DAY
    await jobs.forget_counts(now=NOW + LONGEST_WINDOW + DAY)
    assert await store.tx(_charged) == []
