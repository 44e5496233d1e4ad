"""What the buttons of a gallery remember."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ports.library import ResultKind
from bot.domain.prompts import clean_prompt
from bot.ui.history.lists import PAST
from bot.ui.history.pages import (
    MAX_PAGE,
    MAX_SEARCH,
    PER_PAGE,
    Query,
    last_page,
    page_count,
    query_of,
    search_words,
)
from tests.tables import each_case

MAX_CUSTOM_ID = 100  # Discord
LARGEST_ID = 8_999_999_999_999_999_999  # larger ones are not given out before the year 2083

queries = st.builds(
    Query,
    user_id=st.integers(0, LARGEST_ID),
    page=st.integers(0, MAX_PAGE),
    kind=st.none() | st.sampled_from(ResultKind),
    words=st.text(max_size=200).map(search_words),
)


@given(query=queries)
def test_a_button_remembers_its_page_whatever_is_searched_for(query: Query) -> None:
    custom_id = PAST.button(str(query), "Older").custom_id
    assert len(custom_id.encode("utf-16-le")) // 2 <= MAX_CUSTOM_ID
    found = PAST.item_class.__discord_ui_compiled_template__.fullmatch(custom_id)
    assert found is not None
    assert query_of(found["payload"]) == query


@given(text=st.text(max_size=300))
def test_what_is_searched_for_is_one_clean_line(text: str) -> None:
    words = search_words(text)
    assert len(words) <= MAX_SEARCH
    assert words == " ".join(clean_prompt(words).split())
    assert search_words(words) == words


def test_forty_letters_are_searched_for_in_full_and_sixty_emoji_in_part() -> None:
    assert search_words("x" * 60) == "x" * 40
    assert search_words("🦊" * 60) == "🦊" * 30
    assert search_words("  a \n red   fox ") == "a red fox"


def test_a_sort_that_is_not_known_any_more_is_every_sort() -> None:
    assert query_of("3:z:7:a:b") == Query(user_id=7, page=3, words="a:b")


@each_case(("total", "number"), [(0, 1), (1, 1), (PER_PAGE, 1), (PER_PAGE + 1, 2), (19, 3)])
def test_entries_fill_pages(total: int, number: int) -> None:
    assert page_count(total) == number
    assert last_page(total, 99) == number - 1
    assert last_page(total, 0) == 0
