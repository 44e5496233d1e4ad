"""What makes the start of a client cheap in tests: cogs that a process imports once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from discord.app_commands import Command, ContextMenu, Group

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
    for kind in (Command, ContextMenu, Group):
        monkeypatch.setattr(kind, "to_dict", _described_once(vars(kind)["to_dict"]))


@cache
def _described_once(to_dict: Callable[[Any, Any], dict[str, Any]]) -> Callable[[Any, Any], dict[str, Any]]:
    """Remember what Discord is told of a command: every client with the same choices tells the same, twice."""
    told: dict[tuple[str, str, str], dict[str, Any]] = {}

    def described(command: Any, tree: Any) -> dict[str, Any]:
        options = {
            option.name: [choice.value for choice in option.choices]
            for option in getattr(command, "parameters", ())
        }
        key = (command.__class__.__name__, command.qualified_name, str(options))
        if key not in told:
            told[key] = to_dict(command, tree)
        return told[key]

    return described


async def _load(client: bot.client.EaselClient, spec: object, name: str) -> None:
    module: Any = _imported(name)
    await module.setup(client)
    vars(client)["_BotBase__extensions"][name] = module


def _keep(client: bot.client.EaselClient, module: object, name: str) -> None:
    """The module stays: the next client adds its cog out of it."""
