"""What a control speaks of: a job, or one picture of it. Written into its `custom_id`, read back from it."""

from __future__ import annotations


def subject_of(job_id: str, index: int | None = None) -> str:
    """`index` is the render's, from 0."""
    return job_id if index is None else f"{job_id}.{index}"


def parts_of(subject: str) -> tuple[str, int | None]:
    """The job's id, and the picture's index where one was chosen."""
    job_id, _, index = subject.partition(".")
    return job_id, int(index) if index else None
