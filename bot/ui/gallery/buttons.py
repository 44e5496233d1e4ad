"""The buttons and selects of galleries. They work as long as the jobs are on record."""

from __future__ import annotations

from typing import Any, Final

from discord import ui

from bot.ui.buttons import JOB, LastingButton
from bot.ui.gallery.paging import PAGE, QUERY
from bot.ui.i18n import _
from bot.ui.selects import LastingSelect

HERE: Final = "here"  # opens in place of the message it is on
BESIDE: Final = "beside"  # opens as another message


class _NamedButton(LastingButton, template=r"easel:[a-z]+:(?P<id>.+)"):
    """One that is called differently from case to case."""

    def __init__(self, subject_id: str, name: str = "") -> None:
        self.name = name
        super().__init__(subject_id)

    def label(self) -> str:
        return self.name or "…"  # made anew from its custom_id, it is not shown


class PastButton(_NamedButton, template=rf"easel:past:{QUERY}"):
    """Another page of a history."""

    action = "past"


class FavouritesButton(_NamedButton, template=rf"easel:starred:{PAGE}"):
    """Another page of one's favourites."""

    action = "starred"


class StepButton(_NamedButton, template=rf"easel:step:{JOB}"):
    """To the result this one was made of, or that was made of it: in place."""

    action = "step"


class TreeButton(LastingButton, template=rf"easel:tree:{JOB}"):
    """The whole family as a picture."""

    action = "tree"

    def label(self) -> str:
        return _("Show tree")


class OpenSelect(LastingSelect, template=rf"easel:open:(?P<id>{HERE}|{BESIDE})"):
    """Opens the result that is chosen."""

    action = "open"

    def placeholder(self) -> str:
        return _("What was made of it…") if self.subject_id == HERE else _("Open…")


class UnstarSelect(LastingSelect, template=rf"easel:unstar:{PAGE}"):
    """Below one's favourites: takes one of them away."""

    action = "unstar"

    def placeholder(self) -> str:
        return _("Take out of your favourites…")


GALLERY_BUTTONS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (
    PastButton,
    FavouritesButton,
    StepButton,
    TreeButton,
    OpenSelect,
    UnstarSelect,
)
