"""Results as people look for them: by their card, and page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, update

from bot.domain.jobs import JobKind, Origin, ReplyScope, ReplyTarget
from bot.domain.ports.library import HistoryQuery, HistoryStore, ResultKind
from bot.domain.provider import Charge
from bot.storage.engine import Store
from bot.storage.history import past
from bot.storage.schema import jobs as jobs_table
from bot.storage.stores import SqlHistoryStore, SqlJobStore
from tests.contract.job_ends import FAULT, expired, failed, found, refused
from tests.contract.moderation_material import execute
from tests.contract.result_material import AWAY, CHANNEL, delivered, found_ids, ids, made_of, own, wished
from tests.contract.store_material import (
    ANN,
    BEN,
    CAT,
    NOW,
    PRICE,
    accepted,
    call,
    end,
    new_job,
    painted,
    queued,
    rendering,
)

MINUTE = timedelta(minutes=1)
CARD = 555  # what `queued` shows


@pytest.fixture
def results(store: Store) -> HistoryStore:
    return SqlHistoryStore(store)


async def test_a_job_is_found_by_the_message_that_shows_it(jobs: SqlJobStore, results: HistoryStore) -> None:
    await delivered(jobs, card_id=1001)
    second = await delivered(jobs, card_id=1002)

    assert await results.by_card(1002) == second
    assert await results.by_card(1003) is None


async def test_of_several_in_one_message_the_newest_is_shown_there(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    await delivered(jobs)
    newer = await delivered(jobs, at=NOW + MINUTE)

    assert await results.by_card(CARD) == newer


async def test_the_past_is_read_a_page_at_a_time_newest_first(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    made = [await delivered(jobs, at=NOW + number // 2 * MINUTE) for number in range(5)]
    await delivered(jobs, BEN)

    pages = [await results.past(own(), offset=offset, limit=2) for offset in (0, 2, 4, 6)]

    assert [page.total for page in pages] == [5] * 4
    assert [job for page in pages for job in page.jobs] == made[::-1]


async def test_a_job_without_pictures_is_no_result(jobs: SqlJobStore, results: HistoryStore) -> None:
    for ended in (failed, refused, expired):
        await ended(jobs)
    unpainted, _ = await rendering(jobs)
    await jobs.cancel(unpainted.id, user_id=ANN, now=NOW)
    await queued(jobs)

    assert await found_ids(results, own()) == []


async def test_a_job_that_is_not_over_is_no_result(jobs: SqlJobStore, results: HistoryStore) -> None:
    job, lease = await rendering(jobs, count=2)
    await painted(jobs, lease)

    assert await found_ids(results, own()) == []

    await jobs.cancel(job.id, user_id=ANN, now=NOW)
    assert await found_ids(results, own()) == [job.id]


async def test_pictures_that_came_too_late_are_ones_own_results(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    job, lease = await rendering(jobs)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.undeliverable(lease, now=NOW)

    assert await found_ids(results, own()) == [job.id]


async def test_ones_own_past_has_what_is_private_and_what_was_made_elsewhere(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    other_server = ReplyTarget(scope=ReplyScope.GUILD, channel_id=70, guild_id=80, upload_limit_bytes=1)
    alone = ReplyTarget(scope=ReplyScope.DIRECT, channel_id=71, guild_id=None, upload_limit_bytes=1)
    made = [await delivered(jobs, request=wished(private=True))]
    made += [await delivered(jobs, reply_target=place) for place in (AWAY, other_server, alone)]

    assert sorted(await found_ids(results, own())) == ids(tuple(made))


async def test_somebody_elses_past_is_what_everybody_in_this_channel_was_shown(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    shown = await delivered(jobs)
    await delivered(jobs, request=wished(private=True))
    await delivered(jobs, reply_target=AWAY)
    elsewhere = await delivered(
        jobs,
        reply_target=ReplyTarget(scope=ReplyScope.GUILD, channel_id=70, guild_id=8, upload_limit_bytes=1),
    )
    unseen = await delivered(jobs)
    await execute(store, update(jobs_table).where(jobs_table.c.id == unseen.id).values(card_id=None))

    assert await found_ids(results, HistoryQuery(user_id=ANN, viewer_id=BEN, channel_id=CHANNEL)) == [
        shown.id
    ]
    assert await found_ids(results, HistoryQuery(user_id=ANN, viewer_id=BEN, channel_id=70)) == [elsewhere.id]
    assert await found_ids(results, HistoryQuery(user_id=CAT, viewer_id=BEN, channel_id=CHANNEL)) == []


async def test_what_a_requester_keeps_off_the_card_is_in_nobody_elses_past(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    kept = await delivered(jobs)
    await execute(store, update(jobs_table).values(kept_back=True))

    assert await found_ids(results, HistoryQuery(user_id=ANN, viewer_id=BEN, channel_id=CHANNEL)) == []
    assert await found_ids(results, own()) == [kept.id]


async def test_the_past_is_narrowed_to_one_sort(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    made = {
        ResultKind.IMAGINE: await delivered(jobs),
        ResultKind.EDIT: await delivered(jobs, request=wished(kind=JobKind.EDIT)),
        ResultKind.SERIES: await delivered(jobs, request=wished(is_series=True, prompts=("a fox",))),
        ResultKind.ANIMATE: await delivered(jobs),
    }
    animated = jobs_table.c.id == made[ResultKind.ANIMATE].id
    await execute(store, update(jobs_table).where(animated).values(kind=JobKind.ANIMATE.value))

    assert {kind: await found_ids(results, own(kind=kind)) for kind in ResultKind} == {
        kind: [job.id] for kind, job in made.items()
    }
    assert len(await found_ids(results, own())) == len(made)


def _statements_of(conn: Connection, limit: int) -> int:
    made: list[str] = []

    def before(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        made.append(statement)

    event.listen(conn, "before_cursor_execute", before)
    assert len(past(conn, own(), offset=0, limit=limit).jobs) == limit
    event.remove(conn, "before_cursor_execute", before)
    return len(made)


async def test_a_page_takes_as_many_statements_as_one_job(store: Store, jobs: SqlJobStore) -> None:
    for _ in range(6):
        await delivered(jobs)

    assert await store.tx(_statements_of, 6) == await store.tx(_statements_of, 1) == 4


async def test_jobs_of_a_page_are_whole(jobs: SqlJobStore, results: HistoryStore) -> None:
    """Each with its own renders, in their order, and what its calls cost; the free ones cost nothing."""
    for number in range(3):
        _, lease = await rendering(jobs, count=number + 2)
        for index in reversed(range(number + 1)):
            await painted(jobs, lease, index)
        await end(jobs, await call(jobs, lease, number + 1), Charge.FREE, PRICE)
        await jobs.render_failed(lease, number + 1, FAULT, now=NOW)
        await jobs.finish_rendering(lease, {}, now=NOW)
        await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    page = await results.past(own(), offset=0, limit=9)

    assert [job.cost_micro_usd for job in page.jobs] == [3 * PRICE, 2 * PRICE, PRICE]
    assert [len(job.renders) for job in page.jobs] == [4, 3, 2]
    for job in page.jobs:
        assert job == await found(jobs, job.id)
        assert [render.index for render in job.renders] == list(range(len(job.renders)))


async def test_where_a_job_comes_from_and_what_it_asks_is_on_record(jobs: SqlJobStore) -> None:
    parent = made_of("gone", Origin.SCENE, 2)
    request = wished(prompts=("a", "b"), count=2, is_series=True, enhance=True)

    job = (await accepted(jobs, new_job(request=request, parent=parent))).job

    assert await found(jobs, job.id) == job
    assert (job.parent, job.request) == (parent, request)
