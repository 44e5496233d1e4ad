"""People, and machines that stand like people."""

from __future__ import annotations

from bot.sandbox.painter.canvas import Fade
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject


def _person(pen: Pen) -> None:
    coat, ink = pen.main("#c8493f"), mix(pen.palette.near, pen.ink(), 0.5)
    scarf = pen.palette.accent if pen.own else pen.tone("#f1c453")
    pen.shape("43,72 49,72 48,99! 40,99! | 51,72 57,72 60,99! 52,99!", ink)
    pen.shape("50,24 60,28 66,50 68,80! 50,84 32,80! 34,50 40,28", Fade(coat, darken(coat, 0.4)))
    pen.line("38,34 32,50 33,62 | 62,34 68,50 67,62", 6, darken(coat, 0.18))
    pen.dots("33,65,2.6 67,65,2.6 50,16,7.4,8.6", pen.tone("#e9b592"))
    pen.shape("41,17 41,7 50,4 59,7 59,17 62,24 50,22 38,24", ink)
    pen.shape("40,22 50,27 60,22 61,29 50,33 39,29 | 58,26 70,28 86,22! 84,32! 68,36 58,32", scarf)
    pen.line("50,34 50,80", 0.6, darken(coat, 0.35))


def _astronaut(pen: Pen) -> None:
    suit, trim = pen.main("#eef0f2"), pen.palette.accent
    shade = mix(suit, pen.palette.far, 0.4)
    pen.shape("28,34! 72,34! 74,68! 26,68!", darken(shade, 0.2))
    pen.shape("36,66 48,66 48,98! 32,98! | 52,66 64,66 68,98! 52,98!", Fade(suit, shade))
    pen.shape("32,92! 48,92! 48,99! 29,99! | 52,92! 68,92! 71,99! 52,99!", trim)
    pen.shape("50,34 66,38 70,54 66,74 50,76 34,74 30,54 34,38", Fade(suit, shade))
    pen.line("34,42 22,54 20,66 | 66,42 80,48 86,34", 9, suit)
    pen.dots("20,68,5 87,32,5", trim)
    pen.shape("40,52! 60,52! 60,64! 40,64!", shade)
    pen.dots("45,57,2 52,57,1.4 56,61,1.4", trim)
    pen.dots("50,20,19,19", suit)
    pen.dots("51,21,14,12.5", mix(pen.palette.high, (20, 24, 60), 0.4))
    pen.shape("41,18 46,12 54,11 48,15 44,21", lighten(pen.palette.middle, 0.6), alpha=0.8)
    pen.dots("57,27,2.6", pen.palette.light, alpha=0.8)


def _robot(pen: Pen) -> None:
    shell, trim, ink = pen.main("#e9b44c"), pen.tone("#55677a"), pen.ink()
    dark = darken(shell, 0.35)
    pen.line("50,12 50,2", 1.6, trim)
    pen.dots("50,1,3.4", pen.palette.accent)
    pen.glow(50, 1, 12, pen.palette.accent)
    pen.shape("35,72! 45,72! 45,94! 35,94! | 55,72! 65,72! 65,94! 55,94!", trim)
    pen.shape("31,92 46,92 47,99! 29,99! | 54,92 69,92 71,99! 53,99!", dark)
    pen.line("27,50 16,60 16,72 | 73,50 84,60 84,72", 5, trim)
    pen.dots("16,75,4.6 84,75,4.6", dark)
    pen.shape("29,44 33,42 67,42 71,44 71,72 67,74 33,74 29,72", Fade(shell, dark))
    pen.shape("38,50! 62,50! 62,64! 38,64!", ink)
    pen.line("41,58 45,58 48,53 52,62 55,58 59,58", 1, pen.palette.accent)
    pen.shape("25,14 30,11 70,11 75,14 75,36 70,39 30,39 25,36", Fade(lighten(shell, 0.15), shell))
    pen.shape("31,18 35,16 65,16 69,18 69,32 65,34 35,34 31,32", ink)
    pen.dots("41,25,4.2 59,25,4.2", lighten(pen.palette.accent, 0.35))
    pen.glow(41, 25, 10, pen.palette.accent, alpha=0.5)
    pen.glow(59, 25, 10, pen.palette.accent, alpha=0.5)
    pen.dots("23,25,2.6,5 77,25,2.6,5", trim)


PEOPLE = {
    "person": Subject(
        words="person man woman girl boy child wanderer hiker traveler traveller wizard knight samurai",
        home="mountains",
        place=Place.LAND,
        draw=_person,
        size=0.33,
    ),
    "astronaut": Subject(
        words="astronaut cosmonaut spaceman", home="space", place=Place.LAND, draw=_astronaut
    ),
    "robot": Subject(words="robot android mech droid", home="city", place=Place.LAND, draw=_robot, size=0.38),
}
