from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import JobState, Render, RenderStage, end_state, speaking_failure
from tests.tables import each_case


def failed(kind: FailureKind, *, index: int = 0) -> Render:
    return Render(index=index, stage=RenderStage.FAILED, failure=Failure(kind=kind, code=FailureCode.UNKNOWN))


def at(stage: RenderStage) -> Render:
    return Render(index=0, stage=stage)


kinds = st.sampled_from(FailureKind)


@given(st.lists(kinds, max_size=3), st.sampled_from([RenderStage.PACKAGED, RenderStage.RENDERED]))
def test_one_picture_is_enough_to_deliver(others: list[FailureKind], stage: RenderStage) -> None:
    assert end_state([*map(failed, others), at(stage)]) is JobState.DELIVERING


@given(st.lists(kinds, min_size=1, max_size=4))
def test_without_a_picture_a_refusal_makes_the_job_refused_and_anything_else_failed(
    found: list[FailureKind],
) -> None:
    expected = JobState.REFUSED if FailureKind.REFUSED in found else JobState.FAILED

    assert end_state([failed(kind) for kind in found]) is expected


@each_case(
    ("louder", "softer"),
    [
        (FailureKind.REFUSED, FailureKind.CREDIT),
        (FailureKind.CREDIT, FailureKind.CHECK),
        (FailureKind.CHECK, FailureKind.BUSY),
        (FailureKind.BUSY, FailureKind.FAULT),
    ],
)
def test_the_reason_a_person_can_act_on_speaks_for_the_others(
    louder: FailureKind, softer: FailureKind
) -> None:
    for renders in permutations([failed(louder), failed(softer)]):
        speaking = speaking_failure(renders)
        assert speaking is not None
        assert speaking.kind is louder


@each_case("kind", FailureKind)
def test_every_kind_of_failure_can_speak(kind: FailureKind) -> None:
    assert speaking_failure([failed(kind)]) == Failure(kind=kind, code=FailureCode.UNKNOWN)


def test_where_nothing_failed_nothing_is_said() -> None:
    assert speaking_failure([at(RenderStage.PACKAGED), at(RenderStage.WAITING)]) is None
