"""Small pictures: thumbnails, the sign that marks a video, and the tiles with rounded corners of sheets and trees."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from bot.domain.pictures import Mark, PictureError
from bot.domain.ports.drawing import THUMBNAIL_SIDE
from bot.domain.sizes import Size
from bot.formats import header as headers
from bot.formats.container import Format, Header
from bot.imaging.pack import encode_image, fit_bytes, mark_bytes
from bot.imaging.pixels import decode_cost_bytes, develop
from bot.imaging.style import DRAWN_TEAL, MUTED, PANEL_COLOUR, Colour, TextBox, mixed

EMPTY: Final[Colour] = mixed(MUTED, 0.10)
EMPTY_RIM: Final[Colour] = mixed(MUTED, 0.30)

MAX_THUMBNAIL_BYTES: Final = 25_000
_THUMBNAIL_QUALITY: Final = 82
_MOST_FRAME_SIDE: Final = 1200  # as much of a frame as a comparison shows
_FRAME_QUALITY: Final = 92

SMOOTH: Final = 4  # masks are drawn this much larger and reduced


@lru_cache(maxsize=16)
def rounded_mask(width: int, height: int, radius: float, *, inset: float = 0.0) -> Image.Image:
    """Return a mask: a white rounded rectangle with smooth edges, `inset` from the sides, on black."""
    mask = Image.new("L", (width * SMOOTH, height * SMOOTH))
    near, right, bottom = round(inset * SMOOTH), mask.width - 1, mask.height - 1
    ImageDraw.Draw(mask).rounded_rectangle(
        (near, near, right - near, bottom - near), max(0.0, radius - inset) * SMOOTH, fill=255
    )
    return mask.reduce(SMOOTH)


def dimmed(mask: Image.Image, share: float) -> Image.Image:
    """Return `mask` with its values multiplied by `share`."""
    return ImageChops.multiply(mask, Image.new("L", mask.size, round(255 * share)))


def marked_jpeg(image: Image.Image, *, quality: int, subsampling: int) -> bytes:
    """Encode a JPEG that is marked as made with AI. `subsampling` is Pillow's: 0 is 4:4:4, 2 is 4:2:0."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=subsampling, optimize=True)
    return mark_bytes(out.getvalue(), Format.JPEG, Mark.COMPOSITE)


_ON_ITS_SIDE: Final = 5  # from this EXIF orientation on, width and height change places


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture's bytes and their checked header."""

    data: bytes
    header: Header

    @property
    def size(self) -> Size:
        """The size of the upright picture, in pixels."""
        stored = self.header.size
        turned = self.header.orientation >= _ON_ITS_SIDE
        return Size(stored.height, stored.width) if turned else stored

    @property
    def cost_bytes(self) -> int:
        """The estimated peak memory of decoding, in bytes."""
        return decode_cost_bytes(self.header, self.data)

    def developed(self, *, max_side: int) -> Image.Image:
        """Decode it: upright, RGB, at most `max_side` pixels a side. Raises `PictureError`."""
        return develop(self.data, self.header, max_side=max_side)


def source_of(data: bytes) -> Source:
    """Check the header. Raises `PictureError` for bytes that are no picture, or one too large to decode."""
    return Source(data=data, header=headers.read(data))


def readable(data: bytes | None) -> Source | None:
    """Return the source; None for a deleted picture, and for bytes that `source_of` refuses."""
    if data is None:
        return None
    try:
        return source_of(data)
    except PictureError:
        return None


def developed(source: Source | None, *, max_side: int) -> Image.Image | None:
    """Decode the source; None if there is none, or if its bytes are damaged after the header."""
    if source is None:
        return None
    try:
        return source.developed(max_side=max_side)
    except PictureError:
        return None


RADIUS: Final = 16
_RING_GAP: Final = 5
_RING: Final = 5
_GLOW_REACH: Final = 34
_GLOW_SHARE: Final = 0.45
_TILE_RIM_SHARE: Final = 0.14


def draw_tile(canvas: Image.Image, picture: Image.Image | None, box: TextBox, *, scale: float) -> None:
    """Draw `picture` cropped to `box`; for None, draw an empty frame with mountains and a sun."""
    wide, tall = round(box.width), round(box.height)
    if picture is not None:
        tile = ImageOps.fit(picture, (wide, tall), Image.Resampling.LANCZOS)
        tile.paste("white", mask=dimmed(_rim(wide, tall, scale), _TILE_RIM_SHARE))
    else:
        tile = Image.new("RGB", (wide, tall), EMPTY)
        tile.paste(EMPTY_RIM, mask=_rim(wide, tall, scale))
        tile.paste(EMPTY_RIM, mask=_landscape(wide, tall))
    canvas.paste(tile, (round(box.left), round(box.top)), rounded_mask(wide, tall, RADIUS * scale))


