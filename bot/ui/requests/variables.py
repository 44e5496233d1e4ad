"""Prompts with variables: a question with their number and price comes before anything is painted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import MAX_PICTURES, ImageRequest, Parent
from bot.domain.policy.decision import Denied
from bot.services.requests import VariablesOffer
from bot.services.submissions import InvalidRequest
from bot.ui.base import markdown
from bot.ui.base.access import check_nothing, may_see
from bot.ui.base.components import PersistentButton, box_of, inline, redraw, row_of, say, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.gone import is_opened_by_now
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import left_here
from bot.ui.base.replies import CONNECTION_ERRORS, reply_privately
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots, picture_count
from bot.ui.base.units import about_usd, stamp
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
MAX_EXACT_PROMPTS: Final = 1_000  # beyond that the exact number says nothing

PAINT: Final = PersistentButton("draft", DRAFT, style=discord.ButtonStyle.primary, check=check_nothing)
NOT_NOW: Final = PersistentButton("undraft", DRAFT, _("Not now"), check=check_nothing)


def offer_card(offer: VariablesOffer) -> ui.LayoutView:
    """Draw the question: the prompts, number and price of the images, the rest of the limits, and two answers."""
    request, payload = offer.request, draft_payload(offer.draft_id, offer.parent)
    title = n_("This makes {n} picture", "This makes {n} pictures", request.count).format(n=request.count)
    cost = _("about {amount}").format(amount=about_usd(offer.price_micro_usd))
    facts = dots(cost, request.resolution.value, *left_here(offer.report))
    until = dots(_("Nothing is painted until you confirm. This offer expires at {when}."))
    box = box_of(
        AMBER,
        _headed(title, request),
        _list(request.prompts),
        f"{facts}\n{until.format(when=stamp(offer.until, 't'))}",
    )
    paint = _("Paint {pictures}").format(pictures=picture_count(request.count))
    box.add_item(row_of(PAINT.button(payload, paint), NOT_NOW.button(payload)))
    return view_of(box)


def _list(prompts: Sequence[str]) -> str:
    """List each prompt once, with its number of pictures where that is more than one."""
    each = len(prompts) // len(set(prompts))
    rows = (
        f"{number}. {inline(prompt, LINE_ROOM)}" for number, prompt in enumerate(dict.fromkeys(prompts), 1)
    )
    twice = _("{n} pictures of each:").format(n=each) if each > 1 else ""
    return "\n".join(filter(None, (twice, *rows)))


def confirmed_card(request: ImageRequest) -> ui.LayoutView:
    """Draw the question once it was answered with yes; the card that follows tells whether it is accepted."""
    title = _("Requested {pictures}").format(pictures=picture_count(request.count))
    return view_of(box_of(TEAL, _headed(title, request)))


def declined_card(request: ImageRequest) -> ui.LayoutView:
    """Draw the question once it was answered with no, with the prompt to change and send again."""
    title = _("Nothing was painted")
    return view_of(box_of(SLATE, _headed(title, request)))


def _headed(title: str, request: ImageRequest) -> str:
    return f"### {title}\n{markdown.quote(request.prompt, OFFER_QUOTE_ROOM)}"


def expired_text() -> str:
    """Say that a question was answered already or has expired."""
    return _("You've already answered this, or it's older than 15 minutes. Use the command again.")


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


async def offer_variables(interaction: Interaction, album: ImageRequest, parent: Parent | None) -> bool:
    """Ask before the album is submitted. Return False where it would be refused now, and the person was told."""
    requests = services_of(interaction).requests
    submission = await submission_of(interaction, album, parent=parent)
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
        case VariablesOffer():
            await stop_thinking(interaction)
            await say(interaction, offer_card(outcome))
            return True
    return False


@PAINT.on_press
async def on_paint(interaction: Interaction, payload: str) -> None:
    """Submit a draft, once, for the person it was offered to."""
    await interaction.response.defer()
    draft_id, named = parse_draft_payload(payload)
    parent = await seen_parent(interaction, named)
    request = await services_of(interaction).library.take_draft(draft_id, interaction.user.id)
    if request is None:
        await reply_privately(interaction, expired_text())
        return
    request = services_of(interaction).requests.as_of_today(request)
    # Before the request is submitted: where it gets no card of its own, its card replaces this message.
    await _draw_answered(interaction, confirmed_card(request))
    if not await submit_request(interaction, request, parent=parent):  # it may be accepted later
        submission = await submission_of(interaction, request, parent=parent)
        await redraw(interaction, offer_card(await services_of(interaction).requests.renew_offer(submission)))


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
    await interaction.response.defer()
    draft_id, _parent = parse_draft_payload(payload)
    request = await services_of(interaction).library.take_draft(draft_id, interaction.user.id)
    if request is None:
        await reply_privately(interaction, expired_text())
    else:
        await redraw(interaction, declined_card(request))
