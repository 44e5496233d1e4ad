"""The one list of metrics. What a process counts, the dashboard and the alerts are made from it.

A label has the values listed here and no others: no member, server or prompt can become one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.jobs import JobState
from bot.domain.ports.observer import CallKind
from bot.domain.provider import Trouble


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Room(StrEnum):
    """The row of the dashboard that shows a metric."""

    JOBS = "Jobs"
    PROVIDER = "Provider and money"
    DISCORD = "Discord"
    DATABASE = "Database and disk"
    PROCESS = "Processes"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """A metric. `labels` maps each label to all values that it can have.

    `unit` is one of Grafana's. With `is_shared` every process reports the same, as it comes from the database.
    """

    name: str
    kind: Kind
    room: Room
    title: str
    help: str
    unit: str = "short"
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    buckets: tuple[float, ...] = ()
    is_shared: bool = False


ANSWERS: Final = (  # how a paid call ends
    "ok",
    "refused",
    "rejected",
    "busy",
    "no_credit",
    "bad_key",
    "unusable",
    "unknown",
    "fault",
)
REPLIES: Final = ("ok", "rate_limited", "refused", "fault", "no_answer")
AREAS: Final = ("applications", "channels", "gateway", "guilds", "interactions", "users", "webhooks", "other")
READY_PARTS: Final = ("database", "gateway", "commands", "worker")
SHOWN_STATES: Final = tuple(state.value for state in JobState)
ENDS: Final = ("done", "failed", "refused", "cancelled", "expired")

JOBS: Final = Metric(
    name="easel_jobs",
    kind=Kind.GAUGE,
    room=Room.JOBS,
    title="Jobs by state",
    help="Jobs whose end is still to be shown, by state.",
    labels={"state": SHOWN_STATES},
    is_shared=True,
)
QUEUED_PICTURES: Final = Metric(
    name="easel_queued_pictures",
    kind=Kind.GAUGE,
    room=Room.JOBS,
    title="Depth of the queue",
    help="Pictures and videos of the jobs that wait in the queue.",
    is_shared=True,
)
OLDEST_WAITING: Final = Metric(
    name="easel_oldest_waiting_seconds",
    kind=Kind.GAUGE,
    room=Room.JOBS,
    title="Age of the oldest waiting job",
    help="Age of the oldest job in the queue, 0 if none waits.",
    unit="s",
    is_shared=True,
)
JOB_WAIT: Final = Metric(
    name="easel_job_wait_seconds",
    kind=Kind.HISTOGRAM,
    room=Room.JOBS,
    title="Waits in the queue",
    help="From a command to the first claim of its job by a worker.",
    unit="s",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600),
)
JOB_DURATION: Final = Metric(
    name="easel_job_duration_seconds",
    kind=Kind.HISTOGRAM,
    room=Room.JOBS,
    title="From command to result",
    help="From a command to the result on its card.",
    unit="s",
    labels={"kind": ("picture", "video")},
    buckets=(5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600),
)
JOBS_ENDED: Final = Metric(
    name="easel_jobs_ended_total",
    kind=Kind.COUNTER,
    room=Room.JOBS,
    title="Ends of jobs",
    help="Ends that a worker has shown; expired: nobody could be shown it.",
    labels={"state": ENDS},
)
LEASES_LOST: Final = Metric(
    name="easel_leases_lost_total",
    kind=Kind.COUNTER,
    room=Room.JOBS,
    title="Leases lost",
    help="Jobs that a worker had to leave to another one; a job cancelled in mid-step may be one of them.",
)
PROVIDER_CALLS: Final = Metric(
    name="easel_provider_calls_total",
    kind=Kind.COUNTER,
    room=Room.PROVIDER,
    title="Paid calls by outcome",
    help="Paid calls by what they were for and how they ended.",
    labels={"kind": tuple(CallKind), "outcome": ANSWERS},
)
PROVIDER_SECONDS: Final = Metric(
    name="easel_provider_call_seconds",
    kind=Kind.HISTOGRAM,
    room=Room.PROVIDER,
    title="Paid calls",
    help="How long paid calls took; of a video, its order.",
    unit="s",
    labels={"kind": tuple(CallKind)},
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 240),
)
CIRCUIT: Final = Metric(
    name="easel_circuit_state",
    kind=Kind.GAUGE,
    room=Room.PROVIDER,
    title="Circuit before the provider",
    help="0: calls are made; 1: one call is tried; 2: no call begins.",
    is_shared=True,
)
TROUBLE: Final = Metric(
    name="easel_circuit_trouble",
    kind=Kind.GAUGE,
    room=Room.PROVIDER,
    title="Why no call begins",
    help="1 for the trouble that holds calls up.",
    labels={"trouble": tuple(Trouble)},
    is_shared=True,
)
SPENT: Final = Metric(
    name="easel_spent_last_hour_usd",
    kind=Kind.GAUGE,
    room=Room.PROVIDER,
    title="Money of the last hour",
    help="Dollars of the calls of the last hour; uncertain: their outcome is not known, at the expected price.",
    unit="currencyUSD",
    labels={"certainty": ("known", "uncertain")},
    is_shared=True,
)
DISCORD_CALLS: Final = Metric(
    name="easel_discord_calls_total",
    kind=Kind.COUNTER,
    room=Room.DISCORD,
    title="Requests to Discord by outcome",
    help="Requests to Discord, each try by itself, by the first part of their path and how they ended.",
    labels={"area": AREAS, "outcome": REPLIES},
)
READY: Final = Metric(
    name="easel_ready",
    kind=Kind.GAUGE,
    room=Room.PROCESS,
    title="Ready",
    help="1 if a part of this process is ready, as /readyz tells.",
    labels={"part": READY_PARTS},
)
LOOP_LAG: Final = Metric(
    name="easel_loop_lag_seconds",
    kind=Kind.HISTOGRAM,
    room=Room.PROCESS,
    title="Lag of the event loop",
    help="How late the event loop woke up, looked at every half second.",
    unit="s",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
DATABASE_SECONDS: Final = Metric(
    name="easel_database_seconds",
    kind=Kind.HISTOGRAM,
    room=Room.DATABASE,
    title="Transactions",
    help="How long transactions took, with the wait for a connection.",
    unit="s",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DATABASE_FAILURES: Final = Metric(
    name="easel_database_failures_total",
    kind=Kind.COUNTER,
    room=Room.DATABASE,
    title="Transactions without a database",
    help="Transactions that the database did not answer.",
)
CACHED: Final = Metric(
    name="easel_cached_pictures",
    kind=Kind.GAUGE,
    room=Room.DATABASE,
    title="Pictures cached",
    help="Pictures kept after delivery, without their thumbnails; counted every five minutes.",
    is_shared=True,
)
CACHED_BYTES: Final = Metric(
    name="easel_cached_bytes",
    kind=Kind.GAUGE,
    room=Room.DATABASE,
    title="Size of the cache",
    help="Bytes of the pictures kept after delivery; counted every five minutes.",
    unit="bytes",
    is_shared=True,
)
DISK_FREE: Final = Metric(
    name="easel_disk_free_ratio",
    kind=Kind.GAUGE,
    room=Room.DATABASE,
    title="Free share of the disk",
    help="Free share of the disk that holds DATA_DIR, from 0 to 1.",
    unit="percentunit",
)

METRICS: Final = (
    JOBS,
    QUEUED_PICTURES,
    OLDEST_WAITING,
    JOB_WAIT,
    JOB_DURATION,
    JOBS_ENDED,
    LEASES_LOST,
    PROVIDER_CALLS,
    PROVIDER_SECONDS,
    CIRCUIT,
    TROUBLE,
    SPENT,
    DISCORD_CALLS,
    DATABASE_SECONDS,
    DATABASE_FAILURES,
    CACHED,
    CACHED_BYTES,
    DISK_FREE,
    READY,
    LOOP_LAG,
)