def draw_ring(canvas: Image.Image, box: TextBox, *, scale: float) -> None:
    """Draw a glowing ring around `box`, with a small gap; draw the picture after it."""
    off, thick, reach = (max(2, round(part * scale)) for part in (_RING_GAP, _RING, _GLOW_REACH))
    wide, tall = round(box.width) + 2 * (off + thick), round(box.height) + 2 * (off + thick)
    left, top = round(box.left) - off - thick, round(box.top) - off - thick
    radius = RADIUS * scale + off + thick
    outer = rounded_mask(wide, tall, radius)
    glow = Image.new("L", (wide + 2 * reach, tall + 2 * reach))
    glow.paste(outer, (reach, reach))
    glow = dimmed(glow.filter(ImageFilter.GaussianBlur(reach / 2.6)), _GLOW_SHARE)
    canvas.paste(DRAWN_TEAL, (left - reach, top - reach, left + wide + reach, top + tall + reach), glow)
    canvas.paste(DRAWN_TEAL, (left, top, left + wide, top + tall), outer)
    canvas.paste(
        PANEL_COLOUR, (left, top, left + wide, top + tall), rounded_mask(wide, tall, radius, inset=thick)
    )


@lru_cache(maxsize=16)
def _rim(wide: int, tall: int, scale: float) -> Image.Image:
    """Return a mask of the outermost pixels."""
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


_SIGN_SHARE: Final = 0.34  # of the shorter side
_LEAST_SIGN, _MOST_SIGN = 40, 220
_DISC_SHARE: Final = 0.42
_SIGN_RIM_SHARE: Final = 0.9
_SHADOW_SHARE: Final = 0.35
_NIGHT: Final[Colour] = (0x0B, 0x0C, 0x0F)


def draw_play_sign(picture: Image.Image) -> None:
    """Draw a round, translucent play sign in the middle: the picture stands for a video."""
    side = round(min(max(min(picture.size) * _SIGN_SHARE, _LEAST_SIGN), _MOST_SIGN))
    edge = side // 4  # around the disc, for its shadow
    left, top = ((whole - side) // 2 for whole in picture.size)
    where, disc = (left, top), rounded_mask(side, side, side / 2)
    shadow = Image.new("L", (side + 2 * edge, side + 2 * edge))
    shadow.paste(disc, (edge, edge))
    shadow = dimmed(shadow.filter(ImageFilter.GaussianBlur(side / 12)), _SHADOW_SHARE)
    picture.paste(_NIGHT, (left - edge, top - edge + side // 24), shadow)
    under = picture.crop((left, top, left + side, top + side)).filter(ImageFilter.GaussianBlur(side / 14))
    picture.paste(under, where, disc)
    picture.paste(_NIGHT, (*where, left + side, top + side), dimmed(disc, _DISC_SHARE))
    picture.paste("white", (*where, left + side, top + side), _play_sign(side))


@lru_cache(maxsize=16)
def _play_sign(side: int) -> Image.Image:
    """Return a mask of a rim and a triangle with rounded corners whose centre of gravity is the middle."""
    mask = Image.new("L", (side * SMOOTH, side * SMOOTH))
    draw, middle, reach = ImageDraw.Draw(mask), mask.width / 2, mask.width * 0.2
    round_by, thick = mask.width * 0.03, max(SMOOTH, mask.width * 0.024)
    draw.ellipse(
        (thick / 2, thick / 2, mask.width - thick / 2, mask.width - thick / 2),
        outline=round(255 * _SIGN_RIM_SHARE),
        width=round(thick),
    )
    corners = [
        (middle + reach * across, middle + reach * down)
        for across, down in ((1.0, 0.0), (-0.5, -0.866), (-0.5, 0.866))
    ]
    draw.polygon(corners, fill=255)
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        draw.line((start, end), fill=255, width=round(2 * round_by))
        draw.circle(start, round_by, fill=255)
    return mask.reduce(SMOOTH)


def thumbnail(source: Source) -> bytes:
    """Encode the JPEG of `ImageComposer.thumbnail`. Raises `PictureError`."""
    image = source.developed(max_side=THUMBNAIL_SIDE)
    data = encode_image(image, _THUMBNAIL_QUALITY)
    return data if len(data) <= MAX_THUMBNAIL_BYTES else fit_bytes(image, MAX_THUMBNAIL_BYTES).data


def with_play_sign(frame: Source) -> bytes:
    """Encode a frame of a video as a JPEG with a play sign. Raises `PictureError`."""
    image = frame.developed(max_side=_MOST_FRAME_SIDE)
    draw_play_sign(image)
    return encode_image(image, _FRAME_QUALITY)
