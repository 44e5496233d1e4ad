"""Pictures side by side in small, each with its number: what “image 3” means is seen at a glance."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bot.domain.pictures import Mark, PictureError
from bot.domain.ports.drawing import MAX_SHEET, THUMBNAIL_SIDE
from bot.domain.sizes import Size
from bot.formats import header as headers
from bot.formats.container import Format, Header
from bot.imaging.pack import encode, fit, mark_bytes
from bot.imaging.pixels import decode_cost_bytes, develop
from bot.imaging.style import (
    BRIGHT,
    MUTED,
    PANEL,
    TEAL,
    Box,
    Colour,
    fitted,
    font,
    mixed,
    shown,
    width,
    write,
)

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


# Discord shows a picture in a chat at about 550 × 350 px: there the words are 12 px high.
_WORDS_ACROSS: Final = 44
_WORDS_DOWN: Final = 28
_LEAST_SHARE: Final = 0.4  # of that, where a label is long for its picture

# In parts of the letters' size
_PILL_MARGIN: Final = 0.7
_PADDING: Final = 0.75
_HEIGHT: Final = 1.75

_FROST: Final = (0x14, 0x15, 0x18)
_FROST_SHARE: Final = 0.64


def draw_pills(image: Image.Image, labels: tuple[str, str], *, widths: tuple[int, int]) -> None:
    """Labels of one size in the upper corners of `image`, whose outer parts are `widths` wide.

    Both are set smaller, and at last cut, where one is long. Nothing is drawn for a label without letters.
    """
    size = _size(image, labels, widths)
    margin = round(size * _PILL_MARGIN)
    for number, (label, across) in enumerate(zip(labels, widths, strict=True)):
        word = fitted(label, size, across - _around(size))
        if shown(label) and across > 2 * _around(size):
            wide = round(width(word, size) + 2 * size * _PADDING)
            left = image.width - margin - wide if number else margin
            _draw_pill(image, word, size, (left, margin, left + wide, margin + round(size * _HEIGHT)))


def _size(image: Image.Image, labels: tuple[str, str], widths: tuple[int, int]) -> int:
    """Of the letters, in pixels."""
    wanted = max(image.width / _WORDS_ACROSS, image.height / _WORDS_DOWN)
    needed = [width(shown(label), round(wanted)) + _around(wanted) for label in labels]
    share = min(across / need for across, need in zip(widths, needed, strict=True))
    return int(wanted * min(1.0, max(_LEAST_SHARE, share)))


def _around(size: float) -> float:
    """What a word needs beside its letters."""
    return 2 * size * (_PILL_MARGIN + _PADDING) + 2


def _draw_pill(image: Image.Image, word: str, size: int, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    under = image.crop(box).filter(ImageFilter.GaussianBlur(tall / 4))
    glass = Image.blend(under, Image.new("RGB", under.size, _FROST), _FROST_SHARE)
    image.paste(glass, box, rounded_mask(wide, tall, tall / 2))
    middle = (left + wide / 2, top + tall / 2)
    write(image, middle, word, size=size, colour=BRIGHT, anchor="mm")


_ON_ITS_SIDE: Final = 5  # from this EXIF orientation on, width and height change places


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bytes whose header was checked."""

    data: bytes
    header: Header

    @property
    def size(self) -> Size:
        """In pixels, upright."""
        stored = self.header.size
        turned = self.header.orientation >= _ON_ITS_SIDE
        return Size(stored.height, stored.width) if turned else stored

    @property
    def cost_bytes(self) -> int:
        """What decoding it may take at its peak."""
        return decode_cost_bytes(self.header, self.data)

    def developed(self, *, max_side: int) -> Image.Image:
        """Upright, RGB, at most `max_side` a side. Raises `PictureError`."""
        return develop(self.data, self.header, max_side=max_side)


def source_of(data: bytes) -> Source:
    """Raises `PictureError` for what is no picture, or is too large to be decoded."""
    return Source(data=data, header=headers.read(data))


