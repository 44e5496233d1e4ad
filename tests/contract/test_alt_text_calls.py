"""The call that writes a picture's alt text, on the books: paid for, and none of the job's pictures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.content.filters import FilterKind
from bot.domain.jobs import JobState
from bot.domain.moderation import AddFilter
from bot.domain.ports.stores import Lease
from bot.domain.provider import Charge
from bot.errors import LostLeaseError
from bot.storage.engine import Store
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.moderation_material import GUILD, applied
from tests.contract.store_material import ANN, LATER, LEASE_S, NOW, claimed, rendering

CALL = "easel.job.alt.1"
ESTIMATE = 3_000
TEXT = "A fox asleep in moonlight."


async def begun(jobs: SqlJobStore, lease: Lease) -> None:
    await jobs.begin_alt_text(lease, request_id=CALL, estimate_micro_usd=ESTIMATE, now=NOW)


async def test_its_cost_is_the_jobs_and_its_text_the_pictures(store: Store, jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs)
    await begun(jobs, lease)
    assert (await jobs.reload(lease)).cost_micro_usd == ESTIMATE

    await jobs.end_call(CALL, charge=Charge.CHARGED, cost_micro_usd=700, now=NOW + LATER)
    await jobs.end_alt_text(lease, 0, TEXT)

    found = await jobs.reload(lease)
    assert (found.renders[0].alt_text, found.cost_micro_usd) == (TEXT, 700)
    assert found.renders[0].request_id is None  # the picture's own call is another
    spent = await SqlModerationStore(store).spent(GUILD, now=NOW)
    assert spent.today_micro_usd == 700
    assert job.user_id == ANN


async def test_text_that_a_filter_stops_is_left_out(store: Store, jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await begun(jobs, lease)
    await applied(SqlModerationStore(store), AddFilter(kind=FilterKind.WORD, text="moonlight"))

    await jobs.end_alt_text(lease, 0, TEXT)

    assert (await jobs.reload(lease)).renders[0].alt_text is None


async def test_who_lost_the_job_begins_no_call_and_writes_no_text(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    with pytest.raises(LostLeaseError):
        await begun(jobs, lease)
    with pytest.raises(LostLeaseError):
        await jobs.end_alt_text(lease, 0, TEXT)

    _, fresh = await claimed(jobs)
    found = await jobs.reload(fresh)
    assert (found.state, found.renders[0].alt_text, found.cost_micro_usd) == (JobState.CANCELLED, None, 0)


async def test_no_call_begins_after_the_lease(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)

    with pytest.raises(LostLeaseError):
        await jobs.begin_alt_text(
            lease, request_id=CALL, estimate_micro_usd=ESTIMATE, now=NOW + timedelta(seconds=2 * LEASE_S)
        )
