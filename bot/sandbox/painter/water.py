"""Still water: the picture above it turned over, darkened and broken into ripples."""

from __future__ import annotations

import math

from PIL import Image, ImageOps

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Outline, Point, capsule, column, resized
from bot.sandbox.painter.colours import lighten, mix


def paint_water(canvas: Canvas, brief: Brief, top: float, light: Point) -> None:
    """Fill everything below `top` (pixels) with water that mirrors what is above."""
    palette, line = brief.palette, round(top)
    height = canvas.height - line
    above = canvas.image.crop((0, max(0, line - round(height * 1.4)), canvas.width, line))
    mirror = resized(ImageOps.flip(above), (canvas.width, height), Image.Resampling.BILINEAR)
    water = column(
        [(0, mix(palette.water, palette.low, 0.5)), (1, mix(palette.water, palette.near, 0.5))], mirror.size
    )
    surface = Image.blend(mirror, water, 0.55)
    _ripple(canvas, surface, line)
    dice = brief.dice("glitter")
    _paint_glitter(canvas, brief, light, line, height)
    dashes: list[Outline] = []
    for _ in range(46):
        share = dice.random() ** 0.8
        reach = canvas.mean * (0.008 + 0.05 * share) * dice.uniform(0.5, 1.3)
        x, y = dice.uniform(0, canvas.width), line + height * share
        dashes.append(capsule(x - reach, x + reach, y, canvas.mean * (0.0005 + 0.0011 * share)))
    canvas.fill(dashes, lighten(palette.low, 0.3), alpha=0.4)


def _ripple(canvas: Canvas, surface: Image.Image, line: int) -> None:
    """Shift thin rows sideways, further the nearer they are."""
    y = 0
    while y < surface.height:
        share = y / surface.height
        tall = max(2, round(canvas.mean * (0.0015 + 0.006 * share)))
        shift = round(math.sin(y * 0.9) * canvas.mean * (0.002 + 0.01 * share))
        row = surface.crop((0, y, canvas.width, min(y + tall, surface.height)))
        canvas.image.paste(row, (0, line + y))
        canvas.image.paste(row, (shift, line + y))
        y += tall


def _paint_glitter(canvas: Canvas, brief: Brief, light: Point, line: int, height: int) -> None:
    dice = brief.dice("path")
    bars: list[Outline] = []
    for step in range(26):
        share = (step + dice.random()) / 26
        reach = canvas.mean * (0.012 + 0.07 * share) * dice.uniform(0.35, 1.0)
        x = light[0] + canvas.mean * 0.03 * share * dice.uniform(-1, 1)
        bars.append(
            capsule(x - reach, x + reach, line + height * share * 0.9, canvas.mean * (0.0008 + 0.002 * share))
        )
    canvas.fill(bars, brief.palette.light, alpha=0.62)
