"""/series: one description, and a few scenes that each become a picture."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.followups import numbered
from bot.domain.jobs import MAX_PROMPT, ImageRequest, Parent
from bot.domain.prompts import MAX_SCENES, MIN_SCENES, SeriesProblem, problem_of, read_scenes
from bot.domain.references import Reference
from bot.services.requests import CommandOptions, series_request
from bot.ui.base.attachments import reference_of
from bot.ui.base.components import Form, prompt_field, return_input, upload_field
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.mentioned import words_in
from bot.ui.requests.refusals import Refusal
from bot.ui.requests.request import read_request
from bot.ui.requests.submit import refuse, submit_request, thinking_when_slow


class SeriesForm(Form):
    """The form of a series. A person who is refused gets back the words they typed.

    The tray's pictures come before the references of the command's `options`, and both before those attached here.
    `scenes`, one per line, and the options' prompt, which all share, fill it in. `parent` is the result it starts from.
    """

    def __init__(
        self, options: CommandOptions, *, tray: bool, scenes: str = "", parent: Parent | None = None
    ) -> None:
        super().__init__(_("A series of pictures"))
        self._options = options
        self._tray = tray
        self._parent = parent
        self.shared = prompt_field(
            "shared",
            default=options.prompt,
            required=False,
            placeholder=_("A small red fox with a blue scarf, children's book, watercolour on rough paper"),
        )
        self.scenes = prompt_field(
            "scenes",
            default=scenes,
            placeholder=_("wakes up in a hollow tree\nfinds a lantern in the snow\nshows it to an owl"),
        )
        self.files = upload_field("files")
        self.put(_("What all pictures share"), self.shared, _("Who, where, and in what style"))
        scenes = _("One per line, {least} to {most}. Each becomes a picture")
        self.put(_("Scenes"), self.scenes, scenes.format(least=MIN_SCENES, most=MAX_SCENES))
        self.put(_("Reference pictures"), self.files, _("A character or style that all of them keep"))

    async def on_submit(self, interaction: Interaction, /) -> None:
        files = tuple(reference_of("", file) for file in self.files.values)
        if not await self._is_taken(interaction, files):
            await return_input(interaction, self.typed())

    def typed(self) -> str:
        return "\n\n".join(text for text in (self.shared.value, self.scenes.value) if text.strip())

    async def _is_taken(self, interaction: Interaction, files: tuple[Reference, ...]) -> bool:
        shared, listed = await words_in(interaction, self.shared.value, self.scenes.value)
        scenes = read_scenes(listed)
        options = replace(
            self._options,
            prompt=shared,
            references=await self._references(interaction, files),
        )
        request = await read_request(interaction, options)
        if request is None:
            return False
        problem, series = problem_of(request.prompt, scenes), series_request(request, scenes)
        if problem is not None:
            await refuse(interaction, series_refusal(problem, len(scenes)), series, self._parent)
            return False
        return await submit_request(interaction, series, parent=self._parent)

    async def _references(
        self, interaction: Interaction, files: tuple[Reference, ...]
    ) -> tuple[Reference, ...]:
        """Return the references of the tray, the command and the form, in this order and numbered through."""
        given = (*self._options.references, *files)
        reading = services_of(interaction).requests.edit_references(
            interaction.user.id, given, tray=self._tray
        )
        return numbered(await thinking_when_slow(interaction, reading, private=self._options.maybe_private))


def reword_series(written: ImageRequest, parent: Parent | None) -> SeriesForm:
    """Return the form filled in with a series that was refused or failed, as `as_written` has it."""
    options = CommandOptions(
        kind=written.kind,
        prompt=written.prompt,
        references=written.references,
        aspect=written.aspect,
        is_like_first=written.aspect is None,
        resolution=written.resolution,
        seed=written.seed,
        private=written.private,
        spoiler=written.spoiler,
        enhance=False,
    )
    return SeriesForm(options, tray=False, scenes="\n".join(written.prompts), parent=parent)


def series_refusal(problem: SeriesProblem, scenes: int) -> Refusal:
    """Say why no series can be made of this, and what helps."""
    match problem:
        case SeriesProblem.TOO_FEW:
            title = _("A series needs at least {n} scenes").format(n=MIN_SCENES)
            text = _you_wrote(scenes)
            helps = _("Put each scene on its own line. For a single picture, use `/imagine`.")
        case SeriesProblem.TOO_MANY:
            title = _("A series has at most {n} scenes").format(n=MAX_SCENES)
            text = _you_wrote(scenes)
            helps = _("Each line is a scene. Remove some, or make a second series.")
        case SeriesProblem.TOO_LONG:
            title = _("This is too long")
            text = _("What all pictures share and each scene can have {n} characters together.")
            text = text.format(n=f"{MAX_PROMPT:,}")
            helps = _("Shorten the longest one.")
    return Refusal(title=title, text=f"{text} {helps}")


def _you_wrote(scenes: int) -> str:
    return n_("You wrote {n} scene.", "You wrote {n} scenes.", scenes).format(n=scenes)
