"""The tray's buttons and its select. All they know is in their `custom_id`: what to do, whose tray, which picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

import discord
from discord import ui

from bot.ui.failures import answer_error
from bot.ui.gateway import gateway_of

ACTION: Final = "tray"
_SUBJECT: Final = (
    r"[a-z]+:[0-9]{1,20}(?::[0-9a-f]{12})?"  # a person's id has 64 bits; a picture's name 12 digits
)


class What(StrEnum):
    """What a control of the tray does."""

    SHOW = "show"
    CHOOSE = "choose"  # a picture, to be moved or removed
    FRONT = "front"
    UP = "up"
    DOWN = "down"
    OFF = "off"
    CLEAR = "clear"  # asks
    EMPTY = "empty"  # does it
    EDIT = "edit"  # opens the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What to do with whose tray, or with one picture on it, by its name."""

    what: What
    user_id: int
    name: str | None = None

    def __str__(self) -> str:
        return ":".join(filter(None, (self.what, str(self.user_id), self.name)))


def read_subject(text: str) -> Subject | None:
    """None where there is nothing of that kind to do (any more)."""
    what, user_id, *name = text.split(":")
    if what not in set(What):
        return None
    return Subject(what=What(what), user_id=int(user_id), name=name[0] if name else None)


class TrayItem(ui.DynamicItem[Any], template=rf"easel:{ACTION}:(?P<subject>{_SUBJECT})"):
    """Anything to press or choose on the tray; whatever that raises is answered."""

    def __init__(self, item: ui.Item[Any], subject: str) -> None:
        self.subject = subject
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match["subject"])

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        try:
            await gateway_of(interaction).presses[ACTION](interaction, self.subject)
        except Exception as error:  # noqa: BLE001  # discord.py would log it and leave the person without an answer
            await answer_error(interaction, error)


def tray_item(kind: Callable[..., ui.Item[Any]], subject: Subject, **look: Any) -> TrayItem:
    """A button or select about `subject`."""
    return TrayItem(kind(custom_id=f"easel:{ACTION}:{subject}", **look), str(subject))


TRAY_ITEMS: Final = (TrayItem,)
