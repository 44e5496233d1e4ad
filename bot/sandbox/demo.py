"""`python -m bot demo`: a page to try Easel on, or one picture on the command line."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import os
import signal
import sys
import webbrowser
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import simcord
from simcord.backend.access import can_access_message
from simcord.preview import Preview
from simcord.preview._assets import _Asset  # pyright: ignore[reportPrivateUsage]  # see `show_by_address`
from simcord.preview._media import MediaInfo, MediaWorker
from simcord.preview._pages import _Page  # pyright: ignore[reportPrivateUsage]  # see `show_by_address`

import bot.logs as bot_logs
from bot.errors import SetupError
from bot.sandbox.faults import MEANINGS, Fault, unknown_faults
from bot.sandbox.once import OUT, paint_once
from bot.sandbox.painter.film import make_film
from bot.sandbox.provider import OfflineProvider
from bot.sandbox.world import World, furnish, open_world
from bot.seedream.catalogue import SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.settings import LogFormat, LogLevel, Settings, load, require

MAX_DECODED: Final = 128  # pictures of a megabyte
_BUSY_S: Final = 0.05  # how soon to try again while the page handles somebody's action
CLOCK_S: Final = 5.0  # between looks at the time while nothing happens
SETTLE_S: Final = 0.2  # changes within this time share a refresh, after the action that caused them


class RememberingDecoder(MediaWorker):
    """SimCord's decoder, which remembers what it decoded: SimCord asks again for each reload of the page.

    A picture takes half a second of a process of its own, and what one types meanwhile is not sent.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: OrderedDict[tuple[str, float | None], MediaInfo] = OrderedDict()

    async def validate(self, key: str, blob: bytes, *, media_time: float | None = None) -> MediaInfo:
        known = self._known.pop((key, media_time), None)
        info = known or await super().validate(key, blob, media_time=media_time)
        self._known[key, media_time] = info
        if len(self._known) > MAX_DECODED:
            self._known.popitem(last=False)
        return info


def show_by_address() -> None:
    """Let the page show a picture by the address that it has in another message: Discord does, SimCord does not."""
    resolve = _Page._resolve_blob  # pyright: ignore[reportPrivateUsage]  # it has no setting

    def resolved(
        self: _Page, record: _Asset, metadata: Mapping[str, Any], source: tuple[Any, ...] | None
    ) -> None:
        is_copied = source is not None and source[0] == "message"
        resolve(self, record, metadata, ("attachment",) if is_copied else source)

    _Page._resolve_blob = resolved  # pyright: ignore[reportPrivateUsage]


class FollowingPreview(Preview):
    """The page. It goes to each new message, as Discord does; SimCord stays where it is once the page was laid out."""

    def __init__(self, world: World, port: int) -> None:
        super().__init__(
            world.env,
            world.channel,
            world.viewers,
            layout="channel",
            display="responsive",
            width=960,
            height=720,
            locale="en-US",
            timezone="UTC",
            presentation_time=None,
            assets=world.portraits,
            port=port,
        )
        self._media_worker = RememberingDecoder()
        self._newest: dict[str, int] = {}
        self._changed: set[str] = set()

    def _initial_target(self, viewer: Any, channel_id: int) -> int | None:
        messages = self.env.backend.messages.get(channel_id, {})
        seen = (
            number
            for number, message in messages.items()
            if can_access_message(self.env, channel_id, message, viewer, history=True)
        )
        return max(seen, default=None)

    def _publish(self, page: Any, *, reason: Any = "action") -> None:
        newest = self._initial_target(page.viewer, page.channel_id) or 0
        if newest > self._newest.get(page.id, 0):
            self._newest[page.id] = page.target_id = newest
            page.window_end_id = None
        if reason == "refresh" and page.target_id == newest:
            self._changed.add(page.id)
        self._advance_presentation_time()  # else times are reckoned from the last refresh on
        super()._publish(page, reason=reason)

    def _page_payload(self, page: Any) -> dict[str, Any]:
        payload = super()._page_payload(page)
        if page.id in self._changed:  # it moves only to another target, so this time there is none
            self._changed.discard(page.id)
            payload["targetId"] = None
        return payload


@asynccontextmanager
async def keep_page_fresh(world: World, preview: Preview) -> AsyncGenerator[None]:
    """Refresh the page after each change of a card while the context is open."""
    task = asyncio.create_task(_refresh_on_change(world, preview), name="easel-demo-page")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _refresh_on_change(world: World, preview: Preview) -> None:
    while True:
        try:
            async with asyncio.timeout(CLOCK_S):
                await world.presenter.changed.wait()
        except TimeoutError:  # nothing to show, but what happens meanwhile is recorded with its time
            with suppress(simcord.SetupError, TimeoutError):  # an action is under way
                await world.catch_up()
            continue
        await asyncio.sleep(SETTLE_S)
        world.presenter.changed.clear()
        while not await _refreshed(world, preview):  # noqa: ASYNC110  # SimCord offers nothing to wait for
            await asyncio.sleep(_BUSY_S)


async def _refreshed(world: World, preview: Preview) -> bool:
    """Refresh the page; return False if SimCord is busy, because it handles one action at a time."""
    try:
        await world.catch_up()
        await preview.refresh()
    except simcord.SetupError as error:
        if "overlaps" in str(error):
            return False
        raise
    except TimeoutError:
        return False
    return True


