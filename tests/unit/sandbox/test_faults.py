"""Which fault a call meets."""

from __future__ import annotations

from bot.sandbox.faults import Fault, FaultPlan, unknown_faults, without_marks
from tests.tables import each_case


def test_a_planned_fault_happens_as_often_as_asked() -> None:
    plan = FaultPlan()
    plan.fail(Fault.DROP, times=2)
    plan.fail(Fault.HTML, times=1)
    assert [plan.take("a fox") for _ in range(4)] == [Fault.DROP, Fault.DROP, Fault.HTML, Fault.NONE]


def test_a_fault_without_a_count_stays_until_cleared() -> None:
    plan = FaultPlan()
    plan.fail(Fault.BAD_KEY, times=None)
    assert [plan.take("a fox") for _ in range(3)] == [Fault.BAD_KEY] * 3
    plan.clear()
    assert plan.take("a fox") is Fault.NONE


@each_case("fault", Fault)
def test_a_mark_in_the_prompt_names_any_fault(fault: Fault) -> None:
    assert FaultPlan().take(f"a fox [fault:{fault}] at dawn") is fault


def test_a_mark_with_a_count_heals() -> None:
    plan, prompt = FaultPlan(), "a fox [fault:unavailable x2]"
    assert [plan.take(prompt) for _ in range(3)] == [Fault.UNAVAILABLE, Fault.UNAVAILABLE, Fault.NONE]


def test_an_unknown_mark_is_only_text() -> None:
    assert FaultPlan().take("a fox [fault:nonsense]") is Fault.NONE


def test_the_painter_does_not_read_marks() -> None:
    assert without_marks("a fox [fault:html x2] at dawn") == "a fox at dawn"


@each_case("name", ["bogus", "Out_Of_Credit", " hang", "hang x1000", "chat_bogus", ""])
def test_a_mark_that_names_no_fault_is_found(name: str) -> None:
    assert unknown_faults(f"a fox [fault:hang] at [fault:{name}] dawn") == [name]


@each_case("fault", Fault)
def test_a_mark_that_names_a_fault_is_not_unknown(fault: Fault) -> None:
    assert unknown_faults(f"[fault:{fault}] a fox [fault:{fault} x2] [fault:chat_{fault}]") == []
