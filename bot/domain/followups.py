"""Follow-up requests made from a result: repeated, varied, edited, enlarged, with the model's words, or one scene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from bot.domain.jobs import MAX_PROMPT, ImageRequest, Job, JobKind, Origin, Parent
from bot.domain.prompts import SCENE, expand, file_stem
from bot.domain.references import Posted, Reference, Stored, input_name, option_name, result_name
from bot.domain.sizes import Aspect, Resolution

# Instructions for the model, put before the prompt.
ENLARGE: Final = "Keep image 1 exactly as it is, and render it in finer detail."
VARIATION: Final = "Paint a new variation of image 1, with the same subject and style in another composition."
BLEND: Final = "Blend these pictures into one new picture that joins their subjects, places and styles."
_OURS: Final = (ENLARGE, VARIATION, BLEND, SCENE)
_SPACED: Final = "|".join(r"\s+".join(map(re.escape, text.split())) for text in _OURS)
_PUNCTUATION: Final = ",.;:!?"
_INSTRUCTIONS: Final = re.compile(rf"\s*(?:{_SPACED})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A request made from a result, and the result it was made from."""

    request: ImageRequest
    parent: Parent


def repeat(job: Job) -> FollowUp:
    """Repeat the request; its seed follows from the new job's id."""
    request = replace(job.request, seed=None, references=inputs_of(job))
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.AGAIN))


def vary(
    job: Job,
    *,
    prompt: str,
    aspect: Aspect | None,
    resolution: Resolution,
    count: int,
    prompts: tuple[str, ...] = (),
) -> FollowUp:
    """Repeat the request as somebody changed it, with the same references; a blend stays one."""
    if job.request.prompt.startswith(BLEND):
        prompt = blend_prompt(prompt)
    request = replace(
        _repeated(job), prompt=prompt, prompts=prompts, aspect=aspect, resolution=resolution, count=count
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.VARY))


def edit(job: Job, index: int, *, prompt: str, more: tuple[Reference, ...] = (), url: str = "") -> FollowUp:
    """Edit the picture: it becomes the first reference, before `more`."""
    request = replace(
        _edit_of_one(job, prompt, (result_of(job, index, url=url), *more)),
        spoiler=job.request.spoiler or any(reference.is_spoiler for reference in more),
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.EDIT, index=index))


def enlarge(job: Job, index: int, *, url: str = "") -> FollowUp:
    """Ask for the same picture in 4K: the model can only render it again, with the picture as its reference."""
    request = replace(_instructed(ENLARGE, job, index, url=url), resolution=Resolution.FOUR_K)
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.ENLARGE, index=index))


def vary_picture(job: Job, index: int, *, url: str = "") -> FollowUp:
    """Ask for one new picture like this one, which becomes its reference."""
    request = _instructed(VARIATION, job, index, url=url)
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.VARY, index=index))


def _instructed(instruction: str, job: Job, index: int, *, url: str) -> ImageRequest:
    """Return an edit of one picture by an instruction of ours and, where they fit, the words it was made with."""
    words = f"{instruction} {without_instructions(job.asked_with(index))}"
    prompt = words if len(words) <= MAX_PROMPT else instruction
    return _edit_of_one(job, prompt, (result_of(job, index, url=url),))


def blend_prompt(words: str) -> str:
    """Return the prompt that blends pictures as `words` say; just the words where the instruction does not fit.

    Nor does it fit words with variables, which are shown as the prompts they stand for.
    """
    prompt = f"{BLEND} {words}"
    return prompt if len(prompt) <= MAX_PROMPT and expand(words) is None else words


def use_revised_prompt(job: Job, index: int) -> FollowUp | None:
    """Use the model's revised prompt as the prompt; None if the model used the prompt as it was."""
    words = job.renders[index].revised_prompt
    if not words:
        return None
    request = replace(_repeated(job), prompt=words[:MAX_PROMPT], enhance=False, count=1)
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.REVISED, index=index))


