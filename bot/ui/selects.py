"""Selects that outlive the process, as `bot.ui.buttons` are: what was chosen comes with the interaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.ui.failures import answer_error
from bot.ui.gateway import Interaction, gateway_of

MAX_OPTIONS: Final = 25  # Discord
MAX_OPTION_TEXT: Final = 100  # Discord: an option's label, and its description


class LastingSelect(ui.DynamicItem[ui.Select[Any]], template=r"easel:[a-z]+:(?P<id>[0-9a-z.]+)"):
    """One is chosen of `options`, at most `MAX_OPTIONS`; what that does is the client's to know."""

    action = ""

    def __init__(self, subject_id: str, options: Sequence[discord.SelectOption] = ()) -> None:
        self.subject_id = subject_id
        super().__init__(
            ui.Select(
                custom_id=f"easel:{self.action}:{subject_id}",
                placeholder=self.placeholder(),
                options=list(options),
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        try:
            await gateway_of(interaction).presses[self.action](interaction, self.subject_id)
        except Exception as error:  # noqa: BLE001  # discord.py would log it and leave the person without an answer
            await answer_error(interaction, error)

    def placeholder(self) -> str:
        raise NotImplementedError


def chosen(interaction: Interaction) -> str:
    """The one that was chosen, as Discord sent it; empty where nothing came."""
    data: Mapping[str, Any] = interaction.data or {}
    return next((str(one) for one in data.get("values", [])), "")
