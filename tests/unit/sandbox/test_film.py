"""The demo's films: of the right shape and length, from the first picture to the last."""

from __future__ import annotations

import io

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from bot.sandbox.painter import UnreadableReferenceError
from bot.sandbox.painter.film import RATE, make_film
from tests.unit.imaging import samples

SECONDS = 0.5


def film(*frames: bytes, prompt: str = "a fox", salt: int = 1) -> bytes:
    return make_film(prompt, frames, SECONDS, salt, short_side=90)


def frames_in(data: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(data), "r") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - PyAV does not type images


def apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ([], (160, 90)),
        ([samples.jpeg(600, 300)], (180, 90)),
        ([samples.png(300, 700, "RGBA")], (90, 210)),
        ([samples.jpeg(400, 200, exif=samples.exif(6))], (90, 180)),
    ],
    ids=["words", "wide", "tall", "turned"],
)
def test_a_film_has_the_shape_of_its_first_frame(given: list[bytes], size: tuple[int, int]) -> None:
    frames = frames_in(film(*given))

    assert len(frames) == SECONDS * RATE
    assert {frame.size for frame in frames} == {size}


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox in the snow",
        "rain over a city",
        "petals, pan right",
        "fireflies [Pull out]",
        "a whale at sea",
        "red",
    ],
)
def test_every_film_moves_and_is_the_same_each_time(prompt: str) -> None:
    made = film(prompt=prompt)
    frames = frames_in(made)

    assert apart(frames[0], frames[-1]) > 1
    assert film(prompt=prompt) == made


def test_a_film_goes_from_the_first_frame_to_the_last() -> None:
    red, blue = (samples.flat(640, 360, colour) for colour in (samples.RED, samples.BLUE))
    frames = frames_in(film(red, blue))

    assert samples.is_about(frames[0], (80, 40), samples.RED, within=40)
    assert samples.is_about(frames[-1], (80, 40), samples.BLUE, within=40)


def test_a_frame_that_is_no_picture_is_refused() -> None:
    with pytest.raises(UnreadableReferenceError):
        film(b"no picture")
