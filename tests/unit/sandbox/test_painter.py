"""The painter: same words, same picture; the right pixels at any ratio; edits that show."""

from __future__ import annotations

import io
from functools import cache

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.domain.followups import ENLARGE
from bot.domain.sizes import Aspect, Size
from bot.sandbox.painter import UnreadableReferenceError, paint, paint_plain
from bot.sandbox.painter.subjects import SUBJECTS
from tests.tables import each_case

SMALL = Size(240, 240)
painted = cache(paint)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all channels, 0–255."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def photograph(colour: tuple[int, int, int] = (40, 120, 200), size: tuple[int, int] = (300, 200)) -> bytes:
    """A picture with a bright square left and a dark one right, as a person might send."""
    image = Image.new("RGB", size, colour)
    image.paste((250, 250, 250), (30, 40, 130, 160))
    image.paste((10, 10, 10), (180, 40, 270, 160))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def noon() -> Image.Image:
    """An edit that asks for nothing but the hour."""
    return opened(paint("at noon", SMALL, (photograph(),), 1, 0))


def test_the_same_prompt_and_seed_give_the_same_bytes() -> None:
    assert paint("a fox at dawn", SMALL, (), 7, 1) == paint("a fox at dawn", SMALL, (), 7, 2)


def test_without_a_seed_the_salt_makes_another_picture() -> None:
    one, again, other = (paint("a fox at dawn", SMALL, (), None, salt) for salt in (1, 1, 2))
    assert one == again != other


def test_another_prompt_gives_another_picture() -> None:
    fox, whale = (opened(paint(prompt, SMALL, (), 1, 0)) for prompt in ("a fox at night", "a whale at noon"))
    assert difference(fox, whale) > 10


@each_case("ratio", [ratio for aspect in Aspect if (ratio := aspect.ratio) is not None])
@each_case("prompt", ["a lighthouse in a storm", "quarterly growth"])
def test_every_ratio_comes_out_at_exactly_the_size_asked_for(ratio: float, prompt: str) -> None:
    size = Size(round(120 * ratio**0.5), round(120 / ratio**0.5))
    assert opened(paint(prompt, size, (), 1, 0)).size == (size.width, size.height)


def test_a_picture_larger_than_the_drawing_is_enlarged_to_its_size() -> None:
    assert opened(paint("a cat", Size(2400, 100), (), 1, 0)).size == (2400, 100)


@each_case("name", SUBJECTS)
def test_every_subject_shows(name: str) -> None:
    word, place = SUBJECTS[name].words.split()[0], SUBJECTS[name].home
    without, shown = (
        opened(painted(f"{what} at noon", SMALL, (), 3, 0)) for what in (place, f"{word} {place}")
    )
    assert difference(without.reduce(5), shown.reduce(5)) > 2


@each_case("setting", ["mountains", "forest", "meadow", "sea", "desert", "city", "space", "reef"])
def test_every_setting_is_painted_in_its_own_way(setting: str) -> None:
    other = "meadow" if setting == "sea" else "sea"
    here, there = (opened(painted(f"{place} in violet", SMALL, (), 3, 0)) for place in (setting, other))
    assert difference(here, there) > 6


def test_a_colour_word_changes_the_colours() -> None:
    reds, blues = (
        ImageStat.Stat(opened(paint(f"{word} mountains at noon", SMALL, (), 1, 0))).mean
        for word in ("red", "blue")
    )
    assert reds[0] - reds[2] > blues[0] - blues[2] + 30


@each_case("prompt", ["", "   ", "山と川", "[](){}", "word " * 900, "ß–—…", "x" * 4000])
def test_any_text_at_all_makes_a_picture(prompt: str) -> None:
    assert opened(paint(prompt, SMALL, (), None, 4)).size == (240, 240)


def test_the_strip_at_the_foot_says_whether_a_picture_is_an_edit() -> None:
    size, box = Size(640, 640), (440, 625, 640, 640)
    plain = opened(paint("a fox", size, (), 1, 0)).crop(box)
    edited = opened(paint("a fox", size, (photograph(),), 1, 0)).crop(box)
    darkest, brightest = plain.convert("L").getextrema()
    assert isinstance(darkest, int)
    assert isinstance(brightest, int)
    assert brightest - darkest > 90
    assert difference(plain, edited) > 2


def test_an_edit_is_still_the_same_photograph_and_visibly_changed() -> None:
    after = opened(paint("make it warmer", Size(300, 200), (photograph(),), 1, 0))
    assert difference(opened(photograph()), after) > 8
    lights = [after.convert("L").getpixel(spot) for spot in ((80, 100), (155, 100), (225, 100))]
    assert lights == sorted(lights, key=lambda light: -light if isinstance(light, int) else 0)


def test_what_the_prompt_wants_added_shows_in_an_edit(noon: Image.Image) -> None:
    with_fox = opened(paint("add a red fox at noon", SMALL, (photograph(),), 1, 0))
    lower_right = (120, 120, 240, 225)
    assert difference(noon.crop(lower_right), with_fox.crop(lower_right)) > 8


@each_case("style", ["pencil sketch", "watercolor", "black and white", "snow"])
def test_a_style_word_changes_the_edit(noon: Image.Image, style: str) -> None:
    hour = "" if style == "snow" else " at noon"
    assert difference(noon, opened(paint(style + hour, SMALL, (photograph(),), 1, 0))) > 2


@each_case("ratio", [1, 21 / 9, 9 / 21])
def test_further_references_are_shown_beside_the_first(ratio: float) -> None:
    size = Size(round(240 * ratio**0.5), round(240 / ratio**0.5))
    base, other = photograph(), photograph((30, 220, 60), (150, 100))
    alone = opened(paint("at noon", size, (base,), 1, 0))
    for count in (2, 14):
        beside = opened(paint("at noon", size, (base, *[other] * (count - 1)), 1, 0))
        assert beside.size == alone.size
        assert difference(alone, beside) > 0.8, count


def test_only_the_first_reference_is_edited() -> None:
    first = opened(paint("at noon", SMALL, (photograph((200, 40, 40)), photograph()), 1, 0))
    second = opened(paint("at noon", SMALL, (photograph(), photograph((200, 40, 40))), 1, 0))
    assert difference(first.crop((0, 0, 240, 45)), second.crop((0, 0, 240, 45))) > 20


@each_case("data", [b"", b"no picture", photograph()[:200]])
def test_a_broken_reference_is_named_as_such(data: bytes) -> None:
    with pytest.raises(UnreadableReferenceError):
        paint("a fox", SMALL, (data,), 1, 0)


def test_the_plain_picture_has_the_size_and_differs_by_salt() -> None:
    one, other = (paint_plain("a fox", Size(2048, 1536), None, salt) for salt in (1, 2))
    assert opened(one).size == (2048, 1536)
    assert one != other


def test_a_picture_that_is_to_be_enlarged_stays_what_it_is() -> None:
    picture = paint("a fox", SMALL, (), 1, 0)
    larger = opened(paint(f"{ENLARGE} a fox", SMALL, (picture,), 2, 0))
    assert difference(opened(picture).crop((0, 0, 240, 135)), larger.crop((0, 0, 240, 135))) < 3
