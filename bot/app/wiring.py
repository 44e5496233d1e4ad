"""Builders of all parts: storage and wake-ups, the gateway's half, the worker's half."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import aiohttp
import discord

from bot.attachments import CDN_ORIGINS
from bot.client import EaselClient
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.blobs import BlobStore, ImageCacheStore
from bot.domain.ports.drawing import ImageComposer
from bot.domain.ports.library import HistoryStore, LibraryStore
from bot.domain.ports.moderation import ModerationStore
from bot.domain.ports.outside import (
    CardPresenter,
    Clock,
    ModLogPublisher,
    ReferenceFetcher,
    SystemClock,
    WakeUps,
)
from bot.domain.ports.stores import JobStore, KeyValueStore, Rates
from bot.domain.provider import MICRO_USD, Model, Provider
from bot.domain.rewriting import AltTextWriter, Rewriter
from bot.errors import SetupError, StoreUnavailableError
from bot.imaging.pillow_imaging import PillowImaging
from bot.outage import Backoff
from bot.seedream.catalogue import SEEDREAM_MODELS, find
from bot.seedream.chat import ChatAltTextWriter, ChatDescriber, ChatModel, ChatRewriter
from bot.seedream.client import SeedreamProvider
from bot.services.circuit import CircuitBreaker
from bot.services.delivery import Delivery
from bot.services.describing import AltTexts, Describing
from bot.services.history import History
from bot.services.image_cache import ImageCache
from bot.services.library import Library
from bot.services.limiter import ConcurrencyLimiter
from bot.services.moderation import Moderation
from bot.services.modlog import MODLOG_POLL_S, ModLogWorker
from bot.services.personal_data import PersonalData
from bot.services.provider_calls import PromptRewriting, ProviderCalls
from bot.services.references import EarlyReferences, ImageSource, References
from bot.services.rendering import JobRunner
from bot.services.submissions import Submissions
from bot.services.worker import Worker
from bot.settings import Settings
from bot.storage.blobs import FileBlobs, TableBlobs
from bot.storage.clock import DatabaseClock
from bot.storage.engine import PostgresStore, SqliteStore, Store, open_store
from bot.storage.migrate import migrate
from bot.storage.private import lock_alone, open_data_dir
from bot.storage.schema import kept
from bot.storage.stores import (
    SqlCircuitStore,
    SqlHistoryStore,
    SqlImageCacheStore,
    SqlJobStore,
    SqlKeyValueStore,
    SqlLibraryStore,
    SqlModerationStore,
)
from bot.storage.wake_ups import LocalWakeUps, PostgresWakeUps
from bot.ui.base.attachments import DiscordPictures

T = TypeVar("T")
Chat = TypeVar("Chat", bound=ChatModel)
DATABASE_WAITS_S: Final = (1.0, 30.0)  # the first and the longest, while it is awaited at the start


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The parts that gateway and worker share."""

    store: Store
    jobs: JobStore
    key_values: KeyValueStore
    moderation: ModerationStore
    results: HistoryStore
    library: LibraryStore
    cached_images: ImageCacheStore
    blobs: BlobStore
    cached_blobs: BlobStore
    wake_ups: WakeUps
    clock: Clock
    session: aiohttp.ClientSession


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedOrigins:
    """The origins from which bytes may be fetched: attachments, and results in addition to the provider's hosts."""

    attachments: frozenset[str]
    results: frozenset[str] = frozenset()


PicturesOf = Callable[[discord.Client], ImageSource]
REAL_PLACES: Final = AllowedOrigins(attachments=CDN_ORIGINS)


