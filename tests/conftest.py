"""Fixtures that every kind of test may need."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

ROOMY_BYTES = 1 << 30
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOMY_BYTES:
    os.environ["TMPDIR"] = str(MEMORY)  # no test is about the disk: nobody waits until it has written
    tempfile.tempdir = None

# Compiling every module again takes each process of each run 8 s, so what one compiled is kept for the others.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

FIRST = ("tests/browser/", "tests/faults/test_slice.py", "tests/e2e/")
SUMMARY_CHARS = 300
ARTIFACTS = Path(__file__).parent.parent / "artifacts"

settings.register_profile(
    "easel",
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
)
settings.register_profile("thorough", settings.get_profile("easel"), max_examples=600)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "easel"))

gc.freeze()  # what is imported by now stays: walking through it again and again took a tenth of a run
gc.set_threshold(100_000, 50, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests: one that came last would keep the other processor waiting.

    Those with processes of their own stay together: each process of tests that takes one warms up a server of forks.
    The browser's are before them all, where no other process steals one and starts a demo and a Chromium for it.
    """
    items.sort(
        key=lambda item: next((at for at, path in enumerate(FIRST) if path in item.nodeid), len(FIRST))
    )


def pytest_collection_finish() -> None:
    gc.freeze()  # the tests stay too


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the summary at the end give each failed test one line, in CI too, where pytest would tell all of it again."""
    report = yield
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = crash.message.partition("\n")[0][:SUMMARY_CHARS]
    return report


def absent(what: str) -> NoReturn:
    """Skip for want of `what`; where nothing may be missing (TEST_MAY_NOT_SKIP), fail instead."""
    if os.environ.get("TEST_MAY_NOT_SKIP"):
        pytest.fail(f"{what} is needed here")
    pytest.skip(f"needs {what}")


class TurnableClock:
    """A clock that moves when a test says so; `sleep` moves it itself and returns at once."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        self.advance(delay_s)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


def postgres_address() -> str:
    """Return the address of the server of TEST_DATABASE_URL; without one the test is skipped."""
    return os.environ.get("TEST_DATABASE_URL") or absent("PostgreSQL (TEST_DATABASE_URL)")


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """A fresh, empty database on the server of TEST_DATABASE_URL."""
    # Not above: it takes SQLAlchemy, which the process that shares out the tests has no need of.
    from tests.databases import fresh_postgres

    async with fresh_postgres(postgres_address()) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    absent("Chromium")
