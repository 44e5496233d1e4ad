"""Vary: the wish of a result as a form, to be changed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

import discord
from discord import ui

from bot.domain.iterating import vary
from bot.domain.jobs import MAX_PROMPT, Job, Wish
from bot.domain.variables import expand
from bot.ui.drafts import take_or_ask
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.results.choices import (
    aspect_select,
    chosen_aspect,
    chosen_count,
    chosen_resolution,
    count_choice,
    resolution_choice,
)
from bot.ui.results.forms.form import ResultForm
from bot.ui.results.taking import as_of_today

_BRACE: Final = re.compile("[{}]")


class VaryForm(ResultForm):
    """Filled in with what was asked for."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id, _("Vary this result"))
        wish = job.wish
        self.prompt: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.long,
            custom_id="prompt",
            default=_to_be_changed(wish)[:MAX_PROMPT],
            max_length=MAX_PROMPT,
        )
        self.aspect, self.resolution, self.count = (
            aspect_select(wish),
            resolution_choice(wish),
            count_choice(wish),
        )
        self.put(_("What to paint"), self.prompt)
        self.put(_("Shape"), self.aspect)
        self.put(_("Size"), self.resolution)
        self.put(_("How many pictures"), self.count)

    async def ask(self, interaction: Interaction, job: Job) -> bool:
        """With the same references, and another seed."""
        changed = vary(
            job,
            prompt=self.typed(),
            aspect=chosen_aspect(self.aspect, job.wish),
            resolution=chosen_resolution(self.resolution, job.wish),
            count=chosen_count(self.count),
        )
        wish = as_of_today(gateway_of(interaction), changed.wish)
        if expand(wish.prompt) is not None:
            wish = replace(wish, enhance=False)  # several prompts are not rewritten
        return await take_or_ask(interaction, wish, parent=changed.parent)

    def typed(self) -> str:
        return self.prompt.value


def _to_be_changed(wish: Wish) -> str:
    """The prompt as it would be typed: what looks like variables in it and was none stays none."""
    is_text = not wish.prompts and expand(wish.prompt) is not None
    return _BRACE.sub(r"\\\g<0>", wish.prompt) if is_text else wish.prompt
