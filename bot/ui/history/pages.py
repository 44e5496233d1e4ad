"""One row of a gallery: a picture, small, and what there is to say of it."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import discord
from discord import ui
from discord.app_commands import Choice

from bot.domain.followups import own_words
from bot.domain.jobs import Job, Origin
from bot.domain.ports.library import HistoryQuery, ResultKind
from bot.domain.prompts import clean_prompt, file_stem
from bot.ui.base import markdown
from bot.ui.base.access import may_see, payload_of
from bot.ui.base.components import (
    NOBODY,
    Box,
    PersistentSelect,
    box_of,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES, MAX_CUSTOM_ID, MAX_OPTION_TEXT, MAX_OPTIONS
from bot.ui.base.i18n import _
from bot.ui.base.markdown import card_address
from bot.ui.base.theme import TEAL, dots, picture_count
from bot.ui.base.units import stamp
from bot.ui.cards.text import alt_text, flat

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
OPEN: Final = PersistentSelect("open", rf"{HERE}|{BESIDE}", _("Open…"))


MAX_CHILDREN: Final = MAX_OPTIONS  # one of them is chosen in a select
# How a result came to be: a word or two, for a line of facts and under a picture.
ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.AGAIN: _("again"),
    Origin.VARY: _("varied"),
    Origin.EDIT: _("edited"),
    Origin.ENLARGE: _("in 4K"),
    Origin.REVISED: _("model's words"),
    Origin.SCENE: _("one scene"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """The nearest relatives, as far as this person may see them."""

    parent: Job | None
    children: tuple[Job, ...]

    @property
    def is_any(self) -> bool:
        return self.parent is not None or bool(self.children)


async def kin_of(interaction: Interaction, job: Job) -> Kin:
    return Kin(parent=await parent_of(interaction, job), children=await children_of(interaction, job))


async def parent_of(interaction: Interaction, job: Job) -> Job | None:
    """The result it was made of; None where there is none, or none for this person's eyes."""
    if job.parent is None:
        return None
    parent = await services_of(interaction).history.job(job.parent.job_id)
    return next(iter(shown_entries(interaction, [parent] if parent is not None else [])), None)


async def children_of(interaction: Interaction, job: Job) -> tuple[Job, ...]:
    """What was made directly of it, oldest first."""
    children = await services_of(interaction).history.children(job.id, limit=MAX_CHILDREN)
    return shown_entries(interaction, children)


def shown_entries(interaction: Interaction, jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Of `jobs`, the results this person may see."""
    return tuple(job for job in jobs if job.pictures and job.removed_by is None and may_see(interaction, job))


ENTRY_PROMPT_ROOM: Final = 150  # characters of a prompt, before those that disarm its markdown
PUT_AWAY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultEntry:
    """A picture of a job; `small` is None where it could not be had `at` that moment. `is_alone` says that the row
    is about this picture and no other of the job."""

    job: Job
    index: int
    small: bytes | None
    at: datetime
    is_alone: bool = False

    @property
    def filename(self) -> str:
        return small_name(self.job, self.index)

    @property
    def words(self) -> str:
        return self.job.request.prompt_of(self.index) if self.is_alone else own_words(self.job)


def small_name(job: Job, index: int) -> str:
    """Not as a result's own file is called: nobody takes the small one for it."""
    return f"{file_stem(own_words(job), job.id, index)}-small.jpg"


def entry_item(entry: ResultEntry, *, viewer_id: int) -> ui.Item[Any]:
    """The row; without a picture it says so."""
    words = markdown.inert(flat(entry.words, ENTRY_PROMPT_ROOM)) or f"`{entry.job.id}`"
    facts = dots(*_facts(entry, viewer_id), _link(entry.job))
    if entry.small is None:
        return ui.TextDisplay(lines(words, facts, dots(gone_text(entry.job, entry.at))))
    job = entry.job
    return ui.Section[Any](
        words,
        facts,
        accessory=ui.Thumbnail[Any](
            f"attachment://{entry.filename}",
            description=alt_text(job, entry.index),
            spoiler=job.request.spoiler,
        ),
    )


def entry_option(entry: ResultEntry) -> discord.SelectOption:
    """The row in a select, which shows text as it is."""
    value = payload_of(entry.job.id, entry.index) if entry.is_alone else entry.job.id
    return job_option(entry.job, value=value, words=entry.words)


def job_option(job: Job, *, value: str, words: str | None = None, mark: str = "") -> discord.SelectOption:
    """A job in a select; `mark` stands before its words."""
    label = flat(f"{mark}{words if words is not None else own_words(job)}", MAX_OPTION_TEXT) or job.id
    origin = ORIGINS[job.parent.origin] if job.parent is not None else None
    facts = (_made_at(job), origin, _made_with(job), picture_count(len(job.pictures)))
    return discord.SelectOption(label=label, value=value, description=" · ".join(filter(None, facts)))


def gone_text(job: Job, at: datetime) -> str:
    """Said in place of a picture that cannot be had at this moment."""
    if is_fresh(job, at):
        return _("its picture is just being put away: look again in a moment")
    return _("its picture is nowhere any more")


def is_fresh(job: Job, at: datetime) -> bool:
    """Whether what is kept of it may still be on its way there: the card is shown first."""
    return job.finished_at is None or at - job.finished_at < PUT_AWAY


def _facts(entry: ResultEntry, viewer_id: int) -> list[str | None]:
    job = entry.job
    number = len(job.pictures)
    which = _("picture {n} of {all}").format(n=entry.index + 1, all=number) if number > 1 else None
    return [
        stamp(job.created_at),
        str(job.renders[entry.index].size or "") or None,
        which if entry.is_alone else picture_count(number) if number > 1 else None,
        _made_with(job),
        ORIGINS[job.parent.origin] if job.parent is not None else None,
        _("only you see it") if job.request.private else None,
        f"<@{job.user_id}>" if job.user_id != viewer_id else None,
    ]


def _made_with(job: Job) -> str:
    return _("series") if job.request.is_series else f"/{job.request.kind.value}"


def _made_at(job: Job) -> str:
    """A select shows no time in the reader's own zone: the day will do."""
    return job.created_at.strftime("%Y-%m-%d")


def _link(job: Job) -> str | None:
    address = card_address(job)
    return None if address is None else f"[{_('go to it')}]({address})"


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
    await interaction.edit_original_response(
        view=view_of(box), attachments=_files(leaf.entries), allowed_mentions=NOBODY
    )


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
        box.add_item(row_of(OPEN.select(BESIDE, [entry_option(entry) for entry in openable])))
    for row in leaf.rows:
        box.add_item(row)
    return box


def _files(entries: Sequence[ResultEntry]) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(entry.small), entry.filename) for entry in entries if entry.small is not None
    ]
