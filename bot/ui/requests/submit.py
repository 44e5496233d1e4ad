"""From an interaction to a stored job and its first answer; and trying it again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, TypeVar

import discord

from bot.domain.failures import Failure
from bot.domain.followups import FollowUp, inputs_of, own_prompt
from bot.domain.jobs import ImageRequest, Job, JobState, Parent, ReplyScope, ReplyTarget
from bot.domain.policy.decision import Denied
from bot.domain.ports.stores import Accepted
from bot.errors import StoreUnavailableError
from bot.services.checks import InvalidRequest
from bot.services.library import new_draft_id
from bot.services.submissions import Submission, SubmissionOutcome, Submissions
from bot.ui.base.channels import is_age_restricted, request_context
from bot.ui.base.components import NOBODY, keep_words, send_private_card
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.discord_limits import ALREADY_ANSWERED, UNKNOWN_INTERACTION
from bot.ui.base.gone import is_opened_by_now
from bot.ui.base.i18n import _
from bot.ui.base.mentioned import words_in
from bot.ui.base.replies import CONNECTION_ERRORS, acknowledge, reply_privately
from bot.ui.cards.card import RETRY, card, shows
from bot.ui.cards.failures import failure_text
from bot.ui.cards.text import shared_and_scenes
from bot.ui.requests.refusals import (
    Refusal,
    denied_refusal,
    draft_payload,
    invalid_refusal,
    refusal_card,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
SUBMITTED_AT_ONCE: Final = 16
ANSWER_S: Final = 2.0  # Discord waits 3 s for the first answer; after this we say "thinking" first
_BEGAN: Final = "easel_began"  # key in an interaction's extras: when its work began, by the loop's clock
_THINKS: Final = "easel_thinks"  # key in its extras: whether only the person sees "thinking"


async def submit_request(
    interaction: Interaction,
    request: ImageRequest,
    *,
    retry_of: str | None = None,
    parent: Parent | None = None,
) -> bool:
    """Submit and answer with the card, or with a private refusal. Return whether a job was accepted."""
    submission = await submission_of(interaction, request, retry_of=retry_of, parent=parent)
    outcome = await _outcome_of(interaction, submission)
    match outcome:
        case InvalidRequest():
            await refuse(interaction, invalid_refusal(outcome), submission.request, parent)
            return False
        case Denied():
            await refuse(interaction, denied_refusal(outcome), submission.request, parent)
            return False
        case Accepted(known=True):
            return True
        case Accepted():
            await _show_first(interaction, services_of(interaction).submissions, outcome)
            return True


async def _outcome_of(interaction: Interaction, submission: Submission) -> SubmissionOutcome:
    """Submit in turn; and again where only a place that has gone from Discord stood in the way.

    Where more than SUBMITTED_AT_ONCE come together, the others show "thinking" at once and wait for their turn: else
    the last of a thousand would be answered too late.
    """
    services, private = services_of(interaction), submission.request.private

    async def submit_in_turn() -> SubmissionOutcome:
        if services.submitting.locked():
            await _think_once(interaction, private=private)
        async with services.submitting:
            return await services.submissions.submit(submission)

    outcome = await thinking_when_slow(interaction, submit_in_turn(), private=private)
    if isinstance(outcome, Denied):
        opening = is_opened_by_now(interaction.client, interaction.guild, outcome)
        if await thinking_when_slow(interaction, opening, private=private):
            outcome = await thinking_when_slow(interaction, submit_in_turn(), private=private)
    return outcome


async def submission_of(
    interaction: Interaction,
    request: ImageRequest,
    *,
    retry_of: str | None = None,
    parent: Parent | None = None,
) -> Submission:
    """Return the request, with names in place of mentions, together with who asks from where."""
    prompt, *prompts = await words_in(interaction, request.prompt, *request.prompts)
    return Submission(
        request=replace(request, prompt=prompt, prompts=tuple(prompts)),
        user_id=interaction.user.id,
        reply_target=reply_target_of(interaction),
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
        context=request_context(interaction),
        age_restricted=is_age_restricted(interaction),
        retry_of=retry_of,
        parent=parent,
    )


async def thinking_when_slow(interaction: Interaction, work: Coroutine[Any, Any, T], *, private: bool) -> T:
    """Return the work's result; show "thinking" when it takes too long.

    All work of one interaction shares the time that Discord gives. `private` shows "thinking" to the person alone.
    """
    task = asyncio.create_task(work, name=f"easel-submit-{interaction.id}")
    done, _ = await asyncio.wait({task}, timeout=_time_left(interaction))
    if not done:
        await _think_once(interaction, private=private)
    return await task


def _time_left(interaction: Interaction) -> float:
    now = asyncio.get_running_loop().time()
    began: float = interaction.extras.setdefault(_BEGAN, now)
    return max(0.0, began + ANSWER_S - now)


async def _think_once(interaction: Interaction, *, private: bool) -> None:
    """Show "thinking" unless there is an answer, or was to be one.

    Should Discord refuse that, the work goes on: its answer will show the same trouble.
    """
    if interaction.response.is_done() or _THINKS in interaction.extras:
        return
    interaction.extras[_THINKS] = private
    try:
        await acknowledge(interaction, thinking=True, private=private)
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("interaction %s: no deferral (%s)", interaction.id, type(error).__name__)


async def refuse(
    interaction: Interaction, refusal: Refusal, request: ImageRequest, parent: Parent | None
) -> None:
    """Refuse a request for the person's eyes only, with its prompt and, where that may help, a form to reword it.

    A press that varies a picture has no words to change. Where no other words help, a series is quoted by its form.
    """
    prompt = own_prompt(request, parent)
    if not (refusal.may_reword and prompt.strip() == request.prompt.strip()):
        await show_refusal(interaction, refusal, "" if request.is_series else prompt)
        return
    draft_id = new_draft_id()
    await show_refusal(interaction, refusal, prompt, draft_payload(draft_id, parent))
    with suppress(StoreUnavailableError):  # the button says then that the request is not kept
        await services_of(interaction).library.put_draft(interaction.user.id, as_written(request), draft_id)


def as_written(request: ImageRequest) -> ImageRequest:
    """Return a series with the text that its scenes share as its prompt and the bare scenes as its prompts.

    Any other request stays as it is, and so does a series that was put together in an older way.
    """
    series = shared_and_scenes(request)
    return request if series is None else replace(request, prompt=series[0], prompts=series[1])


async def show_refusal(
    interaction: Interaction, refusal: Refusal, prompt: str, draft: str | None = None
) -> None:
    """Show a refusal to the person alone, with the prompt unless that is empty; `draft` as `refusal_card` has it."""
    await stop_thinking(interaction)
    try:
        await send_private_card(interaction, refusal_card(refusal, prompt, draft))
        if prompt:
            keep_words(interaction)
    except (discord.HTTPException, discord.InteractionResponded, *CONNECTION_ERRORS) as error:
        log.warning("interaction %s: a refusal without its card (%s)", interaction.id, type(error).__name__)
        await reply_privately(interaction, refusal.plain)


async def reply_refusal(interaction: Interaction, text: str) -> None:
    """Refuse for the person's eyes only, also when a public "thinking" went before."""
    await stop_thinking(interaction)
    await reply_privately(interaction, text)