@asynccontextmanager
async def open_base(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[Base]:
    """Open the store, migrate it to the newest schema, close it at the end. Raises `SetupError`.

    Processes that share the store go by its clock; `clock` is the machine's, None for the real one.
    """
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(open_data_dir, settings.data_dir)
        store = open_store(settings.database_address)
        stack.push_async_callback(store.close)
        if isinstance(store, SqliteStore):
            stack.callback(os.close, lock_alone(store.path))
        told_by = clock or SystemClock()

        async def prepare() -> None:
            await store.reach()
            await migrate(store)

        await patiently(told_by, prepare)
        if store.is_shared:
            database_clock = DatabaseClock(store, told_by)
            await patiently(told_by, database_clock.measure)
            await stack.enter_async_context(database_clock.kept())
            told_by = database_clock
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Base(
            store=store,
            jobs=SqlJobStore(store),
            key_values=SqlKeyValueStore(store),
            moderation=SqlModerationStore(store),
            results=SqlHistoryStore(store),
            library=SqlLibraryStore(store),
            cached_images=SqlImageCacheStore(store),
            blobs=TableBlobs(store) if store.is_shared else await _files(settings.data_dir / "blobs"),
            cached_blobs=TableBlobs(store, kept)
            if store.is_shared
            else await _files(settings.data_dir / "kept"),
            wake_ups=PostgresWakeUps(store, store.url)
            if isinstance(store, PostgresStore)
            else LocalWakeUps(),
            clock=told_by,
            session=session,
        )


async def patiently(clock: Clock, step: Callable[[], Awaitable[T]]) -> T:
    """Take a step of the start as soon as the database lets it: the store logs that it does not answer."""
    backoff = Backoff(*DATABASE_WAITS_S)
    while True:
        try:
            return await step()
        except StoreUnavailableError:
            await clock.sleep(backoff.next_s())


async def _files(root: Path) -> FileBlobs:
    files = FileBlobs(root)
    await files.tidy()
    return files


def ceiling_of(settings: Settings) -> Rule:
    """Return the operator's settings as the rule that no other rule can exceed."""
    says: dict[Limit, int | None] = {
        Limit.JOBS_AT_ONCE: settings.easel_jobs_per_member,
        Limit.IMAGES_PER_DAY: settings.easel_images_per_day,
        Limit.USD_PER_DAY: _micro_usd(settings.easel_member_usd_per_day),
        Limit.USD_PER_MONTH: _micro_usd(settings.easel_member_usd_per_month),
        Limit.SERVER_USD_PER_DAY: _micro_usd(settings.easel_server_usd_per_day),
        Limit.SERVER_USD_PER_MONTH: _micro_usd(settings.easel_server_usd_per_month),
    }
    return Rule(
        scope=Scope.OPERATOR, says={limit: value for limit, value in says.items() if value is not None}
    )


def _micro_usd(dollars: Decimal | None) -> int | None:
    return None if dollars is None else int(dollars * MICRO_USD)


def models_on_offer(settings: Settings) -> dict[str, Model]:
    """Return the models that people may ask for by their ids, the usual one first. Raises `SetupError`."""
    return {model: find(model) for model in settings.models}


def build_submissions(settings: Settings, base: Base) -> Submissions:
    return Submissions(
        jobs=base.jobs,
        wake_ups=base.wake_ups,
        clock=base.clock,
        models=models_on_offer(settings),
        ceiling=ceiling_of(settings),
        rates=Rates(slots=settings.easel_worker_concurrency),
        guilds=settings.easel_guilds,
        can_enhance=bool(settings.easel_enhance_model),
        has_alt_text_written=settings.has_alt_text_written,
    )


def build_moderation(settings: Settings, base: Base) -> Moderation:
    return Moderation(
        store=base.moderation,
        jobs=base.jobs,
        wake_ups=base.wake_ups,
        clock=base.clock,
        ceiling=ceiling_of(settings),
        models=models_on_offer(settings),
        model=settings.easel_model,
    )


def build_history(base: Base, imaging: PillowImaging, pictures: ImageSource) -> History:
    return History(
        jobs=base.jobs,
        results=base.results,
        cached_images=base.cached_images,
        cached_blobs=base.cached_blobs,
        pictures=pictures,
        composer=imaging,
        clock=base.clock,
    )


def build_client(
    settings: Settings,
    base: Base,
    *,
    imaging: PillowImaging,
    pictures: PicturesOf,
    shard_count: int | None = None,
) -> EaselClient:
    submissions = build_submissions(settings, base)

    def library(client: discord.Client) -> Library:
        return Library(
            store=base.library,
            cached_blobs=base.cached_blobs,
            pictures=pictures(client),
            imaging=imaging,
            clock=base.clock,
        )

    def describing(client: discord.Client) -> Describing:
        return Describing(
            jobs=base.jobs,
            describer=_chat(ChatDescriber, settings.easel_describe_model, settings, base),
            pictures=pictures(client),
            imaging=imaging,
            clock=base.clock,
            ceiling=ceiling_of(settings),
        )

    return EaselClient(
        submissions=submissions,
        describing=describing,
        personal_data=PersonalData(
            jobs=base.jobs,
            cached_images=base.cached_images,
            blobs=base.blobs,
            cached_blobs=base.cached_blobs,
            clock=base.clock,
            submissions=submissions,
        ),
        moderation=build_moderation(settings, base),
        history=lambda client: build_history(base, imaging, pictures(client)),
        library=library,
        chart=imaging,
        moderator_roles=settings.easel_moderator_roles,
        key_values=base.key_values,
        model=settings.easel_model,
        shard_count=shard_count,
    )


def build_modlog_worker(
    settings: Settings, base: Base, *, presenter: ModLogPublisher, poll_s: float = MODLOG_POLL_S
) -> ModLogWorker:
    return ModLogWorker(
        jobs=base.jobs,
        store=base.moderation,
        presenter=presenter,
        wake_ups=base.wake_ups,
        clock=base.clock,
        ceiling=ceiling_of(settings),
        price_micro_usd=find(settings.easel_model).price_micro_usd,
        poll_s=poll_s,
    )


def build_provider(
    settings: Settings, base: Base, *, result_origins: frozenset[str] = frozenset()
) -> SeedreamProvider:
    if settings.aimlapi_api_key is None:
        raise SetupError("AIMLAPI_API_KEY is not set")
    return SeedreamProvider(
        base.session,
        base_url=settings.aimlapi_base_url,
        api_key=settings.aimlapi_api_key.get_secret_value(),
        timeout_s=settings.easel_provider_timeout_s,
        result_origins=result_origins,
        now=base.clock.now,
    )


def pictures_of(base: Base, fetcher: ReferenceFetcher) -> PicturesOf:
    """Return a function that builds the image source for a client, which is needed to read messages again."""

    def pictures(client: discord.Client) -> ImageSource:
        return ImageSource(
            spool=base.blobs, cached_blobs=base.cached_blobs, fetcher=fetcher, posted=DiscordPictures(client)
        )

    return pictures


def build_rewriter(settings: Settings, base: Base) -> Rewriter | None:
    """Build the rewriter; None if the operator has switched rewriting off."""
    return _chat(ChatRewriter, settings.easel_enhance_model, settings, base)


def build_alt_text_writer(settings: Settings, base: Base) -> AltTextWriter | None:
    """Build the model that writes alt text; None if the prompt is the alt text."""
    model = settings.easel_describe_model if settings.has_alt_text_written else ""
    return _chat(ChatAltTextWriter, model, settings, base)


def _chat(kind: type[Chat], model: str, settings: Settings, base: Base) -> Chat | None:
    """Build a chat model; None if it is switched off, or this process has no key."""
    key = settings.aimlapi_api_key
    if key is None or not model:
        return None
    origin, key_text = settings.aimlapi_base_url, key.get_secret_value()
    return kind(base.session, base_url=origin, api_key=key_text, model=model, now=base.clock.now)


def build_image_cache(settings: Settings, base: Base, composer: ImageComposer) -> ImageCache:
    return ImageCache(
        jobs=base.jobs,
        cached_images=base.cached_images,
        library=base.library,
        spool=base.blobs,
        cached_blobs=base.cached_blobs,
        composer=composer,
        clock=base.clock,
        keep_for=timedelta(days=settings.easel_keep_originals_days),
        max_bytes=settings.easel_keep_originals_mb * 1024 * 1024,
    )


async def build_worker(
    settings: Settings,
    base: Base,
    *,
    presenter: CardPresenter,
    provider: Provider,
    rewriter: Rewriter | None,
    alt_text_writer: AltTextWriter | None,
    imaging: PillowImaging,
    pictures: ImageSource,
) -> Worker:
    """Build a worker with a unique name. If the store is not shared, first end the leases of earlier runs."""
    place = socket.gethostname()
    if not base.store.is_shared:
        everybody = ""  # of any host name: a new container has another one
        await patiently(base.clock, lambda: base.jobs.abandon_leases(everybody, now=base.clock.now()))
    delivery = Delivery(
        jobs=base.jobs,
        blobs=base.blobs,
        presenter=presenter,
        imaging=imaging,
        image_cache=build_image_cache(settings, base, imaging),
        clock=base.clock,
        notify_after=timedelta(seconds=settings.easel_notify_after_s),
    )
    circuit = CircuitBreaker(
        store=SqlCircuitStore(base.store),
        jobs=base.jobs,
        provider=provider,
        delivery=delivery,
        wake_ups=base.wake_ups,
        clock=base.clock,
        price_micro_usd=max(model.price_micro_usd for model in models_on_offer(settings).values()),
    )
    limiter = ConcurrencyLimiter(settings.easel_worker_concurrency, base.clock)
    calls = ProviderCalls(
        jobs=base.jobs,
        blobs=base.blobs,
        provider=provider,
        clock=base.clock,
        limiter=limiter,
        circuit=circuit,
        live=set(),
        emergency=FileBlobs(settings.data_dir / "emergency") if base.store.is_shared else None,
    )
    references = References(pictures=pictures, imaging=imaging, blobs=base.blobs)
    runner = JobRunner(
        jobs=base.jobs,
        blobs=base.blobs,
        imaging=imaging,
        references=references,
        rewriting=PromptRewriting(
            jobs=base.jobs, rewriter=rewriter, clock=base.clock, live=calls.live, unstored=calls.unstored
        ),
        alt_texts=AltTexts(
            jobs=base.jobs,
            blobs=base.blobs,
            imaging=imaging,
            writer=alt_text_writer,
            clock=base.clock,
            live=calls.live,
            unstored=calls.unstored,
        ),
        calls=calls,
        delivery=delivery,
        clock=base.clock,
        models=SEEDREAM_MODELS,  # also those of jobs that were queued while they were on offer
    )
    return Worker(
        name=f"{place}-{os.getpid()}-{secrets.token_hex(3)}",
        jobs=base.jobs,
        key_values=base.key_values,
        wake_ups=base.wake_ups,
        clock=base.clock,
        limiter=limiter,
        runner=runner,
        delivery=delivery,
        calls=calls,
        early=EarlyReferences(jobs=base.jobs, references=references, blobs=base.blobs, clock=base.clock),
        ceiling=ceiling_of(settings),
        grace_s=settings.easel_shutdown_grace_s,
    )
