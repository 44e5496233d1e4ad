"""/history: what one made, or what somebody else showed in this channel."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from bot.domain.ports import Page, Past, Sort
from bot.ui.gallery.buttons import PastButton
from bot.ui.gallery.page import Leaf, answer_with, entries_of, turning, whereabouts
from bot.ui.gallery.paging import PER_PAGE, Query, last_page, query_of
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _, n_
from bot.ui.plain import inert

SORTS: Final = {
    Sort.IMAGINE: _("made with /imagine"),
    Sort.EDIT: _("made with /edit"),
    Sort.SERIES: _("series"),
}


async def show_history(interaction: Interaction, query: Query) -> None:
    """The answer to the command."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _draw(interaction, query)


async def press_past(interaction: Interaction, subject: str) -> None:
    """Another page, in place. Who presses sees what they may, whatever the button remembers."""
    await interaction.response.defer()
    await _draw(interaction, query_of(subject))


async def _draw(interaction: Interaction, query: Query) -> None:
    page = await _page(interaction, query)
    query = replace(query, page=last_page(page.total, query.page))
    entries = await entries_of(interaction, [(job, job.pictures[0].index) for job in page.jobs])
    is_own = query.user_id == interaction.user.id
    leaf = Leaf(
        title=_title(query, page.total, is_own=is_own),
        facts=_facts(query, page.total, is_own=is_own),
        entries=entries,
        turning=turning(partial(_button, query), query.page, page.total),
    )
    await answer_with(interaction, leaf)


async def _page(interaction: Interaction, query: Query) -> Page:
    """The one that was asked for; the last one where there are fewer by now."""
    gallery = gateway_of(interaction).gallery
    past = Past(
        user_id=query.user_id,
        viewer_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        search=query.words,
        sort=query.sort,
    )
    page = await gallery.past(past, offset=query.page * PER_PAGE, limit=PER_PAGE)
    there = last_page(page.total, query.page)
    if there == query.page:
        return page
    return await gallery.past(past, offset=there * PER_PAGE, limit=PER_PAGE)


def _title(query: Query, total: int, *, is_own: bool) -> str:
    if not total:
        return _("Nothing found") if query.words or query.sort else _("Nothing here yet")
    return _("Your pictures") if is_own else _("Pictures of <@{id}> in this channel").format(id=query.user_id)


def _facts(query: Query, total: int, *, is_own: bool) -> tuple[str | None, ...]:
    narrowed = (
        f"“{inert(query.words)}”" if query.words else None,
        SORTS[query.sort] if query.sort is not None else None,
    )
    if not total:
        return (*narrowed, _what_helps(query, is_own=is_own))
    number = n_("{n} result", "{n} results", total).format(n=total)
    return (number, *narrowed, whereabouts(query.page, total))


def _what_helps(query: Query, *, is_own: bool) -> str:
    if query.words or query.sort is not None:
        return _("`/history` alone shows everything")
    if is_own:
        return _("`/imagine` is a start")
    return _("of others you find what they showed to everybody in this very channel")


def _button(query: Query, page: int, name: str) -> PastButton:
    return PastButton(str(replace(query, page=page)), name)
