"""Animals of the land and the air."""

from __future__ import annotations

from bot.sandbox.painter.canvas import Fade
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject

_SITTING = "50,40 63,52 69,74 71,90 66,99! 34,99! 29,90 31,74 37,52"


def _fox(pen: Pen) -> None:
    coat, white, ink = pen.main("#e8713a"), pen.tone("#fff3e2"), pen.ink()
    dark = darken(coat, 0.35)
    pen.shape("60,99! 78,99 93,88 97,68 90,46! 80,58 76,76 62,84", Fade(coat, dark))
    pen.shape("97,68 90,46! 82,56 79,64 88,62 92,70", white)
    pen.shape(_SITTING, Fade(coat, dark))
    pen.shape("50,44 60,56 58,72 50,84! 42,72 40,56", white)
    pen.both("38,76 46,74 48,99! 39,99!", coat)
    pen.both("39,90 47,90 48,99! 37,99!", ink)
    pen.shape("25,2! 39,17 50,15 61,17 75,2! 79,24 67,38 50,51! 33,38 21,24", coat)
    pen.both("21,25! 36,28 46,37 50,51! 33,39", white)
    pen.both("28,8! 37,18 28,23!", dark)
    pen.dots("40,30,2.4,2.9 60,30,2.4,2.9 50,48,3.2,2.6", ink)
    pen.dots("40.8,29,0.8 60.8,29,0.8", white)


def _cat(pen: Pen) -> None:
    coat, ink = pen.main("#4b4763"), pen.ink()
    pale = lighten(coat, 0.55)
    pen.shape("62,99! 82,99 95,90 95,74 87,70 86,82 78,88 62,88!", Fade(coat, darken(coat, 0.3)))
    pen.shape(_SITTING, Fade(coat, darken(coat, 0.35)))
    pen.shape("50,46 58,56 56,70 50,78! 44,70 42,56", pale)
    pen.both("38,76 46,74 48,99! 38,99!", coat)
    pen.both("38,94 47,94 48,99! 37,99!", pale)
    pen.shape("27,3! 40,15 50,13 60,15 73,3! 77,26 69,42 50,49 31,42 23,26", coat)
    pen.both("30,9! 38,16 29,22!", pen.tone("#e79a94"))
    pen.dots("39,28,4.4,4.8 61,28,4.4,4.8", mix(pen.palette.accent, pen.tone("#f4d564"), 0.55))
    pen.dots("39.4,28,1.5,4.2 60.6,28,1.5,4.2", ink)
    pen.dots("50,42,6.6,4.6", pale)
    pen.shape("47,37! 53,37! 50,40.4!", pen.tone("#e07f7f"))
    pen.line("42,41 26,38 | 42,43 27,44 | 58,41 74,38 | 58,43 73,44", 0.5, pale, alpha=0.8)


def _dog(pen: Pen) -> None:
    coat, white, ink = pen.main("#c58a4e"), pen.tone("#fff1dc"), pen.ink()
    dark = darken(coat, 0.4)
    pen.shape("64,92! 78,88 88,72 92,60 84,62 76,74 64,80", coat)
    pen.shape(_SITTING, Fade(coat, dark))
    pen.shape("50,50 60,58 57,76 50,84! 43,76 40,58", white)
    pen.both("38,74 46,74 48,99! 37,99!", coat)
    pen.both("38,93 47,93 48,99! 37,99!", white)
    pen.shape("50,8 66,13 72,30 64,46 50,52 36,46 28,30 34,13", coat)
    pen.both("34,12 24,13 17,28 20,46 29,44 34,28", dark)
    pen.shape("50,9 54,24 61,40 50,51 39,40 46,24", white)
    pen.dots("40,28,2.7,3.1 60,28,2.7,3.1 50,37,4.6,3.4", ink)
    pen.line("50,39 50,43 46,45 | 50,43 54,45", 0.9, ink)
    pen.shape("38,51 50,55 62,51 61,56 50,60 39,56", pen.palette.accent)
    pen.dots("50,60,2.6", pen.palette.light)


def _rabbit(pen: Pen) -> None:
    coat, ink = pen.main("#d9c7b2"), pen.ink()
    rose = pen.tone("#eaa79f")
    pen.both("40,34 32,18 30,0 38,-4 45,10 47,32", coat)
    pen.both("40,28 35,14 34,4 38,2 42,14 43,28", rose)
    pen.shape("50,48 66,56 74,76 70,97 50,100 30,97 26,76 34,56", Fade(coat, darken(coat, 0.25)))
    pen.shape("50,60 60,68 60,88 50,94 40,88 40,68", lighten(coat, 0.6))
    pen.both("38,78 46,78 48,99! 36,99!", coat)
    pen.shape("50,26 66,31 71,44 64,56 50,60 36,56 29,44 34,31", coat)
    pen.dots("50,52,9,6", lighten(coat, 0.6))
    pen.dots("40,42,2.6,3.2 60,42,2.6,3.2", ink)
    pen.shape("47,48! 53,48! 50,51.5!", rose)
    pen.line("50,51 50,55", 0.8, ink)


