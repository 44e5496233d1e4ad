"""An HTTP answer as plain values, so that everything that reads it needs no socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status, headers (names in lower case), the body's bytes and when they came (aware UTC).

    The body of an error may be only its beginning.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    received_at: datetime

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300
