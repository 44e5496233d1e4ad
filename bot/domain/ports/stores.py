"""The store of jobs: every move of a job and of its money is one method, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.failures import Failure
from bot.domain.fairness import QueuePosition
from bot.domain.jobs import Job, NewJob, Render, RequestContext, RewriteFault
from bot.domain.policy.decision import Denied
from bot.domain.policy.quota import UsageEntry, UsageRequest
from bot.domain.policy.rules import Rule
from bot.domain.provider import Charge, Trouble
from bot.domain.sizes import Resolution, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDataSummary:
    """Figures of the data about a person. `unfinished` of the `jobs` are not over, or their end was not shown.

    `counted` still count against a window, oldest first. `decisions` counts moderators' decisions
    about the person, and reports by them. `is_known` says whether any data is stored.
    """

    jobs: int
    unfinished: int
    counted: tuple[UsageEntry, ...]
    decisions: int
    is_known: bool

    @property
    def images(self) -> int:
        return sum(entry.images for entry in self.counted)

    @property
    def videos(self) -> int:
        return sum(entry.videos for entry in self.counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalRecord:
    """A record about a person other than their jobs, as plain JSON.

    `what` is a rule, block, grant, reset, report, denial or amount spent; or a preset, favourite, draft, tray picture
    or the defaults. `guild_id` of a preset is the server that it was made for.
    """

    what: str
    guild_id: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """A person's deleted data: jobs by id, and their library. The caller deletes the bytes of the jobs and the tray.

    `unfinished` jobs were not touched; `images` and `videos` still count, until their windows end.
    """

    job_ids: tuple[str, ...]
    unfinished: int
    images: int
    videos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OldJobs:
    """Old jobs that were deleted. The caller deletes their bytes, and goes on with the people after `people_to`.

    `people_to` is None once everybody was gone through.
    """

    job_ids: tuple[str, ...]
    people_to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The speed of the queue while no worker was seen lately: the concurrent paid calls that this process is set to."""

    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A stored job with its reservation. `known` says that the same interaction was accepted before."""

    job: Job
    standing: QueuePosition
    known: bool = False


SubmitOutcome = Accepted | Denied


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDescription:
    """A picture that a person wants described, before its call is stored.

    `id` is the same for the same command, so that none is paid for twice. `usage` has the expected price.
    """

    id: str
    request_id: str
    user_id: int
    guild_id: int | None
    context: RequestContext
    usage: UsageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBegun:
    """Why no picture is described now, apart from the rules of a server: the first field that is set.

    `is_known` says that the same command was taken before; `opens_at` is when the person may again after too many.
    """

    is_known: bool = False
    trouble: Trouble | None = None
    opens_at: datetime | None = None


class CancelOutcome(StrEnum):
    """The outcome of a request to cancel a job."""

    CANCELLED = "cancelled"
    WILL_COST = "will_cost"  # a video that will be paid for is being made: nothing was changed
    KEPT_BACK = "kept_back"  # it will be made, and not be shown on the card
    NOT_YOURS = "not_yours"
    TOO_LATE = "too_late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The outcome of a request to cancel, and the job after it; None if there is no such job."""

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
    """The packaged picture of a render; `key` is the key of its blob."""

    key: str
    mime: str
    extension: str
    size: Size
    fitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """An open job and its place in the queue; `standing` is None once a worker has it."""

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
    """The cost of calls in a period, in micro USD; the uncertain part could not be confirmed."""

    calls: int
    micro_usd: int
    uncertain_calls: int
    uncertain_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A paid call with an unknown outcome."""

    request_id: str
    submitted_at: datetime


class JobStore(Protocol):
    """Stores jobs. Writes that take a `Lease` raise `LostLeaseError` when it no longer holds."""

    # From the gateway.
    async def submit(self, new: NewJob, ceiling: Rule, rates: Rates) -> SubmitOutcome:
        """Decide, reserve and store the job in one transaction. `ceiling` is the operator's rule."""
        ...

    async def record_denial(self, new: NewJob, denied: Denied) -> None:
        """Record what `submit` would have denied, so that moderators can explain it; nothing outside servers."""
        ...

    async def card_shown(self, job_id: str, card_id: int | None, *, now: datetime) -> None:
        """Record that the first answer was sent: workers may take the job from now on."""
        ...

    async def keep_queued(self, job_id: str, *, now: datetime, until: datetime) -> bool:
        """Let no worker take a job before `until`, at most 30 s; return False unless one could take it now."""
        ...

    async def cancel(
        self, job_id: str, *, user_id: int, on_card: bool = True, keep_back: bool = False, now: datetime
    ) -> Cancelled:
        """Cancel the job and release its quota, if it is this person's and not over yet.

        `on_card` leaves a moment for the caller to show the end of a queued job. A video that the provider makes is
        paid for all the same: it goes on, kept back from the card with `keep_back`, and unchanged without.
        """
        ...

    async def cancellation_shown(self, job_id: str, *, now: datetime) -> None:
        """Record that the card of a cancelled job shows its end."""
        ...

    async def withdraw(self, job_id: str, *, answered_elsewhere: bool = False, now: datetime) -> None:
        """Cancel a job whose first answer could not be given; nothing is left to show.

        `answered_elsewhere` tells the operator that another process with this bot's token gave it.
        """
        ...

    async def get(self, job_id: str) -> Job | None:
        """Return the stored job; None if there is none by this id."""
        ...

    async def queue(self, user_id: int, rates: Rates, *, now: datetime) -> QueueView: ...

    async def render_seconds(self, model: str, resolution: Resolution) -> float | None:
        """Return the mean seconds of the latest calls to the model at this resolution, else to the model at any.

        Where no call to the model is known, it is what `typical_seconds_key` holds, else the mean of all models' calls;
        None while there is none.
        """
        ...

    async def spend(self, *, since: datetime, until: datetime) -> SpendReport:
        """Return what the calls made in [`since`, `until`) cost, for all we know."""
        ...

    async def held(self, user_id: int, *, now: datetime) -> StoredDataSummary:
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
        """Claim the next job: first jobs whose lease ran out, then the queue in fair order; None if there is none.

        A job that the present rules no longer allow is returned as failed and released; its end must be shown.
        Without `can_paint`, only a job that needs nothing but its card is claimed.
        """
        ...

    async def renew_leases(self, leases: Sequence[Lease], *, now: datetime, lease_s: float) -> frozenset[str]:
        """Extend the leases by `lease_s`; return the job ids of those that still hold."""
        ...

    async def hand_back(self, lease: Lease, *, now: datetime) -> None:
        """End the lease of an unfinished job at `now`, so that any worker may claim it from then on."""
        ...

    async def abandon_leases(self, worker_prefix: str, *, now: datetime) -> int:
        """End the leases of workers with this prefix; return how many. Only for a worker that runs alone."""
        ...

    async def expire(self, *, now: datetime) -> int:
        """End expired jobs and release their reservations; return how many. What was begun goes on where it can."""
        ...

    async def waiting(
        self, *, after: tuple[datetime, str] | None, before: datetime, limit: int
    ) -> tuple[Job, ...]:
        """Return queued jobs created until `before`, oldest first, after the one with this time and id."""
        ...

    async def forget_counts(self, *, now: datetime) -> None:
        """Delete the counts of deleted people once they are outside every window."""
        ...

    async def forget_old(self, *, before: datetime, after: int, now: datetime) -> OldJobs:
        """Delete jobs that ended and were shown, before a time; of some of the people whose ids are above `after`.

        Results that are somebody's favourite stay, and what an open job is made of.
        """
        ...

    async def set_size(self, lease: Lease, size: Size | None, animated: tuple[str, ...]) -> None:
        """Record, before the first call, the requested size (None if the model chooses it) and `Job.animated`."""
        ...

    async def begin_rewriting(
        self, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
    ) -> None:
        """Record a call to a chat model before it is made; at most one for each job."""
        ...

    async def end_rewriting(self, lease: Lease, *, text: str | None, fault: RewriteFault | None) -> Job:
        """Record the outcome of the rewriting, text or fault, and return the job.

        Text that a filter of the server matches is recorded as `RewriteFault.FILTERED`.
        """
        ...

    async def begin_description(
        self, new: NewDescription, ceiling: Rule, *, now: datetime
    ) -> Denied | NotBegun | None:
        """Decide, and record the call to a chat model before it is made; None if it may be made."""
        ...

    async def begin_alt_text(
        self, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
    ) -> None:
        """Record a call for a picture's alt text before it is made."""
        ...

    async def end_alt_text(self, lease: Lease, index: int, text: str) -> None:
        """Record the alt text of a packaged render; text that a filter of the server matches is left out."""
        ...

    async def begin_call(
        self, lease: Lease, index: int, *, request_id: str, estimate_micro_usd: int, now: datetime
    ) -> Render:
        """Move the render waiting → submitting and record the call, before it is made; return the render.

        A call after one that may have been charged is a rerun. Raises `LostLeaseError` also if the lease is over, and
        `CircuitOpenError` if no call may begin now.
        """
        ...

    async def end_call(
        self, request_id: str, *, charge: Charge, cost_micro_usd: int | None, now: datetime
    ) -> None:
        """Record what a call cost; a cost of None keeps the estimate. Works without a lease: what was paid was paid."""
        ...

    async def open_calls(self, *, before: datetime, after: datetime) -> tuple[OpenCall, ...]:
        """Return some calls still open though their job is over, oldest first.

        They were begun before `before`, or past `after` by a clock that was ahead.
        """
        ...

    async def others_succeed(self, job_id: str, index: int, *, same: frozenset[int]) -> bool:
        """Return whether other pictures were made since the first call for this render, and none by the same prompt.

        `same` are the renders of the job with that prompt.
        """
        ...

    async def render_waits(self, lease: Lease, index: int) -> None:
        """Move the render submitting → waiting."""
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
        """Move the render submitting → rendered, and record its call as charged."""
        ...

    async def render_created(
        self, lease: Lease, index: int, *, request_id: str, generation_id: str, cost_micro_usd: int | None
    ) -> None:
        """Move the render of a video submitting → created. Its call stays open at the price that was stated, if any."""
        ...

    async def render_packed(self, lease: Lease, index: int, packed: Packed) -> None: ...

    async def render_failed(self, lease: Lease, index: int, failure: Failure, *, now: datetime) -> None:
        """Fail the render. If only the operator can fix the cause, the operator and the server are notified once."""
        ...

    async def finish_rendering(self, lease: Lease, packed: Mapping[int, Packed], *, now: datetime) -> Job:
        """Store what is `packed`, by index; move the job rendering → delivering, failed or refused; settle quota."""
        ...

    async def deliver(self, lease: Lease, *, card_id: int | None, pinged: bool, now: datetime) -> None:
        """Record that the card shows the end: delivering → done; an end without pictures is marked as shown."""
        ...

    async def undeliverable(self, lease: Lease, *, now: datetime) -> None:
        """Record that the end cannot be shown: delivering → expired, everything released."""
        ...

    async def reload(self, lease: Lease) -> Job:
        """Return the job as it is stored now. Raises `LostLeaseError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerHeartbeat:
    """The last sign of life of a worker. `slots` is its number of concurrent paid calls."""

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
