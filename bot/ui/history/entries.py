"""One result in a list: a tile of a contact sheet, a line below it, or an option of a select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import own_words, without_instructions
from bot.domain.jobs import Job, Origin
from bot.ui.base import markdown
from bot.ui.base.access import payload_of
from bot.ui.base.discord_limits import MAX_OPTION_TEXT
from bot.ui.base.i18n import _
from bot.ui.base.markdown import card_address
from bot.ui.base.theme import dots, picture_count, result_count
from bot.ui.base.units import stamp
from bot.ui.cards.text import alt_text, flat, own_line, small_name

# How a result came to be, in a word or two.
ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.AGAIN: _("again"),
    Origin.VARY: _("varied"),
    Origin.EDIT: _("edited"),
    Origin.ENLARGE: _("in 4K"),
    Origin.REVISED: _("model's words"),
    Origin.SCENE: _("one scene"),
    Origin.ANIMATE: _("animated"),
}


ENTRY_PROMPT_ROOM: Final = 50  # characters of a prompt, before those that disarm its markdown
CACHING_TIME: Final = timedelta(minutes=1)
# Keeps words written from right to left from turning the rest of their line.
_ISOLATED: Final = "\u2068{}\u2069"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultEntry:
    """A picture of a job; its thumbnail `small` is None where it could not be had `at` that moment.

    `is_alone` says that the entry is about this picture and no other one of the job.
    """

    job: Job
    index: int
    small: bytes | None
    at: datetime
    is_alone: bool = False

    @property
    def words(self) -> str:
        if not self.is_alone:
            return own_words(self.job)
        asked = self.job.request.prompt_of(self.index)
        return without_instructions(asked) or asked

    @property
    def tile(self) -> bytes | str | None:
        """The tile on the contact sheet: its image, or a word in its place.

        A spoiler is a word, as one spoiler on the sheet would hide all pictures.
        """
        if self.job.request.spoiler:
            return _("SPOILER")
        return _("VIDEO") if self.small is None and self.job.request.video is not None else self.small


def entry_line(number: int, entry: ResultEntry, *, viewer_id: int) -> str:
    """Return the line below the sheet, whose number links to the card; without a thumbnail it says why."""
    address = card_address(entry.job)
    words = markdown.inert(flat(entry.words, ENTRY_PROMPT_ROOM)) or f"`{entry.job.id}`"
    return dots(
        f"**{number}**" if address is None else f"**[{number}]({address})**",
        _ISOLATED.format(words),
        *_facts(entry, viewer_id),
        no_thumbnail_text(entry.job, entry.at) if entry.tile is None else None,
    )


def thumbnail_of(job: Job, index: int) -> ui.Thumbnail[Any]:
    """Draw the thumbnail that is attached to the message as `small_name`."""
    return ui.Thumbnail(
        f"attachment://{small_name(job, index)}",
        description=alt_text(job, index),
        spoiler=job.request.spoiler,
    )


def entry_option(number: int, entry: ResultEntry) -> discord.SelectOption:
    """Return the entry as an option of a select, which shows text as it is."""
    value = payload_of(entry.job.id, entry.index) if entry.is_alone else entry.job.id
    return job_option(entry.job, value=value, words=entry.words, mark=f"{number} · ")


def job_option(job: Job, *, value: str, words: str | None = None, mark: str = "") -> discord.SelectOption:
    """Return a job as an option of a select; `mark` stands before its words."""
    label = flat(f"{mark}{words if words is not None else own_words(job)}", MAX_OPTION_TEXT) or job.id
    origin = ORIGINS[job.parent.origin] if job.parent is not None else None
    facts = (day_of(job), origin, _made_with(job), result_count(job.request, len(job.pictures)))
    return discord.SelectOption(label=label, value=value, description=" · ".join(filter(None, facts)))


def picture_options(job: Job, *, chosen: int | None = None) -> list[discord.SelectOption]:
    """Return a job's pictures as options of a select; `chosen` and the values are renders' indexes."""
    return [
        discord.SelectOption(
            label=_("Picture {n} · seed {seed}").format(n=one.index + 1, seed=job.seeds[one.index]),
            value=str(one.index),
            description=own_line(job, one.index),
            default=one.index == chosen,
        )
        for one in job.pictures
    ]


def no_thumbnail_text(job: Job, at: datetime) -> str:
    """Return the text in place of a thumbnail that cannot be had at this moment."""
    if job.request.video is not None:
        if is_fresh(job, at):
            return _("Easel is still saving its video: look again in a moment")
        return _("its video is gone")
    if is_fresh(job, at):
        return _("Easel is still saving its picture: look again in a moment")
    return _("its picture is gone")


def is_fresh(job: Job, at: datetime) -> bool:
    """Return whether its images may still be on their way to the cache: the card is shown first."""
    return job.finished_at is None or at - job.finished_at < CACHING_TIME


def _facts(entry: ResultEntry, viewer_id: int) -> list[str | None]:
    job = entry.job
    number = len(job.pictures)
    which = _("picture {n} of {all}").format(n=entry.index + 1, all=number) if number > 1 else None
    return [
        stamp(job.created_at),
        which if entry.is_alone else picture_count(number) if number > 1 else None,
        _("video") if job.request.video is not None else None,
        _("only you can see it") if job.request.private else None,
        _("spoiler") if job.request.spoiler else None,
        f"<@{job.user_id}>" if job.user_id != viewer_id else None,
    ]


def _made_with(job: Job) -> str:
    return _("series") if job.request.is_series else f"/{job.request.kind.value}"


def day_of(job: Job) -> str:
    """Return the day (UTC) of a job: selects and choices show no time in the reader's own zone."""
    return job.created_at.strftime("%Y-%m-%d")
