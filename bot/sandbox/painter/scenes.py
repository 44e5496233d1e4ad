"""The land, sea and sky of a picture, what falls from above, and where its subjects stand."""

from __future__ import annotations

import math

from PIL import Image, ImageOps

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import XY, Canvas, Outline, column, disc, placed, resized, stroke, trace
from bot.sandbox.painter.colours import Rgb, darken, lighten, mix, rgb
from bot.sandbox.painter.subjects import SUBJECTS, draw

_WHITE, _SNOW, _DOT = (255, 252, 246), (244, 247, 252), disc(0, 0, 1)
_PETAL = trace("0,-10! 7,-3 5,6 0,10! -5,6 -7,-3")
_GROWTHS = {  # what is on a hill, about 100 units high, with the waves of that hill and a tint of its own
    "pine": (trace("0,-100! 7,-76! 3,-80! 14,-55! 6,-58! 21,-34! 9,-37! 28,-12! 3,-13! 3,0! -3,0! -3,-13! -28,-12! "
                   "-9,-37! -21,-34! -6,-58! -14,-55! -3,-80! -7,-76!"), 1.2, None),
    "bush": (trace("-115,0! -106,-40 -70,-70 -28,-60 10,-98 60,-80 78,-46 110,-32 115,0!"), 0.9, None),
    "grass": (trace("-10,10! 25,-100! 10,10!"), 0.6, None),
    "mesa": (trace("-130,4! -90,-40! -80,-100! 70,-100! 85,-60! 130,4!"), 0.9, None),
    "kelp": (trace("-7,4! -2,-18 -10,-38 -1,-58 -7,-80 2,-100! 3,-80 9,-58 0,-38 8,-18 5,4!"), 1.3, (20, 110, 100)),
    "foam": (trace("-100,60! 0,55 100,60! 0,65"), 2.4, (255, 250, 240)),
    "rock": (trace("-60,60! 0,0 60,60!"), 4, None),
    "quay": (trace("-90,0! 90,0! 90,6! -90,6!"), 1, (255, 200, 150)),
}  # fmt: skip
# What lies below the sky, back to front. `peaks` and `towers` have a height (share of the mean side) and nearness; all
# others are hills: top and swing (shares of what is below the horizon), nearness, size and distance of what is on them.
_LAND = {
    "mountains": "peaks .3 .1, peaks .21 .3, pine .04 .07 .42 .05 .34, pine .36 .12 .66 .085 .42, "
                 "grass .68 .06 .92 .013 .3",
    "forest": "peaks .2 .06, pine -.2 .1 .16 .09 .26, pine -.02 .1 .34 .15 .26, pine .26 .1 .55 .22 .26, "
              "grass .68 .06 .92 .013 .3",
    "meadow": "bush -.24 .1 .08 .012 3, bush -.08 .1 .24 .018 3, bush .14 .1 .44 .027 3, bush .4 .1 .66 .036 3, "
              "grass .68 .06 .92 .013 .3",
    "desert": "mesa .03 .05 .22 .1 3, bush .14 .1 .36 .012 9, grass .34 .12 .55 .02 4, bush .66 .1 .84 .022 9",
    "space": "bush .4 .07 .45 .012 9, bush .66 .07 .85 .024 8",
    "deep": "kelp .3 .07 .25 .16 .6, kelp .6 .07 .7 .12 .6, kelp .78 .07 .9 .09 2",
    "sea": "peaks .1 .12, water, foam .2 .03 .3 .03 9",
    "island": "rock .52 .02 .85 .01 9",
    "waves": "foam .44 .03 .45 .03 9, foam .62 .03 .6 .04 8, foam .84 .03 .78 .04 8",
    "city": "towers .46 .12, towers .37 .36, towers .25 .66, water, quay .58 0 .96 .05 1",
}  # fmt: skip
_SPOTS = ((-0.19, 1.0), (0.2, 0.72), (0.36, 0.5))  # of the subjects: offset from the middle, scale


