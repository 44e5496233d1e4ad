"""A role's run from start to stop, also as PID 1: its session with Discord, and the checks for /healthz."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

import discord

from bot.app.base import Base, open_base, retry_until_available
from bot.app.metering import count_requests, metered, open_meter
from bot.app.providers import (
    build_alt_text_writer,
    build_balance_watch,
    build_price_keeper,
    build_provider,
    build_rewriter,
    build_video_provider,
)
from bot.app.signing import build_signer, build_signing_watch, credentials_of
from bot.app.wiring import (
    REAL_PLACES,
    AllowedOrigins,
    PicturesOf,
    build_client,
    build_history,
    build_modlog_worker,
    build_worker,
    pictures_of,
)
from bot.attachments import AttachmentFetcher
from bot.client import EaselClient
from bot.domain.content import safety
from bot.domain.fairness import typical_seconds_key
from bot.domain.ports.observer import UNOBSERVED
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import KeyValueStore
from bot.domain.provider import Provider
from bot.errors import EaselError, SetupError, StoreUnavailableError
from bot.health import Finding, HealthCheck, serve_health
from bot.imaging.pillow_imaging import PillowImaging
from bot.outage import Outage, end_tasks
from bot.provenance.credentials import Credentials
from bot.seedream.wire.account import models_like
from bot.services.modlog import ModLogWorker
from bot.services.worker import Worker
from bot.settings import HOW_TO_GET, Settings, require
from bot.storage.engine import cause_of
from bot.ui.base.discord_errors import (
    DISCORD_FAILURES,
    UNREADABLE_ERRORS,
    DiscordBackoff,
    is_token_refused,
    why_failed,
)
from bot.ui.cards.delivery import DiscordCardPresenter
from bot.ui.moderation.sender import DiscordModLogPublisher, operators_of

log = logging.getLogger(__name__)
CLOSE_S: Final = 3.0
DISCORD_AGAIN_S: Final = 0.5  # between cancellations of what waits for Discord alone, and settles nothing
TOKEN_REFUSED: Final = f"Discord does not accept DISCORD_TOKEN: {HOW_TO_GET['DISCORD_TOKEN']}"
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
CLOSED_FOR_GOOD: Final = {
    4004: TOKEN_REFUSED,
    4010: "Discord does not know this shard (4010): start Easel again, or update it",
    4011: "Discord wants this bot on more shards (4011): start Easel again, it asks how many",
    4012: "Discord no longer speaks this version of its gateway (4012): update Easel",
    4013: "Discord does not know the intents that Easel asks for (4013): update Easel",
    4014: 'Discord does not allow an intent that Easel asks for (4014): on the application\'s page "Bot" at '
    "https://discord.com/developers/applications switch the privileged intents on, or update Easel",
}

CLOSED_SHARDS: Final = {  # where the operator says which shards there are
    4010: "Discord does not know a shard of EASEL_SHARDS (4010): see docs/scaling.md",
    4011: "Discord wants this bot on more shards (4011): stop all gateways, raise the total of EASEL_SHARDS in "
    "each, then start them, see docs/scaling.md",
}


@asynccontextmanager
async def logged_in(client: discord.Client, settings: Settings, clock: Clock) -> AsyncGenerator[None]:
    """Log in as soon as Discord can be reached; close the client at the end. Raises `SetupError`."""
    token = token_of(settings)
    try:
        await _log_in(client, token, clock)
        yield
    finally:
        await _close(client)


def token_of(settings: Settings) -> str:
    """Return the token for Discord. Raises `SetupError` if there is none that could be one."""
    if settings.discord_token is None:
        raise SetupError("DISCORD_TOKEN is not set")
    token = settings.discord_token.get_secret_value().strip()
    if re.fullmatch("[!-~]+", token) is None:
        raise SetupError("DISCORD_TOKEN holds what no token does, such as a space: copy it again")
    return token


async def _close(client: discord.Client) -> None:
    closing = asyncio.create_task(client.close(), name="easel-close")
    try:
        await asyncio.wait({closing}, timeout=CLOSE_S)
        if not closing.done():  # on a dead line discord.py waits 30 s for an answer to its goodbye
            await client.http.close()
    finally:
        await end_tasks(closing, again_s=DISCORD_AGAIN_S)
    if not closing.cancelled():
        closing.result()


async def _log_in(client: discord.Client, token: str, clock: Clock) -> None:
    outage, backoff = Outage(log, "Discord"), DiscordBackoff()
    while True:
        try:
            await client.login(token)
        except (discord.LoginFailure, *DISCORD_FAILURES, *UNREADABLE_ERRORS) as error:
            if is_token_refused(error):
                raise SetupError(TOKEN_REFUSED) from error
            if client.application is not None and isinstance(error, UNREADABLE_ERRORS):
                raise  # Discord had answered all: a mistake of ours in `setup_hook`
            answer = error.__cause__ if isinstance(error, discord.LoginFailure) else error
            outage.failed(why_failed(answer or error))
            await client.http.close()
            client.http.connector = discord.utils.MISSING  # discord.py would go on with the closed one
            await clock.sleep(backoff.next_s(answer or error))
        else:
            outage.went_well()
            return


async def listen(client: discord.Client) -> None:
    """Listen to the gateway until the client is closed. Raises `SetupError` where Discord closed it for good."""
    try:
        await client.connect()
    except discord.PrivilegedIntentsRequired as error:
        raise SetupError(CLOSED_FOR_GOOD[4014]) from error
    except discord.ConnectionClosed as error:
        words = CLOSED_FOR_GOOD | (CLOSED_SHARDS if getattr(client, "shard_ids", None) else {})
        why = words.get(error.code, f"Discord closed its gateway for good ({error.code})")
        raise SetupError(why) from error


DATABASE_TIMEOUT_S: Final = 3.0
MAX_HEARTBEAT_AGE: Final = timedelta(seconds=30)


async def check_database(key_values: KeyValueStore) -> Finding:
    """Check that the database answers within `DATABASE_TIMEOUT_S`."""
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            await key_values.ping()
    except (StoreUnavailableError, TimeoutError) as error:
        return Finding(is_well=False, note=f"does not answer ({type(cause_of(error)).__name__})")
    return Finding(is_well=True, note="answers")


async def check_gateway(client: EaselClient) -> Finding:
    """Check the connection to Discord, of each shard of this process."""
    if client.is_closed() or not client.is_ready():
        return Finding(is_well=False, note="not connected to Discord")
    if lost := client.lost_shards():
        named = f" (shards {', '.join(map(str, lost))})" if len(client.shards) > 1 else ""
        return Finding(is_well=False, note=f"no heartbeat from Discord{named}")
    return Finding(is_well=True, note=f"connected, heartbeat {client.latency * 1000:.0f} ms")


async def check_worker(worker: Worker, clock: Clock) -> Finding:
    """Check the last heartbeat of the worker in this process."""
    if worker.heartbeat_at is None or abs(clock.now() - worker.heartbeat_at) > MAX_HEARTBEAT_AGE:
        return Finding(is_well=False, note="no heartbeat")
    note = f"{worker.busy} running, {worker.limiter.limit} calls at once"
    if (trouble := worker.calls.circuit.trouble) is not None:
        note += f"; calls wait, the provider has trouble ({trouble.value})"
    return Finding(is_well=True, note=note)


async def check_commands(client: EaselClient) -> Finding:
    """Check that Discord knows commands: while it takes no new ones, members go on using those of an earlier start."""
    if client.has_registered:
        return Finding(is_well=True, note="registered")
    if client.command_ids:
        return Finding(
            is_well=True, note="those of an earlier start: Discord did not take this version's yet"
        )
    whose = "" if client.is_first else ": the gateway with shard 0 does that"
    return Finding(is_well=False, note=f"Discord was not told of the commands yet{whose}")


async def check_claims(worker: Worker, clock: Clock) -> Finding:
    """Check that the worker asks for jobs and may take some: it does not while it stops."""
    if worker.limiter.is_closed:
        return Finding(is_well=False, note="stopping")
    if worker.looked_at is None or abs(clock.now() - worker.looked_at) > MAX_HEARTBEAT_AGE:
        return Finding(is_well=False, note="asks for no jobs")
    return Finding(is_well=True, note="asks for jobs")


async def count_workers_elsewhere(key_values: KeyValueStore, clock: Clock) -> Finding:
    """Count the workers in other processes, for a gateway; this check never fails."""
    try:
        now = clock.now()
        seen = await key_values.heartbeats(now - MAX_HEARTBEAT_AGE)
    except StoreUnavailableError:
        return Finding(is_well=True, note="not known: the database does not answer")
    lately = [one for one in seen if one.seen_at <= now + MAX_HEARTBEAT_AGE]  # none by a clock that was ahead
    return Finding(is_well=True, note=f"{len(lately)} elsewhere")


class Role(StrEnum):
    """Which half of Easel this process runs, or both."""

    BOTH = "run"
    GATEWAY = "gateway"
    WORKER = "worker"


NEEDED: Final = {
    Role.BOTH: ("DISCORD_TOKEN", "AIMLAPI_API_KEY"),
    Role.GATEWAY: ("DISCORD_TOKEN",),
    Role.WORKER: ("DISCORD_TOKEN", "AIMLAPI_API_KEY"),
}


async def check_models(provider: Provider, models: Sequence[str]) -> None:
    """Log a warning for each of `models` that the provider does not offer; say nothing if it does not answer."""
    offered = await provider.models()
    if offered is None:
        return
    for model in models:
        if model not in offered:
            like_it = ", ".join(models_like(model, offered)) or "no model like it"
            log.warning("the provider does not offer the model %s; it offers %s", model, like_it)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A role, built and logged in. `worker` and `modlog_worker` are None for a gateway."""

    role: Role
    base: Base
    client: discord.Client
    worker: Worker | None
    modlog_worker: ModLogWorker | None

    async def run(self, stop: asyncio.Event) -> None:
        """Run all parts until `stop` is set or one part ends by itself. Raises the first part's error."""
        tasks: list[asyncio.Task[None]] = []
        if self.worker is not None:
            tasks.append(asyncio.create_task(self.worker.run(stop), name="easel-worker"))
        if self.modlog_worker is not None:
            tasks.append(asyncio.create_task(self.modlog_worker.run(stop), name="easel-worker-modlog"))
        if self.role is not Role.WORKER:
            tasks.append(asyncio.create_task(listen(self.client), name="easel-gateway"))
        await _until_stopped(tasks, stop)


