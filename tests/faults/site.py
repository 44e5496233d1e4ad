"""Where a storm takes place: the stand-ins, the database, the lines between them, and the processes."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url

from bot.app.run import Role
from bot.services.provider_calls import ASK_AGAIN_S
from bot.storage.engine import Store, open_store
from tests.databases import empty_sqlite, migrated_postgres
from tests.e2e.haste import SPEED, HastyClock
from tests.e2e.town import Town, open_town
from tests.faults.front import FrontDoor, Sky
from tests.faults.kinds import Database
from tests.faults.processes import Controls, Keeper
from tests.faults.proxy import Line

ENVIRON: Final = {
    "EASEL_JOBS_PER_MEMBER": "100",
    "EASEL_WORKER_CONCURRENCY": "4",
    "EASEL_PROVIDER_TIMEOUT_S": "30",
    "EASEL_SHUTDOWN_GRACE_S": "5",
    "EASEL_NOTIFY_AFTER_S": "15",
}
ROLES: Final = {
    Database.SQLITE: {"easel": Role.BOTH},
    Database.POSTGRES: {"gateway": Role.GATEWAY, "one": Role.WORKER, "two": Role.WORKER},
}
_JOIN_S: Final = 60.0
ANSWER_S: Final = 3 * SPEED  # as long on the wall as Discord waits


@dataclass(kw_only=True)
class Site:
    """`address` is the database's own, past all lines. `lines` and `fronts` are by the names of the processes."""

    town: Town
    database: Database
    address: str
    sky: Sky
    keepers: dict[str, Keeper] = field(default_factory=dict[str, Keeper])
    lines: dict[str, Line] = field(default_factory=dict[str, Line])

    async def open(self) -> None:
        """Start every process, and wait until the commands can be used."""
        for keeper in self.keepers.values():
            keeper.start()
        await self.town.server.connected(timeout_s=_JOIN_S)

    async def close(self, *, timeout_s: float) -> None:
        await asyncio.gather(*(keeper.end(timeout_s=timeout_s) for keeper in self.keepers.values()))

    async def rows(self, query: str) -> Sequence[dict[str, Any]]:
        """Return what the database holds, past all lines. SQL needs none of the names in Easel's code."""
        if self.database is Database.SQLITE:
            return await asyncio.to_thread(_sqlite_rows, self.town.database, query)
        asyncpg: Any = import_module("asyncpg")
        connection = await asyncpg.connect(self.address, timeout=10)
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def execute(self, statement: str) -> None:
        """Do something to the PostgreSQL server, past all lines, also while its database may only be read."""
        asyncpg: Any = import_module("asyncpg")
        writes = {"default_transaction_read_only": "off"}
        connection = await asyncpg.connect(self.address, timeout=10, server_settings=writes)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def store(self) -> AsyncGenerator[Store]:
        store = open_store(self.address)
        try:
            yield store
        finally:
            await store.close()

    async def kept(self) -> set[str]:
        """Return the keys of the pictures in the image cache, as `job/name`."""
        if self.database is Database.SQLITE:
            return set(self.town.kept())
        return {row["key"] for row in await self.rows("SELECT key FROM kept")}

    def log_of(self, name: str) -> str:
        """Return what the process wrote in all its lives."""
        path = self.keepers[name].service.log
        return path.read_text(errors="replace") if path.exists() else ""


@asynccontextmanager
async def open_site(
    folder: Path,
    database: Database,
    chance: random.Random,
    *,
    ask_again_s: tuple[float, ...] = ASK_AGAIN_S,
) -> AsyncGenerator[Site]:
    """Build a site whose processes are not started yet; end them, however the block is left."""
    began = time.time()
    async with AsyncExitStack() as stack:
        town = await stack.enter_async_context(open_town(folder, ENVIRON, clock=HastyClock(began)))
        town.server.wait_for_answers(ANSWER_S)
        site = Site(town=town, database=database, address="", sky=Sky(chance=chance))
        if database is Database.SQLITE:
            town.database.write_bytes(empty_sqlite())
            site.address = f"sqlite:///{town.database}"
        else:
            address = os.environ["TEST_DATABASE_URL"]
            site.address = await stack.enter_async_context(migrated_postgres(address))
            await site.execute(_hasty_time(site.address.rpartition("/")[2], began))
        for name, role in ROLES[database].items():
            front = await stack.enter_async_context(FrontDoor(town.provider.base_url, name, site.sky))
            environ = town.settings() | {"AIMLAPI_BASE_URL": front.base_url}
            if database is Database.POSTGRES:
                environ |= await _place_apart(site, name, stack)
            site.keepers[name] = _keeper(town, name, role, environ, began, ask_again_s)
        stack.push_async_callback(_kill_all, site)
        yield site


def _hasty_time(name: str, began: float) -> str:
    """The statements that let this database tell the time of `HastyClock`: all processes go by its time."""
    told = f"to_timestamp({began} + (extract(epoch FROM pg_catalog.clock_timestamp()) - {began}) * {SPEED})"
    return f"""
        CREATE SCHEMA hasty;
        CREATE FUNCTION hasty.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT {told}';
        ALTER DATABASE "{name}" SET search_path = hasty, pg_catalog, public;
    """


async def _place_apart(site: Site, name: str, stack: AsyncExitStack) -> dict[str, str]:
    """Give a process a machine of its own: a folder, and a line to the database."""
    url = make_url(site.address)
    line = await stack.enter_async_context(Line(url.host or "127.0.0.1", url.port or 5432))
    site.lines[name] = line
    reached = url.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)
    return {"DATABASE_URL": reached, "DATA_DIR": str(site.town.folder / name)}


def _keeper(
    town: Town, name: str, role: Role, environ: dict[str, str], began: float, ask_again_s: tuple[float, ...]
) -> Keeper:
    service = replace(town.service(name, role, environ), ask_again_s=ask_again_s, hurries_since=began)
    controls = Controls(clock=town.folder / f"{name}.clock", disk=town.folder / f"{name}.full")
    return Keeper(name=name, service=service, controls=controls)


async def _kill_all(site: Site) -> None:
    for keeper in site.keepers.values():
        await keeper.end(timeout_s=0)


def _sqlite_rows(path: Path, query: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path, timeout=10)) as conn:
        conn.row_factory = sqlite3.Row
        return [dict(row) for row in conn.execute(query)]
