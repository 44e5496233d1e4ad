"""Pages of results: the payloads of their buttons, how they are turned, and how they are drawn."""

from __future__ import annotations

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
from bot.ui.base.components import (
    DISCORD_ID,
    Box,
    MemoryFile,
    PersistentSelect,
    box_of,
    complete_deferred,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES, MAX_CUSTOM_ID
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import TEAL, dots
from bot.ui.cards.text import flat
from bot.ui.history.entries import ResultEntry, day_of, entry_line, entry_option

PER_PAGE: Final = 9  # entries: a contact sheet of three rows of three
MAX_SEARCH: Final = 40  # characters
# The rest of a custom_id beside `easel:past:`, page, kind and person. Whether Discord counts an emoji as one
# character or as two UTF-16 units is not documented; two are safe.
SEARCH_UNITS: Final = MAX_CUSTOM_ID - 40
MAX_PAGE: Final = 99_999
ANY_KIND: Final = "-"
QUERY: Final = rf"[0-9]{{1,5}}:[a-z{ANY_KIND}]:{DISCORD_ID}:.*"
_LETTERS: Final = {
    ResultKind.IMAGINE: "i",
    ResultKind.EDIT: "e",
    ResultKind.SERIES: "s",
    ResultKind.ANIMATE: "a",
}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A page, from 0, of a person's history. `words` are as `search_words` makes them."""

    user_id: int
    page: int = 0
    kind: ResultKind | None = None
    words: str = ""

    def __str__(self) -> str:
        """Return the payload for the buttons of the page; `query_of` reads it."""
        letter = ANY_KIND if self.kind is None else _LETTERS[self.kind]
        return f"{min(self.page, MAX_PAGE)}:{letter}:{self.user_id}:{self.words}"


def query_of(payload: str) -> Query:
    """Read a button's payload; where this version does not know the kind, it asks for all of them."""
    page, letter, user_id, words = payload.split(":", 3)
    return Query(user_id=int(user_id), page=int(page), kind=_KINDS.get(letter), words=search_words(words))


def search_words(text: str) -> str:
    """Return the words to search for on one line, cut to what a button's `custom_id` can hold."""
    words = " ".join(clean_prompt(text).split())[:MAX_SEARCH]
    while len(words.encode("utf-16-le")) // 2 > SEARCH_UNITS:
        words = words[:-1]
    return words.strip()


def page_count(total: int) -> int:
    """Return how many pages `total` entries fill, at least one."""
    return max(1, math.ceil(total / PER_PAGE))


def last_page(total: int, page: int) -> int:
    """Return `page`, or the number of the last page where there are fewer."""
    return min(page, page_count(total) - 1)


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
GALLERY_FILE: Final = "gallery.jpg"
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
    """The contents of a page: title, facts, entries, the buttons that turn it, and `rows` of selects."""

    title: str
    facts: tuple[str | None, ...]
    entries: tuple[ResultEntry, ...]
    buttons: tuple[ui.Item[Any], ...] = ()
    rows: tuple[ui.ActionRow[Any], ...] = ()

    @property
    def has_sheet(self) -> bool:
        """Whether there is a picture to show: a sheet of empty places alone would show nothing."""
        return any(isinstance(entry.tile, bytes) for entry in self.entries)


async def entries_of(
    interaction: Interaction, wanted: Sequence[tuple[Job, int]], *, alone: bool = False
) -> tuple[ResultEntry, ...]:
    """Return the entries, those without a spoiler with thumbnails. They may be fetched: defer the answer first."""
    shown = [one for one in wanted if not one[0].request.spoiler]
    small = iter(await services_of(interaction).history.thumbnails(shown))
    return tuple(
        ResultEntry(
            job=job,
            index=index,
            small=None if job.request.spoiler else next(small),
            at=interaction.created_at,
            is_alone=alone,
        )
        for job, index in wanted
    )


def numbered_options(entries: Sequence[ResultEntry]) -> list[discord.SelectOption]:
    """Return the entries as options of a select, with their numbers on the contact sheet."""
    return [entry_option(number, entry) for number, entry in enumerate(entries, start=1)]


def page_buttons(
    button: Callable[[int, str], ui.Item[Any]], page: int, total: int
) -> tuple[ui.Item[Any], ...]:
    """Return buttons to the pages before and after `page`, where there are any."""
    others = ((page - 1, _("Newer")), (page + 1, _("Older")))
    return tuple(button(number, name) for number, name in others if 0 <= number < page_count(total))


def page_text(page: int, total: int) -> str | None:
    """Return "page 2 of 3"; None where there is one page only."""
    if page_count(total) < 2:
        return None
    return _("page {n} of {all}").format(n=page + 1, all=page_count(total))


async def answer_with(interaction: Interaction, page: ResultsPage) -> None:
    """Show a page in place of the deferred answer; offer to open only results the person may see here."""
    options = zip(page.entries, numbered_options(page.entries), strict=True)
    openable = [option for entry, option in options if may_see(interaction, entry.job)]
    files = list[discord.File]()
    if page.has_sheet:
        tiles = [entry.tile for entry in page.entries]
        sheet = await services_of(interaction).history.composer.contact_sheet(tiles, is_ai=True)
        files.append(MemoryFile(sheet, GALLERY_FILE))
    box = page_box(page, openable, viewer_id=interaction.user.id)
    await complete_deferred(interaction, view_of(box), files)


def page_box(page: ResultsPage, openable: Sequence[discord.SelectOption], *, viewer_id: int) -> Box:
    """Draw a page of results: the contact sheet, a line each, and how to open one."""
    box = box_of(TEAL, lines(f"### {page.title}", dots(*page.facts)))
    numbered = enumerate(page.entries, start=1)
    if page.has_sheet:
        number = len(page.entries)
        alt_text = n_("{n} small picture", "{n} small pictures, with their numbers", number).format(n=number)
        item = discord.MediaGalleryItem(f"attachment://{GALLERY_FILE}", description=alt_text)
        box.add_item(ui.Separator(visible=False))  # without it the facts touch the picture
        box.add_item(ui.MediaGallery(item))
    if page.entries:
        box.add_item(ui.TextDisplay(lines(*(entry_line(*one, viewer_id=viewer_id) for one in numbered))))
    if openable:
        box.add_item(row_of(OPEN_RESULT.select(BESIDE, openable, _("Open a result…"))))
    for row in page.rows:
        box.add_item(row)
    if page.buttons:
        box.add_item(row_of(*page.buttons))
    return box
