"""The store of jobs: every move of a job and of its money is one method, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.fairness import QueuePosition
from bot.domain.jobs import Failure, Job, NewJob, Render, RewriteFault
from bot.domain.policy.decision import Denied
from bot.domain.policy.quota import UsageEntry
from bot.domain.policy.rules import Rule
from bot.domain.provider import Charge
from bot.domain.sizes import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store has about a person. `unfinished` of the `jobs` are not over, or their end was not shown.

    `counted` are the images that still count against some window, oldest first. `decisions` are those moderators
    made about the person, and reports by them. `is_known` says that anything at all is kept, be it a preset, or a
    place in the fair order alone.
    """

    jobs: int
    unfinished: int
    counted: tuple[UsageEntry, ...]
    decisions: int
    is_known: bool

    @property
    def images(self) -> int:
        return sum(entry.images for entry in self.counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalRecord:
    """Something kept about a person beside their jobs, as plain JSON.

    `what` is a rule, block, grant, reset or report, what was refused or spent; or, of what they keep at hand, a
    preset, favourite or draft, their defaults, or a picture on their tray. `guild_id` of a preset is the server's
    they made it for.
    """

    what: str
    guild_id: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """`job_ids` are gone; `unfinished` jobs were not touched; `counted` images stay until their window ends.

    Gone is also all they kept at hand. The bytes of these jobs and of their tray are the caller's to drop.
    """

    job_ids: tuple[str, ...]
    unfinished: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How fast the line moves: paid calls at once, over all workers."""

    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Stored and reserved. `known` says that this very interaction had been accepted before."""

    job: Job
    standing: QueuePosition
    known: bool = False


SubmitOutcome = Accepted | Denied


class CancelOutcome(StrEnum):
    CANCELLED = "cancelled"
    NOT_YOURS = "not_yours"
    TOO_LATE = "too_late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What became of a request to cancel; `job` is as it stands after it, None when there is no such job."""

    outcome: CancelOutcome
    job: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a job: worker and fence."""

    job_id: str
    attempt: int
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What packaging made of a render; `key` is the blob's."""

    key: str
    mime: str
    extension: str
    size: Size
    fitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """One of a person's open jobs and where it stands; `standing` is None once it is being worked on."""

    job: Job
    standing: QueuePosition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The queue as one person sees it."""

    mine: tuple[QueueEntry, ...]
    waiting: int
    working: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendReport:
    """Money over a time, in micro USD. `uncertain` is the part of it that nobody could confirm."""

    calls: int
    micro_usd: int
    uncertain_calls: int
    uncertain_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A paid call of which nobody knows how it ended."""

    request_id: str
    submitted_at: datetime


class JobStore(Protocol):
    """Writes that take a `Lease` raise `LostLeaseError` when it no longer holds."""

    # From the gateway.
    async def submit(self, new: NewJob, ceiling: Rule, rates: Rates) -> SubmitOutcome:
        """Decide, reserve and store the job in one transaction. `ceiling` is the operator's rule."""
        ...

    async def card_shown(self, job_id: str, card_id: int | None, *, now: datetime) -> None:
        """Record that the first answer was sent: workers may take the job from now on."""
        ...

    async def cancel(self, job_id: str, *, user_id: int, on_card: bool = True, now: datetime) -> Cancelled:
        """Cancel and release, if it is this person's and not over yet.

        `on_card` leaves a moment for the caller to show the end of a queued job."""
        ...

    async def cancellation_shown(self, job_id: str, *, now: datetime) -> None:
        """Record that the card of a cancelled job shows its end."""
        ...

    async def withdraw(self, job_id: str, *, now: datetime) -> None:
        """Cancel a job whose first answer could not be given; nothing is left to show."""
        ...

    async def get(self, job_id: str) -> Job | None: ...

    async def queue(self, user_id: int, rates: Rates, *, now: datetime) -> QueueView: ...

    async def spend(self, *, since: datetime, until: datetime) -> SpendReport: ...

    async def held(self, user_id: int, *, now: datetime) -> Held:
        """Return figures of what is stored about a person."""
        ...

    async def export(self, user_id: int, *, before: Job | None, limit: int) -> tuple[Job, ...]:
        """Return up to `limit` of a person's jobs, newest first, starting after `before` (None: the newest)."""
        ...

    async def decisions(self, user_id: int) -> tuple[PersonalRecord, ...]:
        """Return what moderators decided about a person, and what the person reported."""
        ...

    async def forget(self, user_id: int, *, now: datetime) -> Forgotten:
        """Delete a person's jobs that are over and shown, and their name on what must stay.

        What counts against today's limits stays, and goes by `forget_counts`; calls keep their cost."""
        ...

    # From a worker.
    async def claim(
        self, worker: str, ceiling: Rule, *, now: datetime, lease_s: float, can_paint: bool = True
    ) -> Job | None:
        """The next job due: first those whose lease ran out, then the queue in fair order.

        One that the rules of today no longer allow comes as failed, released, its end still to be shown.

        Without `can_paint`, only a job whose card is all that is missing."""
        ...

    async def keep(self, leases: Sequence[Lease], *, now: datetime, lease_s: float) -> frozenset[str]:
        """Extend the leases by `lease_s`; return the job ids of those that still hold."""
        ...

    async def hand_back(self, lease: Lease, *, now: datetime) -> None:
        """Give a job up unfinished, so that anybody may take it at once."""
        ...

    async def abandon_leases(self, worker_prefix: str, *, now: datetime) -> int:
        """End the leases of workers with this prefix; return how many. Only for a worker that runs alone."""
        ...

    async def expire(self, *, now: datetime) -> int:
        """End jobs past their time and release what they hold; returns how many."""
        ...

    async def forget_counts(self, *, now: datetime) -> None:
        """Delete the counts of deleted people once they are outside every window."""
        ...

    async def set_size(self, lease: Lease, size: Size | None, animated: tuple[str, ...]) -> None:
        """Before the first call: what is asked for, None where the model chooses; and `Job.animated`."""
        ...

    async def begin_rewriting(
        self, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
    ) -> None:
        """The call to a chat model on record, before it is made; at most one for each job."""
        ...

    async def end_rewriting(self, lease: Lease, *, text: str | None, fault: RewriteFault | None) -> Job:
        """What became of it, text or fault. Text that a filter of the server stops is not taken. Returns the job
        as it stands then."""
        ...

    async def begin_call(
        self,
        lease: Lease,
        index: int,
        *,
        request_id: str,
        estimate_micro_usd: int,
        now: datetime,
    ) -> Render:
        """waiting → submitting, and the call on record: committed before it is made.

        Returns the render as it then stands; a call after one that may have been charged is a rerun."""
        ...

    async def end_call(
        self,
        request_id: str,
        *,
        charge: Charge,
        cost_micro_usd: int | None,
        now: datetime,
    ) -> None:
        """Record what a call cost; None if unknown. Works without a lease: what was paid was paid."""
        ...

    async def open_calls(self, *, before: datetime) -> tuple[OpenCall, ...]:
        """Calls begun before then, still open though their job is over; the oldest first, not all at once."""
        ...

    async def render_waits(self, lease: Lease, index: int) -> None:
        """submitting → waiting."""
        ...

    async def render_done(
        self,
        lease: Lease,
        index: int,
        *,
        request_id: str,
        raw_key: str,
        revised_prompt: str | None,
        cost_micro_usd: int | None,
        now: datetime,
    ) -> None:
        """submitting → rendered, and its call charged."""
        ...

    async def render_packed(self, lease: Lease, index: int, packed: Packed) -> None: ...

    async def render_failed(self, lease: Lease, index: int, failure: Failure, *, now: datetime) -> None:
        """Given up, with a reason. Where only an operator can fix it, they and the server are told once."""
        ...

    async def finish_rendering(self, lease: Lease, failure: Failure | None, *, now: datetime) -> Job:
        """rendering → delivering, failed or refused; what did not become a picture is released."""
        ...

    async def deliver(self, lease: Lease, *, card_id: int | None, pinged: bool, now: datetime) -> None:
        """The card shows the end: delivering → done; an end without pictures is marked as shown."""
        ...

    async def undeliverable(self, lease: Lease, *, now: datetime) -> None:
        """No way is left to show it: delivering → expired, everything released."""
        ...

    async def reload(self, lease: Lease) -> Job: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerHeartbeat:
    """A worker that said it lives. `slots` is its number of paid calls at once."""

    name: str
    seen_at: datetime
    slots: int
    running: int


class KeyValueStore(Protocol):
    """Stores values by key, and the heartbeats of workers."""

    async def read_value(self, key: str) -> str | None: ...

    async def write_value(self, key: str, value: str) -> None: ...

    async def record_heartbeat(self, heartbeat: WorkerHeartbeat) -> None: ...

    async def drop_heartbeat(self, name: str) -> None: ...

    async def heartbeats(self, since: datetime) -> tuple[WorkerHeartbeat, ...]: ...

    async def ping(self) -> None:
        """Make one trip to the database. Raises `StoreUnavailableError` when it does not answer."""
        ...
