"""The picture of a month: what is in it, and that nothing makes it fall over."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import bot.imaging.chart as canvas
import bot.imaging.studio as studio_module
import bot.ui.base.theme as look
from bot.domain.policy.budget import DaySpent, Month
from bot.domain.ports.drawing import Plotter, PlotWords
from bot.imaging.chart import (
    AMBER,
    HEIGHT,
    MOST_LINES,
    MUTED,
    RED,
    TEAL,
    WIDTH,
    Colour,
    amount,
    axis_of,
    draw_month,
    scene_of,
    tick_word,
)
from bot.imaging.studio import Studio
from bot.imaging.text import GLYPHS, TextBox, apart, fitted, font, shown, width

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


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def count(data: bytes, colour: Colour, *, within: TextBox | None = None, tolerance: int = 12) -> int:
    """How many pixels have about that colour."""
    picture = opened(data)
    if within is not None:
        picture = picture.crop(
            (round(within.left), round(within.top), round(within.right), round(within.bottom))
        )
    found = picture.getcolors(picture.width * picture.height) or []
    pixels = ((number, pixel) for number, pixel in found if isinstance(pixel, tuple))
    return sum(
        number
        for number, pixel in pixels
        if all(abs(part - wanted) <= tolerance for part, wanted in zip(pixel, colour, strict=True))
    )


def test_the_picture_is_a_small_png_of_the_promised_size() -> None:
    data = draw_month(TYPICAL, 30 * USD, WORDS)
    assert opened(data).size == (1200, 600) == (WIDTH, HEIGHT)
    assert len(data) < 60_000


def test_the_same_month_gives_the_same_bytes() -> None:
    assert draw_month(TYPICAL, 30 * USD, WORDS) == draw_month(TYPICAL, 30 * USD, WORDS)


def test_the_colours_are_those_of_the_cards() -> None:
    inks = [(red << 16) + (green << 8) + blue for red, green, blue in (TEAL, AMBER, RED)]
    assert inks == [look.TEAL, look.AMBER, look.RED]


def test_amber_is_there_only_with_a_forecast() -> None:
    assert count(draw_month(TYPICAL, 30 * USD, WORDS), AMBER) > 500
    assert count(draw_month(TYPICAL, None, WORDS), AMBER) == 0


def test_red_is_there_only_with_a_budget() -> None:
    assert count(draw_month(TYPICAL, None, WORDS), RED) > 1000
    assert count(draw_month(replace(TYPICAL, budget_micro_usd=None), None, WORDS), RED) == 0


def test_a_budget_far_above_is_a_note_and_leaves_the_spending_tall() -> None:
    rich = replace(TYPICAL, budget_micro_usd=5000 * USD)
    scene = scene_of(rich, 30 * USD, WORDS)
    assert not scene.ceiling
    assert scene.y(rich.total) < scene.frame.bottom - scene.frame.height / 3
    data = draw_month(rich, 30 * USD, WORDS)
    assert count(data, RED, within=scene.frame) == 0
    assert count(data, RED) > 100


def test_a_budget_is_a_line_across_all_days() -> None:
    scene = scene_of(TYPICAL, None, WORDS)
    height = scene.y(40 * USD)
    band = TextBox(left=scene.frame.left, top=height - 3, width=scene.frame.width, height=6)
    assert count(draw_month(TYPICAL, None, WORDS), RED, within=band) >= 2 * scene.frame.width


def test_days_without_money_have_no_bar() -> None:
    gaps = month(4 * USD, 0, 4 * USD, 0, 0)
    scene = scene_of(gaps, None, WORDS)
    data = draw_month(gaps, None, WORDS)
    bar = canvas.mixed(TEAL, 0.55)
    columns = [
        TextBox(left=scene.x(n) + 4, top=scene.y(USD), width=20, height=scene.frame.bottom - scene.y(USD) - 4)
        for n in range(5)
    ]
    assert [count(data, bar, within=column) > 100 for column in columns] == [True, False, True, False, False]


def test_a_month_without_spending_says_so() -> None:
    empty = month(0, 0, 0, budget=20 * USD)
    scene = scene_of(empty, None, WORDS)
    middle = TextBox(left=scene.frame.left + 100, top=280, width=scene.frame.width - 200, height=70)
    assert count(draw_month(empty, None, WORDS), MUTED, within=middle) > 200
    assert count(draw_month(empty, None, replace(WORDS, nothing="")), MUTED, within=middle) == 0


@pytest.mark.parametrize("days", [28, 29, 30, 31])
def test_every_day_of_every_month_can_be_today(days: int) -> None:
    for today in (1, 2, days - 1, days):
        draw_month(month(*[USD] * today, days=days, budget=days * USD), days * USD, WORDS)


@settings(max_examples=25, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=30), st.none() | AMOUNTS, st.none() | AMOUNTS)
def test_no_amounts_make_the_drawing_fail_or_the_labels_touch(
    spent: list[int], budget: int | None, forecast: int | None
) -> None:
    case = month(*spent, budget=budget)
    assert len(draw_month(case, forecast, WORDS)) < 60_000
    ends = [box for _, box in scene_of(case, forecast, WORDS).end_labels]
    assert all(box.right <= WIDTH for box in ends)
    assert all(upper.bottom <= lower.top for upper, lower in pairwise(ends))


@pytest.mark.parametrize("today", [1, 2, 5, 14, 29, 30])
@pytest.mark.parametrize("per_cent", [40, 90, 100, 105, 120, 150])
def test_what_is_spent_stands_clear_of_the_lines(today: int, per_cent: int) -> None:
    spent = [USD] * today
    scene = scene_of(month(*spent, budget=today * USD * per_cent // 100), None, WORDS)
    _, box = scene.now_label
    assert not box.outside(scene.label_frame)
    assert not box.top <= scene.ceiling[0][1] <= box.bottom
    assert not any(box.holds(x, y) for x, y in scene.curve)


@given(st.floats(-50, 650), st.floats(-50, 650))
def test_two_labels_stand_apart_inside_their_frame(one: float, other: float) -> None:
    frame = TextBox(left=0, top=80, width=200, height=440)
    boxes = [TextBox(left=0, top=top, width=100, height=68) for top in sorted((one, other))]
    upper, lower = apart(*boxes, frame=frame)
    assert upper.outside(frame) + lower.outside(frame) < 1e-6
    assert upper.bottom < lower.top


def test_two_labels_at_one_height_give_way_equally() -> None:
    frame = TextBox(left=0, top=0, width=200, height=500)
    label = TextBox(left=0, top=200, width=100, height=60)
    upper, lower = apart(label, label, frame=frame)
    assert (upper.top, lower.top) == (165, 235)


@pytest.mark.parametrize(
    "word", ["", "…", "W" * 10_000, "два слова", "\N{ZERO WIDTH SPACE}\n\t", "🎨 painted"]
)
def test_any_words_leave_the_plot_its_room(word: str) -> None:
    words = PlotWords(title=word, spent=word, forecast=word, budget=word, nothing=word)
    scene = scene_of(TYPICAL, 30 * USD, words)
    assert scene.frame.width > WIDTH / 2
    data = draw_month(TYPICAL, 30 * USD, words)
    edge = TextBox(left=WIDTH - 40, top=0, width=40, height=HEIGHT)
    assert count(data, canvas.PANEL, within=edge, tolerance=4) == 40 * HEIGHT


def test_long_words_are_cut_and_say_so() -> None:
    cut = fitted("Everything this community has spent", 26, 200)
    assert cut.endswith("…")
    assert width(cut, 26) <= 200
    assert fitted("Spent", 26, 200) == "Spent"


def test_words_become_what_the_font_can_show() -> None:
    assert shown("Dépensé à Łódź – größer\n 🎨") == "Depense a Lodz - grosser"


def drawn(letter: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((5, 30), letter, fill=255, font=font(24), anchor="ls")
    return image.tobytes()


def test_the_font_has_every_letter_we_rely_on() -> None:
    missing = drawn("\ue000")
    assert [letter for letter in GLYPHS if drawn(letter) == missing] == []


@given(AMOUNTS, st.none() | AMOUNTS)
def test_an_axis_has_few_lines_that_are_all_named_differently(spent: int, budget: int | None) -> None:
    axis = axis_of(month(spent, budget=budget), None)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= MOST_LINES + 1
    assert len({tick_word(value, axis.step) for value in ticks}) == len(ticks)
    assert axis.top > spent


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        (0.18, ["$0", "$0.05", "$0.10", "$0.15", "$0.20"]),
        (0.004, ["$0", "$0.001", "$0.002", "$0.003", "$0.004"]),
        (22, ["$0", "$5", "$10", "$15", "$20", "$25"]),
        (4_000, ["$0", "$1,000", "$2,000", "$3,000", "$4,000"]),
        (100_000, ["$0", "$20k", "$40k", "$60k", "$80k", "$100k"]),
        (4_000_000, ["$0", "$1M", "$2M", "$3M", "$4M"]),
    ],
)
def test_ticks_are_round_and_short(dollars: float, words: list[str]) -> None:
    axis = axis_of(month(round(dollars * USD)), None)
    assert [tick_word(value, axis.step) for value in axis.ticks()] == words


@pytest.mark.parametrize(
    ("micro_usd", "word"),
    [
        (0, "$0"),
        (4_000, "<$0.01"),
        (40_000, "$0.04"),
        (12 * USD, "$12"),
        (12_400_000, "$12.40"),
        (999_996_000, "$1,000"),
        (12_400 * USD, "$12,400"),
        (1_250_000 * USD, "$1.2M"),
    ],
)
def test_amounts_are_written_as_people_do(micro_usd: int, word: str) -> None:
    assert amount(micro_usd) == word


async def test_the_studio_draws_in_its_own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def watched(*given: object) -> bytes:
        threads.append(threading.current_thread().name)
        return b"a picture"

    monkeypatch.setattr(studio_module, "draw_month", watched)
    async with Studio() as studio:
        chart: Plotter = studio
        assert await chart.month(TYPICAL, forecast_micro_usd=None, words=WORDS) == b"a picture"
    assert threads[0].startswith("imaging")
