"""Jobs that are forgotten some time after their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy.exc import NoResultFound

from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.stores import JobStore, OldJobs
from bot.domain.references import Stored, result_name, thumbnail_name
from tests.unit.services.workshop import Workshop

KEPT_DAYS = 90


async def test_nothing_is_forgotten_unless_the_operator_says_so(shop: Workshop) -> None:
    job = await shop.go_through()
    shop.clock.advance(10 * 365 * 86_400)

    await shop.retention().forget_old()

    assert await shop.look.get(job.id) is not None


async def test_pictures_previews_and_copies_of_an_old_job_go_with_it(shop: Workshop) -> None:
    job, meta = await shop.go_through(), BlobMeta(mime="image/jpeg")
    await shop.cached_blobs.put(f"{job.id}/{thumbnail_name(0)}", b"small", meta)
    assert Stored(folder=job.id, name=result_name(0)).key in await shop.cached_blobs.keys()
    retention = shop.retention(timedelta(days=KEPT_DAYS))

    shop.clock.advance(KEPT_DAYS * 86_400 - 60)
    await retention.forget_old()
    assert await shop.look.get(job.id) is not None
    shop.clock.advance(120)
    await retention.forget_old()

    assert await shop.look.get(job.id) is None
    assert await shop.cached_blobs.keys() == frozenset()


@pytest.mark.parametrize("keep_for", [None, timedelta(days=KEPT_DAYS)])
async def test_what_a_forgotten_job_counted_goes_also_where_jobs_are_kept_longer_by_then(
    shop: Workshop, keep_for: timedelta | None
) -> None:
    job = await shop.go_through()
    shop.clock.advance(2 * 86_400)
    await shop.retention(timedelta(days=1)).forget_old()
    assert await shop.look.get(job.id) is None
    retention = shop.retention(keep_for)

    shop.clock.advance(28 * 86_400 - 60)
    await retention.forget_old()
    assert await shop.charge_state(job.id)
    shop.clock.advance(86_400)
    await retention.forget_old()

    with pytest.raises(NoResultFound):
        await shop.charge_state(job.id)


async def test_where_no_job_is_forgotten_people_are_gone_through_once_a_day(shop: Workshop) -> None:
    await shop.go_through()
    retention, rounds = shop.retention(), 0

    async def forget_old(**_: object) -> OldJobs:
        nonlocal rounds
        rounds += 1
        return OldJobs(job_ids=(), people_to=None)

    retention.jobs = cast(JobStore, SimpleNamespace(forget_old=forget_old))
    for _ in range(2 * 24 * 4):
        await retention.forget_old()
        shop.clock.advance(15 * 60)

    assert rounds == 2


async def test_a_workers_round_forgets_what_is_old(shop: Workshop) -> None:
    job = await shop.go_through()
    shop.clock.advance(2 * 86_400)
    worker = replace(shop.worker(), retention=shop.retention(timedelta(days=1)))

    await worker._sweep()  # pyright: ignore[reportPrivateUsage]  # it comes every quarter of an hour

    assert await shop.look.get(job.id) is None
