"""The list of models with their prices, as the API's guide shows it, and what else may come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.domain.prices import PriceList, Rate
from bot.seedream.wire.prices import read_price_list
from bot.seedream.wire.reply import Reply
from tests.tables import each_case

VARIANTS = {
    "kind": "variants",
    "dimensions": ["resolution"],
    "variants": [
        {"when": {"resolution": "720p"}, "price": 0.39, "unit": "second", "per": 1},
        {"when": {"resolution": "1080P", "audio": True}, "price": 650, "unit": "second", "per": 1000},
    ],
}


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers=headers, body=data, received_at=datetime(2026, 11, 22, tzinfo=UTC))


def listing(pricing: Any, **more: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": "a/b", "type": "video", "pricing": pricing, **more}]}


def test_rates_of_variants_tell_when_they_apply() -> None:
    found = read_price_list(reply(listing(VARIANTS, aliases=["b"]), etag='W/"1440a0-uH6N"'))

    rates = (
        Rate(usd=0.39, unit="second", when=frozenset({"720p"})),
        Rate(usd=0.65, unit="second", when=frozenset({"1080p", "true"})),
    )
    assert found == PriceList(etag='W/"1440a0-uH6N"', rates={"a/b": rates, "b": rates})


@each_case("pricing", [None, {}, {"kind": "variable"}, {"units": "free"}, {"units": [{"price": "1"}]}, [1]])
def test_a_shape_that_is_not_known_holds_no_rates(pricing: object) -> None:
    assert read_price_list(reply(listing(pricing))) == PriceList(etag=None, rates={"a/b": ()})


def test_nothing_has_changed_since_the_etag() -> None:
    assert read_price_list(reply(b"", 304)) == PriceList(etag=None, rates=None)


@each_case("etag", ["", "bare", '"a b"', 'W/"a\r\nX: 1"', f'"{"a" * 201}"'])
def test_an_etag_that_no_header_takes_is_left_out(etag: str) -> None:
    found = read_price_list(reply(listing(None), etag=etag))

    assert found is not None
    assert found.etag is None


@each_case("answer", [reply(b"<html>"), reply({"data": 1}), reply(listing(None), 503)])
def test_anything_else_is_no_answer(answer: Reply) -> None:
    assert read_price_list(answer) is None
