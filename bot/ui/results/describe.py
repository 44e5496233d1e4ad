"""Describe: a chat model's prompts for a picture, each with a button that paints it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import discord
from discord import ui

from bot.domain.circuit import failure_of
from bot.domain.content.safety import safety_concern
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.followups import result_of
from bot.domain.jobs import ImageRequest, Job, JobKind
from bot.domain.pictures import PictureError
from bot.domain.policy.decision import Denied
from bot.domain.ports.stores import NotBegun
from bot.domain.provider import (
    BadKeyError,
    Charge,
    GarbageAnswerError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
)
from bot.domain.references import Reference
from bot.domain.rewriting import MAX_DESCRIBED_A_DAY, MAX_DESCRIPTIONS
from bot.domain.sizes import Resolution, nearest_aspect
from bot.errors import StoreUnavailableError
from bot.services.describing import Description
from bot.services.library import PROMPTS_LIFE, new_draft_id
from bot.services.requests import CommandOptions
from bot.services.submissions import Submission
from bot.ui.base import markdown
from bot.ui.base.access import address_in, check_nothing, check_picture, index_of
from bot.ui.base.channels import is_age_restricted, was_for_adults
from bot.ui.base.components import PICTURE, MemoryFile, PersistentButton, box_of, complete_deferred, view_of
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.gone import is_opened_by_now
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import CONNECTION_ERRORS, acknowledge, reply_privately
from bot.ui.base.theme import TEAL, dots
from bot.ui.base.units import stamp
from bot.ui.cards.failures import DENIED_TITLES, TITLES, failure_text, picture_failure_text
from bot.ui.requests.refusals import Refusal, denied_refusal, invalid_refusal, refusal_card
from bot.ui.requests.submit import show_refusal, submission_of, submit_request, thinking_when_slow

log = logging.getLogger(__name__)
PICTURE_FILE: Final = "described.jpg"
_CHARGED: Final = dots(_("The provider may have charged for this, so it counts toward budgets."))
_QUOTE_ROOM: Final = 850  # four of them, and less than 600 characters around them, fit a message
DESCRIBE: Final = PersistentButton("describe", PICTURE, _("Describe"), check=check_picture)
_PAINT: Final = PersistentButton(
    "paint", rf"[0-9a-f]{{16}}\.[0-{MAX_DESCRIPTIONS - 1}]", _("Paint"), check=check_nothing
)


@DESCRIBE.on_press
async def on_describe(interaction: Interaction, job: Job, index: int | None) -> None:
    """Describe one picture of a result."""
    index = index_of(job, index)
    url = address_in(interaction.message, job, index)
    await describe(interaction, result_of(job, index, url=url), job=job)


@_PAINT.on_press
async def on_paint_description(interaction: Interaction, payload: str) -> None:
    """Submit one of the prompts, for the person who had the picture described; each press paints it."""
    draft_id, _dot, number = payload.partition(".")
    finding = services_of(interaction).library.find_draft(draft_id, interaction.user.id)
    request = await thinking_when_slow(interaction, finding, private=True)
    if request is None or int(number) >= len(request.prompts):
        text = _("Easel no longer has this prompt; it keeps one for an hour. Copy it to `/imagine`.")
        await reply_privately(interaction, text)
    else:
        one = replace(request, prompt=request.prompts[int(number)], prompts=(), count=1)
        await submit_request(interaction, services_of(interaction).requests.as_of_today(one))


async def describe(interaction: Interaction, reference: Reference, *, job: Job | None = None) -> None:
    """Have the picture described for the person alone. `job` is the result that it is a picture of, if it is one."""
    describing = services_of(interaction).describing
    submission = await _submission(interaction, reference)
    refusal = await _refusal(interaction, submission, job)
    if refusal is not None:
        await show_refusal(interaction, refusal, "")
        return
    outcome = await thinking_when_slow(interaction, describing.begin(submission), private=True)
    if isinstance(outcome, Denied):
        opening = is_opened_by_now(interaction.client, interaction.guild, outcome)
        if await thinking_when_slow(interaction, opening, private=True):
            outcome = await thinking_when_slow(interaction, describing.begin(submission), private=True)
    match outcome:
        case Denied():
            await show_refusal(interaction, denied_refusal(outcome), "")
        case NotBegun(is_known=True):
            pass  # the same command, sent again: its first is being answered
        case NotBegun():
            await show_refusal(interaction, _not_begun(outcome), "")
        case _:
            try:
                description = await describing.finish(outcome, acknowledge=partial(_acknowledge, interaction))
            except (PictureError, ProviderError) as error:
                await complete_deferred(interaction, refusal_card(_failure(error), ""))
            else:
                await _show(interaction, description, reference, is_private=bool(job and job.request.private))


async def _submission(interaction: Interaction, reference: Reference) -> Submission:
    request = ImageRequest(
        kind=JobKind.IMAGINE,
        prompt="describe",  # nobody reads it; a request has one
        model=services_of(interaction).requests.model,
        aspect=None,
        resolution=Resolution.TWO_K,
        count=1,
        references=(reference,),
    )
    return await submission_of(interaction, request)


async def _refusal(interaction: Interaction, submission: Submission, job: Job | None) -> Refusal | None:
    """Return why the picture is not described, by checks that cost nothing; None where they allow it."""
    services = services_of(interaction)
    if not services.describing.is_on:
        text = _("This bot's operator has turned describing pictures off.")
        return Refusal(title=DENIED_TITLES[FailureKind.CHECK], text=text)
    if job is not None and not is_age_restricted(interaction):
        words, number = job.request.all_words, len(job.request.references)
        looking = was_for_adults(interaction.client, job.reply_target)
        if (
            await thinking_when_slow(interaction, looking, private=True)
            or await asyncio.to_thread(safety_concern, words, references=number) is not None
        ):
            text = _("This picture is from an age-restricted channel or shows adult content.")
            helps = _("Use Describe in an age-restricted channel.")
            return Refusal(title=DENIED_TITLES[FailureKind.CHECK], text=f"{text} {helps}")
    invalid = await services.submissions.check(submission, is_painted=False)
    return None if invalid is None else invalid_refusal(invalid)


async def _acknowledge(interaction: Interaction) -> None:
    if not interaction.response.is_done():
        await acknowledge(interaction, thinking=True)


def _not_begun(no: NotBegun) -> Refusal:
    """Return the refusal where the provider has trouble, or the person had enough pictures described."""
    if no.trouble is not None:
        words = failure_text(failure_of(no.trouble))
        return Refusal(title=words.title, text=f"{words.why} {words.next_step}")
    if no.opens_at is None:
        raise ValueError("a description that is not begun, without a reason")
    text = _("You've had {n} pictures described in 24 hours. You can describe another {when}.")
    text = text.format(n=MAX_DESCRIBED_A_DAY, when=stamp(no.opens_at))
    return Refusal(title=DENIED_TITLES[FailureKind.BUSY], text=text)


def _failure(error: PictureError | ProviderError) -> Refusal:
    """Return what went wrong with the picture or the call, and whether it may have cost anything."""
    title, text = _words(error)
    if isinstance(error, PictureError) or error.charge is Charge.FREE:
        return Refusal(title=title, text=text)
    return Refusal(title=title, text=text, end=_CHARGED)


def _words(error: PictureError | ProviderError) -> tuple[str, str]:
    match error:
        case PictureError():
            return TITLES[FailureKind.CHECK], " ".join(picture_failure_text(error.problem, None))
        case RefusedError():
            text = _("It won't describe this picture. Try another one.")
            return TITLES[FailureKind.REFUSED], text
        case OutOfCreditError():
            failure = Failure(kind=FailureKind.CREDIT, code=FailureCode.OUT_OF_CREDIT)
        case BadKeyError():
            failure = Failure(kind=FailureKind.FAULT, code=FailureCode.BAD_KEY)
        case SlowDownError():
            failure = Failure(kind=FailureKind.BUSY, code=FailureCode.SLOW_DOWN)
        case GarbageAnswerError():
            text = _("The model's answer had no prompt Easel can use. Try again, or try another picture.")
            return TITLES[FailureKind.FAULT], text
        case OutcomeUnknownError():
            return TITLES[FailureKind.FAULT], _("The model's answer got lost on the way. Try again.")
        case _:
            text = _("Easel couldn't reach the model that describes pictures. Try again in a moment.")
            return TITLES[FailureKind.FAULT], text
    words = failure_text(failure)
    return words.title, f"{words.why} {words.next_step}"


async def _show(
    interaction: Interaction, description: Description, reference: Reference, *, is_private: bool
) -> None:
    """Show the prompts, and keep them for their buttons: what is painted is hidden as the picture was."""
    if not description.prompts:
        title = DENIED_TITLES[FailureKind.CHECK]
        text = _("The model's prompts for this picture aren't allowed here.")
        await _answer(interaction, refusal_card(Refusal(title=title, text=text, end=_CHARGED), ""))
        return
    services, draft_id = services_of(interaction), new_draft_id()
    options = CommandOptions(
        kind=JobKind.IMAGINE,
        prompt="\n\n".join(description.prompts),
        aspect=nearest_aspect(description.picture.size.ratio),
        count=len(description.prompts),
        private=True if is_private else None,
        spoiler=True if reference.is_spoiler else None,
        enhance=False,
    )
    with suppress(StoreUnavailableError):  # the buttons say then that the prompts are not kept
        request = await services.requests.build(
            options, user_id=interaction.user.id, guild_id=served_guild_of(interaction)
        )
        if request is not None:  # as always without a preset
            draft = replace(request, prompts=description.prompts)
            await services.library.put_draft(interaction.user.id, draft, draft_id, life=PROMPTS_LIFE)
    file = MemoryFile(description.picture.data, PICTURE_FILE)
    await _answer(interaction, described_view(description, draft_id, is_spoiler=reference.is_spoiler), [file])


async def _answer(interaction: Interaction, view: ui.LayoutView, files: Sequence[discord.File] = ()) -> None:
    """Show what was paid for; should Discord refuse that, do not say that nothing was counted."""
    try:
        await complete_deferred(interaction, view, files)
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("interaction %s: no description is shown (%s)", interaction.id, type(error).__name__)
        await reply_privately(
            interaction, _("Discord didn't show Easel's answer. Try again.") + "\n" + _CHARGED
        )


def described_view(description: Description, draft_id: str, *, is_spoiler: bool) -> ui.LayoutView:
    """Draw the picture, and each prompt with its button."""
    number = len(description.prompts)
    title = n_("A prompt for this picture", "{n} prompts for this picture", number).format(n=number)
    note = dots(_("written by a chat model"), _("**Paint** works for an hour"))
    alt = _("The picture that is described")
    thumbnail = ui.Thumbnail[Any](f"attachment://{PICTURE_FILE}", description=alt, spoiler=is_spoiler)
    box = box_of(TEAL)
    box.add_item(ui.Section(f"### {title}\n{note}", accessory=thumbnail))
    for index, prompt in enumerate(description.prompts):
        quoted = ui.TextDisplay[Any](markdown.quote(prompt, _QUOTE_ROOM))
        box.add_item(ui.Section(quoted, accessory=_PAINT.button(f"{draft_id}.{index}")))
    return view_of(box)
