from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import MAX_PROMPT
from bot.domain.presets import (
    MAX_NAME,
    PLACE,
    PresetProblem,
    clean_name,
    name_problem,
    preset_key,
    preset_problem,
    with_prompt,
)
from bot.domain.prompts import expand
from tests.tables import each_case

INK = "ink drawing, white paper"


@each_case(
    "name",
    [
        "ink",
        "My style_2",
        "low-poly",
        "日本 夏",
        "नमस्ते",
        "Größe",
        "ภาษาไทย",
        "🦊",
        "❤️ fox",
        "🏳️‍🌈",
        "👩🏽‍🚀",
        "1️⃣",
        "\U0001fae9",  # newer than the Unicode of Python 3.11
        "x" * MAX_NAME,
    ],
)
def test_letters_digits_and_emoji_of_any_script_name_a_preset(name: str) -> None:
    assert name_problem(name) is None


@each_case("name", ["", "   ", "\u200b", "\n"])
def test_a_preset_needs_a_name(name: str) -> None:
    assert name_problem(name) is PresetProblem.NO_NAME


def test_a_name_has_an_end() -> None:
    assert name_problem("x" * (MAX_NAME + 1)) is PresetProblem.NAME_TOO_LONG


@each_case(
    "name",
    [
        "@everyone",
        "<@7>",
        "<#5>",
        "<:fox:1>",
        "*bold*",
        "~gone~",
        "`code`",
        "｀code｀",
        "||spoiler||",
        "[a](b)",
        "https://a.b",
        "# big",
        "a\\b",
        "a\nb",
        "a  b",
        " a",
        "fo\u200bx",
        "fo\u202ex",
        "\u3164",  # letters that show nothing
        "a\u2800",
        "---",
        "_ _",
        "\ufe0f",
        "🏻",
        "{prompt}",
    ],
)
def test_a_name_that_formats_mentions_links_or_hides_cannot_be_used(name: str) -> None:
    assert name_problem(name) is PresetProblem.NAME_UNUSABLE


def test_a_name_is_kept_in_one_plain_line() -> None:
    assert clean_name("  my\u3000 ink\n\u200bstyle ") == "my ink style"


@given(st.text(st.characters(categories=("L", "N", "M", "S")) | st.sampled_from(" -_@*<\u200d❤️"), max_size=8))
def test_a_good_name_is_as_it_was_typed_and_stands_still(name: str) -> None:
    if name_problem(name) is None:
        assert clean_name(name) == name
        assert preset_key(name)
        assert not set(name) & set("@#<>*~`|[]()\\:/\n")


@each_case(
    ("one", "other"),
    [("Ink", "ink"), ("my  ink", " My Ink "), ("ＩＮＫ", "ink"), ("STRASSE", "straße"), ("é", "e\u0301")],
)
def test_names_that_say_the_same_are_the_same(one: str, other: str) -> None:
    assert preset_key(one) == preset_key(other)


@each_case(("one", "other"), [("ink", "inks"), ("my ink", "myink"), ("a-b", "a_b"), ("🦊", "🐺")])
def test_names_that_say_something_else_are_told_apart(one: str, other: str) -> None:
    assert preset_key(one) != preset_key(other)


@given(st.text(max_size=40))
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert preset_key(preset_key(name)) == preset_key(name)


@each_case(
    ("name", "text", "problem"),
    [
        ("ink", INK, None),
        ("wide", PLACE, None),
        ("ink", "x" * MAX_PROMPT, None),
        ("", "", PresetProblem.NO_NAME),
        ("@x", "", PresetProblem.NAME_UNUSABLE),
        ("ink", " \n\u200b", PresetProblem.NO_TEXT),
        ("ink", "x" * (MAX_PROMPT + 1), PresetProblem.TEXT_TOO_LONG),
    ],
)
def test_a_preset_is_judged_by_its_name_then_its_text(
    name: str, text: str, problem: PresetProblem | None
) -> None:
    assert preset_problem(name, text) is problem


@each_case(
    ("text", "words", "prompt"),
    [
        (INK, "a fox", "a fox, ink drawing, white paper"),
        ("{prompt}, ink", "a fox", "a fox, ink"),
        ("portrait of {prompt}; {prompt} smiles", "a fox", "portrait of a fox; a fox smiles"),
        ("{ Prompt }, ink", "a fox", "a fox, ink"),
        (INK, "a  fox, ", "a fox, ink drawing, white paper"),
        ("{prompt}, ink", r"\1 \g<0>", r"\1 \g<0>, ink"),
        ("{prompt}, ink", "{prompt}", "{prompt}, ink"),
        ("", "a fox", "a fox"),
        (r"\{prompt\}", "a fox", r"a fox, \{prompt\}"),
    ],
)
def test_words_take_their_place_or_come_first(text: str, words: str, prompt: str) -> None:
    assert with_prompt(text, words) == prompt


@each_case("words", ["", "  ", ",", "\u200b"])
@each_case(
    ("text", "prompt"),
    [
        (INK, INK),
        ("{prompt}, ink", "ink"),
        ("ink of {prompt}, white paper", "ink of, white paper"),
        ("ink, {prompt}, white paper", "ink, white paper"),
        ("a {prompt} drawing", "a drawing"),
        (PLACE, ""),
    ],
)
def test_without_words_their_place_leaves_no_gap(words: str, text: str, prompt: str) -> None:
    assert with_prompt(text, words) == prompt


def test_the_place_for_words_is_no_variable() -> None:
    assert expand("{prompt}, ink") is None
    assert expand('{"subject": "{prompt}", "style": "ink"}') is None


def test_a_preset_may_have_variables_and_so_may_the_words() -> None:
    expansion = expand(with_prompt("{prompt}, {ink,oil}", "{red,grey} fox"))

    assert expansion is not None
    assert expansion.prompts == ("red fox, ink", "red fox, oil", "grey fox, ink", "grey fox, oil")


def test_words_go_into_a_preset_of_json() -> None:
    prompt = with_prompt('{"subject": "{prompt}", "style": "ink"}', "a fox, asleep")

    assert prompt == '{"subject": "a fox, asleep", "style": "ink"}'
    assert expand(prompt) is None


def test_hundreds_of_places_make_a_prompt_that_is_too_long_but_not_huge() -> None:
    prompt = with_prompt(PLACE * (MAX_PROMPT // len(PLACE)), "x" * MAX_PROMPT)

    assert MAX_PROMPT < len(prompt) <= 2 * MAX_PROMPT


@given(text=st.text('{}prompt, a\n"', max_size=40), words=st.text("{}fox, \n", max_size=20))
def test_words_are_in_the_prompt_wherever_they_go(text: str, words: str) -> None:
    words = words.strip(" ,\n")

    if words and "  " not in words and "\n" not in words:
        assert words in with_prompt(text, words)
