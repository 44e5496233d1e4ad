"""The picture of a month: what is in it, and that nothing makes it fall over."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.policy.budget import DaySpent, Month
from bot.domain.ports.drawing import PlotWords
from bot.imaging.chart import FOOT, HEIGHT, MARGIN, QUIET_FOOT, RIGHT, TOP, WIDTH, draw_month, plot_of
from bot.imaging.style import DRAWN_AMBER, DRAWN_RED, DRAWN_TEAL, MUTED, PANEL_COLOUR, Colour, TextBox, mixed
from tests.tables import each_case

USD = 1_000_000
WORDS = PlotWords(
    title="November 2026", spent="Spent", forecast="Forecast", budget="Budget", nothing="Nothing spent yet"
)
AMOUNTS = st.integers(0, 10**6) | st.integers(0, 10**12) | st.integers(0, 10**24)


def month(*spent: int, budget: int | None = None, days: int = 30) -> Month:
    """The first days of a month, one amount in micro USD for each; the last is today."""
    start = date(2026, 11, 1)
    dates = [start + timedelta(days=n) for n in range(len(spent))]
    pairs = zip(dates, spent, strict=True)
    kept = tuple(DaySpent(day=day, micro_usd=value) for day, value in pairs if value)
    return Month(start=start, days=days, spent=kept, today=dates[-1], budget_micro_usd=budget)


TYPICAL = month(*[USD] * 14, budget=40 * USD)
draw = cache(draw_month)  # several tests look at the same picture


def chart_of(case: Month) -> TextBox:
    """Where bars and lines are."""
    plot = plot_of(case, None)
    return TextBox(left=plot.left, top=TOP - 8, width=RIGHT - plot.left, height=plot.foot - TOP + 8)


def count(data: bytes, colour: Colour, *, within: TextBox | None = None, tolerance: int = 12) -> int:
    """How many pixels have about that colour."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    if within is not None:
        edges = (within.left, within.top, within.right, within.bottom)
        left, top, right, bottom = (round(edge) for edge in edges)
        picture = picture.crop((left, top, right, bottom))
    found = picture.getcolors(picture.width * picture.height) or []
    pixels = ((number, pixel) for number, pixel in found if isinstance(pixel, tuple))
    return sum(
        number
        for number, pixel in pixels
        if all(abs(part - wanted) <= tolerance for part, wanted in zip(pixel, colour, strict=True))
    )


def test_the_picture_is_a_small_png_of_the_promised_size() -> None:
    data = draw(TYPICAL, 30 * USD, WORDS)
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, *picture.size) == ("PNG", 1200, 600)
    assert len(data) < 60_000


def test_the_same_month_gives_the_same_bytes() -> None:
    assert draw_month(TYPICAL, 30 * USD, WORDS) == draw(TYPICAL, 30 * USD, WORDS)


def test_amber_is_there_only_with_a_forecast() -> None:
    assert count(draw(TYPICAL, 30 * USD, WORDS), DRAWN_AMBER) > 500
    assert count(draw(TYPICAL, None, WORDS), DRAWN_AMBER) == 0


def test_red_is_there_only_with_a_budget() -> None:
    assert count(draw(TYPICAL, None, WORDS), DRAWN_RED) > 1000
    assert count(draw(replace(TYPICAL, budget_micro_usd=None), None, WORDS), DRAWN_RED) == 0


@each_case("spent", [[0] * 12, [0] * 11 + [150_000], [10_000] * 15])
def test_a_hundredth_of_the_budget_is_a_flat_line_on_a_low_chart(spent: list[int]) -> None:
    quiet = month(*spent, budget=15 * USD)
    plot = plot_of(quiet, None)
    data = draw(quiet, None, WORDS)
    assert Image.open(io.BytesIO(data)).size == (1200, 350)
    assert plot.foot - plot.y(quiet.total) < (plot.foot - TOP) / 50
    assert plot.ceiling is not None
    band = replace(chart_of(quiet), top=plot.ceiling - 3, height=6)
    assert count(data, DRAWN_RED, within=band) >= 2 * band.width
    above = replace(chart_of(quiet), top=plot.ceiling + 6, height=plot.foot - plot.ceiling - 24)
    assert count(data, DRAWN_TEAL, within=above) == 0