MAX_WIDTH: Final = 2600
MAX_HEIGHT: Final = 1200
MIN_HEIGHT: Final = 480  # smaller ones are enlarged: the labels need room
MOST_RATIO: Final = 4.0  # what is longer lies in a frame of this
GAP: Final = 12

_PAIR_QUALITY: Final = 88
_PAIR_OVERSAMPLING: Final = 2  # decoded at up to this many times the size needed, then reduced once
_PAIR_BYTES_PER_PIXEL: Final = 10  # of the whole, beside the decoding; measured 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A picture and the word on it."""

    source: Source
    label: str


def side_by_side(before: Side, after: Side) -> bytes:
    """See `Artist.side_by_side`. Raises `PictureError`."""
    first, second = tiles_of(before.source.size, after.source.size)
    whole = Image.new("RGB", (first.width + GAP + second.width, first.height), PANEL)
    whole.paste(_fitted(before.source, first), (0, 0))
    whole.paste(_fitted(after.source, second), (first.width + GAP, 0))
    draw_pills(whole, (before.label, after.label), widths=(first.width, second.width))
    return marked_jpeg(whole, quality=_PAIR_QUALITY, subsampling=2)


def pair_cost_bytes(before: Side, after: Side) -> int:
    """What `side_by_side` may take at its peak: one picture is decoded after the other."""
    first, second = tiles_of(before.source.size, after.source.size)
    pixels = (first.width + GAP + second.width) * first.height
    return max(before.source.cost_bytes, after.source.cost_bytes) + pixels * _PAIR_BYTES_PER_PIXEL


def tiles_of(before: Size, after: Size) -> tuple[Size, Size]:
    """How large each is drawn: equally high, as high as the higher one is or the limits allow."""
    first, second = (min(max(size.ratio, 1 / MOST_RATIO), MOST_RATIO) for size in (before, after))
    natural = max(MIN_HEIGHT, before.height, after.height)
    height = min(MAX_HEIGHT, natural, int((MAX_WIDTH - GAP) / (first + second)))
    return Size(int(height * first), height), Size(int(height * second), height)


def _fitted(source: Source, tile: Size) -> Image.Image:
    """The whole picture in the middle of its tile, which it fills unless it is longer than MOST_RATIO."""
    image = source.developed(max_side=_PAIR_OVERSAMPLING * max(tile.width, tile.height))
    if 1 / MOST_RATIO <= source.size.ratio <= MOST_RATIO:
        return ImageOps.fit(image, (tile.width, tile.height), Image.Resampling.LANCZOS)
    return ImageOps.pad(image, (tile.width, tile.height), Image.Resampling.LANCZOS, color=PANEL)


RADIUS: Final = 16
_RING_GAP: Final = 5
_RING: Final = 5
_GLOW_REACH: Final = 34
_GLOW_SHARE: Final = 0.45
_TILE_RIM_SHARE: Final = 0.14


def draw_picture(canvas: Image.Image, picture: Image.Image, box: Box, *, scale: float) -> None:
    """`picture` in `box`, cut where it is of another shape."""
    wide, tall = round(box.width), round(box.height)
    tile = ImageOps.fit(picture, (wide, tall), Image.Resampling.LANCZOS)
    tile.paste("white", mask=dimmed(_rim(wide, tall, scale), _TILE_RIM_SHARE))
    canvas.paste(tile, _corner(box), rounded_mask(wide, tall, RADIUS * scale))


def draw_gone(canvas: Image.Image, box: Box, *, scale: float) -> None:
    """Where a picture was: an empty frame with mountains and a sun."""
    wide, tall = round(box.width), round(box.height)
    tile = Image.new("RGB", (wide, tall), EMPTY)
    tile.paste(EMPTY_RIM, mask=_rim(wide, tall, scale))
    tile.paste(EMPTY_RIM, mask=_landscape(wide, tall))
    canvas.paste(tile, _corner(box), rounded_mask(wide, tall, RADIUS * scale))


