"""Prompt, size and references in; a finished JPEG out."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from bot.domain.followups import ENLARGE
from bot.domain.sizes import Size
from bot.sandbox.painter.brief import Brief, entropy_of, read
from bot.sandbox.painter.canvas import Canvas, resized
from bot.sandbox.painter.edits import edit, opened
from bot.sandbox.painter.finish import grain, label, vignette
from bot.sandbox.painter.poster import paint_poster
from bot.sandbox.painter.scenes import paint_setting
from bot.sandbox.painter.scenes.stage import plan
from bot.sandbox.painter.staging import paint_backdrop, paint_subjects
from bot.sandbox.painter.weather import paint_weather

MAX_DRAWN_SIDE = 2048  # larger pictures are drawn at this and enlarged
_QUALITY = 92


def paint(prompt: str, size: Size, references: Sequence[bytes], seed: int | None, salt: int) -> bytes:
    """A JPEG of exactly `size`, a pure function of its arguments; `salt` counts where `seed` is None.

    With references (encoded pictures) the first is edited and the others shown beside it.
    Raises `UnreadableReferenceError` for a reference that is no picture. Takes about a second of CPU.
    """
    brief = read(prompt, entropy=entropy_of(prompt, salt if seed is None else seed))
    drawn = _drawn_size(size)
    if references and prompt.startswith(ENLARGE):
        image = opened(references[0], drawn)
    else:
        image = grain(edit(references, brief, drawn) if references else _scene(brief, drawn))
    if image.size != (size.width, size.height):
        image = resized(image, (size.width, size.height))
    label(image, brief.palette, title=prompt, note=_note(len(references)))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _scene(brief: Brief, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size)
    canvas = Canvas(image)
    if brief.setting is None:
        paint_poster(canvas, brief)
        return image
    layout = plan(canvas, brief)
    stage = paint_setting(
        canvas, brief, layout, lambda horizon: paint_backdrop(canvas, brief, layout, horizon)
    )
    paint_subjects(canvas, brief, layout, stage)
    paint_weather(canvas, brief, stage.horizon)
    vignette(image, brief.palette.near, 0.3)
    return image


def _drawn_size(size: Size) -> tuple[int, int]:
    shrink = min(1.0, MAX_DRAWN_SIDE / max(size.width, size.height))
    return max(1, round(size.width * shrink)), max(1, round(size.height * shrink))


def _note(references: int) -> str:
    if not references:
        return "offline preview · Easel demo"
    return f"offline preview · edit of {references} picture{'s' if references > 1 else ''}"
