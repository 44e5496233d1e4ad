"""The prices of models: asked of the provider, stored for all processes, and set in the models of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.domain.ports.money import MoneyStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import KeyValueStore
from bot.domain.prices import PICTURE_UNITS, SECOND_UNITS, Doubt, Price, PriceSource, Rate, price_from
from bot.domain.provider import MICRO_USD, Model
from bot.domain.sizes import Resolution
from bot.domain.video import VideoModel, VideoQuality
from bot.outage import run_logged

log = logging.getLogger(__name__)
PRICES_KEY: Final = "prices"  # in the key-value store
ASK_EVERY: Final = timedelta(days=1)
READ_EVERY_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedModels:
    """The models of a process by their ids, each at its price now: look a model up at use, as it is replaced.

    `pictures` and `videos` are on offer, the usual one first; the others are all that queued jobs may name.
    """

    pictures: dict[str, Model]
    videos: dict[str, VideoModel]
    all_pictures: dict[str, Model]
    all_videos: dict[str, VideoModel]

    @property
    def on_offer(self) -> tuple[str, ...]:
        """The ids of the models that people may ask for."""
        return (*self.pictures, *self.videos)

    def price_from(self, model: str, rates: tuple[Rate, ...]) -> Price | Doubt:
        """Return the price of a known model by the rates that were listed."""
        if model in self.all_videos:
            return price_from(rates, SECOND_UNITS, VideoQuality)
        return price_from(rates, PICTURE_UNITS, Resolution)

    def price_text(self, model: str) -> str:
        """Say for the log what a known model costs."""
        if model in self.all_videos:
            return f"${self.all_videos[model].price_micro_usd_per_s / MICRO_USD:.4f} a second"
        return f"${self.all_pictures[model].price_micro_usd / MICRO_USD:.4f} a picture"

    def apply(self, prices: Mapping[str, Price]) -> None:
        """Set the prices of models that this process knows."""
        for pictures in (self.pictures, self.all_pictures):
            for id_ in prices.keys() & pictures.keys():
                price = prices[id_]
                pictures[id_] = replace(
                    pictures[id_], price_micro_usd=price.micro_usd, size_prices=price.sizes
                )
        for videos in (self.videos, self.all_videos):
            for id_ in prices.keys() & videos.keys():
                price = prices[id_]
                videos[id_] = replace(
                    videos[id_], price_micro_usd_per_s=price.micro_usd, size_prices=price.sizes
                )


class _Known(msgspec.Struct):
    """What is stored: the prices that were listed last, and the ETag of that answer."""

    prices: dict[str, Price]
    etag: str | None = None


@dataclass(slots=True, kw_only=True)
class PriceKeeper:
    """Keeps the prices of `models` up to date. A process without a `source` only reads what others stored."""

    models: PricedModels
    source: PriceSource | None
    key_values: KeyValueStore
    money: MoneyStore
    clock: Clock
    _asked_at: datetime | None = None
    _doubted: set[tuple[str, Doubt]] = field(default_factory=set[tuple[str, Doubt]])
    _applied: dict[str, Price] = field(default_factory=dict[str, Price])

    async def run(self) -> None:
        """Ask at once and then daily, and read what other processes learned every few minutes, until cancelled."""
        while True:
            await run_logged(log, "the prices", self.look)
            await asyncio.sleep(READ_EVERY_S)

    async def look(self) -> None:
        """Ask for the prices if that is due, and go by those that are stored. Raises `StoreUnavailableError`."""
        known = _read(await self.key_values.read_value(PRICES_KEY))
        now = self.clock.now()
        is_due = self._asked_at is None or not timedelta() <= now - self._asked_at < ASK_EVERY
        if self.source is not None and is_due:
            known = await self._ask(self.source, known, now)
        self._apply(known)

    async def _ask(self, source: PriceSource, known: _Known, now: datetime) -> _Known:
        """Ask for the prices and store those that are believed; an earlier one stays where none is."""
        wanted = self.models.on_offer
        # Where a price is missing the whole answer is needed: the doubts have to be reported.
        etag = known.etag if known.prices.keys() >= set(wanted) else None
        told = await source.prices(wanted, etag)
        if told is None:
            self._doubt(set(wanted) - known.prices.keys(), Doubt.NO_ANSWER)
            return known
        self._asked_at = now
        if told.rates is None:
            return known
        found = {model: self.models.price_from(model, told.rates.get(model, ())) for model in wanted}
        for model, price in found.items():
            if isinstance(price, Doubt):
                self._doubt({model}, price)
        believed = {model: price for model, price in found.items() if isinstance(price, Price)}
        changed = [model for model, price in believed.items() if known.prices.get(model) != price]
        learned = _Known(prices=known.prices | believed, etag=told.etag)
        if changed or learned.etag != known.etag:
            await self.key_values.write_value(PRICES_KEY, msgspec.json.encode(learned).decode())
            await self.money.forget_told_prices(changed)
        return learned

    def _doubt(self, models: Collection[str], doubt: Doubt) -> None:
        for model in sorted(models):
            if (model, doubt) not in self._doubted:
                self._doubted.add((model, doubt))
                expected = self.models.price_text(model)
                log.warning("price of %s: %s, so Easel goes by %s", model, doubt.value, expected)

    def _apply(self, known: _Known) -> None:
        known_here = self.models.all_pictures.keys() | self.models.all_videos.keys()
        prices = {model: price for model, price in known.prices.items() if model in known_here}
        for model, price in prices.items():
            if self._applied.get(model) != price:
                was = self.models.price_text(model)
                self.models.apply({model: price})
                log.info(
                    "price of %s: %s, as the provider lists it (was %s)",
                    model,
                    self.models.price_text(model),
                    was,
                )
        self._applied = prices


def _read(value: str | None) -> _Known:
    """Read what is stored; nothing is known from what another version wrote and this one cannot read."""
    try:
        return msgspec.json.decode(value or '{"prices":{}}', type=_Known)
    except msgspec.DecodeError:
        return _Known(prices={})
