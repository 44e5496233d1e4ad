"""Which prices are believed, and which costs differ from them."""

from __future__ import annotations

from bot.domain.prices import PICTURE_UNITS, SECOND_UNITS, Doubt, Price, Rate, differs, price_from
from bot.domain.sizes import Resolution
from bot.domain.video import VideoQuality
from tests.tables import each_case


def rate(usd: float, unit: str = "image", *when: str) -> Rate:
    return Rate(usd=usd, unit=unit, when=frozenset(when))


@each_case(
    ("rates", "price"),
    [
        ([rate(0.052)], Price(micro_usd=52_000)),
        ([rate(10)], Price(micro_usd=10_000_000)),
        ([rate(0.052), rate(1e-7, "token")], Price(micro_usd=52_000)),
        (
            [rate(0.04, "image", "2k"), rate(0.08, "image", "4k")],
            Price(micro_usd=80_000, sizes={"2K": 40_000, "4K": 80_000}),
        ),
        (
            [rate(0.04, "image", "1.5k"), rate(0.08, "image", "2k")],
            Price(micro_usd=80_000, sizes={"2K": 80_000}),
        ),
        ([], Doubt.NOT_TOLD),
        ([rate(0.01, "megapixel")], Doubt.OTHER_UNIT),
        ([rate(0)], Doubt.ABSURD),
        ([rate(-0.052)], Doubt.ABSURD),
        ([rate(10.01)], Doubt.ABSURD),
        ([rate(0.04, "image", "2k"), rate(40, "image", "4k")], Doubt.ABSURD),
    ],
)
def test_a_price_is_taken_from_rates_that_are_believable(rates: list[Rate], price: Price | Doubt) -> None:
    assert price_from(rates, PICTURE_UNITS, Resolution) == price


def test_of_a_size_that_costs_more_with_something_else_the_highest_is_taken() -> None:
    rates = [rate(0.1, "second", "768p"), rate(0.2, "second", "768p", "true"), rate(0.3, "second", "1080p")]

    found = price_from(rates, SECOND_UNITS, VideoQuality)

    assert found == Price(micro_usd=300_000, sizes={"768P": 200_000, "1080P": 300_000})


@each_case(
    ("told", "differing"),
    [(40_000, False), (42_000, False), (38_000, False), (42_001, True), (37_999, True), (1, True)],
)
def test_a_cost_differs_beyond_five_per_cent(told: int, differing: bool) -> None:
    assert differs(told, 40_000) is differing
