"""/queue: a person's jobs and the whole queue, for that person alone."""

from __future__ import annotations

from typing import Any, Final

from discord import ui

from bot.domain.jobs import Job, JobState
from bot.domain.policy.decision import LimitReport
from bot.domain.ports.stores import QueueEntry, QueueView
from bot.ui.base import markdown
from bot.ui.base.access import check_job
from bot.ui.base.channels import request_context
from bot.ui.base.components import JOB_ID, Box, PersistentButton, box_of, redraw, view_of
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import left_here
from bot.ui.base.theme import SLATE, TEAL, dots, position_text, quality_text, result_count
from bot.ui.cards.failures import held_up_text
from bot.ui.requests.cancel import cancel_job

MAX_ROWS = 8  # within `MAX_COMPONENTS`, and nobody reads more
# As on a card, but the list stays a list.
DROP: Final = PersistentButton("drop", JOB_ID, _("Cancel"), check=check_job)
QUEUE_PROMPT_ROOM = 160


async def queue_card_for(interaction: Interaction) -> ui.LayoutView:
    """Return the queue as the person who asks may see it."""
    services, user_id = services_of(interaction), interaction.user.id
    queue = await services.submissions.queue(user_id)
    served = served_guild_of(interaction)
    standing = await services.moderation.member_report(user_id, served, request_context(interaction))
    return queue_card(queue, standing.limits)


def queue_card(queue: QueueView, report: LimitReport) -> ui.LayoutView:
    """Draw the queue as one person sees it, and what their limits leave them here."""
    box = box_of(TEAL if queue.mine else SLATE, f"### {_title(queue)}")
    for entry in queue.mine[:MAX_ROWS]:
        _add_entry(box, entry)
    hidden = len(queue.mine) - MAX_ROWS
    if hidden > 0:
        box.add_item(ui.TextDisplay(dots(n_("and {n} more", "and {n} more", hidden).format(n=hidden))))
    held_up = next((entry.job.held_up for entry in queue.mine if entry.job.held_up), None)
    if held_up is not None:
        box.add_item(ui.TextDisplay(held_up_text(held_up)))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(f"{dots(*_totals(queue))}\n{dots(*left_here(report))}"))
    return view_of(box)


def _title(queue: QueueView) -> str:
    if not queue.mine:
        return _("Nothing queued")
    return n_("Your job", "Your {n} jobs", len(queue.mine)).format(n=len(queue.mine))


def _add_entry(box: Box, entry: QueueEntry) -> None:
    job = entry.job
    count = result_count(job.request, job.request.count)
    facts = dots(*_where(entry), quality_text(job.request), count)
    text = ui.TextDisplay[Any](f"{markdown.quote(job.request.prompt, QUEUE_PROMPT_ROOM)}\n{facts}")
    if job.state is JobState.DELIVERING or job.kept_back:  # nothing is left to cancel
        box.add_item(text)
    else:
        box.add_item(ui.Section(text, accessory=DROP.button(job.id)))


def _where(entry: QueueEntry) -> list[str]:
    if entry.standing is not None:
        return position_text(entry.standing)[: 1 if entry.job.held_up else None]  # nobody knows until when
    if entry.job.state is not JobState.RENDERING:
        return [_("being delivered")]
    if entry.job.request.video is None:
        return [_("being painted")]
    return [_("being made"), *([_("kept off the card")] if entry.job.kept_back else [])]


def _totals(queue: QueueView) -> list[str]:
    return [
        n_("{n} job waiting", "{n} jobs waiting", queue.waiting).format(n=queue.waiting),
        n_("{n} in progress", "{n} in progress", queue.working).format(n=queue.working),
    ]


@DROP.on_press
async def on_drop(interaction: Interaction, job: Job) -> None:
    """Cancel the job and draw the queue again; a worker changes the job's card."""
    if await cancel_job(interaction, job.id, on_card=False) is not None:
        await redraw(interaction, await queue_card_for(interaction))
