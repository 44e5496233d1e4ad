"""Database addresses as operators write them."""

from __future__ import annotations

import pytest

from bot.errors import SetupError
from bot.storage.engine import libpq_address, open_store, parse_url
from tests.tables import each_case


@each_case("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_every_spelling_of_postgresql_is_understood(scheme: str) -> None:
    assert parse_url(f"{scheme}://easel@host/db").drivername == "postgresql+asyncpg"


def test_the_sslmode_of_hosted_servers_reaches_the_driver_and_the_listener() -> None:
    url = parse_url("postgresql://easel:word@host/db?sslmode=require")
    assert dict(url.query) == {"ssl": "require"}
    assert libpq_address(url) == "postgresql://easel:word@host/db?sslmode=require"


@each_case(
    "address", ["mysql://host/db", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://host:port/db"]
)
def test_an_address_easel_cannot_use_is_a_readable_problem(address: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL"):
        open_store(address)
