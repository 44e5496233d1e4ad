"""The form below the tray: what to make of all its pictures together."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.domain.jobs import MAX_PICTURES, MAX_PROMPT, ImageRequest, JobKind
from bot.domain.prompts import expand
from bot.ui.base.components import Form, return_input
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_FORM_TITLE
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately
from bot.ui.cards.text import flat
from bot.ui.requests.request import CommandOptions, RequestDefaults, read_request, request_of
from bot.ui.requests.submit import reply_refusal, thinking_when_slow
from bot.ui.requests.variables import submit_or_offer
from bot.ui.results.forms import (
    aspect_select,
    chosen_aspect,
    chosen_count,
    chosen_resolution,
    count_choice,
    resolution_choice,
)


class AskingForm(Form):
    """A form with a field for what to do. A person who is refused gets back what they typed."""

    def __init__(self, title: str, *, placeholder: str) -> None:
        """`title` is cut where it is long; `placeholder` has up to 100 characters."""
        super().__init__(flat(title, MAX_FORM_TITLE))
        self.instruction: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.long,
            custom_id="instruction",
            placeholder=placeholder,
            max_length=MAX_PROMPT,
        )

    async def on_submit(self, interaction: Interaction, /) -> None:
        said = await self.said(interaction)
        request = await read_request(interaction, said) if said is not None else None
        if request is None or not await self._is_taken(interaction, request):
            await return_input(interaction, self.typed())

    def typed(self) -> str:
        return self.instruction.value

    async def said(self, interaction: Interaction) -> CommandOptions | None:
        """What was filled in; None, and they were told why, where nothing can come of it."""
        raise NotImplementedError

    async def _is_taken(self, interaction: Interaction, request: ImageRequest) -> bool:
        """A question about the variables in a prompt holds the words as well as a card does."""
        expansion = expand(request.prompt)
        is_question = expansion is not None and expansion.total * request.count <= MAX_PICTURES
        return await submit_or_offer(interaction, request) or is_question


class TrayForm(AskingForm):
    """Filled in with `usual`, what is asked for where nothing is changed; it has references."""

    def __init__(self, usual: ImageRequest) -> None:
        super().__init__(
            _("Edit with your references"), placeholder=_("Put the cat of image 1 into the room of image 2")
        )
        self.usual = usual
        self.aspect, self.resolution = aspect_select(usual), resolution_choice(usual)
        self.count = count_choice(usual)
        self.put(_("What to make of them"), self.instruction)
        self.put(_("Shape"), self.aspect)
        self.put(_("Size"), self.resolution)
        self.put(_("How many pictures"), self.count)

    async def said(self, interaction: Interaction) -> CommandOptions | None:
        """With the tray as it is now."""
        reading = services_of(interaction).library.tray_references(interaction.user.id)
        references = await thinking_when_slow(interaction, reading, private=True)
        if not references:
            await reply_refusal(interaction, empty_text())
            return None
        aspect = chosen_aspect(self.aspect, self.usual)
        return CommandOptions(
            kind=JobKind.EDIT,
            prompt=self.instruction.value,
            references=references,
            aspect=aspect,
            is_like_first=aspect is None,
            resolution=chosen_resolution(self.resolution, self.usual),
            count=chosen_count(self.count),
        )


async def open_form(interaction: Interaction) -> None:
    """Two look-ups come before it, and nothing that takes long: Discord takes a form as the first answer only."""
    gateway, user_id = services_of(interaction), interaction.user.id
    references = await gateway.library.tray_references(user_id)
    if not references:
        await reply_privately(interaction, empty_text())
        return
    request_defaults = RequestDefaults(defaults=await gateway.library.defaults(user_id))
    said = CommandOptions(kind=JobKind.EDIT, prompt="", references=references)
    await interaction.response.send_modal(TrayForm(request_of(said, request_defaults, model=gateway.model)))


def empty_text() -> str:
    """Said to who has collected nothing, or nothing any more."""
    return _("Your tray is empty. Add pictures to it, then ask again: `/tray show` says how.")
