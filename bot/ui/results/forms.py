"""The forms of a result: edit it, vary it, or paint it larger."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from discord import ui

from bot.domain.followups import FollowUp, edit, enlarge, own_words, vary
from bot.domain.jobs import MAX_PICTURES, Job
from bot.domain.pictures import MAX_REFERENCES
from bot.domain.prompts import MAX_SCENES, album_text, expand, problem_of, read_scenes, scene_prompts
from bot.ui.base.access import ResultForm, address_in, index_of
from bot.ui.base.attachments import reference_of
from bot.ui.base.components import number_in, prompt_field, upload_field
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_UPLOADS
from bot.ui.base.i18n import _
from bot.ui.base.mentioned import words_in
from bot.ui.history.entries import picture_options
from bot.ui.requests.forms import (
    RequestFields,
    Select,
    aspect_select,
    chosen_aspect,
    chosen_resolution,
    resolution_choice,
)
from bot.ui.requests.request import submit_or_offer
from bot.ui.requests.series import series_refusal
from bot.ui.requests.submit import refuse, submit_follow_up


def chosen_index(select: Select) -> int | None:
    """Return the index of the chosen picture; None where none was chosen."""
    return number_in(range(MAX_PICTURES), select.values[0]) if select.values else None


MAX_MORE: Final = min(MAX_UPLOADS, MAX_REFERENCES - 1)  # the result is one of them


class EditForm(ResultForm):
    """The form of an edit. Where `index` is None and there are several pictures, it asks which one."""

    def __init__(self, job: Job, index: int | None) -> None:
        super().__init__(job.id, _("Edit this picture"))
        self.index = index
        self.which: Select | None = None
        if index is None and len(job.pictures) > 1:
            self.which = ui.Select(custom_id="which", options=picture_options(job))
            self.put(_("Which picture"), self.which)
        self.instruction = prompt_field(
            "instruction", placeholder=_("Make it night, and put image 2 on the table")
        )
        self.put(_("What to change"), self.instruction)
        self.more = upload_field("pictures", most=MAX_MORE)
        hint = _("The result is image 1; these are image 2 and so on, in their order.")
        self.put(_("More pictures"), self.more, hint)

    async def submit(self, interaction: Interaction, job: Job) -> bool:
        """Submit an edit with the result as the first reference, before the uploads."""
        index = index_of(job, self.index if self.which is None else chosen_index(self.which))
        more = tuple(reference_of("", file) for file in self.more.values)
        url = self.address(interaction, job, index)
        return await submit_follow_up(interaction, edit(job, index, prompt=self.typed(), more=more, url=url))

    def address(self, interaction: Interaction, job: Job, index: int) -> str:
        """Return the fresh URL of the picture with this index; empty where it is not known."""
        return address_in(interaction.message, job, index)

    def typed(self) -> str:
        return self.instruction.value


class VarySeriesForm(ResultForm):
    """The form of a varied series, filled in with its shared text and its scenes, one a line."""

    def __init__(self, job: Job, *, shared: str, scenes: tuple[str, ...]) -> None:
        super().__init__(job.id, _("Vary this series"))
        self.shared = prompt_field("shared", default=shared, required=False)
        self.scenes = prompt_field("scenes", default="\n".join(scenes))
        self.aspect, self.resolution = aspect_select(job.request), resolution_choice(job.request)
        self.put(_("What all pictures share"), self.shared)
        self.put(_("The scenes"), self.scenes, _("One per line, up to {n}").format(n=MAX_SCENES))
        self.put(_("Shape"), self.aspect)
        self.put(_("Size"), self.resolution)

    async def submit(self, interaction: Interaction, job: Job) -> bool:
        """Submit a series of the scenes as they are now."""
        shared, listed = await words_in(interaction, self.shared.value, self.scenes.value)
        scenes = read_scenes(listed)
        problem, changed = problem_of(shared, scenes), self._changed(job, shared, scenes)
        if problem is not None:
            refusal = series_refusal(problem, len(scenes))
            await refuse(interaction, refusal, changed.request, changed.parent)
            return False
        return await submit_follow_up(interaction, changed)

    def typed(self) -> str:
        return "\n\n".join(filter(None, (self.shared.value, self.scenes.value)))

    def _changed(self, job: Job, shared: str, scenes: tuple[str, ...]) -> FollowUp:
        changed = vary(
            job,
            prompt=album_text(shared, scenes),
            aspect=chosen_aspect(self.aspect, job.request),
            resolution=chosen_resolution(self.resolution, job.request),
            count=len(scenes),
            prompts=scene_prompts(shared, scenes),
        )
        return replace(changed, request=replace(changed.request, is_series=True))


class VaryForm(ResultForm):
    """The form of a varied result, filled in with its request."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id, _("Vary this result"))
        self.fields = RequestFields(self, job.request, own_words(job))

    async def submit(self, interaction: Interaction, job: Job) -> bool:
        """Submit the changed request, with the same references and another seed."""
        wanted = self.fields.read()
        changed = vary(
            job,
            prompt=wanted.prompt,
            aspect=wanted.aspect,
            resolution=wanted.resolution,
            count=wanted.count,
        )
        request = services_of(interaction).requests.as_changed(changed.request)
        if expand(request.prompt) is not None:
            request = replace(request, enhance=False)  # several prompts are not rewritten
        return await submit_or_offer(interaction, request, parent=changed.parent)

    def typed(self) -> str:
        return self.fields.prompt.value


class WhichForm(ResultForm):
    """The form that asks which picture to paint in 4K."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id, _("In 4K"))
        self.which: Select = ui.Select(custom_id="which", options=picture_options(job))
        self.put(_("Which picture"), self.which, _("Easel repaints this picture in 4K."))

    async def submit(self, interaction: Interaction, job: Job) -> bool:
        """Submit the chosen picture in 4K."""
        return await take_larger(interaction, job, chosen_index(self.which))


async def take_larger(interaction: Interaction, job: Job, index: int | None) -> bool:
    """Submit the picture with this index, or the first one, in 4K; return whether that was accepted."""
    index = index_of(job, index)
    url = address_in(interaction.message, job, index)
    return await submit_follow_up(interaction, enlarge(job, index, url=url))