def test_from_a_third_of_the_budget_on_the_chart_is_high() -> None:
    busy = [month(*[USD] * 10, budget=1000 * USD // share) for share in (34, 50, 110)]
    assert [plot_of(one, None).foot for one in busy] == [FOOT] * 3
    assert Image.open(io.BytesIO(draw(busy[0], None, WORDS))).size == (WIDTH, HEIGHT)


def test_a_budget_is_a_line_across_all_days() -> None:
    chart = chart_of(TYPICAL)
    band = replace(chart, top=plot_of(TYPICAL, None).y(40 * USD) - 3, height=6)
    assert count(draw(TYPICAL, None, WORDS), DRAWN_RED, within=band) >= 2 * chart.width


def test_the_part_over_the_budget_is_red() -> None:
    over = replace(TYPICAL, budget_micro_usd=7 * USD)
    plot = plot_of(over, None)
    column = TextBox(
        left=plot.x(13.1), top=plot.y(12 * USD), width=8, height=plot.y(8 * USD) - plot.y(12 * USD)
    )
    tint = mixed(DRAWN_RED, 52 / 255)
    assert count(draw(over, None, WORDS), tint, within=column) > column.width * column.height / 2
    assert count(draw(TYPICAL, None, WORDS), tint, within=column) == 0


def test_days_without_money_have_no_bar() -> None:
    gaps = month(4 * USD, 0, 4 * USD, 0, 0)
    plot = plot_of(gaps, None)
    data = draw(gaps, None, WORDS)
    height = FOOT - plot.y(USD)
    columns = [TextBox(left=plot.x(n) + 4, top=plot.y(USD), width=20, height=height - 4) for n in range(5)]
    bars = [count(data, mixed(DRAWN_TEAL, 0.55), within=column) > 100 for column in columns]
    assert bars == [True, False, True, False, False]


def test_a_month_without_spending_says_so() -> None:
    empty = month(0, 0, 0, budget=20 * USD)
    middle = TextBox(left=chart_of(empty).left + 100, top=(TOP + QUIET_FOOT) / 2 - 20, width=800, height=40)
    assert count(draw(empty, None, WORDS), MUTED, within=middle) > 200
    assert count(draw(empty, None, replace(WORDS, nothing="")), MUTED, within=middle) == 0


@each_case(("today", "days"), [(1, 28), (2, 29), (31, 31)])
def test_the_first_and_the_last_day_can_be_today(today: int, days: int) -> None:
    draw_month(month(*[USD] * today, days=days, budget=days * USD), days * USD, WORDS)


@settings(max_examples=5, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=30), st.none() | AMOUNTS, st.none() | AMOUNTS)
def test_no_amounts_make_the_drawing_fail(spent: list[int], budget: int | None, forecast: int | None) -> None:
    assert len(draw_month(month(*spent, budget=budget), forecast, WORDS)) < 60_000


@each_case(
    "row", [["W" * 10_000] * 5, ["два слова", "\N{ZERO WIDTH SPACE}\n\t", "🎨 painted", "", "a day without"]]
)
def test_any_words_keep_to_their_places(row: list[str]) -> None:
    title, spent, forecast, budget, nothing = row
    words = PlotWords(title=title, spent=spent, forecast=forecast, budget=budget, nothing=nothing)
    data = draw_month(month(10**24, budget=10**24), 10**24, words)
    for edge in (
        TextBox(left=WIDTH - 38, top=0, width=38, height=HEIGHT),
        TextBox(left=0, top=0, width=MARGIN - 4, height=HEIGHT),
        TextBox(left=0, top=104, width=WIDTH, height=20),
    ):
        assert count(data, PANEL_COLOUR, within=edge, tolerance=4) == edge.width * edge.height
