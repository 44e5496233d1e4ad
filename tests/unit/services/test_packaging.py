from __future__ import annotations

import asyncio

import pytest

from bot.domain.jobs import Job, JobState, RenderStage
from bot.domain.pictures import PackedPicture
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.stores import Lease
from bot.errors import StoreUnavailableError, TooLargeError, UnreachableError
from bot.services.delivery import SHRINK
from tests.fakes import MemoryBlobs
from tests.unit.services.memory import living
from tests.unit.services.workshop import LEASE_S, Workshop, request

FULL = OSError(28, "No space left on device")


class Disk:
    """Holds up, or refuses, the files of results; what was paid for is written at once."""

    def __init__(self, blobs: MemoryBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
        self.goes_on = asyncio.Event()
        self.begun = asyncio.Event()
        self.error: Exception | None = None
        put = blobs.put

        async def slowly(key: str, data: bytes, meta: BlobMeta) -> None:
            if "/out-" in key:
                self.begun.set()
                await self.goes_on.wait()
                if self.error is not None:
                    # A new one: a traceback holds what is in its frames.
                    raise type(self.error)(*self.error.args)
            await put(key, data, meta)

        monkeypatch.setattr(blobs, "put", slowly)


@pytest.fixture
def disk(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(shop.blobs, monkeypatch)


async def painted(shop: Workshop) -> tuple[Job, Lease]:
    await shop.ask(request("a fox"))
    return await shop.paint()


async def again(shop: Workshop) -> Job:
    """Another process takes the job to its end."""
    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    job, lease = await shop.claim("two")
    if job.state is JobState.RENDERING:
        job = await shop.runner.run(job, lease)
    await shop.delivery.finish(job, lease)
    return await shop.job(job.id)


async def test_a_picture_is_shown_while_its_file_is_written_and_done_once_it_is(
    shop: Workshop, disk: Disk
) -> None:
    job, lease = await painted(shop)
    finishing = asyncio.create_task(shop.delivery.finish(job, lease))
    async with asyncio.timeout(30):
        while not shop.presenter.last.pictures:  # noqa: ASYNC110  # the presenter rings no bell
            await asyncio.sleep(0)

    assert (await shop.job(job.id)).state is JobState.DELIVERING
    assert f"{job.id}/out-0" not in shop.blobs.held

    disk.goes_on.set()
    await finishing
    assert (await shop.job(job.id)).state is JobState.DONE
    assert f"{job.id}/out-0" in shop.cached_blobs.held


async def test_a_file_that_a_crash_cut_off_is_made_again_of_what_was_paid(shop: Workshop, disk: Disk) -> None:
    job, _lease = await painted(shop)
    assert stage_of(await shop.job(job.id)) is RenderStage.PACKAGED
    disk.goes_on.set()
    await shop.runner.packaging.stop()
    await shop.blobs.drop(f"{job.id}/out-0")

    done = await again(shop)

    assert done.state is JobState.DONE
    assert [len(shown.pictures) for shown in shop.presenter.shown][-1] == 1
    assert len(shop.provider.calls) == 1
    assert f"{job.id}/out-0" in shop.cached_blobs.held


@pytest.mark.parametrize("error", [FULL, StoreUnavailableError("away")], ids=repr)
async def test_a_picture_that_was_shown_is_done_though_its_file_cannot_be_written(
    shop: Workshop, disk: Disk, error: Exception
) -> None:
    disk.error = error
    disk.goes_on.set()
    job, lease = await painted(shop)

    await shop.delivery.finish(job, lease)

    done = await shop.job(job.id)
    assert done.state is JobState.DONE
    assert len(shop.presenter.shown) == 2  # that it is being made, and the picture
    assert await shop.images_counted() == 1
    assert f"{job.id}/out-0" not in shop.cached_blobs.held


async def test_what_nobody_could_be_shown_is_not_given_up_before_it_is_written(
    shop: Workshop, disk: Disk
) -> None:
    disk.error = FULL
    disk.goes_on.set()
    job, lease = await painted(shop)
    shop.presenter.errors.extend([UnreachableError("no way")] * 2)

    with pytest.raises(OSError, match="No space"):
        await shop.delivery.finish(job, lease)
    assert (await shop.job(job.id)).state is JobState.DELIVERING

    disk.error = None
    assert (await again(shop)).state is JobState.EXPIRED
    assert f"{job.id}/out-0" in shop.cached_blobs.held


async def test_a_card_without_its_picture_is_not_the_end_before_the_file_is_written(
    shop: Workshop, disk: Disk
) -> None:
    disk.error = FULL
    disk.goes_on.set()
    job, lease = await painted(shop)
    shop.presenter.errors.extend([TooLargeError("413")] * (len(SHRINK) + 2))

    with pytest.raises(OSError, match="No space"):
        await shop.delivery.finish(job, lease)

    assert (await shop.job(job.id)).state is JobState.DELIVERING
    assert not shop.presenter.last.pictures


async def test_a_file_that_cannot_be_written_is_not_held_in_memory(
    shop: Workshop, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = living(PackedPicture, monkeypatch)
    disk.error = FULL
    await painted(shop)
    await disk.begun.wait()
    assert len(packed) == 1

    disk.goes_on.set()
    await shop.runner.packaging.stop()
    assert not packed


async def test_one_of_several_pictures_is_packed_once_its_file_is_written(shop: Workshop, disk: Disk) -> None:
    job = await shop.ask(request("two foxes", count=2))
    painting = asyncio.create_task(shop.paint())
    await asyncio.wait_for(disk.begun.wait(), 5)
    assert {render.stage for render in (await shop.job(job.id)).renders} <= {
        RenderStage.WAITING,
        RenderStage.SUBMITTING,
        RenderStage.RENDERED,
    }

    disk.goes_on.set()
    painted_job, _ = await painting
    assert {render.stage for render in painted_job.renders} == {RenderStage.PACKAGED}


async def test_a_stop_waits_for_what_is_being_written(shop: Workshop, disk: Disk) -> None:
    job, _lease = await painted(shop)
    stopping = asyncio.create_task(shop.runner.packaging.stop())
    await asyncio.sleep(0)
    assert not stopping.done()

    disk.goes_on.set()
    await stopping
    assert f"{job.id}/out-0" in shop.blobs.held


def stage_of(job: Job) -> RenderStage:
    return job.renders[0].stage