def repeat_scene(job: Job, index: int) -> FollowUp:
    """Repeat one picture of a series, in the same shape and with the same references."""
    request = replace(_repeated(job), prompt=job.request.prompt_of(index), count=1)
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.SCENE, index=index))


def own_words(job: Job) -> str:
    """Return the prompt as the person wrote it, without the instruction that a follow-up adds; never empty."""
    return own_prompt(job.request, job.parent)


def own_prompt(request: ImageRequest, parent: Parent | None) -> str:
    """Return the prompt of a request as `own_words` does; `parent` is what the request is made from."""
    if parent is None and not request.prompt.startswith(BLEND):  # the person may have typed any of the others
        return request.prompt
    return without_instructions(request.prompt) or request.prompt


def without_instructions(text: str) -> str:
    """Return the text without the instructions that Easel adds to prompts, as a model may repeat them; may be empty."""
    return _INSTRUCTIONS.sub(" ", text).strip()


def new_words(text: str, *, than: str) -> str:
    """Return the words from the first to the last one that `than` has not in their place; empty if it has them all."""
    words, old = text.split(), than.split()
    first = _alike(words, old)
    last = _alike(words[first:][::-1], old[first:][::-1])
    return " ".join(words[first : len(words) - last])


def _alike(words: Sequence[str], others: Sequence[str]) -> int:
    """Return how many words both begin with, whatever their case and the punctuation around them."""
    pairs = zip(words, others, strict=False)
    same = (
        one.casefold().strip(_PUNCTUATION) == other.casefold().strip(_PUNCTUATION) for one, other in pairs
    )
    return sum(1 for _ in takewhile(bool, same))


def picture_name(job: Job, index: int) -> str:
    """Return the file name under which a result is shown."""
    return f"{file_stem(own_words(job), job.id, index)}.{job.renders[index].extension or 'jpg'}"


def may_enlarge(job: Job) -> bool:
    """Return whether the job's pictures can be enlarged: they are not in 4K already."""
    return job.request.resolution is Resolution.TWO_K


def result_of(job: Job, index: int, *, name: str = "image", url: str = "") -> Reference:
    """Return a result as a reference; `index` is its render's, `url` a fresh address or empty."""
    render = job.renders[index]
    posted = None
    if job.card_id is not None and not job.request.private:
        posted = Posted(channel_id=job.reply_target.channel_id, message_id=job.card_id)
    return Reference(
        name=name,
        url=url,
        filename=picture_name(job, index),
        bytes=0,
        content_type=render.packed_mime,
        width=render.size.width if render.size else None,
        height=render.size.height if render.size else None,
        stored=Stored(folder=job.id, name=result_name(index)),
        posted=posted,
        is_spoiler=job.request.spoiler,
    )


def inputs_of(job: Job) -> tuple[Reference, ...]:
    """Return a job's references for use by another job, which looks for the cached copies first."""
    return tuple(
        replace(
            reference,
            stored=Stored(folder=job.id, name=input_name(index)),
            source=reference.source or reference.stored,
        )
        for index, reference in enumerate(job.request.references)
    )


def numbered(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Return the references named by their positions: image, image2, …"""
    return tuple(
        replace(reference, name=option_name(number)) for number, reference in enumerate(references, start=1)
    )


def _repeated(job: Job) -> ImageRequest:
    """Return the request with the same references, and without a seed or prompts for single pictures."""
    return replace(job.request, prompts=(), is_series=False, seed=None, references=inputs_of(job))


def _edit_of_one(job: Job, prompt: str, references: tuple[Reference, ...]) -> ImageRequest:
    """Return an edit of one picture, in the shape of that picture."""
    return replace(
        _repeated(job),
        kind=JobKind.EDIT,
        prompt=prompt,
        enhance=False,
        aspect=None,
        count=1,
        references=numbered(references),
    )
