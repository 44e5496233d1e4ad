"""Pictures for the demo's page: small enough for it, and still what they were."""

from __future__ import annotations

import asyncio
import random
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.domain.ports.outside import CardPicture
from bot.sandbox import world
from bot.sandbox.demo import RememberingDecoder
from bot.sandbox.world import MAX_SHOWN_PIXELS, smaller_copies

SIMCORD_MAX_BYTES = 10 * 1024 * 1024  # of a picture as PNG


def picture(width: int, height: int, kind: str = "JPEG", **options: object) -> CardPicture:
    noise = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))
    out = BytesIO()
    noise.save(out, kind, **options)  # pyright: ignore[reportArgumentType]  # Pillow's options have no types
    return CardPicture(index=0, filename="a-fox-1.jpg", data=out.getvalue())


@pytest.mark.parametrize("size", [(2200, 2200), (1930, 828)])
async def test_the_busiest_picture_is_small_enough_for_the_page(size: tuple[int, int]) -> None:
    """The less there is to be made smaller, the more of the noise stays."""
    (shown,) = await smaller_copies((picture(*size),))
    with Image.open(BytesIO(shown.data)) as image:
        assert image.width * image.height <= MAX_SHOWN_PIXELS
        assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.01)
        png = BytesIO()
        image.convert("RGBA").save(png, "PNG", compress_level=1)
    assert len(png.getvalue()) < SIMCORD_MAX_BYTES


async def test_name_kind_and_mark_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "MAX_SHOWN_PIXELS", 10_000)
    mark = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    (shown,) = await smaller_copies((picture(120, 120, "WEBP", xmp=mark),))
    assert shown.filename == "a-fox-1.jpg"
    with Image.open(BytesIO(shown.data)) as image:
        assert (image.format, image.size) == ("WEBP", (100, 100))
        assert image.info["xmp"] == mark


async def test_a_small_picture_is_left_alone() -> None:
    small = picture(300, 200)
    assert await smaller_copies((small,)) == (small,)


async def test_a_picture_is_decoded_by_a_process_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    start = asyncio.create_subprocess_exec

    async def counted(*command: str, **options: Any) -> asyncio.subprocess.Process:
        started.append(command)
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", counted)
    decoder = RememberingDecoder()
    first = await decoder.validate("a digest", picture(300, 200).data)
    again = await decoder.validate("a digest", picture(300, 200).data)
    await decoder.close()

    assert len(started) == 1
    assert again is first
    assert (first.width, first.height) == (300, 200)
