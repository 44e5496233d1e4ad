"""The ports `Imaging` and `Plotter` on Pillow: everything that touches bytes happens in the studio's own threads."""

from __future__ import annotations

from functools import partial
from types import TracebackType
from typing import Self

from bot.domain.limits.money import Month
from bot.domain.pictures import CleanPicture, Mark, PackedPicture
from bot.domain.ports.plotter import PlotWords
from bot.imaging import header as headers
from bot.imaging.clean import clean
from bot.imaging.pack import pack, pack_cost_bytes, read_result
from bot.imaging.pixels import decode_cost_bytes
from bot.imaging.plot import PEAK_BYTES, draw_month
from bot.imaging.pool import Pool

DEFAULT_WORKERS = 2
DEFAULT_BUDGET_BYTES = 512 * 1024 * 1024


class Studio:
    """Implements `bot.domain.pictures.Imaging` and `bot.domain.ports.plotter.Plotter`. Close it when its users ended.

    `memory_budget_bytes` bounds the estimated peak of all pictures being decoded at once. A picture that
    alone is over it (a WebP of 36 MP needs about 720 MB) still runs, with nothing beside it.
    """

    def __init__(
        self, *, workers: int = DEFAULT_WORKERS, memory_budget_bytes: int = DEFAULT_BUDGET_BYTES
    ) -> None:
        self._pool = Pool(workers=workers, budget_bytes=memory_budget_bytes)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for the work accepted so far and end the threads; nothing new is taken."""
        await self._pool.close()

    async def clean(self, data: bytes) -> CleanPicture:
        """See `Imaging.clean`. The header decides what is refused; pixels are decoded only after that."""
        header = await self._pool.run(partial(headers.read_reference, data), cost_bytes=0)
        work = partial(clean, data, header)
        return await self._pool.run(work, cost_bytes=decode_cost_bytes(header, data))

    async def pack(self, data: bytes, *, mark: Mark, max_bytes: int) -> PackedPicture:
        """See `Imaging.pack`. Raises `PictureError`: also TOO_MANY_BYTES for a limit under 20 kB."""
        header = await self._pool.run(partial(read_result, data), cost_bytes=0)
        work = partial(pack, data, header, mark=mark, max_bytes=max_bytes)
        return await self._pool.run(work, cost_bytes=pack_cost_bytes(data, header, max_bytes))

    async def month(self, month: Month, *, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
        """See `Plotter.month`."""
        work = partial(draw_month, month, forecast_micro_usd, words)
        return await self._pool.run(work, cost_bytes=PEAK_BYTES)
