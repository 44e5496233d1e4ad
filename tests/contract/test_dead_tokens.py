"""Interaction tokens in the table: none outlives its job's end, or its own death."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.domain.jobs import ReplyScope, ReplyTarget
from bot.storage.engine import Store
from bot.storage.schema import jobs as jobs_table
from bot.storage.stores import SqlJobStore
from tests.contract.job_ends import cancelled, delivering, expired, failed, refused
from tests.contract.store_material import (
    ANN,
    BEN,
    CAT,
    FREELY,
    NOW,
    RATES,
    accepted,
    new_job,
    queued,
    rendering,
    request,
)

NOWHERE = ReplyTarget(scope=ReplyScope.NOWHERE, channel_id=7, guild_id=8, upload_limit_bytes=10_000_000)
DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=NOW.tzinfo)
ONLY_BY_TOKEN: tuple[dict[str, Any], ...] = (
    {"request": replace(request(), private=True)},
    {"reply_target": NOWHERE},
)


def made_at(at: datetime) -> int:
    """An id that Discord gives at this time."""
    return ((at - DISCORD_EPOCH) // timedelta(milliseconds=1)) << 22


def _tokens(conn: Connection) -> set[str]:
    """The ids of the jobs that have a token."""
    return set(conn.execute(select(jobs_table.c.id).where(jobs_table.c.token.is_not(None))).scalars())


async def tokens(store: Store) -> set[str]:
    return await store.tx(_tokens)


async def end_delivered(jobs: SqlJobStore) -> None:
    await jobs.deliver(await delivering(jobs), card_id=None, pinged=False, now=NOW)


async def end_undeliverable(jobs: SqlJobStore) -> None:
    await jobs.undeliverable(await delivering(jobs), now=NOW)


async def end_withdrawn(jobs: SqlJobStore) -> None:
    await jobs.withdraw((await accepted(jobs, new_job())).job.id, now=NOW)


async def end_cancelled_in_line(jobs: SqlJobStore) -> None:
    job = await queued(jobs)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)
    await jobs.cancellation_shown(job.id, now=NOW)


def shown(end: Callable[[SqlJobStore], Awaitable[Any]]) -> Callable[[SqlJobStore], Awaitable[None]]:
    async def end_shown(jobs: SqlJobStore) -> None:
        await jobs.deliver(await end(jobs), card_id=None, pinged=False, now=NOW)

    return end_shown


@pytest.mark.parametrize(
    "end",
    [
        end_delivered,
        end_undeliverable,
        end_withdrawn,
        end_cancelled_in_line,
        *map(shown, (failed, refused, cancelled, expired)),
    ],
)
async def test_no_token_outlives_the_end_of_its_job(
    store: Store, jobs: SqlJobStore, end: Callable[[SqlJobStore], Awaitable[None]]
) -> None:
    await end(jobs)

    assert await tokens(store) == set()


@pytest.mark.parametrize("only_by_token", ONLY_BY_TOKEN)
async def test_a_token_is_erased_once_discord_itself_shows_that_it_is_dead(
    store: Store, jobs: SqlJobStore, only_by_token: dict[str, Any]
) -> None:
    """Whatever the machine's clock says: it may be wrong, and stands still here."""
    open_jobs = [
        (await rendering(jobs, interaction_id=made_at(NOW), **only_by_token))[0],
        await queued(jobs, BEN, interaction_id=made_at(NOW) + 1, **only_by_token),
    ]

    await queued(jobs, CAT, interaction_id=made_at(NOW + timedelta(minutes=15)), token=None)
    await jobs.expire(now=NOW)
    assert await tokens(store) == {job.id for job in open_jobs}

    await queued(jobs, CAT, interaction_id=made_at(NOW + timedelta(minutes=17)), token=None)
    await jobs.expire(now=NOW)
    assert await tokens(store) == set()


async def test_no_token_is_left_after_two_days_in_any_state(store: Store, jobs: SqlJobStore) -> None:
    everywhere: dict[str, Any] = {}
    for more in (everywhere, *ONLY_BY_TOKEN):
        await delivering(jobs, **more)
        await rendering(jobs, **more)
    await failed(jobs)
    await accepted(jobs, new_job(BEN))
    assert len(await tokens(store)) == 8

    await jobs.expire(now=NOW + timedelta(minutes=15))
    assert len(await tokens(store)) == 5  # what the token alone can show, or perhaps did
    await jobs.expire(now=NOW + timedelta(days=2, minutes=15))

    assert await tokens(store) == set()


async def test_a_job_whose_token_is_dead_goes_on(jobs: SqlJobStore) -> None:
    job, _ = await rendering(jobs, interaction_id=made_at(NOW), request=replace(request(), private=True))
    await jobs.submit(new_job(BEN, interaction_id=made_at(NOW + timedelta(hours=1))), FREELY, RATES)

    await jobs.expire(now=NOW)

    after = await jobs.get(job.id)
    assert after is not None
    assert (after.state, after.attempt, after.token) == (job.state, job.attempt, None)
