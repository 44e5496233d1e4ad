"""Grafana's dashboard and Prometheus's rules, from the list of metrics: `python -m tools.dashboards [--check]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bot.metrics.catalogue import METRICS, Kind, Metric, Room
from tools.alerts import ALERTS, Alert

ROOT: Final = Path(__file__).parent.parent
DASHBOARD: Final = "deploy/grafana/easel.json"
RULES: Final = "deploy/prometheus/rules.yml"
RUNBOOK: Final = "docs/operations.md"
WRITTEN_BY: Final = "Written by `python -m tools.dashboards`"
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3  # of a panel, in Grafana's grid of 24 columns
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}


def files() -> dict[str, str]:
    """Return what each file must hold, by its path."""
    return {DASHBOARD: json.dumps(_dashboard(), indent=1) + "\n", RULES: _rules()}


def queries(metric: Metric) -> dict[str, str]:
    """Return the queries of a metric's panel, each with its legend."""
    labels = ", ".join(metric.labels)
    legend = " ".join(f"{{{{{label}}}}}" for label in metric.labels)
    if metric.kind is Kind.COUNTER:
        return {f"sum by ({labels}) (rate({metric.name}[$__rate_interval]))": legend or metric.title}
    if metric.kind is Kind.HISTOGRAM:
        rate = f"sum by ({', '.join([*metric.labels, 'le'])}) (rate({metric.name}_bucket[$__rate_interval]))"
        return {
            f"histogram_quantile({share}, {rate})": f"{name} {legend}".strip()
            for share, name in ((0.5, "median"), (0.95, "95 %"), (0.99, "99 %"))
        }
    if metric.is_shared:  # each process tells the same
        return {f"max by ({labels}) ({metric.name})": legend or metric.title}
    return {metric.name: f"{{{{instance}}}} {legend}".strip()}


def _dashboard() -> dict[str, Any]:
    return {
        "uid": "easel",
        "title": "Easel",
        "description": f"{WRITTEN_BY}.",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [panel | {"id": number} for number, panel in enumerate(_panels(), start=1)],
    }


def _panels() -> Iterator[dict[str, Any]]:
    y = 0
    for room in Room:
        yield {
            "type": "row",
            "title": room.value,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
        }
        y += 1
        metrics = [metric for metric in METRICS if metric.room is room]
        for place, metric in enumerate(metrics):
            down, right = divmod(place, _COLUMNS)
            yield _panel(metric, x=right * _WIDTH, y=y + down * _HEIGHT)
        y += -(-len(metrics) // _COLUMNS) * _HEIGHT


def _panel(metric: Metric, *, x: int, y: int) -> dict[str, Any]:
    unit = "ops" if metric.kind is Kind.COUNTER else metric.unit
    return {
        "type": "timeseries",
        "title": metric.title,
        "description": metric.help,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
            for number, (expr, legend) in enumerate(queries(metric).items())
        ],
    }


def _rules() -> str:
    lines = [f"# {WRITTEN_BY}. What to do about each: {RUNBOOK}.", "groups:", "  - name: easel", "    rules:"]
    return "\n".join([*lines, *(line for alert in ALERTS for line in _rule(alert))]) + "\n"


def _rule(alert: Alert) -> list[str]:
    return [
        f"      - alert: {alert.name}",
        f"        expr: {_quoted(alert.expr)}",
        f"        for: {alert.lasts}",
        "        labels:",
        f"          severity: {alert.severity.value}",
        "        annotations:",
        f"          summary: {_quoted(alert.summary)}",
        f"          runbook: {_quoted(f'{RUNBOOK}: {alert.name}')}",
    ]


def _quoted(text: str) -> str:
    """Return the text as YAML in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def main() -> int:
    stale = [name for name, text in files().items() if not _holds(name, text)]
    if "--check" not in sys.argv:
        for name in stale:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(files()[name], encoding="utf-8")
        return 0
    for name in stale:
        sys.stderr.write(f"{name} does not match the metrics: run `python -m tools.dashboards`\n")
    return bool(stale)


def _holds(name: str, text: str) -> bool:
    path = ROOT / name
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
