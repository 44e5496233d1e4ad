"""The order of the queue: virtual-time tags, so that fifty jobs of one person do not delay one of another.

`tag = max(clock, the person's last tag) + renders / weight`, in integer units; the clock is the highest tag
claimed so far. A person who was idle starts at the clock; one who queues much moves further and further behind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

UNIT: Final = 1_000_000  # one render at weight 1
TYPICAL_RENDER_S: Final = 20.0  # until any figures exist; p50 of the model is 10–25 s


def typical_seconds_key(model: str) -> str:
    """Return the key of the value that holds the provider's figure for a model, until this community has its own."""
    return f"typical seconds of {model}"


def next_tag(*, clock: int, last_tag: int, renders: int, weight: Fraction = Fraction(1)) -> int:
    """Return the tag of a job enqueued now. `weight` > 0; 2 means twice the share."""
    return max(clock, last_tag) + math.ceil(renders * UNIT / weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """A place in the queue: `position` 1 is next; `ready_at` is an estimate for the finished job."""

    position: int
    ready_at: datetime


def estimate(
    *, now: datetime, position: int, renders_ahead: int, renders: int, render_s: float | None, slots: int
) -> QueuePosition:
    """Estimate when a job with `renders` pictures behind `renders_ahead` others will be ready.

    `render_s` is the observed or published time for one picture in seconds, `slots` the paid calls at once.
    """
    each_s = render_s if render_s is not None else TYPICAL_RENDER_S
    rounds = math.ceil((renders_ahead + renders) / max(slots, 1))
    return QueuePosition(position=position, ready_at=now + timedelta(seconds=each_s * max(rounds, 1)))
