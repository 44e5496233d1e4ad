from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.fairness import TYPICAL_RENDER_S, UNIT, QueuePosition, estimate, next_tag
from tests.tables import each_case

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MOST = 4  # renders in one job


@dataclass
class SimulatedLine:
    """The store's order by (tag, arrival), with the clock at the highest tag claimed."""

    clock: int = 0
    _last: dict[str, int] = field(default_factory=dict[str, int])
    _queue: list[tuple[int, int, str, int]] = field(default_factory=list[tuple[int, int, str, int]])
    _arrivals: count[int] = field(default_factory=count)

    def submit(self, person: str, renders: int, weight: Fraction = Fraction(1)) -> None:
        last = self._last.get(person, 0)
        tag = next_tag(clock=self.clock, last_tag=last, renders=renders, weight=weight)
        self._last[person] = tag
        heapq.heappush(self._queue, (tag, next(self._arrivals), person, renders))

    def claim(self) -> tuple[str, int]:
        tag, _, person, renders = heapq.heappop(self._queue)
        self.clock = max(self.clock, tag)
        return person, renders

    def __len__(self) -> int:
        return len(self._queue)


def work_before(line: SimulatedLine, person: str) -> int:
    """Renders of others that are claimed before the next job of `person`."""
    renders_before = 0
    while True:
        who, renders = line.claim()
        if who == person:
            return renders_before
        renders_before += renders


jobs = st.integers(1, MOST)
crowds = st.lists(st.lists(jobs, min_size=1, max_size=12), min_size=1, max_size=8)


@given(crowd=crowds, claims_first=st.integers(0, 30), renders=jobs)
def test_who_queues_one_job_waits_for_a_bounded_amount_of_work(
    crowd: Sequence[Sequence[int]], claims_first: int, renders: int
) -> None:
    """However much the others queued: each gets at most its own share before it, rounded up by one job."""
    line = SimulatedLine()
    for number, sizes in enumerate(crowd):
        for size in sizes:
            line.submit(f"p{number}", size)
    for _ in range(min(claims_first, len(line))):
        line.claim()

    line.submit("newcomer", renders)

    assert work_before(line, "newcomer") <= len(crowd) * (renders + MOST)


@given(crowd=crowds, latecomers=st.integers(0, 30))
def test_nobody_is_overtaken_for_ever_by_newcomers(crowd: Sequence[Sequence[int]], latecomers: int) -> None:
    line = SimulatedLine()
    for sizes in crowd:
        line.submit("heavy", sum(sizes))
    first = sum(crowd[0])
    overtaken = 0
    for number in range(latecomers):
        line.submit(f"late{number}", 1)
        if line.claim()[0] == "heavy":
            break
        overtaken += 1

    assert overtaken <= first


@each_case(("weight", "share"), [(Fraction(2), 2), (Fraction(3), 3), (Fraction(1, 2), 0.5)])
def test_a_weight_is_a_share_of_the_work(weight: Fraction, share: float) -> None:
    line = SimulatedLine()
    for _ in range(300):
        line.submit("weighted", 1, weight)
        line.submit("plain", 1)

    claimed = [line.claim()[0] for _ in range(200)]

    assert claimed.count("weighted") / claimed.count("plain") == pytest.approx(share, rel=0.05)


def test_people_who_queue_the_same_take_turns() -> None:
    line = SimulatedLine()
    for person in ("anna", "ben"):
        for _ in range(3):
            line.submit(person, 1)

    assert [line.claim()[0] for _ in range(6)] == ["anna", "ben"] * 3


def test_having_been_idle_earns_no_head_start() -> None:
    line = SimulatedLine()
    for _ in range(20):
        line.submit("busy", 1)
    for _ in range(10):
        line.claim()
    for _ in range(10):
        line.submit("idle", 1)

    claimed = [line.claim()[0] for _ in range(10)]

    assert claimed.count("idle") in {4, 5, 6}


@given(clock=st.integers(0, 10**9), last=st.integers(0, 10**9), renders=jobs)
def test_a_tag_lies_behind_the_clock_and_the_last_tag_by_what_it_asks_for(
    clock: int, last: int, renders: int
) -> None:
    assert next_tag(clock=clock, last_tag=last, renders=renders) == max(clock, last) + renders * UNIT


@given(weight=st.fractions(Fraction(1, 1000), 10**9), renders=jobs)
def test_a_tag_always_moves_on(weight: Fraction, renders: int) -> None:
    assert next_tag(clock=5, last_tag=5, renders=renders, weight=weight) > 5


def wait_s(**changes: float | None) -> float:
    figures = {"renders_ahead": 0, "renders": 1, "render_s": 10.0, "slots": 1} | changes
    standing = estimate(now=NOW, position=1, **figures)  # pyright: ignore[reportArgumentType]  # a table of figures
    return (standing.ready_at - NOW).total_seconds()


@given(ahead=st.integers(0, 200), more=st.integers(0, 50), renders=jobs, slots=st.integers(1, 50))
def test_more_work_ahead_never_makes_the_estimate_shorter(
    ahead: int, more: int, renders: int, slots: int
) -> None:
    assert wait_s(renders_ahead=ahead, renders=renders, slots=slots) <= wait_s(
        renders_ahead=ahead + more, renders=renders, slots=slots
    )


@given(ahead=st.integers(0, 200), renders=jobs, slots=st.integers(1, 50), more=st.integers(0, 50))
def test_more_slots_never_make_the_estimate_longer(ahead: int, renders: int, slots: int, more: int) -> None:
    assert wait_s(renders_ahead=ahead, renders=renders, slots=slots + more) <= wait_s(
        renders_ahead=ahead, renders=renders, slots=slots
    )


@given(slow=st.floats(1, 100), slower=st.floats(0, 100), ahead=st.integers(0, 50))
def test_slower_renders_never_make_the_estimate_shorter(slow: float, slower: float, ahead: int) -> None:
    assert wait_s(renders_ahead=ahead, render_s=slow) <= wait_s(renders_ahead=ahead, render_s=slow + slower)


@each_case(("ahead", "renders", "slots", "rounds"), [(0, 1, 4, 1), (3, 1, 4, 1), (4, 1, 4, 2), (8, 4, 4, 3)])
def test_the_estimate_counts_rounds_of_calls(ahead: int, renders: int, slots: int, rounds: int) -> None:
    assert wait_s(renders_ahead=ahead, renders=renders, slots=slots) == 10 * rounds


def test_before_there_are_figures_a_typical_render_is_assumed() -> None:
    assert wait_s(render_s=None) == TYPICAL_RENDER_S


def test_an_estimate_without_any_slot_does_not_fail() -> None:
    standing = estimate(now=NOW, position=3, renders_ahead=5, renders=1, render_s=10, slots=0)

    assert standing == QueuePosition(position=3, ready_at=NOW + timedelta(seconds=60))
