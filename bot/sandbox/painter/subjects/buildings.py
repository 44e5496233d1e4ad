"""Buildings one can meet in a landscape."""

from __future__ import annotations

from bot.sandbox.painter.canvas import Fade
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject


def _cottage(pen: Pen) -> None:
    roof, wall = pen.main("#a8443a"), pen.tone("#f1e2c6")
    lamp = mix(pen.palette.light, (255, 200, 96), 0.6)
    for x, y, size in ((71, 22, 3), (74, 14, 4), (80, 5, 5.4), (88, -4, 6.6)):
        pen.dots(f"{x},{y},{size}", lighten(pen.palette.low, 0.4), alpha=0.55)
    pen.shape("66,28! 75,28! 75,54! 66,54!", darken(roof, 0.45))
    pen.shape("16,62! 84,62! 84,100! 16,100!", Fade(wall, mix(wall, pen.palette.near, 0.3)))
    pen.shape("40,44! 62,62! 62,100! 18,100! 18,62!", wall)
    pen.shape("40,30! 78,30! 96,66! 62,66!", Fade(roof, darken(roof, 0.3)))
    pen.shape("40,28! 67,66! 60,66! 40,38! 20,66! 13,66!", darken(roof, 0.3))
    pen.shape("34,78 36,74 40,73 44,74 46,78 46,100! 34,100!", pen.tone("#6b4a35"))
    pen.dots("44,88,0.9", lamp)
    pen.glow(40, 56, 22, lamp, alpha=0.5)
    pen.dots("40,56,5", lamp)
    pen.line("40,51 40,61 | 35,56 45,56", 0.8, pen.tone("#6b4a35"))
    for x in (67, 78):
        pen.glow(x, 80, 18, lamp, alpha=0.45)
        pen.shape(f"{x - 4},74! {x + 4},74! {x + 4},86! {x - 4},86!", lamp)
        pen.line(f"{x},74 {x},86 | {x - 4},80 {x + 4},80", 0.7, pen.tone("#6b4a35"))


def _lighthouse(pen: Pen) -> None:
    stripe, white = pen.main("#c9433c"), pen.tone("#fbf3e3")
    shade, lamp = mix(white, pen.palette.near, 0.35), mix(pen.palette.light, (255, 226, 140), 0.5)
    pen.draw([[(46, 11), (-160, -34), (-160, 46), (46, 15)]], lamp, alpha=0.2, blur=1.2)
    pen.draw([[(54, 11), (260, -34), (260, 46), (54, 15)]], lamp, alpha=0.2, blur=1.2)
    pen.glow(50, 12, 42, lamp, alpha=0.8)
    pen.shape("10,104! 20,92 36,90 50,88 66,90 82,92 94,104!", pen.palette.depth(0.9))
    pen.shape("43,22! 57,22! 63,94! 37,94!", white)
    for top in (0.14, 0.46, 0.78):
        rows = [(share, 43 - 6 * share, 57 + 6 * share, 22 + 72 * share) for share in (top, top + 0.15)]
        (_, a, b, y0), (_, c, d, y1) = rows
        pen.draw([[(a, y0), (b, y0), (d, y1), (c, y1)]], stripe)
    pen.shape("50,22! 57,22! 63,94! 53,94!", shade, alpha=0.45)
    pen.shape("40,19! 60,19! 60,22.5! 40,22.5!", pen.ink())
    pen.shape("44.5,7! 55.5,7! 55.5,19! 44.5,19!", lamp)
    pen.line("48.2,7 48.2,19 | 51.8,7 51.8,19", 0.6, pen.ink())
    pen.shape("42,8! 50,-3! 58,8!", stripe)
    pen.shape("47.5,84 50,81 52.5,84 52.5,94! 47.5,94!", pen.ink())