def draw_ring(canvas: Image.Image, box: Box, *, scale: float) -> None:
    """Behind the picture in `box`: a ring that glows, and stands a little off."""
    off, thick, reach = (max(2, round(part * scale)) for part in (_RING_GAP, _RING, _GLOW_REACH))
    wide, tall = round(box.width) + 2 * (off + thick), round(box.height) + 2 * (off + thick)
    left, top = round(box.left) - off - thick, round(box.top) - off - thick
    radius = RADIUS * scale + off + thick
    outer = rounded_mask(wide, tall, radius)
    glow = Image.new("L", (wide + 2 * reach, tall + 2 * reach))
    glow.paste(outer, (reach, reach))
    glow = dimmed(glow.filter(ImageFilter.GaussianBlur(reach / 2.6)), _GLOW_SHARE)
    canvas.paste(TEAL, (left - reach, top - reach, left + wide + reach, top + tall + reach), glow)
    canvas.paste(TEAL, (left, top, left + wide, top + tall), outer)
    canvas.paste(PANEL, (left, top, left + wide, top + tall), rounded_mask(wide, tall, radius, inset=thick))


def _rim(wide: int, tall: int, scale: float) -> Image.Image:
    """The outermost pixel, white."""
    rim = Image.new("L", (wide, tall), 255)
    rim.paste(0, mask=rounded_mask(wide, tall, RADIUS * scale, inset=1))
    return rim


def _landscape(wide: int, tall: int) -> Image.Image:
    mask = Image.new("L", (wide * SMOOTH, tall * SMOOTH))
    draw = ImageDraw.Draw(mask)
    unit = min(mask.width, mask.height) / 10
    x, y = mask.width / 2, mask.height / 2 + 1.4 * unit
    draw.polygon([(x - 2.6 * unit, y), (x - 0.9 * unit, y - 2.4 * unit), (x + 0.8 * unit, y)], fill=255)
    draw.polygon([(x - 0.2 * unit, y), (x + 1.2 * unit, y - 1.6 * unit), (x + 2.6 * unit, y)], fill=255)
    draw.circle((x + 1.5 * unit, y - 2.7 * unit), 0.55 * unit, fill=255)
    return mask.reduce(SMOOTH)


def _corner(box: Box) -> tuple[int, int]:
    return round(box.left), round(box.top)


# Tiles in a row, by how many pictures there are at most; and how long a tile's side is then, in pixels. Discord
# shows a picture at most 550 px wide: a number is at least 13 px high there.
_COLUMNS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 6: 3, 8: 4, 10: 5, 12: 4, MAX_SHEET: 5}
_SIDES: Final = {1: 640, 2: 560, 3: 420, 4: 330, 5: 280}
_GAP: Final = 18
_MARGIN: Final = 22
_SQUARISH: Final = 1.2  # what is not longer than this is cut to a square; the rest is shown whole

_DIMNESS: Final = 0.46
_DARK: Final[Colour] = (0x12, 0x13, 0x16)
_DARK_SHARE: Final = 0.82
_HAIRLINE_SHARE: Final = 0.20
_PILL_SHARE: Final = 0.20  # of a tile's side
_LEAST_PILL, _MOST_PILL = 62, 92
_DIGIT_SHARE: Final = 0.6  # of a pill's height
_SMOOTH: Final = 4

_QUALITY: Final = 88
_FINER: Final = 2  # decoded at up to this many times the size needed, then reduced once
_BYTES_PER_PIXEL: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """Everything measured. A source of None is a picture that is gone; `chosen` is an index, from 0."""

    sources: tuple[Source | None, ...]
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
        """What drawing may take at its peak: pictures are decoded one after the other."""
        decoding = max((source.cost_bytes for source in self.sources if source is not None), default=0)
        return decoding + self.size.pixels * _BYTES_PER_PIXEL

    def tile(self, index: int) -> Box:
        row, column = divmod(index, self.columns)
        step = self.side + _GAP
        return Box(left=_MARGIN + column * step, top=_MARGIN + row * step, width=self.side, height=self.side)


def plan_sheet(pictures: Sequence[bytes | None], chosen: int | None) -> SheetPlan:
    """Raises `ValueError` for too few or too many."""
    if not 1 <= len(pictures) <= MAX_SHEET:
        raise ValueError(f"a sheet of {len(pictures)} pictures")
    return SheetPlan(sources=tuple(map(_readable, pictures)), chosen=chosen)


