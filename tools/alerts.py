"""The alerts: when Prometheus wakes somebody, how urgently, and what they read. `tools/dashboards.py` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How soon somebody has to look."""

    CRITICAL = "critical"  # members are not served
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert: `expr` has to hold for `lasts` before it fires. Its section of docs/operations.md has its name."""

    name: str
    severity: Severity
    expr: str
    lasts: str = "0m"
    summary: str


def _share(metric: str, label: str, values: str, *, window: str, most: float, least: int) -> str:
    """Return the expression for over `least` events with these values of a label, and over `most` as a share of all."""
    bad = f'sum(increase({metric}{{{label}=~"{values}"}}[{window}]))'
    return f"{bad} > {least} and {bad} / sum(increase({metric}[{window}])) > {most}"


ALERTS: Final = (
    Alert(
        name="EaselDown",
        severity=Severity.CRITICAL,
        expr='up{job="easel"} == 0',
        lasts="2m",
        summary="{{ $labels.instance }} does not answer",
    ),
    Alert(
        name="EaselNoGateway",
        severity=Severity.CRITICAL,
        expr='absent(easel_ready{part="gateway"} == 1)',  # also of one that service discovery no longer names
        lasts="2m",
        summary="No gateway takes commands",
    ),
    Alert(
        name="EaselNotReady",
        severity=Severity.CRITICAL,
        expr='easel_ready{part!="database"} == 0',
        lasts="5m",
        summary="The part {{ $labels.part }} of {{ $labels.instance }} is not ready",
    ),
    Alert(
        name="EaselDatabaseAway",
        severity=Severity.CRITICAL,
        expr='easel_ready{part="database"} == 0',
        lasts="1m",
        summary="The database does not answer {{ $labels.instance }}",
    ),
    Alert(
        name="EaselDatabaseSlow",
        severity=Severity.WARNING,
        expr="histogram_quantile(0.95, sum by (instance, le) (rate(easel_database_seconds_bucket[5m]))) > 1",
        lasts="5m",
        summary="One transaction in twenty of {{ $labels.instance }} takes over a second",
    ),
    Alert(
        name="EaselNothingClaimed",
        severity=Severity.CRITICAL,
        expr='max(easel_jobs{state="queued"}) > 0 and max(easel_circuit_state) == 0'
        " and sum(increase(easel_job_wait_seconds_count[5m])) == 0",
        lasts="5m",
        summary="Jobs wait, and no worker takes one",
    ),
    Alert(
        name="EaselWaitsLong",
        severity=Severity.WARNING,
        expr="max(easel_oldest_waiting_seconds) > 300",
        lasts="2m",
        summary="A job has waited for {{ $value | humanizeDuration }}",
    ),
    Alert(
        name="EaselCircuitOpen",
        severity=Severity.WARNING,
        expr="max(easel_circuit_state) > 0",
        lasts="2m",
        summary="No call begins: the provider has trouble",
    ),
    Alert(
        name="EaselNoCredit",
        severity=Severity.CRITICAL,
        expr='max(easel_circuit_trouble{trouble="no_credit"}) > 0',
        summary="The provider's account is empty",
    ),
    Alert(
        name="EaselKeyRefused",
        severity=Severity.CRITICAL,
        expr='max(easel_circuit_trouble{trouble="bad_key"}) > 0',
        summary="The provider does not accept the key",
    ),
    Alert(
        name="EaselProviderErrors",
        severity=Severity.WARNING,
        expr=_share(
            "easel_provider_calls_total", "outcome", "fault|unusable|unknown", window="10m", most=0.2, least=4
        ),
        summary="More than one paid call in five fails",
    ),
    Alert(
        name="EaselJobsFail",
        severity=Severity.WARNING,
        expr=_share("easel_jobs_ended_total", "state", "failed|expired", window="15m", most=0.25, least=4),
        summary="More than one job in four brings its member nothing",
    ),
    Alert(
        name="EaselDiscordErrors",
        severity=Severity.WARNING,
        expr=_share(
            "easel_discord_calls_total",
            "outcome",
            "fault|no_answer|rate_limited",
            window="10m",
            most=0.1,
            least=10,
        ),
        summary="More than one request to Discord in ten fails",
    ),
    Alert(
        name="EaselLeasesLost",
        severity=Severity.WARNING,
        expr="sum(increase(easel_leases_lost_total[15m])) > 3",
        summary="Workers lose jobs that they still work on",
    ),
    Alert(
        name="EaselLoopLags",
        severity=Severity.WARNING,
        expr="rate(easel_loop_lag_seconds_sum[5m]) > 0.1",
        lasts="5m",
        summary="{{ $labels.instance }} answers late: its event loop is held up for a tenth of the time",
    ),
    Alert(
        name="EaselDiskFull",
        severity=Severity.WARNING,
        expr="min by (instance) (easel_disk_free_ratio) < 0.1",
        lasts="5m",
        summary="Only {{ $value | humanizePercentage }} of the disk of {{ $labels.instance }} is free",
    ),
)
