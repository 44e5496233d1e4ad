"""The card: the one message that shows a job through its life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.failures import FailureCode
from bot.domain.fairness import QueuePosition
from bot.domain.followups import own_words
from bot.domain.jobs import Job, JobKind, JobState, RenderStage, ReplyScope, speaking_failure
from bot.domain.ports.outside import CardPicture
from bot.ui.base import markdown
from bot.ui.base.access import check_job, payload_of
from bot.ui.base.components import (
    JOB_ID,
    Box,
    MemoryFile,
    PersistentButton,
    box_of,
    inline,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.i18n import _
from bot.ui.base.theme import (
    COLOURS,
    SLATE,
    dots,
    expected_text,
    position_text,
    result_count,
    usual_wait_text,
)
from bot.ui.base.units import stamp
from bot.ui.cards.buttons import USE_REVISED, result_row
from bot.ui.cards.facts import CardImage, origin, request_facts, result_facts, result_notes
from bot.ui.cards.failures import failure_text, held_up_text
from bot.ui.cards.text import (
    PROMPT_ROOM,
    REVISED_ROOM,
    Revised,
    Words,
    alt_text,
    needs_file,
    prompt_file,
    revised_of,
    shared_and_scenes,
    why_own_words,
    words_of,
)


def removed_box(job: Job, by: int) -> Box:
    """Draw a removed result: neither its images nor its words are left."""
    text = _("<@{id}> removed this result. It still counts toward limits.").format(id=by)
    asked = _("requested by {who}").format(who=f"<@{job.user_id}>")
    facts = dots(asked, _("job {id}").format(id=job.id))
    return box_of(SLATE, lines(f"### {_('Removed')}", text), facts)


_KEPT_BACK: Final = frozenset({JobState.RENDERING, JobState.DELIVERING, JobState.DONE})
_PAINTING: Final = {
    JobKind.IMAGINE: _("Painting…"),
    JobKind.EDIT: _("Editing…"),
    JobKind.ANIMATE: _("Making a video…"),
}
GLANCE_ROOM: Final = 320  # characters while it waits or is painted: enough to recognise it
PROMPT_FILE: Final = "prompt.txt"

CANCEL: Final = PersistentButton("cancel", JOB_ID, _("Cancel"), check=check_job)
RETRY: Final = PersistentButton(
    "again", JOB_ID, _("Try again"), style=discord.ButtonStyle.primary, check=check_job
)
REWORD: Final = PersistentButton(
    "reword", JOB_ID, _("Reword…"), style=discord.ButtonStyle.primary, check=check_job
)


def card(
    job: Job,
    images: tuple[CardImage, ...] = (),
    *,
    standing: QueuePosition | None = None,
    with_file: bool = False,
    is_short: bool = False,
    is_kept: bool = False,
) -> ui.LayoutView:
    """Draw a job as it stands.

    `with_file` says that prompt.txt is uploaded beside the images, `is_short` that Discord takes no more of them here,
    `is_kept` that `/show` has what is too large for this place.
    """
    if job.removed_by is not None:
        return view_of(removed_box(job, job.removed_by))
    box = box_of(COLOURS[job.state])
    if job.kept_back and not images and job.state in _KEPT_BACK:
        _draw_kept_back(box, job)
        return view_of(box)
    match job.state:
        case JobState.QUEUED:
            _draw_queued(box, job, standing)
        case JobState.RENDERING:
            _draw_painting(box, job, images)
        case JobState.DELIVERING | JobState.DONE:
            _draw_result(box, job, images, with_file=with_file, is_short=is_short, is_kept=is_kept)
        case JobState.FAILED | JobState.REFUSED:
            _draw_failure(box, job)
        case JobState.CANCELLED | JobState.EXPIRED:
            _draw_end(box, job, images)
    return view_of(box)


def _draw_queued(box: Box, job: Job, standing: QueuePosition | None) -> None:
    box.add_item(ui.TextDisplay(f"### {_('In the queue')}\n{_short_quote(job)}"))
    position = dots(*position_text(standing)) if standing is not None else None
    if job.held_up is not None:
        box.add_item(ui.TextDisplay(held_up_text(job.held_up)))
        position = None  # nobody knows when it is this job's turn
    box.add_item(ui.TextDisplay(lines(position, dots(*request_facts(job)))))
    box.add_item(row_of(CANCEL.button(job.id)))


def _draw_painting(box: Box, job: Job, images: tuple[CardImage, ...]) -> None:
    done = sum(render.stage in {RenderStage.PACKAGED, RenderStage.FAILED} for render in job.renders)
    stages = {render.stage for render in job.renders}
    held_up = None
    if RenderStage.WAITING in stages and RenderStage.SUBMITTING not in stages:
        held_up = job.held_up
    title = _PAINTING[job.request.kind]
    if held_up is not None:
        title = _("Waiting for the provider")
    box.add_item(_with_frame(ui.TextDisplay(f"### {title}\n{_short_quote(job)}"), job))
    _add_gallery(box, job, images)
    if held_up is not None:
        box.add_item(ui.TextDisplay(held_up_text(held_up)))
    progress = None
    if job.request.count > 1:
        progress = _("{n} of {all} ready").format(n=done, all=job.request.count)
    if job.request.video is not None and held_up is None:
        progress = _video_progress(job.renders[0].stage)
    if job.awaits_rewriting and held_up is None:
        progress = _("rewriting your prompt…")
    if any(render.stage is RenderStage.SUBMITTING and render.charge is not None for render in job.renders):
        progress = _("the answer got lost; asking the provider what happened…")
    when = None
    if job.expected_at is not None:
        when = expected_text(job.expected_at)
    elif job.started_at is not None:
        usual = usual_wait_text(job.request.video) if job.request.video is not None else None
        when = " · ".join(filter(None, (_("started {when}").format(when=stamp(job.started_at)), usual)))
    box.add_item(ui.TextDisplay(lines(dots(progress, when), dots(*request_facts(job)), _where_to_look(job))))
    box.add_item(row_of(CANCEL.button(job.id)))


def _with_frame(text: ui.TextDisplay[Any], job: Job) -> ui.Item[Any]:
    """Return the text, beside the picture that the job's video begins with where that may be shown."""
    if job.frame_url is None:
        return text
    about = _("The picture this video begins with")
    is_hidden = job.request.spoiler or any(frame.is_spoiler for frame in job.request.references)
    small = ui.Thumbnail[Any](job.frame_url, description=about, spoiler=is_hidden)
    return ui.Section(text, accessory=small)


