"""Paints a designed illustration from the words of a prompt, without any model or network."""

from __future__ import annotations

import hashlib
import io
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from bot.domain.followups import ENLARGE
from bot.domain.sizes import Size
from bot.sandbox.painter.brief import Brief, entropy_of, read
from bot.sandbox.painter.canvas import Canvas, resized, tinted
from bot.sandbox.painter.colours import Palette, darken, lighten, mix
from bot.sandbox.painter.scenes import Scene
from bot.sandbox.painter.subjects import SUBJECTS

MAX_DRAWN_SIDE = 2048  # larger pictures are drawn at this and enlarged
_PAPER = (246, 238, 222)
_GREY = {"monochrome", "noir", "grayscale", "greyscale", "black-and-white", "bw"}
_DRAWN = {"sketch", "pencil", "drawing", "drawn", "comic", "ink"}
_PAINTED = {"painting", "watercolor", "watercolour", "oil", "painted", "illustration", "anime", "cartoon"}


class UnreadableReferenceError(Exception):
    """A reference is no picture, or a broken one."""


def paint(prompt: str, size: Size, references: Sequence[bytes], seed: int | None, salt: int) -> bytes:
    """Return a JPEG of exactly `size`, a pure function of its arguments; `salt` counts where `seed` is None.

    With references (encoded pictures) the first is edited and the others shown beside it.
    Raises `UnreadableReferenceError` for a reference that is no picture. Takes up to a second of CPU.
    """
    brief = read(prompt, entropy=entropy_of(prompt, salt if seed is None else seed))
    shrink, count, note = (
        min(1.0, MAX_DRAWN_SIDE / max(size.width, size.height)),
        len(references),
        "Easel demo",
    )
    drawn = (max(1, round(size.width * shrink)), max(1, round(size.height * shrink)))
    if references:
        image, note = _opened(references[0], drawn), f"edit of {count} picture{'s' if count > 1 else ''}"
        if not prompt.startswith(ENLARGE):
            image = _grained(_edited(image, [_opened(data, (480, 480)) for data in references[1:]], brief))
    else:
        image = Image.new("RGB", drawn)
        Scene(Canvas(image), brief).paint()
        image = _grained(image)
    image = resized(image, (size.width, size.height)) if image.size != (size.width, size.height) else image
    _label(image, brief.palette, prompt, f"offline preview · {note}")
    return _jpeg(image, 92)


def paint_plain(prompt: str, size: Size, seed: int | None, salt: int) -> bytes:
    """Return three by three flat fields whose colours are a hash of the arguments, as a JPEG of exactly `size`."""
    digest = hashlib.sha256(f"{salt if seed is None else seed}\0{prompt}".encode()).digest()
    fields = Image.frombytes("RGB", (3, 3), digest[:27])
    return _jpeg(resized(fields, (size.width, size.height), Image.Resampling.NEAREST), 50)


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
    except (OSError, SyntaxError, Image.DecompressionBombError) as wrong:  # all that Pillow says of bad files
        raise UnreadableReferenceError("A picture in image_urls could not be read") from wrong
    return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)


def _edited(base: Image.Image, others: list[Image.Image], brief: Brief) -> Image.Image:
    """Return the first reference, still to be recognised, with the prompt's words laid over it."""
    canvas, palette, mood = (
        Canvas(_restyled(base, brief)),
        brief.palette,
        brief.mood if brief.is_mood_said else "",
    )
    weather = brief.weather | {"snowfall"} if mood == "snow" else brief.weather
    scene = Scene(canvas, replace(brief, weather=weather, mood=mood))
    x, y, floor = canvas.width * 0.82, canvas.height * 0.12, canvas.height * 0.93
    canvas.glow((x, y), canvas.mean * 0.9, palette.light, alpha=0.34, fall=1.7)
    if mood in {"night", "space"} or "stars" in weather:
        scene.stars(0.5)
    if weather & {"sun", "moon"} or mood in {"night", "sunset", "dawn"}:
        scene.sun(x, y)
    scene.weather()
    room = canvas.width * 0.94
    for name, own in brief.subjects[:1]:  # what stands goes to the lower right, what flies to the upper left
        tall = min(canvas.mean * SUBJECTS[name].size * 0.92, canvas.width * 0.5, canvas.height * 0.44)
        foot = (canvas.width * 0.3, canvas.height * 0.3 + tall * 0.5)
        if SUBJECTS[name].place in {"land", "water"}:
            foot, room = (canvas.width * 0.74, floor), canvas.width * 0.5
        scene.subject(name, own, foot, tall)
    canvas.vignette(darken(palette.near, 0.5), 0.55)
    side = min(canvas.mean * 0.15, room / 3.6) if len(others) <= 5 else min(canvas.mean * 0.11, room / 8)
    across = max(1, int(room / (side * 1.13)))
    for index, other in enumerate(others):  # small prints at the lower left, numbered from 2
        row, column = divmod(index, across)
        spot = (round(canvas.mean * 0.035 + side * 1.13 * column), round(floor - side * (1.2 + 1.3 * row)))
        _show_print(canvas, other, str(index + 2), spot, round(side))
    return canvas.image


