"""Paints a designed illustration from the words of a prompt, without any model or network."""

from __future__ import annotations

import hashlib
import io
import random
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from bot.domain.followups import ENLARGE, without_instructions
from bot.domain.sizes import Size
from bot.sandbox.painter.brief import Brief, entropy_of, read_brief
from bot.sandbox.painter.canvas import Canvas, resized, tinted
from bot.sandbox.painter.colours import Palette, darken, lighten, mix
from bot.sandbox.painter.scenes import Scene
from bot.sandbox.painter.subjects import SUBJECTS

MAX_DRAWN_SIDE = 2048  # larger pictures are drawn at this and enlarged
_PAPER = (246, 238, 222)


class UnreadableReferenceError(Exception):
    """A reference is no picture, or a broken one."""


def paint(prompt: str, size: Size, references: Sequence[bytes], seed: int | None, salt: int) -> bytes:
    """Return a JPEG of exactly `size`, a pure function of its arguments; `salt` counts where `seed` is None.

    With references (encoded pictures) the first is edited and the others shown beside it.
    Raises `UnreadableReferenceError` for a reference that is no picture. Takes up to a second of CPU.
    """
    brief = read_brief(prompt, entropy=entropy_of(prompt, salt if seed is None else seed))
    shrink, note = min(1.0, MAX_DRAWN_SIDE / max(size.width, size.height)), "Easel demo"
    drawn = (max(1, round(size.width * shrink)), max(1, round(size.height * shrink)))
    if not references:
        image = Image.new("RGB", drawn)
        Scene(Canvas(image), brief).paint()
    else:
        note = f"edit of {len(references)} picture{'s' if len(references) > 1 else ''}"
        image, others = _opened(references[0], drawn), [_opened(data, (480, 480)) for data in references[1:]]
        if not prompt.startswith(ENLARGE):
            image = _edited(image, others, brief)
    image = resized(_grained(image), (size.width, size.height))
    title = without_instructions(prompt) or prompt
    label(image, brief.palette, title, f"offline preview · {note}")
    return _jpeg(image, 92)


def paint_plain(prompt: str, size: Size, seed: int | None, salt: int) -> bytes:
    """Return three by three flat fields whose colours are a hash of the arguments, as a JPEG of exactly `size`."""
    digest = hashlib.sha256(f"{salt if seed is None else seed}\0{prompt}".encode()).digest()
    fields = Image.frombytes("RGB", (3, 3), digest[:27])
    return _jpeg(resized(fields, (size.width, size.height), Image.Resampling.NEAREST), 50)


