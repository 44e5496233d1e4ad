"""Results for the tests of their stores, and a wish with everything a wish can hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from bot.domain.jobs import ImageRequest, Job, Origin, Parent, ReplyScope, ReplyTarget
from bot.domain.ports.library import HistoryQuery, HistoryStore
from bot.storage.stores import SqlJobStore
from tests.contract.job_ends import found
from tests.contract.store_material import ANN, NOW, claimed, painted, queued, request

CHANNEL: Final = 7  # where `new_job` asks
AWAY: Final = ReplyTarget(
    scope=ReplyScope.NOWHERE, channel_id=CHANNEL, guild_id=8, upload_limit_bytes=10_000_000
)


def wished(**more: Any) -> ImageRequest:
    return replace(request(more.get("count", 1)), **more)


def made_of(job_id: str, origin: Origin = Origin.VARY, index: int | None = None) -> Parent:
    return Parent(job_id=job_id, origin=origin, index=index)


async def delivered(jobs: SqlJobStore, user_id: int = ANN, *, card_id: int | None = None, **more: Any) -> Job:
    """A job with one picture, painted and shown. `more` as for `new_job`."""
    asked = await queued(jobs, user_id, **more)
    _, lease = await claimed(jobs, now=asked.created_at)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=card_id, pinged=False, now=NOW)
    return await found(jobs, lease.job_id)


def own(user_id: int = ANN, **more: Any) -> HistoryQuery:
    return HistoryQuery(user_id=user_id, viewer_id=user_id, channel_id=CHANNEL, **more)


def ids(jobs: tuple[Job, ...]) -> list[str]:
    return [job.id for job in jobs]


async def found_ids(results: HistoryStore, wanted: HistoryQuery) -> list[str]:
    page = await results.past(wanted, offset=0, limit=99)
    assert page.total == len(page.jobs)
    return ids(page.jobs)
