"""What happens when somebody presses a button of a result: anybody who sees it may, on their own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.domain import iterating
from bot.domain.jobs import Job
from bot.ui.failures import whisper
from bot.ui.gateway import Interaction, Press
from bot.ui.i18n import _
from bot.ui.results.forms.edit import EditForm
from bot.ui.results.forms.form import ResultForm
from bot.ui.results.forms.series import VarySeriesForm
from bot.ui.results.forms.vary import VaryForm
from bot.ui.results.forms.which import WhichForm, take_larger
from bot.ui.results.taking import take_next
from bot.ui.results.words import shared_and_scenes
from bot.ui.seeing import index_of, seen_result
from bot.ui.selects import chosen
from bot.ui.subjects import parts_of


async def press_anew(interaction: Interaction, job_id: str) -> None:
    """The same with another seed, as often as one likes."""
    job = await seen_result(interaction, job_id)
    if job is not None:
        await take_next(interaction, iterating.again(job))


async def press_vary(interaction: Interaction, job_id: str) -> None:
    """A form with the wish in it. What somebody attached may have been shown to nobody: other words, such as
    "leave it as it is", would show it to whoever asks."""
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if job.wish.references and job.user_id != interaction.user.id:
        text = _(
            "This was made from pictures that somebody else attached, so its words are theirs to change. Press "
            "**Edit** to go on from the result."
        )
        await whisper(interaction, text)
        return
    await interaction.response.send_modal(_vary_form(job))


async def press_edit(interaction: Interaction, subject: str) -> None:
    """A form about one picture, or about which one as well."""
    job_id, index = parts_of(subject)
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.send_modal(EditForm(job, index))


async def press_larger(interaction: Interaction, subject: str) -> None:
    """At once, where it is clear which picture is meant."""
    job_id, index = parts_of(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if not iterating.may_enlarge(job):
        await whisper(interaction, _("This is in 4K already: the model makes nothing larger."))
    elif index is None and len(job.pictures) > 1:
        await interaction.response.send_modal(WhichForm(job))
    else:
        await take_larger(interaction, job, index)


async def press_revised(interaction: Interaction, subject: str) -> None:
    """The words that the model used for one picture, as the prompt."""
    job_id, index = parts_of(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    following = iterating.revised(job, index_of(job, index))
    if following is None:
        await whisper(interaction, _("The model used the words it was asked with. Press **Again** instead."))
    else:
        await take_next(interaction, following)


async def press_scene(interaction: Interaction, subject: str) -> None:
    """One picture of those that have words of their own, alone: the button's, or the one that was chosen."""
    job_id, index = parts_of(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if index is None and (choice := chosen(interaction)).isdecimal():
        index = int(choice)
    if index is None or index >= len(job.wish.prompts):
        await whisper(interaction, _("There is no such picture in this result."))
    else:
        await take_next(interaction, iterating.scene(job, index))


def _vary_form(job: Job) -> ResultForm:
    series = shared_and_scenes(job)
    if series is None:
        return VaryForm(job)
    shared, scenes = series
    return VarySeriesForm(job, shared=shared, scenes=scenes)


RESULT_PRESSES: Final[Mapping[str, Press]] = {
    "anew": press_anew,
    "vary": press_vary,
    "edit": press_edit,
    "larger": press_larger,
    "revised": press_revised,
    "scene": press_scene,
}
