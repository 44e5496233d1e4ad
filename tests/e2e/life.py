"""One life of an Easel process: the real parts of both halves, with a recorder around every port."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

import bot.logs as logs
from bot.app.base import Base, open_base
from bot.app.providers import build_alt_text_writer, build_rewriter
from bot.app.run import App, Role, logged_in, stop_on_signals
from bot.app.wiring import build_client, build_modlog_worker, build_worker, pictures_of
from bot.attachments import AttachmentFetcher
from bot.domain.video_provider import next_poll_s
from bot.imaging.pillow_imaging import PillowImaging
from bot.seedream.client import SeedreamProvider
from bot.seedream.video import HailuoProvider
from bot.services.modlog import MODLOG_LEASE_S
from bot.services.worker import Worker
from bot.settings import Settings, load
from bot.storage.schema import jobs, log_entries, untold
from bot.ui.cards.delivery import DiscordCardPresenter
from bot.ui.moderation.sender import DiscordModLogPublisher, operators_of
from tests.e2e.nursery import write_output_to
from tests.e2e.recorder import Recorder
from tests.wire.pointing import point_discord_at

ASK_AGAIN_S: Final = (0.1, 0.2, 0.3)  # of calls whose answer was lost: nobody else is storing it
LOOK_S: Final = 0.03  # how often a life looks whether its work is done
VIDEO_POLL_S: Final = 0.05
TELL_S: Final = 0.1  # how often it looks for entries of the mod-log: each look is a transaction


class LateClock:
    """The machine's clock, some seconds ahead: what waited long enough is due."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """`environ` are the settings. `min_jobs` is how many have to be over before the life may end by itself."""

    environ: Mapping[str, str]
    rest_base: str
    gateway_url: str
    cdn_base: str
    folder: Path
    kill_at: str | None = None
    ahead_s: float = 0
    min_jobs: int = 0


def live(life: Life) -> None:
    """Until every job is over, shown and told of, and the spool is empty; exit status 0."""
    write_output_to(str(life.folder / "log.txt"))
    settings = load(life.environ, env_file=None)
    logs.set_up(settings.easel_log_level, settings.easel_log_format)
    logging.getLogger(__name__).info("a life begins, to end at %s", life.kill_at)
    setattr(socket, "gethostname", lambda: f"container-{os.getpid()}")  # noqa: B010  # as one that is made anew
    asyncio.run(run_life(life, settings))


async def run_life(life: Life, settings: Settings) -> None:
    """Live in this process, which afterwards still records what it renames."""
    with point_discord_at(life.rest_base, life.gateway_url):
        await _live(life, settings)


async def _live(life: Life, settings: Settings) -> None:
    recorder = Recorder(life.folder / "trace.txt", kill_at=life.kill_at)
    recorder.around_renames()
    stop = stop_on_signals()
    async with open_base(settings, clock=LateClock(life.ahead_s)) as plain, AsyncExitStack() as stack:
        base = replace(
            plain,
            jobs=recorder.around("jobs", plain.jobs),
            blobs=recorder.around("blobs", plain.blobs),
            wake_ups=recorder.around("wake_ups", plain.wake_ups),
            moderation=recorder.around("moderation", plain.moderation),
        )
        imaging = await stack.enter_async_context(PillowImaging())
        fetcher = AttachmentFetcher(base.session, origins=frozenset({life.cdn_base}))
        pictures = pictures_of(base, recorder.around("fetcher", fetcher))
        client = build_client(settings, base, imaging=imaging, pictures=pictures)
        client.identifying.spacing_s = client.identifying.turn_s = 0  # the next life begins at once
        await stack.enter_async_context(logged_in(client, settings, base.clock))
        provider = SeedreamProvider(
            base.session,
            base_url=settings.aimlapi_base_url,
            api_key="offline",
            timeout_s=settings.easel_provider_timeout_s,
            now=base.clock.now,
        )
        videos = HailuoProvider(
            base.session,
            base_url=settings.aimlapi_base_url,
            api_key="offline",
            result_origins=frozenset({settings.aimlapi_base_url}),
            now=base.clock.now,
        )
        writer = build_alt_text_writer(settings, base)
        worker = await build_worker(
            settings,
            base,
            presenter=recorder.around("presenter", DiscordCardPresenter(client, base.clock)),
            provider=recorder.around("provider", provider),
            video_provider=recorder.around("videos", videos),
            rewriter=recorder.around("rewriter", build_rewriter(settings, base)),
            alt_text_writer=recorder.around("alt_text_writer", writer) if writer is not None else None,
            imaging=recorder.around("imaging", imaging),
            pictures=pictures(client),
            schedule=_soon,
        )
        worker.calls.ask_again_s = ASK_AGAIN_S
        watch = asyncio.create_task(_stop_when_over(life, plain, worker, stop), name="watch")
        modlog_worker = build_modlog_worker(
            settings,
            replace(base, clock=_modlog_clock(life)),
            presenter=recorder.around(
                "publisher", DiscordModLogPublisher(client, operators_of(client, frozenset()), client.history)
            ),
            poll_s=TELL_S,
        )
        app = App(role=Role.BOTH, base=base, client=client, worker=worker, modlog_worker=modlog_worker)
        await app.run(stop)
        watch.cancel()


def _soon(age_s: float) -> float | None:
    """Ask for a video as often as the offline provider likes, with the real deadline."""
    return None if next_poll_s(age_s) is None else VIDEO_POLL_S


def _modlog_clock(life: Life) -> LateClock:
    """In a second life, entries that the first one had in hand are due: their lease is longer than a job's."""
    return LateClock(life.ahead_s + MODLOG_LEASE_S if life.ahead_s else 0)


async def _stop_when_over(life: Life, base: Base, worker: Worker, stop: asyncio.Event) -> None:
    def is_at_work() -> bool:
        return bool(worker.busy or worker.calls.live)

    async def is_over() -> bool:
        return (
            await base.store.tx(_is_over, life.min_jobs) and not is_at_work() and not await base.blobs.jobs()
        )

    while not await is_over():  # noqa: ASYNC110  # from outside: no part of Easel tells that all is done
        await asyncio.sleep(LOOK_S)
    stop.set()


def _is_over(conn: Connection, min_jobs: int) -> bool:
    total, shown = conn.execute(select(func.count(), func.count(jobs.c.shown_at)).select_from(jobs)).one()
    has_untold = conn.execute(select(log_entries.c.id).where(untold)).first() is not None
    return total == shown and total >= min_jobs and not has_untold
