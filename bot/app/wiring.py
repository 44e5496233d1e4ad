"""Builders of all parts: storage and wake-ups, the gateway's half, the worker's half."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

import discord

from bot.app.base import Base, retry_until_available
from bot.app.providers import build_chat
from bot.attachments import CDN_ORIGINS
from bot.client import EaselClient
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.drawing import ImageComposer
from bot.domain.ports.outside import (
    CardPresenter,
    ModLogPublisher,
    ReferenceFetcher,
)
from bot.domain.ports.stores import Rates
from bot.domain.provider import MICRO_USD, Provider
from bot.domain.rewriting import AltTextWriter, Rewriter
from bot.domain.video_provider import VideoProvider, next_poll_s
from bot.imaging.pillow_imaging import PillowImaging
from bot.provenance.credentials import Credentials
from bot.provenance.reading import FileMarks
from bot.seedream.chat import ChatDescriber
from bot.services.circuit import CircuitBreaker
from bot.services.delivery import Delivery
from bot.services.describing import AltTexts, Describing
from bot.services.history import History
from bot.services.image_cache import ImageCache
from bot.services.library import Library
from bot.services.limiter import ConcurrencyLimiter
from bot.services.marks import MarkLookup
from bot.services.moderation import Moderation
from bot.services.modlog import MODLOG_POLL_S, ModLogWorker
from bot.services.packaging import Packaging
from bot.services.personal_data import PersonalData
from bot.services.prompt_rewriting import PromptRewriting
from bot.services.provider_calls import ProviderCalls
from bot.services.references import EarlyReferences, ImageSource, References
from bot.services.rendering import JobRunner
from bot.services.retention import Retention
from bot.services.submissions import Submissions
from bot.services.videos import VideoWatch
from bot.services.worker import Worker
from bot.settings import Settings
from bot.storage.blobs import FileBlobs
from bot.storage.private import open_fetching
from bot.storage.stores import SqlCircuitStore, SqlGatewayStore
from bot.ui.base.attachments import DiscordPictures


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedOrigins:
    """The origins from which bytes may be fetched: attachments, and results in addition to the provider's hosts."""

    attachments: frozenset[str]
    results: frozenset[str] = frozenset()


PicturesOf = Callable[[discord.Client], ImageSource]
REAL_PLACES: Final = AllowedOrigins(attachments=CDN_ORIGINS)


def ceiling_of(settings: Settings) -> Rule:
    """Return the operator's settings as the rule that no other rule can exceed."""
    says: dict[Limit, int | None] = {
        Limit.JOBS_AT_ONCE: settings.easel_jobs_per_member,
        Limit.IMAGES_PER_DAY: settings.easel_images_per_day,
        Limit.VIDEOS_PER_DAY: settings.easel_videos_per_day,
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


def build_submissions(settings: Settings, base: Base) -> Submissions:
    return Submissions(
        jobs=base.jobs,
        wake_ups=base.wake_ups,
        clock=base.clock,
        models=base.models.pictures,
        videos=base.models.videos,
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
        models=base.models.pictures,
        videos=base.models.videos,
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
    credentials: Credentials | None = None,
    shard_count: int | None = None,
) -> EaselClient:
    """Build the client. `shard_count` stands in where EASEL_SHARDS says nothing; without both, Discord is asked."""
    shards = settings.easel_shards
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
            describer=build_chat(ChatDescriber, settings.easel_describe_model, settings, base),
            pictures=pictures(client),
            imaging=imaging,
            clock=base.clock,
            ceiling=ceiling_of(settings),
        )

    return EaselClient(
        submissions=submissions,
        describing=describing,
        marks=lambda client: MarkLookup(pictures=pictures(client), reader=FileMarks(credentials)),
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
        gateways=SqlGatewayStore(base.store),
        model=settings.easel_model,
        shard_ids=shards and shards.ids,
        shard_count=shards.total if shards else shard_count,
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
        models=base.models.pictures,
        model=settings.easel_model,
        poll_s=poll_s,
    )


def pictures_of(base: Base, fetcher: ReferenceFetcher) -> PicturesOf:
    """Return a function that builds the image source for a client, which is needed to read messages again."""

    def pictures(client: discord.Client) -> ImageSource:
        return ImageSource(
            spool=base.blobs, cached_blobs=base.cached_blobs, fetcher=fetcher, posted=DiscordPictures(client)
        )

    return pictures


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
    video_provider: VideoProvider,
    rewriter: Rewriter | None,
    alt_text_writer: AltTextWriter | None,
    imaging: PillowImaging,
    pictures: ImageSource,
    schedule: Callable[[float], float | None] = next_poll_s,
) -> Worker:
    """Build a worker with a unique name. If the store is not shared, first end the leases of earlier runs.

    `schedule` is that of polls for videos, as `bot.domain.video_provider.next_poll_s`.
    """
    place = socket.gethostname()
    if not base.store.is_shared:
        everybody = ""  # of any host name: a new container has another one
        await retry_until_available(
            base.clock, lambda: base.jobs.abandon_leases(everybody, now=base.clock.now())
        )
    packaging = Packaging(blobs=base.blobs, imaging=imaging)
    delivery = Delivery(
        jobs=base.jobs,
        blobs=base.blobs,
        presenter=presenter,
        imaging=imaging,
        packaging=packaging,
        image_cache=build_image_cache(settings, base, imaging),
        posted=pictures.posted,
        clock=base.clock,
        notify_after=timedelta(seconds=settings.easel_notify_after_s),
        observer=base.observer,
    )
    days = settings.easel_keep_jobs_days
    retention = Retention(
        jobs=base.jobs,
        cached_images=base.cached_images,
        cached_blobs=base.cached_blobs,
        clock=base.clock,
        keep_for=None if days is None else timedelta(days=days),
    )
    circuit = CircuitBreaker(
        store=SqlCircuitStore(base.store),
        jobs=base.jobs,
        provider=provider,
        delivery=delivery,
        wake_ups=base.wake_ups,
        clock=base.clock,
        models=base.models.pictures,
    )
    limiter = ConcurrencyLimiter(settings.easel_worker_concurrency, base.clock)
    calls = ProviderCalls(
        jobs=base.jobs,
        blobs=base.blobs,
        provider=provider,
        videos=video_provider,
        clock=base.clock,
        limiter=limiter,
        circuit=circuit,
        live=set(),
        emergency=FileBlobs(settings.data_dir / "emergency") if base.store.is_shared else None,
        observer=base.observer,
    )
    references = References(pictures=pictures, imaging=imaging, blobs=base.blobs)
    runner = JobRunner(
        jobs=base.jobs,
        imaging=imaging,
        packaging=packaging,
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
        models=base.models.all_pictures,  # also those of jobs that were queued while they were on offer
        video_models=base.models.all_videos,
        watch=VideoWatch(
            provider=video_provider,
            calls=calls,
            clock=base.clock,
            folder=await asyncio.to_thread(open_fetching, settings.data_dir),
            next_poll_s=schedule,
        ),
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
        retention=retention,
        ceiling=ceiling_of(settings),
        grace_s=settings.easel_shutdown_grace_s,
        observer=base.observer,
    )
