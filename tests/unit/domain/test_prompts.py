from __future__ import annotations

import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import JOB_ID_LENGTH
from bot.domain.presets import PresetProblem, preset_problem
from bot.domain.prompts import clean_prompt, expand, file_stem, is_blank, read_scenes
from tests.tables import each_case

# Any character there is, and those that make trouble more often than chance would.
TROUBLE = "\u200b\u200c\u200d\u200e\u202a\u202e\u2066\u2069\ufeff\ufe0f\u00ad\u2028\u2029\u0000\x1b\x85\r\n\t \u3000"
texts = st.text(st.one_of(st.characters(), st.sampled_from(TROUBLE + "👩🦰❤🔥ක්")), max_size=60)


@each_case(
    "hidden",
    [
        "\u0000",  # control
        "\u001b",
        "\u007f",
        "\u202e",  # bidirectional
        "\u202c",
        "\u2066",
        "\u2069",
        "\u200e",
        "\u061c",
        "\u200b",  # zero-width
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u200d",  # a joiner that joins no emoji
        "\U000e0041",  # tags, which can hide a whole text
        "\ue000",  # private use
        "\uffff",
    ],
)
def test_characters_nobody_sees_are_taken_away(hidden: str) -> None:
    assert clean_prompt(f"fo{hidden}x") == "fox"


@each_case(
    "emoji",
    [
        "👩‍🦰",
        "🧑🏽‍🚀",
        "❤️‍🔥",
        "🏳️‍🌈",
        "👨‍👩‍👧‍👦",
        "🙂‍↔️",
        "\U0001fae9",  # newer than the Unicode of Python 3.11
        "🇳🇴",
        "1️⃣",
    ],
)
def test_emoji_stay_whole(emoji: str) -> None:
    assert clean_prompt(f"a {emoji} b") == f"a {emoji} b"


def test_scripts_that_need_the_joiner_keep_it() -> None:
    assert clean_prompt("ක්‍ෂ") == "ක්‍ෂ"


def test_lines_stay_lines_and_blank_ones_become_one() -> None:
    assert clean_prompt("a fox\r\n  in snow \n\n\n\n at night") == "a fox\nin snow\n\nat night"


@each_case("space", ["\t", "\u00a0", "\u3000", "  ", "\u2028", "\u2029", "\x0b", "\x85"])
def test_every_kind_of_space_becomes_a_plain_one(space: str) -> None:
    assert clean_prompt(f"a{space}fox") == "a fox"


@given(texts)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_prompt(text)

    assert clean_prompt(once) == once


@given(texts)
def test_what_is_left_hides_nothing(text: str) -> None:
    for char in clean_prompt(text):
        assert char in "\n\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(texts)
def test_cleaning_adds_nothing_and_leaves_no_space_at_the_ends(text: str) -> None:
    clean = clean_prompt(text)

    assert len(clean) <= len(text)
    assert clean == clean.strip()
    assert "\n\n\n" not in clean
    assert "  " not in clean


@given(st.text(string.ascii_letters + string.punctuation + "äßéñ漢字あ", max_size=50))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert clean_prompt(text) == text


def test_a_file_is_named_after_the_first_words_and_the_job() -> None:
    assert file_stem("A red fox, in snow!", "7f3k2m9q1z", 0) == "a-red-fox-in-snow-7f3k2m9q1z-1"


def test_accents_become_plain_letters() -> None:
    assert file_stem("Ein Märchenschloß", "7f3k2m9q1z", 3) == "ein-marchenschlo-7f3k2m9q1z-4"


@each_case("prompt", ["", "狐", "🦊", "../../", "x" * 200])
def test_a_prompt_without_usable_words_still_names_a_file(prompt: str) -> None:
    assert file_stem(prompt, "7f3k2m9q1z", 0) == "easel-7f3k2m9q1z-1"


@given(prompt=st.text(max_size=200), index=st.integers(0, 3))
def test_a_file_name_is_short_ascii_and_safe_everywhere(prompt: str, index: int) -> None:
    stem = file_stem(prompt, "z" * JOB_ID_LENGTH, index)

    assert len(stem) <= 60
    assert set(stem) <= set(string.ascii_lowercase + string.digits + "-")
    assert not stem.startswith("-")
    assert stem.endswith(f"-{'z' * JOB_ID_LENGTH}-{index + 1}")


@each_case(
    "text",
    [
        *(
            "\u3164",
            "\u115f\u1160",
            "\uffa0",
            "\u2800",
            "\u034f",
            "\ufe0f",
            "\u0301\u0302",
            "\u17b4",
            "\u180b",
        ),
        *("\U000e0041", "\U000e0100", "\u2065", "\ufff0", "\U0001d159", "\U00016fe4", "\u200b\u3000\u2062"),
        *("** **", "|| ||", "||||", "__ __", "_ _", "~~ ~~", "``` ```", "```\n```", "`\u3164`", "**__ __**"),
        *("> ", ">>> ", "# ", "### ", "-# ", "- ", "* ", "> > # ", "> \n> ", "[](https://a.example)"),
    ],
)
def test_a_text_of_which_discord_draws_nothing_is_blank(text: str) -> None:
    assert is_blank(text)
    assert read_scenes(f"{text}\na fox") == ("a fox",)
    assert preset_problem("ink", text) is PresetProblem.NO_TEXT


@each_case(
    "text",
    [
        "a",
        "🦊",
        "...",
        "?",
        "-_-",
        ">_<",
        "C#",
        "#1",
        "1.",
        "** **x",
        "||x||",
        "é",
        "ㅋ",
        "한",
        "1️⃣",
        "[x](y)",
    ],
)
def test_a_text_of_which_discord_draws_something_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_a_variable_leaves_out_alternatives_that_show_nothing() -> None:
    expansion = expand("{** **,red,|| ||}")
    assert expansion is not None
    assert expansion.prompts == ("red",)
