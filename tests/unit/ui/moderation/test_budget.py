"""/budget: every state of a server's money, told truly and readable at a glance."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from discord import ui
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.policy.budget import DaySpent, Month, forecast, runs_out
from bot.domain.policy.decision import Pause
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSettings, ServerSpent
from bot.services.moderation import BudgetReport
from bot.ui.base.discord_limits import MAX_ALT_TEXT, MAX_MESSAGE_TEXT
from bot.ui.base.theme import AMBER, RED, SLATE, TEAL
from bot.ui.base.units import about_usd, stamp
from bot.ui.moderation.budget import CELLS, PLOT_FILE, bar, budget_card, chart_alt_text, plot_words
from tests.discord_limits import parts
from tests.tables import each_case
from tests.unit.ui.cards.test_card import mentioned, text_of
from tests.unit.ui.jobs import MARKDOWN, NOW, OTHER

DOLLAR = 1_000_000
NO_CEILING = Rule(scope=Scope.OPERATOR)
SETTINGS = ServerSettings(
    pause=None,
    modlog_channel_id=None,
    rules=(),
    member_rules=0,
    blocks=0,
    filters=0,
    open_channels=(),
    closed_channels=(),
)
MONTH_ENDS = f"<t:{int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())}:R>"
DAY_ENDS = f"<t:{int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())}:R>"


def report(
    *days: int, today: int = 0, day_budget: int | None = None, budget: int | None = None, reserved: int = 0
) -> BudgetReport:
    """November 2026 on the 22nd; `days` is micro USD from the 1st on."""
    spent = tuple(
        DaySpent(day=date(2026, 11, number), micro_usd=amount)
        for number, amount in [*enumerate(days, 1), (22, today)]
        if amount
    )
    month = Month(start=date(2026, 11, 1), days=30, spent=spent, today=NOW.date(), budget_micro_usd=budget)
    return BudgetReport(
        spent=ServerSpent(
            today_micro_usd=today,
            reserved_micro_usd=reserved,
            month=replace(month, budget_micro_usd=None),
        ),
        day_budget=day_budget,
        month_budget=budget,
        month=month,
        forecast=forecast(month, NOW),
        runs_out=runs_out(month, NOW),
    )


def drawn(shown: BudgetReport, **options: Any) -> ui.LayoutView:
    return budget_card(
        shown, options.pop("settings", SETTINGS), options.pop("ceiling", NO_CEILING), **options
    )


def colour_of(view: ui.LayoutView) -> int:
    return view.to_components()[0]["accent_color"]


WEEKS = (DOLLAR,) * 21


def test_an_empty_server_without_a_budget_is_told_how_to_set_one() -> None:
    view = drawn(report())

    text = text_of(view)
    assert "$0" not in text
    assert "Nothing spent this month yet." in text
    assert "No budget is set. Set “Server budget per day” or" in text
    assert colour_of(view) == SLATE


def test_an_empty_server_with_a_budget_shows_what_there_is_to_spend() -> None:
    text = text_of(drawn(report(budget=40 * DOLLAR)))

    assert "**$0.00** of $40.00 this month · 0 %" in text
    assert "today" not in text


def test_the_first_cents_are_told_calmly() -> None:
    text = text_of(drawn(report(*[0] * 18, 42_000, 0, 42_000, budget=15 * DOLLAR)))

    assert "**$0.084** of $15.00 this month · <1 %" in text
    assert "about **$0.29** by the end of the month, within budget." in text


def test_spending_without_a_budget_has_a_forecast_and_no_bar() -> None:
    text = text_of(drawn(report(*WEEKS, today=DOLLAR)))

    assert "**$22.00** this month" in text
    assert "about **$31.11** by the end of the month." in text
    assert "█" not in text
    assert "░" not in text


def test_a_budget_that_lasts_says_so() -> None:
    view = drawn(report(*WEEKS, today=DOLLAR, budget=40 * DOLLAR))

    assert "**$22.00** of $40.00 this month · 55 %" in text_of(view)
    assert "within budget" in text_of(view)
    assert colour_of(view) == TEAL


def test_a_budget_that_will_not_last_says_when_it_runs_out() -> None:
    shown = report(*WEEKS, today=DOLLAR, budget=25 * DOLLAR)

    assert shown.runs_out is not None
    text = text_of(drawn(shown))
    assert stamp(shown.runs_out) in text
    assert "over budget" in text
    assert colour_of(drawn(shown)) == AMBER


@each_case("budget", [0, 22 * DOLLAR, 10 * DOLLAR])
def test_a_budget_that_is_spent_says_when_there_is_a_new_one(budget: int) -> None:
    view = drawn(report(*WEEKS, today=DOLLAR, budget=budget))

    assert f"This month's budget is used up.** It resets {MONTH_ENDS}" in text_of(view)
    assert colour_of(view) == RED


def test_a_day_that_is_spent_says_when_the_next_one_begins() -> None:
    view = drawn(report(today=DOLLAR, day_budget=DOLLAR, budget=40 * DOLLAR))

    assert f"Today's budget is used up.** It resets {DAY_ENDS}" in text_of(view)
    assert colour_of(view) == RED


def test_the_first_day_has_no_forecast_and_says_why() -> None:
    shown = report(today=DOLLAR)

    assert shown.forecast is None
    assert "forecast starts after the first full day" in text_of(drawn(shown))


def test_what_is_set_aside_is_told() -> None:
    assert "$0.42 is reserved" in text_of(drawn(report(today=DOLLAR, reserved=420_000)))


def test_it_says_which_budget_is_the_operators() -> None:
    ceiling = Rule(scope=Scope.OPERATOR, says={Limit.SERVER_USD_PER_MONTH: 40 * DOLLAR})
    own = Rule(scope=Scope.SERVER, says={Limit.SERVER_USD_PER_DAY: DOLLAR})
    shown = report(*WEEKS, day_budget=DOLLAR, budget=40 * DOLLAR)

    text = text_of(drawn(shown, ceiling=ceiling, settings=replace(SETTINGS, rules=(own,))))

    assert "Server budget per month: the operator's ceiling" in text
    assert "Server budget per day: this is" not in text


def test_a_pause_is_told_with_the_words_members_see() -> None:
    settings = replace(SETTINGS, pause=Pause(at=NOW, by=OTHER, text=MARKDOWN))

    view = drawn(report(), settings=settings)

    assert "**Paused**" in text_of(view)
    assert mentioned(view) == {str(OTHER)}


def test_the_picture_is_shown_with_words_for_those_who_do_not_see_it() -> None:
    shown = report(*WEEKS, today=DOLLAR, budget=40 * DOLLAR)

    (items,) = [part["items"] for part in parts(drawn(shown, picture=PLOT_FILE)) if "items" in part]

    (item,) = items
    assert item["media"]["url"] == f"attachment://{PLOT_FILE}"
    assert item["description"] == (
        "Spending in November 2026, day by day, $22.00 so far, budget $40.00, about $31.11 by the month's end."
    )


def test_the_words_in_the_picture_fit_where_they_stand() -> None:
    words = plot_words(report().month)

    assert len(words.title) <= 40
    assert len(words.nothing) <= 40
    assert all(len(word) <= 14 for word in (words.spent, words.forecast, words.budget))


amounts = st.integers(0, 10**13)


@given(
    st.lists(amounts, max_size=21), amounts, st.none() | amounts, st.none() | amounts, amounts, st.booleans()
)
def test_whatever_was_spent_is_a_card_discord_takes(
    days: list[int],
    today: int,
    day_budget: int | None,
    budget: int | None,
    reserved: int,
    paused: bool,
) -> None:
    shown = report(*days, today=today, day_budget=day_budget, budget=budget, reserved=reserved)
    pause = Pause(at=NOW, by=OTHER, text=MARKDOWN * 5) if paused else None

    view = drawn(shown, settings=replace(SETTINGS, pause=pause), picture=PLOT_FILE)

    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert json.dumps(view.to_components())
    assert len(chart_alt_text(shown)) <= MAX_ALT_TEXT
    assert "None" not in text_of(view)


@given(amounts, amounts)
@example(DOLLAR - 1, DOLLAR)
@example(1, DOLLAR)
def test_a_bar_is_full_only_when_all_is_used_and_empty_only_when_nothing_is(used: int, allowed: int) -> None:
    shown = bar(used, allowed)

    assert len(shown.strip("`")) == CELLS
    assert ("░" not in shown) is (used >= allowed)
    assert ("█" not in shown) is (used == 0 and allowed > 0)


def test_half_a_budget_fills_half_a_bar() -> None:
    assert bar(DOLLAR, 2 * DOLLAR).count("█") == CELLS // 2


@each_case(
    ("micro_usd", "text"), [(42_000, "$0.042"), (1_042_000, "$1.04"), (31_333_333, "$31.33"), (0, "$0.00")]
)
def test_from_a_dollar_on_nobody_plans_by_less_than_a_cent(micro_usd: int, text: str) -> None:
    assert about_usd(micro_usd) == text
