"""Before and after in one picture."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.pictures import PictureError
from bot.domain.ports.drawing import ImageComposer
from bot.domain.sizes import Size
from bot.imaging.pair import GAP, MAX_HEIGHT, MAX_WIDTH, MIN_HEIGHT, Side, pair_cost_bytes, tiles_of
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.style import PANEL_COLOUR
from bot.imaging.tile import source_of
from tests.unit.imaging import samples
from tests.unit.imaging.test_pack import COMPOSITE, CREATOR, SOURCE_TYPE, properties


@pytest_asyncio.fixture
async def composer() -> AsyncIterator[ImageComposer]:
    async with PillowImaging() as imaging:
        yield imaging


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Size(2048, 2048), Size(2048, 2048)),
        (Size(3024, 1296), Size(1440, 2560)),
        (Size(1296, 3024), Size(1296, 3024)),
        (Size(15, 15), Size(60, 15)),
        (Size(1600, 100), Size(100, 1600)),
        (Size(20_000, 4), Size(4, 20_000)),
        (Size(4096, 4096), Size(512, 512)),
    ],
    ids=str,
)
def test_both_of_a_pair_are_equally_high_within_the_limits(before: Size, after: Size) -> None:
    first, second = tiles_of(before, after)
    assert first.height == second.height <= MAX_HEIGHT
    assert first.width + GAP + second.width <= MAX_WIDTH
    assert min(first.width, second.width) >= 100


def test_a_pair_is_as_high_as_the_higher_one_where_there_is_room() -> None:
    assert tiles_of(Size(700, 700), Size(300, 600))[0].height == 700
    assert tiles_of(Size(60, 60), Size(60, 60))[0].height == MIN_HEIGHT


async def test_before_is_at_the_left_and_after_at_the_right(composer: ImageComposer) -> None:
    data = await composer.side_by_side(
        samples.flat(700, 500, samples.RED),
        samples.flat(500, 500, samples.BLUE),
        before_label="Before",
        after_label="After",
    )
    image = samples.opened_jpeg(data)
    assert image.size == (700 + GAP + 500, 500)
    assert samples.is_about(image, (350, 400), samples.RED)
    assert samples.is_about(image, (700 + GAP / 2, 250), PANEL_COLOUR)
    assert samples.is_about(image, (950, 400), samples.BLUE)


async def test_a_pair_is_marked_as_made_with_ai(composer: ImageComposer) -> None:
    data = await composer.side_by_side(
        samples.jpeg(), samples.png(), before_label="Before", after_label="After"
    )
    assert properties(data) == [(SOURCE_TYPE, COMPOSITE), (CREATOR, "Easel")]


async def test_a_turned_picture_stands_upright_in_a_pair(composer: ImageComposer) -> None:
    turned = samples.jpeg(1000, 500, exif=samples.exif(8))
    data = await composer.side_by_side(
        turned, samples.flat(500, 1000, samples.RED), before_label="", after_label=""
    )
    assert samples.opened_jpeg(data).size == (500 + GAP + 500, 1000)


async def test_a_very_long_picture_is_shown_whole(composer: ImageComposer) -> None:
    long = Image.new("RGB", (1600, 100), samples.RED)
    long.paste(samples.BLUE, (1500, 0, 1600, 100))
    data = await composer.side_by_side(
        samples.encoded(long, "PNG"), samples.flat(600, 600, samples.GREEN), before_label="", after_label=""
    )
    image = samples.opened_jpeg(data)
    tile, _ = tiles_of(Size(1600, 100), Size(600, 600))
    assert samples.is_about(image, (tile.width - 10, tile.height / 2), samples.BLUE)
    assert samples.is_about(image, (10, tile.height / 2), samples.RED)
    assert samples.is_about(image, (tile.width / 2, 10), PANEL_COLOUR)


async def white_pair(composer: ImageComposer, before: str, after: str, width: int = 600) -> Image.Image:
    """Two white pictures of 600 pixels' height, the second as wide as said."""
    data = await composer.side_by_side(
        samples.flat(600, 600, samples.WHITE),
        samples.flat(width, 600, samples.WHITE),
        before_label=before,
        after_label=after,
    )
    return samples.opened_jpeg(data)


def darkest(image: Image.Image, left: int, right: int) -> int:
    lowest, _ = image.crop((left, 0, right, image.height)).convert("L").getextrema()
    assert isinstance(lowest, int)
    return lowest


async def test_labels_lie_in_the_upper_corners(composer: ImageComposer) -> None:
    image = await white_pair(composer, "Before", "After")
    assert darkest(image.crop((0, 0, 200, 80)), 0, 200) < 120
    assert darkest(image.crop((image.width - 200, 0, image.width, 80)), 0, 200) < 120
    assert darkest(image, 250, 590) > 245
    assert darkest(image.crop((0, 100, image.width, 600)), 0, 590) > 245


@pytest.mark.parametrize("label", ["", "   ", "以前", "\u202e\n"])
async def test_a_label_without_letters_leaves_the_picture_alone(composer: ImageComposer, label: str) -> None:
    image = await white_pair(composer, label, label)
    assert darkest(image, 0, 590) > 245
    assert darkest(image, 622, image.width) > 245


@pytest.mark.parametrize("width", [150, 260, 600])
async def test_a_long_label_stays_on_its_own_picture(composer: ImageComposer, width: int) -> None:
    image = await white_pair(composer, "", "A label that nobody would ever write on it " * 4, width)
    assert darkest(image, 0, 590) > 245
    assert samples.is_about(image, (612 + 4, 30), samples.WHITE)
    assert samples.is_about(image, (image.width - 5, 30), samples.WHITE)


@pytest.mark.parametrize("name", ["nothing", "too large", "damaged"])
async def test_hostile_bytes_on_either_side_are_refused(composer: ImageComposer, name: str) -> None:
    bad, good = samples.HOSTILE[name], samples.jpeg()
    for pair in ((bad, good), (good, bad)):
        with pytest.raises(PictureError):
            await composer.side_by_side(*pair, before_label="Before", after_label="After")


def test_a_pair_reserves_what_its_larger_picture_takes() -> None:
    def side(width: int, height: int) -> Side:
        return Side(source=source_of(samples.png(width, height)), label="")

    small, large = side(100, 100), side(1500, 1500)
    assert pair_cost_bytes(small, large) == pair_cost_bytes(large, small)
    assert pair_cost_bytes(small, large) > large.source.cost_bytes > 1500 * 1500 * 11
