from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.provider import InputPicture
from bot.domain.sizes import Size
from bot.domain.video import (
    MAX_FRAME_BYTES,
    MAX_VIDEO_PROMPT,
    FoundProblem,
    Frame,
    FrameRole,
    VideoModel,
    VideoProblem,
    VideoQuality,
    VideoSettings,
    frame_of,
    frame_problem,
    problem_with,
)
from bot.domain.video_provider import POLL_DEADLINE_S, next_poll_s
from tests.tables import each_case

P768, P1080 = VideoQuality.P768, VideoQuality.P1080
FREE_MODEL = VideoModel(
    id="a/b",
    name="B",
    takes_last_frame=True,
    requires_first_frame=False,
    seconds={P768: (6, 10), P1080: (6,)},
    price_micro_usd_per_s=72_800,
)
STRICT_MODEL = VideoModel(
    id="a/c",
    name="C",
    takes_last_frame=False,
    requires_first_frame=True,
    seconds={P768: (6,)},
    price_micro_usd_per_s=42_000,
)


def frame(
    width: int = 2048, height: int = 2048, *, mime: str = "image/jpeg", byte_count: int = 3_000_000
) -> Frame:
    return Frame(mime=mime, size=Size(width, height), byte_count=byte_count)


GOOD = frame()


@each_case(("seconds", "quality"), [(6, P768), (10, P768), (6, P1080)])
@each_case("first", [None, GOOD])
@each_case("last", [None, GOOD])
def test_what_a_model_takes_has_no_problem(
    seconds: int, quality: VideoQuality, first: Frame | None, last: Frame | None
) -> None:
    assert (
        problem_with(FREE_MODEL, prompt="a fox", seconds=seconds, quality=quality, first=first, last=last)
        is None
    )


@each_case(("seconds", "quality"), [(10, P1080), (7, P768), (0, P768)])
def test_not_every_length_is_made_in_every_quality(seconds: int, quality: VideoQuality) -> None:
    found = problem_with(FREE_MODEL, prompt="a fox", seconds=seconds, quality=quality)

    assert found == FoundProblem(VideoProblem.SECONDS)


def test_a_quality_that_a_model_has_not_is_a_problem() -> None:
    found = problem_with(STRICT_MODEL, prompt="a fox", seconds=6, quality=P1080, first=GOOD)

    assert found == FoundProblem(VideoProblem.SECONDS)


@each_case("letter", ["a", "狐", "🦊"])
def test_a_prompt_is_counted_in_characters(letter: str) -> None:
    longest = letter * MAX_VIDEO_PROMPT

    assert problem_with(FREE_MODEL, prompt=longest, seconds=6, quality=P768) is None
    assert problem_with(FREE_MODEL, prompt=longest + letter, seconds=6, quality=P768) == FoundProblem(
        VideoProblem.PROMPT_TOO_LONG
    )


def test_a_model_may_require_the_first_frame_and_have_no_last_one() -> None:
    missing = problem_with(STRICT_MODEL, prompt="a fox", seconds=6, quality=P768)
    too_many = problem_with(STRICT_MODEL, prompt="a fox", seconds=6, quality=P768, first=GOOD, last=GOOD)

    assert missing == FoundProblem(VideoProblem.FIRST_FRAME_MISSING, FrameRole.FIRST)
    assert too_many == FoundProblem(VideoProblem.LAST_FRAME_NOT_TAKEN, FrameRole.LAST)


@each_case(
    ("picture", "problem"),
    [
        (frame(mime="image/webp"), VideoProblem.FRAME_FORMAT),
        (frame(mime="image/gif"), VideoProblem.FRAME_FORMAT),
        (frame(mime="image/png"), None),
        (frame(byte_count=MAX_FRAME_BYTES), None),
        (frame(byte_count=MAX_FRAME_BYTES + 1), VideoProblem.FRAME_TOO_LARGE),
        (frame(301, 301), None),
        (frame(300, 400), VideoProblem.FRAME_TOO_SMALL),
        (frame(400, 300), VideoProblem.FRAME_TOO_SMALL),
        (frame(0, 0), VideoProblem.FRAME_TOO_SMALL),
        (frame(800, 2000), VideoProblem.FRAME_RATIO),  # 2:5 itself
        (frame(801, 2000), None),
        (frame(2000, 800), VideoProblem.FRAME_RATIO),  # 5:2 itself
        (frame(2000, 801), None),
        (frame(400, 4000), VideoProblem.FRAME_RATIO),
        (frame(3024, 1296), None),  # 21:9
        (frame(1296, 3024), None),
    ],
)
@each_case("role", FrameRole)
def test_each_frame_keeps_to_the_limits(
    picture: Frame, problem: VideoProblem | None, role: FrameRole
) -> None:
    frames = {"first": GOOD, role.value: picture}

    found = problem_with(FREE_MODEL, prompt="a fox", seconds=6, quality=P768, **frames)

    assert found == (None if problem is None else FoundProblem(problem, role))
    assert frame_problem(picture) is problem


def test_the_facts_of_a_picture_are_those_that_are_checked() -> None:
    picture = InputPicture(data=b"12345", mime="image/png", size=Size(640, 480))

    assert frame_of(picture) == frame(640, 480, mime="image/png", byte_count=5)


def test_a_price_grows_with_the_seconds() -> None:
    assert FREE_MODEL.price_of(VideoSettings(seconds=6, quality=P768)) == 436_800
    assert FREE_MODEL.price_of(VideoSettings(seconds=10, quality=P768)) == 728_000


def test_a_quality_without_a_price_of_its_own_has_the_models() -> None:
    model = replace(FREE_MODEL, size_prices={"768P": 50_000})

    assert model.price_of(VideoSettings(seconds=6, quality=P768)) == 300_000
    assert model.price_of(VideoSettings(seconds=6, quality=P1080)) == 436_800
    assert model.lowest_price_micro_usd == 300_000


@each_case(
    ("age_s", "wait_s"),
    [
        (-50.0, 30.0),
        (0.0, 30.0),
        (29.5, 0.5),
        (30.0, 10.0),
        (299.0, 10.0),
        (300.0, 20.0),
        (1_179.0, 20.0),
        (1_190.0, 10.0),
        (1_200.0, None),
        (90_000.0, None),
        (math.inf, None),
    ],
)
def test_polls_begin_after_half_a_minute_grow_rarer_and_end(age_s: float, wait_s: float | None) -> None:
    assert next_poll_s(age_s) == wait_s


@given(age_s=st.floats(min_value=0.0, max_value=POLL_DEADLINE_S))
def test_from_any_age_the_polls_reach_the_deadline_and_no_further(age_s: float) -> None:
    polls = 0
    while (wait_s := next_poll_s(age_s)) is not None:
        assert wait_s > 0
        age_s += wait_s
        polls += 1

    assert math.isclose(age_s, POLL_DEADLINE_S)
    assert polls <= 75
