"""Stopping and starting again in the middle of the work."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.jobs import JobState
from bot.storage.stores import SqlHistoryStore
from tests.wire.app import ORIGINAL, Scene
from tests.wire.cards import pictures_of, title_of
from tests.wire.interactions import Dispatched


async def delivered(scene: Scene, handle: Dispatched, *, paid: int) -> None:
    """One card, one picture, and this many calls on the books of both sides."""
    job = await scene.done(handle)
    assert job.state is JobState.DONE
    assert scene.messages() == [handle.message]
    assert handle.message is not None
    assert len(pictures_of(handle.message)) == len(handle.message.attachments) == 1
    assert len([call for call in scene.provider.calls if call.charged]) == paid
    assert (await scene.spend()).calls == paid
    assert await scene.images_counted(scene.ada) == 1


async def test_what_is_being_painted_is_finished_before_easel_stops(easel: Scene) -> None:
    easel.provider.hold()
    handle = await easel.imagine()
    await easel.provider.wait_arrived(1)
    easel.ask_to_stop()
    easel.provider.release()
    await easel.stop()
    assert handle.message is not None
    assert len(pictures_of(handle.message)) == 1
    await easel.start()
    await delivered(easel, handle, paid=1)


async def test_a_queued_job_waits_for_the_next_start(scene: Scene) -> None:
    scene.change_settings(easel_worker_concurrency=1)
    await scene.start()
    scene.provider.hold()
    first = await scene.imagine("first in line", user=scene.ben)
    await scene.provider.wait_arrived(1)
    handle = await scene.imagine()
    await handle.acked()
    scene.ask_to_stop()
    scene.provider.release()
    await scene.stop()
    assert first.message is not None
    assert handle.message is not None
    assert (len(pictures_of(first.message)), title_of(handle.message)) == (1, "In the queue")
    await scene.start()
    job = await scene.done(handle)
    assert job.state is JobState.DONE
    assert len(scene.provider.calls) == 2


async def test_a_result_that_could_not_be_shown_in_time_is_shown_by_the_next_start_and_paid_once(
    scene: Scene,
) -> None:
    scene.change_settings(easel_shutdown_grace_s=0)
    await scene.start()
    scene.provider.hold()
    handle = await scene.imagine()
    await scene.provider.wait_arrived(1)
    held = scene.server.hold("PATCH", ORIGINAL, times=1)
    scene.provider.release()
    await scene.server.wait_for(lambda: held.hits)
    await scene.stop()
    held.release()
    await scene.start()
    await delivered(scene, handle, paid=1)


async def test_a_call_cut_off_by_the_stop_is_looked_up_and_made_again_at_most_once(scene: Scene) -> None:
    scene.change_settings(easel_shutdown_grace_s=0)
    await scene.start()
    scene.provider.hold()
    handle = await scene.imagine()
    await scene.provider.wait_arrived(1)
    await scene.stop()
    scene.provider.release()  # the first call is carried out and charged, and nobody hears its answer
    await scene.provider.wait_decided(1)
    await scene.start()
    await delivered(scene, handle, paid=2)


async def test_a_clock_that_jumps_ahead_neither_pays_nor_delivers_twice(scene: Scene) -> None:
    await scene.start(lease_s=30)
    scene.provider.hold()
    handle = await scene.imagine()
    job = await scene.accepted(handle)
    await scene.provider.wait_arrived(1)
    await scene.pass_time(120)  # the worker takes the job over from itself
    await scene.until(job.id, lambda job: job.attempt > 1)
    scene.provider.release()
    job = await scene.over(job.id)
    assert handle.message is not None
    assert len(pictures_of(handle.message)) == 1
    assert len(scene.provider.calls) == (await scene.spend()).calls == 1
    assert job.state is JobState.DONE


async def test_a_command_that_a_stop_cuts_off_is_one_line_of_the_log(
    easel: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading, gate = asyncio.Event(), asyncio.Event()
    favourites: Any = SqlHistoryStore.favourites

    async def wait_and_read(*args: Any, **kwargs: Any) -> Any:
        reading.set()
        await gate.wait()
        return await favourites(*args, **kwargs)

    monkeypatch.setattr(SqlHistoryStore, "favourites", wait_and_read)
    await easel.server.slash(easel.ada, easel.art, "favourites")
    await reading.wait()
    await easel.stop()
    caplog.clear()
    gate.set()
    await easel.server.wait_for(lambda: [one for one in caplog.records if one.name.startswith("bot.")])

    [line] = [one for one in caplog.records if one.name.startswith("bot.")]
    assert line.getMessage().startswith("favourites was cut off by the stop")
    assert line.exc_info is None
