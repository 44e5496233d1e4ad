"""/history and /favourites: pages of a person's results, or of those somebody else showed in this channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain.ports.library import HistoryQuery, ResultKind
from bot.ui.base.access import check_nothing, parse_payload
from bot.ui.base.components import PICTURE, PersistentButton, PersistentSelect, chosen_like, row_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.markdown import inert
from bot.ui.base.replies import acknowledge
from bot.ui.history.pages import (
    PER_PAGE,
    QUERY,
    Query,
    ResultsPage,
    answer_with,
    entries_of,
    existing_page,
    numbered_options,
    page_buttons,
    page_text,
    query_of,
)

_PAGE: Final = r"[0-9]{1,5}"

STARRED: Final = PersistentButton("starred", _PAGE, check=check_nothing)
UNSTAR: Final = PersistentSelect("unstar", _PAGE, _("Remove from favourites…"), check=check_nothing)


async def show_favourites(interaction: Interaction) -> None:
    """Answer /favourites with its first page."""
    await acknowledge(interaction, thinking=True)
    await _draw_favourites(interaction, 0)


@STARRED.on_press
async def on_starred(interaction: Interaction, page: str) -> None:
    """Show another page of the presser's own favourites, in place."""
    await acknowledge(interaction)
    await _draw_favourites(interaction, int(page))


@UNSTAR.on_press
async def on_unstar(interaction: Interaction, page: str) -> None:
    """Remove the chosen favourite and show the page without it."""
    job_id, index = parse_payload(chosen_like(interaction, PICTURE))
    await acknowledge(interaction)
    if index is not None:
        await services_of(interaction).history.favour(interaction.user.id, job_id, index, is_on=False)
    await _draw_favourites(interaction, int(page))


async def _draw_favourites(interaction: Interaction, wanted: int) -> None:
    history, user_id = services_of(interaction).history, interaction.user.id
    found, number = await existing_page(
        lambda offset: history.favourites(user_id, offset=offset, limit=PER_PAGE), wanted
    )
    pictures = [(one.job, one.index) for one in found.favourites]
    entries = await entries_of(interaction, pictures, alone=True)
    page = ResultsPage(
        title=_("Your favourites") if found.total else _("No favourites yet"),
        facts=_facts_of_favourites(found.total, number),
        entries=entries,
        buttons=page_buttons(lambda other, name: STARRED.button(str(other), name), number, found.total),
        rows=(row_of(UNSTAR.select(str(number), numbered_options(entries))),) if entries else (),
    )
    await answer_with(interaction, page)


def _facts_of_favourites(total: int, page: int) -> tuple[str | None, ...]:
    if not total:
        return (_("press **More…** on a result, then **Favourite**"),)
    number = n_("{n} picture", "{n} pictures", total).format(n=total)
    return number, page_text(page, total)


RESULT_KINDS: Final = {
    ResultKind.IMAGINE: _("made with /imagine"),
    ResultKind.EDIT: _("made with /edit"),
    ResultKind.SERIES: _("series"),
    ResultKind.ANIMATE: _("videos"),
}


PAST: Final = PersistentButton("past", QUERY, check=check_nothing)


async def show_history(interaction: Interaction, query: Query) -> None:
    """Answer /history with the page that `query` asks for."""
    await acknowledge(interaction, thinking=True)
    await _draw(interaction, query)


@PAST.on_press
async def on_past(interaction: Interaction, payload: str) -> None:
    """Show another page in place; its person sees only results that they may see, whatever the payload says."""
    await acknowledge(interaction)
    await _draw(interaction, query_of(payload))


async def _draw(interaction: Interaction, query: Query) -> None:
    history = services_of(interaction).history
    past = HistoryQuery(
        user_id=query.user_id,
        viewer_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        search=query.words,
        kind=query.kind,
    )
    found, number = await existing_page(
        lambda offset: history.past(past, offset=offset, limit=PER_PAGE), query.page
    )
    query = replace(query, page=number)
    is_own = query.user_id == interaction.user.id
    page = ResultsPage(
        title=_title(query, found.total, is_own=is_own),
        facts=_facts(query, found.total, is_own=is_own),
        entries=await entries_of(interaction, [(job, job.pictures[0].index) for job in found.jobs]),
        buttons=page_buttons(
            lambda other, name: PAST.button(str(replace(query, page=other)), name), number, found.total
        ),
    )
    await answer_with(interaction, page)


def _title(query: Query, total: int, *, is_own: bool) -> str:
    if not total:
        return _("Nothing found") if query.words or query.kind else _("Nothing here yet")
    return _("Your results") if is_own else _("Results of <@{id}> in this channel").format(id=query.user_id)


def _facts(query: Query, total: int, *, is_own: bool) -> tuple[str | None, ...]:
    narrowed = (
        f"“{inert(query.words)}”" if query.words else None,
        RESULT_KINDS[query.kind] if query.kind is not None else None,
    )
    if not total:
        return (*narrowed, _what_helps(query, is_own=is_own))
    number = n_("{n} result", "{n} results", total).format(n=total)
    return (number, *narrowed, page_text(query.page, total))


def _what_helps(query: Query, *, is_own: bool) -> str:
    if query.words or query.kind is not None:
        return _("`/history` alone shows everything")
    if is_own:
        return _("`/imagine` makes the first one")
    return _("you can find other people's results that everyone could see in this channel")