def _restyled(base: Image.Image, brief: Brief) -> Image.Image:
    """Return the picture in the palette of the brief, and drawn, painted or without colour if it says so."""
    palette, words = brief.palette, set(brief.words)
    grey = ImageOps.autocontrast(ImageOps.grayscale(base), cutoff=0.5)
    if words & _GREY or {"black", "white"} <= words:
        return ImageOps.colorize(grey, (12, 12, 14), (248, 246, 240), (118, 117, 118))
    dark, light = darken(palette.near, 0.2), lighten(palette.low, 0.45)
    tritone = ImageOps.colorize(grey, dark, light, mix(palette.middle, palette.far, 0.4))
    image = ImageEnhance.Color(Image.blend(base, tritone, 0.5 if palette.is_dark else 0.38)).enhance(1.12)
    image = ImageEnhance.Brightness(image).enhance(0.82 if palette.is_dark else 1.0)
    if words & _DRAWN:
        lines = ImageOps.invert(ImageOps.grayscale(image).filter(ImageFilter.FIND_EDGES))
        lines = ImageOps.colorize(ImageOps.autocontrast(lines, cutoff=2), (30, 28, 34), (250, 244, 230))
        return Image.blend(image, lines, 0.75)
    if words & _PAINTED:
        small = resized(image, (max(1, image.width // 3), max(1, image.height // 3)), Image.Resampling.BOX)
        flat = resized(small.filter(ImageFilter.ModeFilter(9)), image.size)
        return ImageEnhance.Color(flat.filter(ImageFilter.SMOOTH_MORE)).enhance(1.25)
    return image


def _show_print(canvas: Canvas, picture: Image.Image, mark: str, spot: tuple[int, int], side: int) -> None:
    """Lay a further reference on the picture: a framed print with its number below."""
    (x, y), edge, tall, image = spot, round(side * 0.06), round(side * 1.2), canvas.image
    outline = [(x, y), (x + side, y), (x + side, y + tall), (x, y + tall)]
    canvas.fill([outline], (8, 8, 14), alpha=0.5, blur=side * 0.05)
    image.paste(_PAPER, (x, y, x + side, y + tall))
    image.paste(resized(picture, (side - 2 * edge, side - 2 * edge)), (x + edge, y + edge))
    font, middle = ImageFont.load_default(max(8, round(side * 0.1))), (x + side / 2, y + side * 1.07)
    ImageDraw.Draw(image).text(middle, mark, font=font, fill=(70, 64, 60), anchor="mm")


@lru_cache(maxsize=1)
def _grain() -> Image.Image:
    dice = random.Random(4501)
    first, second = (Image.frombytes("L", (384, 384), dice.randbytes(384**2)) for _ in range(2))
    return tinted(Image.blend(first, second, 0.5), [round(128 + (value - 128) * 0.1) for value in range(256)])


def _grained(image: Image.Image) -> Image.Image:
    """Add fine paper grain; it also hides the bands of 8-bit gradients."""
    noise = Image.new("L", image.size)
    for index in range((-(-image.width // 384)) * (-(-image.height // 384))):
        row, column = divmod(index, -(-image.width // 384))
        noise.paste(_grain(), (column * 384, row * 384))
    return ImageChops.overlay(image, Image.merge("RGB", (noise, noise, noise)))


def _label(image: Image.Image, palette: Palette, title: str, note: str) -> None:
    """Write a slim strip at the foot: as many words of the prompt as fit, and what kind of picture this is."""
    tall, pen = round((image.width * image.height) ** 0.5 * 0.032), ImageDraw.Draw(image)
    top, margin, font = image.height - tall, round(tall * 0.55), ImageFont.load_default(round(tall * 0.4))
    pen.rectangle((0, top, image.width, image.height), fill=darken(palette.near, 0.25))
    pen.rectangle((0, top, image.width, top + max(1, tall // 22)), fill=palette.accent)
    spot, middle = (image.width - margin, top + tall * 0.54), top + tall * 0.54
    pen.text(spot, note, font=font, fill=mix(_PAPER, palette.near, 0.3), anchor="rm")
    # The built-in font knows ASCII only, so accents are dropped.
    plain = " ".join(unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().split())
    room, shown = image.width - font.getlength(note) - margin * 3.5, plain[:90]
    while shown and (
        font.getlength(f"{shown}...") > room or (shown != plain and not plain[len(shown)].isspace())
    ):
        shown = shown[:-1]
    shown = shown if shown == plain or not shown else f"{shown.rstrip(',.;:')}..."
    pen.text((margin, middle), shown, font=font, fill=_PAPER, anchor="lm")
