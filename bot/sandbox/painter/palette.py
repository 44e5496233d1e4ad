"""What light a scene is in: the colours of sky, haze, land and water for each mood."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.sandbox.painter.colours import Rgb, darken, lighten, mix, rgb, wear


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """`far` is land at the horizon, `near` at our feet; layers between are mixed from the two.

    `dim` (0–1) is how much of its own colour a subject loses to the ambient light.
    """

    high: Rgb
    middle: Rgb
    low: Rgb
    light: Rgb
    far: Rgb
    near: Rgb
    water: Rgb
    accent: Rgb
    dim: float = 0.0
    is_dark: bool = False

    def depth(self, nearness: float) -> Rgb:
        """The colour of land, 0 at the horizon and 1 in front."""
        return mix(self.far, self.near, nearness)

    def lit(self, colour: Rgb) -> Rgb:
        """A subject's own colour as this light shows it."""
        return mix(colour, mix(self.near, self.middle, 0.35), self.dim)


def _palette(colours: str, *, dim: float = 0.0, is_dark: bool = False) -> Palette:
    high, middle, low, light, far, near, water, accent = (rgb(code) for code in colours.split())
    return Palette(
        high=high,
        middle=middle,
        low=low,
        light=light,
        far=far,
        near=near,
        water=water,
        accent=accent,
        dim=dim,
        is_dark=is_dark,
    )


# high middle low light far near water accent
PALETTES = {
    "dawn": _palette("#3d5a93 #d99aa6 #ffdcae #fff1d0 #d9a9ae #27304f #7f8db0 #f2765f", dim=0.1),
    "day": _palette("#3a8fc2 #8ccbe0 #f6f1d4 #fffadf #a3cdd0 #16505a #3f97b0 #ea5b34"),
    "sunset": _palette("#43235f #c94a63 #ffb35c #ffe7a8 #c9606a #211338 #7d3a6b #ffc857", dim=0.16),
    "dusk": _palette(
        "#141c48 #5a4a8f #e58f8c #ffe3c0 #6f5a93 #14132f #3a3a78 #ff8f6b", dim=0.15, is_dark=True
    ),
    "night": _palette(
        "#060d2b #15306b #4a7fae #f8f0d2 #3d6796 #060c22 #1b3c70 #ffcd66", dim=0.24, is_dark=True
    ),
    "storm": _palette(
        "#1a2631 #435767 #aab8b4 #e9efe2 #7d9197 #10191f #3a505c #f4d35e", dim=0.26, is_dark=True
    ),
    "snow": _palette("#7fa9cc #bcd7e6 #fbeee0 #fffaf0 #b4cde0 #2f5272 #8fb6cf #db4a52", dim=0.05),
    "desert": _palette("#2b87a3 #f2c998 #fde6bd #fff6dc #e9ad72 #75301f #4aa3a8 #1f7a80", dim=0.04),
    "mist": _palette("#8fb0a8 #c3d6c4 #f0ecd2 #fffbe8 #a9c4b0 #10332f #7fa79f #e8703f", dim=0.08),
    "autumn": _palette("#6fa9ad #f3d3a2 #fdeccb #fff6dd #e0a766 #5a2019 #8fa39a #d8432f", dim=0.06),
    "spring": _palette("#5fa8cf #b5dbe2 #fdebe4 #fffaf0 #b7d3b4 #2b5a4a #6fb3c2 #f08fae"),
    "space": _palette(
        "#04040f #170f3d #4d2577 #fff0d8 #5a3a86 #0b0719 #2a1c5c #ff8fb1", dim=0.08, is_dark=True
    ),
    "deep": _palette(
        "#4cc3cf #1282a4 #083a63 #e8fff5 #1b86a3 #04233f #0c5f86 #ff9a5a", dim=0.14, is_dark=True
    ),
    "neon": _palette(
        "#0d0630 #5a1a86 #ff5fa2 #ffe6f2 #6a2f9a #0c0524 #3a1a72 #2ff3e0", dim=0.1, is_dark=True
    ),
}


def steer(palette: Palette, colours: tuple[Rgb, ...]) -> Palette:
    """Pull a palette towards the colours of a prompt: the first rules the air, the second the accents."""
    if not colours:
        return palette
    lead, second = colours[0], colours[-1]
    return replace(
        palette,
        high=wear(palette.high, lead, 0.7),
        middle=wear(palette.middle, lead, 0.75),
        low=wear(palette.low, second if len(colours) > 1 else lighten(lead, 0.3), 0.55),
        far=wear(palette.far, lead, 0.75),
        near=wear(palette.near, darken(lead, 0.4), 0.75),
        water=wear(palette.water, lead, 0.7),
        accent=second,
    )
