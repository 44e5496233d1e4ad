"""The commands that move a whole Easel: `migrate --to`, `backup` and `restore`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from bot import __version__
from bot.errors import SetupError, StoreUnavailableError
from bot.settings import Settings
from bot.storage.engine import PostgresStore, SqliteStore, parse_url
from bot.storage.migrate import migrate
from bot.storage.moving.backup import DATABASE, PICTURE_PATH, Manifest, back_up
from bot.storage.moving.move import Compared, move
from bot.storage.moving.restore import restore
from bot.storage.private import FOLDER_MODE, lock_alone, open_data_dir

Tell = Callable[[str], None]
WHAT_NOW: Final = (
    "All of it is the same in both. Set DATABASE_URL to the new database and start Easel. The old one was not touched: "
    "delete it once all is well, and never start Easel on it again, as it would paint what waits there a second time."
)


async def move_to_postgres(settings: Settings, address: str, tell: Tell) -> bool:
    """Move everything from SQLite to the database of `address`; where that is '', to that of DATABASE_URL.

    Return whether all is the same there. Raises `SetupError`.
    """
    path = _sqlite_of(settings)
    url = parse_url(address or settings.database_address)
    if url.get_backend_name() != "postgresql":
        raise SetupError("where to? Name it: migrate --to postgresql://…, or in DATABASE_URL")
    async with AsyncExitStack() as stack:
        source = SqliteStore(path)
        stack.push_async_callback(source.close)
        stack.callback(os.close, lock_alone(path))
        target = _patient(url)
        stack.push_async_callback(target.close)
        tell(f"from {path} and {settings.data_dir} to {url.host or 'localhost'}/{url.database}")
        try:
            await target.reach()
            compared = await move(source, target, data_dir=settings.data_dir, tell=tell)
        except StoreUnavailableError as error:
            raise SetupError(f"a database went away ({error}): start again, and the move goes on") from error
    _tell_of(compared, tell)
    is_same = all(one.is_same for one in compared)
    tell(WHAT_NOW if is_same else "Not all is the same: start again, and what differs is moved once more.")
    return is_same


def _tell_of(compared: Sequence[Compared], tell: Tell) -> None:
    tell(f"{'table':<12} {'rows':>9}  checksum")
    for one in compared:
        there = "the same" if one.is_same else f"{one.target.rows} rows there, {one.target.text}"
        tell(f"{one.name:<12} {one.source.rows:>9}  {one.source.text}  {there}")


def _patient(url: URL) -> PostgresStore:
    try:
        return PostgresStore(url, pool_size=1, is_patient=True)
    except ModuleNotFoundError as error:
        raise SetupError('PostgreSQL needs an extra: pip install "easel-bot[postgres]"') from error


def back_up_to(file: Path, settings: Settings, tell: Tell, *, with_pictures: bool, is_forced: bool) -> None:
    """Write a backup of SQLite and of the pictures, also while Easel runs. Raises `SetupError`."""
    _require_sqlite(settings, "pg_dump")
    made = back_up(
        _sqlite_of(settings),
        settings.data_dir,
        file,
        version=__version__,
        with_pictures=with_pictures,
        is_forced=is_forced,
    )
    size_mb = file.stat().st_size / 1_000_000
    tell(f"{file}: {_held(made)}; {size_mb:.1f} MB")


async def restore_from(
    file: Path, settings: Settings, tell: Tell, *, into: Path | None, is_forced: bool
) -> None:
    """Restore a backup into DATA_DIR, or a folder of its own, and bring it up to date. Raises `SetupError`."""
    data_dir = settings.data_dir if into is None else into
    if into is None:
        _require_sqlite(settings, "pg_restore")
    database = data_dir / DATABASE if into else Path(parse_url(settings.database_address).database or "")
    open_data_dir(data_dir)
    database.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    lock = lock_alone(database)
    try:
        made, aside = restore(file, data_dir=data_dir, database=database, is_forced=is_forced)
        if aside is not None:  # reported at once, as what follows may fail
            tell(f"what was there is in {aside}: delete it once all is well")
        await _bring_up_to_date(database)
    finally:
        os.close(lock)
    tell(f"{database}: {_held(made)}, of {made.made_at:%Y-%m-%d %H:%M} UTC")


async def _bring_up_to_date(restored: Path) -> None:
    store = SqliteStore(restored)
    try:
        await migrate(store)
    except StoreUnavailableError as error:
        raise SetupError(f"restored, but not brought up to date ({error}): run `migrate`") from error
    finally:
        await store.close()


def _held(made: Manifest) -> str:
    pictures = sum(
        PICTURE_PATH.fullmatch(name) is not None and not name.endswith(".json") for name in made.members
    )
    return f"{made.counts['jobs']} jobs and {pictures} {'pictures' if made.has_pictures else 'undelivered pictures'}"


def _require_sqlite(settings: Settings, instead: str) -> None:
    if parse_url(settings.database_address).get_backend_name() != "sqlite":
        raise SetupError(f"this is for SQLite; for PostgreSQL use {instead}, see docs/operations.md")


def _sqlite_of(settings: Settings) -> Path:
    """Return the SQLite file that Easel has, or had before DATABASE_URL was PostgreSQL's. Raises `SetupError`."""
    url = parse_url(settings.database_address)
    is_sqlite = url.get_backend_name() == "sqlite"
    path = Path(url.database or "") if is_sqlite else settings.data_dir / "easel.db"
    if not path.is_file() or not path.stat().st_size:
        raise SetupError(f"there is no SQLite database {path}")
    return path
