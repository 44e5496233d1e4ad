"""A whole worker's half on fakes, around the real store on a SQLite file of its own."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from sqlalchemy import select

from bot.domain.jobs import ImageRequest, Job, JobKind, Parent, ReplyScope, ReplyTarget
from bot.domain.policy.rules import Rule, Scope
from bot.domain.ports.observer import UNOBSERVED, Observer
from bot.domain.ports.stores import Accepted, Lease, Rates, SpendReport
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution
from bot.domain.video import VideoQuality, VideoSettings
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.services.circuit import CircuitBreaker
from bot.services.delivery import Delivery
from bot.services.describing import AltTexts
from bot.services.image_cache import ImageCache
from bot.services.limiter import ConcurrencyLimiter
from bot.services.packaging import Packaging
from bot.services.prompt_rewriting import PromptRewriting
from bot.services.provider_calls import ProviderCalls
from bot.services.references import EarlyReferences, ImageSource, References
from bot.services.rendering import JobRunner
from bot.services.retention import Retention
from bot.services.submissions import Submission, SubmissionOutcome, Submissions
from bot.services.videos import VideoWatch
from bot.services.worker import Worker
from bot.storage.engine import Store, translate_errors
from bot.storage.schema import jobs, usage_entries
from bot.storage.stores import (
    SqlCircuitStore,
    SqlImageCacheStore,
    SqlJobStore,
    SqlKeyValueStore,
    SqlLibraryStore,
)
from tests.conftest import TurnableClock
from tests.fakes import (
    CARD_ID,
    FakeAltTextWriter,
    FakeDesk,
    FakeFetcher,
    FakeImageComposer,
    FakeImaging,
    FakePosted,
    FakeProvider,
    FakeRewriter,
    FakeVideoProvider,
    MemoryBlobs,
    MemoryWakeUps,
)

LEASE_S = 300.0  # nothing renews it here, and asking what became of a call takes two minutes
PATIENCE_S = 30.0  # of a test that waits for a background worker; never slept through
GUILD = ReplyTarget(scope=ReplyScope.GUILD, channel_id=20, guild_id=30, upload_limit_bytes=10 * 1024 * 1024)
NOWHERE = replace(GUILD, scope=ReplyScope.NOWHERE)
ANNA, BEN = 501, 502


class WatchedStore:
    """A store that tells a test of every transaction that ended; its driver raises `errors` in the next ones."""

    is_shared = False
    observer: Observer = UNOBSERVED

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.changed = asyncio.Event()
        self.errors: deque[Exception] = deque()
        self.broken: Counter[str] = Counter()  # how often operations of these names still break
        self.begun: Counter[str] = Counter()  # how often operations of these names were begun

    async def tx(self, op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.begun[op.__name__] += 1
        try:
            with translate_errors():
                if self.errors:
                    raise self.errors.popleft()
                if self.broken[op.__name__] > 0:
                    self.broken[op.__name__] -= 1
                    raise OSError("gone")
            return await self._inner.tx(op, *args, **kwargs)
        finally:
            self.changed.set()

    async def reach(self) -> None:
        await self._inner.reach()

    async def close(self) -> None:
        await self._inner.close()


def request(
    prompt: str = "a red fox in snow",
    *,
    count: int = 1,
    references: tuple[Reference, ...] = (),
    seed: int | None = None,
    private: bool = False,
    prompts: tuple[str, ...] = (),
    enhance: bool = False,
) -> ImageRequest:
    return ImageRequest(
        kind=JobKind.EDIT if references else JobKind.IMAGINE,
        prompt=prompt,
        model=DEFAULT_MODEL_ID,
        aspect=None if references else Aspect.SQUARE,
        resolution=Resolution.TWO_K,
        count=count,
        references=references,
        seed=seed,
        private=private,
        prompts=prompts,
        enhance=enhance,
    )


def video_request(
    prompt: str = "the fox turns its head",
    *,
    references: tuple[Reference, ...] = (),
    seconds: int = 6,
    quality: VideoQuality = VideoQuality.P768,
) -> ImageRequest:
    return ImageRequest(
        kind=JobKind.ANIMATE,
        prompt=prompt,
        model="minimax/hailuo-02",
        aspect=None,
        resolution=Resolution.TWO_K,
        count=1,
        references=references,
        video=VideoSettings(seconds=seconds, quality=quality),
    )


def reference(name: str) -> Reference:
    return Reference(
        name=name,
        url=f"https://cdn.discordapp.com/{name}.png",
        filename=f"{name}.png",
        bytes=1000,
        content_type="image/png",
        width=800,
        height=600,
    )


@dataclass(kw_only=True)
class Workshop:
    """`jobs` is what the code under test writes through; `look` reads without being noticed."""

    store: Store
    clock: TurnableClock
    slots: int = 4
    notify_after: timedelta = timedelta(seconds=30)
    ceiling: Rule = field(default_factory=lambda: Rule(scope=Scope.OPERATOR))
    provider: FakeProvider = field(default_factory=FakeProvider)
    videos: FakeVideoProvider = field(default_factory=FakeVideoProvider)
    folder: Path = Path(gettempdir())
    presenter: FakeDesk = field(default_factory=FakeDesk)
    fetcher: FakeFetcher = field(default_factory=FakeFetcher)
    imaging: FakeImaging = field(default_factory=FakeImaging)
    composer: FakeImageComposer = field(default_factory=FakeImageComposer)
    posted: FakePosted = field(default_factory=FakePosted)
    rewriter: FakeRewriter = field(default_factory=FakeRewriter)
    alt_text_writer: FakeAltTextWriter | None = None
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    cached_blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    keep_for: timedelta = timedelta(days=30)
    keep_bytes: int = 1_000_000
    wake_ups: MemoryWakeUps = field(default_factory=MemoryWakeUps)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.watched = WatchedStore(self.store)
        self.jobs_broken = self.watched.broken
        self.jobs = SqlJobStore(self.watched)
        self.look = SqlJobStore(self.store)
        self.key_values = SqlKeyValueStore(self.store)
        self.submissions = Submissions(
            jobs=self.jobs,
            wake_ups=self.wake_ups,
            clock=self.clock,
            models=SEEDREAM_MODELS,
            videos=VIDEO_MODELS,
            ceiling=self.ceiling,
            rates=Rates(slots=self.slots),
            can_enhance=True,
            has_alt_text_written=self.alt_text_writer is not None,
        )
        self.cached_images = SqlImageCacheStore(self.store)
        self.shelves = SqlLibraryStore(self.store)
        self.new_process()

    def new_process(self) -> None:
        """Everything that lives in memory anew, as after a restart; the store and the blobs stay."""
        self.limiter = ConcurrencyLimiter(self.slots, self.clock)
        self.image_cache = ImageCache(
            jobs=self.jobs,
            cached_images=self.cached_images,
            library=self.shelves,
            spool=self.blobs,
            cached_blobs=self.cached_blobs,
            composer=self.composer,
            clock=self.clock,
            keep_for=self.keep_for,
            max_bytes=self.keep_bytes,
        )
        self.pictures = ImageSource(
            spool=self.blobs, cached_blobs=self.cached_blobs, fetcher=self.fetcher, posted=self.posted
        )
        packaging = Packaging(blobs=self.blobs, imaging=self.imaging)
        self.delivery = Delivery(
            packaging=packaging,
            jobs=self.jobs,
            blobs=self.blobs,
            presenter=self.presenter,
            imaging=self.imaging,
            image_cache=self.image_cache,
            posted=self.posted,
            clock=self.clock,
            notify_after=self.notify_after,
        )
        self.circuit = CircuitBreaker(
            store=SqlCircuitStore(self.watched),
            jobs=self.jobs,
            provider=self.provider,
            delivery=self.delivery,
            wake_ups=self.wake_ups,
            clock=self.clock,
            models=SEEDREAM_MODELS,
        )
        self.calls = ProviderCalls(
            jobs=self.jobs,
            blobs=self.blobs,
            provider=self.provider,
            videos=self.videos,
            clock=self.clock,
            limiter=self.limiter,
            circuit=self.circuit,
            live=set(),
        )
        self.references = References(pictures=self.pictures, imaging=self.imaging, blobs=self.blobs)
        self.early = EarlyReferences(
            jobs=self.jobs, references=self.references, blobs=self.blobs, clock=self.clock
        )
        self.runner = JobRunner(
            packaging=packaging,
            jobs=self.jobs,
            imaging=self.imaging,
            references=self.references,
            rewriting=PromptRewriting(
                jobs=self.jobs,
                rewriter=self.rewriter,
                clock=self.clock,
                live=self.calls.live,
                unstored=self.calls.unstored,
            ),
            alt_texts=AltTexts(
                jobs=self.jobs,
                blobs=self.blobs,
                imaging=self.imaging,
                writer=self.alt_text_writer,
                clock=self.clock,
                live=self.calls.live,
                unstored=self.calls.unstored,
            ),
            calls=self.calls,
            delivery=self.delivery,
            clock=self.clock,
            models=SEEDREAM_MODELS,
            video_models=VIDEO_MODELS,
            watch=VideoWatch(provider=self.videos, calls=self.calls, clock=self.clock, folder=self.folder),
        )

    async def try_to_ask(
        self,
        asked: ImageRequest | None = None,
        *,
        user_id: int = ANNA,
        place: ReplyTarget = GUILD,
        parent: Parent | None = None,
    ) -> SubmissionOutcome:
        return await self.submissions.submit(
            Submission(
                request=asked or request(),
                user_id=user_id,
                reply_target=place,
                interaction_id=next(self._numbers),
                application_id=40,
                token="interaction-token",
                parent=parent,
            )
        )

    async def ask(
        self,
        asked: ImageRequest | None = None,
        *,
        user_id: int = ANNA,
        place: ReplyTarget = GUILD,
        parent: Parent | None = None,
    ) -> Job:
        """An accepted job whose card is out."""
        outcome = await self.try_to_ask(asked, user_id=user_id, place=place, parent=parent)
        assert isinstance(outcome, Accepted), outcome
        await self.submissions.card_shown(outcome, CARD_ID)
        return outcome.job

    async def claim(self, worker: str = "one") -> tuple[Job, Lease]:
        job = await self.jobs.claim(worker, self.ceiling, now=self.clock.now(), lease_s=LEASE_S)
        assert job is not None
        return job, Lease(job_id=job.id, attempt=job.attempt, worker=worker)

    async def paint(self) -> tuple[Job, Lease]:
        """Claim the next job and paint it."""
        job, lease = await self.claim()
        return await self.runner.run(job, lease), lease

    async def go_through(
        self, asked: ImageRequest | None = None, *, user_id: int = ANNA, parent: Parent | None = None
    ) -> Job:
        """One job from the command to its end, without a worker in the background."""
        job = await self.ask(asked, user_id=user_id, parent=parent)
        painted, lease = await self.paint()
        await self.delivery.finish(painted, lease)
        return await self.job(job.id)

    async def job(self, job_id: str) -> Job:
        job = await self.look.get(job_id)
        assert job is not None
        return job

    async def handed_back(self, job_id: str, attempt: int) -> bool:
        """Whether this attempt is the last one, and nobody holds the job any more."""
        query = select(jobs.c.id).where(
            jobs.c.id == job_id, jobs.c.attempt == attempt, jobs.c.worker.is_(None)
        )
        return await self.store.tx(lambda conn: conn.execute(query).first() is not None)

    async def lease_left_s(self, job_id: str) -> float:
        query = select(jobs.c.lease_until).where(jobs.c.id == job_id)
        until: datetime = await self.store.tx(lambda conn: conn.execute(query).scalar_one())
        return (until - self.clock.now()).total_seconds()

    async def images_counted(self, user_id: int = ANNA) -> int:
        return (await self.look.held(user_id, now=self.clock.now())).images

    async def charge_state(self, job_id: str) -> str:
        query = select(usage_entries.c.state).where(usage_entries.c.job_id == job_id)
        return await self.store.tx(lambda conn: conn.execute(query).scalar_one())

    async def spend(self) -> SpendReport:
        now = self.clock.now()
        return await self.look.spend(since=now - timedelta(days=1), until=now + timedelta(days=1))

    def retention(self, keep_for: timedelta | None = None) -> Retention:
        return Retention(
            jobs=self.jobs,
            cached_images=self.cached_images,
            cached_blobs=self.cached_blobs,
            clock=self.clock,
            keep_for=keep_for,
        )

    def worker(self, name: str = "one", *, grace_s: float = PATIENCE_S) -> Worker:
        return Worker(
            name=name,
            jobs=self.jobs,
            key_values=self.key_values,
            wake_ups=self.wake_ups,
            clock=self.clock,
            limiter=self.limiter,
            runner=self.runner,
            delivery=self.delivery,
            calls=self.calls,
            early=self.early,
            retention=self.retention(),
            ceiling=self.ceiling,
            grace_s=grace_s,
            lease_s=LEASE_S,
            heartbeat_s=0.05,
            poll_s=0.05,
        )

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Waits for the transaction after which `holds`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.watched.changed.clear()
                if await holds():
                    return
                await self.watched.changed.wait()

    async def until_shown(self, *job_ids: str) -> list[Job]:
        """Waits until the ends of these jobs are on their cards."""

        async def all_shown() -> bool:
            return all([(await self.job(job_id)).shown_at is not None for job_id in job_ids])

        await self.until(all_shown)
        return [await self.job(job_id) for job_id in job_ids]


class Running:
    """A worker in the background: `async with Running(worker)`; leaving asks it to stop."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.stop = asyncio.Event()

    async def __aenter__(self) -> Running:
        self._task = asyncio.create_task(self.worker.run(self.stop), name="test-worker")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.finish()

    async def finish(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.stop.set()
        async with asyncio.timeout(PATIENCE_S * 2):
            await self._task
