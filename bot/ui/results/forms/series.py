"""Vary a series: what its pictures share, and its scenes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.domain.iterating import Next, vary
from bot.domain.jobs import MAX_PROMPT, Job
from bot.domain.series import (
    MAX_SCENES,
    album_text,
    problem_of,
    read_scenes,
    scene_prompts,
)
from bot.ui.gateway import Interaction
from bot.ui.i18n import _
from bot.ui.intake import refuse
from bot.ui.results.choices import aspect_select, chosen_aspect, chosen_resolution, resolution_choice
from bot.ui.results.forms.form import ResultForm
from bot.ui.results.taking import take_next
from bot.ui.series import problem_text


class VarySeriesForm(ResultForm):
    """Filled in with what was asked for; `scenes` one a line."""

    def __init__(self, job: Job, *, shared: str, scenes: tuple[str, ...]) -> None:
        super().__init__(job.id, _("Vary this series"))
        self.shared = _text("shared", shared, required=False)
        self.scenes = _text("scenes", "\n".join(scenes), required=True)
        self.aspect, self.resolution = aspect_select(job.wish), resolution_choice(job.wish)
        self.put(_("What all pictures share"), self.shared)
        self.put(_("The scenes"), self.scenes, _("One a line, up to {n}").format(n=MAX_SCENES))
        self.put(_("Shape"), self.aspect)
        self.put(_("Size"), self.resolution)

    async def ask(self, interaction: Interaction, job: Job) -> bool:
        """Each scene becomes a picture again."""
        shared, scenes = self.shared.value, read_scenes(self.scenes.value)
        problem = problem_of(shared, scenes)
        if problem is not None:
            await refuse(interaction, problem_text(problem, len(scenes)))
            return False
        return await take_next(interaction, self._changed(job, shared, scenes))

    def typed(self) -> str:
        return "\n\n".join(filter(None, (self.shared.value, self.scenes.value)))

    def _changed(self, job: Job, shared: str, scenes: tuple[str, ...]) -> Next:
        changed = vary(
            job,
            prompt=album_text(shared, scenes),
            aspect=chosen_aspect(self.aspect, job.wish),
            resolution=chosen_resolution(self.resolution, job.wish),
            count=len(scenes),
            prompts=scene_prompts(shared, scenes),
        )
        return replace(changed, wish=replace(changed.wish, is_series=True))


def _text(custom_id: str, now: str, *, required: bool) -> ui.TextInput[Any]:
    return ui.TextInput(
        style=discord.TextStyle.long,
        custom_id=custom_id,
        default=now[:MAX_PROMPT] or None,
        max_length=MAX_PROMPT,
        required=required,
    )
