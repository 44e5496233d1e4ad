"""Forms that ask what to do with images, and the fields that several forms share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import blend_prompt, numbered
from bot.domain.jobs import MAX_COUNT, ImageRequest, Job, JobKind, Origin, Parent
from bot.domain.prompts import expand
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution
from bot.services.requests import CommandOptions, variables_album
from bot.ui.base.access import seen_result
from bot.ui.base.components import Form, number_in, one_of, prompt_field, return_input
from bot.ui.base.context import Interaction
from bot.ui.base.discord_limits import MAX_FORM_TITLE, MAX_OPTION_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.options import LIKE_FIRST, LIKE_FIRST_NAME, RESOLUTION_NAMES
from bot.ui.base.replies import MalformedInputError
from bot.ui.base.theme import ASPECT_NAMES, picture_count
from bot.ui.cards.text import flat
from bot.ui.requests.request import read_request, submit_or_offer


class InstructionForm(Form):
    """A form with a field for what to do. A person who is refused gets back what they typed."""

    def __init__(self, title: str, *, placeholder: str) -> None:
        """`title` is cut where it is long; `placeholder` has up to 100 characters."""
        super().__init__(flat(title, MAX_FORM_TITLE))
        self.instruction = prompt_field("instruction", placeholder=placeholder)

    async def on_submit(self, interaction: Interaction, /) -> None:
        options = await self.options(interaction)
        request = await read_request(interaction, options) if options is not None else None
        if request is None or not await self._is_taken(interaction, request):
            await return_input(interaction, self.typed())

    def typed(self) -> str:
        return self.instruction.value

    async def options(self, interaction: Interaction) -> CommandOptions | None:
        """Return the options that were filled in; None where they make no request and the person was told why."""
        raise NotImplementedError

    async def _is_taken(self, interaction: Interaction, request: ImageRequest) -> bool:
        """Submit the request; return whether its words are kept, by a card or by the question about its variables."""
        is_question = isinstance(variables_album(request), ImageRequest)
        return await submit_or_offer(interaction, request) or is_question


MIN_BLENDED: Final = 2
MAX_BLENDED: Final = 5  # of more, the model leaves some out


class BlendForm(InstructionForm):
    """The form that makes one picture of several; it asks which where there are too many. Words are optional.

    `job` is the result that they are pictures of, if they are of one.
    """

    def __init__(self, references: tuple[Reference, ...], job: Job | None = None) -> None:
        super().__init__(_("Blend pictures"), placeholder="")
        self.references, self.job = references, job
        self.which: Select | None = None
        if len(references) > MAX_BLENDED:
            self.which = which_reference(references, least=MIN_BLENDED, most=MAX_BLENDED)
            self.put(_("Which pictures"), self.which, _("Choose 2 to 5"))
        hint = _("Image 1 as a watercolour, in the light of image 2")
        self.instruction = prompt_field("instruction", placeholder=hint, required=False)
        self.put(_("What to make from them"), self.instruction, _("Leave it empty for an even blend"))

    async def options(self, interaction: Interaction) -> CommandOptions | None:
        """See `InstructionForm`."""
        if self.job is not None and await seen_result(interaction, self.job.id) is None:
            return None  # it was removed since the form was opened
        known = range(len(self.references))
        places = known if self.which is None else {number_in(known, one) for one in self.which.values}
        chosen = numbered(tuple(self.references[place] for place in sorted(places)))
        if not MIN_BLENDED <= len(chosen) <= MAX_BLENDED:
            raise MalformedInputError
        number = len(chosen)
        even = n_("A blend of {n} picture", "A blend of {n} pictures", number).format(n=number)
        return CommandOptions(
            kind=JobKind.EDIT,
            prompt=blend_prompt(self.instruction.value.strip() or even),
            references=chosen,
            private=True if self.job is not None and self.job.request.private else None,
        )

    async def _is_taken(self, interaction: Interaction, request: ImageRequest) -> bool:
        parent = None if self.job is None else Parent(job_id=self.job.id, origin=Origin.EDIT)
        is_question = isinstance(variables_album(request), ImageRequest)
        return await submit_or_offer(interaction, request, parent=parent) or is_question


def no_blend_text() -> str:
    """Say how many pictures a blend takes, and how to collect them."""
    return _(
        "A blend takes 2 to 5 pictures, and here is only one. Collect them with *Apps* → *Add to references* or "
        "`/tray add`, then press **Blend** in your tray."
    )


def which_reference(references: tuple[Reference, ...], *, least: int = 1, most: int = 1) -> ui.Select[Any]:
    """Return a select of the references by their index from 0, with the first `most` chosen."""
    return ui.Select(
        custom_id="which",
        min_values=least,
        max_values=most,
        options=[
            discord.SelectOption(
                label=flat(f"{number} · {reference.filename}", MAX_OPTION_TEXT),
                value=str(number - 1),
                description=side_text(reference),
                default=number <= most,
            )
            for number, reference in enumerate(references, start=1)
        ],
    )


def side_text(reference: Reference) -> str | None:
    """Return the size of a picture, where it is known."""
    if not reference.width or not reference.height:
        return None
    return f"{reference.width} × {reference.height}"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a person chose in the fields of `RequestFields`."""

    prompt: str
    aspect: Aspect | None
    resolution: Resolution
    count: int


