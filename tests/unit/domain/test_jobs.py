from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import (
    JOB_ID_LENGTH,
    MOVES,
    OPEN,
    STAGE_MOVES,
    TERMINAL,
    JobState,
    RenderStage,
    new_job_id,
)


def walk(choices: list[int], start: JobState) -> list[JobState]:
    """A way through the states, each time by one of the legal moves."""
    way = [start]
    for choice in choices:
        targets = sorted(MOVES[way[-1]])
        if not targets:
            break
        way.append(targets[choice % len(targets)])
    return way


walks = st.lists(st.integers(0, 10), max_size=20)


def test_every_state_and_stage_has_its_row() -> None:
    assert set(MOVES) == set(JobState)
    assert set(STAGE_MOVES) == set(RenderStage)


def test_open_and_terminal_divide_the_states() -> None:
    assert set(JobState) == OPEN | TERMINAL
    assert not OPEN & TERMINAL


@given(st.sampled_from(sorted(TERMINAL)), st.sampled_from(JobState))
def test_nothing_leads_out_of_an_end(end: JobState, other: JobState) -> None:
    assert other not in MOVES[end]


@given(st.sampled_from(JobState), st.sampled_from(JobState))
def test_a_move_is_never_undone(one: JobState, other: JobState) -> None:
    assert not (other in MOVES[one] and one in MOVES[other])
    assert one not in MOVES[one]


@given(walks)
def test_every_way_ends_soon(choices: list[int]) -> None:
    assert len(walk(choices, JobState.QUEUED)) <= len(JobState)


def test_every_state_can_be_reached_from_the_line() -> None:
    reached = {JobState.QUEUED}
    while more := {target for state in reached for target in MOVES[state]} - reached:
        reached |= more

    assert reached == set(JobState)


def test_every_open_state_can_expire_and_so_reach_an_end() -> None:
    assert all(JobState.EXPIRED in MOVES[state] for state in OPEN)


@given(walks)
def test_a_job_is_done_only_after_rendering_and_delivering(choices: list[int]) -> None:
    way = walk(choices, JobState.QUEUED)
    if JobState.DONE in way:
        assert way == [JobState.QUEUED, JobState.RENDERING, JobState.DELIVERING, JobState.DONE]


def sources(state: JobState) -> set[JobState]:
    return {source for source, targets in MOVES.items() if state in targets}


def test_delivering_comes_only_from_rendering() -> None:
    assert sources(JobState.DELIVERING) == {JobState.RENDERING}
    assert sources(JobState.DONE) == {JobState.DELIVERING}


def test_only_what_was_painted_can_be_refused_and_what_waits_fails_by_new_rules_alone() -> None:
    assert sources(JobState.REFUSED) == {JobState.RENDERING}
    assert sources(JobState.FAILED) == {JobState.RENDERING, JobState.QUEUED}


def test_what_is_about_to_be_shown_cannot_be_cancelled() -> None:
    assert sources(JobState.CANCELLED) == {JobState.QUEUED, JobState.RENDERING}


def test_a_picture_is_paid_for_only_once_its_request_is_on_record() -> None:
    assert {stage for stage, targets in STAGE_MOVES.items() if RenderStage.RENDERED in targets} == {
        RenderStage.SUBMITTING,
        RenderStage.CREATED,
    }
    assert {stage for stage, targets in STAGE_MOVES.items() if RenderStage.CREATED in targets} == {
        RenderStage.SUBMITTING
    }
    assert {stage for stage, targets in STAGE_MOVES.items() if RenderStage.PACKAGED in targets} == {
        RenderStage.RENDERED
    }


def test_a_paid_picture_never_waits_to_be_paid_again() -> None:
    assert {stage for stage, targets in STAGE_MOVES.items() if RenderStage.WAITING in targets} == {
        RenderStage.SUBMITTING
    }


def test_a_render_can_be_given_up_until_it_is_packaged() -> None:
    assert {stage for stage, targets in STAGE_MOVES.items() if RenderStage.FAILED in targets} == {
        RenderStage.WAITING,
        RenderStage.SUBMITTING,
        RenderStage.CREATED,
        RenderStage.RENDERED,
    }
    assert STAGE_MOVES[RenderStage.PACKAGED] == STAGE_MOVES[RenderStage.FAILED] == frozenset()


def test_a_job_id_is_ten_letters_nobody_mistakes() -> None:
    allowed = set(string.digits + string.ascii_lowercase) - set("ilou")
    for _ in range(200):
        job_id = new_job_id()
        assert len(job_id) == JOB_ID_LENGTH
        assert set(job_id) <= allowed


def test_job_ids_differ() -> None:
    assert len({new_job_id() for _ in range(2000)}) == 2000
