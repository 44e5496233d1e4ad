"""The benchmarks run from end to end; how long anything takes is not looked at."""

from __future__ import annotations

import math
from pathlib import Path

from benchmarks.campaign import Campaign
from benchmarks.plot import Plot
from benchmarks.report import Report, read, table
from benchmarks.rows import SCENARIOS, TINY
from benchmarks.stage import EASEL, FLOOR, NAIVE


async def test_every_contestant_shows_the_pictures_it_is_asked_for(tmp_path: Path) -> None:
    campaign = Campaign(sizes=TINY, folder=tmp_path)
    crowd = next(each for each in SCENARIOS if each.key == "crowd")
    await campaign.play(crowd, run=0)
    figures = campaign.figures["crowd"]
    assert set(figures) == {EASEL, NAIVE, FLOOR}
    assert all(math.isfinite(value) for measured in figures.values() for value in measured)
    assert "20 people at once" in table(campaign.section(SCENARIOS))


async def test_a_store_is_measured_and_reported(tmp_path: Path) -> None:
    campaign = Campaign(sizes=TINY, folder=tmp_path)
    section = await campaign.stores("store-sqlite", short=3, long=30, runs=1)
    made = Report(facts={"runs": 1}, stand_ins={}, sections=(section,))
    made.write(tmp_path / "report.json")
    Plot(read(tmp_path / "report.json")).write(tmp_path / "report.png")
    assert all(line.ratio > 0 for line in section.lines)
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
