"""The facts below a card: origin, sizes, seeds, cost, and what is missing or was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import Job, Origin, Parent, Render, speaking_failure
from bot.domain.sizes import Aspect
from bot.domain.video import VIDEO_TYPE
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import duration_text, picture_count, quality_text, result_count
from bot.ui.cards.failures import failure_text

_WHOLE: Final = {
    Origin.AGAIN: _("another take on {job}"),
    Origin.VARY: _("varied from {job}"),
    Origin.EDIT: _("edit of {job}"),
    Origin.ENLARGE: _("4K of {job}"),
    Origin.REVISED: _("using the model's prompt from {job}"),
    Origin.SCENE: _("a scene of {job}"),
    Origin.ANIMATE: _("video from {job}"),
}
_ONE: Final = _WHOLE | {
    Origin.VARY: _("varied from picture {n} of {job}"),
    Origin.EDIT: _("edit of picture {n} of {job}"),
    Origin.ENLARGE: _("4K of picture {n} of {job}"),
    Origin.SCENE: _("scene {n} of {job}"),
    Origin.ANIMATE: _("video from picture {n} of {job}"),
}


def origin(job: Job) -> str | None:
    """Describe what the job was derived from; None if it came from a command."""
    return origin_of(job.parent) if job.parent is not None else None


def origin_of(parent: Parent) -> str:
    """Describe a parent, as in `edit of picture 2 of 7f3k2m9q1z`."""
    texts = _WHOLE if parent.index is None else _ONE
    return texts[parent.origin].format(job=parent.job_id, n=(parent.index or 0) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardImage:
    """An image on the card: its render and the name of its uploaded file."""

    render: Render
    filename: str


def request_facts(job: Job) -> list[str | None]:
    """Return what was asked for, while the job waits or is painted."""
    request = job.request
    shape = str(job.size) if job.size else _shape(request.aspect)
    return [
        quality_text(request),
        shape if request.video is None else None,
        picture_count(request.count) if request.count > 1 else None,
        _from(job),
        origin(job),
        _("seed {n}").format(n=request.seed) if request.seed is not None else None,
        f"<@{job.user_id}>",
    ]


def _shape(aspect: Aspect | None) -> str:
    match aspect:
        case None:
            return _("like the first picture")
        case Aspect.AUTO:
            return _("shape: the model's choice")
        case _:
            return aspect.value


def result_facts(job: Job) -> list[str | None]:
    """Return who asked, the quality and how long it took; `Info` has all else."""
    made_in = duration_text(job)
    if job.request.video is not None and made_in is not None:
        made_in = _("made in {time}").format(time=made_in)  # beside the length of the video
    return [f"<@{job.user_id}>", quality_text(job.request), made_in]


def _from(job: Job) -> str | None:
    number = len(job.request.references)
    if job.request.video is not None and number > 1:
        return _("from one picture to another")
    return _("from {pictures}").format(pictures=picture_count(number)) if number else None


def result_notes(
    job: Job, images: tuple[CardImage, ...], *, is_short: bool = False, is_kept: bool = False
) -> list[str]:
    """Return a sentence for what is missing, was compressed or lost its animation.

    `is_short` says that there are more pictures than this place takes, `is_kept` that `/show` has what does not fit.
    """
    notes: list[str] = []
    missing = job.request.count - (len(job.pictures) if is_short else len(images))
    failure = speaking_failure(job.renders)
    if missing and failure is not None:
        words = failure_text(failure, of_video=job.request.video is not None)
        text = _("{pictures} missing, not counted: {why}")
        notes.append(text.format(pictures=result_count(job.request, missing), why=words.why))
    if is_short:
        text = _("{pictures} too large for this message: see below, or use `/show {job}`")
        number = len(job.pictures) - len(images)
        notes.append(text.format(pictures=result_count(job.request, number), job=job.id))
    if any(image.render.fitted for image in images):
        text = _("compressed to fit Discord's file limit here")
        if job.request.video is not None and images[0].render.packed_mime != VIDEO_TYPE:
            text = _("a preview: the video is too large for Discord here")
            if is_kept:
                text = _(
                    "a preview: the video is too large for Discord here. While Easel keeps it, `/show {job}` plays it "
                    "where it fits"
                )
        notes.append(text.format(job=job.id))
    if job.animated:
        names = ", ".join(f"`{name}`" for name in job.animated)
        text = n_(
            "{names} is animated: Easel used its first frame",
            "{names} are animated: Easel used their first frames",
            len(job.animated),
        )
        notes.append(text.format(names=names))
    return notes
