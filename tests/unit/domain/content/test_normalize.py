"""How text is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.letters import read_letters
from bot.domain.content.normalize import fold
from tests.tables import each_case


def _plain(text: str) -> str:
    return "".join(unit.glyph.same for unit in read_letters(text))


@each_case(
    ("text", "plain"),
    [
        ("HeLLo", "hello"),
        ("Ñandú", "nandu"),
        ("ﬁne", "fine"),
        ("ＦＵＬＬ", "full"),
        ("𝕯𝖔𝖚𝖇𝖑𝖊", "double"),
        ("a\u200db\u00adc\ufe0fd", "abcd"),
        ("æther", "aether"),
        ("pаѕѕ", "pass"),
        ("Ꭱⲟⲟt", "root"),
        ("٣ and ३", "3 and 3"),
        ("z\u0336a\u0353\u0489l\u0334go", "zalgo"),
        ("ｶﾞ", "ガ"),
        ("한국", "한국"),
        ("1000", "1000"),
        ("soooo", "so"),
        ("b000bs", "b0bs"),
        ("nude™", "nude "),
        ("", ""),
    ],
)
def test_letters_are_read_for_what_they_are(text: str, plain: str) -> None:
    assert _plain(text) == plain


@each_case("text", ["が", "か", "हिन्दी", "ที่", "שלום"])
def test_signs_that_are_part_of_a_letter_stay(text: str) -> None:
    assert len(_plain(text)) >= len(text) - text.count("\u05bc")


@given(text=st.text())
def test_every_unit_knows_where_it_was_written(text: str) -> None:
    for reading in fold(text).readings:
        for unit in reading.units:
            assert 0 <= unit.start <= unit.end <= len(text)


def test_a_text_without_pulled_apart_words_has_one_reading() -> None:
    assert len(fold("a plain prompt").readings) == 1
    assert len(fold("a p-lain prompt").readings) == 2
    assert len(fold("a p l a i n prompt").readings) == 2
