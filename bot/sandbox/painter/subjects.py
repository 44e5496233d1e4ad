"""What a picture is of: a drawing for each subject the painter knows.

A drawing is a row of strokes, back to front, in a box of 100 × 100 units that stands on y = 100. A stroke is a verb, a
paint and its places: `fill` outlines as `trace` reads them, divided by `|` (`both`: one and its mirror image; `beam`:
with soft edges), `rect x0,y0,x1,y1`, `dots x,y,radius` or `x,y,rx,ry`, `glow x,y,radius`, `line:WIDTH` through points.
A paint is a tone or `top>bottom`, and `@PERCENT` where one sees through it. A tone is `#rrggbb`, `own` (the subject's),
a name of `_tone` or of the palette; `+20` makes it lighter by a fifth, `-20` darker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.painter.canvas import XY, Canvas, Outline, disc, placed, stroke, trace
from bot.sandbox.painter.colours import Palette, Rgb, darken, lighten, mix, rgb


@dataclass(frozen=True, slots=True)
class Subject:
    """`words` name it in a prompt; `home` is the setting it is found in where the prompt names none; `size` is its
    height as a share of the picture's mean side; `colour` is what it has where the prompt gives it none."""

    words: str
    home: str
    place: Literal["land", "water"]
    size: float
    colour: str
    drawing: str


