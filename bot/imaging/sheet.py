"""A contact sheet: small pictures with numbers, so that people see which one “image 3” is, or a gallery's third."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bot.domain.ports.drawing import MAX_SHEET
from bot.domain.sizes import Size
from bot.imaging.style import (
    BRIGHT,
    DRAWN_TEAL,
    MUTED,
    PANEL_COLOUR,
    Colour,
    TextBox,
    fitted,
    font,
    write,
)
from bot.imaging.tile import (
    EMPTY,
    Source,
    developed,
    dimmed,
    draw_ring,
    draw_tile,
    marked_jpeg,
    readable,
    rounded_mask,
)

# The tiles in a row by the largest number of pictures, and a tile's side in pixels for that many columns. Discord
# shows a picture at most 550 px wide; a number is still at least 13 px high there.
_COLUMNS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 6: 3, 8: 4, 9: 3, 10: 5, 12: 4, MAX_SHEET: 5}
_SIDES: Final = {1: 640, 2: 560, 3: 340, 4: 330, 5: 280}
_GAP: Final = 18
_MARGIN: Final = 22
_SQUARISH: Final = 1.2  # pictures up to this ratio are cut to a square; longer ones are shown uncropped

_DIMNESS: Final = 0.46
_DARK: Final[Colour] = (0x12, 0x13, 0x16)
_DARK_SHARE: Final = 0.82
_HAIRLINE_SHARE: Final = 0.20
_PILL_SHARE: Final = 0.20  # of a tile's side
_LEAST_PILL, _MOST_PILL = 62, 92
_DIGIT_SHARE: Final = 0.6  # of a pill's height
_WORDS_SHARE: Final = 0.1  # of a tile's side: the size of a text in the place of a picture
_SMOOTH: Final = 4

_QUALITY: Final = 88
_FINER: Final = 2  # decoded at up to this many times the size needed, then reduced once
_BYTES_PER_PIXEL: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """The measured sheet. A source of None is a deleted picture; `chosen` is an index from 0, or None.

    A text is written in the place of a picture that is not shown.
    """

    sources: tuple[Source | str | None, ...]
    chosen: int | None

    @property
    def columns(self) -> int:
        return next(columns for most, columns in _COLUMNS.items() if len(self.sources) <= most)

    @property
    def side(self) -> int:
        return _SIDES[self.columns]

    @property
    def size(self) -> Size:
        rows = -(-len(self.sources) // self.columns)
        return Size(*(2 * _MARGIN + many * (self.side + _GAP) - _GAP for many in (self.columns, rows)))

    @property
    def cost_bytes(self) -> int:
        """The estimated peak memory of drawing, in bytes; pictures are decoded one at a time."""
        decoding = max((one.cost_bytes for one in self.sources if isinstance(one, Source)), default=0)
        return decoding + self.size.pixels * _BYTES_PER_PIXEL

    def tile(self, index: int) -> TextBox:
        row, column = divmod(index, self.columns)
        step = self.side + _GAP
        return TextBox(
            left=_MARGIN + column * step, top=_MARGIN + row * step, width=self.side, height=self.side
        )


def plan_sheet(pictures: Sequence[bytes | str | None], chosen: int | None) -> SheetPlan:
    """Measure the sheet. Raises `ValueError` for no picture, or for more than MAX_SHEET."""
    if not 1 <= len(pictures) <= MAX_SHEET:
        raise ValueError(f"a sheet of {len(pictures)} pictures")
    sources = tuple(one if isinstance(one, str) else readable(one) for one in pictures)
    return SheetPlan(sources=sources, chosen=chosen)


def draw_sheet(plan: SheetPlan, *, is_ai: bool) -> bytes:
    """Draw the JPEG of `ImageComposer.contact_sheet`."""
    canvas = Image.new("RGB", (plan.size.width, plan.size.height), PANEL_COLOUR)
    if plan.chosen is not None:
        draw_ring(canvas, plan.tile(plan.chosen), scale=1.0)
    for index, source in enumerate(plan.sources):
        box = plan.tile(index)
        picture = _words_alone(source, plan.side) if isinstance(source, str) else _square(source, plan.side)
        draw_tile(canvas, picture, box, scale=1.0)
        _draw_number(canvas, box, index + 1, is_chosen=index == plan.chosen)
    if is_ai:
        return marked_jpeg(canvas, quality=_QUALITY, subsampling=0)
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return out.getvalue()


def _words_alone(text: str, side: int) -> Image.Image:
    """Return a quiet square with a text in the middle and no pixel of the picture that is not shown."""
    square = Image.new("RGB", (side, side), EMPTY)
    size = round(side * _WORDS_SHARE)
    write(square, (side / 2, side / 2), fitted(text, size, side * 0.8), size=size, colour=MUTED, anchor="mm")
    return square


def _square(source: Source | None, side: int) -> Image.Image | None:
    picture = developed(source, max_side=_FINER * side)
    if picture is not None and max(picture.size) > _SQUARISH * min(picture.size):
        return _on_its_blur(picture, side)
    return picture


def _on_its_blur(image: Image.Image, side: int) -> Image.Image:
    """Return a long picture, uncropped, on a dark and blurred square of itself."""
    small = ImageOps.fit(image, (side // 4, side // 4), Image.Resampling.BILINEAR)
    blurred = ImageOps.fit(small.filter(ImageFilter.GaussianBlur(side / 40)), (side, side))
    square = ImageEnhance.Brightness(blurred).enhance(_DIMNESS)
    inside = ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)
    square.paste(inside, ((side - inside.width) // 2, (side - inside.height) // 2))
    return square


def _draw_number(canvas: Image.Image, tile: TextBox, number: int, *, is_chosen: bool) -> None:
    """Draw the number on a pill in the tile's upper left corner."""
    tall = round(min(max(tile.width * _PILL_SHARE, _LEAST_PILL), _MOST_PILL))
    digits = _digits(str(number), round(tall * _DIGIT_SHARE))
    wide = tall if number < 10 else digits.width + round(tall * 0.56)  # a disc for a single digit
    left, top = (round(at + tall * 0.2) for at in (tile.left, tile.top))
    where = (left, top, left + wide, top + tall)
    pill = rounded_mask(wide, tall, tall / 2)
    if is_chosen:
        canvas.paste(DRAWN_TEAL, where, pill)
    else:
        canvas.paste(BRIGHT, where, dimmed(pill, _HAIRLINE_SHARE))
        canvas.paste(_DARK, where, dimmed(rounded_mask(wide, tall, tall / 2, inset=2), _DARK_SHARE))
    ink = _DARK if is_chosen else BRIGHT
    canvas.paste(ink, (left + (wide - digits.width) // 2, top + (tall - digits.height) // 2), digits)


@lru_cache(maxsize=16)
def _digits(text: str, height: int) -> Image.Image:
    """Return a mask of `text` in bold, trimmed to its digits."""
    size = height * _SMOOTH
    letters = font(round(size / 0.72))  # of Aileron, the font inside Pillow: how high a digit is
    stroke = max(1, size // 26)
    left, top, right, bottom = (round(edge) for edge in letters.getbbox(text, stroke_width=stroke))
    mask = Image.new("L", (-(-(right - left) // _SMOOTH) * _SMOOTH, -(-(bottom - top) // _SMOOTH) * _SMOOTH))
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=letters, stroke_width=stroke)
    return mask.reduce(_SMOOTH)
