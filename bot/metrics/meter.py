"""The meter of a process: counts and times what it hears, shows figures, and writes all of it for Prometheus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

from bot.domain.circuit import Circuit
from bot.domain.jobs import Job, JobState
from bot.domain.ports.observer import CacheFigures, CallKind, Figures
from bot.domain.provider import (
    MICRO_USD,
    BadKeyError,
    FixRequestError,
    GarbageAnswerError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
    Trouble,
)
from bot.metrics import catalogue
from bot.metrics.catalogue import METRICS, Kind, Metric

UNKNOWN: Final = math.nan  # shown by a gauge that cannot be read: no comparison in an alert holds for it

prometheus_client.disable_created_metrics()  # else each counter gets a `_created` series that nobody uses


class Meter:
    """Implements `bot.domain.ports.observer.Observer`. Series of counters and histograms exist from the start, at 0."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters = {metric: self._counter(metric) for metric in _of(Kind.COUNTER)}
        self._histograms = {metric: self._histogram(metric) for metric in _of(Kind.HISTOGRAM)}
        self._gauges = {metric: self._gauge(metric) for metric in _of(Kind.GAUGE)}

    def _counter(self, metric: Metric) -> Counter:
        made = Counter(metric.name, metric.help, list(metric.labels), registry=self._registry)
        for values in _label_values(metric):
            made.labels(*values)
        return made

    def _histogram(self, metric: Metric) -> Histogram:
        labels, buckets = list(metric.labels), metric.buckets
        made = Histogram(metric.name, metric.help, labels, buckets=buckets, registry=self._registry)
        for values in _label_values(metric):
            made.labels(*values)
        return made

    def _gauge(self, metric: Metric) -> Gauge:
        return Gauge(metric.name, metric.help, list(metric.labels), registry=self._registry)

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    # What is heard

    def count(self, metric: Metric, *labels: str) -> None:
        counter = self._counters[metric]
        (counter.labels(*labels) if labels else counter).inc()

    def time(self, metric: Metric, seconds: float, *labels: str) -> None:
        histogram = self._histograms[metric]
        (histogram.labels(*labels) if labels else histogram).observe(max(0.0, seconds))

    def claimed(self, job: Job, *, now: datetime) -> None:
        if job.state is JobState.RENDERING and job.attempt == 1:  # else it has waited before
            self.time(catalogue.JOB_WAIT, (now - job.created_at).total_seconds())

    def ended(self, job: Job, *, is_shown: bool, now: datetime) -> None:
        state = JobState.DONE if job.state is JobState.DELIVERING else job.state
        state = state if is_shown else JobState.EXPIRED
        self.count(catalogue.JOBS_ENDED, state.value)
        if state is JobState.DONE:
            kind = "picture" if job.request.video is None else "video"
            self.time(catalogue.JOB_DURATION, (now - job.created_at).total_seconds(), kind)

    def lost_lease(self) -> None:
        self.count(catalogue.LEASES_LOST)

    def called(self, kind: CallKind, error: ProviderError | None, *, seconds: float) -> None:
        self.count(catalogue.PROVIDER_CALLS, kind.value, outcome_label(error))
        self.time(catalogue.PROVIDER_SECONDS, seconds, kind.value)

    def asked_database(self, *, seconds: float, answered: bool) -> None:
        self.time(catalogue.DATABASE_SECONDS, seconds)
        if not answered:
            self.count(catalogue.DATABASE_FAILURES)

    # What is read

    def show(self, metric: Metric, value: float, *labels: str) -> None:
        gauge = self._gauges[metric]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def show_figures(self, figures: Figures | None) -> None:
        """Show the figures of the database; None if it does not give them: then they are unknown, not old."""
        jobs: Mapping[str, float] = {} if figures is None else figures.jobs
        for state in catalogue.SHOWN_STATES:
            self.show(catalogue.JOBS, jobs.get(state, UNKNOWN if figures is None else 0), state)
        self.show(catalogue.QUEUED_PICTURES, UNKNOWN if figures is None else figures.waiting_pictures)
        self.show(catalogue.OLDEST_WAITING, UNKNOWN if figures is None else figures.oldest_waiting_s)
        self.show(catalogue.CIRCUIT, UNKNOWN if figures is None else _openness(figures.circuit))
        for trouble in Trouble:
            is_so = UNKNOWN if figures is None else figures.circuit.trouble is trouble
            self.show(catalogue.TROUBLE, is_so, trouble.value)
        known = UNKNOWN if figures is None else figures.spent.micro_usd - figures.spent.uncertain_micro_usd
        uncertain = UNKNOWN if figures is None else figures.spent.uncertain_micro_usd
        self.show(catalogue.SPENT, known / MICRO_USD, "known")
        self.show(catalogue.SPENT, uncertain / MICRO_USD, "uncertain")

    def show_cache(self, cache: CacheFigures | None) -> None:
        self.show(catalogue.CACHED, UNKNOWN if cache is None else cache.pictures)
        self.show(catalogue.CACHED_BYTES, UNKNOWN if cache is None else cache.bytes)


def _of(kind: Kind) -> Iterator[Metric]:
    return (metric for metric in METRICS if metric.kind is kind)


def _label_values(metric: Metric) -> Iterator[tuple[str, ...]]:
    return product(*metric.labels.values()) if metric.labels else iter(())


def _openness(circuit: Circuit) -> int:
    if circuit.trouble is None:
        return 0
    return 2 if circuit.half_open_at is None else 1


def outcome_label(error: ProviderError | None) -> str:
    """Return one of `ANSWERS` for how a paid call ended; None is an answer."""
    match error:
        case None:
            return "ok"
        case RefusedError():
            return "refused"
        case FixRequestError():
            return "rejected"
        case SlowDownError():
            return "busy"
        case OutOfCreditError():
            return "no_credit"
        case BadKeyError():
            return "bad_key"
        case GarbageAnswerError():
            return "unusable"
        case OutcomeUnknownError():
            return "unknown"
        case _:
            return "fault"
