"""An edit: the first reference stays recognisable, the prompt's words are laid over it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, disc, resized
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.finish import STRIP_SHARE, vignette
from bot.sandbox.painter.insets import paint_insets
from bot.sandbox.painter.sky import paint_stars
from bot.sandbox.painter.subjects import SUBJECTS
from bot.sandbox.painter.subjects.pen import Pen, Place
from bot.sandbox.painter.weather import paint_weather

_STANDING = {Place.LAND, Place.WATER}
_GREY = {"monochrome", "noir", "grayscale", "greyscale", "black-and-white", "bw"}
_PAINTED = {
    "painting",
    "watercolor",
    "watercolour",
    "oil",
    "painted",
    "illustration",
    "ghibli",
    "anime",
    "cartoon",
    "impressionist",
}
_DRAWN = {"sketch", "pencil", "drawing", "drawn", "comic", "ink"}


class UnreadableReferenceError(Exception):
    """A reference is no picture, or a broken one."""


def edit(references: Sequence[bytes], brief: Brief, size: tuple[int, int]) -> Image.Image:
    """Raises `UnreadableReferenceError`."""
    base = opened(references[0], size)
    image = _restyled(_graded(base, brief), brief)
    canvas = Canvas(image)
    _paint_light(canvas, brief)
    weather = brief.weather | ({"snowfall"} if brief.mood == "snow" else set[str]())
    paint_weather(canvas, replace(brief, weather=weather, mood="edit"), canvas.height * 0.5)
    _paint_subject(canvas, brief)
    vignette(image, darken(brief.palette.near, 0.5), 0.55)
    if len(references) > 1:
        floor = canvas.height - canvas.mean * (STRIP_SHARE + 0.03)
        is_crowded = any(SUBJECTS[name].place in _STANDING for name, _ in brief.subjects[:1])
        room = canvas.width * (0.5 if is_crowded else 0.94)
        paint_insets(canvas, [_thumb(data) for data in references[1:]], brief, floor=floor, room=room)
    return image


def opened(data: bytes, size: tuple[int, int]) -> Image.Image:
    """A reference, filling `size`. Raises `UnreadableReferenceError`."""
    try:
        with Image.open(io.BytesIO(data)) as source:
            source.draft("RGB", size)
            upright = ImageOps.exif_transpose(source).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as wrong:  # all that Pillow says of bad files
        raise UnreadableReferenceError("A picture in image_urls could not be read") from wrong
    return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)


def _thumb(data: bytes) -> Image.Image:
    return opened(data, (480, 480))


def _graded(base: Image.Image, brief: Brief) -> Image.Image:
    """Blend towards a tritone of the palette, more when the prompt asks for a colour or an hour."""
    palette, grey = brief.palette, ImageOps.autocontrast(ImageOps.grayscale(base), cutoff=0.5)
    if not _GREY.isdisjoint(brief.words) or {"black", "white"} <= set(brief.words):
        return ImageOps.colorize(grey, (12, 12, 14), (248, 246, 240), (118, 117, 118))
    dark, light = darken(palette.near, 0.2), lighten(palette.low, 0.45)
    tritone = ImageOps.colorize(grey, dark, light, mix(palette.middle, palette.far, 0.4))
    toned = Image.blend(base, tritone, 0.5 if palette.is_dark else 0.38)
    toned = ImageEnhance.Color(toned).enhance(1.12)
    return ImageEnhance.Brightness(toned).enhance(0.82) if palette.is_dark else toned


def _restyled(image: Image.Image, brief: Brief) -> Image.Image:
    words = set(brief.words)
    if words & _DRAWN:
        lines = ImageOps.invert(ImageOps.grayscale(image).filter(ImageFilter.FIND_EDGES))
        lines = ImageOps.autocontrast(lines, cutoff=2)
        return Image.blend(image, ImageOps.colorize(lines, (30, 28, 34), (250, 244, 230)), 0.75)
    if words & _PAINTED:
        small = resized(image, (max(1, image.width // 3), max(1, image.height // 3)), Image.Resampling.BOX)
        flat = resized(small.filter(ImageFilter.ModeFilter(9)), image.size)
        return ImageEnhance.Color(flat.filter(ImageFilter.SMOOTH_MORE)).enhance(1.25)
    return image


def _paint_light(canvas: Canvas, brief: Brief) -> None:
    """Light from above in the colours of the hour, and the sky's own things."""
    palette = brief.palette
    corner = (canvas.width * 0.82, canvas.height * 0.12)
    canvas.glow(corner, canvas.mean * 0.9, palette.light, alpha=0.34, fall=1.7)
    if (brief.is_mood_said and brief.mood in {"night", "space"}) or "stars" in brief.weather:
        paint_stars(canvas, brief.dice("stars"), canvas.height * 0.5)
    if "moon" in brief.weather or (brief.is_mood_said and brief.mood == "night"):
        canvas.glow(corner, canvas.mean * 0.3, palette.light, alpha=0.6)
        canvas.fill([disc(*corner, canvas.mean * 0.05)], palette.light)
    elif "sun" in brief.weather or (brief.is_mood_said and brief.mood in {"sunset", "dawn"}):
        canvas.glow(corner, canvas.mean * 0.4, palette.light, alpha=0.6)
        canvas.fill([disc(*corner, canvas.mean * 0.075)], palette.light, alpha=0.92)


def _paint_subject(canvas: Canvas, brief: Brief) -> None:
    """What the prompt wants added, in the lower right third (in the air: upper left)."""
    for name, own in brief.subjects[:1]:
        subject = SUBJECTS[name]
        tall = min(canvas.mean * subject.size * 0.92, canvas.width * 0.5, canvas.height * 0.44)
        is_aloft = subject.place not in _STANDING
        x = canvas.width * (0.3 if is_aloft else 0.74)
        foot = canvas.height * 0.3 + tall * 0.5 if is_aloft else canvas.height * 0.93
        if not is_aloft:
            canvas.fill([disc(x, foot, tall * 0.5, tall * 0.06)], (8, 8, 16), alpha=0.5, blur=tall * 0.03)
        canvas.glow((x, foot - tall * 0.5), tall * 0.9, brief.palette.light, alpha=0.3)
        subject.draw(Pen(canvas=canvas, palette=brief.palette, centre=(x, foot), unit=tall / 100, own=own))
