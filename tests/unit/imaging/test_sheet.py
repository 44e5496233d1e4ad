"""The sheet of a tray or a gallery: every picture small, with its number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from PIL import Image, ImageChops

from bot.domain.ports.drawing import MAX_SHEET, ImageComposer
from bot.domain.sizes import Size
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.sheet import plan_sheet
from bot.imaging.style import DRAWN_TEAL, PANEL_COLOUR
from bot.imaging.tile import EMPTY
from tests.tables import each_case
from tests.unit.imaging import samples

PURPLE, ORANGE = (150, 40, 160), (230, 130, 40)
NEAR = 12  # JPEG is not exact
SHOWN_PX = 550  # Discord: how wide a picture is at most in a chat


@pytest_asyncio.fixture
async def composer() -> AsyncIterator[ImageComposer]:
    async with PillowImaging() as imaging:
        yield imaging


def plain(colour: tuple[int, int, int], width: int = 60, height: int = 60) -> bytes:
    return samples.encoded(Image.new("RGB", (width, height), colour), "PNG")


def colour_at(sheet: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    colour = sheet.getpixel((round(x), round(y)))
    assert isinstance(colour, tuple)
    red, green, blue = (round(part) for part in colour)
    return red, green, blue


def is_near(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) <= NEAR for one, other in zip(found, wanted, strict=True))


def middle(pictures: Sequence[bytes | str | None], index: int) -> tuple[float, float]:
    box = plan_sheet(pictures, None).tile(index)
    return box.left + box.width / 2, box.top + box.height / 2


async def drawn(
    composer: ImageComposer, pictures: Sequence[bytes | None], chosen: int | None = None
) -> Image.Image:
    return samples.opened(await composer.contact_sheet(pictures, chosen=chosen))


@pytest.mark.parametrize("number", [1, 6, MAX_SHEET])
async def test_a_sheet_is_a_jpeg_of_the_size_that_was_planned(composer: ImageComposer, number: int) -> None:
    plan = plan_sheet([plain(PURPLE)] * number, None)
    sheet = await drawn(composer, [plain(PURPLE)] * number)

    assert (sheet.format, sheet.size) == ("JPEG", (plan.size.width, plan.size.height))


@each_case("number", range(1, MAX_SHEET + 1))
def test_any_number_of_pictures_fits_in_rows_of_five_at_most(number: int) -> None:
    plan = plan_sheet([plain(PURPLE)] * number, None)

    assert plan.columns <= 5
    assert plan.size.width <= 1600
    last = plan.tile(number - 1)
    assert last.right < plan.size.width
    assert last.bottom < plan.size.height


async def test_each_picture_is_in_the_place_of_its_number(composer: ImageComposer) -> None:
    pictures = [plain(PURPLE), plain(ORANGE), plain(PURPLE), plain(PURPLE), plain(ORANGE)]
    sheet = await drawn(composer, pictures)
    for index, colour in enumerate((PURPLE, ORANGE, PURPLE, PURPLE, ORANGE)):
        assert is_near(colour_at(sheet, *middle(pictures, index)), colour)


async def test_every_tile_has_its_number_in_the_corner_and_no_two_look_the_same(
    composer: ImageComposer,
) -> None:
    pictures = [plain(PURPLE)] * MAX_SHEET
    plan = plan_sheet(pictures, None)
    sheet = await drawn(composer, pictures)
    corners: set[bytes] = set()
    for index in range(MAX_SHEET):
        box = plan.tile(index)
        corner = sheet.crop((round(box.left), round(box.top), round(box.left) + 120, round(box.top) + 90))
        corners.add(corner.tobytes())
        brightest = max(corner.convert("L").getextrema())
        assert isinstance(brightest, int | float)
        assert brightest > 230
    assert len(corners) == MAX_SHEET


@pytest.mark.parametrize("number", [1, 3, 8, MAX_SHEET])
async def test_numbers_are_large_enough_to_be_read_in_a_chat(composer: ImageComposer, number: int) -> None:
    pictures = [plain(PURPLE)] * number
    sheet = await drawn(composer, pictures)
    box = plan_sheet(pictures, None).tile(0)
    corner = sheet.crop(
        (round(box.left) + 5, round(box.top) + 5, round(box.left) + 120, round(box.top) + 120)
    )
    digit = ImageChops.subtract(corner.convert("L"), Image.new("L", corner.size, 200)).getbbox()
    assert digit is not None
    assert (digit[3] - digit[1]) * min(1.0, SHOWN_PX / sheet.width) >= 13


async def test_a_long_picture_is_shown_whole_on_its_own_blur(composer: ImageComposer) -> None:
    halves = Image.new("RGB", (400, 100), PURPLE)
    halves.paste(ORANGE, (200, 0, 400, 100))
    pictures = [samples.encoded(halves, "PNG")]
    sheet = await drawn(composer, pictures)
    box = plan_sheet(pictures, None).tile(0)
    y = box.top + box.height / 2
    assert is_near(colour_at(sheet, box.left + 20, y), PURPLE)
    assert is_near(colour_at(sheet, box.right - 20, y), ORANGE)
    above = colour_at(sheet, box.left + box.width * 0.75, box.bottom - 30)
    assert not is_near(above, ORANGE)
    assert not is_near(above, PANEL_COLOUR)


async def test_the_chosen_one_stands_out(composer: ImageComposer) -> None:
    pictures = [plain(PURPLE), plain(PURPLE)]
    box = plan_sheet(pictures, 1).tile(1)
    beside = (box.right + 7, box.top + box.height / 2)
    assert is_near(colour_at(await drawn(composer, pictures, 1), *beside), DRAWN_TEAL)
    assert is_near(colour_at(await drawn(composer, pictures), *beside), PANEL_COLOUR)


@pytest.mark.parametrize("lost", [None, b"", b"no picture", samples.jpeg(300, 200)[:400]])
async def test_what_is_gone_or_damaged_leaves_an_empty_place(
    composer: ImageComposer, lost: bytes | None
) -> None:
    pictures = [plain(PURPLE), lost, plain(ORANGE)]
    sheet = await drawn(composer, pictures)
    assert is_near(colour_at(sheet, *middle(pictures, 2)), ORANGE)
    assert not is_near(colour_at(sheet, *middle(pictures, 1)), PURPLE)


@pytest.mark.parametrize("word", ["SPOILER", "", "спойлер"])
async def test_a_word_stands_in_the_place_of_a_picture(composer: ImageComposer, word: str) -> None:
    pictures = [plain(PURPLE), word, plain(ORANGE)]
    plan = plan_sheet(pictures, None)
    sheet = samples.opened(await composer.contact_sheet(pictures))
    box = plan.tile(1)
    assert is_near(colour_at(sheet, box.left + box.width / 2, box.bottom - 40), EMPTY)
    edges = (box.left, box.top + box.height * 0.4, box.right, box.top + box.height * 0.6)
    left, top, right, bottom = map(round, edges)
    (_dark, brightest) = sheet.crop((left, top, right, bottom)).convert("L").getextrema()
    assert isinstance(brightest, int | float)
    assert (brightest > 120) is (word == "SPOILER")


async def test_a_sheet_of_results_is_marked_as_made_with_ai(composer: ImageComposer) -> None:
    made = await composer.contact_sheet([plain(PURPLE)], is_ai=True)
    assert b"compositeWithTrainedAlgorithmicMedia" in made
    assert b"compositeWithTrainedAlgorithmicMedia" not in await composer.contact_sheet([plain(PURPLE)])


@pytest.mark.parametrize("number", [0, MAX_SHEET + 1])
async def test_too_few_and_too_many_are_a_fault_of_the_caller(composer: ImageComposer, number: int) -> None:
    with pytest.raises(ValueError, match="pictures"):
        await composer.contact_sheet([plain(PURPLE)] * number)


async def test_the_sheet_carries_no_metadata_of_its_pictures(composer: ImageComposer) -> None:
    exif = Image.Exif()
    exif[0x010F] = samples.GPS_TEXT
    sheet = await composer.contact_sheet([samples.jpeg(200, 200, exif=exif)])
    assert samples.GPS_TEXT.encode() not in sheet


def test_the_cost_is_that_of_the_largest_picture_and_the_sheet() -> None:
    small, large = samples.jpeg(60, 60), samples.jpeg(2000, 1500)
    one, both = plan_sheet([small, small], None), plan_sheet([small, large], None)
    assert one.size == both.size == Size(1182, 604)
    assert both.cost_bytes - one.cost_bytes > 2000 * 1500 * 10
