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

from bot.sandbox.painter.canvas import Canvas, Outline, Point, disc, placed, stroke, trace
from bot.sandbox.painter.colours import Palette, Rgb, darken, lighten, mix, rgb

INK = (14, 12, 22)  # nearly black


@dataclass(frozen=True, slots=True)
class Subject:
    """`words` name it in a prompt; `home` is the setting it is found in where the prompt names none; `size` is its
    height as a share of the picture's mean side; `colour` is what it has where the prompt gives it none."""

    words: str
    home: str
    place: Literal["land", "air", "water", "deep"]
    size: float
    colour: str
    drawing: str


def draw(
    canvas: Canvas, palette: Palette, drawing: str, foot: Point, tall: float, own: Rgb, *, flip: bool = False
) -> None:
    """Draw `tall` pixels high with the middle of the foot on `foot`; `flip` makes a subject look left."""
    unit = tall / 100
    for drawn in drawing.split(";"):
        verb, ink, places = drawn.split(maxsplit=2)
        verb, _, width = verb.partition(":")
        names, _, percent = ink.partition("@")
        tones, alpha = [_tone(name, palette, own) for name in names.split(">")], int(percent or 100) / 100
        shapes: list[Outline] = []
        if verb in {"dots", "glow"}:
            shapes = [disc(x, y, radii[0], radii[-1]) for x, y, *radii in _spots(places)]
        elif verb == "rect":
            shapes = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in _spots(places)]
        elif verb == "line":
            for run in places.split("|"):
                shapes += stroke([(x, y) for x, y in _spots(run)], float(width))
        else:
            shapes = [trace(run) for run in places.split("|")]
        if verb == "both":
            shapes.append([(100 - x, y) for x, y in shapes[0]])
        shapes = [placed([(x - 50, y - 100) for x, y in shape], foot, unit, flip=flip) for shape in shapes]
        if verb == "glow":
            for (x, y), (opposite, _) in ((shape[0], shape[len(shape) // 2]) for shape in shapes):
                canvas.glow(((x + opposite) / 2, y), abs(x - opposite) / 2, tones[0], alpha=alpha)
        else:
            canvas.fill(shapes, *tones, alpha=alpha, blur=1.2 * unit if verb == "beam" else 0)


def _spots(places: str) -> list[list[float]]:
    return [[float(part) for part in spot.split(",")] for spot in places.split()]


def _tone(name: str, palette: Palette, own: Rgb) -> Rgb:
    base, sign, share = re.split(r"([+-]|$)", name, maxsplit=1)
    named = {
        "own": palette.lit(own),
        "ink": mix(palette.near, INK, 0.7),
        "lamp": mix(palette.light, (255, 206, 110), 0.5),
        "land": palette.depth(0.9),
        "mist": lighten(palette.low, 0.5),
    }
    tone = palette.lit(rgb(base)) if base.startswith("#") else named.get(base) or getattr(palette, base)
    return tone if not sign else (lighten if sign == "+" else darken)(tone, int(share) / 100)


_SITTING = "50,40 63,52 69,74 71,90 66,99! 34,99! 29,90 31,74 37,52"  # a small animal seen from in front
_TREE = """
    fill #5c4033 46,100! 42,102! 60,102! 56,98 54,70 62,52! 59,50! 52,60 48,46! 45,46! 47,64 38,54! 36,56! 46,72; dots
    own-30 28,48,20,16 72,46,21,17 50,30,27,24 36,34,20 65,30,20 50,52,22,12; dots own 28,44,18,14 70,42,19,15
    48,26,25,21 34,32,18 62,27,18; dots own+30 26,40,11,8 64,36,12,8 42,18,16,12 56,22,10; dots own+55@70 20,50,3
    78,52,3.4 46,44,3 60,46,2.4 34,24,2.4 70,24,2.8 52,12,2.4"""
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
    #f5b748 37,33,8.4 63,33,8.4; dots ink 38,33,4.8 62,33,4.8; dots #f5e4c3 39.6,31,1.5 63.6,31,1.5; fill #e7973c
    46,40! 54,40! 50,49!; line:1.8 #e7973c 42,95 42,100 | 46,96 46,100 | 54,96 54,100 | 58,95 58,100"""),
    "whale": Subject("whale orca", "sea", "water", 0.46, "#3d6487", """
    fill own-40 52,62 62,62 76,84! 60,82 50,70; fill own>own-40 2,54 8,36 28,25 54,29 76,42 88,40 86,22! 94,30 104,24!
    101,42 95,52 82,58 66,68 42,76 16,72; fill own+60 2,56! 16,58 40,60 66,57 80,57 64,68 42,76 16,72 5,64; fill own
    30,62 42,62 46,86! 34,80; line:0.5 own+25 8,61 26,62.5 46,62 | 11,64 28,66 44,65 | 15,68 30,69 42,69; dots ink
    15,51,1.7; line:0.7 own-40 2,56 12,56.5 20,54; dots own+35@70 34,34,1.2 42,36,0.8 50,35,1.4 60,42,1 54,44,0.7;
    line:1.1 mist@85 24,24 23,12 16,6 | 24,24 25,10 | 24,24 27,12 34,7; dots mist@85 15,8,1.8 35,9,1.8 25,5,1.5"""),
    "fish": Subject("fish koi goldfish clownfish shark", "deep", "deep", 0.34, "#f08a3c", """
    fill own-35 36,32 48,10 68,14! 62,28 66,40 | 44,70 52,88! 60,80 62,68; fill own>own-35 78,50! 90,34 102,28! 96,50
    102,74! 90,66; fill own+15>own-35 2,52 18,34 42,26 66,36 82,50 66,66 42,76 18,70; fill own-35 42,52 54,46 60,54
    52,62; fill #fff4e4 27,31 35,28 39,50 35,75 27,73 31,52 | 58,31 65,35 68,50 64,67 57,71 61,50; dots #fff4e4
    15,48,4.4; dots ink 14.4,48,2.5; line:0.9 own-35 4,57 10,59 14,57"""),
    "boat": Subject("boat ship sailboat yacht sail galleon vessel", "sea", "water", 0.36, "#b5483c", """
    line:1.5 #5b3a2a 50,4 50,86; fill #fff4de 52.5,8! 66,34 86,74! 70,78 52.5,76!; fill #a59a9a@45 52.5,30! 60,50
    66,77! 52.5,76!; fill #cfc0bb 47.5,16! 38,48 20,74! 34,76 47.5,75!; fill accent 50,4! 62,7! 50,11!; fill own>own-40
    8,80! 50,84 94,78! 84,96 70,101! 30,101! 16,94; fill #fff4de 8,80! 50,84 94,78! 93,82! 50,88 10,84!"""),
    "balloon": Subject("balloon airship zeppelin", "mountains", "air", 0.4, "#e2574c", """
    line:0.5 ink 38,72 44,86 | 62,72 56,86 | 46,74 48,86 | 54,74 52,86; rect #8a5636 44,86,56,97; rect #5b3a2a
    42,85,58,88; fill own 50,-2 74,5 86,30 80,52 62,73! 38,73! 20,52 14,30 26,5; fill own-40 38,72! 62,72! 58,76!
    42,76!; fill #f7dfae 50,-2 69,5 78,30 73,52 59,73! 41,73! 27,52 22,30 31,5; fill own 50,-2 62,5 68,30 65,52 56,73!
    44,73! 35,52 32,30 38,5; fill #f7dfae 50,-2 55,5 57,30 56,52 52,73! 48,73! 44,52 43,30 45,5; fill near@16 64,1!
    75,7 86,30 80,52 62,73! 57,73! 66,50 70,28"""),
    "train": Subject("train tram railway locomotive", "meadow", "land", 0.36, "#b8433c", """
    rect own>own-35 -48,62,2,92 6,62,56,92; fill own>own-35 60,62! 104,62! 110,78 110,92! 60,92!; rect own-50
    -49,60,3,63 5,60,57,63 59,60,105,63; line:0.9 ink -52,99.5 114,99.5; rect lamp -44,67,-37,78 -32,67,-25,78
    -20,67,-13,78 -8,67,-1,78 10,67,17,78 22,67,29,78 34,67,41,78 46,67,53,78 64,67,71,78 76,67,83,78 88,67,95,78
    100,67,105,78; dots ink -40,94,5 -28,94,5 -16,94,5 -5,94,5 14,94,5 26,94,5 38,94,5 49,94,5 68,94,5 80,94,5 92,94,5
    103,94,5"""),
    "cottage": Subject("cottage house cabin hut home barn farmhouse bakery", "meadow", "land", 0.34, "#a8443a", """
    dots mist@55 71,22,3 74,14,4 80,5,5.4 88,-4,6.6; rect own-45 66,28,75,54; rect #f1e2c6>#f1e2c6-20 16,62,84,100;
    fill #f1e2c6 40,44! 62,62! 62,100! 18,100! 18,62!; fill own>own-30 40,30! 78,30! 96,66! 62,66!; fill own-30 40,28!
    67,66! 60,66! 40,38! 20,66! 13,66!; fill #6b4a35 34,78 36,74 40,73 44,74 46,78 46,100! 34,100!; glow lamp@45
    40,56,22 67,80,18 78,80,18; dots lamp 44,88,0.9 40,56,5; rect lamp 63,74,71,86 74,74,82,86; line:0.8 #6b4a35 40,51
    40,61 | 35,56 45,56 | 67,74 67,86 | 63,80 71,80 | 78,74 78,86 | 74,80 82,80"""),
    "lighthouse": Subject("lighthouse beacon", "sea", "land", 0.46, "#c9433c", """
    beam lamp@20 46,11! -160,-34! -160,46! 46,15! | 54,11! 260,-34! 260,46! 54,15!; glow lamp@80 50,12,42; fill land
    10,104! 20,92 36,90 50,88 66,90 82,92 94,104!; fill #fbf3e3 43,22! 57,22! 63,94! 37,94!; fill own 42.2,32! 57.8,32!
    58.7,43! 41.3,43! | 40.2,55! 59.8,55! 60.7,66! 39.3,66! | 38.3,78! 61.7,78! 62.6,89! 37.4,89!; fill near@18 50,22!
    57,22! 63,94! 53,94!; fill ink 40,19! 60,19! 60,22.5! 40,22.5! | 47.5,84 50,81 52.5,84 52.5,94! 47.5,94!; rect
    lamp+20 44.5,7,55.5,19; line:0.6 ink 48.2,7 48.2,19 | 51.8,7 51.8,19; fill own 42,8! 50,-3! 58,8!"""),
    "castle": Subject("castle palace fortress tower citadel temple", "mountains", "land", 0.46, "#5a5aa0", """
    line:0.6 ink 26,12 26,6 | 74,8 74,2 | 42,-10 42,-16 | 60,4 60,-2; fill accent 26,6! 34,8! 26,10! | 74,2! 82,4!
    74,6! | 42,-16! 50,-14! 42,-12! | 60,-2! 68,0! 60,2!; rect #cbb9a2>#cbb9a2-40 20,34,32,90 68,30,80,90 36,14,48,90
    55,24,65,90; rect near@20 27,34,32,90 75,30,80,90 43,14,48,90 61,24,65,90; fill own 18,34! 26,12! 34,34! | 66,30!
    74,8! 82,30! | 34,14! 42,-10! 50,14! | 53,24! 60,4! 67,24!; fill own-35@70 26,12! 34,34! 27,34! | 74,8! 82,30!
    75,30! | 42,-10! 50,14! 43,14! | 60,4! 67,24! 61,24!; line:2.8 lamp 26,43 26,46 | 74,39 74,42 | 42,23 42,26 | 60,33
    60,36; rect #cbb9a2-12 22,56,26,61 30,56,34,61 38,56,42,61 46,56,50,61 54,56,58,61 62,56,66,61 70,56,74,61; rect
    #cbb9a2>#cbb9a2-45 10,60,90,100; rect #cbb9a2-12>#cbb9a2-45 6,54,20,100 80,54,94,100; fill own 3,54! 13,34! 23,54!
    | 77,54! 87,34! 97,54!; fill ink 42,100! 42,82 50,74 58,82 58,100!; rect lamp 29,72,32,79 68,72,71,79"""),
    "tree": Subject("tree oak willow bonsai treehouse", "meadow", "land", 0.46, "#5f9a57", _TREE),
    "blossom": Subject("sakura blossom", "mountains", "land", 0.44, "#f2a3b8", _TREE),
    "flower": Subject("flower rose tulip sunflower daisy lotus poppy bouquet", "meadow", "land", 0.46, "#ef7a8e", """
    line:2.2 #3f7d52 50,44 51,62 48,82 50,101; fill #3f7d52 49,84! 34,82 20,66! 38,66 | 50,92! 66,88 80,74! 62,72; fill
    own-25 44,7 50,2 56,7 56,20! 64,10 72,10 73,18 65,28! 77,25 83,30 79,37 67,39! 78,45 79,53 72,56 61,49! 66,61 62,68
    54,65 50,53! 46,65 38,68 34,61 39,49! 28,56 21,53 22,45 33,39! 21,37 17,30 23,25 35,28! 27,18 28,10 36,10 44,20!;
    fill own+20 46,15 50,11 54,15 54,26! 61,18 67,20 67,26 60,33! 70,33 74,37 70,43 59,43! 64,52 62,58 55,57 50,47!
    45,57 38,58 36,52 41,43! 30,43 26,37 30,33 40,33! 33,26 33,20 39,18 46,26!; dots #f4c04d 50,36,9; dots #b8742e
    50,36,5"""),
    "person": Subject("person man woman girl boy portrait wanderer", "mountains", "land", 0.33, "#c8493f", """
    fill ink+6 43,72 49,72 48,99! 40,99! | 51,72 57,72 60,99! 52,99!; fill own>own-40 50,24 60,28 66,50 68,80! 50,84
    32,80! 34,50 40,28; line:6 own-18 38,34 32,50 33,62 | 62,34 68,50 67,62; dots #e9b592 33,65,2.6 67,65,2.6
    50,16,7.4,8.6; fill ink+6 41,17 41,7 50,4 59,7 59,17 62,24 50,22 38,24; fill #f1c453 40,22 50,27 60,22 61,29 50,33
    39,29 | 58,26 70,28 86,22! 84,32! 68,36 58,32; line:0.6 own-35 50,34 50,80"""),
}  # fmt: skip
PROPS = {
    "planet": """
    glow accent@35 50,50,65; fill accent+50@75 3,67! 14,54 46,39 80,30 97,33! 83,38! 71,36 47,42 25,53 17,62!; dots
    accent 50,50,25; fill accent+40@70 63,28.7! 65,30 66.6,31.3 68,32.7! 48,39 25,48.5! 25.3,46 25.6,44 26.3,42! 45,36;
    fill accent+25@70 72.5,39! 73,41 74,42.5 74.3,44! 52,53 27.7,61! 27,59.7 26.3,58 25.8,56! 50,48; fill accent-35@50
    50,25! 68,32 75,50 68,68 50,75! 61,66 65,50 61,34; fill accent+50@75 97,33! 86,46 54,61 20,70 3,67! 17,62! 29,64
    53,58 75,47 83,38!""",
    "bolt": """
    glow #fff4c8@50 50,0,60; fill #fff6d0 50,0! 54,14! 48,26! 58,42! 51,56! 57,72! 52,100! 54,72! 47,57! 53,42! 44,27!
    48,14! 46,0!""",
    "birds": """
    line:0.8 near@85 16,40 20,36 23,38 26,35 31,39 | 40,24 45,19 48,22 51,18 57,23 | 62,44 66,40 69,42 72,39 77,43 |
    70,20 73,17 75,18.5 78,16 81,19 | 50,58 53,55 55,56.5 57,54 60,57""",
}  # fmt: skip
