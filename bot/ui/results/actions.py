"""What the buttons below a result do, for anybody who may see it, on their own account."""

from __future__ import annotations

from bot.domain import followups
from bot.domain.jobs import Job
from bot.ui.base.access import index_of, parse_payload, seen_result
from bot.ui.base.components import chosen
from bot.ui.base.context import Interaction
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately
from bot.ui.cards.buttons import AGAIN, EDIT, LARGER, MORE, REVISED, SCENE, SCENES, VARY
from bot.ui.cards.text import shared_and_scenes
from bot.ui.requests.submit import submit_follow_up
from bot.ui.results.forms import EditForm, ResultForm, VaryForm, VarySeriesForm, WhichForm, take_larger
from bot.ui.results.panel import draw_result_panel


@MORE.on_press
async def on_more(interaction: Interaction, payload: str) -> None:
    """Open the panel, about the first picture unless one was chosen."""
    job_id, index = parse_payload(payload)
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.defer(ephemeral=True, thinking=True)  # its picture may have to be fetched
        await draw_result_panel(interaction, job, index_of(job, index))


@AGAIN.on_press
async def on_again(interaction: Interaction, job_id: str) -> None:
    """Submit the same request with another seed."""
    job = await seen_result(interaction, job_id)
    if job is not None:
        await submit_follow_up(interaction, followups.repeat(job))


@VARY.on_press
async def on_vary(interaction: Interaction, job_id: str) -> None:
    """Open a form with the request in it. What somebody attached may have been shown to nobody: other words, such as
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


@EDIT.on_press
async def on_edit(interaction: Interaction, payload: str) -> None:
    """Open a form about one picture, or about which one as well."""
    job_id, index = parse_payload(payload)
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.send_modal(EditForm(job, index))


@LARGER.on_press
async def on_larger(interaction: Interaction, payload: str) -> None:
    """Submit the picture in 4K; ask which one where that is not clear."""
    job_id, index = parse_payload(payload)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if not followups.may_enlarge(job):
        await reply_privately(interaction, _("This is in 4K already: the model makes nothing larger."))
    elif index is None and len(job.pictures) > 1:
        await interaction.response.send_modal(WhichForm(job))
    else:
        await take_larger(interaction, job, index)


@REVISED.on_press
async def on_revised(interaction: Interaction, payload: str) -> None:
    """Submit the words that the model used for one picture as the prompt."""
    job_id, index = parse_payload(payload)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    following = followups.use_revised_prompt(job, index_of(job, index))
    if following is None:
        await reply_privately(
            interaction, _("The model used the words it was asked with. Press **Again** instead.")
        )
    else:
        await submit_follow_up(interaction, following)


@SCENE.on_press
@SCENES.on_press
async def on_scene(interaction: Interaction, payload: str) -> None:
    """Submit one scene alone: the button's, or the one that was chosen."""
    job_id, index = parse_payload(payload)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    if index is None and (choice := chosen(interaction)).isdecimal():
        index = int(choice)
    if index is None or index >= len(job.request.prompts):
        await reply_privately(interaction, _("There is no such picture in this result."))
    else:
        await submit_follow_up(interaction, followups.repeat_scene(job, index))


def _vary_form(job: Job) -> ResultForm:
    series = shared_and_scenes(job)
    if series is None:
        return VaryForm(job)
    shared, scenes = series
    return VarySeriesForm(job, shared=shared, scenes=scenes)
