"""Things that carry people."""

from __future__ import annotations

import math

from bot.sandbox.painter.canvas import Fade
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject


def _rocket(pen: Pen) -> None:
    hull, trim = pen.main("#f2ede2"), pen.palette.accent
    shade = mix(hull, pen.palette.near, 0.4)
    pen.glow(50, 86, 46, (255, 180, 80), alpha=0.7)
    pen.shape("40,76! 36,90 50,118! 64,90 60,76!", (255, 150, 60))
    pen.shape("44,76! 42,88 50,104! 58,88 56,76!", (255, 232, 150))
    pen.shape("36,48 22,62 22,84! 30,74 40,72! | 64,48 78,62 78,84! 70,74 60,72!", trim)
    pen.shape("50,-8! 62,10 66,36 62,68 58,76! 42,76! 38,68 34,36 38,10", hull)
    pen.shape("50,-8! 62,10 66,36 62,68 58,76! 52,76! 56,40 54,12", shade, alpha=0.6)
    pen.shape("50,-8! 58,3 61,12! 50,15 39,12! 42,3", trim)
    pen.dots("50,32,8", darken(trim, 0.35))
    pen.dots("50,32,5.8", mix(pen.palette.middle, (150, 220, 240), 0.6))
    pen.shape("46,31 48,27 52,27 49,30", (255, 255, 255), alpha=0.7)
    pen.shape("48.4,54! 51.6,54! 51.6,80! 48.4,80!", darken(trim, 0.2))


def _boat(pen: Pen) -> None:
    hull, sail = pen.main("#b5483c"), pen.tone("#fff4de")
    shade = mix(sail, pen.palette.far, 0.45)
    pen.line("50,4 50,86", 1.5, pen.tone("#5b3a2a"))
    pen.shape("52.5,8! 66,34 86,74! 70,78 52.5,76!", sail)
    pen.shape("52.5,30! 60,50 66,77! 52.5,76!", shade, alpha=0.6)
    pen.shape("47.5,16! 38,48 20,74! 34,76 47.5,75!", shade)
    pen.shape("50,4! 62,7! 50,11!", pen.palette.accent)
    pen.shape("8,80! 50,84 94,78! 84,96 70,101! 30,101! 16,94", Fade(hull, darken(hull, 0.4)))
    pen.shape("8,80! 50,84 94,78! 93,82! 50,88 10,84!", sail)


def _balloon(pen: Pen) -> None:
    first, second = pen.main("#e2574c"), pen.tone("#f7dfae")
    pen.line("38,72 44,86 | 62,72 56,86 | 46,74 48,86 | 54,74 52,86", 0.5, pen.ink())
    outline = [(50 + 36 * math.sin(turn), 36 - 38 * math.cos(turn)) for turn in _turns(40)]
    outline = [(50 + (x - 50) * (1 if y < 40 else 1 - ((y - 40) / 46) ** 1.7 * 0.2), y) for x, y in outline]
    pen.draw([outline], first)
    for index, reach in enumerate((0.78, 0.5, 0.2)):
        tone = second if index % 2 == 0 else first
        pen.draw([[(50 + (x - 50) * reach, y) for x, y in outline]], tone)
    pen.draw([[(50 + (x - 50) * 0.98, y) for x, y in outline if x > 62]], pen.palette.near, alpha=0.16)
    pen.shape("38,72! 62,72! 58,76! 42,76!", darken(first, 0.4))
    pen.shape("43,85! 57,85! 55,97! 45,97!", pen.tone("#8a5636"))
    pen.shape("42,85! 58,85! 58,87.5! 42,87.5!", pen.tone("#5b3a2a"))


def _car(pen: Pen) -> None:
    paint, ink = pen.main("#2f9c95"), pen.ink()
    dark, glass = darken(paint, 0.35), mix(pen.palette.middle, (214, 238, 240), 0.5)
    pen.dots("50,99,47,2.2", ink, alpha=0.35)
    pen.shape("22,72! 30,56 40,51 62,51 72,58 80,72!", paint)
    pen.shape("28,71! 34,58 42,55 48,55! 48,71! | 52,55! 61,55 68,60 74,71! 52,71!", glass)
    pen.shape("33,71! 42,55.2! 45,55! 37,71! | 57,71! 63,56! 65,58! 60,71!", (255, 255, 255), alpha=0.35)
    pen.shape("3,84 5,74 20,70 50,69 82,70 95,75 97,86 94,91! 6,91!", Fade(paint, dark))
    pen.shape("4,81! 96,81! 97,84! 3,84!", lighten(paint, 0.6), alpha=0.85)
    pen.line("50,72 50,88 | 54,77 59,77", 0.5, dark)
    pen.dots("24,90,10.5 77,90,10.5", dark)
    pen.dots("24,91,8.6 77,91,8.6", ink)
    pen.dots("24,91,4.2 77,91,4.2", pen.tone("#d9dce0"))
    pen.dots("94,78,2.4,3", pen.palette.light)
    pen.glow(96, 78, 16, pen.palette.light, alpha=0.6)


def _train(pen: Pen) -> None:
    body, ink = pen.main("#b8433c"), pen.ink()
    glass = mix(pen.palette.light, pen.palette.accent, 0.35)
    for x in (-48, 6, 60):
        pen.shape(f"{x},62! {x + 50},62! {x + 50},92! {x},92!", Fade(body, darken(body, 0.35)))
        pen.shape(f"{x - 1},60! {x + 51},60! {x + 50},63! {x},63!", darken(body, 0.5))
        for pane in (4, 16, 28, 40):
            pen.shape(f"{x + pane},67! {x + pane + 7},67! {x + pane + 7},77! {x + pane},77!", glass)
        pen.dots(f"{x + 8},94,5 {x + 20},94,5 {x + 32},94,5 {x + 43},94,5", ink)
    pen.line("-52,99.5 114,99.5", 0.9, ink)


def _ufo(pen: Pen) -> None:
    hull, beam = pen.main("#9aa7b8"), pen.palette.accent
    pen.shape(
        "36,52! 64,52! 84,110! 16,110!", Fade(lighten(beam, 0.4), mix(beam, pen.palette.low, 0.5)), alpha=0.35
    )
    pen.shape("32,36 36,20 50,14 64,20 68,36", mix((190, 240, 240), pen.palette.middle, 0.35), alpha=0.92)
    pen.shape("4,44 24,35 50,33 76,35 96,44 76,54 50,57 24,54", Fade(lighten(hull, 0.35), darken(hull, 0.4)))
    pen.dots("20,46,2.6 35,49,2.6 50,50,2.6 65,49,2.6 80,46,2.6", lighten(beam, 0.3))


def _turns(count: int) -> list[float]:
    return [2 * math.pi * step / count for step in range(count)]


VEHICLES = {
    "rocket": Subject(
        words="rocket spaceship spacecraft", home="space", place=Place.AIR, draw=_rocket, size=0.44
    ),
    "boat": Subject(
        words="boat ship sailboat yacht sail galleon vessel",
        home="sea",
        place=Place.WATER,
        draw=_boat,
        size=0.36,
    ),
    "balloon": Subject(
        words="balloon airship zeppelin", home="mountains", place=Place.AIR, draw=_balloon, size=0.4
    ),
    "car": Subject(
        words="car automobile van truck taxi", home="desert", place=Place.LAND, draw=_car, size=0.46
    ),
    "train": Subject(
        words="train tram railway locomotive", home="meadow", place=Place.LAND, draw=_train, size=0.36
    ),
    "ufo": Subject(words="ufo saucer", home="desert", place=Place.AIR, draw=_ufo, size=0.36),
}
