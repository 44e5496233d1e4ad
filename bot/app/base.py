"""What gateway and worker share: the store and all that stands on it, opened and closed together."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import aiohttp

from bot.app.models import models_of_process
from bot.clock import SystemClock
from bot.domain.ports.blobs import BlobStore, ImageCacheStore
from bot.domain.ports.library import HistoryStore, LibraryStore
from bot.domain.ports.moderation import ModerationStore
from bot.domain.ports.observer import UNOBSERVED, Observer
from bot.domain.ports.outside import Clock, WakeUps
from bot.domain.ports.stores import JobStore, KeyValueStore
from bot.errors import SetupError, StoreUnavailableError
from bot.outage import Backoff
from bot.services.prices import PricedModels
from bot.settings import Settings
from bot.storage.blobs import FileBlobs, TableBlobs
from bot.storage.clock import DatabaseClock
from bot.storage.engine import PostgresStore, SqliteStore, Store, open_store
from bot.storage.migrate import migrate
from bot.storage.moving.digest import UNFINISHED
from bot.storage.private import lock_alone, open_data_dir
from bot.storage.queue import read_value
from bot.storage.schema import kept
from bot.storage.stores import (
    SqlHistoryStore,
    SqlImageCacheStore,
    SqlJobStore,
    SqlKeyValueStore,
    SqlLibraryStore,
    SqlModerationStore,
)
from bot.storage.wake_ups import LocalWakeUps, PostgresWakeUps

T = TypeVar("T")
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
    models: PricedModels
    observer: Observer = UNOBSERVED


@asynccontextmanager
async def open_base(
    settings: Settings, *, clock: Clock | None = None, observer: Observer = UNOBSERVED
) -> AsyncGenerator[Base]:
    """Open the store, migrate it to the newest schema, close it at the end. Raises `SetupError`.

    Processes that share the store go by its clock; `clock` is the machine's, None for the real one.
    """
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(open_data_dir, settings.data_dir)
        store = open_store(settings.database_address)
        store.observer = observer
        stack.push_async_callback(store.close)
        if isinstance(store, SqliteStore):
            stack.callback(os.close, lock_alone(store.path))
        told_by = clock or SystemClock()

        async def prepare() -> None:
            await store.reach()
            await migrate(store)
            if await store.tx(read_value, UNFINISHED) is not None:
                raise SetupError("the move into this database is not finished: start `migrate --to` again")

        await retry_until_available(told_by, prepare)
        if store.is_shared:
            database_clock = DatabaseClock(store, told_by)
            await retry_until_available(told_by, database_clock.measure)
            await stack.enter_async_context(database_clock.kept())
            told_by = database_clock
        session = await stack.enter_async_context(aiohttp.ClientSession())
        base = build_base(settings, store, told_by, session)
        for files in (base.blobs, base.cached_blobs):
            if isinstance(files, FileBlobs):
                await files.tidy()
        yield base


def build_base(settings: Settings, store: Store, clock: Clock, session: aiohttp.ClientSession) -> Base:
    """Build the parts on a store. None of them asks it, or touches the disk, before it is used."""
    return Base(
        store=store,
        jobs=SqlJobStore(store),
        key_values=SqlKeyValueStore(store),
        moderation=SqlModerationStore(store),
        results=SqlHistoryStore(store),
        library=SqlLibraryStore(store),
        cached_images=SqlImageCacheStore(store),
        blobs=TableBlobs(store) if store.is_shared else FileBlobs(settings.data_dir / "blobs"),
        cached_blobs=TableBlobs(store, kept) if store.is_shared else FileBlobs(settings.data_dir / "kept"),
        wake_ups=PostgresWakeUps(store, store.url) if isinstance(store, PostgresStore) else LocalWakeUps(),
        clock=clock,
        session=session,
        models=models_of_process(settings),
        observer=store.observer,
    )


async def retry_until_available(clock: Clock, step: Callable[[], Awaitable[T]]) -> T:
    """Retry a step of the start until the database answers; the store logs the outage."""
    backoff = Backoff(*DATABASE_WAITS_S)
    while True:
        try:
            return await step()
        except StoreUnavailableError:
            await clock.sleep(backoff.next_s())
