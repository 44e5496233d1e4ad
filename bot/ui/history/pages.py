"""Pages of results: what their buttons remember, how they are turned, and how they are drawn."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui
from discord.app_commands import Choice

from bot.domain.followups import own_words
from bot.domain.jobs import Job
from bot.domain.ports.library import HistoryQuery, ResultKind
from bot.domain.prompts import clean_prompt
from bot.ui.base.access import may_see
from bot.ui.base.components import (
    Box,
    PersistentSelect,
    box_of,
    fill_in,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES, MAX_CUSTOM_ID
from bot.ui.base.i18n import _
from bot.ui.base.theme import TEAL, dots
from bot.ui.cards.text import flat
from bot.ui.history.entries import ResultEntry, entry_item, entry_option

PER_PAGE: Final = 5  # entries: each is three of a message's `MAX_COMPONENTS`
MAX_SEARCH: Final = 40  # characters
# What is left of a custom_id beside `easel:past:`, page, sort and person. Nobody says whether
# Discord counts an emoji once or as the two UTF-16 units it is: two are safe.
SEARCH_UNITS: Final = MAX_CUSTOM_ID - 40
MAX_PAGE: Final = 99_999
NO_SORT: Final = "-"
QUERY: Final = rf"[0-9]{{1,5}}:[a-z{NO_SORT}]:[0-9]{{1,20}}:.*"
_LETTERS: Final = {ResultKind.IMAGINE: "i", ResultKind.EDIT: "e", ResultKind.SERIES: "s"}
_SORTS: Final = {letter: sort for sort, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A page of somebody's history, from 0. `words` are as `search_words` makes them."""

    user_id: int
    page: int = 0
    sort: ResultKind | None = None
    words: str = ""

    def __str__(self) -> str:
        """As its buttons remember it."""
        sort = NO_SORT if self.sort is None else _LETTERS[self.sort]
        return f"{min(self.page, MAX_PAGE)}:{sort}:{self.user_id}:{self.words}"


def query_of(subject: str) -> Query:
    """What a button remembers; of a sort that is not known any more, all of them."""
    page, sort, user_id, words = subject.split(":", 3)
    return Query(user_id=int(user_id), page=int(page), sort=_SORTS.get(sort), words=search_words(words))


def search_words(text: str) -> str:
    """What is searched for, on one line, and no more than a button can remember."""
    words = " ".join(clean_prompt(text).split())[:MAX_SEARCH]
    while len(words.encode("utf-16-le")) // 2 > SEARCH_UNITS:
        words = words[:-1]
    return words.strip()


def pages(total: int) -> int:
    """How many pages `total` entries fill; one where there is none."""
    return max(1, math.ceil(total / PER_PAGE))


def last_page(total: int, page: int) -> int:
    """`page`, or the last one where there are fewer by now."""
    return min(page, pages(total) - 1)


HERE: Final = "here"  # opens in place of the message it is on
BESIDE: Final = "beside"  # opens as another message
OPEN_RESULT: Final = PersistentSelect("open", rf"{HERE}|{BESIDE}", _("Open…"))


async def offered_jobs(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Those with these words in their prompts, newest first; the value is the job's id."""
    past = HistoryQuery(
        user_id=interaction.user.id,
        viewer_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        search=search_words(typed),
    )
    page = await services_of(interaction).history.past(past, offset=0, limit=MAX_CHOICES)
    return [Choice(name=_name(job), value=job.id) for job in page.jobs]


def _name(job: Job) -> str:
    day = _day(job.created_at)
    return f"{day} · {flat(own_words(job), MAX_CHOICE - len(day) - 3)}"


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """What a page shows. `rows` stand below everything."""

    title: str
    facts: tuple[str | None, ...]
    entries: tuple[ResultEntry, ...]
    turning: tuple[ui.Item[Any], ...] = ()
    rows: tuple[ui.ActionRow[Any], ...] = ()


async def entries_of(
    interaction: Interaction, wanted: Sequence[tuple[Job, int]], *, alone: bool = False
) -> tuple[ResultEntry, ...]:
    """Their pictures may have to be fetched: Discord has been told before that we think."""
    small = await services_of(interaction).history.thumbnails(wanted)
    return tuple(
        ResultEntry(job=job, index=index, small=data, at=interaction.created_at, is_alone=alone)
        for (job, index), data in zip(wanted, small, strict=True)
    )


def turning(button: Callable[[int, str], ui.Item[Any]], page: int, total: int) -> tuple[ui.Item[Any], ...]:
    """The ways to the pages beside `page`, where there are any."""
    others = ((page - 1, _("Newer")), (page + 1, _("Older")))
    return tuple(button(number, name) for number, name in others if 0 <= number < pages(total))


def whereabouts(page: int, total: int) -> str | None:
    """Which page it is, where there are several."""
    if pages(total) < 2:
        return None
    return _("page {n} of {all}").format(n=page + 1, all=pages(total))


async def answer_with(interaction: Interaction, leaf: ResultsPage) -> None:
    """In place of the deferred answer. What this person may not look at here is not offered to be opened."""
    openable = [entry for entry in leaf.entries if may_see(interaction, entry.job)]
    box = leaf_box(leaf, openable, viewer_id=interaction.user.id)
    await fill_in(interaction, view_of(box), _files(leaf.entries))


def leaf_box(leaf: ResultsPage, openable: Sequence[ResultEntry], *, viewer_id: int) -> Box:
    box = box_of(TEAL, lines(f"### {leaf.title}", dots(*leaf.facts)))
    for entry in leaf.entries:
        box.add_item(ui.Separator())
        box.add_item(entry_item(entry, viewer_id=viewer_id))
    if leaf.entries:
        box.add_item(ui.Separator())
    if leaf.turning:
        box.add_item(row_of(*leaf.turning))
    if openable:
        box.add_item(row_of(OPEN_RESULT.select(BESIDE, [entry_option(entry) for entry in openable])))
    for row in leaf.rows:
        box.add_item(row)
    return box


def _files(entries: Sequence[ResultEntry]) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(entry.small), entry.filename) for entry in entries if entry.small is not None
    ]
