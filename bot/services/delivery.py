"""Delivery of jobs to their cards: progress at best effort, the end until it is shown."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot.domain.followups import picture_name
from bot.domain.jobs import Job, JobState, RenderStage, ReplyScope
from bot.domain.pictures import Imaging, mark_of
from bot.domain.ports.blobs import BlobStore
from bot.domain.ports.outside import CardPicture, CardPresenter, Clock, ShownCard
from bot.domain.ports.stores import JobStore, Lease
from bot.errors import ShowLaterError, TooLargeError, UnreachableError
from bot.services.image_cache import ImageCache

log = logging.getLogger(__name__)
# Discord allows 10 MiB per file everywhere and 25 MiB per message, which four pictures may share.
SMALLEST_LIMIT_BYTES: Final = 5 * 1024 * 1024
UPLOADS_AT_ONCE: Final = 4  # each holds its pictures in memory
RETRY_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Updates the cards of jobs. The end of a job is tried again until it is shown or turns out to be impossible.

    `notify_after` is the age from which a finished job notifies its requester.
    """

    jobs: JobStore
    blobs: BlobStore
    presenter: CardPresenter
    imaging: Imaging
    image_cache: ImageCache
    clock: Clock
    notify_after: timedelta
    uploads: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, UPLOADS_AT_ONCE))

    async def progress(self, job: Job) -> None:
        """Show a running job on its card. A failure is only logged: the end of the job updates the card again."""
        if len(job.renders) > 1 and all(_is_decided(render.stage) for render in job.renders):
            return  # `finish` follows at once
        if len(job.renders) == 1 and job.pictures:
            return
        try:
            shown = await self.presenter.show(job, await self._pictures(job))
        except (ShowLaterError, TooLargeError, UnreachableError) as error:
            log.info("job %s: no progress shown: %s", job.id, error)
            return
        if job.card_id is None and shown.card_id is not None:  # the first answer was sent, but never recorded
            await self.jobs.card_shown(job.id, shown.card_id, now=self.clock.now())

    async def finish(self, job: Job, lease: Lease) -> None:
        """Show the job's end, notify its requester if an edit may go unnoticed, and mark the job as delivered.

        If nobody can be shown the end, the job becomes undeliverable and is refunded. Raises `LostLeaseError`.
        """
        try:
            shown = await self._show(job)
        except UnreachableError as error:
            log.warning("job %s: nobody can be shown its end: %s", job.id, error)
            await self.give_up(job, lease)
            return
        card_id = shown.card_id
        if not shown.called and _has_follow_up(job) and self._is_due_a_call(job):
            await self.jobs.deliver(lease, card_id=card_id, pinged=True, now=self.clock.now())
            await self._call(job)
        else:
            pinged = shown.called or await self._call(job)
            await self.jobs.deliver(lease, card_id=card_id, pinged=pinged, now=self.clock.now())
        await self.image_cache.add(job)
        await self.blobs.drop_job(job.id)

    async def sweep(self) -> None:
        """Drop the spooled files of jobs that are delivered or deleted, which a crash may leave behind."""
        for job_id in await self.blobs.jobs():
            job = await self.jobs.get(job_id)
            if job is None or (job.is_over and job.shown_at is not None):
                log.info("job %s: taking away what is left in the spool", job_id)
                if job is not None:
                    await self.image_cache.add(job)
                else:
                    await self.image_cache.forget(job_id)
                await self.blobs.drop_job(job_id)
        await self.image_cache.evict()

    async def give_up(self, job: Job, lease: Lease) -> None:
        """Mark the job as undeliverable, which refunds its requester, and drop its spooled files."""
        await self.jobs.undeliverable(lease, now=self.clock.now())
        await self.blobs.drop_job(job.id)

    async def _show(self, job: Job) -> ShownCard:
        """Try until the card is shown. No picture stays in memory between tries: an outage of Discord may be long.

        Raises `UnreachableError`.
        """
        tries, small = 0, False
        while True:
            delay_s = 0.0
            try:
                async with self.uploads:
                    return await self._show_once(job, small=small)
            except TooLargeError as error:
                if small:
                    raise UnreachableError(str(error)) from error
                log.info("job %s: %s", job.id, error)
                small = True
            except ShowLaterError as error:
                log.warning("job %s: the card has to wait: %s", job.id, error)
                delay_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
                tries += 1
            if delay_s:
                await self.clock.sleep(delay_s)

    async def _show_once(self, job: Job, *, small: bool) -> ShownCard:
        pictures = await self._pictures(job)
        if small:
            job, pictures = await self._made_to_fit(job, pictures)
        return await self.presenter.show(job, pictures)

    async def _made_to_fit(
        self, job: Job, pictures: tuple[CardPicture, ...]
    ) -> tuple[Job, tuple[CardPicture, ...]]:
        """Pack the pictures for Discord's smallest upload limit; return them with the job as its card must show it.

        Raises `UnreachableError` if they are small already.
        """
        if all(len(picture.data) <= SMALLEST_LIMIT_BYTES for picture in pictures):
            raise UnreachableError(f"even the small files of job {job.id} are refused")
        fitting: list[CardPicture] = []
        renders = list(job.renders)
        for picture in pictures:
            packed = await self.imaging.pack(
                picture.data, mark=mark_of(job.request), max_bytes=SMALLEST_LIMIT_BYTES
            )
            stem = picture.filename.rpartition(".")[0]
            fitting.append(replace(picture, filename=f"{stem}.{packed.extension}", data=packed.data))
            if packed.fitted:
                renders[picture.index] = replace(renders[picture.index], fitted=True, size=packed.size)
        return replace(job, renders=tuple(renders)), tuple(fitting)

    async def _call(self, job: Job) -> bool:
        if not self._is_due_a_call(job):
            return False
        try:
            await self.presenter.call(job)
        except ShowLaterError as error:
            log.info("job %s: its requester was not notified: %s", job.id, error)
            return False
        return True

    def _is_due_a_call(self, job: Job) -> bool:
        if job.pinged_at is not None or job.state is JobState.CANCELLED:
            return False
        return self.clock.now() - job.created_at >= self.notify_after

    async def _pictures(self, job: Job) -> tuple[CardPicture, ...]:
        """Return the packed pictures of a job, and none of a result that was removed."""
        if job.removed_by is not None:
            return ()
        pictures: list[CardPicture] = []
        for render in job.pictures:
            if render.packed_key is not None:
                data = await self.blobs.get(render.packed_key)
                name = picture_name(job, render.index)
                pictures.append(CardPicture(index=render.index, filename=name, data=data))
        return tuple(pictures)


def _has_follow_up(job: Job) -> bool:
    """Tell whether the requester is notified by a follow-up to the command.

    Discord has no nonce against a duplicate follow-up, so the notification is recorded before it is sent.
    """
    return job.request.private or job.reply_target.scope is ReplyScope.NOWHERE


def _is_decided(stage: RenderStage) -> bool:
    return stage in {RenderStage.PACKAGED, RenderStage.FAILED}
