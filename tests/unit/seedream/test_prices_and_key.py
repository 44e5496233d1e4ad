"""What the API tells of prices and of the key, also where it tells it otherwise than its guide."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.seedream.wire.account import read_key
from bot.seedream.wire.prices import read_prices
from bot.seedream.wire.reply import Reply
from tests.tables import each_case


def reply(body: Any, *, status: int = 200) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers={}, body=data, received_at=datetime(2026, 11, 30, tzinfo=UTC))


def listed(pricing: object) -> Reply:
    return reply({"object": "list", "data": [{"id": "a/model", "aliases": ["model"], "pricing": pricing}]})


@each_case(
    ("pricing", "rates"),
    [
        ({"kind": "fixed", "units": [{"name": "image", "price": 42, "per": 1000}]}, [(0.042, "image")]),
        (
            {
                "kind": "variants",
                "dimensions": ["resolution"],
                "variants": [
                    {"when": {"resolution": "720p"}, "price": 0.39, "unit": "Second", "per": 1},
                    {"when": {"resolution": "1080p"}, "price": 0.65, "unit": "second"},
                ],
            },
            [(0.39, "second"), (0.65, "second")],
        ),
        ({"kind": "variable"}, []),
        (None, []),
        ("cheap", []),
        ({"units": [{"name": "image", "price": "much"}]}, []),
        ({"units": [{"name": "image", "price": 1, "per": 0}]}, []),
        ({"units": [{"name": "image", "price": -1}]}, [(-1, "image")]),  # read, and not believed
    ],
)
def test_a_price_is_read_for_one_unit_under_every_name_of_the_model(
    pricing: object, rates: list[tuple[float, str]]
) -> None:
    prices = read_prices(listed(pricing))

    assert prices is not None
    for name in ("a/model", "model"):
        assert [(rate.usd, rate.unit) for rate in prices[name]] == rates


@each_case("answer", [reply([], status=503), reply(b"<html>"), reply([]), reply(b"[" * 500_000)])
def test_what_is_no_list_of_models_tells_no_prices(answer: Reply) -> None:
    assert read_prices(answer) is None


KEY = {
    "disabled": False,
    "prefix": "b747e891",
    "scopes": ["model:image"],
    "limit": {"retention": "week", "threshold": 25},
    "monthly_usage": 3.1,
}


@each_case("body", [KEY, {"data": KEY}])
def test_a_key_is_read_bare_and_wrapped(body: object) -> None:
    key = read_key(reply(body))

    assert key is not None
    assert key.limit is not None
    assert (key.limit.threshold, key.limit.retention, key.scopes) == (25, "week", ["model:image"])


@each_case("answer", [reply(KEY, status=403), reply(b"<html>"), reply({}), reply({"data": {}})])
def test_what_tells_nothing_of_a_key_is_no_key(answer: Reply) -> None:
    assert read_key(answer) is None
