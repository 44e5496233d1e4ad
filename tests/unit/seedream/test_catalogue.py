from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.provider import MICRO_USD
from bot.domain.sizes import Aspect, Size, fit_size
from bot.errors import SetupError
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS, SeedreamModel, find
from bot.seedream.video import VIDEO_MODELS
from tests.tables import each_case


@each_case("model_id", ["bytedance/seedream-4-5", "seedream-4-5-251128"])
def test_both_ids_of_the_guide_name_seedream_4_5(model_id: str) -> None:
    model = find(model_id)

    assert model.id == model_id
    assert model.name.startswith("Seedream 4.5")
    assert model.max_references == 14
    assert model.price_micro_usd == 42_000


def test_the_default_model_is_in_the_catalogue() -> None:
    assert DEFAULT_MODEL_ID in SEEDREAM_MODELS


def test_an_unknown_id_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SetupError) as caught:
        find("seedream-9")

    assert "'seedream-9'" in str(caught.value)
    assert "bytedance/seedream-4-5, seedream-4-5-251128" in str(caught.value)


def test_every_model_has_a_name_of_its_own_to_choose_it_by() -> None:
    assert len({model.name for model in SEEDREAM_MODELS.values()}) == len(SEEDREAM_MODELS)
    assert all(model.id == model_id for model_id, model in SEEDREAM_MODELS.items())


@each_case("model", SEEDREAM_MODELS.values(), ids=lambda model: model.id)
def test_every_model_can_do_something_and_has_a_price(model: SeedreamModel) -> None:
    assert model.min_references <= model.max_references
    assert model.resolutions
    assert model.price_micro_usd > 0


def listed_models() -> list[list[str]]:
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    return [line.strip("| ").split(" | ") for line in page.splitlines() if "| $" in line]


def test_the_settings_page_lists_every_model_with_its_figures() -> None:
    listed = listed_models()[: len(SEEDREAM_MODELS)]

    assert [row[0].strip("`") for row in listed] == list(SEEDREAM_MODELS)
    for (_id, name, paints, sizes, price), model in zip(listed, SEEDREAM_MODELS.values(), strict=True):
        assert (name, sizes) == (model.name, ", ".join(sorted(model.resolutions)))
        assert round(float(price.strip("$")) * MICRO_USD) == model.price_micro_usd
        assert ("words" in paints) is (model.min_references == 0)
        assert (str(model.max_references) in paints) is (model.max_references > 0)


def test_the_settings_page_lists_every_model_of_videos_with_its_figures() -> None:
    listed = listed_models()[len(SEEDREAM_MODELS) :]

    assert [row[0].strip("`") for row in listed] == list(VIDEO_MODELS)
    for (_id, name, start, lengths, price), model in zip(listed, VIDEO_MODELS.values(), strict=True):
        made = {quality.value: ", ".join(map(str, seconds)) for quality, seconds in model.seconds.items()}
        assert (name, lengths) == (model.name, "; ".join(f"{each}: {made[each]} s" for each in made))
        assert round(float(price.strip("$")) * MICRO_USD) == model.price_micro_usd_per_s
        assert ("words" in start) is not model.requires_first_frame
        assert ("a last" in start) is model.takes_last_frame


@each_case(
    ("size", "allowed"),
    [
        (Size(1920, 1920), True),  # 3,686,400 px exactly
        (Size(1919, 1920), False),
        (Size(1440, 1440), False),  # the schema allows it, the upstream does not
        (Size(1440, 2560), True),
        (Size(1439, 4096), False),
        (Size(4096, 4096), True),
        (Size(4097, 2048), False),
    ],
)
def test_a_size_has_to_keep_both_the_schemas_and_the_upstreams_limits(size: Size, allowed: bool) -> None:
    assert find(DEFAULT_MODEL_ID).limits.allows(size) is allowed


@each_case("model", SEEDREAM_MODELS.values(), ids=lambda model: model.id)
@each_case("ratio", [ratio for aspect in Aspect if (ratio := aspect.ratio) is not None])
def test_every_shape_a_person_can_pick_fits_every_model(ratio: float, model: SeedreamModel) -> None:
    for resolution in model.resolutions:
        size = fit_size(ratio, resolution, model.limits)

        assert model.limits.allows(size)
        assert abs(size.ratio / ratio - 1) < 0.02


@each_case(
    ("size", "allowed"),
    [
        (Size(2048, 2048), True),
        (Size(2752, 1536), True),
        (Size(1024, 1024), True),
        (Size(1023, 1024), False),
        (Size(2753, 1024), False),
        (Size(2752, 2752), False),  # the schema allows it, the model's page does not
    ],
)
def test_the_pro_model_keeps_to_the_area_its_page_tells(size: Size, allowed: bool) -> None:
    assert find("bytedance/seedream-5-0-pro").limits.allows(size) is allowed
