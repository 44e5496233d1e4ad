"""What is offered while somebody types must be there at once, or not at all."""

from __future__ import annotations

import asyncio

import pytest
from discord.app_commands import Choice

import bot.ui.base.options as completing
from bot.ui.base.discord_limits import MAX_CHOICE
from bot.ui.base.options import COMPLETION_TIMEOUT_S, within_completion_time

FOX = Choice(name="a fox", value="1")


async def test_what_is_found_in_time_is_offered() -> None:
    async def find() -> list[Choice[str]]:
        return [FOX]

    assert await within_completion_time(find(), "fo") == [FOX]


def test_a_slow_list_has_two_seconds_of_the_three_that_discord_waits() -> None:
    assert 2.0 <= COMPLETION_TIMEOUT_S < 3.0


async def test_what_takes_too_long_is_cancelled_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completing, "COMPLETION_TIMEOUT_S", 0.0)
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def find() -> list[Choice[str]]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await may_end.wait()  # as a connection that is given back slowly
            ended.set()
        return [FOX]

    (choice,) = await within_completion_time(find(), " fo ")
    assert "isn't available right now" in choice.name
    assert choice.value == "fo"
    may_end.set()
    await ended.wait()


async def test_what_breaks_offers_nothing_and_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    async def find() -> list[Choice[str]]:
        raise OSError("the database at 10.0.0.1 is away")

    (choice,) = await within_completion_time(find(), "")
    assert 0 < len(choice.name) <= MAX_CHOICE
    assert 0 < len(choice.value) <= MAX_CHOICE
    await asyncio.sleep(0)
    assert caplog.messages == ["nothing is offered: OSError"]
