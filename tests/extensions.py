"""What makes the start of a client cheap in tests: cogs that a process imports once."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import pytest

import bot.client

_imported = cache(import_module)
_persistent_items = cache(bot.client.persistent_items)


def load_cogs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every client add new cogs out of the same modules.

    discord.py executes them again for each client, which took half of the time that a client needs to start, and
    goes through all modules to remove them at its end.
    """
    monkeypatch.setattr(bot.client.EaselClient, "_load_from_module_spec", _load)
    monkeypatch.setattr(bot.client.EaselClient, "_call_module_finalizers", _keep)
    monkeypatch.setattr(bot.client, "persistent_items", _persistent_items)


async def _load(client: bot.client.EaselClient, spec: object, name: str) -> None:
    module: Any = _imported(name)
    await module.setup(client)
    vars(client)["_BotBase__extensions"][name] = module


def _keep(client: bot.client.EaselClient, module: object, name: str) -> None:
    """The module stays: the next client adds its cog out of it."""
