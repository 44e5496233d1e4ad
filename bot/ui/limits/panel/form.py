"""A form to fill in: up to five texts, and what happens with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.ui.failures import answer_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One text. `name` has up to 45 characters, `hint` up to 100; `now` is what stands there already."""

    name: str
    hint: str
    now: str = ""
    placeholder: str = ""
    max_length: int
    is_long: bool = False


TIMEOUT_S: Final = 3600.0  # a form that was closed unsent is forgotten
Then = Callable[[discord.Interaction[Any], list[str]], Awaitable[None]]


class Form(ui.Modal):
    """`then` gets the texts in the order of the fields. None has to be filled in."""

    def __init__(self, title: str, fields: Sequence[Field], then: Then) -> None:
        super().__init__(title=title, timeout=TIMEOUT_S)
        self._then = then
        self._inputs: list[ui.TextInput[Any]] = [_input(field) for field in fields]
        for field, text in zip(fields, self._inputs, strict=True):
            self.add_item(ui.Label(text=field.name, description=field.hint, component=text))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        await self._then(interaction, [text.value for text in self._inputs])

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        await answer_error(interaction, error)


def _input(field: Field) -> ui.TextInput[Any]:
    return ui.TextInput(
        default=field.now[: field.max_length] or None,
        placeholder=field.placeholder or None,
        required=False,
        max_length=field.max_length,
        style=discord.TextStyle.long if field.is_long else discord.TextStyle.short,
    )
