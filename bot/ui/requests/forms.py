"""Forms that ask what to do with images, and the fields that several forms share."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.domain.jobs import MAX_COUNT, ImageRequest
from bot.domain.sizes import Aspect, Resolution
from bot.services.requests import CommandOptions, variables_album
from bot.ui.base.components import Form, number_in, one_of, prompt_field, return_input
from bot.ui.base.context import Interaction
from bot.ui.base.discord_limits import MAX_FORM_TITLE
from bot.ui.base.options import LIKE_FIRST, LIKE_FIRST_NAME, RESOLUTION_NAMES
from bot.ui.base.theme import ASPECT_NAMES, picture_count
from bot.ui.cards.text import flat
from bot.ui.requests.request import read_request, submit_or_offer


class InstructionForm(Form):
    """A form with a field for what to do. A person who is refused gets back what they typed."""

    def __init__(self, title: str, *, placeholder: str) -> None:
        """`title` is cut where it is long; `placeholder` has up to 100 characters."""
        super().__init__(flat(title, MAX_FORM_TITLE))
        self.instruction = prompt_field("instruction", placeholder=placeholder)

    async def on_submit(self, interaction: Interaction, /) -> None:
        options = await self.options(interaction)
        request = await read_request(interaction, options) if options is not None else None
        if request is None or not await self._is_taken(interaction, request):
            await return_input(interaction, self.typed())

    def typed(self) -> str:
        return self.instruction.value

    async def options(self, interaction: Interaction) -> CommandOptions | None:
        """Return the options that were filled in; None where they make no request and the person was told why."""
        raise NotImplementedError

    async def _is_taken(self, interaction: Interaction, request: ImageRequest) -> bool:
        """Submit the request; return whether its words are kept, by a card or by the question about its variables."""
        is_question = isinstance(variables_album(request), ImageRequest)
        return await submit_or_offer(interaction, request) or is_question


Select = ui.Select[Any]
Radio = ui.RadioGroup[Any]


def aspect_select(request: ImageRequest) -> Select:
    """Return a select of all shapes, with the request's chosen."""
    options = [
        discord.SelectOption(label=name, value=aspect.value, default=aspect is request.aspect)
        for aspect, name in ASPECT_NAMES.items()
    ]
    if request.references:
        like_the_first = discord.SelectOption(
            label=LIKE_FIRST_NAME, value=LIKE_FIRST, default=request.aspect is None
        )
        options.insert(0, like_the_first)
    return ui.Select(custom_id="aspect", options=options)


def chosen_aspect(select: Select, request: ImageRequest) -> Aspect | None:
    """Return the chosen shape; the request's own where nothing was chosen."""
    if not select.values:
        return request.aspect
    return None if select.values[0] == LIKE_FIRST else one_of(Aspect, select.values[0])


def resolution_choice(request: ImageRequest) -> Radio:
    return ui.RadioGroup(
        custom_id="resolution",
        options=[
            discord.RadioGroupOption(label=name, value=one.value, default=one is request.resolution)
            for one, name in RESOLUTION_NAMES.items()
        ],
    )


def chosen_resolution(choice: Radio, request: ImageRequest) -> Resolution:
    return one_of(Resolution, choice.value) if choice.value else request.resolution


def count_choice(request: ImageRequest) -> Radio:
    """Return a choice of how many images to make, of each prompt where the request had variables."""
    now = request.count // len(set(request.prompts) or {request.prompt})
    return ui.RadioGroup(
        custom_id="count",
        options=[
            discord.RadioGroupOption(label=picture_count(number), value=str(number), default=number == now)
            for number in range(1, MAX_COUNT + 1)
        ],
    )


def chosen_count(choice: Radio) -> int:
    return number_in(range(1, MAX_COUNT + 1), choice.value) if choice.value else 1
