"""What grows, what steams, and the mountain everybody asks for."""

from __future__ import annotations

import math

from bot.sandbox.painter.canvas import Fade, Outline, trace
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject


def _tree(pen: Pen) -> None:
    leaf, bark = pen.main("#5f9a57"), pen.tone("#5c4033")
    pen.shape(
        "46,100! 42,102! 60,102! 56,98 54,70 62,52! 59,50! 52,60 48,46! 45,46! 47,64 38,54! 36,56! 46,72",
        bark,
    )
    _crown(pen, leaf)


def _blossom_tree(pen: Pen) -> None:
    pen.shape(
        "46,100! 40,102! 62,102! 56,96 55,72 66,50! 62,48! 53,62 47,44! 43,46! 47,66 34,54! 32,57! 45,74",
        pen.tone("#4d3330"),
    )
    _crown(pen, pen.main("#f2a3b8"))


def _crown(pen: Pen, leaf: tuple[int, int, int]) -> None:
    pen.dots("28,48,20,16 72,46,21,17 50,30,27,24 36,34,20 65,30,20 50,52,22,12", darken(leaf, 0.3))
    pen.dots("28,44,18,14 70,42,19,15 48,26,25,21 34,32,18 62,27,18", leaf)
    pen.dots("26,40,11,8 64,36,12,8 42,18,16,12 56,22,10", lighten(leaf, 0.3))
    pen.dots(
        "20,50,3 78,52,3.4 46,44,3 60,46,2.4 34,24,2.4 70,24,2.8 52,12,2.4", lighten(leaf, 0.55), alpha=0.7
    )


def _flower(pen: Pen) -> None:
    petal, stem = pen.main("#ef7a8e"), pen.tone("#3f7d52")
    pen.line("50,44 51,62 48,82 50,101", 2.2, stem)
    pen.shape("49,84! 34,82 20,66! 38,66 | 50,92! 66,88 80,74! 62,72", stem)
    for count, reach, width, tone in (
        (12, 34, 9, darken(petal, 0.25)),
        (12, 27, 8, petal),
        (8, 17, 6, lighten(petal, 0.35)),
    ):
        outline = trace(f"0,0! {-width},{-reach * 0.6} 0,{-reach}! {width},{-reach * 0.6}")
        pen.draw(
            [_turned(outline, 2 * math.pi * (step + reach % 2 / 2) / count) for step in range(count)], tone
        )
    pen.dots("50,36,8", pen.tone("#f4c04d"))
    pen.dots("50,36,4.6", pen.tone("#b8742e"))


def _turned(outline: Outline, turn: float) -> list[tuple[float, float]]:
    cos, sin = math.cos(turn), math.sin(turn)
    return [(50 + x * cos - y * sin, 36 + x * sin + y * cos) for x, y in outline]


def _mushroom(pen: Pen) -> None:
    cap, stem = pen.main("#d4453f"), pen.tone("#f6e8cf")
    for x, foot, size in ((22, 100, 0.45), (80, 100, 0.36), (50, 100, 1.0)):
        top = foot - 92 * size
        pen.shape(
            f"{x - 7 * size},{foot - 56 * size}! {x - 11 * size},{foot - 10 * size} {x - 13 * size},{foot}! "
            f"{x + 13 * size},{foot}! {x + 11 * size},{foot - 10 * size} {x + 7 * size},{foot - 56 * size}!",
            Fade(stem, mix(stem, pen.palette.near, 0.35)),
        )
        pen.dots(f"{x},{foot - 50 * size},{22 * size},{5 * size}", mix(stem, pen.palette.near, 0.3))
        pen.shape(
            f"{x - 42 * size},{foot - 50 * size}! {x - 34 * size},{top + 14 * size} {x},{top} "
            f"{x + 34 * size},{top + 14 * size} {x + 42 * size},{foot - 50 * size}! {x},{foot - 42 * size}",
            Fade(lighten(cap, 0.1), darken(cap, 0.3)),
        )
        for dx, dy, radius in (
            (-20, 28, 5),
            (2, 14, 6),
            (20, 30, 4.4),
            (-4, 36, 3.6),
            (-30, 38, 3),
            (31, 40, 2.6),
        ):
            pen.dots(f"{x + dx * size},{top + dy * size},{radius * size},{radius * size * 0.8}", stem)


def _cup(pen: Pen) -> None:
    glaze = pen.main("#e8e0d2")
    pen.line(
        "40,44 36,34 44,24 39,12 | 52,44 57,32 50,22 55,8 | 62,44 60,36 66,28 63,18",
        1.8,
        lighten(pen.palette.low, 0.5),
        alpha=0.55,
    )
    pen.line("76,60 90,58 92,72 84,82 72,82", 4, mix(glaze, pen.palette.near, 0.25))
    pen.dots("48,99,44,4", mix(glaze, pen.palette.near, 0.4))
    pen.shape("18,52! 48,54 78,52! 76,78 64,97! 32,97! 20,78", Fade(glaze, mix(glaze, pen.palette.near, 0.4)))
    pen.shape("19,64 48,68 77,64 76.4,71 48,75 19.6,71", pen.palette.accent)
    pen.dots("48,52,30,6", lighten(glaze, 0.4))
    pen.dots("48,52.6,26,4.4", pen.tone("#5c3524"))


def _fuji(pen: Pen) -> None:
    rock = mix(pen.own or pen.palette.depth(0.35), pen.palette.far, 0.25)
    snow = lighten(pen.palette.light, 0.3)
    pen.shape(
        "-60,104! 0,80 30,46 42,26! 47,28 50,25.5 54,28 58,26! 70,46 100,80 160,104!",
        Fade(rock, mix(rock, pen.palette.low, 0.6)),
    )
    pen.shape("58,26! 70,46 100,80 160,104! 84,104! 62,62", mix(rock, pen.palette.near, 0.35), alpha=0.4)
    pen.shape(
        "42,26! 47,28 50,25.5 54,28 58,26! 64,36 71,48! 66,46! 64,54! 59,46! 55,58! "
        "50,47! 45,60! 42,48! 36,55! 35,48! 29,48! 36,36",
        snow,
    )
    pen.shape("58,26! 64,36 71,48! 66,46! 64,54! 59,46! 56,54!", mix(snow, rock, 0.35), alpha=0.7)


PLANTS = {
    "fuji": Subject(words="fuji volcano", home="mountains", place=Place.BACK, draw=_fuji, size=0.62),
    "blossom": Subject(
        words="sakura blossom", home="mountains", place=Place.LAND, draw=_blossom_tree, size=0.44
    ),
    "tree": Subject(
        words="tree oak willow bonsai treehouse", home="meadow", place=Place.LAND, draw=_tree, size=0.46
    ),
    "flower": Subject(
        words="flower rose tulip sunflower daisy lotus poppy bouquet",
        home="meadow",
        place=Place.LAND,
        draw=_flower,
        size=0.46,
    ),
    "mushroom": Subject(
        words="mushroom toadstool fungi", home="forest", place=Place.LAND, draw=_mushroom, size=0.36
    ),
    "cup": Subject(
        words="cup coffee tea mug teapot latte", home="mountains", place=Place.LAND, draw=_cup, size=0.32
    ),
}
