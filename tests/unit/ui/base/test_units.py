from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.ui.base.units import LONGEST, is_until_lifted, parse_span, span_suggestions, span_text
from tests.tables import each_case

MAX_CHOICES = 25  # Discord
MAX_CHOICE = 100


@each_case(
    ("text", "span"),
    [
        ("3d", timedelta(days=3)),
        ("12h", timedelta(hours=12)),
        ("30 min", timedelta(minutes=30)),
        ("2 Weeks", timedelta(weeks=2)),
        ("1 day and 12 hours", timedelta(hours=36)),
        ("1.5h", timedelta(minutes=90)),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@each_case("text", ["", "24", "soon", "0 h", "-3 d", "11 years", "4000 d", "9" * 500])
def test_what_is_no_span_is_not_guessed(text: str) -> None:
    assert parse_span(text) is None


@given(st.integers(1, int(LONGEST.total_seconds())))
def test_a_span_that_is_shown_can_be_typed_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)

    assert parse_span(span_text(span)) == span


@given(st.text(max_size=200))
def test_every_suggestion_is_one_that_can_be_used(typed: str) -> None:
    suggestions = span_suggestions(typed)

    assert 0 < len(suggestions) <= MAX_CHOICES
    assert all(parse_span(one) is not None or is_until_lifted(one) for one in suggestions)
    assert all(len(one) <= MAX_CHOICE for one in suggestions)


def test_what_was_typed_comes_first_in_other_words() -> None:
    assert span_suggestions("36h") == ["1 d 12 h"]