def _castle(pen: Pen) -> None:
    wall, roof = pen.tone("#cbb9a2"), pen.main("#5a5aa0")
    dark, lamp = mix(wall, pen.palette.near, 0.45), mix(pen.palette.light, (255, 206, 110), 0.5)
    for x, top, wide in ((26, 34, 11), (74, 30, 11), (42, 14, 12), (60, 24, 10)):
        left, right = x - wide / 2, x + wide / 2
        pen.shape(f"{left},{top}! {right},{top}! {right},90! {left},90!", Fade(wall, dark))
        pen.shape(f"{x + 1},{top}! {right},{top}! {right},90! {x + 1},90!", dark, alpha=0.4)
        pen.shape(f"{left - 1.6},{top}! {x},{top - wide * 2}! {right + 1.6},{top}!", roof)
        pen.shape(f"{x},{top - wide * 2}! {right + 1.6},{top}! {x + 1},{top}!", darken(roof, 0.4), alpha=0.7)
        pen.line(f"{x},{top - wide * 2} {x},{top - wide * 2 - 6}", 0.6, pen.ink())
        pen.shape(
            f"{x},{top - wide * 2 - 6}! {x + 8},{top - wide * 2 - 4}! {x},{top - wide * 2 - 2}!",
            pen.palette.accent,
        )
        pen.shape(
            f"{x - 1.4},{top + 8} {x},{top + 6} {x + 1.4},{top + 8} {x + 1.4},{top + 13}! {x - 1.4},{top + 13}!",
            lamp,
        )
    merlons = "".join(f" {x},60! {x},56! {x + 4},56! {x + 4},60!" for x in range(10, 90, 8))
    pen.shape(f"10,100!{merlons} 90,60! 90,100!", Fade(wall, dark))
    pen.shape("6,54! 20,54! 20,100! 6,100! | 80,54! 94,54! 94,100! 80,100!", mix(wall, dark, 0.35))
    pen.shape("3,54! 13,34! 23,54! | 77,54! 87,34! 97,54!", roof)
    pen.shape("42,100! 42,82 50,74 58,82 58,100!", pen.ink())
    pen.shape("29,72! 32,72! 32,79! 29,79! | 68,72! 71,72! 71,79! 68,79!", lamp)


def _torii(pen: Pen) -> None:
    red, ink = pen.main("#cf3f34"), pen.ink()
    dark = darken(red, 0.35)
    pen.shape("25,22! 32,22! 30,100! 21,100! | 68,22! 75,22! 79,100! 70,100!", Fade(red, dark))
    pen.shape("20,92! 32,92! 32,100! 19,100! | 69,92! 81,92! 81,100! 69,100!", ink)
    pen.shape("16,34! 84,34! 84,40! 16,40!", dark)
    pen.shape("46,20! 54,20! 54,36! 46,36!", dark)
    pen.shape("2,8! 26,14 50,16 74,14 98,8! 96,20! 74,24 50,25 26,24 4,20!", red)
    pen.shape("0,4! 26,11 50,13 74,11 100,4! 99,9! 74,16 50,17.5 26,16 1,9!", ink)


def _windmill(pen: Pen) -> None:
    wall, sail = pen.main("#e8d8bd"), pen.tone("#fff7e6")
    pen.shape("38,36! 62,36! 70,100! 30,100!", Fade(wall, mix(wall, pen.palette.near, 0.35)))
    pen.shape("34,38! 50,20 66,38!", pen.tone("#a8443a"))
    pen.shape("45,84 50,80 55,84 55,100! 45,100!", pen.tone("#6b4a35"))
    pen.dots("50,58,3.4", mix(pen.palette.light, (255, 200, 96), 0.6))
    for x, y in ((0.86, -0.5), (0.5, 0.86), (-0.86, 0.5), (-0.5, -0.86)):
        tip, side = (50 + x * 46, 34 + y * 46), (-y * 9, x * 9)
        near = (50 + x * 10, 34 + y * 10)
        pen.draw(
            [[near, tip, (tip[0] + side[0], tip[1] + side[1]), (near[0] + side[0], near[1] + side[1])]], sail
        )
        pen.line(f"50,34 {tip[0]},{tip[1]}", 1.4, pen.tone("#6b4a35"))
    pen.dots("50,34,2.8", pen.ink())


BUILDINGS = {
    "cottage": Subject(
        words="cottage house cabin hut home barn farmhouse bakery cafe shop",
        home="meadow",
        place=Place.LAND,
        draw=_cottage,
        size=0.34,
    ),
    "lighthouse": Subject(
        words="lighthouse beacon", home="sea", place=Place.LAND, draw=_lighthouse, size=0.46
    ),
    "castle": Subject(
        words="castle palace fortress tower citadel temple",
        home="mountains",
        place=Place.LAND,
        draw=_castle,
        size=0.46,
    ),
    "torii": Subject(words="torii shrine gate", home="mountains", place=Place.LAND, draw=_torii, size=0.36),
    "windmill": Subject(words="windmill mill", home="meadow", place=Place.LAND, draw=_windmill, size=0.4),
}
