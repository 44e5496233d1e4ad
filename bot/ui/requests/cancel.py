"""Cancel: at once, or after a question where a video is being made that will be paid for all the same."""

from __future__ import annotations

import logging
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import Job
from bot.domain.ports.stores import CancelOutcome
from bot.errors import ShowLaterError, TooLargeError, UnreachableError
from bot.ui.base.access import check_job
from bot.ui.base.components import (
    JOB_ID,
    PersistentButton,
    box_of,
    redraw,
    row_of,
    send_private_card,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import AMBER, SLATE, dots
from bot.ui.base.units import cents
from bot.ui.cards.card import CANCEL, card
from bot.ui.cards.delivery import DiscordCardPresenter

log = logging.getLogger(__name__)
KEEP_BACK: Final = PersistentButton(
    "keepback", JOB_ID, _("Cancel anyway"), style=discord.ButtonStyle.danger, check=check_job
)


@CANCEL.on_press
async def on_cancel(interaction: Interaction, job: Job) -> None:
    """Cancel the job, for its requester only, and show that on its card at once."""
    cancelled = await cancel_job(interaction, job.id, on_card=True)
    if cancelled is not None:
        await redraw(interaction, card(cancelled))
        await services_of(interaction).submissions.cancellation_shown(cancelled)


@KEEP_BACK.on_press
async def on_keep_back(interaction: Interaction, job: Job) -> None:
    """Keep the video off its card, for its requester only, and say on both how to see it."""
    await acknowledge(interaction)
    kept = await cancel_job(interaction, job.id, on_card=False, keep_back=True)
    if kept is None:
        return
    await redraw(interaction, _answered_card(kept))
    if kept.kept_back:  # else a worker shows the end
        await _show(interaction, kept)


async def cancel_job(
    interaction: Interaction, job_id: str, *, on_card: bool, keep_back: bool = False
) -> Job | None:
    """Return the job that is cancelled or kept back; None when it is neither, and the person was told or asked.

    `on_card` says that the caller shows the end on the job's card itself, `keep_back` that the person was asked.
    """
    submissions = services_of(interaction).submissions
    cancelled = await submissions.cancel(
        job_id, user_id=interaction.user.id, on_card=on_card, keep_back=keep_back
    )
    match cancelled.outcome:
        case CancelOutcome.CANCELLED | CancelOutcome.KEPT_BACK:
            return cancelled.job
        case CancelOutcome.UNKNOWN:
            await reply_privately(interaction, _("Easel no longer has this job."))
        case CancelOutcome.NOT_YOURS:
            await reply_privately(interaction, _("Only the person who requested this can cancel it."))
        case CancelOutcome.WILL_COST if cancelled.job is not None:
            await send_private_card(interaction, _question(interaction, cancelled.job))
        case CancelOutcome.TOO_LATE | CancelOutcome.WILL_COST:
            await reply_privately(interaction, _("This is already finished, so it can't be cancelled."))
    return None


def _question(interaction: Interaction, job: Job) -> ui.LayoutView:
    model = services_of(interaction).submissions.videos.get(job.request.model)
    text = _("The provider is already making this video, so it will be paid for and counts.")
    if model is not None and job.request.video is not None:
        price = cents(model.price_of(job.request.video))
        text = _("The provider is already making this video, so it will cost about {amount} and counts.")
        text = text.format(amount=price)
    helps = _(
        "If you cancel, it stays off the card, and only you can watch it with {command} once it's ready."
    )
    helps = helps.format(command=f"`/show {job.id}`")
    box = box_of(AMBER, f"### {_('Cancel this video?')}\n{text} {helps}")
    box.add_item(row_of(KEEP_BACK.button(job.id)))
    return view_of(box)


def _answered_card(job: Job) -> ui.LayoutView:
    if not job.kept_back:
        return view_of(box_of(SLATE, f"### {_('Cancelled')}"))
    text = _("Once it's ready, you can watch this video with {command}.").format(command=f"`/show {job.id}`")
    return view_of(
        box_of(SLATE, f"### {_('Kept off the card')}\n{text}", dots(_("It counts toward limits.")))
    )


async def _show(interaction: Interaction, job: Job) -> None:
    """Show on the job's card that it is kept back; where that fails, the card says so once the video is ready."""
    presenter = DiscordCardPresenter(interaction.client, services_of(interaction).history.clock)
    try:
        await presenter.show(job, ())
    except (ShowLaterError, TooLargeError, UnreachableError) as error:
        log.info("job %s: its card does not say yet that it is kept back: %s", job.id, error)
