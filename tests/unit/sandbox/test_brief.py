"""What the painter understands of a prompt."""

from __future__ import annotations

from bot.sandbox.painter.brief import Brief, read_brief
from bot.sandbox.painter.colours import NAMED
from tests.tables import each_case


def brief(prompt: str) -> Brief:
    return read_brief(prompt, entropy=1)


@each_case(
    ("prompt", "setting", "mood"),
    [
        ("a misty forest at sunset", "forest", "sunset"),
        ("the sea by night", "sea", "night"),
        ("a city in the rain", "city", "storm"),
        ("coral reef, turtles", "deep", "deep"),
        ("dunes of the Sahara", "desert", "desert"),
    ],
)
def test_place_and_hour_are_read_from_the_words(prompt: str, setting: str, mood: str) -> None:
    assert (brief(prompt).setting, brief(prompt).mood) == (setting, mood)


def test_a_subject_without_a_place_is_put_where_it_lives() -> None:
    assert brief("a lighthouse").setting == "sea"


def test_no_known_word_means_no_setting() -> None:
    assert brief("quarterly growth").setting is None


def test_the_colour_before_a_subject_belongs_to_it_and_not_to_the_air() -> None:
    understood = brief("a red fox in the mountains at noon")
    assert understood.subjects == (("fox", NAMED["red"]),)
    assert understood.palette == brief("a fox in the mountains at noon").palette


@each_case("word", ["foxes", "Fox", "fox,"])
def test_plurals_capitals_and_commas_do_not_matter(word: str) -> None:
    assert [name for name, _ in brief(f"two {word}").subjects] == ["fox"]


def test_at_most_three_subjects_are_painted() -> None:
    assert len(brief("fox cat owl whale tree").subjects) == 3
