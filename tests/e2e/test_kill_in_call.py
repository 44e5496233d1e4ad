"""SIGKILL while the provider paints: what happens next is what its request log says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.jobs import JobState
from bot.sandbox.faults import Fault
from tests.e2e.books import only_by_grant
from tests.e2e.nursery import KILLED
from tests.e2e.town import Town, open_town

RESTART_S = 20


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        await town.decide(*only_by_grant(town.ada.id))
        yield town


async def killed_in_its_call(town: Town) -> None:
    """Ada asks for a picture, and the process dies while the provider, held back, works on it."""
    town.provider.hold()
    child = town.life(min_jobs=1)
    await town.server.connected()
    await town.server.slash(town.ada, town.art, "imagine", {"prompt": "a red fox in snow"})
    await town.provider.wait_arrived(1)
    child.kill()
    assert await child.ended() == KILLED
    town.server.advance(RESTART_S)


async def killed_again(town: Town) -> None:
    arrived = town.provider.arrived
    town.provider.hold()
    child = town.life(ahead_s=RESTART_S)
    await town.provider.wait_arrived(arrived + 1)
    child.kill()
    assert await child.ended() == KILLED


async def decided(town: Town) -> None:
    """The provider finishes what it was asked for, whether anybody listens or not."""
    town.provider.release()
    await town.provider.wait_decided(town.provider.arrived)


async def ended_as(town: Town) -> tuple[JobState, int]:
    """State and pictures of the one job, whose card is the one message; and all books agree."""
    [job_id], [card] = town.job_ids(), town.messages()
    assert [*await town.book_problems(), *await town.modlog_problems()] == []
    return (await town.job(job_id)).state, len(card.attachments)


async def test_a_call_the_log_calls_free_is_made_again_and_paid_once(town: Town) -> None:
    town.provider.fail(Fault.SERVER_ERROR)
    await killed_in_its_call(town)
    await decided(town)
    assert await town.life(ahead_s=RESTART_S).ended() == 0
    assert await ended_as(town) == (JobState.DONE, 1)
    spend = await town.spend()
    assert (len(town.charged()), spend.calls, spend.uncertain_calls) == (1, 1, 0)


async def test_a_call_the_log_calls_paid_is_made_again_once_and_both_are_on_the_books(town: Town) -> None:
    await killed_in_its_call(town)
    await decided(town)
    assert await town.life(ahead_s=RESTART_S).ended() == 0
    assert await ended_as(town) == (JobState.DONE, 1)
    spend = await town.spend()
    assert (len(town.charged()), spend.calls, spend.uncertain_calls) == (2, 2, 0)


async def test_a_call_the_log_does_not_know_is_made_again_once_and_stays_uncertain(town: Town) -> None:
    await killed_in_its_call(town)
    second = town.life(ahead_s=RESTART_S)
    await town.provider.wait_arrived(2)
    town.provider.release()
    assert await second.ended() == 0
    assert await ended_as(town) == (JobState.DONE, 1)
    spend = await town.spend()
    assert (len(town.charged()), spend.calls, spend.uncertain_calls) == (2, 2, 1)


async def test_a_second_death_in_the_paid_call_is_not_paid_a_third_time(town: Town) -> None:
    await killed_in_its_call(town)
    await decided(town)
    await killed_again(town)
    await decided(town)
    assert await town.life(ahead_s=RESTART_S).ended() == 0
    assert await ended_as(town) == (JobState.FAILED, 0)
    assert await town.images_counted(town.ada) == (0, 0)
    spend = await town.spend()
    assert (len(town.charged()), spend.calls, spend.micro_usd) == (2, 2, 84_000)


async def test_deaths_in_calls_that_cost_nothing_do_not_use_up_the_second_try(town: Town) -> None:
    town.provider.fail(Fault.SERVER_ERROR, times=2)
    await killed_in_its_call(town)
    await decided(town)
    await killed_again(town)
    await decided(town)
    assert await town.life(ahead_s=RESTART_S).ended() == 0
    assert await ended_as(town) == (JobState.DONE, 1)
    assert len(town.charged()) == 1
