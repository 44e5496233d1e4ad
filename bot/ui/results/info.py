"""Info: all facts about a picture, and the command that makes it again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord
from discord import ui

from bot.domain.followups import own_words, without_instructions
from bot.domain.jobs import MAX_SEED, ImageRequest, Job, JobKind
from bot.domain.prompts import expand, unescaped
from bot.domain.provider import Model
from bot.domain.video import VideoModel, VideoSettings
from bot.ui.base import markdown
from bot.ui.base.access import index_of
from bot.ui.base.components import Box, MemoryFile, box_of, lines, send_private_card, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.markdown import card_address
from bot.ui.base.options import LIKE_FIRST_NAME, RESOLUTION_NAMES, models_for
from bot.ui.base.theme import (
    ASPECT_NAMES,
    TEAL,
    dots,
    duration_text,
    picture_count,
    quality_text,
    seconds_text,
)
from bot.ui.base.units import stamp, usd
from bot.ui.cards.card import PROMPT_FILE
from bot.ui.cards.facts import origin
from bot.ui.cards.text import needs_file, prompt_file, revised_text, why_own_words
from bot.ui.history.tree import parent_of
from bot.ui.results.panel import INFO, picture_title

# Text that Discord reads as an option in a pasted command; a test compares it with the commands.
OPTION: Final = re.compile(
    r"(?:^|\s)(?:prompt|aspect|resolution|count|seed|model|private|spoiler|enhance|preset|tray|reference\d?|image\d{0,2}"
    r"|last|seconds|quality)"
    r"\s?:",
    re.IGNORECASE,
)
_NOT_TEXT: Final = re.compile(r"[{}]|\\(?=[,،，])")  # characters that a prompt with variables has to escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to paste. `is_safe` says that Discord reads nothing in the prompt as an option.

    `is_one` says that it makes this picture alone, as each picture of the result had words of its own.
    """

    text: str
    is_safe: bool
    is_one: bool


AnyModel = Model | VideoModel


def command_of(
    job: Job, index: int, *, can_enhance: bool = False, models: Sequence[AnyModel] = ()
) -> Command:
    """Return the command that makes the picture again, with the prompt it was painted with and every option set.

    The instruction that a button or a series added is left out: it is ours, and a person would read it as their words.
    Options are all set because people's defaults differ. `can_enhance` says that prompts are rewritten here, which the
    command then switches off; `models` are those on offer. Choices go by their names, which is how Discord reads them:
    https://github.com/discord/discord-api-docs/issues/2363.
    """
    request, is_one = job.request, bool(job.request.prompts)
    if request.video is not None:
        return _video_command(request, request.video, models)
    name = JobKind.EDIT if request.aspect is None else request.kind  # only /edit can keep a picture's shape
    words = " ".join(_words(job, index).split())
    seed = job.seeds[index if is_one else 0]
    painting = models_for(name, (one for one in models if isinstance(one, Model)))
    model = next((one.name for one in painting if one.id == request.model), None)
    options = [
        f"aspect:{LIKE_FIRST_NAME if request.aspect is None else ASPECT_NAMES[request.aspect]}",
        f"resolution:{RESOLUTION_NAMES[request.resolution]}",
        f"count:{1 if is_one else request.count}",
        f"seed:{seed}" if seed <= MAX_SEED else "",
        f"model:{model}" if model is not None else "",
        "enhance:False" if can_enhance and name is JobKind.IMAGINE else "",
    ]
    text = " ".join([f"/{name.value}", f"prompt:{as_text(words)}", *filter(None, options)])
    return Command(text=text, is_safe=OPTION.search(words) is None, is_one=is_one)


def _video_command(request: ImageRequest, video: VideoSettings, models: Sequence[AnyModel]) -> Command:
    """Return the command of a video, whose prompt has no variables; `models` are those that make videos."""
    words = " ".join(request.prompt.split())
    chosen = [f"model:{one.name}" for one in models if one.id == request.model and len(models) > 1]
    length = (f"seconds:{seconds_text(video)}", f"quality:{video.quality}")
    text = " ".join([f"/{request.kind.value}", f"prompt:{words}", *length, *chosen])
    return Command(text=text, is_safe=OPTION.search(words) is None, is_one=False)


def _words(job: Job, index: int) -> str:
    if job.request.is_series:
        return without_instructions(job.asked_with(index))
    asked = job.asked_with(index)
    return own_words(job) if asked == job.request.prompt else asked


def as_text(words: str) -> str:
    """Return words as a prompt without variables: braces and commas that would make one are escaped."""
    if expand(words) is None and unescaped(words) == words:
        return words
    return _NOT_TEXT.sub(lambda found: f"\\{found.group()}", words)


WORDS_ROOM: Final = 1000  # of the prompt, what it was rewritten to and what the model used, together
COMMAND_ROOM: Final = 1000
COMMAND_FILE: Final = "command.txt"
_FENCE: Final = "```"

Drawn = tuple[ui.LayoutView, list[discord.File]]


@INFO.on_press
async def on_info(interaction: Interaction, job: Job, index: int | None) -> None:
    """Show the facts to anybody who may see the result: its card shows most of them anyway."""
    parent = await parent_of(interaction, job)
    submissions = services_of(interaction).submissions
    offered = submissions.models if job.request.video is None else submissions.videos
    models, can_enhance = tuple(offered.values()), submissions.can_enhance
    view, files = info_card(job, index_of(job, index), parent=parent, can_enhance=can_enhance, models=models)
    await send_private_card(interaction, view, files)


