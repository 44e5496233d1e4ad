"""Make follow-up requests from a result: again, varied, edited, larger, with the model's words, or one scene."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.jobs import MAX_PROMPT, ImageRequest, Job, JobKind, Origin, Parent
from bot.domain.prompts import file_stem
from bot.domain.references import Posted, Reference, Stored, input_name, option_name, result_name
from bot.domain.sizes import Aspect, Resolution

# For the model, not for people: what it is to do with the picture beside the words.
ENLARGE: Final = "Keep image 1 exactly as it is, and render it in finer detail."


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A request made of a result, and where it comes from."""

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
    """Repeat the request as somebody changed it, with the same references."""
    request = replace(
        job.request,
        prompt=prompt,
        prompts=prompts,
        is_series=False,
        aspect=aspect,
        resolution=resolution,
        count=count,
        seed=None,
        references=inputs_of(job),
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.VARY))


def edit(job: Job, index: int, *, prompt: str, more: tuple[Reference, ...] = (), url: str = "") -> FollowUp:
    """Edit the picture: it becomes the first reference, before `more`."""
    request = replace(
        _one(job),
        prompt=prompt,
        references=numbered((result_of(job, index, url=url), *more)),
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.EDIT, index=index))


def enlarge(job: Job, index: int, *, url: str = "") -> FollowUp:
    """The same picture in 4K: the model has no other way than to paint it once more after itself."""
    words = f"{ENLARGE} {job.asked_with(index)}"
    request = replace(
        _one(job),
        prompt=words if len(words) <= MAX_PROMPT else ENLARGE,
        resolution=Resolution.FOUR_K,
        references=numbered((result_of(job, index, url=url),)),
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.ENLARGE, index=index))


def use_revised_prompt(job: Job, index: int) -> FollowUp | None:
    """Use the model's revised prompt as the prompt; None if the model used the prompt as it was."""
    words = job.renders[index].revised_prompt
    if not words:
        return None
    request = replace(
        job.request,
        prompt=words[:MAX_PROMPT],
        prompts=(),
        is_series=False,
        enhance=False,
        count=1,
        seed=None,
        references=inputs_of(job),
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.REVISED, index=index))


def repeat_scene(job: Job, index: int) -> FollowUp:
    """Repeat one picture of a series, in the same shape and with the same references."""
    request = replace(
        job.request,
        prompt=job.request.prompt_of(index),
        prompts=(),
        is_series=False,
        count=1,
        seed=None,
        references=inputs_of(job),
    )
    return FollowUp(request=request, parent=Parent(job_id=job.id, origin=Origin.SCENE, index=index))


def own_words(job: Job) -> str:
    """What the person asked for, without what Easel tells the model when it enlarges; never empty."""
    if job.parent is None:  # its children begin with it, too
        return job.request.prompt
    return job.request.prompt.removeprefix(ENLARGE).strip() or job.request.prompt


def picture_name(job: Job, index: int) -> str:
    """Return the file name under which a result is shown."""
    return f"{file_stem(own_words(job), job.id, index)}.{job.renders[index].extension or 'jpg'}"


def may_enlarge(job: Job) -> bool:
    return job.request.resolution is Resolution.TWO_K


def result_of(job: Job, index: int, *, name: str = "image", url: str = "") -> Reference:
    """Return a result as a reference: `index` is its render's. `url` is fresh where the caller has one."""
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
    )


def inputs_of(job: Job) -> tuple[Reference, ...]:
    """A job's references, to be used by another one: the copies that were kept of them come first. A job that ended
    before it began has none."""
    return tuple(
        replace(
            reference,
            stored=Stored(folder=job.id, name=input_name(index)),
            source=reference.source or reference.stored,
        )
        for index, reference in enumerate(job.request.references)
    )


def numbered(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Named by their places: image, image2, …"""
    return tuple(
        replace(reference, name=option_name(number)) for number, reference in enumerate(references, start=1)
    )


def _one(job: Job) -> ImageRequest:
    """Return an edit of one picture, in the shape of that picture."""
    return replace(
        job.request,
        kind=JobKind.EDIT,
        prompts=(),
        is_series=False,
        enhance=False,
        aspect=None,
        count=1,
        seed=None,
    )