def draw_sheet(plan: SheetPlan) -> bytes:
    """See `Artist.contact_sheet`."""
    canvas = Image.new("RGB", (plan.size.width, plan.size.height), PANEL)
    if plan.chosen is not None:
        draw_ring(canvas, plan.tile(plan.chosen), scale=1.0)
    for index, source in enumerate(plan.sources):
        box = plan.tile(index)
        picture = _picture(source, plan.side)
        if picture is None:
            draw_gone(canvas, box, scale=1.0)
        else:
            draw_picture(canvas, picture, box, scale=1.0)
        _draw_number(canvas, box, index + 1, is_chosen=index == plan.chosen)
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return out.getvalue()


def _readable(picture: bytes | None) -> Source | None:
    if picture is None:
        return None
    try:
        return source_of(picture)
    except PictureError:
        return None


def _picture(source: Source | None, side: int) -> Image.Image | None:
    """A square of it; None where it is gone, or its bytes are damaged behind the header."""
    if source is None:
        return None
    try:
        image = source.developed(max_side=_FINER * side)
    except PictureError:
        return None
    if max(image.width, image.height) <= _SQUARISH * min(image.width, image.height):
        return image
    return _on_its_blur(image, side)


def _on_its_blur(image: Image.Image, side: int) -> Image.Image:
    """The whole of a long picture, in the middle of a dark and blurred square of itself."""
    small = ImageOps.fit(image, (side // 4, side // 4), Image.Resampling.BILINEAR)
    blurred = ImageOps.fit(small.filter(ImageFilter.GaussianBlur(side / 40)), (side, side))
    square = ImageEnhance.Brightness(blurred).enhance(_DIMNESS)
    inside = ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)
    square.paste(inside, ((side - inside.width) // 2, (side - inside.height) // 2))
    return square


def _draw_number(canvas: Image.Image, tile: Box, number: int, *, is_chosen: bool) -> None:
    """On a pill in the tile's upper left corner."""
    tall = round(min(max(tile.width * _PILL_SHARE, _LEAST_PILL), _MOST_PILL))
    digits = _digits(str(number), round(tall * _DIGIT_SHARE))
    wide = tall if number < 10 else digits.width + round(tall * 0.56)  # a disc for a single digit
    left, top = (round(at + tall * 0.2) for at in (tile.left, tile.top))
    where = (left, top, left + wide, top + tall)
    pill = rounded_mask(wide, tall, tall / 2)
    if is_chosen:
        canvas.paste(TEAL, where, pill)
    else:
        canvas.paste(BRIGHT, where, dimmed(pill, _HAIRLINE_SHARE))
        canvas.paste(_DARK, where, dimmed(rounded_mask(wide, tall, tall / 2, inset=2), _DARK_SHARE))
    ink = _DARK if is_chosen else BRIGHT
    canvas.paste(ink, (left + (wide - digits.width) // 2, top + (tall - digits.height) // 2), digits)


def _digits(text: str, height: int) -> Image.Image:
    """A mask of `text`, bold, as high as its digits are, and nothing around it."""
    size = height * _SMOOTH
    letters = font(round(size / 0.72))  # of Aileron, the font inside Pillow: how high a digit is
    stroke = max(1, size // 26)
    left, top, right, bottom = (round(edge) for edge in letters.getbbox(text, stroke_width=stroke))
    mask = Image.new("L", (-(-(right - left) // _SMOOTH) * _SMOOTH, -(-(bottom - top) // _SMOOTH) * _SMOOTH))
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=letters, stroke_width=stroke)
    return mask.reduce(_SMOOTH)


MAX_BYTES: Final = 25_000
_THUMBNAIL_QUALITY: Final = 82


def thumbnail(source: Source) -> bytes:
    """See `Artist.thumbnail`. Raises `PictureError`."""
    image = source.developed(max_side=THUMBNAIL_SIDE)
    data = encode(image, _THUMBNAIL_QUALITY)
    return data if len(data) <= MAX_BYTES else fit(image, MAX_BYTES).data
