"""An outage is two lines of the log, however many loops meet it and whichever library logs it."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from functools import partial

import pytest

from bot.errors import StoreUnavailableError
from bot.logs import set_up
from bot.outage import JITTER, Backoff, Outage, end_tasks, guard, run_logged
from bot.settings import LogFormat, LogLevel

log = logging.getLogger("tests.outage")


class Steady:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def root_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_outage_is_a_line_when_it_begins_and_one_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    steady = Steady()
    outage = Outage(log, "the database", steady=steady)
    outage.went_well()
    for _ in range(50):
        outage.failed("OSError")
    steady.now_s = 20
    outage.went_well()
    outage.went_well()

    assert [record.getMessage() for record in caplog.records] == [
        "the database does not answer (OSError); the next line says when it does again",
        "the database answers again after 20 s (50 failures)",
    ]


def test_what_answers_in_between_is_still_one_outage(caplog: pytest.LogCaptureFixture) -> None:
    steady = Steady()
    outage = Outage(log, "the database", settle_s=2, steady=steady)
    for second in range(10):
        steady.now_s = second
        outage.failed("OSError")
        outage.went_well()
    steady.now_s = 12
    outage.went_well()

    assert len(caplog.records) == 2


@pytest.mark.usefixtures("root_logging")
def test_discord_away_for_twenty_seconds_is_two_lines_and_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(LogLevel.INFO, LogFormat.TEXT)
    shard, gateway = logging.getLogger("discord.shard"), logging.getLogger("discord.gateway")
    for number in range(6):
        try:
            raise ConnectionRefusedError("nobody is there")
        except OSError as error:
            if number % 2:
                shard.error("Attempting a reconnect for shard ID %s in %.2fs", 0, 1.5, exc_info=error)
            else:
                logging.getLogger("discord.client").exception("Attempting a reconnect in %.2fs", 1.5)
    away = capsys.readouterr().err.splitlines()
    gateway.info("Shard ID %s has successfully RESUMED session %s.", 0, "abc")
    back = capsys.readouterr().err.splitlines()
    gateway.info("Shard ID %s has successfully RESUMED session %s.", 0, "abc")

    assert len(away) == 1
    assert "Discord's gateway does not answer (ConnectionRefusedError)" in away[0]
    assert len(back) == 2
    assert "answers again" in back[0]
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.usefixtures("root_logging")
def test_a_real_error_of_the_library_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogLevel.INFO, LogFormat.TEXT)
    try:
        {}["code"]
    except KeyError:
        logging.getLogger("discord.client").exception("Ignoring exception in %s", "on_ready")

    assert "Traceback" in capsys.readouterr().err


def test_waits_grow_up_to_the_longest_and_honour_what_is_asked_for() -> None:
    backoff = Backoff(5, 60)
    waits = [backoff.next_s() for _ in range(6)]
    assert all(
        least <= wait <= least * (1 + JITTER)
        for least, wait in zip((5, 10, 20, 40, 60, 60), waits, strict=True)
    )
    assert backoff.next_s(at_least_s=600) >= 600
    backoff.reset()
    assert backoff.next_s() <= 5 * (1 + JITTER)


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({Backoff(5, 60).next_s() for _ in range(20)}) > 10


async def test_whatever_breaks_the_guarded_is_passed_on_and_what_comes_after_goes_on() -> None:
    errors: list[Exception] = []

    async def note(error: Exception) -> None:
        errors.append(error)

    for error in (RuntimeError("nobody foresaw this"), OSError("gone"), StoreUnavailableError("away")):
        await guard(partial(break_with, error), note)
    await guard(partial(asyncio.sleep, 0), note)

    assert [type(error) for error in errors] == [RuntimeError, OSError, StoreUnavailableError]


async def test_a_cancellation_and_an_error_of_what_deals_with_errors_pass_the_guard() -> None:
    async def give_up(error: Exception) -> None:
        raise error

    with pytest.raises(asyncio.CancelledError):
        await guard(partial(break_with, asyncio.CancelledError()), give_up)
    with pytest.raises(ZeroDivisionError) as passed:
        await guard(partial(break_with, ZeroDivisionError("final")), give_up)
    assert passed.value.__context__ is None


async def test_an_attempt_that_breaks_is_logged_with_its_traceback_unless_the_store_tells_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    await run_logged(log, "tidying", partial(break_with, StoreUnavailableError("away")))
    await run_logged(log, "claiming", partial(break_with, RuntimeError("nobody foresaw this")))

    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "claiming failed; it is tried again")
    assert "in break_with" in caplog.text


async def break_with(error: BaseException) -> None:
    raise error


async def test_a_task_that_takes_a_cancellation_for_an_outage_ends_nevertheless() -> None:
    swallowed = 0

    async def go_on() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 2:
                    raise

    task = asyncio.create_task(go_on())
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await end_tasks(task, asyncio.create_task(asyncio.sleep(3600)), again_s=0.01)

    assert task.cancelled()


async def test_what_a_task_does_upon_its_cancellation_is_not_cut_off() -> None:
    settled = False

    async def settle_at_the_end() -> None:
        nonlocal settled
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.7)  # as long as a slow database takes
            settled = True

    task = asyncio.create_task(settle_at_the_end())
    await asyncio.sleep(0)
    await end_tasks(task)

    assert settled


async def test_the_error_of_a_task_that_is_ended_is_nobodys(caplog: pytest.LogCaptureFixture) -> None:
    async def break_down() -> None:
        raise OSError("gone")

    task = asyncio.create_task(break_down())
    await asyncio.sleep(0)
    await end_tasks(task)
    await end_tasks()
    del task
    gc.collect(1)  # the task is young, and walking through all there is takes a quarter of a second

    assert "never retrieved" not in caplog.text
