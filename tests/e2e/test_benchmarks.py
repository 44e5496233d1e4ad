"""The benchmarks run from end to end; how long anything takes is not looked at.

They are tools of developers and take processes of their own, so of these tests only the shortest whole way runs with
the others; the rest is run when asked for: `pytest -m speed tests/e2e/test_benchmarks.py`.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks import capacity, soak
from benchmarks.campaign import Campaign
from benchmarks.plot import Plot
from benchmarks.report import Report, Section, read, table
from benchmarks.rows import SCENARIOS, TINY
from benchmarks.stage import EASEL, FLOOR, NAIVE
from tests.conftest import postgres_address


def written(section: Section, folder: Path) -> bytes:
    """Write a report and its picture; return the picture's file."""
    made = Report(facts={"runs": 1}, stand_ins={}, sections=(section,))
    made.write(folder / "report.json")
    Plot(read(folder / "report.json")).write(folder / "report.png")
    return (folder / "report.png").read_bytes()


async def test_every_contestant_shows_the_pictures_it_is_asked_for_and_is_reported(tmp_path: Path) -> None:
    campaign = Campaign(sizes=TINY, folder=tmp_path)
    crowd = next(each for each in SCENARIOS if each.key == "crowd")
    await campaign.play(crowd, run=0)
    figures = campaign.figures["crowd"]
    assert set(figures) == {EASEL, NAIVE, FLOOR}
    assert all(math.isfinite(value) for measured in figures.values() for value in measured)
    section = campaign.section(SCENARIOS)
    assert "20 people at once" in table(section)
    assert written(section, tmp_path).startswith(b"\x89PNG")


@pytest.mark.speed
async def test_a_store_is_measured_and_reported(tmp_path: Path) -> None:
    campaign = Campaign(sizes=TINY, folder=tmp_path)
    section = await campaign.stores("store-sqlite", short=3, long=30, runs=1)
    assert all(line.ratio > 0 for line in section.lines)
    assert written(section, tmp_path).startswith(b"\x89PNG")


@pytest.mark.speed
async def test_a_soak_looks_at_memory_and_files_while_people_ask(tmp_path: Path) -> None:
    shown, samples = await soak.play(tmp_path, TINY, seconds=0.5, every_s=0.1)
    assert shown >= soak.PEOPLE
    assert all(each.memory > 1 and each.handles and each.threads for each in samples)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What processes use is told of later than it is looked for here."""
    monkeypatch.setattr(capacity, "LOOK_S", 0.05)
    monkeypatch.setattr(capacity, "SETTLE_S", 0.1)


@pytest.mark.speed
@pytest.mark.usefixtures("hasty")
async def test_a_gateway_and_a_worker_are_measured_apart(tmp_path: Path) -> None:
    async with capacity.rig(tmp_path, postgres_address(), TINY) as rig:
        await rig.jobs(people=2, turns=1)
        await rig.bursts([3], servers=2)
    told = dict(rig.lines)
    assert told["a job: POST /interactions/N/TOKEN/callback"] == "1.00"
    assert told["a job: PATCH /webhooks/N/TOKEN/messages/N"] == "2.00"
    assert told["3 commands at once, in 2 servers"].startswith("3 answered within 3 s")


@pytest.mark.speed
@pytest.mark.usefixtures("hasty")
async def test_a_gateway_takes_in_servers_on_every_shard(tmp_path: Path) -> None:
    furnished = capacity.furnished(6, channels=2, roles=1, shards=2)
    assert {(guild_id >> 22) % 2 for guild_id in furnished.world.guilds} == {0, 1}
    told = await capacity.settle(tmp_path, postgres_address(), 6, channels=2, roles=1)
    assert told.startswith("6 servers of 2 channels and 1 roles, 1 shards: ")


def test_what_is_held_is_told_part_by_part() -> None:
    taken = [soak.Sample(memory=each, handles=20, threads=9, spooled=0, cached=0) for each in range(10)]
    assert soak.medians(taken, "memory") == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert soak.medians(taken, "handles") == [20] * 5
    assert soak.medians(taken[:2], "memory") == [0, 0, 0, 1, 1]
