"""Pictures as the demo's page can show them: SimCord displays nothing over 10 MiB as PNG, which 4K is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from io import BytesIO
from typing import Final

from PIL import Image

from bot.domain.ports import Picture
from bot.sandbox.painter.canvas import resized

MAX_SHOWN_PIXELS: Final = 1_200_000  # twice what the page shows of it; under 4 MiB as PNG whatever is on it
_QUALITY: Final = 92


async def for_the_page(pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
    """Smaller copies with the same names and marks; `demo --once` saves the pictures themselves."""
    return tuple([await asyncio.to_thread(_shown, picture) for picture in pictures])


def _shown(picture: Picture) -> Picture:
    with Image.open(BytesIO(picture.data)) as image:
        scale = (MAX_SHOWN_PIXELS / (image.width * image.height)) ** 0.5
        if scale >= 1 or image.format not in {"JPEG", "PNG", "WEBP"}:
            return picture
        size = int(image.width * scale), int(image.height * scale)
        image.draft("RGB", size)
        options = {"xmp": image.info["xmp"]} if "xmp" in image.info else {}
        shown, out = resized(image.convert("RGB"), size), BytesIO()
        shown.save(out, image.format, quality=_QUALITY, **options)
    return replace(picture, data=out.getvalue())
