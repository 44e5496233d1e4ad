"""The controls of the More… panel. Each knows which picture it is about."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import ui

from bot.ui.buttons import JOB, PICTURE, LastingButton
from bot.ui.i18n import _
from bot.ui.selects import LastingSelect


class PickSelect(LastingSelect, template=rf"easel:morepick:{JOB}"):
    """Which of several pictures the panel is about."""

    action = "morepick"

    def placeholder(self) -> str:
        return _("Which picture?")


class InfoButton(LastingButton, template=rf"easel:info:{PICTURE}"):
    """Everything there is to say of a picture."""

    action = "info"
    style = discord.ButtonStyle.primary

    def label(self) -> str:
        return _("Info")


class FavourButton(LastingButton, template=rf"easel:favour:{PICTURE}"):
    """Puts the picture among one's favourites."""

    action = "favour"

    def label(self) -> str:
        return _("Favourite")


class UnfavourButton(LastingButton, template=rf"easel:unfavour:{PICTURE}"):
    """Takes it away again."""

    action = "unfavour"

    def label(self) -> str:
        return _("Unfavourite")


class CompareButton(LastingButton, template=rf"easel:compare:{PICTURE}"):
    """Where something came before it."""

    action = "compare"

    def label(self) -> str:
        return _("Compare")


class ShareButton(LastingButton, template=rf"easel:share:{PICTURE}"):
    """On one's own private results."""

    action = "share"

    def label(self) -> str:
        return _("Share")


class DeleteButton(LastingButton, template=rf"easel:delete:{PICTURE}"):
    """Asks first."""

    action = "delete"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Delete")


class DeleteSurelyButton(LastingButton, template=rf"easel:deletenow:{PICTURE}"):
    """The yes to that question."""

    action = "deletenow"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Delete it")


class KeepButton(LastingButton, template=rf"easel:panelback:{PICTURE}"):
    """The no: back to the panel."""

    action = "panelback"

    def label(self) -> str:
        return _("Keep it")


MORE_BUTTONS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (
    PickSelect,
    InfoButton,
    FavourButton,
    UnfavourButton,
    CompareButton,
    ShareButton,
    DeleteButton,
    DeleteSurelyButton,
    KeepButton,
)
