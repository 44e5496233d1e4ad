"""The prices in `GET /v1/models?include=pricing`: what one unit of a model costs, such as a picture or a second."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import msgspec

from bot.domain.prices import PriceList, Rate
from bot.seedream.wire.account import MAX_MODEL_MARKS
from bot.seedream.wire.reply import NOTHING, UNREADABLE, Reply, is_modest, read

NOT_MODIFIED = 304
_ETAG = re.compile(r'(?:W/)?"[!#-~]{1,200}"')  # it is sent back, in a header


class _Rate(msgspec.Struct):
    """The guide calls the unit `unit` in variants; in plain rates it was seen as `name`."""

    price: float
    per: float = 1
    unit: str | None = None
    name: str | None = None
    when: dict[str, str | float | bool | None] | None = None


class _Pricing(msgspec.Struct):
    units: list[_Rate] | None = None  # of the kind "fixed"
    variants: list[_Rate] | None = None  # of the kind "variants", by a size or quality


class _Model(msgspec.Struct):
    id: str
    aliases: list[str] | None = None
    pricing: msgspec.Raw = NOTHING


class _Models(msgspec.Struct):
    data: list[_Model]


def read_price_list(reply: Reply) -> PriceList | None:
    """Return the rates in a reply, or that they are those of the ETag that was sent; None if there is no answer."""
    if reply.status == NOT_MODIFIED:
        return PriceList(etag=None, rates=None)
    rates, etag = read_prices(reply), reply.headers.get("etag", "")
    if rates is None:
        return None
    return PriceList(etag=etag if _ETAG.fullmatch(etag) else None, rates=rates)


def read_prices(reply: Reply) -> Mapping[str, tuple[Rate, ...]] | None:
    """Return the rates of each model by all its names, none where no price is listed; None if there is no answer."""
    if not reply.succeeded or not is_modest(reply.body, max_marks=MAX_MODEL_MARKS):
        return None
    try:
        listed = msgspec.json.decode(reply.body, type=_Models).data
    except UNREADABLE:
        return None
    return {name: _rates(model) for model in listed for name in (model.id, *(model.aliases or ()))}


def _rates(model: _Model) -> tuple[Rate, ...]:
    pricing = read(_Pricing, model.pricing) or _Pricing()
    told = (*(pricing.units or ()), *(pricing.variants or ()))
    return tuple(
        Rate(
            usd=rate.price / rate.per,
            unit=(rate.unit or rate.name or "").lower(),
            when=frozenset(str(value).lower() for value in (rate.when or {}).values()),
        )
        for rate in told
        if rate.per > 0 and math.isfinite(rate.price / rate.per)
    )
