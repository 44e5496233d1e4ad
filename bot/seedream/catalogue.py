"""The models this adapter knows, and what each of them accepts."""

from __future__ import annotations

from bot.domain.provider import Model
from bot.domain.sizes import SizeLimits
from bot.errors import SetupError

# A size must satisfy both. Sides: the AIML API's schema of seedream-4-5. Area and ratio: BytePlus, which
# renders; it rejects 1440 × 1440 although the schema allows it.
SEEDREAM_4_5_LIMITS = SizeLimits(
    min_side=1440, max_side=4096, min_pixels=3_686_400, max_pixels=16_777_216, max_ratio=16.0
)
MAX_SENT_REFERENCES = 14  # image_urls maxItems in the schema
PRICE_MICRO_USD = 42_000  # 84,000 credits in the API's own sample, at 2,000,000 credits a dollar

DEFAULT_MODEL_ID = "bytedance/seedream-4-5"


def _seedream_4_5(model_id: str) -> Model:
    return Model(
        id=model_id,
        name="Seedream 4.5",
        limits=SEEDREAM_4_5_LIMITS,
        max_references=MAX_SENT_REFERENCES,
        price_micro_usd=PRICE_MICRO_USD,
    )


# The API's guide lists two ids for this model.
SEEDREAM_MODELS: dict[str, Model] = {
    model_id: _seedream_4_5(model_id) for model_id in (DEFAULT_MODEL_ID, "seedream-4-5-251128")
}


def find(model_id: str) -> Model:
    """Return the model with this id. Raises `SetupError`, which lists the known ids."""
    try:
        return SEEDREAM_MODELS[model_id]
    except KeyError:
        known = ", ".join(SEEDREAM_MODELS)
        raise SetupError(f"There is no model {model_id!r}. Known models: {known}.") from None