def _where_to_look(job: Job) -> str | None:
    """Say how long Discord lets Easel change this card, and what has the video afterwards."""
    is_made = job.request.video is not None and job.renders[0].stage is RenderStage.CREATED
    if not is_made or job.reply_target.scope is not ReplyScope.NOWHERE:
        return None
    text = _("Discord lets Easel update this card until {when}. After that, watch the video with {command}.")
    return dots(text.format(when=stamp(job.token_until, "t"), command=f"`/show {job.id}`"))


def _video_progress(stage: RenderStage) -> str:
    match stage:
        case RenderStage.WAITING | RenderStage.SUBMITTING:
            return _("asking the provider for it…")
        case RenderStage.CREATED:
            return _("the provider is making it…")
        case RenderStage.RENDERED | RenderStage.PACKAGED | RenderStage.FAILED:
            return _("getting it ready for Discord…")


def _draw_kept_back(box: Box, job: Job) -> None:
    """Draw a video that its requester cancelled when it was paid for already, while it is made and once it is there."""
    text = _("This video is ready. {who} can watch it with {command}.")
    if job.state is JobState.RENDERING:
        text = _(
            "The provider is still making this video, so it counts. Once it's ready, {who} can watch it with {command}."
        )
    how = text.format(who=f"<@{job.user_id}>", command=f"`/show {job.id}`")
    box.add_item(ui.TextDisplay(lines(f"### {_('Kept off this card')}", how, _short_quote(job))))
    box.add_item(ui.TextDisplay(dots(*request_facts(job))))


def _draw_result(
    box: Box, job: Job, images: tuple[CardImage, ...], *, with_file: bool, is_short: bool, is_kept: bool
) -> None:
    _add_gallery(box, job, images)
    box.add_item(ui.TextDisplay(_words_text(job, words_of(job))))
    if (revised := revised_of(job)) is not None:
        box.add_item(_revised(job, revised))
    notes = result_notes(job, images, is_short=is_short, is_kept=is_kept)
    if notes:
        box.add_item(ui.TextDisplay("\n".join(dots(note) for note in notes)))
    if with_file:
        box.add_item(ui.File(f"attachment://{PROMPT_FILE}"))
    box.add_item(ui.TextDisplay(dots(*result_facts(job))))
    _add_rows(box, job, images)


def _draw_failure(box: Box, job: Job) -> None:
    failure = job.failure or speaking_failure(job.renders)
    if failure is None:
        raise ValueError(f"job {job.id} failed without a reason")
    words = failure_text(failure, of_video=job.request.video is not None)
    box.add_item(ui.TextDisplay(f"### {words.title}\n{words.why} {words.next_step}"))
    if failure.code is not FailureCode.DENIED_FILTER:  # its words are the ones that the filter hides
        box.add_item(ui.TextDisplay(_quote(job)))
    box.add_item(
        ui.TextDisplay(dots(_("nothing was counted"), f"<@{job.user_id}>", _("job {id}").format(id=job.id)))
    )
    buttons = [*([REWORD] if may_reword(job) else []), *([RETRY] if words.may_retry else [])]
    if buttons:
        box.add_item(row_of(*(button.button(job.id) for button in buttons)))


