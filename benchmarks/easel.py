"""Easel as `python -m bot` starts it, settings from the environment, with nothing but the addresses changed.

`python -m benchmarks.easel REST GATEWAY PROVIDER [ROLE]`
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import bot.app.run as app
from benchmarks.probe import SWEEP, start_lag_probe
from bot.__main__ import main
from bot.app.wiring import AllowedOrigins
from bot.services import worker
from tests.wire.pointing import point_discord_at


def allow(places: AllowedOrigins) -> None:
    """Let Easel fetch attachments and results from `places` too, and start the probe of its event loop if asked."""
    original = app.assembled

    @asynccontextmanager
    async def assembled(*args: Any, **kwargs: Any) -> AsyncGenerator[app.App]:
        probe = start_lag_probe()
        async with original(*args, **{"places": places} | kwargs) as built:
            yield built
        if probe is not None:
            probe.cancel()

    app.assembled = assembled
    worker.SWEEP_S = float(os.environ.get(SWEEP, worker.SWEEP_S))  # pyright: ignore[reportConstantRedefinition]


if __name__ == "__main__":
    rest, gateway, provider, *role = sys.argv[1:]
    cdn = rest.removesuffix("/api/v10")
    allow(AllowedOrigins(attachments=frozenset({cdn}), results=frozenset({provider})))
    with point_discord_at(rest, gateway):
        sys.exit(main(role))
