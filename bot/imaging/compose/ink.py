"""How pictures made here look: colours beside those of the plot, smooth masks, and the last step to a file."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from bot.domain.pictures import Mark
from bot.imaging.container import Format
from bot.imaging.plot.canvas import MUTED, TEAL, Colour, mixed
from bot.imaging.provenance import mark_bytes

BRANCH: Final[Colour] = mixed(MUTED, 0.35)
LIT_BRANCH: Final[Colour] = mixed(TEAL, 0.75)
EMPTY: Final[Colour] = mixed(MUTED, 0.10)
EMPTY_RIM: Final[Colour] = mixed(MUTED, 0.30)

SMOOTH: Final = 4  # masks are drawn this much larger and reduced


def rounded_mask(width: int, height: int, radius: float, *, inset: float = 0.0) -> Image.Image:
    """White inside a rounded rectangle with smooth edges, `inset` from the sides, black outside."""
    mask = Image.new("L", (width * SMOOTH, height * SMOOTH))
    near, right, bottom = round(inset * SMOOTH), mask.width - 1, mask.height - 1
    ImageDraw.Draw(mask).rounded_rectangle(
        (near, near, right - near, bottom - near), max(0.0, radius - inset) * SMOOTH, fill=255
    )
    return mask.reduce(SMOOTH)


def dimmed(mask: Image.Image, share: float) -> Image.Image:
    """`mask` with `share` of its strength."""
    return ImageChops.multiply(mask, Image.new("L", mask.size, round(255 * share)))


def marked_jpeg(image: Image.Image, *, quality: int, subsampling: int) -> bytes:
    """A JPEG that says a machine had its hand in it. `subsampling` as in Pillow: 0 is 4:4:4, 2 is 4:2:0."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=subsampling, optimize=True)
    return mark_bytes(out.getvalue(), Format.JPEG, Mark.COMPOSITE)
