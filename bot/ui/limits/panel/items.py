"""The panel's buttons and selects. All they know is in their `custom_id`: what to do, on which page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

import discord
from discord import ui

from bot.domain.limits import Scope
from bot.ui.failures import answer_error
from bot.ui.gateway import gateway_of

ACTION: Final = "panel"
_SUBJECT: Final = r"[a-z]+:(?:s|r[0-9]{1,20})(?::[0-9a-f]{16}(?:\.[0-9a-f]{16})?)?"


@dataclass(frozen=True, slots=True)
class Page:
    """The server's default, or one role."""

    role_id: int | None = None

    @property
    def scope(self) -> Scope:
        return Scope.SERVER if self.role_id is None else Scope.ROLE

    def __str__(self) -> str:
        return "s" if self.role_id is None else f"r{self.role_id}"


HOME: Final = Page()


class PanelItem(ui.DynamicItem[Any], template=rf"easel:{ACTION}:(?P<subject>{_SUBJECT})"):
    """Anything to press or choose on the panel; whatever that raises is answered."""

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


def panel_item(
    kind: Callable[..., ui.Item[Any]], what: str, page: Page, *, ids: tuple[str, ...] = (), **look: Any
) -> PanelItem:
    """A button or select that does `what`; `ids` are of the proposals it is about."""
    subject = ":".join(part for part in (what, str(page), ".".join(ids)) if part)
    return PanelItem(kind(custom_id=f"easel:{ACTION}:{subject}", **look), subject)


def read_subject(subject: str) -> tuple[str, Page, tuple[str, ...]]:
    """What to do, on which page, about which proposals."""
    what, page, *ids = subject.split(":")
    return what, Page(int(page[1:])) if page != str(HOME) else HOME, tuple(ids[0].split(".")) if ids else ()


PANEL_ITEMS: Final = (PanelItem,)
