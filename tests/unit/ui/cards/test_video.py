"""The card of a video, through its life."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobKind, JobState, Render, RenderStage, ReplyScope
from bot.domain.references import FIRST_FRAME, LAST_FRAME
from bot.domain.video import VideoQuality, VideoSettings
from bot.ui.cards.card import card
from bot.ui.cards.delivery import _call_text  # pyright: ignore[reportPrivateUsage]  # a text of ours
from bot.ui.cards.failures import failure_text
from tests.discord_limits import check_view, parts
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, drawn, labels_of, text_of
from tests.unit.ui.jobs import NOW, REQUESTER, card_images_of, jobs, reference_named

SHOW = "`/show 7f3k2m9q1z`"


def a_video(*frames: str, seconds: int = 6, **changes: Any) -> Job:
    """A finished one of a fox."""
    done = Render(index=0, stage=RenderStage.PACKAGED, extension="mp4", packed_mime="video/mp4")
    return a_job(
        wish_kind=JobKind.ANIMATE,
        wish_aspect=None,
        wish_references=tuple(map(reference_named, frames)),
        wish_video=VideoSettings(seconds=seconds, quality=VideoQuality.P768),
        **({"renders": (done,)} | changes),
    )


def being_made(stage: RenderStage, **changes: Any) -> Job:
    return a_video(state=JobState.RENDERING, renders=(Render(index=0, stage=stage),), **changes)


def test_the_card_plays_the_video_and_offers_what_can_be_done_with_one() -> None:
    job = a_video(finished_at=NOW + timedelta(minutes=4, seconds=30), wish_spoiler=True)
    view = card(job, card_images_of(job))

    (item,) = next(part["items"] for part in parts(view) if "items" in part)
    assert (item["description"], item["spoiler"]) == ("a red fox", True)
    assert f"<@{REQUESTER}> · 6 s · 768P · made in 4 min 30 s" in text_of(view)
    assert labels_of(view) == ["Vary", "Again", "More…"]


@each_case(
    ("stage", "words"),
    [
        (RenderStage.WAITING, "asking the provider for it…"),
        (RenderStage.SUBMITTING, "asking the provider for it…"),
        (RenderStage.CREATED, "the provider is making it…"),
        (RenderStage.RENDERED, "getting it ready for Discord…"),
    ],
)
def test_the_card_says_what_is_happening_and_how_long_it_usually_takes(
    stage: RenderStage, words: str
) -> None:
    text = drawn(being_made(stage))

    assert f"### Making a video…\n> a red fox\n-# {words} · started <t:" in text
    assert "usually ready in 4–5 minutes" in text
    assert "6 s · 768P" in text


def test_a_card_that_knows_when_it_is_ready_says_that_instead() -> None:
    text = drawn(being_made(RenderStage.CREATED, expected_at=NOW + timedelta(minutes=4)))

    assert "expected <t:" in text
    assert "usually" not in text


def test_the_first_frame_stands_beside_the_words_until_the_video_is_there() -> None:
    url = "https://cdn.example/fox.jpg?ex=1"
    job = being_made(RenderStage.CREATED, wish_spoiler=True, frame_url=url)
    view = card(job)

    check_view(view)
    (section,) = (part for part in parts(view) if "accessory" in part)
    small = section["accessory"]
    assert (small["media"]["url"], small["spoiler"]) == (url, True)
    assert small["description"] == "The picture this video begins with"
    assert "### Making a video…\n> a red fox" in text_of(view)
    assert not any("accessory" in part for part in parts(card(being_made(RenderStage.CREATED))))


def test_a_first_frame_that_is_a_spoiler_stays_one_beside_the_words() -> None:
    url = "https://cdn.example/fox.jpg?ex=1"
    job = being_made(RenderStage.CREATED, frame_url=url)
    for is_spoiler in (True, False):
        frames = (replace(reference_named(FIRST_FRAME), is_spoiler=is_spoiler),)
        job = replace(job, request=replace(job.request, references=frames))
        (section,) = (part for part in parts(card(job)) if "accessory" in part)
        assert section["accessory"]["spoiler"] is is_spoiler


def test_where_a_card_cannot_be_changed_for_long_it_says_how_to_see_the_video_after_that() -> None:
    here = being_made(RenderStage.CREATED)
    away = replace(here, reply_target=replace(here.reply_target, scope=ReplyScope.NOWHERE))
    ordering = replace(away, renders=being_made(RenderStage.SUBMITTING).renders)

    told = f"until <t:{int(away.token_until.timestamp())}:t>. After that, watch the video with {SHOW}."
    assert told in drawn(away)
    assert SHOW not in drawn(here)
    assert SHOW not in drawn(ordering)


@each_case(
    ("frames", "words"),
    [
        ((), "6 s · 768P · <@"),
        ((FIRST_FRAME,), "from 1 picture · <@"),
        ((FIRST_FRAME, LAST_FRAME), "from one picture to another · <@"),
    ],
)
def test_a_waiting_card_says_what_it_is_made_of(frames: tuple[str, ...], words: str) -> None:
    assert words in drawn(a_video(*frames, state=JobState.QUEUED, renders=()))


def test_a_video_kept_back_is_not_on_the_card_which_says_how_to_see_it() -> None:
    made = card(a_video(kept_back=True))
    making = card(being_made(RenderStage.CREATED, kept_back=True))

    for view in (made, making):
        check_view(view)
        assert "### Kept off this card" in text_of(view)
        assert SHOW in text_of(view)
        assert labels_of(view) == []
        assert not any("items" in part for part in parts(view))
    assert "This video is ready." in text_of(made)
    assert "The provider is still making this video, so it counts." in text_of(making)


def test_a_video_kept_back_is_on_the_card_that_its_requester_asks_for() -> None:
    job = a_video(kept_back=True)

    assert "Kept off" not in drawn(job)


def test_a_video_kept_back_that_failed_says_why() -> None:
    failure = Failure(kind=FailureKind.FAULT, code=FailureCode.VIDEO_FAILED)
    job = a_video(kept_back=True, state=JobState.FAILED, failure=failure, renders=())

    assert "couldn't make this video and charged nothing" in drawn(job)


@given(job=jobs().filter(lambda job: job.request.video is not None))
def test_no_card_of_a_video_speaks_of_painting(job: Job) -> None:
    text = drawn(replace(job, request=replace(job.request, prompt="a fox"), animated=()))

    assert "paint" not in text.casefold().replace("kept failing at this but made other pictures", "")


@each_case(
    ("code", "words"),
    [
        (
            FailureCode.TOO_SMALL,
            "`last` is too small for a video. Use one with at least 301 pixels per side.",
        ),
        (FailureCode.WRONG_RATIO, "Crop it to a shape between 2:5 and 5:2."),
        (FailureCode.REFUSED_RESULT, "It blocked the finished video."),
        (FailureCode.RESULT_UNREADABLE, "Its answer had no usable video."),
        (FailureCode.OUT_OF_CREDIT, "Easel can't pay for videos right now."),
    ],
)
def test_a_failure_speaks_of_the_video(code: FailureCode, words: str) -> None:
    failure = Failure(kind=FailureKind.CHECK, code=code, subject="last")
    text = failure_text(failure, of_video=True)

    assert words in f"{text.why} {text.next_step}"


def test_its_requester_is_told_of_a_video() -> None:
    assert _call_text(a_video()) == f"<@{REQUESTER}> your video is ready."
    assert "couldn't make your video" in _call_text(a_video(state=JobState.FAILED))
