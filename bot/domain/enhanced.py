"""A prompt that a chat model rewrote before it was painted, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RewriteFault(StrEnum):
    """Why the person's own words were painted instead."""

    BUSY = "busy"  # a rate limit
    FAULT = "fault"  # something broke, and nothing was paid
    CREDIT = "credit"  # the provider's account is empty, or its key is refused
    REFUSED = "refused"  # the model would not
    UNCERTAIN = "uncertain"  # nobody knows how the call ended: it is not made again
    EMPTY = "empty"
    TOO_LONG = "too_long"
    LOST_QUOTES = "lost_quotes"  # what stood in quotation marks is painted as letters
    DANGER = "danger"  # what it wrote is never painted
    FILTERED = "filtered"  # a filter of the server stops it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """One call to a chat model, begun under `request_id`. With neither text nor fault it has not ended."""

    request_id: str
    text: str | None = None
    fault: RewriteFault | None = None

    @property
    def is_over(self) -> bool:
        return self.text is not None or self.fault is not None