async def stop_thinking(interaction: Interaction) -> None:
    """Delete a "thinking", because the next answer is visible to other people."""
    if interaction.response.type is not discord.InteractionResponseType.deferred_channel_message:
        return
    try:
        await interaction.delete_original_response()
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.info('interaction %s: its "thinking" stays (%s)', interaction.id, type(error).__name__)


async def _show_first(interaction: Interaction, submissions: Submissions, accepted: Accepted) -> None:
    """Answer with the card of a stored job. The job is not lost if that fails."""
    job, view = accepted.job, card(accepted.job, standing=accepted.standing)
    card_id: int | None = None
    try:
        card_id = await _answer_surely(interaction, view, private=job.request.private)
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        code = error.code if isinstance(error, discord.HTTPException) else None
        if code == UNKNOWN_INTERACTION and await _first_answer(interaction) is None:
            log.warning("job %s: Discord no longer waits for its first answer", job.id)
            await submissions.withdraw(accepted)
            return
        if code == ALREADY_ANSWERED and await _is_answered_elsewhere(interaction, job):
            log.warning(
                "job %s: another process with this bot's token answers its commands: stop one", job.id
            )
            await submissions.withdraw(accepted, answered_elsewhere=True)
            return
        log.warning("job %s: its first answer is uncertain (%s)", job.id, type(error).__name__)
    await submissions.card_shown(accepted, card_id)


