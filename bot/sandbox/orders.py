"""Picture requests to the offline provider, checked as the AIML API and BytePlus check them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from bot.domain.sizes import Resolution, Size, SizeLimits, fit_size

SANDBOX_MODELS = ("bytedance/seedream-4-5", "seedream-4-5-251128")
# The limits of the sides are the AIML API's; those of area and ratio are BytePlus's.
LIMITS = SizeLimits(min_side=1440, max_side=4096, min_pixels=3_686_400, max_pixels=16_777_216, max_ratio=16)
_DEFAULT_SIZE = Size(2048, 2048)
# With "2K" and "4K" the model chooses the aspect ratio by the prompt; the first hint that matches decides.
_HINTS = (
    (re.compile(r"\b(panorama|panoramic|cinematic|widescreen|banner)\b", re.IGNORECASE), 16 / 9),
    (re.compile(r"\b(portrait|poster|tall|tower|upright|vertical|phone wallpaper)\b", re.IGNORECASE), 3 / 4),
    (re.compile(r"\b(landscape|wide|horizon|skyline|horizontal)\b", re.IGNORECASE), 4 / 3),
)
_DATA_URI = re.compile(r"data:image/[a-z+.-]+;base64,")

_Side = Annotated[int, msgspec.Meta(ge=LIMITS.min_side, le=LIMITS.max_side)]


class InvalidOrderError(Exception):
    """The body of a call is invalid; the message is the one the API would send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCall:
    """One valid picture call. `references` are the bytes of picture files, at most 14."""

    model: str
    prompt: str
    size: Size
    references: tuple[bytes, ...]
    seed: int | None
    is_url_wanted: bool


class _ImageSize(msgspec.Struct):
    width: _Side = 2048
    height: _Side = 2048


class _Body(msgspec.Struct):
    model: str
    prompt: Annotated[str, msgspec.Meta(min_length=1)]
    image_urls: Annotated[list[str], msgspec.Meta(min_length=1, max_length=14)] | None = None
    image_size: _ImageSize | Literal["2K", "4K"] | None = None
    response_format: Literal["url", "b64_json"] = "url"
    seed: int | None = None
    watermark: bool = False


def parse(raw: bytes) -> ImageCall:
    """Read the JSON of a picture call. Raises `InvalidOrderError`."""
    try:
        body = msgspec.json.decode(raw, type=_Body)
    except msgspec.DecodeError as wrong:  # its subclass ValidationError included
        raise InvalidOrderError(f"Body validation error: {wrong}") from wrong
    if body.model not in SANDBOX_MODELS:
        raise InvalidOrderError(
            f"Body validation error: unknown model, expected one of {', '.join(SANDBOX_MODELS)}"
        )
    return ImageCall(
        model=body.model,
        prompt=body.prompt,
        size=_size(body.image_size, body.prompt),
        references=tuple(picture_in(url) for url in body.image_urls or ()),
        seed=body.seed,
        is_url_wanted=body.response_format == "url",
    )


def _size(wanted: _ImageSize | str | None, prompt: str) -> Size:
    if wanted is None:
        return _DEFAULT_SIZE
    if isinstance(wanted, str):
        ratio = next((ratio for hint, ratio in _HINTS if hint.search(prompt)), 1.0)
        return fit_size(ratio, Resolution(wanted), LIMITS)
    size = Size(wanted.width, wanted.height)
    if size.pixels < LIMITS.min_pixels:
        raise InvalidOrderError(f"image size must be at least {LIMITS.min_pixels} pixels")
    if not LIMITS.allows(size):
        raise InvalidOrderError(f"image size must be at most {LIMITS.max_pixels} pixels")
    return size


def picture_in(url: str) -> bytes:
    """Return the bytes in a data URI. The real API also fetches URLs; offline there is nothing to fetch.

    Raises `InvalidOrderError`.
    """
    head = _DATA_URI.match(url)
    if head is None:
        raise InvalidOrderError("invalid url specified")
    try:
        return base64.b64decode(url[head.end() :], validate=True)
    except binascii.Error as wrong:
        raise InvalidOrderError("invalid base64 in image_urls") from wrong
