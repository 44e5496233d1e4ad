"""Edit: what to change about a result, and more pictures to do it with."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import ui

from bot.domain.iterating import edit
from bot.domain.jobs import MAX_PROMPT, Job
from bot.domain.pictures import MAX_REFERENCES
from bot.domain.references import option_name
from bot.ui.gateway import Interaction
from bot.ui.i18n import _
from bot.ui.intake import reference_of
from bot.ui.results.choices import chosen_index, which_select
from bot.ui.results.forms.form import ResultForm
from bot.ui.results.taking import take_next
from bot.ui.seeing import address_in, index_of

MAX_UPLOADS: Final = 10  # Discord: files of one upload
MAX_MORE: Final = min(MAX_UPLOADS, MAX_REFERENCES - 1)  # the result is one of them


class EditForm(ResultForm):
    """`index` is the picture's; where it is None and there are several, the form asks which."""

    def __init__(self, job: Job, index: int | None) -> None:
        super().__init__(job.id, _("Edit this picture"))
        self.index = index
        self.which: ui.Select[Any] | None = None
        if index is None and len(job.pictures) > 1:
            self.which = which_select(job)
            self.put(_("Which picture"), self.which)
        self.instruction: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.long,
            custom_id="instruction",
            placeholder=_("Make it night, and put image 2 on the table"),
            max_length=MAX_PROMPT,
        )
        self.put(_("What to change"), self.instruction)
        self.more: ui.FileUpload[Any] = ui.FileUpload(
            custom_id="pictures", required=False, min_values=0, max_values=MAX_MORE
        )
        hint = _("The result is image 1; these are image 2 and so on, in their order.")
        self.put(_("More pictures"), self.more, hint)

    async def ask(self, interaction: Interaction, job: Job) -> bool:
        """With the result as the first reference."""
        index = index_of(job, self.index if self.which is None else chosen_index(self.which))
        more = tuple(
            reference_of(option_name(number), file) for number, file in enumerate(self.more.values, start=2)
        )
        url = address_in(interaction.message, job, index)
        return await take_next(interaction, edit(job, index, prompt=self.typed(), more=more, url=url))

    def typed(self) -> str:
        return self.instruction.value
