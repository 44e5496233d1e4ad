"""Making a picture smaller until it fits: first a lower quality, then fewer pixels."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from PIL import Image

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.imaging.container import Format

MIN_FITTED_BYTES = 20_000  # what is smaller than this is no picture worth delivering
MAX_SIDE = 16_383  # WebP's limit, below JPEG's

_QUALITIES = (60, 68, 76, 82, 88, 92, 95)
_SHRUNK_QUALITY = 82
_WEBP_METHOD = 1  # 4096²: about a third of the default's time for a tenth more bytes
# An estimate of the scale can be wrong; each step still shrinks enough that the loop ends soon.
_MIN_SHRINK, _MAX_SHRINK, _MARGIN = 0.1, 0.85, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The encoded copy and its size in pixels."""

    data: bytes
    format: Format
    size: Size


def fit(image: Image.Image, max_bytes: int) -> Fitted:
    """JPEG, or WebP where there is transparency, of at most `max_bytes`. Raises `PictureError`: TOO_MANY_BYTES.

    At most three encodes look for the best quality at full size; then the picture shrinks by the square
    root of what it is over, by 15 % at least, until it fits.
    `image` is used up.
    """
    if max_bytes < MIN_FITTED_BYTES:
        raise PictureError(PictureProblem.TOO_MANY_BYTES, detail=f"a limit of {max_bytes} bytes")
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    best = _best_quality(image, max_bytes)
    over = encode(image, _QUALITIES[0]) if best is None else b""
    while best is None:
        shrink = min(max(math.sqrt(max_bytes / len(over)) * _MARGIN, _MIN_SHRINK), _MAX_SHRINK)
        image.thumbnail((image.width * shrink, image.height * shrink), Image.Resampling.LANCZOS)
        data = encode(image, _SHRUNK_QUALITY)
        best, over = (data, b"") if len(data) <= max_bytes else (None, data)
    return Fitted(data=best, format=_format(image), size=Size(*image.size))


def _best_quality(image: Image.Image, max_bytes: int) -> bytes | None:
    """The largest file of `_QUALITIES` that fits, by bisection; None where even the lowest does not."""
    best: bytes | None = None
    low, high = 0, len(_QUALITIES)
    while low < high:
        middle = (low + high) // 2
        data = encode(image, _QUALITIES[middle])
        if len(data) <= max_bytes:
            best, low = data, middle + 1
        else:
            high = middle
    return best


def _format(image: Image.Image) -> Format:
    return Format.WEBP if image.mode == "RGBA" else Format.JPEG


def encode(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    if _format(image) is Format.WEBP:
        image.save(out, "WEBP", quality=quality, method=_WEBP_METHOD)
    else:
        image.save(out, "JPEG", quality=quality, progressive=False)
    return out.getvalue()
