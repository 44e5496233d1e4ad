"""A result's card and its files, for whoever brings both to a message."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import discord

from bot.domain.jobs import Job, JobState
from bot.domain.ports import Picture
from bot.ui.cards import PROMPT_FILE, Shot, card
from bot.ui.results.words import alt_text, needs_file, prompt_file

MAX_MESSAGE_BYTES: Final = 25 * 1024 * 1024  # Discord: all files of one message together
# https://docs.discord.com/developers/topics/opcodes-and-status-codes
TOO_LARGE: Final = 40005  # request entity too large
_WITH_WORDS: Final = frozenset({JobState.DELIVERING, JobState.DONE})  # whose cards have all of them


def draw(job: Job, pictures: Sequence[Picture]) -> tuple[discord.ui.LayoutView, list[discord.File]]:
    """The card and its files: made anew for each try, as a sent file is used up."""
    files = [
        discord.File(io.BytesIO(one.data), filename=one.filename, description=alt_text(job, one.index))
        for one in pictures
    ]
    shots = tuple(Shot(render=job.renders[one.index], filename=one.filename) for one in pictures)
    with_file = bool(shots) and job.state in _WITH_WORDS and needs_file(job)
    if with_file:
        files.append(discord.File(io.BytesIO(prompt_file(job)), filename=PROMPT_FILE))
    return card(job, shots, with_file=with_file), files


def is_too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE
