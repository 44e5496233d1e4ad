"""Migration of a database to the newest schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.errors import SetupError
from bot.storage.engine import PostgresStore, Store, unusable

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK_KEY = 0x6561_7365_6C  # "easel": two processes that start together migrate one after the other
_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"


async def migrate(store: Store) -> None:
    """Apply every migration that is missing, in one transaction, however long it takes. Raises `SetupError`.

    Where none is missing, Alembic is not even imported: it would stay in memory.
    """
    try:
        if not await store.tx(_is_newest):
            await _migrate(store)
    except DBAPIError as error:
        raise unusable(error) from error


def _is_newest(conn: Connection) -> bool:
    if not inspect(conn).has_table("alembic_version"):
        return False
    applied = conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return applied == [newest_revision()]


def newest_revision() -> str:
    """Return the number of this version's last migration, such as `0006`."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


async def _migrate(store: Store) -> None:
    if not isinstance(store, PostgresStore):
        await store.tx(upgrade)
        return
    patient = PostgresStore(store.url, pool_size=1, is_patient=True)
    try:
        await patient.tx(upgrade)
    finally:
        await patient.close()


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Apply the migrations up to `revision`. Raises `SetupError` for a database of a newer Easel."""
    from alembic import command  # see `migrate`
    from alembic.util import CommandError

    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    try:
        command.upgrade(alembic_config(conn), revision)
    except CommandError as error:
        raise SetupError(f"the database was written by a newer Easel ({error}): update this one") from error


def alembic_config(conn: Connection) -> Config:
    """Return Alembic's configuration for the migrations of this package, on this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.attributes["connection"] = conn
    return config
