"""A role as `python -m bot` runs it, in a child process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot.logs as logs
from bot.__main__ import main
from bot.app.run import Role, assembled, stop_on_signals
from bot.app.wiring import AllowedOrigins
from bot.client import EaselClient
from bot.domain.ports.outside import Clock
from bot.services.worker import HEARTBEAT_S, LEASE_S, POLL_S
from bot.settings import Settings, load
from tests.e2e.haste import HastyClock, HastyLoop
from tests.e2e.nursery import write_output_to
from tests.extensions import load_cogs_once
from tests.wire.pointing import point_discord_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`log` is where the process writes. The times are the worker's, in seconds."""

    role: Role
    environ: Mapping[str, str]
    rest_base: str
    gateway_url: str
    cdn_base: str
    provider_base: str  # where files of results are
    log: Path
    lease_s: float = LEASE_S
    heartbeat_s: float = HEARTBEAT_S
    poll_s: float = POLL_S
    ask_again_s: tuple[float, ...] = (0.2, 0.4, 0.8)  # of calls whose answer was lost
    identify_s: tuple[float, float] = (0, 0)  # of a gateway: between two turns, and how long each may be used
    hurries_since: float | None = None  # by `time.time()`: from then on, all clocks run as `haste` has it


def serve(service: Service, clock: Clock | None = None) -> None:
    """Until SIGTERM. Without `clock` it has the machine's time, or that of `haste`."""
    write_output_to(str(service.log))
    settings = load(service.environ, env_file=None)
    logs.set_up(settings.easel_log_level, settings.easel_log_format)
    load_cogs_once(pytest.MonkeyPatch())
    runner = asyncio.Runner(loop_factory=HastyLoop if service.hurries_since else None)
    with point_discord_at(service.rest_base, service.gateway_url), runner:
        runner.run(_serve(service, settings, clock))


def _tell_tasks() -> None:
    """Print where every task stands."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


async def _serve(service: Service, settings: Settings, clock: Clock | None) -> None:
    stop = stop_on_signals()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _tell_tasks)
    places = AllowedOrigins(
        attachments=frozenset({service.cdn_base}), results=frozenset({service.provider_base})
    )
    if clock is None and service.hurries_since:
        clock = HastyClock(service.hurries_since)
    async with assembled(settings, service.role, clock=clock, places=places) as app:
        if app.worker is not None:
            app.worker.lease_s = service.lease_s
            app.worker.heartbeat_s, app.worker.poll_s = service.heartbeat_s, service.poll_s
            app.worker.calls.ask_again_s = service.ask_again_s
        if app.modlog_worker is not None:
            app.modlog_worker.poll_s = min(app.modlog_worker.poll_s, service.poll_s)
        if isinstance(app.client, EaselClient):
            app.client.identifying.spacing_s, app.client.identifying.turn_s = service.identify_s
        await app.run(stop)


def command(service: Service) -> None:
    """`python -m bot` to the letter, with nothing but its addresses of Discord changed."""
    write_output_to(str(service.log))
    os.chdir(service.log.parent)  # where no .env lies
    os.environ.update(service.environ)
    with point_discord_at(service.rest_base, service.gateway_url):
        sys.exit(main([] if service.role is Role.BOTH else [service.role.value]))
