"""The machine's clock may be set at any moment; what Easel goes by does not jump with it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SystemClock

BEGAN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Machine:
    """`wall` is what it shows, `steady_s` what nobody can set."""

    wall: datetime = BEGAN
    steady_s: float = 1000.0

    def pass_s(self, seconds: float) -> None:
        self.steady_s += seconds
        self.wall += timedelta(seconds=seconds)

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.steady_s)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1)])
def test_a_jump_of_the_machine_is_said_once_and_not_followed(
    jump: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_s(10)
    machine.wall += jump
    for _ in range(5):
        machine.pass_s(1)
        with caplog.at_level(logging.WARNING):
            clock.now()

    assert clock.now() == BEGAN + timedelta(seconds=15)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_jump_that_is_taken_back_is_forgotten() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(days=1)
    clock.now()
    machine.wall -= timedelta(days=1) - timedelta(seconds=1)

    assert clock.now() == machine.wall


def test_a_clock_that_is_adjusted_slowly_is_followed(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(100):
        machine.pass_s(60)
        machine.wall += timedelta(seconds=0.5)
        clock.now()

    assert clock.now() == machine.wall
    assert caplog.records == []
