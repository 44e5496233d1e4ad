"""Scrapes of a running Easel: its metrics as samples, and as what promtool takes for the past of a Prometheus."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import socket
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import absent

INSTANCE: Final = {"instance": "easel:8080", "job": "easel"}
WELL_S: Final = 600  # before it breaks
BROKEN_S: Final = 900  # and after
Sample = tuple[str, tuple[tuple[str, str], ...]]
Scraped = Mapping[Sample, float]


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def ask(bind: str, path: str) -> tuple[int, str]:
    """Return the status and the body. Raises aiohttp's errors."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{bind}{path}") as response:
        return response.status, await response.text()


async def scrape(bind: str) -> Scraped:
    """Return all samples, and `up` as Prometheus has it: 0 alone if nobody answers."""
    try:
        _status, text = await ask(bind, "/metrics")
    except aiohttp.ClientError:
        return {sample("up"): 0.0}
    return {sample("up"): 1.0} | parsed(text)


def parsed(text: str) -> dict[Sample, float]:
    families = text_string_to_metric_families(text)
    return {sample(one.name, **one.labels): one.value for family in families for one in family.samples}


def sample(name: str, **labels: str) -> Sample:
    return name, tuple(sorted(labels.items()))


async def promtool_says(
    rules: Path, alert: str, expr: str, well: Scraped, broken: Scraped, *, every_s: int, folder: Path
) -> str:
    """Return what promtool objects to: nothing if the alert is silent at first, and fires once it stays broken.

    `well` and `broken` are two scrapes in a row; for as long as it is broken, each adds what the second one did.
    """
    promtool = shutil.which("promtool") or absent("promtool (Debian's package prometheus)")
    fires = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}}) > bool 0 or vector(0)'
    well_count, broken_count = WELL_S // every_s, BROKEN_S // every_s
    moments = {well_count - 1: 0, well_count + broken_count - 1: 1}
    test = {
        "interval": f"{every_s}s",
        "input_series": list(_series(well, broken, expr, well_count, broken_count)),
        "promql_expr_test": [
            {
                "expr": fires,
                "eval_time": f"{every_s * at}s",
                "exp_samples": [{"labels": "{}", "value": value}],
            }
            for at, value in moments.items()
        ],
    }
    alone = folder / f"{alert}.rules.json"
    alone.write_text(json.dumps(_only(alert, _read(rules))))
    plan = {"rule_files": [str(alone)], "evaluation_interval": f"{every_s}s", "tests": [test]}
    file = folder / f"{alert}.json"
    file.write_text(json.dumps(plan))
    process = await asyncio.create_subprocess_exec(
        promtool,
        "test",
        "rules",
        str(file),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return "" if process.returncode == 0 else said.decode()


@cache
def _read(rules: Path) -> dict[str, Any]:
    return yaml.safe_load(rules.read_text())


def _only(alert: str, rules: dict[str, Any]) -> dict[str, Any]:
    """Return this alert's rule alone: promtool would work out all the others at each moment too."""
    groups = [
        group | {"rules": [rule for rule in group["rules"] if rule["alert"] == alert]}
        for group in rules["groups"]
    ]
    return {"groups": groups}


def _series(
    well: Scraped, broken: Scraped, expr: str, well_count: int, broken_count: int
) -> Iterator[dict[str, str]]:
    """Yield the series that `expr` reads, in promtool's notation."""
    for (name, labels), before in well.items():
        if name not in expr:
            continue
        after = broken.get((name, labels))
        grows = after is not None and name.endswith(("_total", "_bucket", "_count", "_sum"))
        step = after - before if after is not None and grows else 0.0
        values = [_number(before)] * well_count
        values += [_number(None if after is None else after + step * n) for n in range(broken_count)]
        told = ",".join(f"{label}={json.dumps(value)}" for label, value in (dict(labels) | INSTANCE).items())
        yield {"series": f"{name}{{{told}}}", "values": " ".join(values)}


def _number(value: float | None) -> str:
    return "_" if value is None else "NaN" if math.isnan(value) else f"{value:.6f}"