def paint_portrait(prompt: str, side: int) -> bytes:
    """Return the subject of a prompt close up, in the light the prompt names, as a square PNG."""
    brief, canvas = read_brief(prompt, entropy=0), Canvas(Image.new("RGB", (side, side)))
    scene, [(name, own), *_] = Scene(canvas, brief), brief.subjects
    frame = [(0, 0), (side, 0), (side, side), (0, side)]
    canvas.fill([frame], brief.palette.high, brief.palette.low)
    scene.subject(name, own, (side * 0.5, side * 0.92), side * 0.74)
    out = io.BytesIO()
    canvas.image.save(out, "PNG")
    return out.getvalue()


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _opened(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Return a reference, filling `size`."""
    try:
        with Image.open(io.BytesIO(data)) as source:
            source.draft("RGB", size)
            upright = ImageOps.exif_transpose(source).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as wrong:  # Pillow's errors for bad files
        raise UnreadableReferenceError("A picture in image_urls could not be read") from wrong
    return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)


def _edited(base: Image.Image, others: list[Image.Image], brief: Brief) -> Image.Image:
    """Return the first reference, still to be recognised, with the prompt's words laid over it."""
    canvas, palette = Canvas(_restyled(base, brief)), brief.palette
    mood = brief.mood if brief.names_mood else ""
    scene, weather = Scene(canvas, replace(brief, mood=mood)), brief.weather
    x, y, floor = canvas.width * 0.82, canvas.height * 0.12, canvas.height * 0.93
    canvas.glow((x, y), canvas.mean * 0.9, palette.light, alpha=0.34, fall=1.7)
    if mood in {"night", "space"} or "stars" in weather:
        scene.stars(0.5)
    if weather & {"sun", "moon"} or mood in {"night", "sunset", "dawn"}:
        scene.sun(x, y)
    scene.weather()
    for name, own in brief.subjects[:1]:
        tall = min(canvas.mean * SUBJECTS[name].size * 0.92, canvas.width * 0.5, canvas.height * 0.44)
        scene.subject(name, own, (canvas.width * 0.74, floor), tall)
    canvas.vignette(darken(palette.near, 0.5), 0.55)
    side = round(min(canvas.mean * 0.13, canvas.width * 0.07 if len(others) > 5 else canvas.width * 0.14))
    for index, other in enumerate(others):  # small prints at the lower left
        row, column = divmod(index, max(1, round(canvas.width * 0.5 / side / 1.1)))
        spot = (round(side * (0.2 + 1.1 * column)), round(floor - side * (1.1 + 1.1 * row)))
        canvas.image.paste(ImageOps.expand(resized(other, (side, side)), round(side * 0.04), _PAPER), spot)
    return canvas.image


def _restyled(base: Image.Image, brief: Brief) -> Image.Image:
    """Return the picture in the palette of the brief, and drawn, painted or without colour if it says so."""
    palette, words = brief.palette, set(brief.words)
    grey = ImageOps.autocontrast(ImageOps.grayscale(base), 0.5)
    if "monochrome" in words or {"black", "white"} <= words:
        return grey.convert("RGB")
    dark, light = darken(palette.near, 0.2), lighten(palette.low, 0.45)
    tritone = ImageOps.colorize(grey, dark, light, mix(palette.middle, palette.far, 0.4))
    image = ImageEnhance.Color(Image.blend(base, tritone, 0.5 if palette.is_dark else 0.38)).enhance(1.12)
    image = ImageEnhance.Brightness(image).enhance(0.82 if palette.is_dark else 1.0)
    if words & {"sketch", "pencil", "drawing", "ink"}:
        lines = ImageOps.autocontrast(ImageOps.invert(grey.filter(ImageFilter.FIND_EDGES)), 2)
        return Image.blend(image, ImageOps.colorize(lines, (30, 28, 34), (250, 244, 230)), 0.75)
    if words & {"painting", "painted", "watercolor", "watercolour", "oil"}:
        flat = resized(image.reduce(3).filter(ImageFilter.ModeFilter(9)), image.size)
        return ImageEnhance.Color(flat).enhance(1.25)
    return image


def _grained(image: Image.Image) -> Image.Image:
    """Add fine paper grain; it also hides the bands of 8-bit gradients."""
    noise = Image.frombytes("L", image.size, random.Random(4501).randbytes(image.width * image.height))
    noise = tinted(noise, [round(128 + (value - 128) * 0.07) for value in range(256)])
    return ImageChops.overlay(image, Image.merge("RGB", (noise, noise, noise)))


def strip_height(size: tuple[int, int]) -> int:
    """Return the height in pixels of the strip that `label` writes on."""
    return round((size[0] * size[1]) ** 0.5 * 0.032)


def label(image: Image.Image, palette: Palette, title: str, note: str) -> None:
    """Write a slim strip at the foot: as many words of the prompt as fit, and what kind of picture this is."""
    tall, pen = strip_height(image.size), ImageDraw.Draw(image)
    top, margin, font = image.height - tall, round(tall * 0.55), ImageFont.load_default(round(tall * 0.4))
    pen.rectangle((0, top, image.width, image.height), fill=darken(palette.near, 0.25))
    pen.rectangle((0, top, image.width, top + max(1, tall // 22)), fill=palette.accent)
    middle, ink = top + tall * 0.54, mix(_PAPER, palette.near, 0.3)
    pen.text((image.width - margin, middle), note, font=font, fill=ink, anchor="rm")
    # The built-in font knows ASCII only, so accents are dropped.
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    room = (image.width - font.getlength(note) - margin * 3.5) / font.getlength("n")
    shown = textwrap.shorten(plain, max(3, min(90, int(room))), placeholder="...")
    pen.text((margin, middle), shown, font=font, fill=_PAPER, anchor="lm")
