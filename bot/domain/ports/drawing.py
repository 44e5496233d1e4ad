"""Ports that draw: thumbnails, pairs, family trees, numbered sheets and the spending chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.domain.policy.budget import Month

THUMBNAIL_SIDE: Final = 320  # pixels
MAX_TREE_NODES: Final = 40  # with more, the tiles are too small to recognise
MAX_SHEET: Final = 14  # the most references that the model takes


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A job in a family tree of pictures. `parent` is the key of another node, None for a root.

    `title` (e.g. the job's id) and `note` (e.g. "vary") are short texts drawn under the picture. A `thumbnail`
    of None is a deleted picture, drawn as a placeholder. The node with `is_here` is highlighted.
    """

    key: str
    parent: str | None
    title: str
    note: str
    thumbnail: bytes | None
    is_here: bool


class ImageComposer(Protocol):
    """Makes pictures from pictures.

    Texts that do not fit are cut with `…`. Accents and non-Latin letters are dropped; a label that has no other
    letters is not drawn.
    """

    async def thumbnail(self, data: bytes) -> bytes:
        """Return a JPEG of at most THUMBNAIL_SIDE pixels a side and 25 kB: upright, sRGB, without metadata.

        Of a video it is a frame with a play sign, for which the extra `video` must be installed.
        Raises `PictureError` if `data` cannot be read.
        """
        ...

    async def side_by_side(
        self, before: bytes, after: bytes, *, before_label: str, after_label: str
    ) -> bytes:
        """Return a JPEG, marked as made with AI, of both pictures uncropped and equally high, with their labels.

        It is at most 1200 pixels high and 2600 wide. Raises `PictureError` if a picture cannot be read.
        """
        ...

    async def tree(self, nodes: Sequence[TreeNode]) -> bytes:
        """Return a JPEG, marked as made with AI, with generations from left to right and roots in one column.

        Takes 1 to MAX_TREE_NODES nodes with different keys. A node whose parent is not among them is a root.
        An unreadable thumbnail is drawn as a deleted picture.
        """
        ...

    async def contact_sheet(
        self, pictures: Sequence[bytes | str | None], *, chosen: int | None = None, is_ai: bool = False
    ) -> bytes:
        """Return a JPEG of small pictures, numbered from 1, in rows of at most five; `is_ai` marks it as made with AI.

        Takes 1 to MAX_SHEET pictures. `chosen` is the index, from 0, of the highlighted picture, None for none.
        A picture that is None or unreadable is drawn as a placeholder; a text stands in the place of a picture.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotWords:
    """The translated texts of the chart: about 40 characters for `title` and `nothing`, 14 for the others.

    `spent`, `forecast` and `budget` are headings of amounts; `nothing` is shown in a month without spending.
    Longer texts are cut with `…`. Accents and non-Latin letters are dropped.
    """

    title: str
    spent: str
    forecast: str
    budget: str
    nothing: str


class SpendingChart(Protocol):
    """Draws charts of spending."""

    async def month(self, month: Month, *, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
        """Return a PNG of 1200×600 pixels, under 60 kB, of each day's spending, the budget and the forecast.

        It is 350 pixels high while spending and forecast stay below a third of the budget. A budget or forecast of None
        is left out. The same input gives the same bytes.
        """
        ...
