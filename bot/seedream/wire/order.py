"""`POST /v1/images/generations`: orders checked, and written as JSON."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from bot.domain.jobs import MAX_SEED
from bot.domain.pictures import MAX_REFERENCES_BYTES
from bot.domain.provider import FixRequestError, InputPicture, Model, RenderOrder
from bot.domain.sizes import Resolution, Size
from bot.seedream.catalogue import REFERENCE_TYPES, SEEDREAM_MODELS, Dialect

# The API silently drops any other id, and then the call cannot be looked up.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MAX_SENT_REFERENCE_BYTES = 10 * 1024 * 1024  # BytePlus: at most 10 MB for each input picture


class _ImageSize(msgspec.Struct):
    width: int
    height: int


class _Body(msgspec.Struct):
    model: str
    prompt: str
    image_size: _ImageSize | Resolution
    watermark: bool
    response_format: Literal["b64_json"] = "b64_json"  # avoids a second download and its risks
    image_urls: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    seed: int | msgspec.UnsetType = msgspec.UNSET


class _PixelsBody(msgspec.Struct):
    """`Dialect.PIXELS`: no watermark, and no choice of how the picture comes."""

    model: str
    prompt: str
    image_size: _ImageSize | Resolution
    num_images: int = 1
    image_urls: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    seed: int | msgspec.UnsetType = msgspec.UNSET


def check(order: RenderOrder) -> None:
    """Raise `FixRequestError` for an order that the API would reject or misread."""
    model = SEEDREAM_MODELS.get(order.model)
    if model is None:
        raise FixRequestError("the model is not in the catalogue")
    check_request_id(order.request_id)
    check_prompt(order.prompt)
    if model.max_prompt is not None and len(order.prompt) > model.max_prompt:
        raise FixRequestError(f"{len(order.prompt)} characters; {model.id} takes at most {model.max_prompt}")
    _check_size(order, model)
    if not model.min_references <= len(order.references) <= model.max_references:
        taken = f"{model.min_references} to {model.max_references}"
        raise FixRequestError(f"{len(order.references)} references; {model.id} takes {taken}")
    for reference in order.references:
        check_reference(reference, model.reference_types)
    total = sum(len(reference.data) for reference in order.references)
    if total > MAX_REFERENCES_BYTES:
        raise FixRequestError(
            f"{total} bytes of references; at most {MAX_REFERENCES_BYTES} are sent together"
        )


def check_request_id(request_id: str) -> None:
    """Raise `FixRequestError` for an id the API would not keep."""
    if not _REQUEST_ID.fullmatch(request_id):
        raise FixRequestError("the request id is not 1 to 128 of A–Z a–z 0–9 . _ : -")


def check_prompt(prompt: str) -> None:
    """Raise `FixRequestError` for a prompt that is blank or cannot be encoded."""
    if not prompt.strip():
        raise FixRequestError("the prompt is empty")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise FixRequestError("the prompt holds half a character (a lone surrogate)") from None


def build_body(order: RenderOrder) -> bytes:
    """Return the request body of an order that passed `check`. Takes about 1 ms per megabyte of references."""
    size, seed = _image_size(order.size), order.seed
    body: _Body | _PixelsBody
    if SEEDREAM_MODELS[order.model].dialect is Dialect.PIXELS:
        body = _PixelsBody(model=order.model, prompt=order.prompt, image_size=size)
        if seed == 0:  # the schemas have none, and 1 may be that of the job's next picture
            seed = MAX_SEED
    else:
        body = _Body(model=order.model, prompt=order.prompt, image_size=size, watermark=order.watermark)
    if order.references:
        body.image_urls = [data_uri(reference) for reference in order.references]
    if seed is not None:
        body.seed = seed
    return msgspec.json.encode(body)


def _image_size(size: Size | Resolution) -> _ImageSize | Resolution:
    """Return pixels, or a resolution by its name, "2K" or "4K", which the API uses too."""
    return size if isinstance(size, Resolution) else _ImageSize(width=size.width, height=size.height)


def _check_size(order: RenderOrder, model: Model) -> None:
    size = order.size
    if isinstance(size, Resolution):
        if size not in model.resolutions or not model.chooses_shape:
            raise FixRequestError(f"{model.id} takes no size {size}")
        return
    if min(size.width, size.height) < 1 or not model.limits.allows(size):
        raise FixRequestError(f"{size} is outside the limits of {model.id}")


def check_reference(reference: InputPicture, types: frozenset[str] = REFERENCE_TYPES) -> None:
    """Raise `FixRequestError` for a picture that the API would reject."""
    if reference.mime not in types:
        raise FixRequestError("a reference is neither JPEG, PNG nor WebP")
    if not 0 < len(reference.data) <= MAX_SENT_REFERENCE_BYTES:
        raise FixRequestError(
            f"a reference has {len(reference.data)} bytes; 1 to {MAX_SENT_REFERENCE_BYTES} are taken"
        )


def data_uri(reference: InputPicture) -> msgspec.Raw:
    """Return `"data:image/jpeg;base64,…"` as JSON. msgspec writes base64 faster than binascii does."""
    encoded = msgspec.json.encode(reference.data)
    return msgspec.Raw(b"".join((b'"data:', reference.mime.encode(), b";base64,", memoryview(encoded)[1:])))
