"""Prices that are read: asked at the start and daily, stored for other processes, and doubted."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from bot.app.models import models_of_process
from bot.domain.prices import PriceList, Rate
from bot.domain.sizes import Resolution
from bot.domain.video import VideoQuality, VideoSettings
from bot.seedream.catalogue import DEFAULT_MODEL_ID
from bot.services.prices import ASK_EVERY, PRICES_KEY, PriceKeeper
from bot.settings import Settings
from bot.storage.stores import SqlMoneyStore
from tests.unit.services.workshop import Workshop

VIDEO = "minimax/hailuo-02"
DAY_S = ASK_EVERY.total_seconds()
SIX = VideoSettings(seconds=6, quality=VideoQuality.P768)


class Source:
    """Tells these rates under an ETag that changes with them; None of them is no answer."""

    def __init__(self) -> None:
        self.rates: dict[str, tuple[Rate, ...]] | None = {}
        self.asked: list[str | None] = []
        self.tell(0.042, 0.0728)

    def tell(self, picture_usd: float, second_usd: float | None = None) -> None:
        self.rates = {DEFAULT_MODEL_ID: (Rate(usd=picture_usd, unit="image"),)}
        if second_usd is not None:
            self.rates[VIDEO] = (Rate(usd=second_usd, unit="second"),)

    async def prices(self, models: Sequence[str], etag: str | None) -> PriceList | None:
        self.asked.append(etag)
        if self.rates is None:
            return None
        current = f'"{hash(str(self.rates))}"'
        return PriceList(etag=current, rates=None if etag == current else self.rates)


def keeper(shop: Workshop, source: Source | None) -> PriceKeeper:
    """That of a process of its own."""
    return PriceKeeper(
        models=models_of_process(Settings()),
        source=source,
        key_values=shop.key_values,
        money=SqlMoneyStore(shop.store),
        clock=shop.clock,
    )


def price(of: PriceKeeper) -> int:
    return of.models.pictures[DEFAULT_MODEL_ID].price_of(Resolution.TWO_K)


async def test_a_told_price_is_gone_by_in_every_process(shop: Workshop) -> None:
    source = Source()
    worker, gateway = keeper(shop, source), keeper(shop, None)
    source.tell(0.052, 0.1)

    await worker.look()
    await gateway.look()

    for one in (worker, gateway):
        assert price(one) == 52_000
        assert one.models.all_pictures[DEFAULT_MODEL_ID].price_micro_usd == 52_000
        assert one.models.videos[VIDEO].price_of(SIX) == one.models.all_videos[VIDEO].price_of(SIX) == 600_000


async def test_it_asks_once_a_day_and_says_what_it_knows(shop: Workshop) -> None:
    source = Source()
    worker = keeper(shop, source)
    for _ in range(3):
        await worker.look()
        shop.clock.advance(DAY_S / 2)
    await worker.look()

    source.tell(0.06, 0.0728)
    shop.clock.advance(DAY_S)
    await worker.look()

    first, *later = source.asked
    assert first is None
    assert len(later) == 2
    assert later[0] == later[1]
    assert later[0] is not None
    assert price(worker) == 60_000


async def test_a_restart_goes_by_what_is_stored_when_nobody_answers(shop: Workshop) -> None:
    source = Source()
    source.tell(0.052, 0.0728)
    await keeper(shop, source).look()
    source.rates = None

    restarted = keeper(shop, source)
    await restarted.look()
    await restarted.look()

    assert price(restarted) == 52_000
    assert len(source.asked) == 3  # it is asked again soon


async def test_without_an_answer_the_catalogues_price_stays_and_the_log_says_so_once(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source()
    source.rates = None
    worker = keeper(shop, source)

    with caplog.at_level(logging.INFO):
        for _ in range(2):
            await worker.look()

    assert price(worker) == 42_000
    assert caplog.messages == [
        "price of bytedance/seedream-4-5: the provider does not answer, so Easel goes by $0.0420 a picture",
        "price of minimax/hailuo-02: the provider does not answer, so Easel goes by $0.0728 a second",
    ]


@pytest.mark.parametrize(
    ("rate", "why"),
    [
        (Rate(usd=0, unit="image"), "implausible"),
        (Rate(usd=-1, unit="image"), "implausible"),
        (Rate(usd=11, unit="image"), "implausible"),
        (Rate(usd=0.01, unit="megapixel"), "per another unit"),
        (None, "lists no price"),
    ],
)
async def test_a_price_that_is_doubted_leaves_the_last_one(
    shop: Workshop, caplog: pytest.LogCaptureFixture, rate: Rate | None, why: str
) -> None:
    source = Source()
    worker = keeper(shop, source)
    for believed in (42_000, 52_000):
        source.rates = {DEFAULT_MODEL_ID: () if rate is None else (rate,)}
        with caplog.at_level(logging.WARNING):
            await worker.look()
            shop.clock.advance(DAY_S)
            await worker.look()
        shop.clock.advance(DAY_S)
        assert price(worker) == believed
        source.tell(0.052)
        await worker.look()
        shop.clock.advance(DAY_S)

    of_it = [message for message in caplog.messages if DEFAULT_MODEL_ID in message]
    assert len(of_it) == 1
    assert why in of_it[0]


async def test_prices_of_a_size_are_gone_by_and_the_highest_elsewhere(shop: Workshop) -> None:
    source = Source()
    source.rates = {
        VIDEO: (Rate(usd=0.05, unit="second", when=frozenset({"768p"})), Rate(usd=0.1, unit="second")),
        DEFAULT_MODEL_ID: (
            Rate(usd=0.04, unit="image", when=frozenset({"2k"})),
            Rate(usd=0.08, unit="image", when=frozenset({"4k"})),
        ),
    }
    worker = keeper(shop, source)

    await worker.look()

    model, video = worker.models.pictures[DEFAULT_MODEL_ID], worker.models.videos[VIDEO]
    assert [model.price_of(one) for one in Resolution] == [40_000, 80_000]
    assert [
        video.price_of(VideoSettings(seconds=6, quality=one))
        for one in (VideoQuality.P768, VideoQuality.P1080)
    ] == [300_000, 600_000]


@pytest.mark.parametrize(
    "stored", ["", "nonsense", '{"prices": [1]}', '{"prices": {"gone/model": {"micro_usd": 1}}}']
)
async def test_what_cannot_be_read_or_is_of_no_model_changes_nothing(shop: Workshop, stored: str) -> None:
    await shop.key_values.write_value(PRICES_KEY, stored)
    gateway = keeper(shop, None)

    await gateway.look()

    assert price(gateway) == 42_000


async def test_a_clock_that_was_set_back_does_not_stop_the_asking(shop: Workshop) -> None:
    source = Source()
    worker = keeper(shop, source)
    await worker.look()

    shop.clock.advance(-300 * DAY_S)
    await worker.look()

    assert len(source.asked) == 2
