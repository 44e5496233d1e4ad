"""What lives in the water."""

from __future__ import annotations

import math

from bot.sandbox.painter.canvas import Fade
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject


def _whale(pen: Pen) -> None:
    skin = pen.main("#3d6487")
    belly, dark = lighten(skin, 0.6), darken(skin, 0.4)
    pen.shape("52,62 62,62 76,84! 60,82 50,70", dark)
    pen.shape(
        "2,54 8,36 28,25 54,29 76,42 88,40 86,22! 94,30 104,24! 101,42 95,52 82,58 66,68 42,76 16,72",
        Fade(skin, dark),
    )
    pen.shape("2,56! 16,58 40,60 66,57 80,57 64,68 42,76 16,72 5,64", belly)
    for drop in (0, 3.4, 6.8, 10.2):
        pen.line(
            f"{8 + drop},{61 + drop} {26 + drop / 2},{62.5 + drop} {46 - drop / 2},{62 + drop}",
            0.5,
            mix(belly, skin, 0.6),
        )
    pen.shape("30,62 42,62 46,86! 34,80", skin)
    pen.dots("15,51,1.7", pen.ink())
    pen.dots("15.5,50.4,0.5", belly)
    pen.line("2,56 12,56.5 20,54", 0.7, dark)
    pen.dots("34,34,1.2 42,36,0.8 50,35,1.4 60,42,1 38,42,0.8 54,44,0.7", lighten(skin, 0.35), alpha=0.7)
    mist = lighten(pen.palette.low, 0.6)
    pen.line("24,24 23,12 16,6 | 24,24 25,10 | 24,24 27,12 34,7", 1.1, mist, alpha=0.85)
    pen.dots("15,8,1.8 35,9,1.8 25,5,1.5 20,3,1.1 30,3,1.2", mist, alpha=0.85)


def _fish(pen: Pen) -> None:
    skin, ink = pen.main("#f08a3c"), pen.ink()
    dark, white = darken(skin, 0.35), pen.tone("#fff4e4")
    pen.shape("36,32 48,10 68,14! 62,28 66,40", dark)
    pen.shape("44,70 52,88! 60,80 62,68", dark)
    pen.shape("78,50! 90,34 102,28! 96,50 102,74! 90,66", Fade(skin, dark))
    pen.shape("2,52 18,34 42,26 66,36 82,50 66,66 42,76 18,70", Fade(lighten(skin, 0.15), dark))
    pen.shape("27,31 35,28 39,50 35,75 27,73 31,52", white)
    pen.shape("58,31 65,35 68,50 64,67 57,71 61,50", white)
    pen.shape("42,52 54,46 60,54 52,62", dark)
    pen.dots("15,48,4.4", white)
    pen.dots("14.4,48,2.5", ink)
    pen.line("4,57 10,59 14,57", 0.9, dark)


def _turtle(pen: Pen) -> None:
    shell, skin = pen.main("#4c8a5b"), pen.tone("#9cc27a")
    pen.shape("62,70 78,78 90,92! 74,90 58,78", darken(skin, 0.3))
    pen.shape("8,44 16,36 28,42 32,54 22,60 10,56", skin)
    pen.shape("30,58 22,78 8,96! 28,92 46,72", skin)
    pen.shape("22,56! 34,36 56,28 78,40 94,62! 60,72 34,68", Fade(lighten(shell, 0.2), darken(shell, 0.4)))
    pen.shape(
        "42,40! 54,34! 62,42! 56,52! 44,52! | 66,40! 76,45! 80,54! 70,56! 62,50! | 34,46! 40,54! 38,63! 29,58!",
        lighten(shell, 0.35),
        alpha=0.7,
    )
    pen.dots("15,47,1.8", pen.ink())


def _jellyfish(pen: Pen) -> None:
    bell = pen.main("#f3a6cf")
    pen.glow(50, 40, 60, bell, alpha=0.5)
    for index, x in enumerate((26, 34, 42, 50, 58, 66, 74)):
        runs = [
            (x + 3.4 * math.sin(step * 0.6 + index * 0.5), 42 + step * 4)
            for step in range(11 + index % 3 * 2)
        ]
        pen.line(" ".join(f"{px:.1f},{py}" for px, py in runs), 1.3, lighten(bell, 0.4), alpha=0.6)
    pen.shape(
        "16,46! 18,22 36,6 50,4 64,6 82,22 84,46! 74,42 66,48 58,42 50,48 42,42 34,48 26,42",
        Fade(lighten(bell, 0.5), bell),
        alpha=0.9,
    )
    pen.shape("26,36 30,20 42,12 38,24", (255, 255, 250), alpha=0.45)


def _octopus(pen: Pen) -> None:
    skin = pen.main("#d8604f")
    dark = darken(skin, 0.3)
    pen.line(
        "38,60 26,74 14,72 6,82 | 44,62 38,82 26,86 24,98 | "
        "56,62 62,82 74,86 76,98 | 62,60 74,74 86,72 94,82 | 50,62 52,80 46,92 52,100",
        6,
        dark,
    )
    pen.shape("50,2 72,12 78,36 68,58 60,70 40,70 32,58 22,36 28,12", Fade(lighten(skin, 0.2), dark))
    pen.dots("40,46,5.6 60,46,5.6", pen.tone("#fff4e4"))
    pen.dots("41,47,2.8 59,47,2.8", pen.ink())
    pen.dots("36,20,3 46,13,2 62,22,2.6 58,31,1.6", lighten(skin, 0.4), alpha=0.6)


SEA_LIFE = {
    "whale": Subject(words="whale orca", home="sea", place=Place.WATER, draw=_whale, size=0.46),
    "fish": Subject(
        words="fish koi goldfish clownfish shark", home="deep", place=Place.DEEP, draw=_fish, size=0.34
    ),
    "turtle": Subject(words="turtle", home="deep", place=Place.DEEP, draw=_turtle, size=0.4),
    "jellyfish": Subject(words="jellyfish", home="deep", place=Place.DEEP, draw=_jellyfish, size=0.42),
    "octopus": Subject(words="octopus kraken squid", home="deep", place=Place.DEEP, draw=_octopus, size=0.42),
}
