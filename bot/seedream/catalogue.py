"""The models this adapter knows, and what each of them accepts. Adding one is a row here and a recorded answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.domain.provider import Model
from bot.domain.sizes import Resolution, SizeLimits
from bot.errors import SetupError


class Dialect(Enum):
    """How a request is written."""

    NAMED_SIZES = auto()  # also "2K" and "4K", for a shape of the model's choice; the picture comes as base64
    PIXELS = auto()  # pixels only, and `num_images`; the picture comes by its address


# BytePlus reads these for every model; the API's schemas name none.
REFERENCE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedreamModel(Model):
    """A row of the catalogue. `reference_types` are the media types of the pictures that the model reads."""

    dialect: Dialect = Dialect.NAMED_SIZES
    reference_types: frozenset[str] = REFERENCE_TYPES


DEFAULT_MODEL_ID = "bytedance/seedream-4-5"

_SEEDREAM_4_5 = SeedreamModel(
    id=DEFAULT_MODEL_ID,
    name="Seedream 4.5",
    # A size must satisfy both. Sides: the AIML API's schema of seedream-4-5. Area and ratio: BytePlus, which
    # renders; it rejects 1440 × 1440 although the schema allows it.
    limits=SizeLimits(
        min_side=1440, max_side=4096, min_pixels=3_686_400, max_pixels=16_777_216, max_ratio=16.0
    ),
    max_references=14,  # image_urls maxItems in the schema
    price_micro_usd=42_000,  # 84,000 credits in the API's own sample, at 2,000,000 credits a dollar
)
_SEEDREAM_4 = SeedreamModel(
    id="bytedance/seedream-v4-text-to-image",
    name="Seedream 4.0",
    # The API's schema of seedream-v4-text-to-image gives the sides, and they imply the rest.
    limits=SizeLimits(
        min_side=1024, max_side=4096, min_pixels=1024 * 1024, max_pixels=4096 * 4096, max_ratio=4.0
    ),
    max_references=0,  # the schema has no image_urls
    max_prompt=4000,  # maxLength in the schema
    chooses_shape=False,
    price_micro_usd=31_500,  # 63,000 credits in the API's own sample
    dialect=Dialect.PIXELS,
)
_SEEDREAM_5_PRO = SeedreamModel(
    id="bytedance/seedream-5-0-pro",
    name="Seedream 5.0 Pro",
    # Sides: the API's schema of seedream-5-0-pro. Area: its page, "up to 2048x2048 (up to ~2.7K at 16:9)".
    limits=SizeLimits(
        min_side=1024, max_side=2752, min_pixels=1024 * 1024, max_pixels=2752 * 1536, max_ratio=2752 / 1024
    ),
    max_references=14,
    resolutions=frozenset({Resolution.TWO_K}),  # "1.5K" and "2K" in the schema
    price_micro_usd=60_000,  # unsure: the schema has only an example, $0.06; answers say what is booked
)

_ROWS = (
    _SEEDREAM_4_5,
    # The API's guide lists two ids for this model.
    replace(_SEEDREAM_4_5, id="seedream-4-5-251128", name="Seedream 4.5 (251128)"),
    _SEEDREAM_4,
    replace(
        _SEEDREAM_4,
        id="bytedance/seedream-v4-edit",
        name="Seedream 4.0 Edit",
        min_references=1,  # image_urls is required in the API's schema of seedream-v4-edit, with minItems 1
        max_references=10,
    ),
    # The API's schema of seedream-5-0-lite-preview is that of seedream-4-5. Whether BytePlus paints its largest
    # sizes is unsure: resellers state an area of at most 10,404,496.
    replace(
        _SEEDREAM_4_5,
        id="bytedance/seedream-5-0-lite-preview",
        name="Seedream 5.0 Lite",
        price_micro_usd=45_500,  # 91,000 credits in the API's own sample
    ),
    _SEEDREAM_5_PRO,
    # The API has a schema of its own for this id, with the same figures.
    replace(_SEEDREAM_5_PRO, id="bytedance/dola-seedream-5-0-pro", name="Seedream 5.0 Pro (Dola)"),
)
SEEDREAM_MODELS = {model.id: model for model in _ROWS}


def find(model_id: str) -> SeedreamModel:
    """Return the model with this id. Raises `SetupError`, which lists the known ids."""
    try:
        return SEEDREAM_MODELS[model_id]
    except KeyError:
        known = ", ".join(SEEDREAM_MODELS)
        raise SetupError(f"There is no model {model_id!r}. Known models: {known}.") from None
