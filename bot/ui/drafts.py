"""Prompts with variables: shown with their number and price before anything is painted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import MAX_PICTURES, Wish
from bot.domain.limits import Denied, decide, request_for
from bot.domain.limits.outlook import Outlook
from bot.domain.lineage import Parent
from bot.domain.prompts import clean_prompt
from bot.domain.variables import Expansion, expand, unescaped
from bot.services.shelf import DRAFT_LIFE
from bot.services.submissions import Invalid
from bot.ui.failures import whisper
from bot.ui.gateway import Interaction, Press, gateway_of
from bot.ui.intake import ask_of, in_time, refuse, stop_thinking, take
from bot.ui.limits.parts import redraw, say
from bot.ui.offer import (
    Offer,
    asked_card,
    left_card,
    offer_card,
    over_text,
    read_draft_subject,
    too_many_text,
)
from bot.ui.refusals import denied_text, invalid_text
from bot.ui.seeing import may_see
from bot.ui.standpoint import served_guild_of, standpoint_of
from bot.ui.transport import BROKEN_LINE
from bot.ui.wishing import Said, wish_for

log = logging.getLogger(__name__)


async def ask_for(interaction: Interaction, said: Said) -> bool:
    """What a command said, made whole and taken, or asked about. False where it was refused, and they were told."""
    wish = await wish_for(interaction, said)
    return wish is not None and await take_or_ask(interaction, wish)


async def take_or_ask(interaction: Interaction, wish: Wish, *, parent: Parent | None = None) -> bool:
    """Take the wish as it is, or where its prompt has variables, ask first. False only where it was refused."""
    expansion = None if wish.prompts else expand(clean_prompt(wish.prompt))
    if expansion is None:
        return await take(interaction, replace(wish, prompt=unescaped(wish.prompt)), parent=parent)
    if expansion.total * wish.count > MAX_PICTURES:
        await refuse(interaction, too_many_text(expansion.total, wish.count))
        return False
    album = album_of(wish, expansion)
    outcome = await in_time(interaction, _offer(interaction, album, parent), private=True)
    match outcome:
        case Invalid():
            await refuse(interaction, invalid_text(outcome))
        case Denied():
            await refuse(interaction, denied_text(outcome))
        case Offer():
            await stop_thinking(interaction)
            await say(interaction, offer_card(outcome))
            return True
    return False


def album_of(wish: Wish, expansion: Expansion) -> Wish:
    """One prompt for each picture; pictures of the same prompt stand beside each other."""
    prompts = tuple(prompt for prompt in expansion.prompts for _copy in range(wish.count))
    return replace(wish, prompts=prompts, count=len(prompts))


async def _offer(interaction: Interaction, album: Wish, parent: Parent | None) -> Offer | Denied | Invalid:
    """The question; or why a yes would be refused this moment."""
    gateway = gateway_of(interaction)
    invalid = await gateway.submissions.check(ask_of(interaction, album, parent=parent))
    if invalid is not None:
        return invalid
    outlook = await _outlook(interaction)
    request = request_for(album, price_micro_usd=gateway.submissions.price_of(album))
    ceiling, standpoint = gateway.moderation.ceiling, standpoint_of(interaction)
    # A thread: there may be hundreds of filters to look for in eight long prompts.
    decision = await asyncio.to_thread(decide, ceiling, outlook.docket, standpoint, request, now=outlook.now)
    if isinstance(decision, Denied):
        return decision
    return await _kept(interaction, album, parent, outlook)


async def _outlook(interaction: Interaction) -> Outlook:
    moderation, served = gateway_of(interaction).moderation, served_guild_of(interaction)
    return (await moderation.standing(interaction.user.id, served, standpoint_of(interaction))).outlook


async def _kept(interaction: Interaction, album: Wish, parent: Parent | None, outlook: Outlook) -> Offer:
    """Put aside until its person answers."""
    gateway = gateway_of(interaction)
    return Offer(
        draft_id=await gateway.shelf.put_draft(interaction.user.id, album),
        wish=album,
        parent=parent,
        price_micro_usd=gateway.submissions.price_of(album) * album.count,
        outlook=outlook,
        until=outlook.now + DRAFT_LIFE,
    )


async def press_draft(interaction: Interaction, subject: str) -> None:
    """The yes, once, by whoever was asked."""
    await interaction.response.defer()
    draft_id, named = read_draft_subject(subject)
    parent = await _seen_parent(interaction, named)
    wish = await gateway_of(interaction).shelf.take_draft(draft_id, interaction.user.id)
    if wish is None:
        await whisper(interaction, over_text())
        return
    await _answered(
        interaction, asked_card(wish)
    )  # first: where no card can be shown, one is drawn over this
    if not await take(interaction, wish, parent=parent):  # what is refused now may fit later
        offer = await _kept(interaction, wish, parent, await _outlook(interaction))
        await redraw(interaction, offer_card(offer))


async def _seen_parent(interaction: Interaction, parent: Parent | None) -> Parent | None:
    """None of a result this person may not see: what a control says is never taken for a right."""
    if parent is None:
        return None
    job = await gateway_of(interaction).gallery.job(parent.job_id)
    return parent if job is not None and may_see(interaction, job) else None


async def _answered(interaction: Interaction, view: ui.LayoutView) -> None:
    """The question has no buttons any more; that it could not be drawn anew stops nothing."""
    try:
        await redraw(interaction, view)
    except (discord.HTTPException, *BROKEN_LINE) as error:
        log.warning("interaction %s: its question stays (%s)", interaction.id, type(error).__name__)


async def press_undraft(interaction: Interaction, subject: str) -> None:
    """The no."""
    await interaction.response.defer()
    draft_id, _parent = read_draft_subject(subject)
    wish = await gateway_of(interaction).shelf.take_draft(draft_id, interaction.user.id)
    if wish is None:
        await whisper(interaction, over_text())
    else:
        await redraw(interaction, left_card(wish))


DRAFT_PRESSES: Final[Mapping[str, Press]] = {"draft": press_draft, "undraft": press_undraft}
