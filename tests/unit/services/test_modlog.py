from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry, Topic
from bot.domain.policy.rules import Rule, Scope
from bot.domain.ports.moderation import ModerationStore
from bot.domain.ports.outside import WakeUp
from bot.domain.ports.stores import JobStore
from bot.errors import ShowLaterError, StoreUnavailableError, UnreachableError
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.services.modlog import (
    BUDGETS_EVERY,
    FORGET_EVERY,
    MAX_BREAKS,
    MAX_DELAY_S,
    MAX_POST_TRIES,
    POSTERS,
    ModLogWorker,
)
from tests.conftest import TurnableClock
from tests.fakes import MemoryWakeUps
from tests.unit.services.logbook import MESSAGE_ID, FakeModLogPublisher, Logbook

CEILING = Rule(scope=Scope.OPERATOR)
PRICE = 42_000
CHANNEL, OTHER_CHANNEL = 20, 21
PATIENCE_S = 30.0  # of a test that waits for the mod-log worker; never slept through
NEVER_S = 3_600.0


class FakeJobStore:
    """The one method of a `JobStore` that the mod-log worker uses."""

    async def get(self, job_id: str) -> Job | None:
        return cast(Job, f"job {job_id}")


@dataclass
class Office:
    """A mod-log worker and everything it reads from and posts to."""

    clock: TurnableClock
    book: Logbook = field(default_factory=Logbook)
    presenter: FakeModLogPublisher = field(default_factory=FakeModLogPublisher)
    wake_ups: MemoryWakeUps = field(default_factory=MemoryWakeUps)

    def add(
        self,
        number: int = 1,
        *,
        topic: Topic = Topic.NO_CREDIT,
        channel_id: int | None = CHANNEL,
        **other: Any,
    ) -> LogEntry:
        entry = LogEntry(
            id=number,
            guild_id=30,
            channel_id=channel_id,
            topic=topic,
            at=self.clock.now(),
            facts={},
            tries=0,
            **other,
        )
        self.book.add(entry)
        return entry

    def modlog_worker(self, poll_s: float = NEVER_S) -> ModLogWorker:
        return ModLogWorker(
            jobs=cast(JobStore, FakeJobStore()),
            store=cast(ModerationStore, self.book),
            presenter=self.presenter,
            wake_ups=self.wake_ups,
            clock=self.clock,
            ceiling=CEILING,
            models=SEEDREAM_MODELS,
            model=DEFAULT_MODEL_ID,
            poll_s=poll_s,
        )

    @asynccontextmanager
    async def open(self, poll_s: float = NEVER_S) -> AsyncGenerator[asyncio.Event]:
        """The mod-log worker runs; its stop event."""
        stop = asyncio.Event()
        async with asyncio.timeout(PATIENCE_S):
            task = asyncio.create_task(self.modlog_worker(poll_s).run(stop))
            yield stop
            stop.set()
            await task

    async def look_again(self) -> None:
        """Wake it, and return when it has found nothing more to do."""
        seen = self.book.looks
        await self.wake_ups.send(WakeUp())
        await self.book.bell.until(lambda: self.book.looks > seen)
        await self.until_idle()

    async def until_idle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
def office(clock: TurnableClock) -> Office:
    return Office(clock)


async def test_what_is_due_is_told_in_its_order_and_marked_with_its_message(office: Office) -> None:
    for number in (1, 2, 3):
        office.add(number)

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(3)))

    assert office.presenter.numbers == [1, 2, 3]
    assert office.book.told_as(2) == [MESSAGE_ID + 2]


async def test_the_job_an_entry_is_about_comes_with_it(office: Office) -> None:
    office.add(1, topic=Topic.JOB, job_id="7f3k2m9q1z")
    office.add(2)

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(2)))

    assert [job for _, job in office.presenter.told] == ["job 7f3k2m9q1z", None]


async def test_a_signal_wakes_it(office: Office) -> None:
    async with office.open():
        await office.book.bell.until(lambda: office.book.looks > 0)
        office.add()
        await office.look_again()

    assert office.presenter.numbers == [1]


async def test_a_signal_about_no_entry_is_one_look(office: Office) -> None:
    async with office.open():
        await office.book.bell.until(lambda: office.book.looks == POSTERS)
        await office.look_again()

    assert office.book.looks == POSTERS + 1


