"""What takes time in a room, without its being a matter of any test."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import simcord

from tests.databases import migrate_once
from tests.extensions import load_cogs_once
from tests.pictures import remember_pictures


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_once(monkeypatch)
    load_cogs_once(monkeypatch)
    remember_pictures(monkeypatch)
    monkeypatch.setattr("bot.sandbox.painter.MAX_DRAWN_SIDE", 256)  # then enlarged: nobody looks at a drawing
    monkeypatch.setattr("bot.sandbox.world.GRACE_S", 0.1)
    monkeypatch.setattr("bot.sandbox.world.VIDEO_POLL_S", 0.01)
    monkeypatch.setattr("bot.services.modlog.POSTERS", 1)
    monkeypatch.setattr("bot.sandbox.world.LOG_POLL_S", 60)  # who waits for the mod-log wakes it
    monkeypatch.setattr("simcord.http.router.copy", SimpleNamespace(deepcopy=_logged))
    # How long SimCord sleeps before it looks again whether the bot has come to rest; 50 ms otherwise.
    settle = simcord.Env._settle_internal  # pyright: ignore[reportPrivateUsage]  # it has no setting
    monkeypatch.setattr(settle, "__kwdefaults__", (settle.__kwdefaults__ or {}) | {"idle": 0.002})


def _logged(body: dict[str, Any] | list[Any] | None) -> object:
    """Return what SimCord logs of a request: a copy, but of the list of all commands, a quarter of a room's start."""
    return deepcopy(body) if isinstance(body, dict) else body
