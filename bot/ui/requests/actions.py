"""The buttons on the card of a request: cancel it, or try it again."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.followups import inputs_of
from bot.domain.jobs import Failure, Job, JobState
from bot.domain.ports.stores import CancelOutcome
from bot.ui.base.components import redraw
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately
from bot.ui.cards.card import CANCEL, RETRY, card
from bot.ui.cards.failures import failure_text
from bot.ui.requests.submit import submit_request


@CANCEL.on_press
async def on_cancel(interaction: Interaction, job: Job) -> None:
    """Cancel the job, for its requester only, and show that on its card at once."""
    cancelled = await cancel_job(interaction, job.id, on_card=True)
    if cancelled is not None:
        await redraw(interaction, card(cancelled))
        await services_of(interaction).submissions.cancellation_shown(cancelled)


async def cancel_job(interaction: Interaction, job_id: str, *, on_card: bool) -> Job | None:
    """Return the cancelled job; None when it was not cancelled and the person was told why.

    `on_card` says that the caller shows the end on the job's card itself.
    """
    submissions = services_of(interaction).submissions
    cancelled = await submissions.cancel(job_id, user_id=interaction.user.id, on_card=on_card)
    match cancelled.outcome:
        case CancelOutcome.CANCELLED:
            return cancelled.job
        case CancelOutcome.UNKNOWN:
            await reply_privately(interaction, _("This job is not on record any more."))
        case CancelOutcome.NOT_YOURS:
            await reply_privately(interaction, _("Only the person who asked for this can cancel it."))
        case CancelOutcome.TOO_LATE:
            await reply_privately(interaction, _("This is over already: there is nothing left to cancel."))
    return None


@RETRY.on_press
async def on_retry(interaction: Interaction, job: Job) -> None:
    """Submit the same request as a new job, once, and for its requester only."""
    if job.user_id != interaction.user.id:
        await reply_privately(interaction, _("Only the person who asked for this can try it again."))
    elif job.state not in {JobState.FAILED, JobState.REFUSED} or not _may_repeat(job.failure):
        await reply_privately(interaction, _("This cannot be tried again."))
    else:
        request = services_of(interaction).requests.as_of_today(
            replace(job.request, references=inputs_of(job))
        )
        await submit_request(interaction, request, retry_of=job.id, parent=job.parent)


def _may_repeat(failure: Failure | None) -> bool:
    return failure is not None and failure_text(failure).may_retry
