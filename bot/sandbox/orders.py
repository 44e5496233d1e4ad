"""Picture requests to the offline provider, checked as the AIML API and BytePlus check them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from bot.domain.sizes import Resolution, Size, SizeLimits, fit_size

# The limits of the sides are the AIML API's; those of area and ratio are BytePlus's.
_LIMITS = SizeLimits(min_side=1440, max_side=4096, min_pixels=3_686_400, max_pixels=16_777_216, max_ratio=16)
_OF_4 = SizeLimits(min_side=1024, max_side=4096, min_pixels=1, max_pixels=16_777_216, max_ratio=4)
_OF_PRO = SizeLimits(
    min_side=1024, max_side=2752, min_pixels=1, max_pixels=2752 * 1536, max_ratio=2752 / 1024
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxModel:
    """What the API takes for a model, kept apart from Easel's catalogue so that a wrong row of it shows.

    Without `names` of sizes it is one of version 4, which answers by an address alone.
    """

    limits: SizeLimits = _LIMITS
    names: frozenset[str] = frozenset({"2K", "4K"})
    references: range = range(15)
    credits: int = 84_000  # for a picture


SANDBOX_MODELS = {
    "bytedance/seedream-4-5": SandboxModel(),
    "seedream-4-5-251128": SandboxModel(),
    "bytedance/seedream-v4-text-to-image": SandboxModel(
        limits=_OF_4, names=frozenset(), references=range(1), credits=63_000
    ),
    "bytedance/seedream-v4-edit": SandboxModel(
        limits=_OF_4, names=frozenset(), references=range(1, 11), credits=63_000
    ),
    "bytedance/seedream-5-0-lite-preview": SandboxModel(credits=91_000),
    "bytedance/seedream-5-0-pro": SandboxModel(limits=_OF_PRO, names=frozenset({"2K"}), credits=120_000),
    "bytedance/dola-seedream-5-0-pro": SandboxModel(limits=_OF_PRO, names=frozenset({"2K"}), credits=120_000),
}
VIDEO_CREDITS_A_SECOND = {
    "minimax/hailuo-02": 145_600,
    "minimax/hailuo-2.3": 122_000,
    "minimax/hailuo-2.3-fast": 84_000,
}
_DEFAULT_SIZE = Size(2048, 2048)
# With "2K" and "4K" the model chooses the aspect ratio by the prompt; the first hint that matches decides.
_HINTS = (
    (re.compile(r"\b(panorama|panoramic|cinematic|widescreen|banner)\b", re.IGNORECASE), 16 / 9),
    (re.compile(r"\b(portrait|poster|tall|tower|upright|vertical|phone wallpaper)\b", re.IGNORECASE), 3 / 4),
    (re.compile(r"\b(landscape|wide|horizon|skyline|horizontal)\b", re.IGNORECASE), 4 / 3),
)
_DATA_URI = re.compile(r"data:image/[a-z+.-]+;base64,")

_Side = Annotated[int, msgspec.Meta(ge=_OF_4.min_side, le=_OF_4.max_side)]


class InvalidOrderError(Exception):
    """The body of a call is invalid; the message is the one the API would send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCall:
    """One valid picture call. `references` are the bytes of picture files, as many as the model takes."""

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
    image_urls: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    image_size: _ImageSize | Literal["2K", "4K"] | None = None
    response_format: Literal["url", "b64_json"] = "url"
    num_images: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    seed: int | None = None
    watermark: bool = False


def parse(raw: bytes) -> ImageCall:
    """Read the JSON of a picture call. Raises `InvalidOrderError`."""
    try:
        body = msgspec.json.decode(raw, type=_Body)
    except msgspec.DecodeError as wrong:  # its subclass ValidationError included
        raise InvalidOrderError(f"Body validation error: {wrong}") from wrong
    model = SANDBOX_MODELS.get(body.model)
    if model is None:
        raise InvalidOrderError(
            f"Body validation error: unknown model, expected one of {', '.join(SANDBOX_MODELS)}"
        )
    if len(body.image_urls or ()) not in model.references:
        raise InvalidOrderError(f"Body validation error: {len(body.image_urls or ())} items in image_urls")
    return ImageCall(
        model=body.model,
        prompt=body.prompt,
        size=_size(body.image_size, body.prompt, model),
        references=tuple(picture_in(url) for url in body.image_urls or ()),
        seed=body.seed,
        is_url_wanted=body.response_format == "url" or not model.names,
    )


def _size(wanted: _ImageSize | str | None, prompt: str, model: SandboxModel) -> Size:
    if wanted is None:
        return _DEFAULT_SIZE
    if isinstance(wanted, str):
        if wanted not in model.names:
            raise InvalidOrderError(f"Body validation error: image_size {wanted}")
        ratio = next((ratio for hint, ratio in _HINTS if hint.search(prompt)), 1.0)
        return fit_size(ratio, Resolution(wanted), model.limits)
    size = Size(wanted.width, wanted.height)
    limits = model.limits
    if size.pixels < limits.min_pixels:
        raise InvalidOrderError(f"image size must be at least {limits.min_pixels} pixels")
    if not limits.allows(size):
        raise InvalidOrderError(f"image size must be at most {limits.max_pixels} pixels")
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