_BRACE: Final = re.compile("[{}]")


class RequestFields:
    """The fields of a form that is filled in with a request: prompt, shape, size and number of pictures."""

    def __init__(self, form: Form, request: ImageRequest, words: str) -> None:
        """Add the fields to the form; `words` are the prompt as the person knows it."""
        self.request = request
        self.prompt = prompt_field("prompt", default=_escaped(request, words))
        self.aspect, self.resolution = aspect_select(request), resolution_choice(request)
        self.count = count_choice(request)
        form.put(_("What to paint"), self.prompt)
        form.put(_("Shape"), self.aspect)
        form.put(_("Size"), self.resolution)
        form.put(_("How many pictures"), self.count)

    def read(self) -> Changed:
        return Changed(
            self.prompt.value,
            chosen_aspect(self.aspect, self.request),
            chosen_resolution(self.resolution, self.request),
            chosen_count(self.count),
        )


def _escaped(request: ImageRequest, words: str) -> str:
    """Return the prompt as a person would type it: braces that were plain text are escaped."""
    is_text = not request.prompts and expand(words) is not None
    return _BRACE.sub(r"\\\g<0>", words) if is_text else words


Select = ui.Select[Any]
Radio = ui.RadioGroup[Any]


def aspect_select(request: ImageRequest) -> Select:
    """Return a select of all shapes, with the request's chosen."""
    options = [
        discord.SelectOption(label=name, value=aspect.value, default=aspect is request.aspect)
        for aspect, name in ASPECT_NAMES.items()
    ]
    if request.references:
        like_the_first = discord.SelectOption(
            label=LIKE_FIRST_NAME, value=LIKE_FIRST, default=request.aspect is None
        )
        options.insert(0, like_the_first)
    return ui.Select(custom_id="aspect", options=options)


def chosen_aspect(select: Select, request: ImageRequest) -> Aspect | None:
    """Return the chosen shape; the request's own where nothing was chosen."""
    if not select.values:
        return request.aspect
    return None if select.values[0] == LIKE_FIRST else one_of(Aspect, select.values[0])


def resolution_choice(request: ImageRequest) -> Radio:
    return ui.RadioGroup(
        custom_id="resolution",
        options=[
            discord.RadioGroupOption(label=name, value=one.value, default=one is request.resolution)
            for one, name in RESOLUTION_NAMES.items()
        ],
    )


def chosen_resolution(choice: Radio, request: ImageRequest) -> Resolution:
    """Return the chosen resolution; the request's own where none was chosen."""
    return one_of(Resolution, choice.value) if choice.value else request.resolution


def count_choice(request: ImageRequest) -> Radio:
    """Return a choice of how many images to make, of each prompt where the request had variables."""
    now = request.count // len(set(request.prompts) or {request.prompt})
    return ui.RadioGroup(
        custom_id="count",
        options=[
            discord.RadioGroupOption(label=picture_count(number), value=str(number), default=number == now)
            for number in range(1, MAX_COUNT + 1)
        ],
    )


def chosen_count(choice: Radio) -> int:
    """Return the chosen number of pictures; 1 where none was chosen."""
    return number_in(range(1, MAX_COUNT + 1), choice.value) if choice.value else 1
