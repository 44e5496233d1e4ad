"""The handlers of the buttons below a result: for anybody who may see it, on their own account."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import followups
from bot.domain.jobs import Job, Origin, Parent
from bot.ui.base.access import address_in, index_of
from bot.ui.base.components import chosen
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.cards.buttons import (
    EDIT,
    EDIT_ONE,
    LARGER,
    MORE,
    REGENERATE,
    REPAINT_SCENE,
    SCENES,
    USE_REVISED,
    VARY,
    VARY_ONE,
)
from bot.ui.cards.text import shared_and_scenes
from bot.ui.requests.animate import open_again
from bot.ui.requests.offers import make_offer
from bot.ui.requests.submit import submit_follow_up
from bot.ui.results.forms import EditForm, ResultForm, VaryForm, VarySeriesForm, WhichForm, take_larger
from bot.ui.results.panel import draw_result_panel


@MORE.on_press
async def on_more(interaction: Interaction, job: Job, index: int | None) -> None:
    """Open the panel, about the first picture unless one was chosen."""
    await acknowledge(interaction, thinking=True)  # its picture may have to be fetched
    await draw_result_panel(interaction, job, index_of(job, index))


@REGENERATE.on_press
async def on_regenerate(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Submit the same request with another seed; offer a video with its price first."""
    following = followups.repeat(job)
    if job.request.video is None:
        await submit_follow_up(interaction, following)
    else:
        request = services_of(interaction).requests.as_of_today(following.request)
        await make_offer(interaction, request, following.parent)


@VARY.on_press
async def on_vary(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Open a form with the request in it, if the person may change its words.

    Somebody else's attached pictures may have been shown to nobody: words such as "leave it as it is" would show them.
    """
    if job.request.references and job.user_id != interaction.user.id:
        text = _("This was made from pictures someone else attached, so only they can change its prompt.")
        helps = _("Press **Edit** to edit the result.")
        if job.request.video is not None:
            helps = _("Press **Again** for another one.")
        await reply_privately(interaction, f"{text} {helps}")
    elif job.request.video is not None:
        request = replace(job.request, references=followups.inputs_of(job))
        parent = Parent(job_id=job.id, origin=Origin.VARY)
        await open_again(interaction, request, parent, title=_("Vary this video"), needs=job.id)
    else:
        await interaction.response.send_modal(_vary_form(job))


@VARY_ONE.on_press
async def on_vary_one(interaction: Interaction, job: Job, index: int | None) -> None:
    """Submit a variation of one picture."""
    index = index_of(job, index)
    url = address_in(interaction.message, job, index)
    await submit_follow_up(interaction, followups.vary_picture(job, index, url=url))


@EDIT.on_press
@EDIT_ONE.on_press
async def on_edit(interaction: Interaction, job: Job, index: int | None) -> None:
    """Open a form that asks what to change, and in which picture where that is not clear."""
    await interaction.response.send_modal(EditForm(job, index))


@LARGER.on_press
async def on_larger(interaction: Interaction, job: Job, index: int | None) -> None:
    """Submit the picture in 4K; ask which one where that is not clear."""
    if not followups.may_enlarge(job):
        await reply_privately(interaction, _("This is already in 4K, the largest size the model makes."))
    elif index is None and len(job.pictures) > 1:
        await interaction.response.send_modal(WhichForm(job))
    else:
        await take_larger(interaction, job, index)


@USE_REVISED.on_press
async def on_revised(interaction: Interaction, job: Job, index: int | None) -> None:
    """Submit the words that the model used for one picture as the prompt."""
    following = followups.use_revised_prompt(job, index_of(job, index))
    if following is None:
        await reply_privately(interaction, _("The model used the prompt as it was. Press **Again** instead."))
    else:
        await submit_follow_up(interaction, following)


@REPAINT_SCENE.on_press
@SCENES.on_press
async def on_scene(interaction: Interaction, job: Job, index: int | None) -> None:
    """Submit one scene alone: the button's, or the one that was chosen."""
    if index is None and (choice := chosen(interaction)).isdecimal():
        index = int(choice)
    if index is None or index >= len(job.request.prompts):
        await reply_privately(interaction, _("This result doesn't have that picture."))
    else:
        await submit_follow_up(interaction, followups.repeat_scene(job, index))


def _vary_form(job: Job) -> ResultForm:
    series = shared_and_scenes(job.request)
    if series is None:
        return VaryForm(job)
    shared, scenes = series
    return VarySeriesForm(job, shared=shared, scenes=scenes)
