"""Showing a job: its progress as well as it goes, its end until it is seen."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.jobs import Job, JobState, Stage
from bot.domain.ports import BlobStore, Clock, Desk, JobStore, Lease, Picture
from bot.domain.prompts import file_stem
from bot.errors import ShowLaterError, UnreachableError

log = logging.getLogger(__name__)
RETRY_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Brings cards up to date. The end of a job is shown again and again until it is, or its time is over."""

    jobs: JobStore
    blobs: BlobStore
    desk: Desk
    clock: Clock
    notify_after: timedelta

    async def progress(self, job: Job) -> None:
        """Best effort: whatever fails here is made good by the end's card."""
        if len(job.renders) > 1 and all(_is_decided(render.stage) for render in job.renders):
            return  # the end follows at once
        if len(job.renders) == 1 and job.pictures:
            return
        try:
            await self.desk.show(job, await self._pictures(job))
        except (ShowLaterError, UnreachableError) as error:
            log.info("job %s: no progress shown: %s", job.id, error)

    async def finish(self, job: Job, lease: Lease) -> None:
        """Show the end, notify where an edit would pass unnoticed, then mark it as delivered."""
        pictures = await self._pictures(job)
        try:
            called = await self._show(job, pictures)
        except UnreachableError as error:
            log.warning("job %s: nobody can be shown its end: %s", job.id, error)
            await self.jobs.undeliverable(lease, now=self.clock.now())
        else:
            card_id, by_itself = called
            pinged = by_itself or await self._call(job)
            await self.jobs.deliver(lease, card_id=card_id, pinged=pinged, now=self.clock.now())
        await self.blobs.drop_job(job.id)

    async def _show(self, job: Job, pictures: tuple[Picture, ...]) -> tuple[int | None, bool]:
        tries = 0
        while True:
            try:
                shown = await self.desk.show(job, pictures)
            except ShowLaterError as error:
                log.warning("job %s: the card has to wait: %s", job.id, error)
                await self.clock.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
            else:
                return shown.card_id, shown.called

    async def _call(self, job: Job) -> bool:
        if job.pinged_at is not None or not self._is_worth_a_call(job):
            return False
        try:
            await self.desk.call(job)
        except ShowLaterError as error:
            log.info("job %s: its requester was not notified: %s", job.id, error)
            return False
        return True

    def _is_worth_a_call(self, job: Job) -> bool:
        return job.state is not JobState.CANCELLED and self.clock.now() - job.created_at >= self.notify_after

    async def _pictures(self, job: Job) -> tuple[Picture, ...]:
        pictures: list[Picture] = []
        for render in job.pictures:
            if render.packed_key is not None:
                data = await self.blobs.get(render.packed_key)
                stem = file_stem(job.wish.prompt, job.id, render.index)
                pictures.append(Picture(index=render.index, filename=f"{stem}.{render.extension}", data=data))
        return tuple(pictures)


def _is_decided(stage: Stage) -> bool:
    return stage in {Stage.PACKAGED, Stage.FAILED}
