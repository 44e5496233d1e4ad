"""What a server's own words and patterns stop."""

from __future__ import annotations

import random
import string
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.filters import (
    MAX_FILTER_TEXT,
    MAX_FILTERS,
    Filter,
    FilterKind,
    FilterProblem,
    all_matches,
    check_filter,
    first_match,
)
from bot.domain.content.look_alikes import LOOK_ALIKES
from tests.tables import each_case
from tests.unit.domain.content.disguises import DISGUISES, disguise

WORD, PATTERN = FilterKind.WORD, FilterKind.PATTERN


def _found(kind: FilterKind, text: str, prompt: str) -> str | None:
    match = first_match([Filter(id=1, kind=kind, text=text)], prompt)
    return match.found if match else None


@each_case(
    ("text", "prompt", "found"),
    [
        ("ass", "what an Ass!", "Ass"),
        ("ass", "an a$$ and more", "a$$"),
        ("ass", "aѕs", "aѕs"),
        ("ass", "aß", "aß"),
        ("nude", "a NÜDE, please", "NÜDE"),
        ("nude", "a n u d e one", "n u d e"),
        ("nude", "n.u.d.e", "n.u.d.e"),
        ("nude", "so nuuuuude!", "nuuuuude"),
        ("nude", "nu-de", "nu-de"),
        ("nude", "say:nude,now", "nude"),
        ("nude", "\u202enude", "nude"),
        ("p0rn", "porn", "porn"),
        ("r.i.p", "rip", "rip"),
        ("don't", "please don't", "don't"),
        ("bad word", "a Bad,  --  WORD here", "Bad,  --  WORD"),
        ("18+", "it is 18+ only", "18"),
        ("1488", "say 1488", "1488"),
        ("голый", "совсем Голый король", "Голый"),
        ("γυμνός", "ένας Γυμνός άνδρας", "Γυμνός"),
        ("裸", "全裸の人", "裸"),
        ("裸体", "裸 体", "裸 体"),
        ("カタカナ", "これはｶﾀｶﾅです", "ｶﾀｶﾅ"),
        ("누드", "누드를 그려", "누드"),
        ("عارية", "امرأة عَارِيَة", "عَارِيَة"),
        ("नंगी", "एक नंगी औरत", "नंगी"),
        ("เปลือย", "ภาพเปลือยกาย", "เปลือย"),
        ("🍆", "eat a🍆🍆now", "🍆"),
        ("🇩🇪", "flags 🇫🇷🇩🇪🇮🇹", "🇩🇪"),
        ("🖕", "this 🖕🏿", "🖕"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, prompt: str, found: str) -> None:
    assert check_filter(WORD, text) is None
    match = _found(WORD, text, prompt)
    assert match is not None
    assert match.rstrip("🏿") == found


@each_case(
    ("text", "prompt"),
    [
        ("ass", "grass, classic, bass and Assam"),
        ("ass", "as s"),
        ("as", "ass"),
        ("cunt", "Scunthorpe"),
        ("nude", "denuded nudes"),
        ("boob", "bob"),
        ("good", "god"),
        ("ak", "a 4K wallpaper"),
        ("is", "15 people"),
        ("hell", "he'll come"),
        ("ass", "C L A S S"),
        ("bad word", "bad wording"),
        ("bad word", "word bad"),
        ("голый", "голубой"),
        ("ё", "нос"),
        ("10", "1000 stars"),
        ("裸足", "裸の足"),
    ],
)
def test_a_word_stops_only_the_whole_word(text: str, prompt: str) -> None:
    assert _found(WORD, text, prompt) is None


@each_case(
    ("text", "prompt", "found"),
    [
        ("nud*", "total nudity!", "nudity"),
        ("nud*", "NUD", "NUD"),
        ("nud*", "n u d i t y", "n u d i t y"),
        ("*gate", "watergate 2", "watergate"),
        ("*nud*", "denuded", "denuded"),
        ("b?d", "a bed", "bed"),
        ("b?d", "bd bird", None),
        ("nud*", "a denuded hill", None),
        ("(kill|murder) ... (child|kid)", "kill a very small poor little kid", "kill a very small poor little kid"),
        ("(kill|murder) ... (child|children)", "murder children", "murder children"),
        ("(kill|murder) ... (child|children)", "kill one two three four five six child", None),
        ("(un|)dress*", "undressing", "undressing"),
        ("(un|)dress*", "dressed", "dressed"),
        ("(un|)dress*", "redressed", None),
        ("remove (the|) hat", "remove hat", "remove hat"),
        ("remove (the|) hat", "remove the hat", "remove the hat"),
        ("remove (the|) hat", "remove a hat", None),
        ("(big cat|dog) show", "a big cat show", "big cat show"),
        ("a…z", "a b c z", "a b c z"),
        ("（cat｜dog）＊", "dogs", "dogs"),
        ("f*k", "firetruck", "firetruck"),
        ("裸*", "全裸の", "裸"),
        ("голы*", "голыми", "голыми"),
    ],
)  # fmt: skip
def test_a_pattern_finds_what_it_says(text: str, prompt: str, found: str | None) -> None:
    assert check_filter(PATTERN, text) is None
    assert _found(PATTERN, text, prompt) == found


@each_case(
    ("kind", "text", "problem"),
    [
        (WORD, "", FilterProblem.EMPTY),
        (WORD, " \u200b!? ", FilterProblem.EMPTY),
        (PATTERN, "...", FilterProblem.EMPTY),
        (WORD, "x" * (MAX_FILTER_TEXT + 1), FilterProblem.TOO_LONG),
        (WORD, "aq aw ar at ap as ad af ag", FilterProblem.TOO_MANY_WORDS),
        (PATTERN, "qa wb rc td pe sf dg fh gi", FilterProblem.TOO_MANY_WORDS),
        (PATTERN, "q*q*q*q*q*q", FilterProblem.TOO_MANY_STARS),
        (PATTERN, "(q*q*q*|w)*q*q", FilterProblem.TOO_MANY_STARS),
        (PATTERN, "(a|b|c|d|e|f|g|h|i)kkk", FilterProblem.TOO_MANY_CHOICES),
        (PATTERN, "(kill", FilterProblem.UNBALANCED),
        (PATTERN, "kill)", FilterProblem.UNBALANCED),
        (PATTERN, "kill|murder", FilterProblem.UNBALANCED),
        (PATTERN, "((a|b)|c)", FilterProblem.NESTED),
        (PATTERN, "*", FilterProblem.TOO_BROAD),
        (PATTERN, "?", FilterProblem.TOO_BROAD),
        (PATTERN, "????", FilterProblem.TOO_BROAD),
        (PATTERN, "* *", FilterProblem.TOO_BROAD),
        (PATTERN, "a*", FilterProblem.TOO_BROAD),
        (PATTERN, "(badword|a)", FilterProblem.TOO_BROAD),
        (PATTERN, "*in*", FilterProblem.TOO_BROAD),
        (WORD, "a", FilterProblem.TOO_BROAD),
        (WORD, "я", FilterProblem.TOO_BROAD),
        (WORD, "the", FilterProblem.TOO_BROAD),
    ],
)
def test_a_filter_that_will_not_do_is_named_and_stops_nothing(
    kind: FilterKind, text: str, problem: FilterProblem
) -> None:
    assert check_filter(kind, text) is problem
    assert _found(kind, text, "a kill of the badword, я, in q w") is None


@each_case("text", ["nud*", "b?d", "(cat|dog)", "cat|dog", "kill ... child", "kill…child", "cat＊"])
def test_a_word_with_the_marks_of_a_pattern_is_none(text: str) -> None:
    assert check_filter(WORD, text) is FilterProblem.NOT_A_WORD


@each_case("text", ["how old is she?", "really?!", "well...", "a$$", "don't"])
def test_marks_that_end_a_sentence_may_stand_in_a_phrase(text: str) -> None:
    assert check_filter(WORD, text) is None


@each_case("text", ["裸", "🍑", "똥", "ok", "42", "x" * MAX_FILTER_TEXT])
def test_a_short_or_long_word_that_says_enough_will_do(text: str) -> None:
    assert check_filter(WORD, text) is None


def test_the_first_filter_in_order_is_reported_and_a_test_shows_all() -> None:
    filters = [
        Filter(id=7, kind=WORD, text="zebra"),
        Filter(id=8, kind=WORD, text="cat"),
        Filter(id=9, kind=PATTERN, text="d?g*"),
    ]
    prompt = "Dogs chase a CAT and another cat"
    first = first_match(filters, prompt)
    assert first is not None
    assert (first.filter.id, first.found) == (8, "CAT")
    assert [(match.filter.id, match.found) for match in all_matches(filters, prompt)] == [
        (8, "CAT"),
        (9, "Dogs"),
    ]


@given(
    word=st.sampled_from(["badword", "dragon", "tomato", "bookkeeper", "gossip", "lantern"]),
    how=st.lists(st.sampled_from(DISGUISES), max_size=4, unique=True),
    seed=st.integers(0, 2**32),
)
def test_disguises_of_a_stopped_word_do_not_help(word: str, how: list[str], seed: int) -> None:
    prompt = f"one big {disguise(word, how, random.Random(seed))} here"
    assert _found(WORD, word, prompt) is not None, prompt


@given(
    word=st.text(string.ascii_lowercase, min_size=3, max_size=8),
    before=st.text(string.ascii_letters, max_size=5),
    after=st.text(string.ascii_letters, max_size=5),
)
def test_a_stopped_word_inside_a_longer_one_is_let_through(word: str, before: str, after: str) -> None:
    # "x" and "q" keep stretched letters at the seams apart from those of the word.
    longer = f"{before}x{word}q{after}" if word[0] != "x" and word[-1] != "q" else f"{before}j{word}z{after}"
    if word[0] in "xj" or word[-1] in "qz":
        return
    assert _found(WORD, word, f"one {longer} here") is None or word in {"one", "here"}


@given(kind=st.sampled_from(FilterKind), text=st.text(max_size=120), prompt=st.text(max_size=400))
def test_no_text_makes_it_fail(kind: FilterKind, text: str, prompt: str) -> None:
    assert check_filter(kind, text) in {None, *FilterProblem}
    match = first_match([Filter(id=1, kind=kind, text=text)], prompt)
    assert match is None or (match.found and match.found in prompt)


@given(text=st.text("ab(|)*?. ", max_size=40), prompt=st.text("ab .", max_size=60))
def test_no_pattern_makes_it_fail(text: str, prompt: str) -> None:
    check_filter(PATTERN, text)
    _found(PATTERN, text, prompt)


@given(word=st.text("аяжшдλωяعربनमकखกขא", min_size=2, max_size=6))
def test_words_of_other_scripts_find_themselves(word: str) -> None:
    assert check_filter(WORD, word) is not None or _found(WORD, word, f"x {word} y") is not None


def _seconds(filters: list[Filter], prompt: str) -> float:
    """The quickest of a few goes: other work on the machine only ever slows one down."""
    goes: list[float] = []
    for _ in range(5):
        begun = perf_counter()
        all_matches(filters, prompt)
        goes.append(perf_counter() - begun)
    return min(goes)


@pytest.mark.parametrize(
    "text",
    [
        "*a*a*a*a" + "?a" * 40 + "b",
        "(ab|a|b|?) ... (ab|a|b|?) ... (ab|a|b|?) ... (ab|a|b|a?)ab ... ab c",
        "(a*|a*a|?*|b*)" * 4 + "bbc",
    ],
)
@pytest.mark.parametrize("prompt", ["a", "ab", "a b ", "ab "])
@pytest.mark.speed
def test_hostile_patterns_take_time_in_proportion(text: str, prompt: str) -> None:
    filters = [Filter(id=1, kind=PATTERN, text=text)] * 20
    short, long = (prompt * (length // len(prompt)) for length in (1_000, 8_000))
    _seconds(filters, short)
    assert _seconds(filters, long) < 8 * _seconds(filters, short) * 4


@pytest.mark.speed
def test_a_full_list_of_filters_and_a_long_prompt_are_no_burden() -> None:
    choose = random.Random(5)
    words = ["".join(choose.choices(string.ascii_lowercase, k=choose.randint(2, 9))) for _ in range(900)]
    prompt = " ".join(words)[:4_000]
    filters = [
        Filter(
            id=index,
            kind=PATTERN if index % 2 else WORD,
            text=choose.choice(words)[:8] + "x*"[: 1 + index % 2],
        )
        for index in range(MAX_FILTERS)
    ]
    all_matches(filters, prompt)
    assert _seconds(filters, prompt) < 0.1


# What Unicode calls alike, and is meant to be read otherwise.
_READ_OTHERWISE = {
    "ſ": "a long s, by Unicode's own decomposition",
    "˛": "an accent that stands alone",
    "ͺ": "an accent that stands alone",
}


def test_every_look_alike_of_a_letter_that_unicode_knows_is_read() -> None:
    unread: list[str] = []
    for latin, codes in LOOK_ALIKES.items():
        for char in (chr(int(code, 16)) for code in codes.split()):
            word = Filter(id=1, kind=FilterKind.WORD, text=f"w{latin}w".lower())
            if first_match([word], f"a w{char}w b") is None:
                unread.append(char)
    assert set(unread) == set(_READ_OTHERWISE)


@each_case("disguise", ["ꓦꓲꓳꓡꓰꓠꓚꓰ", "ᐯIOᒪEᑎᑕE", "vioIence", "ꛟ𖼨𐊒𖼖𐊆𐔓𐊢𐊆", "viοlen🝌e", "vi〇lenငe"])
def test_a_word_in_letters_of_other_scripts_is_found(disguise: str) -> None:
    word = Filter(id=1, kind=FilterKind.WORD, text="violence")
    assert first_match([word], f"some {disguise}, please") is not None


@each_case(
    ("banned", "prompt"),
    [("AI", "Al is cooking al dente"), ("lol", "a silver lolly"), ("x", "5 × 7 inches"), ("exe", "e×tra")],
)
def test_a_capital_i_and_signs_are_not_read_more_widely_than_meant(banned: str, prompt: str) -> None:
    assert first_match([Filter(id=1, kind=FilterKind.WORD, text=banned)], prompt) is None


def test_words_of_a_script_without_spaces_are_still_found_around_look_alikes() -> None:
    assert first_match([Filter(id=1, kind=FilterKind.WORD, text="二〇")], "在二〇二六年") is not None
    assert first_match([Filter(id=1, kind=FilterKind.WORD, text="ငါး")], "ဝင်ငါးပြား") is not None
