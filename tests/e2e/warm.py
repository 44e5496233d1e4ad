"""What every process works out once, worked out before the server of the forks makes any: patterns and statements."""

from __future__ import annotations

import asyncio
import gc
import logging
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from bot.client import COGS, persistent_items
from bot.settings import load
from tests.e2e.books import only_by_grant
from tests.e2e.life import run_life
from tests.e2e.town import Town, open_town
from tests.extensions import load_cogs_once
from tests.wire.painter import png

POSTGRES: Final = ("sqlalchemy.ext.asyncio", "sqlalchemy.dialects.postgresql.asyncpg", "asyncpg")


async def _work(folder: Path) -> None:
    """A picture and an edit of one, from their commands to the mod-log: most of what any process does."""
    async with open_town(folder) as town:
        await town.decide(*only_by_grant(town.ada.id))
        plan = town.plan(min_jobs=2)
        living = asyncio.create_task(run_life(plan, load(plan.environ, env_file=None)), name="life")
        asking = asyncio.create_task(_ask(town), name="ada")
        await living
        await asking


async def _ask(town: Town) -> None:
    await town.server.connected()
    await town.server.slash(town.ada, town.art, "imagine", {"prompt": "a red fox in snow"})
    files = {"image": ("cat.png", png(64))}
    await town.server.slash(town.ada, town.art, "edit", {"prompt": "give the cat a hat"}, attachments=files)


def _warm_up() -> None:
    for name in (*COGS, *POSTGRES):
        import_module(name)
    load_cogs_once(pytest.MonkeyPatch())  # for good: every process of this server is a child of a test
    persistent_items()
    logging.disable()
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as restored:
        restored.setattr(Path, "replace", Path.replace)
        asyncio.run(_work(Path(folder)))
    logging.disable(logging.NOTSET)
    gc.collect()
    gc.freeze()  # a child that walks through all this copies its pages
    gc.set_threshold(20_000, 20, 20)


_warm_up()
