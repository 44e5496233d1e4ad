"""The gate and the threads behind it. No clock: every step is a turn of the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.imaging.pool import ClosedError, Gate, Pool


async def settle() -> None:
    """Let every task that can run, run."""
    for _ in range(5):
        await asyncio.sleep(0)


Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.integers(0, 150)),
        st.tuples(st.just("leave"), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("cancel as it is admitted"), st.integers(0, 20)),
    ),
    max_size=40,
)


@given(steps=STEPS, slots=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_what_is_reserved_never_exceeds_the_budget_and_nobody_waits_for_ever(
    steps: list[Step], slots: int
) -> None:
    asyncio.run(play(steps, slots))


async def play(steps: list[Step], slots: int) -> None:
    gate = Gate(slots=slots, budget_bytes=100)
    inside: list[int] = []

    async def visit(cost: int) -> None:
        inside.append(await gate.enter(cost))

    def leave(number: int) -> None:
        if inside:
            gate.leave(inside.pop(number % len(inside)))

    visits: list[asyncio.Task[None]] = []
    for action, number in steps:
        if action == "enter":
            visits.append(asyncio.create_task(visit(number), name="visit"))
        elif action == "leave":
            leave(number)
        elif visits:
            if action != "cancel":
                leave(number)
            visits[number % len(visits)].cancel()
        await settle()
        assert gate.reserved_bytes == sum(inside) <= gate.budget_bytes
        assert gate.running == len(inside) <= slots
    while inside:
        leave(0)
        await settle()
    assert all(task.done() for task in visits)
    assert gate.is_idle
    assert gate.reserved_bytes == 0


async def test_turns_are_taken_in_order_so_that_a_large_picture_is_not_passed_over() -> None:
    gate = Gate(slots=4, budget_bytes=100)
    order: list[str] = []

    async def visit(name: str, cost: int) -> None:
        await gate.enter(cost)
        order.append(name)

    names = [("first", 60), ("large", 500), ("small", 10)]
    tasks = [asyncio.create_task(visit(*each), name=each[0]) for each in names]
    await settle()
    assert order == ["first"]
    gate.leave(60)
    await settle()
    assert order == ["first", "large"]
    gate.leave(100)
    await asyncio.gather(*tasks)
    assert order == ["first", "large", "small"]


async def test_one_that_is_cancelled_as_it_is_admitted_gives_its_place_back() -> None:
    gate = Gate(slots=1, budget_bytes=100)
    await gate.enter(100)
    waiting = asyncio.create_task(gate.enter(70), name="waiting")
    await settle()
    gate.leave(100)
    waiting.cancel()
    await settle()
    assert waiting.cancelled()
    assert (gate.reserved_bytes, gate.is_idle) == (0, True)


async def test_work_runs_in_the_pools_own_threads() -> None:
    pool = Pool(workers=1, budget_bytes=100)
    name = await pool.run(lambda: threading.current_thread().name, cost_bytes=1)
    assert name.startswith("imaging")
    await pool.close()
    assert not any(thread.name.startswith("imaging") for thread in threading.enumerate())


async def test_what_work_raises_reaches_the_caller_and_frees_its_place() -> None:
    pool = Pool(workers=1, budget_bytes=100)

    def fail() -> None:
        raise LookupError("no such thing")

    for _ in range(3):
        with pytest.raises(LookupError):
            await pool.run(fail, cost_bytes=100)
    await pool.close()


async def test_a_cancelled_caller_leaves_but_its_memory_stays_reserved() -> None:
    pool = Pool(workers=2, budget_bytes=100)
    may_end, started = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        may_end.wait(10)

    first = asyncio.create_task(pool.run(work, cost_bytes=100), name="first")
    await asyncio.to_thread(started.wait, 10)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(pool.run(lambda: "done", cost_bytes=1), name="second")
    await settle()
    assert not second.done()
    may_end.set()
    assert await second == "done"
    await pool.close()


async def test_closing_waits_for_what_was_accepted_and_takes_nothing_new() -> None:
    pool = Pool(workers=1, budget_bytes=100)
    may_end = threading.Event()
    running = asyncio.create_task(pool.run(lambda: may_end.wait(10), cost_bytes=1), name="running")
    waiting = asyncio.create_task(pool.run(lambda: "done", cost_bytes=1), name="waiting")
    await settle()
    closing = asyncio.create_task(pool.close(), name="closing")
    await settle()
    assert not closing.done()
    with pytest.raises(ClosedError):
        await pool.run(lambda: None, cost_bytes=0)
    may_end.set()
    await closing
    assert (await running, await waiting) == (True, "done")
    await pool.close()


async def test_closing_ends_when_the_last_one_waiting_gives_up() -> None:
    pool = Pool(workers=1, budget_bytes=100)
    may_end = threading.Event()
    running = asyncio.create_task(pool.run(lambda: may_end.wait(10), cost_bytes=1), name="running")
    waiting = asyncio.create_task(pool.run(lambda: None, cost_bytes=1), name="waiting")
    await settle()
    closing = asyncio.create_task(pool.close(), name="closing")
    waiting.cancel()
    may_end.set()
    await closing
    assert await running
    assert waiting.cancelled()