async def test_several_entries_are_told_side_by_side_upon_one_signal(office: Office) -> None:
    office.presenter.gate.close()
    async with office.open():
        await office.book.bell.until(lambda: office.book.looks == POSTERS)
        await office.until_idle()
        for number in range(1, POSTERS + 1):
            office.add(number, channel_id=CHANNEL + number)
        await office.wake_ups.send(WakeUp())
        await office.presenter.gate.until_waiting(POSTERS)
        office.presenter.gate.open()


async def test_a_signal_while_all_are_telling_is_looked_into_by_each_of_them(office: Office) -> None:
    office.presenter.gate.close()
    for number in range(1, POSTERS + 1):
        office.add(number, channel_id=CHANNEL + number)
    async with office.open():
        await office.presenter.gate.until_waiting(POSTERS)
        await office.wake_ups.send(WakeUp())
        office.presenter.gate.open()
        await office.book.bell.until(lambda: office.book.looks == 3 * POSTERS)


async def test_without_a_signal_it_looks_by_itself(office: Office) -> None:
    async with office.open(poll_s=0):
        await office.book.bell.until(lambda: office.book.looks > 0)
        office.add()
        await office.book.bell.until(lambda: bool(office.book.told_as(1)))

    assert office.presenter.numbers == [1]


async def test_what_discord_cannot_take_now_waits_longer_each_time(office: Office) -> None:
    office.add()
    office.presenter.errors[1] = ShowLaterError("Discord answered 503 (0)")

    delays: list[float] = []
    async with office.open():
        await office.until_idle()
        for _ in range(9):
            _number, due_at = office.book.put_off[-1]
            delays.append((due_at - office.clock.now()).total_seconds())
            office.clock.advance(delays[-1])
            await office.look_again()

    assert delays[:4] == [5, 10, 20, 40]
    assert delays[-1] == MAX_DELAY_S
    assert office.book.told_as(1) == []


async def test_one_that_waits_holds_up_no_other_channel(office: Office) -> None:
    office.add(1)
    office.add(2)
    office.add(3, channel_id=OTHER_CHANNEL)
    office.presenter.errors[1] = ShowLaterError("later")

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(3)))
        await office.until_idle()

    assert office.presenter.numbers == [3]


async def test_a_channel_that_discord_slows_down_holds_up_itself_alone(office: Office) -> None:
    office.presenter.gate.close()
    for number in range(1, POSTERS + 2):
        office.add(number, channel_id=CHANNEL + number)
    office.add(POSTERS + 2, channel_id=CHANNEL + 1)

    async with office.open():
        await office.presenter.gate.until_waiting(POSTERS)
        await office.until_idle()
        under_way = office.presenter.gate.waiting
        office.presenter.gate.open()
        await office.book.bell.until(lambda: bool(office.book.told_as(POSTERS + 2)))

    assert under_way == POSTERS > 1
    assert sorted(office.presenter.numbers) == list(range(1, POSTERS + 3))


async def test_a_report_whose_mod_log_is_closed_goes_to_the_operator(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.add(1, topic=Topic.REPORT, job_id="7f3k2m9q1z")
    office.add(2, topic=Topic.JOB, job_id="7f3k2m9q1z")
    office.presenter.closed.add(CHANNEL)

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(2)))

    ((entry, job),) = office.presenter.told
    assert (entry.id, entry.channel_id, job) == (1, None, "job 7f3k2m9q1z")
    assert (office.book.told_as(1), office.book.told_as(2)) == ([MESSAGE_ID + 1], [None])
    assert "goes to the operator" in caplog.text


async def test_a_report_that_the_operator_cannot_be_told_either_is_given_up(office: Office) -> None:
    office.add(1, topic=Topic.REPORT)
    office.add(2, topic=Topic.REPORT, channel_id=None)
    for number in (1, 2):
        office.presenter.errors[number] = UnreachableError("nobody is there")

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(1)))
        await office.book.bell.until(lambda: bool(office.book.told_as(2)))

    assert (office.book.told_as(1), office.book.told_as(2)) == ([None], [None])


async def test_a_channel_that_takes_long_keeps_no_other_waiting(office: Office) -> None:
    office.presenter.gate.close()
    office.add(1)

    async with office.open(poll_s=0):
        await office.presenter.gate.until_waiting(1)
        office.add(2, channel_id=OTHER_CHANNEL)
        await office.presenter.gate.until_waiting(2)
        office.presenter.gate.open()
        await office.book.bell.until(lambda: bool(office.book.told_as(1) and office.book.told_as(2)))


