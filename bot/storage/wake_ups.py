"""Two `WakeUps`: in one process, and by PostgreSQL's LISTEN/NOTIFY between many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any, Final

from sqlalchemy import URL, Connection, text

from bot.domain.ports.outside import WakeUp
from bot.outage import Outage, end_tasks
from bot.storage.engine import DATABASE_CONNECT_TIMEOUT_S, Store, libpq_address

log = logging.getLogger(__name__)
CHANNEL: Final = "easel"
BACKLOG: Final = 256  # wake-ups kept for a listener that is busy; more are merged into one "look"
RECONNECT_S: Final = 2.0
# A listening connection sends nothing by itself, so a dead line would go unnoticed.
LISTEN_CHECK_S: Final = 10.0
LISTEN_CHECK_TIMEOUT_S: Final = 5.0


class LocalWakeUps:
    """Wake-ups for the listeners of this process."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[WakeUp]] = set()

    async def send(self, wake_up: WakeUp) -> None:
        for queue in self._queues:
            _offer(queue, wake_up)

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[WakeUp]]:
        queue: asyncio.Queue[WakeUp] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        try:
            yield _drain(queue)
        finally:
            self._queues.discard(queue)


class PostgresWakeUps:
    """Wake-ups by NOTIFY, each in its own transaction; the listening connection reconnects when it breaks."""

    def __init__(self, store: Store, url: URL, *, reconnect_s: float = RECONNECT_S) -> None:
        self._tx = store.tx
        self._reconnect_s = reconnect_s
        self._dsn = libpq_address(url)
        self._outage = Outage(log, "the database's listening connection", settle_s=LISTEN_CHECK_S / 2)

    async def send(self, wake_up: WakeUp) -> None:
        await self._tx(_notify, wake_up.job_id or "")

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[WakeUp]]:
        queue: asyncio.Queue[WakeUp] = asyncio.Queue(BACKLOG)
        ready = asyncio.Event()
        task = asyncio.create_task(self._feed(queue, ready), name="easel-listen")
        try:
            await ready.wait()
            yield _drain(queue)
        finally:
            await end_tasks(task)

    async def _feed(self, queue: asyncio.Queue[WakeUp], ready: asyncio.Event) -> None:
        while True:
            try:
                await self._listen_once(queue, ready)
            except (OSError, _asyncpg().PostgresError, _asyncpg().InterfaceError) as error:
                self._outage.failed(type(error).__name__)
            finally:
                ready.set()  # the safety poll carries on meanwhile
            await asyncio.sleep(self._reconnect_s)

    async def _listen_once(self, queue: asyncio.Queue[WakeUp], ready: asyncio.Event) -> None:
        closed = asyncio.Event()
        conn = await _asyncpg().connect(self._dsn, timeout=DATABASE_CONNECT_TIMEOUT_S)
        try:
            conn.add_termination_listener(partial(_hang_up, closed))
            await conn.add_listener(CHANNEL, partial(_hear, queue))
            self._outage.went_well()
            ready.set()
            _offer(queue, WakeUp())  # wake-ups may have been missed before the connection
            while not closed.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(closed.wait(), LISTEN_CHECK_S)
                if not closed.is_set():
                    await asyncio.wait_for(conn.execute("SELECT 1"), LISTEN_CHECK_TIMEOUT_S)
                    self._outage.went_well()
        finally:
            conn.terminate()


def _hear(queue: asyncio.Queue[WakeUp], _conn: object, _pid: int, _channel: str, payload: str) -> None:
    _offer(queue, WakeUp(payload or None))


def _hang_up(closed: asyncio.Event, _conn: object) -> None:
    closed.set()


def _asyncpg() -> Any:
    """Import asyncpg, an optional dependency without types."""
    return import_module("asyncpg")


def _notify(conn: Connection, payload: str) -> None:
    conn.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


def _offer(queue: asyncio.Queue[WakeUp], wake_up: WakeUp) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(wake_up)


async def _drain(queue: asyncio.Queue[WakeUp]) -> AsyncIterator[WakeUp]:
    while True:
        yield await queue.get()