class Scene:
    """A picture in the making; `near` of its parts says how near they are, 0 at the horizon and 1 in front.

    `side` is 1 with the light right and the subject left, -1 the other way round; `ground` is what subjects stand on.
    """

    def __init__(self, canvas: Canvas, brief: Brief) -> None:
        self.canvas, self.brief, self.palette, self.fill = canvas, brief, brief.palette, canvas.fill
        self.wide, self.tall, self.mean, dice = canvas.width, canvas.height, canvas.mean, brief.dice("plan")
        self.side, self.ground = dice.choice((-1, 1)), list[XY]()
        self.setting = brief.setting or dice.choice(("mountains", "forest", "meadow", "desert"))
        self.horizon = self.tall * {"sea": 0.56, "city": 0.74, "desert": 0.6}.get(self.setting, 0.63)
        self.below = self.tall - self.horizon
        height, shift = dice.uniform(0.26, 0.4), dice.uniform(0.16, 0.26)
        if brief.mood in {"sunset", "dawn", "dusk"} and self.setting != "city":
            height = 0.72 if self.setting == "sea" else 0.56
        self.light: XY = (self.wide * (0.5 + self.side * shift), self.horizon * height)
        self.is_snowy = "snowfall" in brief.weather or brief.mood == "snow"

    def paint(self) -> None:
        """Paint the whole picture."""
        self._sky()
        self._land(self.setting)
        if self.setting == "forest":  # two tall pines at each edge
            for x, tall in ((-0.01, 0.0085), (0.08, 0.005), (0.94, 0.006), (1.02, 0.009)):
                foot = (self.wide * x, self.tall * 1.02)
                self.fill([placed(_GROWTHS["pine"][0], foot, self.mean * tall)], self.palette.near)
        subjects = list(enumerate(self.brief.subjects))[::-1]  # the first is painted last
        if self.setting == "sea" and any(SUBJECTS[name].place == "land" for _, (name, _) in subjects):
            self._land("island")
        for is_afloat in (True, False):
            for index, (name, own) in subjects:
                if (self.setting == "sea" and SUBJECTS[name].place == "water") is is_afloat:
                    self._place(index, name, own, is_afloat=is_afloat)
            if self.setting == "sea" and is_afloat:
                self._land("waves")
        self.weather()
        self.canvas.vignette(self.palette.near, 0.3)

    def weather(self) -> None:
        """Paint what is in the air in front of the land."""
        weather = self.brief.weather
        if "fireflies" in weather:
            self.strew(_DOT, 40, 0.006, (255, 224, 140), top=0.4, alpha=0.9, blur=0.002)
        if self.is_snowy:
            for count, size, blur in ((160, 0.0016, 0), (90, 0.003, 0.0007), (26, 0.0062, 0.0014)):
                self.strew(_DOT, count, size, _WHITE, alpha=0.9 - blur * 230, blur=blur)
        if "rain" in weather:
            self.strew([(0, 0), (0.04, 0), (-0.2, 1)], 230, 0.04, lighten(self.palette.low, 0.5), alpha=0.5)
        if "petals" in weather:
            self.strew(_PETAL, 48, 0.00065, self.palette.accent, alpha=0.92, turn=3)

    def strew(
        self, outline: Outline, count: int, size: float, tone: Rgb, *, top: float = 0, bottom: float = 1,
        alpha: float = 1, blur: float = 0, turn: float = 0,
    ) -> None:  # fmt: skip
        """Paint copies of an outline between two shares of the height; `size`, `blur` are shares of the mean side."""
        dice, copies = self.brief.dice(f"{count}{tone}"), list[Outline]()
        for _ in range(count):
            spot = (self.wide * dice.random(), self.tall * dice.uniform(top, bottom))
            scale = self.mean * size * dice.uniform(0.5, 1.5)
            copies.append(placed(outline, spot, scale, dice.uniform(-turn, turn)))
        self.fill(copies, tone, alpha=alpha, blur=blur * self.mean)

    def stars(self, bottom: float) -> None:
        """Paint stars down to a share of the height."""
        self.strew(_DOT, 160, 0.001, _WHITE, bottom=bottom, alpha=0.75)

    def sun(self, x: float, y: float) -> None:
        """Paint the sun, or the moon where the hour or a word asks for it."""
        weather, mood, light = self.brief.weather, self.brief.mood, self.palette.light
        is_moon = "moon" in weather or (mood in {"night", "dusk", "space"} and "sun" not in weather)
        radius = self.mean * (0.062 if is_moon else 0.095)
        self.canvas.glow((x, y), radius * 6, light, alpha=0.75, fall=2.2)
        for reach, alpha in ((1, 1),) if is_moon else ((1.55, 0.16), (1.25, 0.25), (1, 1)):
            self.fill([disc(x, y, radius * reach)], light, alpha=alpha)
        if is_moon:
            spots = ((-0.3, -0.25, 0.24), (0.32, 0.1, 0.17), (-0.1, 0.42, 0.14), (0.2, -0.48, 0.1))
            marks = [disc(x + dx * radius, y + dy * radius, size * radius) for dx, dy, size in spots]
            self.fill(marks, mix(light, self.palette.middle, 0.3), alpha=0.5)

    def _sky(self) -> None:
        """Paint everything behind the land."""
        palette, mood, mean = self.palette, self.brief.mood, self.mean
        tall = self.tall if self.setting in {"deep", "space"} else max(2, round(self.horizon))
        self.canvas.image.paste(palette.low, (0, 0, self.wide, self.tall))
        stops = [(0.0, palette.high), (0.53, palette.middle), (1.0, palette.low)]
        self.canvas.image.paste(column(stops, (self.wide, tall)), (0, 0))
        if self.setting == "deep":  # light from above, and bubbles
            self.canvas.glow((self.light[0], 0), mean * 0.9, palette.light, alpha=0.55, fall=1.8)
            self.strew(_DOT, 50, 0.0035, palette.light, alpha=0.28)
            return
        if mood in {"night", "space"} or "stars" in self.brief.weather:
            self.stars(tall / self.tall)
        if self.setting == "space":
            planet = disc(self.light[0], self.tall * 0.3, mean * 0.15)
            self.fill([planet], palette.accent, darken(palette.accent, 0.7))
        elif mood != "storm":
            self.sun(*self.light)
        if self.setting != "space":
            self._clouds()

    def _clouds(self) -> None:
        """Paint flat bars with round ends, widest at the bottom, as on a woodblock print."""
        dice, palette, is_heavy = self.brief.dice("clouds"), self.palette, self.brief.mood == "storm"
        count = 11 if is_heavy else dice.randint(3, 5)
        tone = palette.depth(0.25) if is_heavy else lighten(palette.low, 0.35)
        for index in range(count):
            y = self.horizon * dice.uniform(0.08, 0.3 if is_heavy else 0.72)
            x = self.wide * ((index + dice.random()) / count * 1.2 - 0.1)
            reach, bars = self.mean * dice.uniform(0.07, 0.13) * (2 if is_heavy else 1), list[Outline]()
            for row in range(dice.randint(2, 4)):
                bar = [(x - reach, y - row * self.mean * 0.016), (x + reach, y - row * self.mean * 0.016)]
                bars += stroke(bar, self.mean * 0.017)
                x += dice.uniform(-0.4, 0.4) * reach
                reach *= dice.uniform(0.45, 0.75)
            self.fill(bars, tone, alpha=0.3 if palette.is_dark else 0.62)

    def _land(self, setting: str) -> None:
        for layer in _LAND[setting].split(", "):
            kind, *measures = layer.split()
            if kind == "water":
                self._water()
            elif kind in {"peaks", "towers"}:
                (self._peaks if kind == "peaks" else self._towers)(*map(float, measures))
            else:
                self._hill(kind, *map(float, measures))

    def _foot(self, x: float) -> float:
        """Return how low the ground is at `x`."""
        return self.ground[min(len(self.ground) - 1, max(0, round(x / self.wide * 120) + 3))][1]

    def _hill(self, kind: str, top: float, swing: float, near: float, size: float, gap: float) -> None:
        """Paint a hill, or a wave of the sea, down to the foot of the picture, and what is on it; see `_LAND`."""
        palette, dice, (outline, waves, tint) = self.palette, self.brief.dice(f"{kind}{near}"), _GROWTHS[kind]
        first, second, middle = dice.uniform(0, 6.3), dice.uniform(0, 6.3), 0.5 - self.side * 0.22
        before, self.ground = self.ground, list[XY]()
        for x, turn in ((step / 120, math.tau * waves * step / 120) for step in range(-3, 124)):
            lift = math.sin(turn + first) * 0.7 + math.sin(turn * 2.3 + second) * 0.3
            y = self.horizon + self.below * (top + swing * lift)
            if kind == "rock":  # an island under the subject
                y += (abs(x - middle) * self.wide / self.mean / 0.3) ** 2.2 * self.mean * 0.06
            self.ground.append((self.wide * x, y))
        own = mix(palette.water, palette.near, near * 0.7) if kind == "foam" else palette.depth(near)
        is_snowy = self.is_snowy and kind not in {"foam", "rock", "quay"}
        tone = mix(own, _SNOW, 0.72 - 0.25 * palette.dim) if is_snowy else own
        bottom = mix(tone, palette.low, 0.4) if near < 0.7 and kind != "foam" else mix(tone, (6, 6, 16), 0.25)
        self.fill([[*self.ground, (self.wide + 9, self.tall + 9), (-9, self.tall + 9)]], tone, bottom)
        size, copies = size * self.mean, list[Outline]()
        x, lean = size * dice.uniform(-1, gap), 0.5 if kind == "grass" else 0.0
        while x < self.wide + size:
            scale, y = size * dice.uniform(0.0055, 0.0125), self._foot(x)
            copies.append(placed(outline, (x, y + size * 0.08), scale, dice.uniform(-lean, lean)))
            x += size * gap * dice.uniform(0.5, 1.9)
        own = mix(own, tint, 0.45) if tint else mix(own, _SNOW, 0.4) if is_snowy and kind == "grass" else own
        self.fill(copies, own, mix(own, palette.low, 0.3 * (1 - near)))
        if kind == "foam":  # nothing stands on a wave
            self.ground = before

    def _peaks(self, tall: float, near: float) -> None:
        """Paint a range of faceted peaks; the side to the light is brighter, snow lies on the high ones."""
        dice, palette, foot = self.brief.dice(f"peaks{near}"), self.palette, self.horizon + 2
        tone, count = palette.depth(near), 2 if tall == 0.1 else round(2.2 * self.wide / self.mean) + 3
        lit, snow = mix(tone, palette.light, 0.2), mix(palette.light, palette.far, palette.dim * 0.6)
        places = [(index + dice.uniform(0.2, 0.8)) / count * 1.16 - 0.08 for index in range(count)]
        for size, place in sorted(((dice.uniform(0.5, 1.0), place) for place in places), reverse=True):
            x, high, edges = place * self.wide, self.mean * tall * size, list[list[XY]]()
            turns = ((-1.3, 0.035), (dice.uniform(1.1, 1.5), 0.035), (dice.uniform(-0.1, 0.3), 0.09))
            for reach, wander in turns:
                jags = [(step / 9, dice.uniform(-wander, wander) * (0 < step < 9)) for step in range(10)]
                run = [(reach * share**0.93 + jag, share - 1) for share, jag in jags]
                edges.append(placed(run, (x, foot), high))
            left, right, spine = edges
            self.fill([left[::-1] + right], tone, mix(tone, palette.low, 0.5))
            self.fill([left[::-1] + spine], lit, mix(lit, palette.low, 0.5))
            if size < 0.62 or self.brief.mood in {"desert", "mist"}:
                continue
            for edge, shade in ((left, snow), (right, mix(snow, tone, 0.3))):  # with a rim of three teeth
                (ax, ay), (bx, by) = edge[3], spine[3]
                teeth = ((0, 0.12), (0.22, 0), (0.4, 0.12), (0.58, 0), (0.78, 0.12))
                rim = [(bx + (ax - bx) * part, by + (ay - by) * part - high * tooth) for part, tooth in teeth]
                self.fill([[*spine[:3], *rim, *edge[3:0:-1]]], shade)

    def _water(self) -> None:
        """Fill what is below the horizon with what is above it, turned over, darkened and broken into ripples."""
        palette, mean, line, dice = self.palette, self.mean, round(self.horizon), self.brief.dice("water")
        tall, y = self.tall - line, 0
        above = ImageOps.flip(self.canvas.image.crop((0, max(0, line - round(tall * 1.4)), self.wide, line)))
        above = resized(above, (self.wide, tall))
        ends = [(0.0, mix(palette.water, palette.low, 0.5)), (1.0, mix(palette.water, palette.near, 0.5))]
        surface = Image.blend(above, column(ends, (self.wide, tall)), 0.55)
        self.canvas.image.paste(surface, (0, line))
        while y < tall:
            deep, shift = max(2, round(mean * (0.0015 + 0.006 * y / tall))), mean * (0.002 + 0.01 * y / tall)
            row = surface.crop((0, y, self.wide, min(y + deep, tall)))
            self.canvas.image.paste(row, (round(math.sin(y * 0.9) * shift), line + y))
            y += deep
        for width, tone, count in ((0.06, palette.light, 26), (1.0, lighten(palette.low, 0.3), 46)):
            bars = list[Outline]()  # a path of light, and glints anywhere
            for _ in range(count):
                share, x = dice.random(), self.light[0] + self.wide * width * dice.uniform(-1, 1)
                reach = mean * (0.01 + 0.06 * share) * dice.uniform(0.35, 1.0)
                y = line + tall * share * 0.95
                bars += stroke([(x - reach, y), (x + reach, y)], mean * (0.0014 + 0.0028 * share))
            self.fill(bars, tone, alpha=0.5)

    def _towers(self, height: float, near: float) -> None:
        """Paint a row of towers with lit windows."""
        dice, palette = self.brief.dice(f"towers{near}"), self.palette
        towers, panes = list[Outline](), list[Outline]()
        foot, pitch, x = self.horizon + 2, min(self.mean, self.horizon * 1.43) * height * 0.035, 0.0
        while x < self.wide:
            columns, floors, slant = dice.randint(3, 6), dice.randint(9, 28), dice.choice((0, 0, 0, 1.5, 3))
            end, top = x + (columns + 1) * pitch, foot - (floors + 0.5) * pitch
            towers.append([(x, foot), (x, top), (end, top - slant * pitch), (end, foot)])
            for index in range(columns * floors):
                spot = (x + (index % columns + 0.75) * pitch, top + (index // columns + 0.6) * pitch)
                if dice.random() < 0.38:
                    panes.append(placed([(0, 0), (0.5, 0), (0.5, 0.55), (0, 0.55)], spot, pitch))
            x = end + dice.choice((0, 0, 0.4, 1.5)) * pitch
        tone = palette.depth(near)
        self.fill(towers, tone, mix(tone, palette.low, 0.35 * (1 - near)))
        glass = palette.accent if palette.is_dark else mix(tone, palette.light, 0.45)
        self.fill(panes, mix(glass, palette.light, 0.35), alpha=0.4 + 0.5 * near)

    def _place(self, index: int, name: str, own: Rgb | None, *, is_afloat: bool) -> None:
        """Paint a subject where it belongs. Without a sea what floats flies: a whale over a city is worth seeing."""
        subject, (offset, scale) = SUBJECTS[name], _SPOTS[index]
        x = self.wide * (0.5 + self.side * offset * (0.55 + 0.45 * min(1.0, self.wide / self.tall)))
        tall = min(self.mean * subject.size * scale, self.wide * 0.62, self.tall * 0.52)
        y = self.horizon * 0.52 + tall * 0.5
        if is_afloat:
            y = self.horizon + self.below * 0.44 + tall * (0.34 if name == "whale" else 0.06)
        elif subject.place == "land":
            y = self._foot(x) + tall * 0.05
        self.subject(name, own, (x, y), tall, flip=self.side < 0)

    def subject(self, name: str, own: Rgb | None, foot: XY, tall: float, *, flip: bool = False) -> None:
        """Paint a subject in its light."""
        self.halo(name, foot, tall)
        subject = SUBJECTS[name]
        draw(self.canvas, self.palette, subject.drawing, foot, tall, own or rgb(subject.colour), flip=flip)

    def halo(self, name: str, foot: XY, tall: float) -> None:
        """Paint the glow that lifts a subject from what is behind, and a shadow where it stands."""
        subject, palette, (x, y) = SUBJECTS[name], self.palette, foot
        light, alpha = (palette.low, 0.42) if palette.is_dark else (palette.light, 0.22)
        if subject.place == "land":
            shadow = disc(x, y, tall * 0.46, tall * 0.045)
            self.fill([shadow], darken(palette.near, 0.6), alpha=0.45, blur=tall * 0.012)
        self.canvas.glow((x, y - tall * 0.5), tall * 0.9, light, alpha=alpha)
