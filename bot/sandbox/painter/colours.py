"""Colours as 8-bit RGB triples, the words people use for them, and the light a scene may be in."""

from __future__ import annotations

import colorsys
from typing import NamedTuple

Rgb = tuple[int, int, int]


def rgb(code: str) -> Rgb:
    """Read `#rrggbb`."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """Return the colour between two: `share` 0 is `a`, 1 is `b`."""
    red, green, blue = a
    return (
        round(red + (b[0] - red) * share),
        round(green + (b[1] - green) * share),
        round(blue + (b[2] - blue) * share),
    )


def lighten(colour: Rgb, share: float) -> Rgb:
    """Mix with a warm white."""
    return mix(colour, (255, 250, 240), share)


def darken(colour: Rgb, share: float) -> Rgb:
    """Mix with a deep blue, nearly black."""
    return mix(colour, (12, 12, 28), share)


def wear(colour: Rgb, hue_of: Rgb, share: float) -> Rgb:
    """Pull `colour` to the hue of another and keep its own lightness, so that a scene stays readable."""
    hue, _, saturation = colorsys.rgb_to_hls(*(part / 255 for part in hue_of))
    _, light, own = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    red, green, blue = colorsys.hls_to_rgb(hue, light, min(1.0, (saturation * 2 + own) / 3))
    return mix(colour, (round(red * 255), round(green * 255), round(blue * 255)), share)


class Palette(NamedTuple):
    """The light a scene is in. `far` is land at the horizon, `near` at our feet; layers between are mixed from the two.

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
    dim: float
    is_dark: bool

    def depth(self, near: float) -> Rgb:
        """Return the colour of land, 0 at the horizon and 1 in front."""
        return mix(self.far, self.near, near)

    def lit(self, colour: Rgb) -> Rgb:
        """Return a subject's own colour as this light shows it."""
        return mix(colour, mix(self.near, self.middle, 0.35), self.dim)


_CODES = (
    "red#d63a35 crimson#b3202f orange#ee7b30 gold#e8b23f golden#e8b23f yellow#f5cc45 lime#9fcf45 green#3f9d5c "
    "teal#1d8a8a turquoise#35bdb4 blue#2f6fd0 navy#24407f indigo#4a3fa8 purple#7b46b3 violet#8a55cc lavender#b59be0 "
    "magenta#cf3f9b pink#ef86a8 coral#f4745f brown#8a5636 white#f4f1ea grey#858d96 gray#858d96 black#23242c"
)
NAMED = {name: rgb(f"#{code}") for name, code in (pair.split("#") for pair in _CODES.split())}


def _palette(codes: str, dim: float = 0.0, *, dark: bool = False) -> Palette:
    high, middle, low, light, far, near, water, accent = (rgb(code) for code in codes.split())
    return Palette(high, middle, low, light, far, near, water, accent, dim, dark)


PALETTES = {  # one for each mood: high middle low light far near water accent
    "dawn": _palette("#3d5a93 #d99aa6 #ffdcae #fff1d0 #d9a9ae #27304f #7f8db0 #f2765f", 0.1),
    "day": _palette("#3a8fc2 #8ccbe0 #f6f1d4 #fffadf #a3cdd0 #16505a #3f97b0 #ea5b34"),
    "sunset": _palette("#43235f #c94a63 #ffb35c #ffe7a8 #c9606a #211338 #7d3a6b #ffc857", 0.16),
    "dusk": _palette("#141c48 #5a4a8f #e58f8c #ffe3c0 #6f5a93 #14132f #3a3a78 #ff8f6b", 0.15, dark=True),
    "night": _palette("#060d2b #15306b #4a7fae #f8f0d2 #3d6796 #060c22 #1b3c70 #ffcd66", 0.24, dark=True),
    "storm": _palette("#1a2631 #435767 #aab8b4 #e9efe2 #7d9197 #10191f #3a505c #f4d35e", 0.26, dark=True),
    "snow": _palette("#7fa9cc #bcd7e6 #fbeee0 #fffaf0 #b4cde0 #2f5272 #8fb6cf #db4a52", 0.05),
    "desert": _palette("#2b87a3 #f2c998 #fde6bd #fff6dc #e9ad72 #75301f #4aa3a8 #1f7a80", 0.04),
    "mist": _palette("#8fb0a8 #c3d6c4 #f0ecd2 #fffbe8 #a9c4b0 #10332f #7fa79f #e8703f", 0.08),
    "autumn": _palette("#6fa9ad #f3d3a2 #fdeccb #fff6dd #e0a766 #5a2019 #8fa39a #d8432f", 0.06),
    "space": _palette("#04040f #170f3d #4d2577 #fff0d8 #5a3a86 #0b0719 #2a1c5c #ff8fb1", 0.08, dark=True),
    "deep": _palette("#4cc3cf #1282a4 #083a63 #e8fff5 #1b86a3 #04233f #0c5f86 #ff9a5a", 0.14, dark=True),
}


def steered(palette: Palette, colours: list[Rgb]) -> Palette:
    """Pull a palette towards the colours of a prompt: the first rules the air, the last the accents."""
    if not colours:
        return palette
    lead, last = colours[0], colours[-1]
    worn = {part: wear(getattr(palette, part), lead, 0.72) for part in ("high", "middle", "far", "water")}
    low = wear(palette.low, lighten(lead, 0.3) if last == lead else last, 0.55)
    return palette._replace(**worn, low=low, near=wear(palette.near, darken(lead, 0.4), 0.75), accent=last)
