"""The form of a video: one that Discord takes, with the lengths that the model makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.references import Reference
from bot.domain.video import MAX_VIDEO_PROMPT, VideoModel, VideoQuality
from bot.seedream.video import VIDEO_MODELS
from bot.services.requests import VideoOptions
from bot.ui.base.replies import MalformedInputError
from bot.ui.requests.animate import (
    CAMERA_MOVES,
    AnimateForm,
    Start,
    _read_length,  # pyright: ignore[reportPrivateUsage]  # what comes back from Discord may be anything
)
from tests.discord_limits import check_form, chosen
from tests.tables import each_case
from tests.unit.ui.jobs import MARKDOWN, prompts, reference_named

MODELS = st.sampled_from(list(VIDEO_MODELS.values()))
HAILUO = VIDEO_MODELS["minimax/hailuo-02"]


def pictures(number: int) -> list[Reference]:
    return [
        replace(reference_named("image"), filename=f"{index}{MARKDOWN * 9}"[:200], width=640, height=index)
        for index in range(1, number + 1)
    ]


def form_of(
    options: VideoOptions, *, starts: int = 1, lasts: int = 0, model: VideoModel = HAILUO
) -> AnimateForm:
    begin = [Start(first=picture) for picture in pictures(starts)] or [Start(first=None)]
    return AnimateForm(options, begin, pictures(lasts), model=model, title="Animate this picture")


def fields_of(form: AnimateForm) -> dict[str, Any]:
    components: list[Any] = form.to_dict()["components"]
    return {one["component"]["custom_id"]: one["component"] for one in components}


@given(
    prompt=prompts,
    starts=st.sampled_from([0, 1, 25]),
    lasts=st.sampled_from([0, 14]),
    model=MODELS,
    seconds=st.sampled_from([None, 6, 10]),
    quality=st.none() | st.sampled_from(VideoQuality),
)
def test_discord_takes_every_form(
    prompt: str, starts: int, lasts: int, model: VideoModel, seconds: int | None, quality: VideoQuality | None
) -> None:
    options = VideoOptions(prompt=prompt, seconds=seconds, quality=quality)

    check_form(form_of(options, starts=starts, lasts=lasts, model=model))


def test_it_is_filled_in_with_what_was_asked_for() -> None:
    last = pictures(2)[1]
    options = VideoOptions(prompt="a fox yawns", last=last, seconds=10, quality=VideoQuality.P768)
    fields = fields_of(form_of(options, lasts=2))

    assert fields["prompt"]["value"] == "a fox yawns"
    assert fields["prompt"]["max_length"] == MAX_VIDEO_PROMPT
    assert chosen(fields["length"]) == ["10.768P"]
    assert chosen(fields["last"]) == ["1"]
    assert chosen(fields["move"]) == []
    assert [one["label"] for one in fields["move"]["options"]] == list(CAMERA_MOVES)


def test_each_length_has_its_price_and_how_long_it_takes() -> None:
    options = fields_of(form_of(VideoOptions(prompt="")))["length"]["options"]

    assert [(one["label"], one["description"]) for one in options] == [
        ("6 s · 768P", "about $0.44 · usually ready in 4–5 minutes"),
        ("10 s · 768P", "about $0.73 · usually ready in 8–9 minutes"),
        ("6 s · 1080P", "about $0.44 · usually ready in 4–5 minutes"),
    ]


def test_what_no_model_makes_is_not_chosen() -> None:
    options = VideoOptions(prompt="", seconds=10, quality=VideoQuality.P1080)

    assert chosen(fields_of(form_of(options))["length"]) == []


@each_case("value", ["", "6", "x.768P", "6.4K", "6.768P.1"])
def test_a_length_that_no_form_offered_is_not_read(value: str) -> None:
    with pytest.raises(MalformedInputError):
        _read_length(value)
