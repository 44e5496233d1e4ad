"""/history: what one made, or what somebody else showed in this channel."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from discord import ui

from bot.domain.ports.library import FavouritePage, HistoryQuery, ResultKind, ResultPage
from bot.ui.base.access import parse_payload
from bot.ui.base.components import (
    PersistentButton,
    PersistentItem,
    PersistentSelect,
    chosen,
    row_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.markdown import inert
from bot.ui.history.entries import ResultEntry, entry_option
from bot.ui.history.pages import (
    PER_PAGE,
    QUERY,
    Query,
    ResultsPage,
    answer_with,
    entries_of,
    last_page,
    query_of,
    turning,
    whereabouts,
)

_PAGE: Final = r"[0-9]{1,5}"

STARRED: Final = PersistentButton("starred", _PAGE)
UNSTAR: Final = PersistentSelect("unstar", _PAGE, _("Take out of your favourites…"))


async def show_favourites(interaction: Interaction) -> None:
    """The answer to the command."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _draw_favourites(interaction, 0)


@STARRED.on_press
async def on_starred(interaction: Interaction, page: str) -> None:
    """Show another page of the presser's own favourites, in place."""
    await interaction.response.defer()
    await _draw_favourites(interaction, int(page))


@UNSTAR.on_press
async def on_unstar(interaction: Interaction, page: str) -> None:
    """Remove the chosen favourite and show the page without it."""
    await interaction.response.defer()
    job_id, index = parse_payload(chosen(interaction))
    if index is not None:
        await services_of(interaction).history.favour(interaction.user.id, job_id, index, is_on=False)
    await _draw_favourites(interaction, int(page))


async def _draw_favourites(interaction: Interaction, wanted: int) -> None:
    found, page = await _page_of_favourites(interaction, wanted)
    pictures = [(one.job, one.index) for one in found.favourites]
    entries = await entries_of(interaction, pictures, alone=True)
    leaf = ResultsPage(
        title=_("Your favourites") if found.total else _("No favourites yet"),
        facts=_facts_of_favourites(found.total, page),
        entries=entries,
        turning=turning(_button_of_favourites, page, found.total),
        rows=_unstarring(entries, page),
    )
    await answer_with(interaction, leaf)


async def _page_of_favourites(interaction: Interaction, wanted: int) -> tuple[FavouritePage, int]:
    """The page that was asked for, or the last one where there are fewer by now; and which it is."""
    history, user_id = services_of(interaction).history, interaction.user.id
    found = await history.favourites(user_id, offset=wanted * PER_PAGE, limit=PER_PAGE)
    page = last_page(found.total, wanted)
    if page != wanted:
        found = await history.favourites(user_id, offset=page * PER_PAGE, limit=PER_PAGE)
    return found, page


def _facts_of_favourites(total: int, page: int) -> tuple[str | None, ...]:
    if not total:
        return (_("press **More…** on a result, then **Favourite**"),)
    number = n_("{n} picture", "{n} pictures", total).format(n=total)
    return number, whereabouts(page, total)


def _button_of_favourites(page: int, name: str) -> PersistentItem:
    return STARRED.button(str(page), name)


def _unstarring(entries: tuple[ResultEntry, ...], page: int) -> tuple[ui.ActionRow[Any], ...]:
    if not entries:
        return ()
    return (row_of(UNSTAR.select(str(page), [entry_option(entry) for entry in entries])),)


SORTS: Final = {
    ResultKind.IMAGINE: _("made with /imagine"),
    ResultKind.EDIT: _("made with /edit"),
    ResultKind.SERIES: _("series"),
}


PAST: Final = PersistentButton("past", QUERY)


async def show_history(interaction: Interaction, query: Query) -> None:
    """The answer to the command."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _draw(interaction, query)


@PAST.on_press
async def on_past(interaction: Interaction, payload: str) -> None:
    """Show another page in place. The presser sees what they may, whatever the button remembers."""
    await interaction.response.defer()
    await _draw(interaction, query_of(payload))


async def _draw(interaction: Interaction, query: Query) -> None:
    page = await _page(interaction, query)
    query = replace(query, page=last_page(page.total, query.page))
    entries = await entries_of(interaction, [(job, job.pictures[0].index) for job in page.jobs])
    is_own = query.user_id == interaction.user.id
    leaf = ResultsPage(
        title=_title(query, page.total, is_own=is_own),
        facts=_facts(query, page.total, is_own=is_own),
        entries=entries,
        turning=turning(partial(_button, query), query.page, page.total),
    )
    await answer_with(interaction, leaf)


async def _page(interaction: Interaction, query: Query) -> ResultPage:
    """The one that was asked for; the last one where there are fewer by now."""
    history = services_of(interaction).history
    past = HistoryQuery(
        user_id=query.user_id,
        viewer_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        search=query.words,
        sort=query.sort,
    )
    page = await history.past(past, offset=query.page * PER_PAGE, limit=PER_PAGE)
    there = last_page(page.total, query.page)
    if there == query.page:
        return page
    return await history.past(past, offset=there * PER_PAGE, limit=PER_PAGE)


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


def _button(query: Query, page: int, name: str) -> PersistentItem:
    return PAST.button(str(replace(query, page=page)), name)
