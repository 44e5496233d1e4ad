"""A picture in a family tree: rounded, with a hairline around it, and a ring where the person is."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bot.imaging.compose.ink import EMPTY, EMPTY_RIM, SMOOTH, dimmed, rounded_mask
from bot.imaging.plot.canvas import PANEL, TEAL
from bot.imaging.plot.labels import Box

RADIUS: Final = 16
_RING_GAP: Final = 5
_RING: Final = 5
_GLOW_REACH: Final = 34
_GLOW_SHARE: Final = 0.45
_HAIRLINE_SHARE: Final = 0.14


def draw_picture(canvas: Image.Image, picture: Image.Image, box: Box, *, scale: float) -> None:
    """`picture` in `box`, cut where it is of another shape."""
    wide, tall = round(box.width), round(box.height)
    tile = ImageOps.fit(picture, (wide, tall), Image.Resampling.LANCZOS)
    tile.paste("white", mask=dimmed(_rim(wide, tall, scale), _HAIRLINE_SHARE))
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