async def test_what_cannot_be_drawn_is_given_up_soon(office: Office) -> None:
    office.add()
    office.presenter.errors[1] = KeyError("budget")

    async with office.open():
        await office.until_idle()
        for _ in range(MAX_BREAKS - 1):
            assert office.book.told_as(1) == []
            office.clock.advance(MAX_DELAY_S)
            await office.look_again()

    assert office.book.told_as(1) == [None]


@pytest.mark.parametrize(
    ("error", "is_put_off"), [(RuntimeError("nobody foresaw this"), True), (StoreUnavailableError(), False)]
)
async def test_an_entry_whose_posting_cannot_be_recorded_holds_up_no_other_and_comes_again(
    office: Office, error: Exception, is_put_off: bool
) -> None:
    office.add(1)
    office.add(2, channel_id=OTHER_CHANNEL)
    office.book.told_errors.append(error)

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(2)))
        office.clock.advance(MAX_DELAY_S)
        await office.look_again()

    assert office.presenter.numbers == [1, 2, 1]
    assert office.book.told_as(1) == [MESSAGE_ID + 1]
    assert bool(office.book.put_off) is is_put_off  # else it is due when its lease ends


async def test_after_many_tries_an_entry_is_given_up(office: Office) -> None:
    office.add()
    office.presenter.errors[1] = ShowLaterError("later")

    async with office.open():
        await office.until_idle()
        for _ in range(MAX_POST_TRIES - 1):
            assert office.book.told_as(1) == []
            office.clock.advance(MAX_DELAY_S)
            await office.look_again()

    assert office.book.told_as(1) == [None]


async def test_a_mod_log_that_is_gone_is_given_up_at_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.add()
    office.presenter.errors[1] = UnreachableError("Discord answered 404 (10003)")

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(1)))

    assert office.book.told_as(1) == [None]
    assert "404 (10003)" in caplog.text


async def test_an_entry_that_breaks_is_put_off_and_others_are_told(office: Office) -> None:
    office.add(1)
    office.add(2, channel_id=OTHER_CHANNEL)
    office.presenter.errors[1] = KeyError("level")

    async with office.open():
        await office.book.bell.until(lambda: bool(office.book.told_as(2)))

    assert [number for number, _ in office.book.put_off] == [1]


async def test_a_store_that_is_away_ends_nothing(office: Office) -> None:
    office.book.errors.append(StoreUnavailableError("the database is away"))
    office.add()

    async with office.open():
        await office.book.bell.until(lambda: office.book.looks > 0)
        await office.look_again()

    assert office.presenter.numbers == [1]


async def test_budgets_that_cannot_be_watched_keep_nothing_from_being_told(office: Office) -> None:
    office.book.watch_errors.append(StoreUnavailableError("the database is away"))
    office.add()

    async with office.open():
        await office.until_idle()
        await office.look_again()

    assert office.presenter.numbers == [1]


async def test_budgets_are_watched_when_it_looks_but_not_at_every_look(office: Office) -> None:
    async with office.open():
        await office.look_again()
        await office.look_again()
        seen_early = len(office.book.watched)
        office.clock.advance(BUDGETS_EVERY.total_seconds())
        await office.look_again()

    assert (seen_early, len(office.book.watched)) == (1, 2)
    assert office.book.watched[0][:2] == (CEILING, PRICE)


async def test_what_is_old_is_forgotten_once_an_hour(office: Office) -> None:
    async with office.open():
        await office.look_again()
        await office.look_again()
        seen_early = len(office.book.forgot)
        office.clock.advance(FORGET_EVERY.total_seconds())
        await office.look_again()

    assert (seen_early, len(office.book.forgot)) == (1, 2)


async def test_a_stop_lets_the_entry_under_way_be_recorded_and_begins_no_other(office: Office) -> None:
    office.add(1)
    office.add(2)
    office.presenter.gate.close()

    async with office.open() as stop:
        await office.presenter.gate.until_waiting()
        stop.set()
        office.presenter.gate.open()

    assert office.book.told_as(1) == [MESSAGE_ID + 1]
    assert office.book.told_as(2) == []
