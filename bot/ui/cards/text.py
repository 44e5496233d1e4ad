"""The words of a result: the prompt, its rewriting, and the words of each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.followups import own_words, without_instructions
from bot.domain.jobs import ImageRequest, Job, RenderStage, RewriteFault
from bot.domain.prompts import clean_prompt, file_stem, scene_prompts
from bot.ui.base import markdown
from bot.ui.base.discord_limits import MAX_ALT_TEXT, MAX_OPTION_TEXT
from bot.ui.base.i18n import _

PROMPT_ROOM: Final = 1500  # of a text that is alone
TEXT_ROOM: Final = 2600  # of all these texts together; the rest of a card needs less than 1400 of its 4000
# The text between a series' shared text and a scene.
_BETWEEN: Final = scene_prompts("a", ("b",))[0][1:-1]


REVISED_ROOM: Final = 160  # about two lines of small text


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """The prompt that the model used instead of the one it was given, for the picture with this index.

    `added` is what follows the prompt where the model only added to it. `is_for_all` says that it is the same for every
    picture of the result.
    """

    index: int
    text: str
    added: str | None
    is_for_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts of a result card.

    `asked` is empty where each picture has words of its own and they share none; `lines` are the words of each, as
    `1 · a red fox`, not cut.
    """

    asked: str
    rewritten: str | None = None
    lines: tuple[str, ...] = ()

    @property
    def room(self) -> int:
        """The characters for each of the texts on the card, quoted."""
        parts = (self.asked, self.rewritten, self.lines)
        return min(PROMPT_ROOM, TEXT_ROOM // sum(map(bool, parts)))

    @property
    def line_room(self) -> int:
        """The characters for each of `lines`, without its line break."""
        return self.room // len(self.lines) - 1

    @property
    def fit_card(self) -> bool:
        """Whether the card shows all texts in full."""
        texts = (self.asked, self.rewritten or "")
        return all(markdown.fits(text, self.room) for text in texts) and all(
            markdown.fits(line, self.line_room) for line in self.lines
        )


def words_of(job: Job) -> Words:
    """Return all texts of a job's result card."""
    series = shared_and_scenes(job.request)
    shared, each = series if series is not None else (own_words(job), job.request.prompts)
    return Words(
        asked=shared,
        rewritten=job.rewriting.text if job.rewriting is not None else None,
        lines=_numbered(each, missing_scenes(job)),
    )


def needs_file(job: Job) -> bool:
    """Return whether the words are too long for the card, so that a file has them in full."""
    return not words_of(job).fit_card


def shared_and_scenes(request: ImageRequest) -> tuple[str, tuple[str, ...]] | None:
    """Return the shared text of a series, which may be empty, and its scenes.

    None if the request is no series, or one whose prompts were put together in an older way.
    """
    if not request.is_series or not request.prompts:
        return None
    halves = [prompt.partition(_BETWEEN) for prompt in request.prompts]
    shared = {before for before, between, _after in halves if between}
    if not shared:
        begins_with_scenes = request.prompt.startswith("1. ")  # as an album without a shared text does
        return ("", request.prompts) if begins_with_scenes else None
    if len(shared) > 1 or not all(between for _before, between, _after in halves):
        return None
    return shared.pop(), tuple(after for _before, _between, after in halves)


def revised_prompt(job: Job) -> str | None:
    """Return the first prompt that the model used instead, where it differs from the one it was given."""
    return next(filter(None, (revised_text(job, index) for index in range(len(job.renders)))), None)


def small_name(job: Job, index: int) -> str:
    """Return the file name of a thumbnail, which nobody can take for the result itself."""
    return f"{file_stem(own_words(job), job.id, index)}-small.jpg"


def alt_text(job: Job, index: int) -> str:
    """Return what is to be seen on the picture with this render index, by a model or else by its prompt."""
    made = _("A picture made with Easel") if job.request.video is None else _("A video made with Easel")
    return flat(job.renders[index].alt_text or _asked_to_be(job, index), MAX_ALT_TEXT) or made


def _asked_to_be(job: Job, index: int) -> str:
    series = shared_and_scenes(job.request)
    if series is not None:
        shared, scenes = series
        return " · ".join(filter(None, (scenes[index], shared)))  # what differs comes first
    asked = job.asked_with(index)
    return own_words(job) if asked == job.request.prompt else asked


def flat(text: str, room: int) -> str:
    """Return the text on one line, in at most `room` characters: for places where Discord reads no markdown."""
    return markdown.cut(" ".join(clean_prompt(text).split()), room)


def own_line(job: Job, index: int) -> str | None:
    """Return the words that only this picture has, as an option's description; None where all share the same."""
    series = shared_and_scenes(job.request)
    each = series[1] if series is not None else job.request.prompts
    return flat(each[index], MAX_OPTION_TEXT) or None if each else None


def prompt_file(job: Job) -> bytes:
    """Return all words in full, as the bytes of prompt.txt."""
    words = words_of(job)
    parts = [words.asked] if words.asked else []
    if words.rewritten is not None:
        parts += [_("Rewritten:"), words.rewritten]
    for number, prompt in enumerate(job.request.prompts, start=1):
        parts += [_("Picture {n}:").format(n=number), without_instructions(prompt)]
    if (revised := revised_prompt(job)) is not None:
        parts += [_("What the model used:"), revised]
    return "\n\n".join(parts).encode()


def missing_scenes(job: Job) -> list[int]:
    """Return the indexes of failed pictures that had words of their own; empty where all share the same words."""
    if not job.request.prompts:
        return []
    return [render.index for render in job.renders if render.stage is RenderStage.FAILED]


def _numbered(each: tuple[str, ...], missing: list[int]) -> tuple[str, ...]:
    lines: list[str] = []
    for index, words in enumerate(each):
        number = f"{index + 1} · {_('missing')}" if index in missing else str(index + 1)
        lines.append(f"{number} · {' '.join(words.split())}")
    return tuple(lines)


def revised_text(job: Job, index: int) -> str | None:
    """Return the words the model used for one picture; None where they differ in case and spacing at most.

    Instructions that Easel added to the prompt are left out.
    """
    text = without_instructions(job.renders[index].revised_prompt or "")
    asked = without_instructions(job.asked_with(index))
    return text if text and _folded(text) != _folded(asked) else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def revised_of(job: Job) -> Revised | None:
    """Return what the card shows of the model's words; None where it is left to `Info`.

    That is so for results whose pictures have words of their own.
    """
    if job.request.prompts:
        return None
    texts = {one.index: revised_text(job, one.index) for one in job.pictures}
    index = next((index for index, text in texts.items() if text is not None), None)
    if index is None or (text := texts[index]) is None:
        return None
    return Revised(
        index=index,
        text=text,
        added=_added(without_instructions(job.asked_with(index)), text),
        is_for_all=len(set(texts.values())) == 1,
    )


def _added(asked: str, used: str) -> str | None:
    """Return what the model wrote behind the prompt; None where it changed the prompt itself."""
    words, asked_words = used.split(), asked.rstrip(_ENDS).split()
    head = " ".join(words[: len(asked_words)])
    if _folded(head.rstrip(_ENDS)) != _folded(" ".join(asked_words)):
        return None
    return " ".join(words[len(asked_words) :]).lstrip(_ENDS) or None


_ENDS: Final = " .,;:"


_FAULT_TEXTS: Final = {
    RewriteFault.BUSY: _("the model that rewrites prompts was too busy"),
    RewriteFault.FAULT: _("Easel couldn't reach the model that rewrites prompts"),
    RewriteFault.CREDIT: _("Easel can't pay for rewriting right now"),
    RewriteFault.REFUSED: _("the model that rewrites prompts declined"),
    RewriteFault.UNCERTAIN: _("the rewritten prompt got lost on the way"),
    RewriteFault.EMPTY: _("the rewritten prompt was empty"),
    RewriteFault.TOO_LONG: _("the rewritten prompt was too long"),
    RewriteFault.LOST_QUOTES: _("the rewritten prompt lost your words in quotation marks"),
    RewriteFault.DANGER: _("the rewritten prompt asked for something that's never allowed"),
    RewriteFault.FILTERED: _("a filter in this server blocks the rewritten prompt"),
}


def why_own_words(job: Job) -> str | None:
    """Return why the person's own words were used although rewriting was asked for; None otherwise."""
    if job.rewriting is None or job.rewriting.fault is None:
        return None
    return _("{why}, so Easel used yours").format(why=_FAULT_TEXTS[job.rewriting.fault])
