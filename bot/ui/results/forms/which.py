"""4K, where there are several pictures: which one."""

from __future__ import annotations

from bot.domain.iterating import enlarge
from bot.domain.jobs import Job
from bot.ui.gateway import Interaction
from bot.ui.i18n import _
from bot.ui.results.choices import chosen_index, which_select
from bot.ui.results.forms.form import ResultForm
from bot.ui.results.taking import take_next
from bot.ui.seeing import address_in, index_of


class WhichForm(ResultForm):
    """Nothing is typed here."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id, _("In 4K"))
        self.which = which_select(job)
        self.put(_("Which picture"), self.which, _("It is painted once more after itself, in finer detail."))

    async def ask(self, interaction: Interaction, job: Job) -> bool:
        """One of its pictures."""
        return await take_larger(interaction, job, chosen_index(self.which))


async def take_larger(interaction: Interaction, job: Job, index: int | None) -> bool:
    """The picture in 4K; whether that was accepted."""
    index = index_of(job, index)
    url = address_in(interaction.message, job, index)
    return await take_next(interaction, enlarge(job, index, url=url))