def _bear(pen: Pen) -> None:
    coat, ink = pen.main("#7d5439"), pen.ink()
    pale = lighten(coat, 0.4)
    pen.dots("31,12,9 69,12,9", coat)
    pen.dots("31,12,5 69,12,5", pale)
    pen.shape("50,38 74,46 84,72 78,98! 22,98! 16,72 26,46", Fade(coat, darken(coat, 0.35)))
    pen.dots("50,74,18,20", pale, alpha=0.8)
    pen.both("24,54 14,66 18,84 28,84 32,66", darken(coat, 0.15))
    pen.dots("32,97,12,6 68,97,12,6", darken(coat, 0.2))
    pen.dots("50,27,26,23", coat)
    pen.dots("50,36,12,9", pale)
    pen.dots("40,25,2.5 60,25,2.5 50,32,4.6,3.3", ink)
    pen.line("50,34 50,39", 1, ink)


def _deer(pen: Pen) -> None:
    coat, white = pen.main("#a8683c"), pen.tone("#f6e3c8")
    dark = darken(coat, 0.4)
    pen.shape("40,60 44,62 43,80 44,99! 40,99! 37,80 | 72,60 79,62 79,80 80,99! 76,99! 73,80", dark)
    pen.shape("26,32 34,30 42,46 62,48 80,48 85,58 80,68 62,66 44,70 33,60", Fade(coat, mix(coat, dark, 0.5)))
    pen.shape("34,60 40,62 38,80 36,99! 32,99! 32,80 | 76,56 84,60 83,80 87,99! 83,99! 77,82", coat)
    pen.shape("82,50 88,48 88,58 84,60", white)
    pen.shape("32,56 40,64 46,68 42,71 34,64", white)
    pen.shape("34,22 37,30 32,40 24,38 12,36 10,32 22,25", coat)
    pen.shape("34,23 46,18 40,28", coat)
    pen.dots("12,34,2.2 25,28,1.5", pen.ink())
    bone = mix(white, dark, 0.6)
    pen.line(
        "32,23 36,10 46,0 52,-10 | 36,10 28,2 | 42,4 54,2 | 30,23 26,10 20,0 22,-10 | 25,8 14,4", 1.6, bone
    )


def _owl(pen: Pen) -> None:
    coat, ink = pen.main("#8a6a4d"), pen.ink()
    pale = pen.tone("#f5e4c3")
    pen.shape(
        "26,6! 38,14 50,12 62,14 74,6! 80,34 80,68 66,94 50,98 34,94 20,68 20,34",
        Fade(coat, darken(coat, 0.3)),
    )
    pen.dots("50,66,20,25", pale)
    for row, count in ((54, 3), (62, 4), (70, 3), (78, 2)):
        for index in range(count):
            x = 50 + (index - (count - 1) / 2) * 9
            pen.shape(f"{x - 4},{row}! {x},{row + 5} {x + 4},{row}! {x},{row + 2}", coat)
    pen.both("20,42 30,50 34,74 28,90 16,72", darken(coat, 0.35))
    pen.dots("36,32,14 64,32,14", pale)
    pen.dots("37,33,8.4 63,33,8.4", mix(pen.palette.accent, pen.tone("#f4bb3a"), 0.6))
    pen.dots("38,33,4.8 62,33,4.8", ink)
    pen.dots("39.6,31,1.5 63.6,31,1.5", pale)
    pen.shape("46,40! 54,40! 50,49!", pen.tone("#e7973c"))
    pen.line("42,95 42,100 | 46,96 46,100 | 54,96 54,100 | 58,95 58,100", 1.8, pen.tone("#e7973c"))


def _penguin(pen: Pen) -> None:
    coat, white, beak = pen.main("#26324a"), pen.tone("#fdf7ea"), pen.tone("#f0983a")
    pen.dots("38,97,10,4 62,97,10,4", beak)
    pen.shape("50,4 66,12 70,32 80,56 76,86 50,97 24,86 20,56 30,32 34,12", coat)
    pen.shape("50,34 64,44 70,64 66,86 50,94 34,86 30,64 36,44", white)
    pen.both("27,40 18,52 10,76 20,72 28,58", darken(coat, 0.3))
    pen.dots("41,24,9,10 59,24,9,10", white)
    pen.dots("42,23,2.6 58,23,2.6", pen.ink())
    pen.shape("43,28! 50,25 57,28! 50,36!", beak)
    pen.shape("32,37 50,43 68,37 69,43 50,50 31,43", pen.palette.accent)
    pen.shape("60,44! 70,44! 72,66! 62,66!", pen.palette.accent)