def may_reword(job: Job) -> bool:
    """Return whether the job failed in a way that other words may avoid, and its words are all the person's own."""
    failure = job.failure or speaking_failure(job.renders)
    if failure is None or job.state not in {JobState.FAILED, JobState.REFUSED}:
        return False
    is_own = shared_and_scenes(job.request) is not None or own_words(job) == job.request.prompt
    return is_own and failure_text(failure).may_reword


def _draw_end(box: Box, job: Job, images: tuple[CardImage, ...]) -> None:
    if job.state is JobState.CANCELLED:
        title, text = _("Cancelled"), None
    else:
        title = _("Expired")
        text = _("Easel couldn't finish this while Discord still accepted an answer. Try again if you like.")
        if job.pictures:
            text = _("Easel made this, but Discord didn't let it show the result where you asked for it.")
    box.add_item(ui.TextDisplay(lines(f"### {title}", text, _quote(job))))
    _add_gallery(box, job, images)
    kept = (
        _("{pictures} painted and counted") if job.request.video is None else _("{pictures} made and counted")
    )
    kept = kept.format(pictures=result_count(job.request, len(job.pictures)))
    is_counted = bool(job.pictures) and job.state is JobState.CANCELLED  # expiry gives everything back
    counted = kept if is_counted else _("nothing was counted")
    box.add_item(ui.TextDisplay(dots(counted, origin(job), f"<@{job.user_id}>")))
    _add_rows(box, job, images)


def _add_gallery(box: Box, job: Job, images: tuple[CardImage, ...]) -> None:
    if not images:
        return
    items = (
        discord.MediaGalleryItem(
            f"attachment://{image.filename}",
            description=alt_text(job, image.render.index),
            spoiler=job.request.spoiler,
        )
        for image in images
    )
    box.add_item(ui.MediaGallery(*items))


def _add_rows(box: Box, job: Job, images: tuple[CardImage, ...]) -> None:
    for row in result_row(job, images):
        box.add_item(row)


def _quote(job: Job) -> str:
    return markdown.quote(own_words(job), PROMPT_ROOM)


def _short_quote(job: Job) -> str:
    return markdown.quote(own_words(job), GLANCE_ROOM)


def _words_text(job: Job, words: Words) -> str:
    """Return the person's words, the rewritten prompt, and the words of each picture."""
    asked = markdown.quote(words.asked, words.room) if words.asked else None
    each = lines(*(markdown.quote(line, words.line_room) for line in words.lines))
    if words.rewritten is not None:
        rewritten = markdown.quote(words.rewritten, words.room)
        return lines(f"**{_('Your prompt')}**", asked, f"**{_('Rewritten')}**", rewritten, each)
    why = why_own_words(job)
    return lines(asked, each, dots(why) if why is not None else None)


def _revised(job: Job, revised: Revised) -> ui.Section[Any]:
    text = _("The model used: {words}")
    if revised.added is not None:
        text = _("The model added: {words}")
    line = text.format(words=inline(revised.added or revised.text, REVISED_ROOM))
    if not revised.is_for_all:
        line = _("Picture {n}").format(n=revised.index + 1) + f" · {line}"
    button = USE_REVISED.button(payload_of(job.id, revised.index))
    return ui.Section(ui.TextDisplay[Any](dots(line)), accessory=button)


_WITH_WORDS: Final = frozenset({JobState.DELIVERING, JobState.DONE})  # states whose cards show all words


def draw_card(
    job: Job, pictures: Sequence[CardPicture], *, is_short: bool = False, is_kept: bool = False
) -> tuple[discord.ui.LayoutView, list[discord.File]]:
    """Return the card and its files; call it for each try, as a sent file is used up."""
    files: list[discord.File] = [
        MemoryFile(one.data, filename=one.filename, description=alt_text(job, one.index)) for one in pictures
    ]
    images = tuple(CardImage(render=job.renders[one.index], filename=one.filename) for one in pictures)
    with_file = bool(images) and job.state in _WITH_WORDS and needs_file(job)
    if with_file:
        files.append(MemoryFile(prompt_file(job), filename=PROMPT_FILE))
    return card(job, images, with_file=with_file, is_short=is_short, is_kept=is_kept), files


def shows(message: discord.Message, job: Job) -> bool:
    """Return whether a message has a button about the job, as its card has unless the job ended without pictures."""
    return any(job.id in (custom_id or "") for custom_id in _custom_ids(message.components))


def shows_end(message: discord.Message, job: Job) -> bool:
    """Return whether a card shows the end of the job: it cannot be cancelled there, and pictures come with buttons."""
    if CANCEL.button(job.id).custom_id in _custom_ids(message.components):
        return False
    return shows(message, job) if job.pictures else bool(message.components)


def _custom_ids(components: Iterable[Any]) -> Iterator[str | None]:
    for component in components:
        yield getattr(component, "custom_id", None)
        yield from _custom_ids(getattr(component, "children", ()))
