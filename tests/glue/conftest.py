"""What takes time in a room, without its being a matter of any test."""

from __future__ import annotations

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
    monkeypatch.setattr("bot.services.modlog.POSTERS", 1)
    monkeypatch.setattr("bot.sandbox.world.LOG_POLL_S", 60)  # who waits for the mod-log wakes it
    # How long SimCord sleeps before it looks again whether the bot has come to rest; 50 ms otherwise.
    settle = simcord.Env._settle_internal  # pyright: ignore[reportPrivateUsage]  # it has no setting
    monkeypatch.setattr(settle, "__kwdefaults__", (settle.__kwdefaults__ or {}) | {"idle": 0.002})
