"""Where the mod-log is written. `bot/ui` implements it with Discord."""

from __future__ import annotations

from typing import Protocol

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry


class LogDesk(Protocol):
    """Writes entries of the mod-log. Telling the same entry again within a few minutes writes it once."""

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        """The id of the message it became, None where nothing is left to tell.

        `job` is the entry's; None where it has none, or its requester deleted it. Raises `ShowLaterError` when
        Discord cannot just now, `UnreachableError` when it never will: the channel is gone, or closed to us.
        """
        ...
