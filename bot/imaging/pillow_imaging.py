"""The ports `Imaging`, `SpendingChart` and `ImageComposer` on Pillow, in their own thread pool."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Self

from bot.domain.pictures import MAX_CLEAN_SIDE, CleanPicture, Mark, PackedPicture
from bot.domain.policy.budget import Month
from bot.domain.ports.drawing import PlotWords, TreeNode
from bot.domain.provenance import Signer
from bot.domain.provider import InputPicture
from bot.domain.video_files import VideoFiles
from bot.formats import header as headers
from bot.formats.mp4 import is_video
from bot.imaging.chart import PEAK_BYTES, draw_month
from bot.imaging.pack import pack, pack_cost_bytes, shrink
from bot.imaging.pair import Side, pair_cost_bytes, side_by_side
from bot.imaging.pixels import clean, copy_cost_bytes, decode_cost_bytes
from bot.imaging.pool import Pool
from bot.imaging.sheet import draw_sheet, plan_sheet
from bot.imaging.tile import Source, source_of, thumbnail, with_play_sign
from bot.imaging.tree import draw_tree, plan_tree
from bot.imaging.video import EncodedVideoFiles

DEFAULT_WORKERS = 2
DEFAULT_BUDGET_BYTES = 512 * 1024 * 1024


class PillowImaging:
    """Implements `Imaging`, `SpendingChart` and `ImageComposer` of `bot.domain`. Close it after its users stopped.

    `memory_budget_bytes` limits the estimated peak memory of all work that runs at once. A picture that needs
    more than the whole budget (a WebP of 36 MP needs about 720 MB) runs alone. `videos` takes the frames that stand for
    videos in thumbnails and comparisons. With a `signer`, every packed result is signed.
    """

    def __init__(
        self,
        *,
        workers: int = DEFAULT_WORKERS,
        memory_budget_bytes: int = DEFAULT_BUDGET_BYTES,
        videos: VideoFiles | None = None,
        signer: Signer | None = None,
    ) -> None:
        self.videos = videos or EncodedVideoFiles(signer=signer)
        self._signer = signer
        self._pool = Pool(workers=workers, budget_bytes=memory_budget_bytes)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Refuse new work, wait for the accepted work, and end the threads."""
        await self._pool.close()

    async def clean(self, data: bytes, *, max_side: int = MAX_CLEAN_SIDE) -> CleanPicture:
        """Clean an attachment, see `Imaging.clean`. Pixels are decoded only after the header was accepted."""
        header = await self._pool.run(partial(headers.read_reference, data), cost_bytes=0)
        work = partial(clean, data, header, max_side=max_side)
        return await self._pool.run(work, cost_bytes=decode_cost_bytes(header, data))

    async def shrink(self, picture: InputPicture, *, max_bytes: int) -> InputPicture:
        """Re-encode a clean reference, see `Imaging.shrink`."""
        header = await self._pool.run(partial(headers.read_result, picture.data), cost_bytes=0)
        work = partial(shrink, picture.data, header, max_bytes=max_bytes)
        return await self._pool.run(work, cost_bytes=copy_cost_bytes(header, picture.data))

    async def pack(self, data: bytes, *, mark: Mark, max_bytes: int) -> PackedPicture:
        """Package a result, see `Imaging.pack`. Raises `PictureError`, also TOO_MANY_BYTES for a limit under 20 kB."""
        if is_video(data):
            video = await self.videos.pack(data, mark=mark, max_bytes=max_bytes)
            return PackedPicture(
                data=video.data,
                mime=video.mime,
                extension=video.extension,
                size=video.size,
                fitted=video.fitted,
            )
        header = await self._pool.run(partial(headers.read_result, data), cost_bytes=0)
        work = partial(pack, data, header, mark=mark, max_bytes=max_bytes, signer=self._signer)
        room = max_bytes - (self._signer.room_bytes if self._signer else 0)
        return await self._pool.run(work, cost_bytes=pack_cost_bytes(data, header, room))

    async def month(self, month: Month, *, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
        work = partial(draw_month, month, forecast_micro_usd, words)
        return await self._pool.run(work, cost_bytes=PEAK_BYTES)

    async def thumbnail(self, data: bytes) -> bytes:
        source = await self._source(data)
        return await self._pool.run(partial(thumbnail, source), cost_bytes=source.cost_bytes)

    async def side_by_side(
        self, before: bytes, after: bytes, *, before_label: str, after_label: str
    ) -> bytes:
        first = Side(source=await self._source(before), label=before_label)
        second = Side(source=await self._source(after), label=after_label)
        work = partial(side_by_side, first, second)
        return await self._pool.run(work, cost_bytes=pair_cost_bytes(first, second))

    async def tree(self, nodes: Sequence[TreeNode]) -> bytes:
        """Draw `ImageComposer.tree`. Raises `ValueError` for no node, or for more than MAX_TREE_NODES."""
        plan = await self._pool.run(partial(plan_tree, tuple(nodes)), cost_bytes=0)
        return await self._pool.run(partial(draw_tree, plan), cost_bytes=plan.cost_bytes)

    async def contact_sheet(
        self, pictures: Sequence[bytes | str | None], *, chosen: int | None = None, is_ai: bool = False
    ) -> bytes:
        """Draw `ImageComposer.contact_sheet`. Raises `ValueError` for no picture, or for more than MAX_SHEET."""
        plan = await self._pool.run(partial(plan_sheet, tuple(pictures), chosen), cost_bytes=0)
        return await self._pool.run(partial(draw_sheet, plan, is_ai=is_ai), cost_bytes=plan.cost_bytes)

    async def _source(self, data: bytes) -> Source:
        """Return the source of a picture, or of a frame of a video with a play sign. Raises `PictureError`."""
        if is_video(data):
            picture = await self.videos.frame(data)
            frame = await self._pool.run(partial(source_of, picture), cost_bytes=0)
            data = await self._pool.run(partial(with_play_sign, frame), cost_bytes=frame.cost_bytes)
        return await self._pool.run(partial(source_of, data), cost_bytes=0)
