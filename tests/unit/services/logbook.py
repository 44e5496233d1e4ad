"""The part of a `ModerationStore` that the mod-log uses, in memory, and a publisher that remembers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry
from bot.domain.policy.rules import Rule
from bot.errors import UnreachableError
from tests.fakes import Bell, Gate

MESSAGE_ID = 9_000


@dataclass
class _Row:
    entry: LogEntry
    due_at: datetime
    told_as: list[int | None] = field(default_factory=list[int | None])


class Logbook:
    """Entries that wait, are leased, told or put off, one channel's one after the other.

    `errors` are raised by the next looks for one, `idle_error` by the next look that would find none, `told_errors`
    when one is told next.
    """

    def __init__(self) -> None:
        self.watched: list[tuple[Rule, int, datetime]] = []
        self.forgot: list[datetime] = []
        self.put_off: list[tuple[int, datetime]] = []
        self.errors: deque[Exception] = deque()
        self.idle_error: Exception | None = None
        self.told_errors: deque[Exception] = deque()
        self.watch_errors: deque[Exception] = deque()
        self.looks = 0
        self.bell = Bell()
        self._rows: dict[int, _Row] = {}

    def add(self, entry: LogEntry) -> None:
        self._rows[entry.id] = _Row(entry, entry.at)

    def told_as(self, entry_id: int) -> list[int | None]:
        """The message ids it was told with: one for each time."""
        return self._rows[entry_id].told_as

    async def next_entry(self, *, now: datetime, lease_s: float) -> LogEntry | None:
        self.looks += 1
        self.bell.ring()
        if self.errors:
            raise self.errors.popleft()
        waiting = [row for row in self._rows.values() if not row.told_as]
        busy = {row.entry.channel_id for row in waiting if row.entry.tries and row.due_at > now}
        due = [row for row in waiting if row.due_at <= now and row.entry.channel_id not in busy]
        if not due:
            return self._nothing_due()
        row = due[0]
        row.due_at, row.entry = (
            now + timedelta(seconds=lease_s),
            replace(row.entry, tries=row.entry.tries + 1),
        )
        return row.entry

    def _nothing_due(self) -> None:
        error, self.idle_error = self.idle_error, None
        if error is not None:
            raise error

    async def told(self, entry_id: int, *, message_id: int | None, now: datetime) -> None:
        if self.told_errors:
            raise self.told_errors.popleft()
        self._rows[entry_id].told_as.append(message_id)
        self.bell.ring()

    async def tell_later(self, entry_id: int, *, due_at: datetime) -> None:
        self._rows[entry_id].due_at = due_at
        self.put_off.append((entry_id, due_at))
        self.bell.ring()

    async def watch_budgets(self, ceiling: Rule, *, price_micro_usd: int, now: datetime) -> int:
        self.watched.append((ceiling, price_micro_usd, now))
        if self.watch_errors:
            raise self.watch_errors.popleft()
        return 0

    async def forget_old(self, *, now: datetime) -> None:
        self.forgot.append(now)


class FakeModLogPublisher:
    """Remembers what was told, in its order. `errors` are raised instead, by the number of the entry.

    `closed` are channels that are gone or closed to Easel.
    """

    def __init__(self) -> None:
        self.told: list[tuple[LogEntry, Job | None]] = []
        self.errors: dict[int, Exception] = {}
        self.closed: set[int] = set()
        self.gate = Gate()

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        await self.gate.pass_through()
        if entry.id in self.errors:
            raise self.errors[entry.id]
        if entry.channel_id in self.closed:
            raise UnreachableError("Discord answered 404 (10003)")
        self.told.append((entry, job))
        return MESSAGE_ID + entry.id

    @property
    def numbers(self) -> list[int]:
        return [entry.id for entry, _ in self.told]
