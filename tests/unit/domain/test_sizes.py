from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sizes import (
    STEP,
    TARGET_PIXELS,
    Aspect,
    Resolution,
    Size,
    SizeLimits,
    fit_size,
    nearest_aspect,
)
from bot.seedream.catalogue import DEFAULT_MODEL_ID, find
from tests.tables import each_case

LIMITS = find(DEFAULT_MODEL_ID).limits
WIDEST = LIMITS.max_side / LIMITS.min_side  # narrower than the 16:1 of the model's makers
ROUNDING = STEP / LIMITS.min_side  # half a step on each side, and a step of the walk

RATIOS = [ratio for aspect in Aspect if (ratio := aspect.ratio) is not None]

ratios = st.floats(0.01, 100)
resolutions = st.sampled_from(Resolution)


def off_by(size: Size, ratio: float) -> float:
    """How far apart two ratios are, the same for wide and tall."""
    return abs(math.log(size.ratio / ratio))


@each_case("resolution", Resolution)
@each_case("ratio", RATIOS)
def test_every_shape_of_the_commands_gives_a_size_the_model_takes(
    ratio: float, resolution: Resolution
) -> None:
    size = fit_size(ratio, resolution, LIMITS)

    assert LIMITS.allows(size)
    assert off_by(size, ratio) <= ROUNDING


def test_only_the_models_choice_has_no_ratio() -> None:
    assert [aspect for aspect in Aspect if aspect.ratio is None] == [Aspect.AUTO]


def test_a_ratio_is_width_by_height() -> None:
    assert Aspect.PORTRAIT_3_4.ratio == 3 / 4


@each_case(
    ("ratio", "resolution", "size"),
    [
        (1, Resolution.TWO_K, Size(2048, 2048)),
        (1, Resolution.FOUR_K, Size(4096, 4096)),
        (16 / 9, Resolution.FOUR_K, Size(4096, 2304)),
        (9 / 16, Resolution.FOUR_K, Size(2304, 4096)),
        (21 / 9, Resolution.TWO_K, Size(3360, 1440)),
    ],
)
def test_well_known_choices_give_well_known_sizes(ratio: float, resolution: Resolution, size: Size) -> None:
    assert fit_size(ratio, resolution, LIMITS) == size


@given(ratio=ratios, resolution=resolutions)
def test_every_ratio_gives_a_size_the_model_takes(ratio: float, resolution: Resolution) -> None:
    assert LIMITS.allows(fit_size(ratio, resolution, LIMITS))


@given(ratio=ratios, resolution=resolutions)
def test_the_ratio_is_as_near_as_the_limits_permit(ratio: float, resolution: Resolution) -> None:
    nearest = min(max(ratio, 1 / WIDEST), WIDEST)

    assert off_by(fit_size(ratio, resolution, LIMITS), nearest) <= ROUNDING


@given(ratio=ratios, resolution=resolutions)
def test_wide_and_tall_are_mirror_images(ratio: float, resolution: Resolution) -> None:
    size, mirrored = fit_size(ratio, resolution, LIMITS), fit_size(1 / ratio, resolution, LIMITS)

    assert abs(size.width - mirrored.height) <= STEP  # 1 / (1 / ratio) is not quite ratio
    assert abs(size.height - mirrored.width) <= STEP
    assert Size(mirrored.height, mirrored.width) == size or ratio != 1 / (1 / ratio)


@given(ratio=ratios)
def test_2k_is_about_four_megapixels_where_the_short_side_allows_it(ratio: float) -> None:
    size = fit_size(ratio, Resolution.TWO_K, LIMITS)

    if min(size.width, size.height) > LIMITS.min_side:
        assert size.pixels == pytest.approx(TARGET_PIXELS[Resolution.TWO_K], rel=0.02)
    else:
        assert size.pixels >= TARGET_PIXELS[Resolution.TWO_K] * 0.98


@given(ratio=ratios)
def test_4k_is_about_sixteen_megapixels_or_as_long_as_the_long_side_may_be(ratio: float) -> None:
    size = fit_size(ratio, Resolution.FOUR_K, LIMITS)

    assert size.pixels <= LIMITS.max_pixels
    near = abs(size.pixels / TARGET_PIXELS[Resolution.FOUR_K] - 1) < 0.02
    assert near or max(size.width, size.height) == LIMITS.max_side


@given(ratio=ratios, resolution=resolutions)
def test_sides_are_whole_steps(ratio: float, resolution: Resolution) -> None:
    size = fit_size(ratio, resolution, LIMITS)

    assert (size.width % STEP, size.height % STEP) == (0, 0)


@each_case(
    "size",
    [
        Size(1440, 1440),  # the API's schema takes it, the renderer does not
        Size(1424, 4096),
        Size(4112, 2048),
        Size(4096, 4112),
    ],
)
def test_sizes_outside_either_limit_are_not_allowed(size: Size) -> None:
    assert not LIMITS.allows(size)


@each_case("size", [Size(1920, 1920), Size(4096, 4096), Size(4096, 1440), Size(1440, 4096)])
def test_sizes_on_the_edge_are_allowed(size: Size) -> None:
    assert LIMITS.allows(size)


def test_a_ratio_limit_tighter_than_the_sides_is_kept_too() -> None:
    limits = SizeLimits(min_side=512, max_side=4096, min_pixels=262_144, max_pixels=16_777_216, max_ratio=2.0)

    for resolution in Resolution:
        assert limits.allows(fit_size(5, resolution, limits))


def test_a_size_reads_as_width_by_height() -> None:
    assert str(Size(2048, 1152)) == "2048 × 1152"


@each_case(
    ("max_side", "min_pixels", "max_pixels", "size"),
    [
        (48, 1500, 1600, Size(48, 32)),  # as long as a side may be
        (64, 1024, 1600, Size(32, 32)),  # as small as a picture may be
        (64, 256, 1024, Size(32, 32)),  # as large as one may be
        (64, 256, 800, Size(16, 32)),  # as short as a side may be
    ],
)
def test_a_size_is_walked_into_the_limits_up_to_their_very_edge(
    max_side: int, min_pixels: int, max_pixels: int, size: Size
) -> None:
    limits = SizeLimits(
        min_side=16, max_side=max_side, min_pixels=min_pixels, max_pixels=max_pixels, max_ratio=4.0
    )

    assert fit_size(1, Resolution.TWO_K, limits) == size
    assert limits.allows(size)


@each_case(
    ("ratio", "aspect"),
    [
        (1.0, Aspect.SQUARE),
        (4 / 3, Aspect.LANDSCAPE_4_3),
        (0.7, Aspect.PORTRAIT_2_3),
        (100.0, Aspect.CINEMA_21_9),
        (0.01, Aspect.BANNER_9_21),
    ],
)
def test_the_nearest_shape_is_the_closest_by_ratio(ratio: float, aspect: Aspect) -> None:
    assert nearest_aspect(ratio) is aspect
