"""The land, sea and sky of a picture, what falls from above, and where its subjects stand."""

from __future__ import annotations

import math

from PIL import Image, ImageOps

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Outline, Point, capsule, column, disc, placed, resized, trace
from bot.sandbox.painter.colours import Rgb, darken, lighten, mix, rgb
from bot.sandbox.painter.subjects import PROPS, SUBJECTS, draw

_WHITE, _SNOW, _DOT = (255, 252, 246), (244, 247, 252), disc(0, 0, 1)
_STAR = trace("0,-1! 0.15,-0.15! 1,0! 0.15,0.15! 0,1! -0.15,0.15! -1,0! -0.15,-0.15!")
_PETAL = trace("0,-10! 7,-3 5,6 0,10! -5,6 -7,-3")
_GROWTHS = {  # what is on a hill, about 100 units high, with the waves of that hill and a tint of its own
    "pine": (trace("0,-100! 7,-76! 3,-80! 14,-55! 6,-58! 21,-34! 9,-37! 28,-12! 3,-13! 3,0! -3,0! -3,-13! -28,-12! "
                   "-9,-37! -21,-34! -6,-58! -14,-55! -3,-80! -7,-76!"), 1.2, None),
    "bush": (trace("-115,0! -106,-40 -70,-70 -28,-60 10,-98 60,-80 78,-46 110,-32 115,0!"), 0.9, None),
    "grass": (trace("-10,10! 25,-100! 10,10!"), 0.6, None),
    "cactus": (trace("-8,5! -8,-35 -32,-45 -32,-70 -20,-70 -18,-56 -8,-52 -7,-95 7,-95 8,-44 20,-50 20,-82 32,-82 "
                     "32,-45 8,-28 8,5!"), 0.9, (24, 80, 62)),
    "mesa": (trace("-130,4! -90,-40! -80,-100! 70,-100! 85,-60! 130,4!"), 0.9, None),
    "kelp": (trace("-7,4! -2,-18 -10,-38 -1,-58 -7,-80 2,-100! 3,-80 9,-58 0,-38 8,-18 5,4!"), 1.3, (20, 110, 100)),
    "coral": (trace("-30,4! -22,-30 -48,-52 -30,-70 -20,-52 -8,-96 12,-96 14,-54 48,-60 30,4!"), 1.3, (255, 130, 110)),
    "crater": (trace("-100,230 0,200 100,230 0,262"), 0.7, (0, 0, 10)),
    "foam": (capsule(-100, 100, 60, 4), 2.4, (255, 250, 240)),
    "rock": (trace("-60,60! 0,0 60,60!"), 4, None),
    "quay": (trace("-90,0! 90,0! 90,6! -90,6!"), 1, (255, 200, 150)),
}  # fmt: skip
# What lies below the sky, back to front. `peaks` and `towers` have a height (share of the mean side) and nearness; all
# others are hills: top and swing (shares of what is below the horizon), nearness, size and distance of what is on them.
_LAND = {
    "mountains": "peaks .3 .1, peaks .21 .3, lake, pine .36 .12 .66 .085 .42, grass .68 .06 .92 .013 .3",
    "forest": "peaks .2 .06, pine -.2 .1 .16 .09 .26, pine -.02 .1 .34 .15 .26, pine .26 .1 .55 .22 .26, "
              "grass .68 .06 .92 .013 .3",
    "meadow": "bush -.24 .1 .08 .012 3, bush -.08 .1 .24 .018 3, bush .14 .1 .44 .027 3, bush .4 .1 .66 .036 3, "
              "grass .68 .06 .92 .013 .3",
    "desert": "mesa .03 .05 .22 .1 3, cactus .12 .1 .36 .02 9, cactus .32 .14 .5 .03 12, cactus .5 .1 .66 .06 7, "
              "cactus .72 .12 .84 .12 4",
    "space": "crater .4 .07 .45 .012 9, crater .66 .07 .85 .024 8",
    "deep": "kelp .3 .07 .25 .16 .6, coral .51 .07 .55 .05 3, kelp .6 .07 .7 .12 .6, coral .73 .07 .9 .07 3",
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
        self.side, self.ground = dice.choice((-1, 1)), list[Point]()
        self.horizon = self.tall * {"sea": 0.56, "city": 0.74, "desert": 0.6}.get(brief.setting or "", 0.63)
        self.below = self.tall - self.horizon
        is_low = brief.mood in {"sunset", "dawn", "dusk", "neon"} and brief.setting != "city"
        height = (
            dice.uniform(0.26, 0.4)
            if not is_low
            else dice.uniform(0.66, 0.78)
            if brief.setting == "sea"
            else 0.56
        )
        shift = dice.uniform(0.0, 0.08) + (0.12 if self.wide < self.tall else 0.2)
        self.light: Point = (self.wide * (0.5 + self.side * shift), self.horizon * height)
        self.is_snowy = "snowfall" in brief.weather or brief.mood == "snow"

    def paint(self) -> None:
        """Paint the whole picture."""
        setting = self.brief.setting
        if setting is None:
            self._poster()
            return
        self._sky(setting)
        self._land(setting)
        accent, low = self.palette.accent, self.palette.low
        if setting == "forest":  # two tall pines at each edge
            for x, tall in ((-0.01, 0.0085), (0.08, 0.005), (0.94, 0.006), (1.02, 0.009)):
                foot = (self.wide * x, self.tall * 1.02)
                self.fill([placed(_GROWTHS["pine"][0], foot, self.mean * tall)], self.palette.near)
        elif setting == "meadow":
            for tone in (accent, lighten(accent, 0.5), mix(accent, low, 0.5)):
                self.strew(_DOT, 90, 0.0035, tone, top=0.91)
        subjects = list(enumerate(self.brief.subjects))[::-1]  # the first is painted last
        if setting == "sea" and any(SUBJECTS[name].place == "land" for _, (name, _) in subjects):
            self._land("island")
        for is_afloat in (True, False):
            for index, (name, own) in subjects:
                if (setting == "sea" and SUBJECTS[name].place == "water") is is_afloat:
                    self._place(index, name, own, is_afloat=is_afloat)
            if setting == "sea" and is_afloat:
                self._land("waves")
        self.weather()
        self.canvas.vignette(self.palette.near, 0.3)

    def weather(self) -> None:
        """Paint what is in the air in front of the land."""
        weather, low, accent = self.brief.weather, self.palette.low, self.palette.accent
        if "fireflies" in weather:
            self.strew(_DOT, 34, 0.011, (255, 214, 110), top=0.4, alpha=0.5, blur=0.006)
            self.strew(_DOT, 34, 0.002, (255, 240, 190), top=0.4)
        if "snowfall" in weather:
            for count, size, blur in ((160, 0.0016, 0), (90, 0.003, 0.0007), (26, 0.0062, 0.0014)):
                self.strew(_DOT, count, size, _WHITE, alpha=0.9 - blur * 230, blur=blur)
        if "rain" in weather:
            self.strew([(0, 0), (0.04, 0), (-0.2, 1)], 230, 0.04, lighten(low, 0.5), alpha=0.5)
        if "petals" in weather:
            for tone in (accent, lighten(accent, 0.35), mix(accent, low, 0.4)):
                self.strew(_PETAL, 16, 0.00065, tone, alpha=0.92, turn=3)
        if "birds" in weather or self.brief.mood in {"dawn", "day", "sunset"}:
            dice = self.brief.dice("birds")
            spot = (self.wide * dice.uniform(0.2, 0.7), self.horizon * dice.uniform(0.3, 0.45))
            draw(self.canvas, self.palette, PROPS["birds"], spot, self.mean * 0.15, low)

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
        self.strew(_DOT, 100, 0.0009, _WHITE, bottom=bottom, alpha=0.55)
        self.strew(_DOT, 70, 0.0011, _WHITE, bottom=bottom * 0.9, alpha=0.95)
        self.strew(_STAR, 5, 0.007, _WHITE, bottom=bottom * 0.6)

    def sun(self, x: float, y: float) -> None:
        """Paint the sun, or the moon where the hour or a word asks for it."""
        weather, mood, light = self.brief.weather, self.brief.mood, self.palette.light
        is_moon = "moon" in weather or (mood in {"night", "dusk", "space"} and "sun" not in weather)
        radius = self.mean * (0.062 if is_moon else 0.17 if mood == "neon" else 0.095)
        self.canvas.glow((x, y), radius * 7, light, alpha=0.5, fall=2.2)
        self.canvas.glow((x, y), radius * 3, light, alpha=0.45, fall=1.6)
        for reach, alpha in () if is_moon or mood == "neon" else ((1.55, 0.16), (1.25, 0.25)):
            self.fill([disc(x, y, radius * reach)], light, alpha=alpha)
        self.fill([disc(x, y, radius)], light, (255, 150, 110) if mood == "neon" else light)
        if is_moon:
            spots = ((-0.3, -0.25, 0.24), (0.32, 0.1, 0.17), (-0.1, 0.42, 0.14), (0.2, -0.48, 0.1))
            marks = [disc(x + dx * radius, y + dy * radius, size * radius) for dx, dy, size in spots]
            self.fill(marks, mix(light, self.palette.middle, 0.3), alpha=0.5)

    def _sky(self, setting: str) -> None:
        """Paint everything behind the land."""
        palette, mood, weather, mean = self.palette, self.brief.mood, self.brief.weather, self.mean
        tall = self.tall if setting in {"deep", "space"} else max(2, round(self.horizon))
        self.canvas.image.paste(palette.low, (0, 0, self.wide, self.tall))
        stops = [(0.0, palette.high), (0.53, palette.middle), (1.0, palette.low)]
        self.canvas.image.paste(column(stops, (self.wide, tall)), (0, 0))
        if setting == "deep":  # rays of light from above, and bubbles
            self.canvas.glow((self.light[0], 0), mean * 0.9, palette.light, alpha=0.55, fall=1.8)
            for index in range(7):
                x, foot = self.light[0] + mean * (index - 3) * 0.08, self.light[0] + mean * (index - 3) * 0.24
                ray = [(x, -9), (x + mean * 0.02, -9), (foot + mean * 0.11, self.tall), (foot, self.tall)]
                self.fill([ray], palette.light, alpha=0.1, blur=mean * 0.008)
            self.strew(_DOT, 50, 0.0035, palette.light, alpha=0.28)
            return
        if mood in {"night", "space"} or weather & {"stars", "aurora"}:
            self.stars(tall / self.tall)
        if "aurora" in weather:
            for top, tone in ((0.42, (90, 240, 170)), (0.5, (80, 200, 230)), (0.58, (190, 110, 240))):
                crest = self._wave(f"aurora{top}", self.horizon * top, self.horizon * 0.1, 1.1)
                veil = [*crest, *((x, y - self.horizon * 0.25) for x, y in reversed(crest))]
                self.fill([veil], tone, alpha=0.32, blur=mean * 0.02)
        if setting == "space":
            for tone, share in ((palette.low, 0.2), (palette.accent, 0.5), (palette.water, 0.8)):
                self.canvas.glow((self.wide * share, self.tall * 0.5), mean * 0.5, tone, alpha=0.34, fall=1.6)
            foot = (self.wide * (0.5 + self.side * 0.24), self.tall * 0.28 + mean * 0.28)
            draw(self.canvas, palette, PROPS["planet"], foot, mean * 0.56, palette.low)
        elif mood == "storm":
            foot = (self.wide * self.brief.dice("bolt").uniform(0.25, 0.75), self.horizon * 0.95)
            draw(self.canvas, palette, PROPS["bolt"], foot, self.horizon * 0.75, palette.low)
        else:
            self.sun(*self.light)
        if mood not in {"space", "neon"} or "clouds" in weather:
            self._clouds(is_heavy=mood == "storm")

    def _clouds(self, *, is_heavy: bool) -> None:
        """Paint flat bars with round ends, widest at the bottom, as on a woodblock print."""
        dice, palette = self.brief.dice("clouds"), self.palette
        count = 11 if is_heavy else 6 if "clouds" in self.brief.weather else dice.randint(3, 4)
        tone = mix(palette.high, palette.depth(0.5), 0.5) if is_heavy else lighten(palette.low, 0.35)
        for index in range(count):
            y = self.horizon * dice.uniform(0.08, 0.3 if is_heavy else 0.72)
            x = self.wide * ((index + dice.random()) / count * 1.2 - 0.1)
            reach, bars = self.mean * dice.uniform(0.07, 0.13) * (2 if is_heavy else 1), list[Outline]()
            thick = reach * 0.083
            for row in range(dice.randint(2, 4)):
                bars.append(capsule(x - reach, x + reach, y - row * thick * 1.93, thick))
                x += dice.uniform(-0.4, 0.4) * reach
                reach *= dice.uniform(0.45, 0.75)
            self.fill(bars, tone, alpha=0.5 if is_heavy else 0.3 if palette.is_dark else 0.62)

    def _land(self, setting: str) -> None:
        for layer in _LAND[setting].split(", "):
            kind, *measures = layer.split()
            if kind == "water" or (kind == "lake" and self.brief.dice(kind).random() < 0.6):
                self._water()
            elif kind == "lake":  # or a valley in its place
                self._hill("pine", 0.04, 0.07, 0.42, 0.05, 0.34)
            elif kind in {"peaks", "towers"}:
                (self._peaks if kind == "peaks" else self._towers)(*map(float, measures))
            else:
                self._hill(kind, *map(float, measures))

    def _wave(self, part: str, top: float, swing: float, waves: float) -> list[Point]:
        """Return a smooth line from edge to edge, and a little beyond."""
        dice = self.brief.dice(part)
        phase, second = dice.uniform(0, 6.3), dice.uniform(0, 6.3)
        run = [(step / 120, math.tau * waves * step / 120) for step in range(-3, 124)]
        lifts = [(x, math.sin(t + phase) * 0.7 + math.sin(t * 2.3 + second) * 0.3) for x, t in run]
        return [(self.wide * x, top + swing * lift) for x, lift in lifts]

    def _foot(self, crest: list[Point], x: float) -> float:
        """Return how low a line of `_wave` is at `x`."""
        return crest[min(len(crest) - 1, max(0, round(x / self.wide * 120) + 3))][1]

    def _hill(self, kind: str, top: float, swing: float, near: float, size: float, gap: float) -> None:
        """Paint a hill, or a wave of the sea, down to the foot of the picture, and what is on it; see `_LAND`."""
        palette, dice, (outline, waves, tint) = self.palette, self.brief.dice(f"{kind}{near}"), _GROWTHS[kind]
        crest = self._wave(f"hill{near}", self.horizon + self.below * top, self.below * swing, waves)
        if kind == "rock":  # an island under the subject
            middle, reach = self.wide * (0.5 - self.side * 0.22), self.mean * 0.3
            crest = [(x, y + (abs(x - middle) / reach) ** 2.2 * self.mean * 0.06) for x, y in crest]
        own = mix(palette.water, palette.near, near * 0.7) if kind == "foam" else palette.depth(near)
        is_snowy = self.is_snowy and kind not in {"foam", "rock", "quay"}
        tone = mix(own, _SNOW, 0.72 - 0.25 * palette.dim) if is_snowy else own
        bottom = mix(tone, palette.low, 0.4) if near < 0.7 and kind != "foam" else mix(tone, (6, 6, 16), 0.25)
        self.fill([[*crest, (self.wide + 9, self.tall + 9), (-9, self.tall + 9)]], tone, bottom)
        if kind != "foam":
            self.ground = crest
        size, copies = size * self.mean, list[Outline]()
        x, lean = size * dice.uniform(-1, gap), 0.5 if kind == "grass" else 0.0
        while x < self.wide + size:
            scale, y = size * dice.uniform(0.0055, 0.0125), self._foot(crest, x)
            copies.append(placed(outline, (x, y + size * 0.08), scale, dice.uniform(-lean, lean)))
            x += size * gap * dice.uniform(0.5, 1.9)
        own = mix(own, tint, 0.45) if tint else mix(own, _SNOW, 0.4) if is_snowy and kind == "grass" else own
        self.fill(copies, own, mix(own, palette.low, 0.3 * (1 - near)))

    def _peaks(self, tall: float, near: float) -> None:
        """Paint a range of faceted peaks; the side to the light is brighter, snow lies on the high ones."""
        dice, palette, foot = self.brief.dice(f"peaks{near}"), self.palette, self.horizon + 2
        tone, count = palette.depth(near), 2 if tall == 0.1 else round(2.2 * self.wide / self.mean) + 3
        lit, snow = mix(tone, palette.light, 0.2), mix(palette.light, palette.far, palette.dim * 0.6)
        places = [(index + dice.uniform(0.2, 0.8)) / count * 1.16 - 0.08 for index in range(count)]
        for size, place in sorted(((dice.uniform(0.5, 1.0), place) for place in places), reverse=True):
            x, high, edges = place * self.wide, self.mean * tall * size, list[list[Point]]()
            turns = ((-1.3, 0.035), (dice.uniform(1.1, 1.5), 0.035), (dice.uniform(-0.1, 0.3), 0.09))
            for reach, wander in turns:
                jags = [(step / 9, dice.uniform(-wander, wander) * (0 < step < 9)) for step in range(10)]
                run = [(reach * share**0.93 + jag, share - 1) for share, jag in jags]
                edges.append(placed(run, (x, foot), high))
            left, right, spine = edges
            self.fill([left[::-1] + right], tone, mix(tone, palette.low, 0.5))
            self.fill([left[::-1] + spine], lit, mix(lit, palette.low, 0.5))
            if size < 0.62 or self.brief.mood in {"desert", "mist", "neon"}:
                continue
            for edge, shade in ((left, snow), (right, mix(snow, tone, 0.3))):  # with a rim of three teeth
                (ax, ay), (bx, by) = edge[3], spine[3]
                teeth = ((0, 0.12), (0.22, 0), (0.4, 0.12), (0.58, 0), (0.78, 0.12))
                rim = [(bx + (ax - bx) * part, by + (ay - by) * part - high * tooth) for part, tooth in teeth]
                self.fill([[*spine[:3], *rim, *edge[3:0:-1]]], shade)

    def _water(self) -> None:
        """Fill what is below the horizon with what is above it, turned over, darkened and broken into ripples."""
        palette, mean, line, dice = self.palette, self.mean, round(self.horizon), self.brief.dice("water")
        tall, y, bars = self.tall - line, 0, list[Outline]()
        above = ImageOps.flip(self.canvas.image.crop((0, max(0, line - round(tall * 1.4)), self.wide, line)))
        ends = [(0.0, mix(palette.water, palette.low, 0.5)), (1.0, mix(palette.water, palette.near, 0.5))]
        surface = Image.blend(
            resized(above, (self.wide, tall), Image.Resampling.BILINEAR),
            column(ends, (self.wide, tall)),
            0.55,
        )
        while y < tall:
            deep = max(2, round(mean * (0.0015 + 0.006 * y / tall)))
            row = surface.crop((0, y, self.wide, min(y + deep, tall)))
            for shift in (0, round(math.sin(y * 0.9) * mean * (0.002 + 0.01 * y / tall))):
                self.canvas.image.paste(row, (shift, line + y))
            y += deep
        for index in range(72):  # a path of light, and glints anywhere
            share = dice.random()
            x = self.light[0] + mean * dice.uniform(-0.03, 0.03) if index < 26 else self.wide * dice.random()
            reach = mean * (0.01 + 0.06 * share) * dice.uniform(0.35, 1.0)
            y, thick = line + tall * share * 0.95, mean * (0.0007 + 0.0014 * share)
            bars.append(capsule(x - reach, x + reach, y, thick))
        self.fill(bars[:26], palette.light, alpha=0.62)
        self.fill(bars[26:], lighten(palette.low, 0.3), alpha=0.4)

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

    def _poster(self) -> None:
        """Paint quarter circles, rings and bars on tiles: for prompts no word of which is known."""
        dice, across = self.brief.dice("poster"), max(3, round(4.6 * self.wide / self.mean))
        inks, side = [self.palette.accent, *self.palette[:6]], math.ceil(self.wide / across)
        for index in range(across * math.ceil(self.tall / side)):
            (back, front, third), kind = dice.sample(inks, 3), dice.randrange(5)
            tile, middle = Canvas(Image.new("RGB", (side, side), back)), side / 2
            corner = (middle, middle) if kind == 2 else (side * dice.randrange(2), side * dice.randrange(2))
            reaches = (0.39, 0.18) if kind == 2 else (1.0, 0.66, 0.33)[: 3 if kind else 1]
            for step, reach in enumerate(reaches if kind != 3 else ()):
                tile.fill([disc(*corner, side * reach)], third if step == 1 else front)
            if kind == 3:
                tile.fill([capsule(0, side, side * y, side / 16) for y in (0.06, 0.31, 0.56, 0.81)], front)
            self.canvas.image.paste(tile.image, (index % across * side, index // across * side))

    def _place(self, index: int, name: str, own: Rgb | None, *, is_afloat: bool) -> None:
        """Paint a subject where it belongs. Without a sea what floats flies: a whale over a city is worth seeing."""
        subject, (offset, scale) = SUBJECTS[name], _SPOTS[index]
        if len(self.brief.subjects) == 1 and name in {"balloon", "flower", "train"}:
            offset *= 0.35
        x = self.wide * (0.5 + self.side * offset * (0.55 + 0.45 * min(1.0, self.wide / self.tall)))
        tall = min(self.mean * subject.size * scale, self.wide * 0.62, self.tall * 0.52)
        y = self.horizon * 0.52 + tall * 0.5
        if is_afloat:
            y = self.horizon + self.below * 0.44 + tall * (0.34 if name == "whale" else 0.06)
        elif subject.place == "land":
            y = self._foot(self.ground, x) + tall * 0.05
        elif self.brief.setting == "deep":
            y = self.tall * (0.5 - 0.1 * index) + tall * 0.5
        self.subject(name, own, (x, y), tall, flip=self.side < 0)

    def subject(self, name: str, own: Rgb | None, foot: Point, tall: float, *, flip: bool = False) -> None:
        """Paint a subject in a glow that lifts it from what is behind, and with a shadow where it stands."""
        subject, palette, (x, y) = SUBJECTS[name], self.palette, foot
        light, alpha = palette.light, 0.22
        if subject.place == "land":
            shadow = disc(x, y, tall * 0.46, tall * 0.045)
            self.fill([shadow], darken(palette.near, 0.6), alpha=0.45, blur=tall * 0.012)
            light, alpha = (palette.low, 0.42) if palette.is_dark else (light, alpha)
        self.canvas.glow((x, y - tall * 0.5), tall * 0.9, light, alpha=alpha)
        draw(self.canvas, palette, subject.drawing, foot, tall, own or rgb(subject.colour), flip=flip)
