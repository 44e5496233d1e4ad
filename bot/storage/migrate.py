"""Migration of a database to the newest schema."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.errors import SetupError
from bot.storage.engine import PostgresStore, Store, unusable

_LOCK_KEY = 0x6561_7365_6C  # "easel": two processes that start together migrate one after the other


async def migrate(store: Store) -> None:
    """Apply every migration that is missing, in one transaction, however long it takes. Raises `SetupError`."""
    try:
        await _migrate(store)
    except CommandError as error:
        raise SetupError(f"the database was written by a newer Easel ({error}): update this one") from error
    except DBAPIError as error:
        raise unusable(error) from error


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
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    command.upgrade(alembic_config(conn), revision)


def alembic_config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.attributes["connection"] = conn
    return config
