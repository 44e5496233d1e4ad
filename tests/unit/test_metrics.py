"""The list of metrics and what is made of it, without a running Easel."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.circuit import Circuit
from bot.domain.ports.observer import CacheFigures, Figures
from bot.domain.ports.stores import SpendReport
from bot.domain.provider import ProviderError
from bot.errors import StoreUnavailableError
from bot.metrics import scrape as scraping
from bot.metrics.catalogue import ANSWERS, METRICS, Kind, Metric
from bot.metrics.meter import Meter, outcome_label
from bot.metrics.scrape import Scrape
from tests.conftest import TurnableClock
from tests.scraping import parsed, sample
from tests.tables import each_case
from tools.alerts import ALERTS, Alert
from tools.dashboards import ROOT, RUNBOOK, files, queries

FIGURES = Figures(
    jobs={"queued": 2},
    waiting_pictures=3,
    oldest_waiting_s=1.5,
    circuit=Circuit(),
    spent=SpendReport(calls=1, micro_usd=42_000, uncertain_calls=0, uncertain_micro_usd=0),
)


def errors(root: type[ProviderError] = ProviderError) -> Iterator[type[ProviderError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from errors(kind)


@each_case("kind", dict.fromkeys(errors()))
def test_every_error_of_a_provider_has_an_outcome_of_the_list(kind: type[ProviderError]) -> None:
    error = kind.__new__(kind)

    assert outcome_label(error) in set(ANSWERS) - {"ok"}


@each_case("path", files())
def test_dashboard_and_rules_are_those_of_the_list(path: str) -> None:
    assert (ROOT / path).read_text() == files()[path], "run `python -m tools.dashboards`"


def series_of(metric: Metric) -> set[str]:
    if metric.kind is Kind.HISTOGRAM:
        return {f"{metric.name}_{end}" for end in ("bucket", "sum", "count")}
    return {metric.name}


@each_case("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_names_metrics_labels_and_values_that_exist(alert: Alert) -> None:
    known = {series: metric for metric in METRICS for series in series_of(metric)}
    named = re.findall(r"(easel_\w+)(?:\{(\w+)(?:=~|!=|=)\"([^\"]+)\"\})?", alert.expr)
    assert named or alert.name == "EaselDown"
    for series, label, values in named:
        assert series in known
        assert not label or set(values.split("|")) <= set(known[series].labels[label])


@each_case("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_has_a_line_in_the_runbook(alert: Alert) -> None:
    assert f"| `{alert.name}` |" in (ROOT / RUNBOOK).read_text()


def test_every_metric_has_a_panel_that_asks_for_it_and_for_no_other() -> None:
    panels = [
        panel for panel in json.loads(files()["deploy/grafana/easel.json"])["panels"] if "targets" in panel
    ]

    asked = {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in panels}

    assert asked == {metric.title: list(queries(metric)) for metric in METRICS}
    for metric in METRICS:
        for query in queries(metric):
            assert set(re.findall(r"easel_\w+", query)) <= series_of(metric)


class Figured:
    """A `FiguresStore` that can be away, or hang."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_away = False
        self.hangs = False
        self.counted = 0
        self.cannot_count = False

    async def figures(self, *, now: datetime) -> Figures:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.is_away:
            raise StoreUnavailableError("away")
        return FIGURES

    async def cache_figures(self) -> CacheFigures:
        self.counted += 1
        if self.cannot_count:
            raise StoreUnavailableError("away")
        return CacheFigures(pictures=4, bytes=900)


class Pace:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def pace() -> Pace:
    return Pace()


@pytest.fixture
def store() -> Figured:
    return Figured()


@pytest.fixture
def scrape(store: Figured, pace: Pace, clock: TurnableClock, tmp_path: Path) -> Scrape:
    return Scrape(meter=Meter(), store=store, clock=clock, data_dir=tmp_path, ready={}, steady=pace)


async def test_many_scrapes_at_once_ask_the_database_once(scrape: Scrape, store: Figured, pace: Pace) -> None:
    texts = await asyncio.gather(*(scrape.text() for _ in range(5)))
    assert store.asked == 1
    assert parsed(texts[4].decode())[sample("easel_queued_pictures")] == 3

    pace.now_s += scraping.FRESH_S
    await scrape.text()
    assert store.asked == 2


async def test_pictures_that_could_not_be_counted_are_counted_at_the_next_scrape(
    scrape: Scrape, store: Figured, pace: Pace
) -> None:
    store.cannot_count = True
    await scrape.text()
    store.cannot_count = False
    for _ in range(2):
        pace.now_s += scraping.FRESH_S
        assert parsed((await scrape.text()).decode())[sample("easel_cached_pictures")] == 4
    assert store.counted == 2


async def test_a_disk_that_hangs_holds_up_no_scrape_and_is_asked_once(
    scrape: Scrape, pace: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scraping, "SCRAPE_PATIENCE_S", 0.05)
    answers, asked = threading.Event(), list[Path]()

    def hang(folder: Path) -> float:
        asked.append(folder)
        answers.wait(20)
        return 0.5

    monkeypatch.setattr(scraping, "_free_share", hang)
    try:
        for _ in range(3):
            pace.now_s += scraping.FRESH_S
            share = parsed((await scrape.text()).decode())[sample("easel_disk_free_ratio")]
            assert share != share  # NaN
        assert len(asked) == 1
    finally:
        answers.set()
    monkeypatch.setattr(scraping, "SCRAPE_PATIENCE_S", 20)
    pace.now_s += scraping.FRESH_S
    assert parsed((await scrape.text()).decode())[sample("easel_disk_free_ratio")] == 0.5


@pytest.mark.parametrize("trouble", ["is_away", "hangs"])
async def test_a_scrape_without_a_database_comes_back_and_shows_nothing_old(
    trouble: str, scrape: Scrape, store: Figured, pace: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scraping, "SCRAPE_PATIENCE_S", 0.01)
    await scrape.text()
    setattr(store, trouble, True)
    pace.now_s += scraping.FRESH_S

    seen = parsed((await scrape.text()).decode())

    assert seen[sample("easel_ready", part="database")] == 0
    assert seen[sample("easel_jobs", state="queued")] != seen[sample("easel_jobs", state="queued")]  # NaN
    assert seen[sample("easel_oldest_waiting_seconds")] != 0
