"""The benchmarks run from end to end; how long anything takes is not looked at."""

from __future__ import annotations

import math
from pathlib import Path

from benchmarks import soak
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


async def test_a_soak_looks_at_memory_and_files_while_people_ask(tmp_path: Path) -> None:
    shown, samples = await soak.play(tmp_path, TINY, seconds=0.5, every_s=0.1)
    assert shown >= soak.PEOPLE
    assert all(each.memory > 1 and each.handles and each.threads for each in samples)


def test_what_is_held_is_told_part_by_part() -> None:
    taken = [soak.Sample(memory=each, handles=20, threads=9, spooled=0, cached=0) for each in range(10)]
    assert soak.medians(taken, "memory") == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert soak.medians(taken, "handles") == [20] * 5
    assert soak.medians(taken[:2], "memory") == [0, 0, 0, 1, 1]
