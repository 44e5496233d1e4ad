"""Database addresses as operators write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.wiring import open_base
from bot.errors import SetupError
from bot.settings import load
from bot.storage.engine import libpq_address, open_store, parse_url


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_every_spelling_of_postgresql_is_understood(scheme: str) -> None:
    assert parse_url(f"{scheme}://easel@host/db").drivername == "postgresql+asyncpg"


def test_the_sslmode_of_hosted_servers_reaches_the_driver_and_the_listener() -> None:
    url = parse_url("postgresql://easel:word@host/db?sslmode=require")
    assert dict(url.query) == {"ssl": "require"}
    assert libpq_address(url) == "postgresql://easel:word@host/db?sslmode=require"


@pytest.mark.parametrize("address", ["mysql://host/db", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_an_address_easel_cannot_use_is_a_readable_problem(address: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL"):
        open_store(address)


async def test_a_database_that_does_not_answer_is_a_readable_problem_without_the_password(
    tmp_path: Path,
) -> None:
    address = "postgresql://easel:s3cret@127.0.0.1:1/db"
    settings = load({"DATABASE_URL": address, "DATA_DIR": str(tmp_path)}, env_file=None)
    with pytest.raises(SetupError, match="the database cannot be used") as caught:
        async with open_base(settings):
            pass
    assert "s3cret" not in str(caught.value)
