from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.safety import safety_concern
from bot.domain.jobs import MAX_PROMPT
from bot.domain.prompts import (
    MAX_SCENES,
    MIN_SCENES,
    SeriesProblem,
    album_text,
    clean_prompt,
    problem_of,
    read_scenes,
    scene_prompts,
)
from tests.tables import each_case

FOX = "a red fox with a green scarf, ink drawing"
SCENES = ("it leaves its den", "it meets an owl", "it sleeps under a tree")
scene_lists = st.lists(
    st.text(max_size=40).map(lambda text: " ".join(clean_prompt(text).split())).filter(bool),
    min_size=MIN_SCENES,
    max_size=MAX_SCENES,
)


def test_each_line_with_words_is_a_scene() -> None:
    assert read_scenes("a den\r\n\n   \n  an   owl \u200b\n") == ("a den", "an owl")


@each_case(
    "mark", ["1. ", "2) ", "(3) ", "12. ", "- ", "– ", "* ", "• ", "•\t", "1、", "1️⃣ ", "- 1. ", "  - "]
)
def test_bullets_and_numbers_of_a_list_are_taken_away(mark: str) -> None:
    assert read_scenes(f"{mark}a den\n{mark}an owl") == ("a den", "an owl")


@each_case(
    "line",
    ["3 foxes", "2.5 meters of snow", "-5 degrees", "1984. A year", "10:30 in the morning", "*loud* thunder"],
)
def test_a_scene_may_begin_with_a_number_or_a_mark(line: str) -> None:
    assert read_scenes(line) == (line,)


@each_case("line", ["-", "1.", "•", "- 2)"])
def test_a_bullet_without_words_is_no_scene(line: str) -> None:
    assert read_scenes(f"a den\n{line}") == ("a den",)


def test_every_picture_is_asked_with_the_same_words_but_for_its_scene() -> None:
    prompts = scene_prompts(FOX, SCENES)

    assert len({prompt.removesuffix(scene) for prompt, scene in zip(prompts, SCENES, strict=True)}) == 1
    assert all(prompt.startswith(FOX) for prompt in prompts)


def test_no_picture_is_asked_with_the_scene_of_another() -> None:
    first, *_ = scene_prompts(FOX, SCENES)

    assert SCENES[1] not in first


def test_nothing_is_numbered_in_what_a_picture_is_asked_with() -> None:
    """A model writes such a number into the picture, or draws all scenes as panels of one."""
    assert not any(char.isdigit() for prompt in scene_prompts(FOX, SCENES) for char in prompt)


@each_case("shared", ["", "  ", "\u200b\n"])
def test_where_nothing_is_shared_the_scenes_stand_alone(shared: str) -> None:
    assert scene_prompts(shared, SCENES) == SCENES
    assert problem_of(shared, SCENES) is None


def test_our_own_words_alarm_no_filter() -> None:
    assert all(safety_concern(prompt, references=2) is None for prompt in scene_prompts(FOX, SCENES))


@each_case(
    ("count", "problem"),
    [
        (0, SeriesProblem.TOO_FEW),
        (MIN_SCENES - 1, SeriesProblem.TOO_FEW),
        (MIN_SCENES, None),
        (MAX_SCENES, None),
        (MAX_SCENES + 1, SeriesProblem.TOO_MANY),
    ],
)
def test_a_series_has_some_scenes_but_not_many(count: int, problem: SeriesProblem | None) -> None:
    assert problem_of(FOX, ["a den"] * count) is problem


def test_shared_text_and_scene_together_are_no_longer_than_a_prompt() -> None:
    ours = len(scene_prompts("x", ["y"])[0]) - 2
    longest = "x" * (MAX_PROMPT - ours - 3)

    assert problem_of(longest, ["owl", "den"]) is None
    assert problem_of(longest, ["owl", "dens"]) is SeriesProblem.TOO_LONG


def test_an_album_shows_what_is_shared_and_the_numbered_scenes() -> None:
    assert album_text(FOX, SCENES[:2]) == f"{FOX}\n\n1. it leaves its den\n2. it meets an owl"
    assert album_text("", SCENES[:2]) == "1. it leaves its den\n2. it meets an owl"


def test_a_long_album_shows_something_of_every_scene() -> None:
    text = album_text("a fox " * 500, ["an owl " * 300, "a den", "snow " * 300])

    assert MAX_PROMPT - 10 <= len(text) <= MAX_PROMPT
    assert "\n2. a den\n3. snow snow" in text
    assert text.endswith("…")


@given(shared=st.text(max_size=40), scenes=scene_lists, times=st.integers(1, 200))
def test_an_album_always_fits_and_begins_each_scene(shared: str, scenes: list[str], times: int) -> None:
    scenes = [scene * times for scene in scenes]

    text = album_text(shared * times, scenes)

    assert len(text) <= MAX_PROMPT
    for number, scene in enumerate(scenes, start=1):
        assert f"{number}. {scene[:1]}" in text


@given(scene_lists)
def test_the_scenes_of_an_album_can_be_read_again(scenes: list[str]) -> None:
    plain = [f"owl {scene}" for scene in scenes]  # one that is itself a bullet would be taken for one

    assert read_scenes(album_text("", plain)) == tuple(plain)
