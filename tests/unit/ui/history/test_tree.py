"""The captions of a family tree: what differs from the result that each one was made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.followups import (
    ENLARGE,
    VARIATION,
    FollowUp,
    edit,
    enlarge,
    new_words,
    repeat,
    repeat_scene,
    use_revised_prompt,
    vary,
    vary_picture,
)
from bot.domain.jobs import MAX_PROMPT, Job, Origin
from bot.domain.prompts import SCENE
from bot.domain.sizes import Aspect, Resolution
from bot.ui.history.tree import caption_of
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, a_series, picture
from tests.unit.ui.jobs import results

FOX = a_job(wish_prompt="a red fox in the snow at dusk")
FOUR = a_job(wish_prompt="a red fox", wish_count=4, renders=tuple(map(picture, range(4))))


def made(follow_up: FollowUp | None) -> Job:
    """The result of a follow-up."""
    assert follow_up is not None
    return a_job(
        id="0123456789",
        parent=follow_up.parent,
        **{
            f"wish_{name}": getattr(follow_up.request, name)
            for name in (
                "kind",
                "prompt",
                "prompts",
                "aspect",
                "resolution",
                "count",
                "references",
                "is_series",
            )
        },
    )


def varied(
    parent: Job,
    prompt: str,
    aspect: Aspect = Aspect.SQUARE,
    resolution: Resolution = Resolution.TWO_K,
    count: int = 1,
) -> Job:
    return made(vary(parent, prompt=prompt, aspect=aspect, resolution=resolution, count=count))


def test_the_first_one_is_called_by_its_words() -> None:
    assert caption_of(FOX, None) == ("a red fox in the snow at dusk", "")


@each_case(
    ("prompt", "title"),
    [
        ("a red fox in the snow at noon", "noon"),
        ("a red fox in the snow at dusk, with a hat", "with a hat"),
        ("A red fox, in the snow at dusk", "varied"),
        ("a red fox at dusk", "without “in the snow”"),
        ("two cats", "two cats"),
    ],
)
def test_a_variation_is_called_by_the_words_that_changed(prompt: str, title: str) -> None:
    assert caption_of(varied(FOX, prompt), FOX) == (title, "varied" if title != "varied" else "")


def test_a_variation_with_the_same_words_is_called_by_its_settings() -> None:
    wide = varied(FOX, FOX.request.prompt, Aspect.WIDE_16_9, Resolution.FOUR_K, 4)
    assert caption_of(wide, FOX) == ("varied · 4K · 16:9 · 4 pictures", "")
    both = varied(FOX, "a blue fox in the snow at dusk", Aspect.AUTO, count=2)
    assert caption_of(both, FOX) == ("blue", "varied · 2 pictures")


def test_what_one_press_made_is_called_by_the_press() -> None:
    assert caption_of(made(repeat(FOX)), FOX) == ("again", "")
    assert caption_of(made(enlarge(FOX, 0)), FOX) == ("in 4K", "")
    assert caption_of(made(vary_picture(FOUR, 2)), FOUR) == ("varied · picture 3", "")
    assert caption_of(made(enlarge(FOUR, 1)), FOUR) == ("in 4K · picture 2", "")
    revised = a_job(renders=(picture(0, revised_prompt="a red fox, painted in oil"),))
    assert caption_of(made(use_revised_prompt(revised, 0)), revised) == ("model's words", "")


def test_an_edit_is_called_by_all_of_its_words() -> None:
    assert caption_of(made(edit(FOX, 0, prompt="a hat for the fox")), FOX) == ("a hat for the fox", "edited")
    assert caption_of(made(edit(FOUR, 3, prompt="make it night")), FOUR) == (
        "make it night",
        "edited · picture 4",
    )


def test_one_scene_is_called_by_the_scene() -> None:
    series = a_series("a small fox", ("sleeps", "wakes up"))
    assert caption_of(made(repeat_scene(series, 1)), series) == ("wakes up", "one scene · picture 2")


def test_no_caption_shows_an_instruction_of_ours() -> None:
    larger = made(enlarge(FOX, 0))
    again = made(repeat(larger))
    assert caption_of(again, larger) == ("again", "")
    assert caption_of(larger, None) == (FOX.request.prompt, "in 4K")
    long = a_job(wish_prompt="x" * MAX_PROMPT)
    assert caption_of(made(vary_picture(long, 0)), None) == ("varied", "")


@given(job=results, parent=st.none() | results, origin=st.sampled_from(Origin))
def test_every_member_of_a_family_has_a_title(job: Job, parent: Job | None, origin: Origin) -> None:
    title, note = caption_of(job, parent)
    assert title
    if job.parent is not None:
        assert not any(ours in title + note for ours in (ENLARGE, VARIATION, SCENE))


def test_finding_new_words_takes_no_longer_for_words_that_repeat() -> None:
    assert new_words("a " * 2000, than="a " * 1999) == "a"
    assert new_words("a b a", than="a") == "b a"
    assert new_words("", than="a") == ""
