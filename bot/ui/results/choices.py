"""What can be chosen in the forms of a result."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import ui

from bot.domain.jobs import MAX_COUNT, Job, Wish
from bot.domain.sizes import Aspect, Resolution
from bot.ui.i18n import _
from bot.ui.look import ASPECT_NAMES, pictures
from bot.ui.results.words import own_line
from bot.ui.wishing import LIKE_FIRST

_RESOLUTIONS: Final = {Resolution.TWO_K: _("2K, quick"), Resolution.FOUR_K: _("4K, fine detail")}

Select = ui.Select[Any]
Radio = ui.RadioGroup[Any]


def which_select(job: Job) -> Select:
    """One of the pictures; the values are the renders' indexes."""
    return ui.Select(
        custom_id="which",
        options=[
            discord.SelectOption(
                label=_("Picture {n} · seed {seed}").format(n=one.index + 1, seed=job.seeds[one.index]),
                value=str(one.index),
                description=own_line(job, one.index),
            )
            for one in job.pictures
        ],
    )


def chosen_index(select: Select) -> int | None:
    return int(select.values[0]) if select.values else None


def aspect_select(wish: Wish) -> Select:
    """Every shape, the wish's chosen."""
    options = [
        discord.SelectOption(label=name, value=aspect.value, default=aspect is wish.aspect)
        for aspect, name in ASPECT_NAMES.items()
    ]
    if wish.references:
        like_the_first = discord.SelectOption(
            label=_("Like the first picture"), value=LIKE_FIRST, default=wish.aspect is None
        )
        options.insert(0, like_the_first)
    return ui.Select(custom_id="aspect", options=options)


def chosen_aspect(select: Select, wish: Wish) -> Aspect | None:
    """The wish's own where nothing was chosen."""
    if not select.values:
        return wish.aspect
    return None if select.values[0] == LIKE_FIRST else Aspect(select.values[0])


def resolution_choice(wish: Wish) -> Radio:
    return ui.RadioGroup(
        custom_id="resolution",
        options=[
            discord.RadioGroupOption(label=name, value=one.value, default=one is wish.resolution)
            for one, name in _RESOLUTIONS.items()
        ],
    )


def chosen_resolution(choice: Radio, wish: Wish) -> Resolution:
    return Resolution(choice.value) if choice.value else wish.resolution


def count_choice(wish: Wish) -> Radio:
    """How many pictures: of each of its prompts, where the wish had variables."""
    now = wish.count // len(set(wish.prompts) or {wish.prompt})
    return ui.RadioGroup(
        custom_id="count",
        options=[
            discord.RadioGroupOption(label=pictures(number), value=str(number), default=number == now)
            for number in range(1, MAX_COUNT + 1)
        ],
    )


def chosen_count(choice: Radio) -> int:
    return int(choice.value) if choice.value else 1
