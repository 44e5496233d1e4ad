"""Reword: a request that was refused or failed, in a form to change and send again."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain.followups import inputs_of
from bot.domain.jobs import ImageRequest, Job, Parent
from bot.domain.prompts import expand
from bot.ui.base.components import Form, return_input
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately
from bot.ui.cards.card import REWORD, may_reword
from bot.ui.requests.animate import open_again
from bot.ui.requests.forms import RequestFields
from bot.ui.requests.offers import seen_parent
from bot.ui.requests.refusals import REWORD_DRAFT, parse_draft_payload
from bot.ui.requests.request import submit_or_offer
from bot.ui.requests.series import reword_series
from bot.ui.requests.submit import as_written

TITLE: Final = _("Reword and try again")


class RewordForm(Form):
    """The form of a request that was refused or failed, filled in with it. Its references go along."""

    def __init__(self, request: ImageRequest, parent: Parent | None) -> None:
        super().__init__(TITLE)
        self.request, self.parent = request, parent
        self.fields = RequestFields(self, request, request.prompt)

    async def on_submit(self, interaction: Interaction, /) -> None:
        changed = self.fields.read()
        request = replace(
            self.request,
            prompt=changed.prompt,
            prompts=(),
            aspect=changed.aspect,
            resolution=changed.resolution,
            count=changed.count,
            enhance=self.request.enhance
            and expand(changed.prompt) is None,  # several prompts are not rewritten
        )
        request = services_of(interaction).requests.as_changed(request)
        if not await submit_or_offer(interaction, request, parent=self.parent):
            await return_input(interaction, self.typed())

    def typed(self) -> str:
        return self.fields.prompt.value


@REWORD.on_press
async def on_reword(interaction: Interaction, job: Job) -> None:
    """Open a form filled in with a failed job, for its requester only."""
    if job.user_id != interaction.user.id:
        await reply_privately(interaction, _("Only the person who requested this can reword it."))
    elif not may_reword(job):
        await reply_privately(interaction, _("This can't be reworded. Use the command again."))
    else:
        request = replace(job.request, references=inputs_of(job))
        await _open_form(interaction, as_written(request), job.parent)


@REWORD_DRAFT.on_press
async def on_reword_draft(interaction: Interaction, payload: str) -> None:
    """Open a form filled in with a refused request, for the person who was refused."""
    draft_id, named = parse_draft_payload(payload)
    request = await services_of(interaction).library.find_draft(draft_id, interaction.user.id)
    if request is None:
        text = _("Easel no longer has this request; it keeps one for 15 minutes. Use the command again.")
        await reply_privately(interaction, text)
        return
    await _open_form(interaction, request, await seen_parent(interaction, named))


async def _open_form(interaction: Interaction, request: ImageRequest, parent: Parent | None) -> None:
    """Open the form filled in with `request`, a series as `as_written` has it."""
    if request.video is not None:
        await open_again(interaction, request, parent, title=TITLE)
        return
    form = reword_series(request, parent) if request.is_series else RewordForm(request, parent)
    await interaction.response.send_modal(form)