MAX_PORT: Final = 65_535
MAX_LATENCY_S: Final = 3600
INTERRUPTED: Final = 130  # the exit status of a shell's command that Ctrl+C ended
PAINT_S: Final = 4.0  # long enough to see the card's progress
PAGE_VIDEO_SIDE: Final = 400  # pixels: the page encodes each video once more, before it plays
_IRRELEVANT: Final = ("DISCORD_TOKEN", "DATABASE_URL", "DATA_DIR")


def demo(options: argparse.Namespace) -> int:
    """Run the demo with the options of `python -m bot demo`; return the exit status. Raises `SetupError`."""
    if options.fault == "list":
        print("\n".join(f"{fault:16}  {meaning}" for fault, meaning in MEANINGS.items()))
        return 0
    _check(options)
    settings = _settings(is_live=options.live)
    # The offline provider's faults are asked for, and the card shows them: no need for a warning.
    bot_logs.set_up(LogLevel.WARNING if options.live else LogLevel.ERROR, LogFormat.TEXT)
    logging.getLogger("discord").setLevel(logging.ERROR)
    try:
        return asyncio.run(_demo(settings, options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0 if options.once is None else INTERRUPTED  # the page has no other end


def _check(options: argparse.Namespace) -> None:
    """Raise `SetupError` for options that cannot be combined."""
    if options.once is not None and not options.once.strip():
        raise SetupError("--once: the prompt is empty")
    if options.edit and options.once is None:
        raise SetupError("--edit goes with --once")
    if options.out is not None and options.once is None:
        raise SetupError("--out goes with --once")
    if options.fault is not None and options.live:
        raise SetupError("--fault is for the offline provider, so not with --live")
    asked = unknown_faults(options.once or "") if not options.live else []
    if options.fault is not None and options.fault not in set(Fault):
        asked.insert(0, options.fault)
    if asked:
        raise SetupError(f"{asked[0]!r} is not a fault; `--fault list` shows them")
    if options.latency is not None and not 0 <= options.latency <= MAX_LATENCY_S:
        raise SetupError(f"--latency is a number of seconds from 0 to {MAX_LATENCY_S}")
    if not 0 <= options.port <= MAX_PORT:
        raise SetupError(f"--port is a number from 0 to {MAX_PORT}")


def _settings(*, is_live: bool) -> Settings:
    """Read the settings that concern the demo; `.env` is for the real bot, but may hold the key of a live demo."""
    ignored = _IRRELEVANT if is_live else (*_IRRELEVANT, "AIMLAPI_")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(ignored)}
    env_file = Path(".env") if is_live else None
    settings = load(environ, env_file=env_file, models=SEEDREAM_MODELS, videos=VIDEO_MODELS)
    return settings.model_copy(update={"easel_guilds": frozenset(), "easel_shards": None})  # of the real bot


async def _demo(settings: Settings, options: argparse.Namespace) -> int:
    _end_on_sigterm()
    async with AsyncExitStack() as stack:
        offline: OfflineProvider | None = None
        if options.live:
            require(settings, "AIMLAPI_API_KEY")
        else:
            latency_s = options.latency
            if latency_s is None:
                latency_s = 0.0 if options.once is not None else PAINT_S
            film = partial(make_film, short_side=PAGE_VIDEO_SIDE) if options.once is None else make_film
            offline = await stack.enter_async_context(OfflineProvider(latency_s=latency_s, film=film))
        if options.once is not None:
            print("Starting Easel…", file=sys.stderr, flush=True)
        for_page, signs = options.once is None, options.live  # the offline provider's drawings are nobody's
        world = await stack.enter_async_context(open_world(settings, offline, for_page=for_page, signs=signs))
        if options.once is None:
            await furnish(world, offline)
        if offline is not None and options.fault is not None:
            offline.fail(Fault(options.fault), times=None)
            offline.fail_video(Fault(options.fault), times=None)
        if options.once is not None:
            files = [Path(name) for name in options.edit]
            return await paint_once(world, options.once, files, Path(options.out or OUT))
        await _serve(world, options)
    return 0


def _end_on_sigterm() -> None:
    """Let SIGTERM cancel this task, as Ctrl+C does, so that the temporary folder and all processes go."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def cancel(_number: int, _frame: object) -> None:
        if task is not None:
            loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGTERM, cancel)


@asynccontextmanager
async def _served(preview: Preview, port: int) -> AsyncGenerator[None]:
    """Serve the page while the context is open. Raises `SetupError` if the port is taken."""
    try:
        await preview.__aenter__()
    except simcord.SetupError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        is_taken = error.__cause__.errno == errno.EADDRINUSE
        why = (
            f"something else uses port {port}" if is_taken else f"the system does not let us use port {port}"
        )
        raise SetupError(f"--port: {why}; choose another one") from error
    try:
        yield
    finally:
        await preview.__aexit__(None, None, None)


async def _serve(world: World, options: argparse.Namespace) -> None:
    show_by_address()
    preview = FollowingPreview(world, options.port)
    async with _served(preview, options.port), keep_page_fresh(world, preview):
        print(f"Easel's demo is at  {preview.url}")
        print("Type /imagine there. Press Ctrl+C here to end it.")
        sys.stdout.flush()
        if not options.no_open:
            await asyncio.to_thread(webbrowser.open, preview.url)
        await asyncio.Event().wait()
