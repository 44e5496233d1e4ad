"""How a job ends, told from how its renders ended."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.jobs import Failure, FailureKind, JobState, Render, Stage

# Which reason speaks for the job when its renders failed for several: what a person can act on comes first.
_SPEAKS_FIRST = (
    FailureKind.REFUSED,
    FailureKind.CREDIT,
    FailureKind.CHECK,
    FailureKind.BUSY,
    FailureKind.FAULT,
)


def speaking_failure(renders: Sequence[Render]) -> Failure | None:
    """The reason to show for the pictures that are missing, or None where none is."""
    failures = [render.failure for render in renders if render.failure is not None]
    return min(failures, key=lambda failure: _SPEAKS_FIRST.index(failure.kind), default=None)


def end_state(renders: Sequence[Render]) -> JobState:
    """DELIVERING when there is at least one picture; else REFUSED or FAILED."""
    if any(render.stage in {Stage.PACKAGED, Stage.RENDERED} for render in renders):
        return JobState.DELIVERING
    failure = speaking_failure(renders)
    if failure is not None and failure.kind is FailureKind.REFUSED:
        return JobState.REFUSED
    return JobState.FAILED
