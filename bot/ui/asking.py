"""Forms that ask what to make of pictures, and take the answer as an edit."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import ui

from bot.domain.jobs import MAX_PICTURES, MAX_PROMPT, Wish
from bot.domain.variables import expand
from bot.ui.drafts import take_or_ask
from bot.ui.failures import answer_error
from bot.ui.gateway import Interaction
from bot.ui.results.returned import give_back
from bot.ui.results.words import flat
from bot.ui.wishing import Said, wish_for

TIMEOUT_S: Final = 3600.0  # a form that was closed unsent is forgotten
MAX_TITLE: Final = 45  # Discord
MAX_UPLOADS: Final = 10  # Discord: files of one upload


class AskingForm(ui.Modal):
    """Has a field for what to do. Whoever is refused gets back what they typed; whatever it raises is answered."""

    def __init__(self, title: str, *, placeholder: str) -> None:
        """`title` is cut where it is long; `placeholder` has up to 100 characters."""
        super().__init__(title=flat(title, MAX_TITLE), timeout=TIMEOUT_S)
        self.instruction: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.long,
            custom_id="instruction",
            placeholder=placeholder,
            max_length=MAX_PROMPT,
        )

    def put(self, text: str, component: ui.Item[Any], hint: str | None = None) -> None:
        """A component with its label: 45 characters, and 100 of `hint`."""
        self.add_item(ui.Label(text=text, component=component, description=hint))

    async def on_submit(self, interaction: Interaction, /) -> None:
        said = await self.said(interaction)
        wish = await wish_for(interaction, said) if said is not None else None
        if wish is None or not await self._is_taken(interaction, wish):
            await give_back(interaction, self.instruction.value)

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:
        await answer_error(interaction, error)
        await give_back(interaction, self.instruction.value)

    async def said(self, interaction: Interaction) -> Said | None:
        """What was filled in; None, and they were told why, where nothing can come of it."""
        raise NotImplementedError

    async def _is_taken(self, interaction: Interaction, wish: Wish) -> bool:
        """A question about the variables in a prompt holds the words as well as a card does."""
        expansion = expand(wish.prompt)
        is_question = expansion is not None and expansion.total * wish.count <= MAX_PICTURES
        return await take_or_ask(interaction, wish) or is_question
