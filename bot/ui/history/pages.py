"""Pages of results: the payloads of their buttons, how they are turned, and how they are drawn."""

from __future__ import annotations

import io
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import discord
from discord import ui
from discord.app_commands import Choice

from bot.domain.followups import own_words
from bot.domain.jobs import Job
from bot.domain.ports.library import HistoryQuery, ResultKind
from bot.domain.prompts import clean_prompt
from bot.ui.base.access import check_chosen_result, may_see
from bot.ui.base.components import DISCORD_ID, Box, PersistentSelect, box_of, fill_in, lines, row_of, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES, MAX_CUSTOM_ID
from bot.ui.base.i18n import _
from bot.ui.base.theme import TEAL, dots
from bot.ui.cards.text import flat
from bot.ui.history.entries import ResultEntry, day_of, entry_item, entry_option

PER_PAGE: Final = 5  # entries: each is three of a message's `MAX_COMPONENTS`
MAX_SEARCH: Final = 40  # characters
# The rest of a custom_id beside `easel:past:`, page, sort and person. Whether Discord counts an emoji as one
# character or as two UTF-16 units is not documented; two are safe.
SEARCH_UNITS: Final = MAX_CUSTOM_ID - 40
MAX_PAGE: Final = 99_999
NO_SORT: Final = "-"
QUERY: Final = rf"[0-9]{{1,5}}:[a-z{NO_SORT}]:{DISCORD_ID}:.*"
_LETTERS: Final = {ResultKind.IMAGINE: "i", ResultKind.EDIT: "e", ResultKind.SERIES: "s"}
_SORTS: Final = {letter: sort for sort, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A page, from 0, of a person's history. `words` are as `search_words` makes them."""

    user_id: int
    page: int = 0
    sort: ResultKind | None = None
    words: str = ""

    def __str__(self) -> str:
        """Return the payload for the buttons of the page; `query_of` reads it."""
        sort = NO_SORT if self.sort is None else _LETTERS[self.sort]
        return f"{min(self.page, MAX_PAGE)}:{sort}:{self.user_id}:{self.words}"


def query_of(payload: str) -> Query:
    """Read a button's payload; where this version does not know the sort, it asks for all of them."""
    page, sort, user_id, words = payload.split(":", 3)
    return Query(user_id=int(user_id), page=int(page), sort=_SORTS.get(sort), words=search_words(words))


def search_words(text: str) -> str:
    """Return the words to search for on one line, cut to what a button's `custom_id` can hold."""
    words = " ".join(clean_prompt(text).split())[:MAX_SEARCH]
    while len(words.encode("utf-16-le")) // 2 > SEARCH_UNITS:
        words = words[:-1]
    return words.strip()


def pages(total: int) -> int:
    """Return how many pages `total` entries fill, at least one."""
    return max(1, math.ceil(total / PER_PAGE))


def last_page(total: int, page: int) -> int:
    """Return `page`, or the number of the last page where there are fewer."""
    return min(page, pages(total) - 1)


class _Page(Protocol):
    @property
    def total(self) -> int: ...


P = TypeVar("P", bound=_Page)


async def existing_page(load: Callable[[int], Awaitable[P]], wanted: int) -> tuple[P, int]:
    """Return the page that was asked for, or the last one where there are fewer by now, and its number from 0.

    `load` gets the offset of a page's first entry.
    """
    found = await load(wanted * PER_PAGE)
    page = last_page(found.total, wanted)
    return (found if page == wanted else await load(page * PER_PAGE)), page


HERE: Final = "here"  # opens in place of the message it is on
BESIDE: Final = "beside"  # opens as another message
OPEN_RESULT: Final = PersistentSelect("open", rf"{HERE}|{BESIDE}", _("Open…"), check=check_chosen_result)


async def job_choices(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Return choices of the person's jobs with these words in their prompts, newest first, by job id."""
    past = HistoryQuery(
        user_id=interaction.user.id,
        viewer_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        search=search_words(typed),
    )
    page = await services_of(interaction).history.past(past, offset=0, limit=MAX_CHOICES)
    return [Choice(name=_name(job), value=job.id) for job in page.jobs]


def _name(job: Job) -> str:
    day = day_of(job)
    return f"{day} · {flat(own_words(job), MAX_CHOICE - len(day) - 3)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """The contents of a page: title, facts, entries, the buttons that turn it, and `rows` below everything."""

    title: str
    facts: tuple[str | None, ...]
    entries: tuple[ResultEntry, ...]
    buttons: tuple[ui.Item[Any], ...] = ()
    rows: tuple[ui.ActionRow[Any], ...] = ()


async def entries_of(
    interaction: Interaction, wanted: Sequence[tuple[Job, int]], *, alone: bool = False
) -> tuple[ResultEntry, ...]:
    """Return the entries with their thumbnails. Those may have to be fetched, so defer the answer first."""
    small = await services_of(interaction).history.thumbnails(wanted)
    return tuple(
        ResultEntry(job=job, index=index, small=data, at=interaction.created_at, is_alone=alone)
        for (job, index), data in zip(wanted, small, strict=True)
    )


def page_buttons(
    button: Callable[[int, str], ui.Item[Any]], page: int, total: int
) -> tuple[ui.Item[Any], ...]:
    """Return buttons to the pages before and after `page`, where there are any."""
    others = ((page - 1, _("Newer")), (page + 1, _("Older")))
    return tuple(button(number, name) for number, name in others if 0 <= number < pages(total))


def page_text(page: int, total: int) -> str | None:
    """Return "page 2 of 3"; None where there is one page only."""
    if pages(total) < 2:
        return None
    return _("page {n} of {all}").format(n=page + 1, all=pages(total))


async def answer_with(interaction: Interaction, page: ResultsPage) -> None:
    """Show a page in place of the deferred answer; offer to open only results the person may see here."""
    openable = [entry for entry in page.entries if may_see(interaction, entry.job)]
    box = page_box(page, openable, viewer_id=interaction.user.id)
    await fill_in(interaction, view_of(box), _files(page.entries))


def page_box(page: ResultsPage, openable: Sequence[ResultEntry], *, viewer_id: int) -> Box:
    box = box_of(TEAL, lines(f"### {page.title}", dots(*page.facts)))
    for entry in page.entries:
        box.add_item(ui.Separator())
        box.add_item(entry_item(entry, viewer_id=viewer_id))
    if page.entries:
        box.add_item(ui.Separator())
    if page.buttons:
        box.add_item(row_of(*page.buttons))
    if openable:
        box.add_item(row_of(OPEN_RESULT.select(BESIDE, [entry_option(entry) for entry in openable])))
    for row in page.rows:
        box.add_item(row)
    return box


def _files(entries: Sequence[ResultEntry]) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(entry.small), entry.filename) for entry in entries if entry.small is not None
    ]