def draw(
    canvas: Canvas, palette: Palette, drawing: str, foot: XY, tall: float, own: Rgb, *, flip: bool
) -> None:
    """Draw `tall` pixels high with the middle of the foot on `foot`; `flip` makes a subject look left."""
    unit, shapes = tall / 100, list[Outline]()
    for drawn in drawing.split(";"):
        verb, ink, places = drawn.split(maxsplit=2)
        verb, _, width = verb.partition(":")
        names, _, percent = ink.partition("@")
        tones, alpha = [_tone(name, palette, own) for name in names.split(">")], int(percent or 100) / 100
        if verb in {"dots", "glow"}:
            shapes = [disc(x, y, radii[0], radii[-1]) for x, y, *radii in _spots(places)]
        elif verb == "rect":
            shapes = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in _spots(places)]
        elif verb == "line":
            runs = [[(x, y) for x, y in _spots(run)] for run in places.split("|")]
            shapes = [part for run in runs for part in stroke(run, float(width))]
        else:
            shapes = list[Outline](trace(run) for run in places.split("|"))
        if verb == "both":
            shapes.append([(100 - x, y) for x, y in shapes[0]])
        shapes = [placed([(x - 50, y - 100) for x, y in shape], foot, unit, flip=flip) for shape in shapes]
        if verb != "glow":
            canvas.fill(shapes, *tones, alpha=alpha, blur=1.2 * unit if verb == "beam" else 0)
        for shape in shapes if verb == "glow" else ():
            (x, y), (opposite, _) = shape[0], shape[len(shape) // 2]
            canvas.glow(((x + opposite) / 2, y), abs(x - opposite) / 2, tones[0], alpha=alpha)


def _spots(places: str) -> list[list[float]]:
    return [[float(part) for part in spot.split(",")] for spot in places.split()]


def _tone(name: str, palette: Palette, own: Rgb) -> Rgb:
    base, sign, share = re.split(r"([+-]|$)", name, maxsplit=1)
    named = {"own": palette.lit(own), "ink": mix(palette.near, (14, 12, 22), 0.7), "land": palette.depth(0.9)}
    named |= {"lamp": mix(palette.light, (255, 206, 110), 0.5), "mist": lighten(palette.low, 0.5)}
    tone = palette.lit(rgb(base)) if base.startswith("#") else named.get(base) or getattr(palette, base)
    return tone if not sign else (lighten if sign == "+" else darken)(tone, int(share) / 100)


_SITTING = "50,40 63,52 69,74 71,90 66,99! 34,99! 29,90 31,74 37,52"  # a small animal seen from in front
SUBJECTS = {
    "fox": Subject("fox vixen", "mountains", "land", 0.36, "#e8713a", f"""
    fill own>own-35 60,99! 78,99 93,88 97,68 90,46! 80,58 76,76 62,84; fill #fff3e2 97,68 90,46! 82,56 79,64 88,62
    92,70; fill own>own-35 {_SITTING}; fill #fff3e2 50,44 60,56 58,72 50,84! 42,72 40,56; both own 38,76 46,74 48,99!
    39,99!; both ink 39,90 47,90 48,99! 37,99!; fill own 25,2! 39,17 50,15 61,17 75,2! 79,24 67,38 50,51! 33,38 21,24;
    both #fff3e2 21,25! 36,28 46,37 50,51! 33,39; both own-35 28,8! 37,18 28,23!; dots ink 40,30,2.4,2.9 60,30,2.4,2.9
    50,48,3.2,2.6; dots #fff3e2 40.8,29,0.8 60.8,29,0.8"""),
    "cat": Subject("cat kitten kitty", "mountains", "land", 0.36, "#4b4763", f"""
    fill own>own-30 62,99! 82,99 95,90 95,74 87,70 86,82 78,88 62,88!; fill own>own-35 {_SITTING}; fill own+55 50,46
    58,56 56,70 50,78! 44,70 42,56; both own 38,76 46,74 48,99! 38,99!; both own+55 38,94 47,94 48,99! 37,99!; fill own
    27,3! 40,15 50,13 60,15 73,3! 77,26 69,42 50,49 31,42 23,26; both #e79a94 30,9! 38,16 29,22!; dots #f4c95d
    39,28,4.4,4.8 61,28,4.4,4.8; dots ink 39.4,28,1.5,4.2 60.6,28,1.5,4.2; dots own+55 50,42,6.6,4.6; fill #e07f7f
    47,37! 53,37! 50,40.4!; line:0.5 own+55@80 42,41 26,38 | 42,43 27,44 | 58,41 74,38 | 58,43 73,44"""),
    "owl": Subject("owl", "forest", "land", 0.34, "#8a6a4d", """
    fill own>own-30 26,6! 38,14 50,12 62,14 74,6! 80,34 80,68 66,94 50,98 34,94 20,68 20,34; dots #f5e4c3 50,66,20,25;
    fill own 37,54! 41,59 45,54! 41,56 | 46,54! 50,59 54,54! 50,56 | 55,54! 59,59 63,54! 59,56 | 42,65! 46,70 50,65!
    46,67 | 50,65! 54,70 58,65! 54,67; both own-35 20,42 30,50 34,74 28,90 16,72; dots #f5e4c3 36,32,14 64,32,14; dots
    #f5b748 37,33,8.4 63,33,8.4; dots ink 38,33,4.8 62,33,4.8; dots #f5e4c3 39.6,31,1.5 63.6,31,1.5; fill #e7973c 46,40!
    54,40! 50,49!; line:1.8 #e7973c 42,95 42,100 | 46,96 46,100 | 54,96 54,100 | 58,95 58,100"""),
    "whale": Subject("whale orca", "sea", "water", 0.46, "#3d6487", """
    fill own-40 52,62 62,62 76,84! 60,82 50,70; fill own>own-40 2,54 8,36 28,25 54,29 76,42 88,40 86,22! 94,30 104,24!
    101,42 95,52 82,58 66,68 42,76 16,72; fill own+60 2,56! 16,58 40,60 66,57 80,57 64,68 42,76 16,72 5,64; fill own
    30,62 42,62 46,86! 34,80; dots ink 15,51,1.7; line:0.7 own-40 2,56 12,56.5 20,54; line:1.1 mist@85 24,24 23,12 16,6
    | 24,24 25,10 | 24,24 27,12 34,7; dots mist@85 15,8,1.8 35,9,1.8 25,5,1.5"""),
    "boat": Subject("boat ship sailboat yacht sail galleon vessel", "sea", "water", 0.36, "#b5483c", """
    line:1.5 #5b3a2a 50,4 50,86; fill #fff4de 52.5,8! 66,34 86,74! 70,78 52.5,76!; fill #a59a9a@45 52.5,30! 60,50 66,77!
    52.5,76!; fill #cfc0bb 47.5,16! 38,48 20,74! 34,76 47.5,75!; fill accent 50,4! 62,7! 50,11!; fill own>own-40 8,80!
    50,84 94,78! 84,96 70,101! 30,101! 16,94; fill #fff4de 8,80! 50,84 94,78! 93,82! 50,88 10,84!"""),
    "cottage": Subject("cottage house cabin hut home barn farmhouse bakery", "meadow", "land", 0.34, "#a8443a", """
    dots mist@55 71,22,3 74,14,4 80,5,5.4 88,-4,6.6; rect own-45 66,28,75,54; rect #f1e2c6>#f1e2c6-20 16,62,84,100; fill
    #f1e2c6 40,44! 62,62! 62,100! 18,100! 18,62!; fill own>own-30 40,30! 78,30! 96,66! 62,66!; fill own-30 40,28! 67,66!
    60,66! 40,38! 20,66! 13,66!; fill #6b4a35 34,78 36,74 40,73 44,74 46,78 46,100! 34,100!; glow lamp@45 40,56,22
    67,80,18 78,80,18; dots lamp 44,88,0.9 40,56,5; rect lamp 63,74,71,86 74,74,82,86; line:0.8 #6b4a35 40,51 40,61 |
    35,56 45,56 | 67,74 67,86 | 63,80 71,80 | 78,74 78,86 | 74,80 82,80"""),
    "lighthouse": Subject("lighthouse beacon", "sea", "land", 0.46, "#c9433c", """
    beam lamp@20 46,11! -160,-34! -160,46! 46,15! | 54,11! 260,-34! 260,46! 54,15!; glow lamp@80 50,12,42; fill land
    10,104! 20,92 36,90 50,88 66,90 82,92 94,104!; fill #fbf3e3 43,22! 57,22! 63,94! 37,94!; fill own 42.2,32! 57.8,32!
    58.7,43! 41.3,43! | 40.2,55! 59.8,55! 60.7,66! 39.3,66! | 38.3,78! 61.7,78! 62.6,89! 37.4,89!; fill near@18 50,22!
    57,22! 63,94! 53,94!; fill ink 40,19! 60,19! 60,22.5! 40,22.5! | 47.5,84 50,81 52.5,84 52.5,94! 47.5,94!; rect
    lamp+20 44.5,7,55.5,19; line:0.6 ink 48.2,7 48.2,19 | 51.8,7 51.8,19; fill own 42,8! 50,-3! 58,8!"""),
    "castle": Subject("castle palace fortress tower citadel temple", "mountains", "land", 0.46, "#5a5aa0", """
    line:0.6 ink 26,12 26,6 | 74,8 74,2 | 42,-10 42,-16 | 60,4 60,-2; fill accent 26,6! 34,8! 26,10! | 74,2! 82,4! 74,6!
    | 42,-16! 50,-14! 42,-12! | 60,-2! 68,0! 60,2!; rect #cbb9a2>#cbb9a2-40 20,34,32,90 68,30,80,90 36,14,48,90
    55,24,65,90; rect near@20 27,34,32,90 75,30,80,90 43,14,48,90 61,24,65,90; fill own 18,34! 26,12! 34,34! | 66,30!
    74,8! 82,30! | 34,14! 42,-10! 50,14! | 53,24! 60,4! 67,24!; line:2.8 lamp 26,43 26,46 | 74,39 74,42 | 42,23 42,26 |
    60,33 60,36; rect #cbb9a2-12 22,56,26,61 30,56,34,61 38,56,42,61 46,56,50,61 54,56,58,61 62,56,66,61 70,56,74,61;
    rect #cbb9a2>#cbb9a2-45 10,60,90,100; rect #cbb9a2-12>#cbb9a2-45 6,54,20,100 80,54,94,100; fill own 3,54! 13,34!
    23,54! | 77,54! 87,34! 97,54!; fill ink 42,100! 42,82 50,74 58,82 58,100!; rect lamp 29,72,32,79 68,72,71,79"""),
}  # fmt: skip
