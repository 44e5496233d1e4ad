"""Easel's processes in a storm: each is started again by a keeper, as a container is."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from bot.errors import SetupError
from tests.e2e.haste import SPEED, HastyClock
from tests.e2e.nursery import KILLED, Child
from tests.e2e.serving import Service, serve
from tests.faults import pace

SQLITE_PATIENCE_MS: Final = int(5_000 / SPEED)  # SQLite waits by the clock on the wall
AGAIN_S: Final = 3.0  # how long a process that ended by itself stays down
NOT_SET_UP: Final = 2
FOREVER_S: Final = 36_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Files by which a storm reaches into a process: how far its clock is off; there while its disk is full."""

    clock: Path
    disk: Path


class SkewedClock(HastyClock):
    """The hasty clock, off by the seconds that stand in a file."""

    def __init__(self, began: float, file: Path) -> None:
        super().__init__(began)
        self._file = file

    def now(self) -> datetime:
        try:
            off_s = float(self._file.read_text())
        except (FileNotFoundError, ValueError):  # it is being written
            off_s = 0.0
        return super().now() + timedelta(seconds=off_s)


def endure(service: Service, controls: Controls) -> None:
    """Run a role until SIGTERM. Exit status 2 where `python -m bot` has it as well."""
    event.listen(Engine, "engine_connect", _be_impatient)
    _fill_disk_while(controls.disk)
    try:
        serve(service, SkewedClock(service.hurries_since or time.time(), controls.clock))
    except SetupError as error:
        print(f"easel: {error}", file=sys.stderr, flush=True)  # noqa: T201  # as `bot.__main__` does
        sys.exit(NOT_SET_UP)


def _be_impatient(conn: Connection) -> None:
    if conn.dialect.name == "sqlite":
        raw: Any = conn.connection.driver_connection
        raw.execute(f"PRAGMA busy_timeout={SQLITE_PATIENCE_MS}")


def _fill_disk_while(control: Path) -> None:
    """Let every file that Python writes with care, so that it surely is on the disk, fail while `control` is there."""
    to_disk = os.fsync

    def fsync(handle: int) -> None:
        if control.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        to_disk(handle)

    setattr(os, "fsync", fsync)  # noqa: B010  # of this process only


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Keeps one process running until it is told to let it end. `moments` are of `pace.now`."""

    name: str
    service: Service
    controls: Controls
    kills: list[float] = field(default_factory=list[float])
    freezes: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    faults: list[str] = field(default_factory=list[str])  # how it ended where it should not have
    starts: int = 0
    _child: Child | None = None
    _pause_s: float = AGAIN_S
    _is_asked: bool = False  # to end by itself
    _is_wanted: bool = True
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._is_wanted, self._is_asked = True, False
        self._task = asyncio.create_task(self._keep(), name=f"keeper-of-{self.name}")

    async def _keep(self) -> None:
        while self._is_wanted:
            self._is_asked, self._pause_s = False, AGAIN_S
            self.starts += 1
            self._child = Child(endure, self.service, self.controls)
            status = await self._child.ended(timeout_s=FOREVER_S)
            if status not in self._allowed:
                self.faults.append(f"{self.name} ended with {status}")
            if self._is_wanted:
                await pace.sleep(self._pause_s)

    @property
    def _allowed(self) -> tuple[int, ...]:
        """A start in bad weather may be given up with one readable line, and SIGTERM may come before its handler."""
        return (0, KILLED, NOT_SET_UP, -signal.SIGTERM) if self._is_asked else (KILLED, NOT_SET_UP)

    def kill(self, *, down_s: float) -> None:
        """Kill it at once; it is started again after `down_s`."""
        self._pause_s = down_s
        self.kills.append(pace.now())
        if self._child is not None:
            self._child.kill()

    def stop(self, *, down_s: float) -> None:
        """Ask it to end; it is started again after `down_s`."""
        self._pause_s, self._is_asked = down_s, True
        self.kills.append(pace.now())
        if self._child is not None:
            self._child.stop()

    def freeze(self) -> None:
        if self._child is not None:
            self.freezes.append((pace.now(), FOREVER_S + pace.now()))
            self._child.freeze()

    def thaw(self) -> None:
        if self.freezes and self._child is not None:
            self.freezes[-1] = (self.freezes[-1][0], pace.now())
            self._child.thaw()

    def limit_files(self, max_bytes: int | None) -> None:
        """Let no file grow beyond `max_bytes`; None takes the limit away."""
        if self._child is not None and self._child.is_alive:
            limit = resource.RLIM_INFINITY if max_bytes is None else max_bytes
            try:
                resource.prlimit(self._child.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            except ProcessLookupError:
                return

    async def end(self, *, timeout_s: float) -> None:
        """Let it end, and do not start it again."""
        self._is_wanted, self._is_asked = False, True
        if self._child is None or self._task is None:
            return
        self._child.thaw()
        self._child.stop()
        try:
            async with asyncio.timeout(pace.on_the_wall(timeout_s)):
                await asyncio.shield(self._task)
        except TimeoutError:
            self.faults.append(f"{self.name} did not end when it was asked to")
            self._child.tell_tasks()
            await pace.sleep(AGAIN_S)
            self._child.kill()
            await self._task
