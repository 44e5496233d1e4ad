"""Picture sizes: the options of a command, and the pixels that a model's limits allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    """Width : height, or the model's choice. The value is stored, and shown except for AUTO."""

    SQUARE = "1:1"
    LANDSCAPE_4_3 = "4:3"
    PORTRAIT_3_4 = "3:4"
    LANDSCAPE_3_2 = "3:2"
    PORTRAIT_2_3 = "2:3"
    WIDE_16_9 = "16:9"
    TALL_9_16 = "9:16"
    CINEMA_21_9 = "21:9"
    BANNER_9_21 = "9:21"
    AUTO = "auto"

    @property
    def ratio(self) -> float | None:
        """Width / height; None where the model chooses the shape."""
        if self is Aspect.AUTO:
            return None
        width, height = self.value.split(":")
        return int(width) / int(height)


def nearest_aspect(ratio: float) -> Aspect:
    """Return the aspect that is closest to width / height."""
    known = {aspect: one for aspect in Aspect if (one := aspect.ratio) is not None}
    return min(known, key=lambda aspect: abs(math.log(known[aspect] / ratio)))


class Resolution(StrEnum):
    """The two classes of Seedream 4.5: about 4 and about 16 megapixels."""

    TWO_K = "2K"
    FOUR_K = "4K"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def ratio(self) -> float:
        return self.width / self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """The limits of a model: sides and area in pixels, and the largest ratio of the longer to the shorter side."""

    min_side: int
    max_side: int
    min_pixels: int
    max_pixels: int
    max_ratio: float

    def allows(self, size: Size) -> bool:
        """Return whether the model accepts `size`."""
        ratio = max(size.ratio, 1 / size.ratio)
        return (
            self.min_side <= min(size.width, size.height)
            and max(size.width, size.height) <= self.max_side
            and self.min_pixels <= size.pixels <= self.max_pixels
            and ratio <= self.max_ratio
        )


TARGET_PIXELS = {Resolution.TWO_K: 2048 * 2048, Resolution.FOUR_K: 4096 * 4096}
STEP = 16  # sides are kept to multiples of 16, as in the tables the model's makers publish


def fit_size(ratio: float, resolution: Resolution, limits: SizeLimits) -> Size:
    """Return the size of about `resolution`'s area whose ratio is as near to `ratio` as `limits` allow.

    `ratio` is width / height, in pixels of any picture; an extreme one is pulled to the nearest
    ratio for which a valid size exists, so this never fails.
    """
    widest = min(limits.max_side / limits.min_side, limits.max_ratio)
    ratio = min(max(ratio, 1 / widest), widest)
    if ratio < 1:
        tall = fit_size(1 / ratio, resolution, limits)
        return Size(tall.height, tall.width)
    pixels = min(max(TARGET_PIXELS[resolution], limits.min_pixels), limits.max_pixels)
    width = min(math.sqrt(pixels * ratio), limits.max_side)
    height = width / ratio
    if height < limits.min_side:
        height = float(limits.min_side)
        width = min(height * ratio, limits.max_side)
    return _snap(width, height, limits)


def _snap(width: float, height: float, limits: SizeLimits) -> Size:
    """Round to STEP, then change the long side in steps until the area is inside the limits."""
    size = Size(_round(width, limits), _round(height, limits))
    while size.pixels < limits.min_pixels and size.width + STEP <= limits.max_side:
        size = Size(size.width + STEP, size.height)
    while size.pixels > limits.max_pixels and size.width - STEP >= limits.min_side:
        size = Size(size.width - STEP, size.height)
    return size


def _round(side: float, limits: SizeLimits) -> int:
    return min(max(round(side / STEP) * STEP, limits.min_side), limits.max_side)
