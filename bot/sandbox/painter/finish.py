"""The last touches: paper grain, a vignette, and the strip that says what this is."""

from __future__ import annotations

import random
import unicodedata
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFont

from bot.sandbox.painter.canvas import resized, tinted
from bot.sandbox.painter.colours import Rgb, darken, mix
from bot.sandbox.painter.palette import Palette

STRIP_SHARE = 0.032  # of the mean side
_TILE = 384
_PAPER: Rgb = (246, 238, 222)


def grain(image: Image.Image) -> Image.Image:
    """Fine paper grain; it also hides the bands of 8-bit gradients."""
    tile = _tile()
    noise = Image.new("L", image.size)
    for y in range(0, image.height, _TILE):
        for x in range(0, image.width, _TILE):
            noise.paste(tile, (x, y))
    return ImageChops.overlay(image, Image.merge("RGB", (noise, noise, noise)))


@lru_cache(maxsize=1)
def _tile() -> Image.Image:
    dice = random.Random(4501)
    first, second = (Image.frombytes("L", (_TILE, _TILE), dice.randbytes(_TILE**2)) for _ in range(2))
    return tinted(Image.blend(first, second, 0.5), [round(128 + (value - 128) * 0.1) for value in range(256)])


def vignette(image: Image.Image, colour: Rgb, strength: float) -> None:
    """Darken the corners in place."""
    table = [round(255 * strength * max(0.0, (value - 110) / 145) ** 1.6) for value in range(256)]
    mask = resized(tinted(Image.radial_gradient("L"), table), image.size)
    image.paste(colour, (0, 0, *image.size), mask)


def label(image: Image.Image, palette: Palette, *, title: str, note: str) -> None:
    """A slim strip at the foot: the first words of the prompt, and what kind of picture this is."""
    mean = (image.width * image.height) ** 0.5
    tall = round(mean * STRIP_SHARE)
    top = image.height - tall
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, top, image.width, image.height), fill=darken(palette.near, 0.25))
    pen.rectangle((0, top, image.width, top + max(1, tall // 22)), fill=palette.accent)
    font, margin = ImageFont.load_default(round(tall * 0.4)), round(tall * 0.55)
    middle = top + tall * 0.54
    note_width = font.getlength(note)
    pen.text(
        (image.width - margin, middle), note, font=font, fill=mix(_PAPER, palette.near, 0.3), anchor="rm"
    )
    room = image.width - note_width - margin * 3.5
    if room > tall * 2:
        pen.text((margin, middle), _fitting(title, font, room), font=font, fill=_PAPER, anchor="lm")


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> str:
    """As many whole words as fit. The built-in font knows ASCII only, so accents are dropped."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words, shown = plain.split(), ""
    for index, word in enumerate(words):
        longer = f"{shown} {word}".strip()
        if font.getlength(longer + "...") > room or len(longer) > 90:
            return shown.rstrip(",.;:") + ("..." if shown and index < len(words) else "")
        shown = longer
    return shown
