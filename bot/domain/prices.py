"""The prices that a provider lists: which of them are believed, and whether what was charged differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.provider import MICRO_USD

MOST_USD: Final = 10  # for a picture or a second; both cost cents, so that anything above is a slip
TOLERANCE: Final = 0.05  # of a price: less than that is rounding
# The API publishes no list of its units; these are the words seen for them, in lower case.
PICTURE_UNITS: Final = frozenset({"image", "images", "picture", "generation", "request"})
SECOND_UNITS: Final = frozenset({"second", "seconds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Dollars for one unit, which has the provider's own name, in lower case.

    `when` are the values of a request's parameters that it applies to, such as `1080p`, in lower case; empty if it
    applies to every request.
    """

    usd: float
    unit: str
    when: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """A provider's answer: the rates of its models by all their names; None if they are those of `etag` still."""

    etag: str | None
    rates: Mapping[str, tuple[Rate, ...]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of a picture, or of a second of a video. `micro_usd` is the highest that is listed.

    `sizes` has those that depend on the size, in micro USD, by the values of `Resolution` or `VideoQuality`.
    """

    micro_usd: int
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])


class PriceSource(Protocol):
    """A provider that lists its prices."""

    async def prices(self, models: Sequence[str], etag: str | None) -> PriceList | None:
        """Ask for the prices of models, free of charge, if they changed since `etag`; None if it is out of reach."""
        ...


class Doubt(StrEnum):
    """Why a provider's price is not known, in words for the log."""

    NO_ANSWER = "the provider does not answer"
    NOT_TOLD = "the provider lists no price"
    OTHER_UNIT = "the provider lists a price per another unit"
    ABSURD = "the provider lists an implausible price"


def price_from(rates: Sequence[Rate], units: Collection[str], sizes: Iterable[str]) -> Price | Doubt:
    """Return the price for one of `units`, and where it depends on the size, that of each of `sizes`."""
    told = [rate for rate in rates if rate.unit in units]
    if not told:
        return Doubt.OTHER_UNIT if rates else Doubt.NOT_TOLD
    if not all(1 <= rate.usd * MICRO_USD <= MOST_USD * MICRO_USD for rate in told):
        return Doubt.ABSURD
    by_size = {size: [rate for rate in told if size.lower() in rate.when] for size in sizes}
    return Price(
        micro_usd=_highest(told), sizes={size: _highest(found) for size, found in by_size.items() if found}
    )


def _highest(rates: Sequence[Rate]) -> int:
    return round(max(rate.usd for rate in rates) * MICRO_USD)


def differs(told_micro_usd: int, expected_micro_usd: int) -> bool:
    """Return whether a cost is further from what was expected than `TOLERANCE`."""
    return abs(told_micro_usd - expected_micro_usd) > TOLERANCE * expected_micro_usd
