"""Thumbnails: small, upright, and nothing but their pixels."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.drawing import THUMBNAIL_SIDE, ImageComposer
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.tile import draw_play_sign
from tests.unit.imaging import samples


@pytest_asyncio.fixture
async def composer() -> AsyncIterator[ImageComposer]:
    async with PillowImaging() as imaging:
        yield imaging


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (samples.jpeg(1600, 900), (320, 180)),
        (samples.png(300, 600), (160, 320)),
        (samples.webp(640, 640, "RGBA"), (320, 320)),
        (samples.animation("GIF"), (40, 30)),
        (samples.jpeg(600, 300, exif=samples.exif(6)), (160, 320)),
        (samples.png(4000, 8), (320, 1)),
    ],
    ids=["wide", "tall", "transparent", "small", "on its side", "a line"],
)
async def test_a_thumbnail_is_small_and_upright(
    composer: ImageComposer, data: bytes, size: tuple[int, int]
) -> None:
    assert samples.opened_jpeg(await composer.thumbnail(data)).size == size
    assert max(size) <= THUMBNAIL_SIDE


async def test_a_thumbnail_of_anything_is_light(composer: ImageComposer) -> None:
    noise = samples.encoded(samples.noise(900, 900), "JPEG")
    assert len(await composer.thumbnail(noise)) <= 25_000


async def test_a_thumbnail_tells_nothing_but_its_pixels(composer: ImageComposer) -> None:
    told = samples.jpeg(500, 400, exif=samples.exif(), icc_profile=samples.srgb_profile(), comment=b"secret")
    data = await composer.thumbnail(told)
    assert samples.opened_jpeg(data).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"secret" not in data
    assert samples.GPS_TEXT.encode() not in data


async def test_a_thumbnail_shows_colours_as_they_were_meant(composer: ImageComposer) -> None:
    red = Image.new("RGB", (90, 90), samples.RED)
    data = samples.encoded(red, "JPEG", icc_profile=samples.swapped_profile())
    thumbnail = samples.opened_jpeg(await composer.thumbnail(data))
    assert samples.is_about(thumbnail, (45, 45), samples.GREEN, within=40)


async def test_what_was_transparent_is_white_in_a_thumbnail(composer: ImageComposer) -> None:
    data = samples.encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 0)), "PNG")
    assert samples.is_about(samples.opened_jpeg(await composer.thumbnail(data)), (45, 45), samples.WHITE)


@pytest.mark.parametrize("name", samples.HOSTILE)
async def test_hostile_bytes_are_refused(composer: ImageComposer, name: str) -> None:
    with pytest.raises(PictureError):
        await composer.thumbnail(samples.HOSTILE[name])


async def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(composer: ImageComposer) -> None:
    with pytest.raises(PictureError) as caught:
        await composer.thumbnail(samples.HOSTILE["too large"])
    assert caught.value.problem is PictureProblem.TOO_MANY_PIXELS


def test_a_play_sign_is_round_translucent_and_in_the_middle() -> None:
    picture = Image.new("RGB", (320, 180), (200, 40, 40))
    draw_play_sign(picture)

    assert samples.is_about(picture, (160, 90), samples.WHITE)
    assert samples.is_about(picture, (5, 5), (200, 40, 40))
    assert samples.is_about(picture, (160, 72), (88, 25, 27))