def info_card(
    job: Job,
    index: int,
    *,
    parent: Job | None = None,
    can_enhance: bool = False,
    models: Sequence[AnyModel] = (),
) -> Drawn:
    """Draw the facts of one picture. `parent` is the job it was made of, if the person may see that.

    `models` are those on offer, the usual one first: another one is shown by its name too.
    """
    texts = _texts(job, index)
    room = WORDS_ROOM // len(texts)
    box = box_of(TEAL, f"### {picture_title(job, index)}")
    for title, text in texts:
        box.add_item(ui.TextDisplay(f"**{title}**\n{markdown.quote(text, room)}"))
    files: list[discord.File] = []
    if needs_file(job) or not all(markdown.fits(text, room) for _title, text in texts):
        files.append(MemoryFile(prompt_file(job), PROMPT_FILE))
        box.add_item(ui.File(f"attachment://{PROMPT_FILE}"))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(_facts(job, index, parent, models[1:])))
    box.add_item(ui.Separator())
    files += _add_command(box, job, command_of(job, index, can_enhance=can_enhance, models=models))
    return view_of(box), files


def _texts(job: Job, index: int) -> list[tuple[str, str]]:
    """Return the prompt, and where they differ its rewriting and the prompt the model used, with titles."""
    asked = job.request.prompt_of(index)
    texts = [(_("Prompt"), without_instructions(asked) or asked)]
    if job.rewriting is not None and job.rewriting.text is not None:
        texts.append((_("Rewritten"), job.rewriting.text))
    revised = revised_text(job, index)
    if revised is not None:
        texts.append((_("What the model used"), revised))
    return texts


def _facts(job: Job, index: int, parent: Job | None, unusual: Sequence[AnyModel]) -> str:
    request, render = job.request, job.renders[index]
    shape = ASPECT_NAMES[request.aspect] if request.aspect is not None else _("like the first picture")
    is_picture, made = request.video is None, duration_text(job)
    rewriting = job.rewriting.request_id if job.rewriting is not None else None
    return lines(
        _fact(
            _("Size"),
            str(render.size or job.size or ""),
            quality_text(request),
            shape if is_picture else None,
        ),
        _fact(_("Seed"), f"`{job.seeds[index]}`") if is_picture else None,
        _fact(
            _("Made with"),
            _("a series") if request.is_series else f"/{request.kind.value}",
            next((one.name for one in unusual if one.id == request.model), None),
            f"`{request.model}`",
        ),
        _fact(_("References"), picture_count(len(request.references))) if request.references else None,
        _fact(_("Based on"), _parent(job, parent)),
        _fact(_("Requested"), stamp(job.created_at, "f"), f"<@{job.user_id}>", _private_note(job)),
        _fact(_("Painted in") if is_picture else _("Made in"), made) if made is not None else None,
        _fact(_("Cost"), _cost(job)),
        _fact(_("Request"), f"`{render.request_id}`") if render.request_id else None,
        _fact(_("Rewriting"), f"`{rewriting}`", why_own_words(job)) if rewriting else None,
        _fact(_("Job"), f"`{job.id}`"),
    )


def _fact(name: str, *parts: str | None) -> str | None:
    """Return one line; None where all of its parts are empty."""
    text = " · ".join(part for part in parts if part)
    return f"**{name}** {text}" if text else None


def _parent(job: Job, parent: Job | None) -> str | None:
    text = origin(job)
    address = card_address(parent) if parent is not None else None
    return text if address is None else f"{text} ([{_('open')}]({address}))"


def _private_note(job: Job) -> str | None:
    return _("only they can see it") if job.request.private else None


def _cost(job: Job) -> str:
    number = len(job.pictures)
    price = usd(job.cost_micro_usd)
    return (
        price if number < 2 else _("{usd} for {pictures}").format(usd=price, pictures=picture_count(number))
    )


def _add_command(box: Box, job: Job, command: Command) -> list[discord.File]:
    """Add the command in a block to copy it from; return it as a file where it does not fit in one."""
    title = _("This picture again") if command.is_one else _("Make it again")
    notes = [dots(note) for note in _notes(job, command)]
    is_shown = _FENCE not in command.text and len(command.text) <= COMMAND_ROOM
    block = f"{_FENCE}\n{command.text}\n{_FENCE}" if is_shown else None
    box.add_item(ui.TextDisplay(lines(f"**{title}**", block, *notes)))
    if is_shown:
        return []
    box.add_item(ui.File(f"attachment://{COMMAND_FILE}"))
    return [MemoryFile(command.text.encode(), COMMAND_FILE)]


def _notes(job: Job, command: Command) -> list[str]:
    notes: list[str] = []
    number = len(job.request.references)
    if number:
        text = n_(
            "Attach the same picture again, or press **Again** on the result, which still has it.",
            "Attach the same {n} pictures again, or press **Again** on the result, which still has them.",
            number,
        )
        notes.append(text.format(n=number))
    if not command.is_safe:
        notes.append(
            _("Discord reads a word with a colon in this prompt as an option, so paste the prompt by itself.")
        )
    return notes
