"""What the stand-ins were sent, word for word."""

from __future__ import annotations

from typing import Any

import pytest

import bot.sandbox.provider as offline
from bot.sandbox.orders import ImageCall, parse
from tests.wire import rest
from tests.wire.state import JsonDict


def hear_bodies(monkeypatch: pytest.MonkeyPatch) -> list[JsonDict]:
    """The JSON of every request to Discord from now on, `data` of a callback in place of the callback."""
    heard: list[JsonDict] = []
    read = rest.read_request

    async def listen(request: Any) -> Any:
        body, files = await read(request)
        if isinstance(body, dict):
            heard.append(body.get("data", body))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]  # JSON
        return body, files

    monkeypatch.setattr(rest, "read_request", listen)
    return heard


def hear_orders(monkeypatch: pytest.MonkeyPatch) -> list[ImageCall]:
    """Every order that reaches the provider from now on."""
    heard: list[ImageCall] = []

    def listen(raw: bytes) -> ImageCall:
        heard.append(parse(raw))
        return heard[-1]

    monkeypatch.setattr(offline, "parse", listen)
    return heard
