"""Pictures made from pictures: small ones, pairs, family trees and numbered sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.domain.policy.budget import Month

THUMBNAIL_SIDE: Final = 320  # pixels
MAX_TREE_NODES: Final = 40  # more would be too small to see anything
MAX_SHEET: Final = 14  # as many as the model takes


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A job in a family tree of pictures. `parent` is the key of another node, None for a root.

    `title` (say, the job's id) and `note` (say, "vary") are short and stand under the picture. A `thumbnail`
    of None is a picture that is gone, drawn as a quiet placeholder. `is_here` is the one that is highlighted.
    """

    key: str
    parent: str | None
    title: str
    note: str
    thumbnail: bytes | None
    is_here: bool


class ImageComposer(Protocol):
    """Makes pictures from pictures. Words are cut with `…` where they do not fit; accents are dropped, and so
    are letters that are not Latin: of a label without any other, nothing is drawn."""

    async def thumbnail(self, data: bytes) -> bytes:
        """A JPEG of at most THUMBNAIL_SIDE pixels a side and 25 kB: upright, sRGB, without metadata.

        Raises `PictureError`.
        """
        ...

    async def side_by_side(
        self, before: bytes, after: bytes, *, before_label: str, after_label: str
    ) -> bytes:
        """A JPEG marked as made with AI: both pictures whole and equally high, each with its label.

        At most 1200 pixels high and 2600 wide. Raises `PictureError`.
        """
        ...

    async def tree(self, nodes: Sequence[TreeNode]) -> bytes:
        """A JPEG marked as made with AI: generations from left to right, the roots below each other.

        At least one node and at most MAX_TREE_NODES, each with a key of its own; a parent that is not among
        them counts as none. A thumbnail that cannot be read is drawn as one that is gone.
        """
        ...

    async def contact_sheet(self, pictures: Sequence[bytes | None], *, chosen: int | None = None) -> bytes:
        """A JPEG of small pictures with their numbers, from 1, in rows of at most five; unmarked.

        From 1 to MAX_SHEET. `chosen` is the index, from 0, of one that is highlighted. One that is None, or cannot
        be read, is drawn as one that is gone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotWords:
    """Every word in the picture, translated and short: about 40 characters for `title` and `nothing`, 14 else.

    `spent`, `forecast` and `budget` stand over an amount; `nothing` says that nothing was spent so far.
    Longer ones are cut with `…`. Accents are dropped, and so are letters that are not Latin.
    """

    title: str
    spent: str
    forecast: str
    budget: str
    nothing: str


class SpendingChart(Protocol):
    """Draws spending."""

    async def month(self, month: Month, *, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
        """A PNG of 1200×600 pixels, under 60 kB: spending day by day, the budget and the forecast, if any.

        The same input gives the same bytes.
        """
        ...
