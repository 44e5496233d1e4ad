"""Offers: a video, or a prompt that stands for several, is asked about first, with its price."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import MAX_PICTURES, ImageRequest, Parent
from bot.domain.policy.decision import Denied
from bot.domain.references import MAX_FRAMES
from bot.domain.video import VideoSettings
from bot.services.checks import InvalidRequest
from bot.services.requests import Offer
from bot.ui.base import markdown
from bot.ui.base.access import check_nothing, may_see
from bot.ui.base.components import (
    PersistentButton,
    box_of,
    inline,
    lines,
    redraw,
    row_of,
    send_private_card,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.gone import is_opened_by_now
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import left_here
from bot.ui.base.replies import CONNECTION_ERRORS, acknowledge, reply_privately
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots, picture_count, result_count, usual_wait_text
from bot.ui.base.units import about_usd, cents, stamp
from bot.ui.requests.refusals import (
    DRAFT,
    Refusal,
    denied_refusal,
    draft_payload,
    invalid_refusal,
    parse_draft_payload,
)
from bot.ui.requests.submit import (
    refuse,
    stop_thinking,
    submission_of,
    submit_request,
    thinking_when_slow,
)

log = logging.getLogger(__name__)
OFFER_QUOTE_ROOM: Final = 700  # with 8 lines of LINE_ROOM, each character escaped, it fits a message
LINE_ROOM: Final = 170
_NAME_ROOM: Final = 60  # of a picture
MAX_EXACT_PROMPTS: Final = 1_000  # beyond that the exact number says nothing

PAINT: Final = PersistentButton("draft", DRAFT, style=discord.ButtonStyle.primary, check=check_nothing)
NOT_NOW: Final = PersistentButton("undraft", DRAFT, _("Not now"), check=check_nothing)


def offer_card(offer: Offer, *, is_public: bool = False, unused: int = 0) -> ui.LayoutView:
    """Draw the question: what is made, at which price, the rest of the limits, and two answers.

    One that `is_public` keeps the limits to itself: they are the person's own. `unused` pictures are left out.
    """
    request, payload = offer.request, draft_payload(offer.draft_id, offer.parent)
    title = _("This makes {results}").format(results=result_count(request, request.count))
    left = [] if is_public else left_here(offer.report, of_videos=request.video is not None)
    if request.video is None:
        until = _("Nothing is painted until you confirm. This offer expires at {when}.")
        cost = _("about {amount}").format(amount=about_usd(offer.price_micro_usd))
        what, facts = _list(request.prompts), dots(cost, request.resolution.value, *left)
        confirm = _("Paint {pictures}").format(pictures=picture_count(request.count))
    else:
        until = _("Nothing is made until you press Animate. This offer expires at {when}.")
        what = lines(_described(request, request.video), _left_out(unused))
        facts = dots(*left) if left else None
        confirm = _("Animate · about {amount}").format(amount=cents(offer.price_micro_usd))
    end = dots(until.format(when=stamp(offer.until, "t")))
    box = box_of(AMBER, _headed(title, request), what, lines(facts, end))
    box.add_item(row_of(PAINT.button(payload, confirm), NOT_NOW.button(payload)))
    return view_of(box)


def _described(request: ImageRequest, video: VideoSettings) -> str:
    """Say in a sentence how long a video is and which pictures it goes by, and how long it takes to make."""
    names = [inline(one.filename, _NAME_ROOM) or f"`{one.name}`" for one in request.references]
    match names:
        case []:
            text = _("{n} seconds in {quality}, from your words alone.")
        case [_first]:
            text = _("{n} seconds in {quality}, starting with **{names[0]}**.")
        case _:
            text = _("{n} seconds in {quality}, from **{names[0]}** to **{names[1]}**.")
    wait = usual_wait_text(video)
    text = text.format(n=video.seconds, quality=video.quality.value, names=names)
    return f"{text} {wait[:1].upper()}{wait[1:]}."


def _left_out(unused: int) -> str | None:
    text = _("Easel uses the first {most} pictures and leaves out {n} more.")
    return text.format(most=MAX_FRAMES, n=unused) if unused else None


def _list(prompts: Sequence[str]) -> str:
    """List each prompt once, with its number of pictures where that is more than one."""
    each = len(prompts) // len(set(prompts))
    rows = (
        f"{number}. {inline(prompt, LINE_ROOM)}" for number, prompt in enumerate(dict.fromkeys(prompts), 1)
    )
    twice = _("{n} pictures of each:").format(n=each) if each > 1 else ""
    return "\n".join(filter(None, (twice, *rows)))


def confirmed_card(request: ImageRequest) -> ui.LayoutView:
    """Draw the question once it was answered with yes; the card that follows says whether it is accepted."""
    title = _("Requested {results}").format(results=result_count(request, request.count))
    return view_of(box_of(TEAL, _headed(title, request)))


def declined_card(request: ImageRequest) -> ui.LayoutView:
    """Draw the question once it was answered with no, with the prompt to change and send again."""
    title = _("Nothing was painted") if request.video is None else _("No video was made")
    return view_of(box_of(SLATE, _headed(title, request)))


def _headed(title: str, request: ImageRequest) -> str:
    return f"### {title}\n{markdown.quote(request.prompt, OFFER_QUOTE_ROOM)}"


def expired_text() -> str:
    """Say that a question was answered already, has expired, or is for another person."""
    return _(
        "You've already answered this, or it's older than 15 minutes or meant for someone else. Use the command again."
    )


def too_many_refusal(prompts: int, count: int) -> Refusal:
    """Say why no such album can be made, with its figures and what helps."""
    if prompts > MAX_EXACT_PROMPTS:
        text = _("The variables in this prompt make more than {n} prompts.").format(
            n=f"{MAX_EXACT_PROMPTS:,}"
        )
    elif count == 1:
        text = _("The variables in this prompt make {n} prompts, a picture each.").format(n=f"{prompts:,}")
    else:
        text = _(
            "The variables in this prompt make {n} prompts. With {count} pictures of each, that's {all}."
        )
        text = text.format(n=f"{prompts:,}", count=count, all=f"{prompts * count:,}")
    most = _("One command makes at most {n}.").format(n=MAX_PICTURES)
    helps = _("Remove some options from the braces.")
    if count > 1 and prompts <= MAX_PICTURES:
        helps = _("Lower `count`, or remove some options from the braces.")
    return Refusal(title=_("Too many pictures at once"), text=f"{text} {most} {helps}")


async def make_offer(interaction: Interaction, request: ImageRequest, parent: Parent | None) -> bool:
    """Ask before it is submitted. Return False where it would be refused now, and the person was told."""
    requests = services_of(interaction).requests
    submission = await submission_of(interaction, request, parent=parent)
    outcome = await thinking_when_slow(interaction, requests.offer(submission), private=True)
    if isinstance(outcome, Denied):
        opening = is_opened_by_now(interaction.client, interaction.guild, outcome)
        if await thinking_when_slow(interaction, opening, private=True):
            outcome = await thinking_when_slow(interaction, requests.offer(submission), private=True)
    match outcome:
        case InvalidRequest():
            await refuse(interaction, invalid_refusal(outcome), submission.request, parent)
        case Denied():
            await refuse(interaction, denied_refusal(outcome), submission.request, parent)
        case Offer():
            await stop_thinking(interaction)
            await send_private_card(interaction, offer_card(outcome))
            return True
    return False


@PAINT.on_press
async def on_paint(interaction: Interaction, payload: str) -> None:
    """Submit a draft, once, for the person it was offered to."""
    await acknowledge(interaction)
    draft_id, named = parse_draft_payload(payload)
    parent = await seen_parent(interaction, named)
    request = await services_of(interaction).library.take_draft(draft_id, interaction.user.id)
    if request is None:
        await reply_privately(interaction, expired_text())
        return
    today = services_of(interaction).submissions
    of_then, request = request, services_of(interaction).requests.as_of_today(request)
    if request.model != of_then.model and request.model in {*today.models, *today.videos}:
        await _renew(interaction, request, parent)
        await reply_privately(
            interaction, _("This bot's models have changed. Check the price, then press again.")
        )
        return
    # Before the request is submitted: where it gets no card of its own, its card replaces this message.
    await _draw_answered(interaction, confirmed_card(request))
    if not await submit_request(interaction, request, parent=parent):  # it may be accepted later
        await _renew(interaction, request, parent)


async def _renew(interaction: Interaction, request: ImageRequest, parent: Parent | None) -> None:
    """Draw the question once more, with today's price; its end where no model is on offer any more."""
    submissions = services_of(interaction).submissions
    if request.model not in {*submissions.models, *submissions.videos}:
        await redraw(interaction, declined_card(request))
        return
    submission = await submission_of(interaction, request, parent=parent)
    offer = await services_of(interaction).requests.renew_offer(submission)
    await redraw(interaction, offer_card(offer, is_public=_is_public(interaction)))


def _is_public(interaction: Interaction) -> bool:
    """Return whether others see the message that was pressed, as they do the answer to a mention in a server."""
    message = interaction.message
    return interaction.guild_id is not None and message is not None and not message.flags.ephemeral


async def seen_parent(interaction: Interaction, parent: Parent | None) -> Parent | None:
    """Return the parent only if the person may see it: a custom_id proves nothing."""
    if parent is None:
        return None
    job = await services_of(interaction).history.job(parent.job_id)
    return parent if job is not None and may_see(interaction, job) else None


async def _draw_answered(interaction: Interaction, view: ui.LayoutView) -> None:
    """Draw the answered question without buttons; go on where Discord does not take that."""
    try:
        await redraw(interaction, view)
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("interaction %s: its question stays (%s)", interaction.id, type(error).__name__)


@NOT_NOW.on_press
async def on_not_now(interaction: Interaction, payload: str) -> None:
    """Drop a draft, for the person it was offered to."""
    await acknowledge(interaction)
    draft_id, _parent = parse_draft_payload(payload)
    request = await services_of(interaction).library.take_draft(draft_id, interaction.user.id)
    if request is None:
        await reply_privately(interaction, expired_text())
    else:
        await redraw(interaction, declined_card(request))
