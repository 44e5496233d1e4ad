"""What happens when somebody presses a button of a result: anybody who sees it may, on their own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.domain import followups
from bot.domain.jobs import Job
from bot.ui.base.access import index_of, parse_payload, seen_result
from bot.ui.base.components import chosen
from bot.ui.base.context import Interaction, Press, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately
from bot.ui.cards.text import shared_and_scenes
from bot.ui.requests.submit import submit_follow_up
from bot.ui.results.compare import press_compare
from bot.ui.results.delete import press_delete, press_delete_now
from bot.ui.results.forms import EditForm, ResultForm, VaryForm, VarySeriesForm, WhichForm, take_larger
from bot.ui.results.info import press_info
from bot.ui.results.panel import draw_result_panel
from bot.ui.results.share import press_share


async def press_favour(interaction: Interaction, subject: str) -> None:
    """Anybody who may see it; the panel says so from now on."""
    await _favour(interaction, subject, is_on=True)


async def press_unfavour(interaction: Interaction, subject: str) -> None:
    await _favour(interaction, subject, is_on=False)


async def _favour(interaction: Interaction, subject: str, *, is_on: bool) -> None:
    job_id, index = parse_payload(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    await interaction.response.defer()
    index = index_of(job, index)
    await services_of(interaction).history.favour(interaction.user.id, job.id, index, is_on=is_on)
    await draw_result_panel(interaction, job, index)


async def press_more(interaction: Interaction, subject: str) -> None:
    """The panel, about the first picture unless one was chosen."""
    job_id, index = parse_payload(subject)
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.defer(ephemeral=True, thinking=True)  # its picture may have to be fetched
        await draw_result_panel(interaction, job, index_of(job, index))


async def press_pick(interaction: Interaction, job_id: str) -> None:
    """The panel about another picture."""
    choice = chosen(interaction)
    await _redraw(interaction, job_id, int(choice) if choice.isdecimal() else None)


async def press_back(interaction: Interaction, subject: str) -> None:
    """The panel again, after a question."""
    await _redraw(interaction, *parse_payload(subject))


async def _redraw(interaction: Interaction, job_id: str, index: int | None) -> None:
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.defer()
        await draw_result_panel(interaction, job, index_of(job, index))


MORE_PRESSES: Final[Mapping[str, Press]] = {
    "more": press_more,
    "morepick": press_pick,
    "panelback": press_back,
    "info": press_info,
    "favour": press_favour,
    "unfavour": press_unfavour,
    "compare": press_compare,
    "share": press_share,
    "delete": press_delete,
    "deletenow": press_delete_now,
}


async def press_anew(interaction: Interaction, job_id: str) -> None:
    """The same with another seed, as often as one likes."""
    job = await seen_result(interaction, job_id)
    if job is not None:
        await submit_follow_up(interaction, followups.again(job))


async def press_vary(interaction: Interaction, job_id: str) -> None:
    """A form with the request in it. What somebody attached may have been shown to nobody: other words, such as
    "leave it as it is", would show it to whoever asks."""
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if job.request.references and job.user_id != interaction.user.id:
        text = _(
            "This was made from pictures that somebody else attached, so its words are theirs to change. Press "
            "**Edit** to go on from the result."
        )
        await reply_privately(interaction, text)
        return
    await interaction.response.send_modal(_vary_form(job))


async def press_edit(interaction: Interaction, subject: str) -> None:
    """A form about one picture, or about which one as well."""
    job_id, index = parse_payload(subject)
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.send_modal(EditForm(job, index))


async def press_larger(interaction: Interaction, subject: str) -> None:
    """At once, where it is clear which picture is meant."""
    job_id, index = parse_payload(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if not followups.may_enlarge(job):
        await reply_privately(interaction, _("This is in 4K already: the model makes nothing larger."))
    elif index is None and len(job.pictures) > 1:
        await interaction.response.send_modal(WhichForm(job))
    else:
        await take_larger(interaction, job, index)


async def press_revised(interaction: Interaction, subject: str) -> None:
    """The words that the model used for one picture, as the prompt."""
    job_id, index = parse_payload(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    following = followups.revised(job, index_of(job, index))
    if following is None:
        await reply_privately(
            interaction, _("The model used the words it was asked with. Press **Again** instead.")
        )
    else:
        await submit_follow_up(interaction, following)


async def press_scene(interaction: Interaction, subject: str) -> None:
    """One picture of those that have words of their own, alone: the button's, or the one that was chosen."""
    job_id, index = parse_payload(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if index is None and (choice := chosen(interaction)).isdecimal():
        index = int(choice)
    if index is None or index >= len(job.request.prompts):
        await reply_privately(interaction, _("There is no such picture in this result."))
    else:
        await submit_follow_up(interaction, followups.scene(job, index))


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
