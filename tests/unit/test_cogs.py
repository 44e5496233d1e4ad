"""Commands: a cog that is not on the client's list would be missing without a word."""

from __future__ import annotations

from pathlib import Path

from bot.client import COGS

FOLDER = Path(__file__).parents[2] / "cogs"


def test_the_client_loads_every_file_of_cogs() -> None:
    files = {f"cogs.{path.stem}" for path in FOLDER.glob("*.py") if path.stem != "__init__"}
    assert set(COGS) == files