async def run(settings: Settings, role: Role) -> None:
    """Run a role until SIGTERM or SIGINT. Raises `SetupError` if it cannot start or must not continue."""
    require(settings, *NEEDED[role])
    stop, has_started = stop_on_signals(), asyncio.Event()

    async def live() -> None:
        async with assembled(settings, role) as app:
            has_started.set()
            await app.run(stop)

    living = asyncio.create_task(live(), name="easel")
    stopping = asyncio.create_task(stop.wait(), name="easel-stop")
    await asyncio.wait({living, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not has_started.is_set():  # a start, whatever it waits for, has nothing to finish
        await end_tasks(living, again_s=DISCORD_AGAIN_S)
        if living.cancelled():
            return
    await living


@asynccontextmanager
async def assembled(
    settings: Settings, role: Role, *, clock: Clock | None = None, places: AllowedOrigins = REAL_PLACES
) -> AsyncGenerator[App]:
    """Build the parts of a role and log in; close everything at the end. Raises `SetupError`."""
    signs = role is not Role.GATEWAY
    credentials = await asyncio.to_thread(credentials_of, settings, needs_key=signs)
    signer = await asyncio.to_thread(build_signer, credentials) if signs else None
    meter = open_meter(settings)
    observer = meter or UNOBSERVED
    async with open_base(settings, clock=clock, observer=observer) as base, AsyncExitStack() as stack:
        if role is not Role.BOTH and not base.store.is_shared:
            raise SetupError(f"`{role.value}` alone needs PostgreSQL: set DATABASE_URL=postgresql://…")
        if settings.easel_shards and role is not Role.WORKER and not base.store.is_shared:
            raise SetupError(
                "EASEL_SHARDS needs PostgreSQL, as one process alone can use SQLite: set DATABASE_URL"
            )
        preparing = asyncio.create_task(asyncio.to_thread(safety.prepare), name="easel-safety-rules")
        stack.push_async_callback(end_tasks, preparing)
        imaging = await stack.enter_async_context(PillowImaging(signer=signer))
        pictures = pictures_of(base, AttachmentFetcher(base.session, origins=places.attachments))
        client = _client(settings, base, role, imaging, pictures, credentials)
        count_requests(meter, client)
        await stack.enter_async_context(logged_in(client, settings, base.clock))
        worker, modlog_worker, provider = None, None, None
        if role is not Role.GATEWAY:
            provider = build_provider(settings, base, result_origins=places.results)
            checking = asyncio.create_task(
                ask_about_models(provider, base, settings.models), name="easel-model-check"
            )
            stack.push_async_callback(end_tasks, checking)
            worker = await build_worker(
                settings,
                base,
                presenter=DiscordCardPresenter(client, base.clock, keeps_originals=settings.keeps_originals),
                provider=provider,
                video_provider=build_video_provider(settings, base, result_origins=places.results),
                rewriter=build_rewriter(settings, base),
                alt_text_writer=build_alt_text_writer(settings, base),
                imaging=imaging,
                pictures=pictures(client),
            )
            balance = asyncio.create_task(
                build_balance_watch(settings, base, provider).run(), name="easel-balance"
            )
            stack.push_async_callback(end_tasks, balance)
            if signer is not None:
                signing = asyncio.create_task(build_signing_watch(base, signer).run(), name="easel-signing")
                stack.push_async_callback(end_tasks, signing)
            presenter = DiscordModLogPublisher(
                client,
                operators=operators_of(client, settings.easel_operators),
                history=build_history(base, imaging, pictures(client)),
            )
            modlog_worker = build_modlog_worker(settings, base, presenter=presenter)
        prices = asyncio.create_task(build_price_keeper(base, provider).run(), name="easel-prices")
        stack.push_async_callback(end_tasks, prices)
        gateway = client if isinstance(client, EaselClient) else None
        checks, ready = _checks(base, gateway, worker), _ready(base, gateway, worker)
        metrics = await stack.enter_async_context(metered(meter, settings, base, ready))
        await stack.enter_async_context(
            serve_health(settings.easel_health_bind, checks, ready=ready, metrics=metrics)
        )
        yield App(role=role, base=base, client=client, worker=worker, modlog_worker=modlog_worker)


async def ask_about_models(provider: Provider, base: Base, models: Sequence[str]) -> None:
    """Warn of models the provider does not offer, and store how long each takes, for the first estimates."""
    await check_models(provider, models)
    for model in models:
        seconds = await provider.typical_seconds(model)
        if seconds is None:
            log.debug("the provider does not tell how long %s takes", model)
            continue
        write = partial(base.key_values.write_value, typical_seconds_key(model), str(seconds))
        await retry_until_available(base.clock, write)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set. Without a handler, Python as PID 1 ignores SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _client(
    settings: Settings,
    base: Base,
    role: Role,
    imaging: PillowImaging,
    pictures: PicturesOf,
    credentials: Credentials | None,
) -> discord.Client:
    if role is Role.WORKER:  # delivers over REST; it never connects to the gateway
        return discord.Client(intents=discord.Intents.none(), max_messages=None)
    return build_client(settings, base, imaging=imaging, pictures=pictures, credentials=credentials)


def _checks(base: Base, client: EaselClient | None, worker: Worker | None) -> Mapping[str, HealthCheck]:
    checks: dict[str, HealthCheck] = {"database": partial(check_database, base.key_values)}
    if client is not None:
        checks["gateway"] = partial(check_gateway, client)
    if worker is not None:
        checks["worker"] = partial(check_worker, worker, base.clock)
    else:
        checks["worker"] = partial(count_workers_elsewhere, base.key_values, base.clock)
    return checks


def _ready(base: Base, client: EaselClient | None, worker: Worker | None) -> Mapping[str, HealthCheck]:
    """Return what has to be well for this process to take commands, or jobs."""
    checks: dict[str, HealthCheck] = {"database": partial(check_database, base.key_values)}
    if client is not None:
        checks["gateway"] = partial(check_gateway, client)
        checks["commands"] = partial(check_commands, client)
    if worker is not None:
        checks["worker"] = partial(check_claims, worker, base.clock)
    return checks


async def _until_stopped(tasks: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for `stop`. A part that ends by itself stops the others: a restart is better than half a bot.

    The gateway is cancelled last: it goes on taking presses while running jobs are delivered or handed back.
    """
    stopping = asyncio.create_task(stop.wait(), name="easel-stop")
    await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    ended_by_themselves = [] if stop.is_set() else [task.get_name() for task in tasks if task.done()]
    stop.set()
    await stopping
    worker_tasks = [task for task in tasks if task.get_name().startswith("easel-worker")]
    gateway_tasks = [task for task in tasks if task not in worker_tasks]
    ended = await asyncio.gather(*worker_tasks, return_exceptions=True)
    await end_tasks(*gateway_tasks, again_s=DISCORD_AGAIN_S)
    ended += await asyncio.gather(*gateway_tasks, return_exceptions=True)
    failed = [error for error in ended if isinstance(error, Exception)]
    # What a person has to put right is reported first.
    failed.sort(key=lambda error: not isinstance(error, SetupError))
    for error in failed[1:]:
        log.error("another part of Easel broke", exc_info=error)
    if failed:
        raise failed[0]
    if ended_by_themselves:
        raise EaselError(f"{', '.join(ended_by_themselves)} ended without being asked to")
