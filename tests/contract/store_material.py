"""Jobs for the tests of the stores, and the short ways to a state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count as counter
from typing import Any, Final

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import ImageRequest, Job, JobKind, NewJob, ReplyScope, ReplyTarget
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.stores import Accepted, JobStore, Lease, Packed, Rates
from bot.domain.provider import Charge
from bot.domain.sizes import Aspect, Resolution, Size
from bot.domain.video import VideoQuality, VideoSettings

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER: Final = timedelta(seconds=10)  # past FIRST_ANSWER
LEASE_S: Final = 30.0
FREELY: Final = Rule(scope=Scope.OPERATOR)
RATES: Final = Rates(slots=2)
PRICE: Final = 40_000
ANN, BEN, CAT = 11, 22, 33

_numbers = counter(1)


def request(count: int = 1) -> ImageRequest:
    return ImageRequest(
        kind=JobKind.IMAGINE,
        prompt="a red fox in snow",
        model="model",
        aspect=Aspect.SQUARE,
        resolution=Resolution.TWO_K,
        count=count,
    )


VIDEO: Final = ImageRequest(
    kind=JobKind.ANIMATE,
    prompt="the fox runs",
    model="minimax/hailuo-02",
    aspect=None,
    resolution=Resolution.TWO_K,
    count=1,
    video=VideoSettings(seconds=6, quality=VideoQuality.P768),
)


def new_job(user_id: int = ANN, *, count: int = 1, at: datetime = NOW, **more: Any) -> NewJob:
    """A job under a fresh id and interaction; ids grow, so that they sort as they were made."""
    number = next(_numbers)
    new = NewJob(
        id=f"j{number:09d}",
        request=request(count),
        user_id=user_id,
        reply_target=ReplyTarget(
            scope=ReplyScope.GUILD, channel_id=7, guild_id=8, upload_limit_bytes=10_000_000
        ),
        interaction_id=number,
        application_id=9,
        token="token",
        token_until=at + timedelta(minutes=14),
        created_at=at,
        expires_at=at + timedelta(hours=23),
        price_micro_usd=PRICE,
    )
    return replace(new, **more)


async def accepted(jobs: JobStore, new: NewJob, ceiling: Rule = FREELY) -> Accepted:
    outcome = await jobs.submit(new, ceiling, RATES)
    assert isinstance(outcome, Accepted)
    return outcome


async def queued(jobs: JobStore, user_id: int = ANN, **more: Any) -> Job:
    """A job that workers may take from NOW on."""
    job = (await accepted(jobs, new_job(user_id, **more))).job
    await jobs.card_shown(job.id, 555, now=job.created_at)
    return job


def at_most(jobs_at_once: int | None = None, images_per_day: int | None = None) -> Rule:
    """A ceiling with these two limits."""
    says: dict[Limit, int | None] = {
        Limit.JOBS_AT_ONCE: jobs_at_once,
        Limit.IMAGES_PER_DAY: images_per_day,
    }
    return Rule(
        scope=Scope.OPERATOR, says={limit: value for limit, value in says.items() if value is not None}
    )


def lease_of(job: Job, worker: str = "worker") -> Lease:
    return Lease(job_id=job.id, attempt=job.attempt, worker=worker)


async def claimed(jobs: JobStore, *, now: datetime = NOW, worker: str = "worker") -> tuple[Job, Lease]:
    job = await jobs.claim(worker, FREELY, now=now, lease_s=LEASE_S)
    assert job is not None
    return job, lease_of(job, worker)


async def rendering(jobs: JobStore, user_id: int = ANN, **more: Any) -> tuple[Job, Lease]:
    """The one job of the line, claimed."""
    await queued(jobs, user_id, **more)
    return await claimed(jobs)


def request_id(job_id: str, index: int, number: int = 0) -> str:
    return f"easel.{job_id}.{index}.{number}"


async def call(jobs: JobStore, lease: Lease, index: int = 0, number: int = 0, *, at: datetime = NOW) -> str:
    """Begin a call; returns its request id."""
    name = request_id(lease.job_id, index, number)
    await jobs.begin_call(lease, index, request_id=name, estimate_micro_usd=PRICE, now=at)
    return name


async def painted(
    jobs: JobStore, lease: Lease, index: int = 0, *, number: int = 0, packed: bool = True
) -> None:
    """Take a waiting render to rendered, or packaged."""
    name = await call(jobs, lease, index, number)
    await done(jobs, lease, index, name)
    if packed:
        await jobs.render_packed(lease, index, packed_as(lease.job_id, index))


async def done(
    jobs: JobStore, lease: Lease, index: int, name: str, *, cost_micro_usd: int | None = None
) -> None:
    await jobs.render_done(
        lease,
        index,
        request_id=name,
        raw_key=f"{lease.job_id}/{index}-raw",
        revised_prompt=None,
        cost_micro_usd=cost_micro_usd,
        now=NOW,
    )


def packed_as(job_id: str, index: int) -> Packed:
    size = Size(2048, 2048)
    return Packed(key=f"{job_id}/out-{index}", mime="image/png", extension="png", size=size, fitted=False)


async def end(jobs: JobStore, name: str, charge: Charge, cost_micro_usd: int | None = None) -> None:
    await jobs.end_call(name, charge=charge, cost_micro_usd=cost_micro_usd, now=NOW + LATER)


async def images_used(jobs: JobStore, user_id: int = ANN, *, now: datetime = NOW) -> int:
    held = await jobs.held(user_id, now=now)
    return sum(entry.images for entry in held.counted if entry.at > now - timedelta(days=1))


FAULT: Final = Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)


async def end_by_failure(jobs: JobStore) -> None:
    job, lease = await claimed(jobs)
    for render in job.renders:
        await jobs.render_failed(lease, render.index, FAULT, now=NOW)
    await jobs.finish_rendering(lease, {}, now=NOW)


async def end_by_cancel(jobs: JobStore) -> None:
    (entry,) = (await jobs.queue(ANN, RATES, now=NOW)).mine
    await jobs.cancel(entry.job.id, user_id=ANN, now=NOW)


async def end_by_expiry(jobs: JobStore) -> None:
    assert await jobs.expire(now=NOW + timedelta(hours=23)) == 1


async def end_undeliverable(jobs: JobStore) -> None:
    job, lease = await claimed(jobs)
    for render in job.renders:
        await painted(jobs, lease, render.index)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.undeliverable(lease, now=NOW)


async def end_by_refusal(jobs: JobStore) -> None:
    refusal = Failure(kind=FailureKind.REFUSED, code=FailureCode.REFUSED_PROMPT)
    job, lease = await claimed(jobs)
    for render in job.renders:
        await jobs.render_failed(lease, render.index, refusal, now=NOW)
    await jobs.finish_rendering(lease, {}, now=NOW)


ENDINGS: Final = (end_by_failure, end_by_refusal, end_by_cancel, end_by_expiry, end_undeliverable)