async def _answer_surely(
    interaction: Interaction, view: discord.ui.LayoutView, *, private: bool
) -> int | None:
    """Answer, and answer again if the connection failed: if Discord got the first one, it still shows one card."""
    try:
        return await _answer(interaction, view, private=private)
    except CONNECTION_ERRORS:
        return await _answer(interaction, view, private=private)


async def _first_answer(interaction: Interaction) -> discord.InteractionMessage | None:
    """Return the message that answers the interaction; None if there is none or it cannot be fetched.

    discord.py repeats an answer whose outcome was lost: one that failed in the end may have been given.
    """
    try:
        return await interaction.original_response()
    except (discord.HTTPException, discord.ClientException, *CONNECTION_ERRORS):
        return None


async def _is_answered_elsewhere(interaction: Interaction, job: Job) -> bool:
    """Return whether the answer that Discord has is not this job's card, nor our own "thinking"."""
    answer = await _first_answer(interaction)
    return answer is not None and _THINKS not in interaction.extras and not shows(answer, job)


async def _answer(interaction: Interaction, view: discord.ui.LayoutView, *, private: bool) -> int | None:
    match interaction.response.type:
        case None:
            response = await interaction.response.send_message(
                view=view, ephemeral=private, allowed_mentions=NOBODY
            )
            return response.message_id
        case discord.InteractionResponseType.deferred_channel_message if (
            interaction.extras.get(_THINKS, private) is private
        ):
            message = await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
            return message.id
        case _:  # the first answer is visible to others than the card, or stays beside it
            await stop_thinking(interaction)
            message = await interaction.followup.send(
                view=view, ephemeral=private, allowed_mentions=NOBODY, wait=True
            )
            return message.id


def reply_target_of(interaction: Interaction) -> ReplyTarget:
    """Return where to answer, and whether that is still possible once the token has expired."""
    return ReplyTarget(
        scope=_reach(interaction),
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        upload_limit_bytes=interaction.filesize_limit,
    )


def _reach(interaction: Interaction) -> ReplyScope:
    if interaction.guild_id is not None:
        return ReplyScope.NOWHERE if served_guild_of(interaction) is None else ReplyScope.GUILD
    return ReplyScope.DIRECT if interaction.context.dm_channel else ReplyScope.NOWHERE


async def submit_follow_up(interaction: Interaction, following: FollowUp) -> bool:
    """Submit what was made of a result, with today's model. Return whether it was accepted."""
    request = services_of(interaction).requests.as_of_today(following.request)
    return await submit_request(interaction, request, parent=following.parent)


@RETRY.on_press
async def on_retry(interaction: Interaction, job: Job) -> None:
    """Submit the same request as a new job, once, and for its requester only."""
    if job.user_id != interaction.user.id:
        await reply_privately(interaction, _("Only the person who requested this can try it again."))
    elif job.state not in {JobState.FAILED, JobState.REFUSED} or not _may_repeat(job.failure):
        await reply_privately(interaction, _("This can't be tried again."))
    else:
        request = services_of(interaction).requests.as_of_today(
            replace(job.request, references=inputs_of(job))
        )
        if request.video is not None and request.model != job.request.model:
            text = _(
                "This bot no longer offers the model of this video. Use `/animate` to see the price of another."
            )
            await reply_privately(interaction, text)
            return
        await submit_request(interaction, request, retry_of=job.id, parent=job.parent)


def _may_repeat(failure: Failure | None) -> bool:
    return failure is not None and failure_text(failure).may_retry
