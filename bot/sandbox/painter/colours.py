"""Colours as 8-bit RGB triples, and the words people use for them."""

from __future__ import annotations

import colorsys

Rgb = tuple[int, int, int]


def rgb(code: str) -> Rgb:
    """`#rrggbb` → triple."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """`share` 0 is `a`, 1 is `b`."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def lighten(colour: Rgb, share: float) -> Rgb:
    return mix(colour, (255, 250, 240), share)


def darken(colour: Rgb, share: float) -> Rgb:
    return mix(colour, (12, 12, 28), share)


def lightness(colour: Rgb) -> float:
    """Perceived lightness, 0–1 (Rec. 601 luma)."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def wear(colour: Rgb, hue_of: Rgb, share: float) -> Rgb:
    """Pull `colour` to the hue of another and keep its own lightness, so that a scene stays readable."""
    hue, _, saturation = colorsys.rgb_to_hls(*(part / 255 for part in hue_of))
    _, light, own = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    red, green, blue = colorsys.hls_to_rgb(hue, light, min(1.0, (saturation * 2 + own) / 3))
    return mix(colour, (round(red * 255), round(green * 255), round(blue * 255)), share)


NAMED = {
    name: rgb(code)
    for name, code in {
        "red": "#d63a35",
        "crimson": "#b3202f",
        "scarlet": "#e0372b",
        "orange": "#ee7b30",
        "amber": "#f2a73b",
        "gold": "#e8b23f",
        "golden": "#e8b23f",
        "yellow": "#f5cc45",
        "lime": "#9fcf45",
        "green": "#3f9d5c",
        "emerald": "#1f9e74",
        "mint": "#8fd6b5",
        "teal": "#1d8a8a",
        "turquoise": "#35bdb4",
        "cyan": "#3fc1d9",
        "blue": "#2f6fd0",
        "navy": "#24407f",
        "indigo": "#4a3fa8",
        "purple": "#7b46b3",
        "violet": "#8a55cc",
        "lavender": "#b59be0",
        "magenta": "#cf3f9b",
        "pink": "#ef86a8",
        "rose": "#e0637f",
        "coral": "#f4745f",
        "brown": "#8a5636",
        "copper": "#b86b3f",
        "beige": "#dcc7a1",
        "white": "#f4f1ea",
        "silver": "#b9c1c9",
        "grey": "#858d96",
        "gray": "#858d96",
        "black": "#23242c",
    }.items()
}
