"""What a result is."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_

from bot.domain.jobs import JobState, Stage
from bot.storage.schema import jobs, renders

_MAY_HAVE_SOME: Final = [JobState.CANCELLED.value, JobState.EXPIRED.value]


def is_result() -> ColumnElement[bool]:
    """A job that is over and has pictures.

    What is done always has some, so of a long past only the few others are looked at more closely.
    """
    has_pictures = exists().where(renders.c.job_id == jobs.c.id, renders.c.stage == Stage.PACKAGED.value)
    return or_(
        jobs.c.state == JobState.DONE.value,
        and_(jobs.c.state.in_(_MAY_HAVE_SOME), has_pictures),
    )
