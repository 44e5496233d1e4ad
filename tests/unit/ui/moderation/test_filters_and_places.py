"""The lists moderators see: blocks, filters, channels, and what a prompt would meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.filters import MAX_FILTER_TEXT, MAX_FILTERS, Filter, FilterKind, Match
from bot.domain.content.safety import SafetyConcern
from bot.domain.moderation import MAX_REASON
from bot.domain.policy.decision import Block
from bot.services.moderation import SHOWN_BLOCKS, PromptTest
from bot.ui.base.components import box_of, view_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_MESSAGE_TEXT
from bot.ui.base.theme import AMBER, PLUM, TEAL
from bot.ui.moderation.filters import filter_choice, filter_choices, filter_list, prompt_test
from bot.ui.moderation.places import block_list, channel_list, modlog_place
from tests.discord_limits import MAX_COMPONENTS, parts
from tests.tables import each_case
from tests.unit.ui.cards.test_card import labels_of, mentioned, text_of
from tests.unit.ui.jobs import MARKDOWN, NOW, OTHER, REQUESTER, prompts
from tests.unit.ui.moderation.test_budget import SETTINGS, colour_of

ID = 8_999_999_999_999_999_999  # the largest that a button may name


def a_block(reason: str = "spam", *, ends: bool = True) -> Block:
    until = NOW + timedelta(days=1) if ends else None
    return Block(user_id=REQUESTER, until=until, reason=reason, by=OTHER, at=NOW)


def word(number: int, text: str = "gore") -> Filter:
    return Filter(id=number, kind=FilterKind.WORD, text=text)


def pages_of(filters: list[Filter]) -> list[ui.LayoutView]:
    """Every page that the buttons lead to, from the first."""
    pages = [filter_list(filters)]
    while f"Page {len(pages) + 1}" in labels_of(pages[-1]):
        pages.append(filter_list(filters, len(pages) + 1))
    return pages


def test_a_block_tells_whom_why_until_when_and_by_whom() -> None:
    text = text_of(view_of(block_list([a_block()], 1)))

    assert "### 1 member is blocked" in text
    assert f"<@{REQUESTER}> “spam”\n-# until <t:" in text
    assert f"by <@{OTHER}>" in text


def test_a_block_without_an_end_holds_until_lifted() -> None:
    assert "until lifted" in text_of(view_of(block_list([a_block(ends=False)], 1)))


def test_each_of_many_blocks_can_be_lifted_by_a_button_or_in_the_menu() -> None:
    blocks = [replace(a_block(), user_id=100 + number) for number in range(SHOWN_BLOCKS)]

    found = list(parts(view_of(block_list(blocks, SHOWN_BLOCKS))))

    pressed = {str(part.get("custom_id", "")).removeprefix("easel:unblock:list:") for part in found}
    chosen = {option["value"] for part in found for option in part.get("options", ())}
    assert {str(block.user_id) for block in blocks} <= pressed | chosen


def test_nobody_blocked_tells_what_a_block_is() -> None:
    assert "Nobody is blocked" in text_of(view_of(block_list([], 0)))


@given(st.text(min_size=1, max_size=MAX_REASON) | st.sampled_from(["*" * MAX_REASON, MARKDOWN]))
def test_the_fullest_list_of_blocks_fits_and_pings_nobody(reason: str) -> None:
    block = replace(a_block(reason), user_id=ID, by=ID)
    done = box_of(TEAL, "unblocked")

    view = view_of(done, block_list([block] * SHOWN_BLOCKS, 4000))

    assert len(list(parts(view))) <= MAX_COMPONENTS
    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert mentioned(view) <= {str(ID)}
    assert "and 3975 more" in text_of(view)


def test_a_filter_is_shown_by_its_number_behind_a_spoiler() -> None:
    text = text_of(filter_list([word(7, "go||re"), Filter(id=9, kind=FilterKind.PATTERN, text="bl*d")]))

    assert "**#7** ||go\\|\\|re||" in text
    assert "**#9** ||bl\\*d|| · pattern" in text


def test_one_page_has_no_buttons() -> None:
    assert labels_of(filter_list([word(1)])) == []


def test_every_filter_is_on_one_page_and_every_page_fits() -> None:
    filters = [word(number, "*" * MAX_FILTER_TEXT) for number in range(1, MAX_FILTERS + 1)]

    pages = pages_of(filters)

    text = "\n".join(text_of(page) for page in pages)
    assert all(page.content_length() <= MAX_MESSAGE_TEXT for page in pages)
    assert all(text.count(f"**#{one.id}** ") == 1 for one in filters)


@each_case("page", [0, 999])
def test_a_page_that_is_gone_shows_the_nearest(page: int) -> None:
    assert "**#1**" in text_of(filter_list([word(1)], page))


def test_filters_are_found_by_number_and_by_text() -> None:
    filters = [word(1, "gore"), word(12, "blood"), word(3, "Gory scenes")]

    assert [one.id for one in filter_choices(filters, "gor")] == [1, 3]
    assert [one.id for one in filter_choices(filters, "#1")] == [1, 12]
    assert len(filter_choices([word(number) for number in range(1, 90)], "")) == 25


@given(st.text(min_size=1, max_size=MAX_FILTER_TEXT))
def test_a_choice_is_one_discord_takes(text: str) -> None:
    assert len(filter_choice(word(9_999_999, text))) <= MAX_CHOICE


def test_a_prompt_that_passes_says_so() -> None:
    view = prompt_test("a red fox", PromptTest(danger=None, matches=()))

    assert "### This prompt would pass\n> a red fox" in text_of(view)
    assert colour_of(view) == TEAL


def test_a_prompt_that_is_stopped_says_openly_by_which_filters_and_words() -> None:
    blood = Filter(id=9, kind=FilterKind.PATTERN, text="bl*d")
    matches = (Match(filter=word(7), found="g0re"), Match(filter=blood, found="bl00d"))

    view = prompt_test("g0re and bl00d", PromptTest(danger=None, matches=matches))

    assert "### This prompt would be blocked" in text_of(view)
    assert "**Filter #7** · word or phrase “gore” matches **g0re**" in text_of(view)
    assert r"**Filter #9** · pattern “bl\*d” matches **bl00d**" in text_of(view)
    assert "||" not in text_of(view)
    assert colour_of(view) == PLUM


def test_adult_words_alone_pass_in_age_restricted_channels() -> None:
    view = prompt_test("x", PromptTest(danger=SafetyConcern.ADULT, matches=()))

    assert "### This prompt would pass only in age-restricted channels" in text_of(view)
    assert colour_of(view) == AMBER


@each_case("danger", [SafetyConcern.MINORS, SafetyConcern.UNDRESSING])
def test_what_is_never_allowed_is_stopped_by_built_in_safety(danger: SafetyConcern) -> None:
    text = text_of(prompt_test("x", PromptTest(danger=danger, matches=())))

    assert "### This prompt would be blocked" in text
    assert "refused everywhere" in text


@given(prompts, st.sampled_from(SafetyConcern))
def test_the_fullest_test_fits_and_pings_nobody(prompt: str, danger: SafetyConcern) -> None:
    match = Match(filter=word(9_999, MARKDOWN[:MAX_FILTER_TEXT]), found=prompt)

    view = prompt_test(prompt, PromptTest(danger=danger, matches=(match,) * MAX_FILTERS))

    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert mentioned(view) == set()


@each_case(
    ("open_ones", "closed", "words"),
    [
        ((), (), "Easel works in every channel"),
        ((5,), (), "Easel only works in allowed channels"),
        ((5,), (6,), "All other channels are closed."),
        ((), (6,), "Easel works everywhere except in denied channels"),
    ],
)
def test_the_list_of_channels_says_what_holds_for_all_others(
    open_ones: tuple[int, ...], closed: tuple[int, ...], words: str
) -> None:
    text = text_of(view_of(channel_list(replace(SETTINGS, open_channels=open_ones, closed_channels=closed))))

    assert words in text
    assert ("**Open:** <#5>" in text) is bool(open_ones)
    assert ("**Closed:** <#6>" in text) is bool(closed)


def test_a_server_with_all_its_channels_on_the_list_fits() -> None:
    many = (ID,) * 500

    view = view_of(channel_list(replace(SETTINGS, open_channels=many, closed_channels=many)))

    assert view.content_length() <= MAX_MESSAGE_TEXT


def test_the_mod_log_tells_where_it_is_and_how_to_end_it() -> None:
    assert "It's in <#5>." in text_of(modlog_place(5))
    assert "`/modlog channel off: True` turns it off." in text_of(modlog_place(5))
    assert "No mod-log" in text_of(modlog_place(None))
