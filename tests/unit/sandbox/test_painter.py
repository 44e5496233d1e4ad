"""The painter: same words, same picture; the right pixels at any ratio; edits that show."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.domain.followups import ENLARGE
from bot.domain.sizes import Aspect, Size
from bot.sandbox.painter.edits import UnreadableReferenceError
from bot.sandbox.painter.painting import paint
from bot.sandbox.painter.quick import paint_plain
from bot.sandbox.painter.subjects import SUBJECTS

SMALL = Size(320, 320)


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


def test_the_same_prompt_and_seed_give_the_same_bytes() -> None:
    assert paint("a fox at dawn", SMALL, (), 7, 1) == paint("a fox at dawn", SMALL, (), 7, 2)


def test_without_a_seed_the_salt_makes_another_picture() -> None:
    assert paint("a fox at dawn", SMALL, (), None, 1) == paint("a fox at dawn", SMALL, (), None, 1)
    assert paint("a fox at dawn", SMALL, (), None, 1) != paint("a fox at dawn", SMALL, (), None, 2)


def test_another_prompt_gives_another_picture() -> None:
    fox, whale = (opened(paint(prompt, SMALL, (), 1, 0)) for prompt in ("a fox at night", "a whale at noon"))
    assert difference(fox, whale) > 10


@pytest.mark.parametrize("ratio", [ratio for aspect in Aspect if (ratio := aspect.ratio) is not None])
@pytest.mark.parametrize("prompt", ["a robot in a neon city", "a lighthouse in a storm", "quarterly growth"])
def test_every_ratio_comes_out_at_exactly_the_size_asked_for(ratio: float, prompt: str) -> None:
    size = Size(round(240 * ratio**0.5), round(240 / ratio**0.5))
    assert opened(paint(prompt, size, (), 1, 0)).size == (size.width, size.height)


def test_a_picture_larger_than_the_drawing_is_enlarged_to_its_size() -> None:
    assert opened(paint("a cat", Size(2400, 400), (), 1, 0)).size == (2400, 400)


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_subject_shows(name: str) -> None:
    word = SUBJECTS[name].words.split()[0]
    place = SUBJECTS[name].home
    without = opened(paint(f"{place} at noon", SMALL, (), 3, 0)).reduce(5)
    shown = opened(paint(f"{word} {place} at noon", SMALL, (), 3, 0)).reduce(5)
    assert difference(without, shown) > 2


def test_a_colour_word_changes_the_colours() -> None:
    reds, blues = (
        ImageStat.Stat(opened(paint(f"{word} mountains at noon", SMALL, (), 1, 0))).mean
        for word in ("red", "blue")
    )
    assert reds[0] - reds[2] > blues[0] - blues[2] + 30


@pytest.mark.parametrize("prompt", ["", "   ", "山と川", "[](){}", "word " * 900, "ß–—…"])
def test_any_text_at_all_makes_a_picture(prompt: str) -> None:
    assert opened(paint(prompt, SMALL, (), None, 4)).size == (320, 320)


def test_the_strip_at_the_foot_carries_words() -> None:
    image = opened(paint("a fox", Size(640, 640), (), 1, 0))
    strip = image.crop((440, 624, 640, 640)).convert("L")
    darkest, brightest = strip.getextrema()
    assert isinstance(brightest, int)
    assert isinstance(darkest, int)
    assert brightest - darkest > 90


def test_the_strip_of_an_edit_says_something_else() -> None:
    box = (440, 625, 640, 640)
    plain = opened(paint("a fox", Size(640, 640), (), 1, 0)).crop(box)
    edited = opened(paint("a fox", Size(640, 640), (photograph(),), 1, 0)).crop(box)
    assert difference(plain, edited) > 2


def test_an_edit_is_still_the_same_photograph_and_visibly_changed() -> None:
    size = Size(300, 200)
    before = opened(photograph())
    after = opened(paint("make it warmer", size, (photograph(),), 1, 0))
    assert difference(before, after) > 8
    lights = [after.convert("L").getpixel(spot) for spot in ((80, 100), (155, 100), (225, 100))]
    assert lights == sorted(lights, key=lambda light: -light if isinstance(light, int) else 0)


def test_what_the_prompt_wants_added_shows_in_an_edit() -> None:
    plain, with_fox = (
        opened(paint(prompt, SMALL, (photograph(),), 1, 0)) for prompt in ("at noon", "add a red fox at noon")
    )
    lower_right = (160, 160, 320, 300)
    assert difference(plain.crop(lower_right), with_fox.crop(lower_right)) > 8


@pytest.mark.parametrize(
    "style", ["pencil sketch at noon", "watercolor at noon", "black and white at noon", "snow"]
)
def test_a_style_word_changes_the_edit(style: str) -> None:
    plain = opened(paint("at noon", SMALL, (photograph(),), 1, 0))
    assert difference(plain, opened(paint(style, SMALL, (photograph(),), 1, 0))) > 2


@pytest.mark.parametrize("ratio", [1, 21 / 9, 9 / 21])
@pytest.mark.parametrize("count", [2, 14])
def test_further_references_are_shown_beside_the_first(ratio: float, count: int) -> None:
    size = Size(round(400 * ratio**0.5), round(400 / ratio**0.5))
    base, other = photograph(), photograph((30, 220, 60))
    alone = opened(paint("at noon", size, (base,), 1, 0))
    beside = opened(paint("at noon", size, (base, *[other] * (count - 1)), 1, 0))
    assert beside.size == alone.size
    assert difference(alone, beside) > 0.8


def test_only_the_first_reference_is_edited() -> None:
    first = opened(paint("at noon", SMALL, (photograph((200, 40, 40)), photograph()), 1, 0))
    second = opened(paint("at noon", SMALL, (photograph(), photograph((200, 40, 40))), 1, 0))
    assert difference(first.crop((0, 0, 320, 60)), second.crop((0, 0, 320, 60))) > 20


@pytest.mark.parametrize("data", [b"", b"no picture", photograph()[:200]])
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
    assert difference(opened(picture).crop((0, 0, 320, 180)), larger.crop((0, 0, 320, 180))) < 3