def _bird(pen: Pen) -> None:
    coat = pen.main("#f3ede0")
    shade, deep = mix(coat, pen.palette.far, 0.35), mix(coat, pen.palette.near, 0.45)
    pen.shape("46,52! 40,24! 56,-4! 62,30! 64,54!", shade)
    pen.shape("46,52! 40,24! 50,34! 64,54!", deep)
    pen.shape("74,58! 98,44! 90,62! 99,72! 74,66!", shade)
    pen.shape("6,46! 26,46! 46,50! 76,58! 70,68! 44,68! 26,58!", coat)
    pen.shape("26,58! 44,68! 70,68! 48,60!", shade)
    pen.shape("44,56! 66,22! 98,4! 84,34! 66,60!", coat)
    pen.shape("44,56! 84,34! 66,60!", shade)
    pen.shape("6,46! 18,46! 17,51!", pen.palette.accent)
    pen.dots("21,50,1.4", pen.ink())


def _butterfly(pen: Pen) -> None:
    wing, ink = pen.main("#ef8a3c"), pen.ink()
    pale = lighten(wing, 0.5)
    pen.both("49,44 36,16 12,6 2,20 8,44 28,54 49,52", ink)
    pen.both("49,54 30,56 16,68 20,88 34,92 48,70", ink)
    pen.both("46,46 35,22 14,12 7,22 13,41 30,50 46,50", Fade(pale, wing))
    pen.both("46,58 31,60 21,70 24,84 33,86 44,70", Fade(wing, darken(wing, 0.3)))
    pen.both("40,44 30,26 20,24 24,36", pale, alpha=0.7)
    pen.dots("50,52,2.6,20 50,30,3.2", ink)
    pen.line("49,29 42,14 38,10 | 51,29 58,14 62,10", 0.9, ink)


def _dragon(pen: Pen) -> None:
    skin = pen.main("#2f9d78")
    dark, pale, gold = darken(skin, 0.4), lighten(skin, 0.5), pen.palette.accent
    pen.shape("54,50! 60,22 78,-6! 80,10 96,4! 92,20 102,24! 88,36 72,52!", darken(skin, 0.55))
    pen.shape("62,62 74,70 88,66 96,52! 104,44! 103,58 94,76 78,82 60,76", Fade(skin, dark))
    pen.shape("103,38! 110,42 106,54 100,50", gold)
    pen.shape("18,24 30,26 38,38 50,46 66,54 74,68 64,80 48,80 36,70 28,52 20,40", Fade(skin, dark))
    pen.shape("24,38 32,52 40,66 50,74 62,74 52,80 42,78 32,64 26,50", pale)
    pen.shape("40,76 46,80 42,90 34,96! 32,92 36,86 | 60,78 67,78 66,88 58,96! 56,92 60,86", dark)
    for x, y in ((28, 27), (36, 34), (45, 42), (55, 47), (65, 52)):
        pen.shape(f"{x - 3},{y + 3}! {x + 3},{y - 7}! {x + 5},{y + 5}!", gold)
    pen.shape("44,54! 38,26 46,-8! 54,8 70,0! 68,16 82,18! 72,32 58,50!", dark)
    pen.shape(
        "46,50! 42,26 47,4! 52,18 | 50,48! 52,22 66,8! 62,26 | 54,48! 62,28 76,22! 68,34", gold, alpha=0.75
    )
    pen.shape("30,24 24,14 12,14 -2,22 -4,29 8,32 20,34 30,32", skin)
    pen.shape("-4,29 8,31 18,33 12,36 0,33", dark)
    pen.shape("24,16! 34,4 44,2! 36,10 31,20! | 18,14! 24,4 32,-2! 27,8 24,15!", pale)
    pen.dots("14,20,1.9", pen.palette.light)
    pen.dots("13.6,20,0.9", pen.ink())
    pen.dots("-1,25,0.9", dark)


ANIMALS = {
    "fox": Subject(words="fox vixen", home="mountains", place=Place.LAND, draw=_fox),
    "cat": Subject(words="cat kitten kitty", home="mountains", place=Place.LAND, draw=_cat),
    "dog": Subject(words="dog puppy corgi wolf husky", home="meadow", place=Place.LAND, draw=_dog),
    "rabbit": Subject(words="rabbit bunny hare", home="meadow", place=Place.LAND, draw=_rabbit, size=0.32),
    "bear": Subject(words="bear panda", home="forest", place=Place.LAND, draw=_bear),
    "deer": Subject(words="deer stag elk moose", home="forest", place=Place.LAND, draw=_deer, size=0.4),
    "owl": Subject(words="owl", home="forest", place=Place.LAND, draw=_owl, size=0.34),
    "penguin": Subject(words="penguin", home="mountains", place=Place.LAND, draw=_penguin, size=0.34),
    "bird": Subject(words="crane heron dove eagle parrot crow raven hawk sparrow bird", home="mountains",
                    place=Place.AIR, draw=_bird, size=0.3),
    "butterfly": Subject(words="butterfly moth", home="meadow", place=Place.AIR, draw=_butterfly, size=0.3),
    "dragon": Subject(words="dragon wyvern", home="mountains", place=Place.AIR, draw=_dragon, size=0.46),
}  # fmt: skip
