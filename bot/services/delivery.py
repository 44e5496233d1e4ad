"""Delivery of jobs to their cards: progress at best effort, the end until it is shown."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot.domain.fairness import TYPICAL_RENDER_S
from bot.domain.followups import picture_name
from bot.domain.jobs import Job, JobState, RenderStage, ReplyScope
from bot.domain.pictures import Imaging, PictureError, mark_of
from bot.domain.ports.blobs import BlobStore
from bot.domain.ports.observer import UNOBSERVED, Observer
from bot.domain.ports.outside import CardPicture, CardPresenter, Clock, PostedPictures, ShownCard
from bot.domain.ports.stores import JobStore, Lease
from bot.domain.references import FIRST_FRAME, Posted, Reference, index_of_result
from bot.domain.video import typical_video_s
from bot.errors import ShowLaterError, StoreUnavailableError, TooLargeError, UnreachableError
from bot.services.image_cache import ImageCache
from bot.services.packaging import Packaging

log = logging.getLogger(__name__)
SHRINK: Final = (2, 4)  # parts of the bytes that were too many, tried in this order
UPLOADS_AT_ONCE: Final = 4  # each holds its pictures in memory
UNSEEN_FOR: Final = timedelta(hours=24)  # spooled pictures stay that long where nobody could be shown them
LOOK_UP_S: Final = 2.0  # at most; the first frame only decorates the card
RETRY_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Updates the cards of jobs. The end of a job is tried again until it is shown or turns out to be impossible.

    `notify_after` is the age from which a finished job notifies its requester. `frame_urls` has the addresses of first
    frames by the ids of the jobs that are run: they work for a day, so that each is looked up once a run.
    """

    jobs: JobStore
    blobs: BlobStore
    presenter: CardPresenter
    imaging: Imaging
    packaging: Packaging
    image_cache: ImageCache
    posted: PostedPictures
    clock: Clock
    notify_after: timedelta
    observer: Observer = UNOBSERVED
    frame_urls: dict[str, str | None] = field(default_factory=dict[str, str | None])
    uploads: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, UPLOADS_AT_ONCE))

    async def progress(self, job: Job) -> None:
        """Show a running job on its card. A failure is only logged: the end of the job updates the card again."""
        if len(job.renders) > 1 and all(_is_decided(render.stage) for render in job.renders):
            return  # `finish` follows at once
        if len(job.renders) == 1 and job.pictures:
            return
        try:
            shown = await self.presenter.show(await self._under_way(job), await self._pictures(job))
        except (ShowLaterError, TooLargeError, UnreachableError) as error:
            log.info("job %s: no progress shown: %s", job.id, error)
            return
        if job.card_id is None and shown.card_id is not None:  # the first answer was sent, but never recorded
            await self.jobs.card_shown(job.id, shown.card_id, now=self.clock.now())

    async def _under_way(self, job: Job) -> Job:
        """Return the job with what only the card of a running job shows."""
        return await self._with_frame(await self._with_estimate(job))

    async def _with_frame(self, job: Job) -> Job:
        """Return the job with the address of its first frame, if all who see its card may see that picture.

        By its address, nothing is uploaded for it, and it is gone with the card that it is on.
        """
        if job.request.video is None or job.state is not JobState.RENDERING or job.kept_back:
            return job
        frame = next((one for one in job.request.references if one.name == FIRST_FRAME), None)
        if frame is None or frame.posted is None or not await self._is_public_beside(job, frame):
            return job
        if job.id not in self.frame_urls:
            self.frame_urls[job.id] = await self._address(job.id, frame.posted, frame.filename)
        return replace(job, frame_url=self.frame_urls[job.id])

    async def _address(self, job_id: str, posted: Posted, filename: str) -> str | None:
        """Return the address of a posted picture; None if it is gone or slow to come: the order waits for this."""
        try:
            async with asyncio.timeout(LOOK_UP_S):
                return await self.posted.address(posted, filename=filename)
        except (PictureError, TimeoutError) as error:
            log.info("job %s: its first frame is not shown: %s", job_id, str(error) or "no answer")
            return None

    async def _is_public_beside(self, job: Job, frame: Reference) -> bool:
        """Return whether the picture is a result on a public card, in the same channel of a server as the job's card.

        What was made elsewhere may be for fewer eyes, and an upload is its person's own.
        """
        shown, here = frame.source or frame.stored, job.reply_target
        if shown is None or index_of_result(shown.name) is None or here.scope is not ReplyScope.GUILD:
            return False
        if frame.posted is None or frame.posted.channel_id != here.channel_id:
            return False
        result = await self.jobs.get(shown.folder)
        if result is None or result.removed_by is not None or result.request.private:
            return False
        there = result.reply_target
        return (there.scope, there.channel_id) == (here.scope, here.channel_id)

    async def _with_estimate(self, job: Job) -> Job:
        """Return the job with the time when its pictures should be there, unless that has passed or nobody knows."""
        if job.started_at is None or job.held_up is not None:
            return job
        if job.request.video is not None:
            seconds = typical_video_s(job.request.video)
        else:
            seconds = await self.jobs.render_seconds(job.request.model, job.request.resolution)
        ready_at = job.started_at + timedelta(seconds=TYPICAL_RENDER_S if seconds is None else seconds)
        return replace(job, expected_at=ready_at) if ready_at > self.clock.now() else job

    async def finish(self, job: Job, lease: Lease) -> None:
        """Show the job's end, notify its requester if an edit may go unnoticed, and mark the job as delivered.

        If nobody can be shown the end, the job becomes undeliverable and is refunded; not if it is kept back, as its
        requester knows that `/show` has it. What was shown before is only tidied up after. Raises `LostLeaseError`.
        """
        if job.shown_at is not None:
            await self._clear_spool(job)
            return
        try:
            shown, has_pictures = await self._show(job)
        except UnreachableError as error:
            log.warning("job %s: nobody can be shown its end: %s", job.id, error)
            await self._keep(job)  # `/show` has it
            if not job.kept_back:
                await self.give_up(job, lease)
                return
            shown = ShownCard(card_id=None, called=False)
        else:
            await self._keep(job, is_shown=has_pictures)
        card_id = shown.card_id
        if not shown.called and _has_follow_up(job) and self._is_due_a_call(job):
            await self.jobs.deliver(lease, card_id=card_id, pinged=True, now=self.clock.now())
            await self._call(job)
        else:
            pinged = shown.called or await self._call(job)
            await self.jobs.deliver(lease, card_id=card_id, pinged=pinged, now=self.clock.now())
        self.observer.ended(job, is_shown=True, now=self.clock.now())
        await self._clear_spool(job)

    async def _keep(self, job: Job, *, is_shown: bool = False) -> None:
        """Wait until the job's files are written. What is shown need not be kept where that fails."""
        for render in job.pictures:
            try:
                await self.packaging.written(job, render.index)
            except (OSError, StoreUnavailableError):
                if not is_shown:
                    raise
                log.warning("job %s: picture %s is on its card and not kept", job.id, render.index + 1)

    async def sweep(self) -> None:
        """Drop the spooled files of jobs that are delivered or deleted, which a crash may leave behind."""
        for job_id in await self.blobs.jobs():
            job = await self.jobs.get(job_id)
            if job is None:
                await self.image_cache.forget(job_id)
                await self.blobs.drop_job(job_id)
            elif job.is_over and job.shown_at is not None:
                await self._clear_spool(job)
        await self.image_cache.evict()

    async def give_up(self, job: Job, lease: Lease) -> None:
        """Mark the job as undeliverable, which refunds its requester; `/show` and `/history` have its pictures."""
        await self.jobs.undeliverable(lease, now=self.clock.now())
        self.observer.ended(job, is_shown=False, now=self.clock.now())
        await self._clear_spool(await self.jobs.get(job.id) or job)

    async def _clear_spool(self, job: Job) -> None:
        """Drop the spooled files of a job whose end was shown.

        What nobody was shown stays until it is cached; where nothing is cached, for `UNSEEN_FOR`.
        """
        is_kept = await self.image_cache.add(job)
        is_hidden = job.state is JobState.EXPIRED or job.kept_back
        is_unseen = is_hidden and bool(job.pictures) and job.removed_by is None
        ended_at = job.finished_at or job.created_at
        if is_unseen and not is_kept and self.clock.now() - ended_at < UNSEEN_FOR:
            return
        await self.blobs.drop_job(job.id)

    async def _show(self, job: Job) -> tuple[ShownCard, bool]:
        """Try until the card is shown; return whether with its pictures. Raises `UnreachableError`.

        No picture stays in memory between tries: an outage of Discord may be long.
        """
        tries, step, began = 0, 0, self.clock.now()
        while True:
            delay_s = 0.0
            waited_s = (self.clock.now() - began).total_seconds()
            try:
                async with self.uploads:
                    return await self._show_once(job, step, waited_s=waited_s if tries else 0.0)
            except TooLargeError as error:
                if step > len(SHRINK) + 1:
                    raise UnreachableError(str(error)) from error
                log.info("job %s: %s", job.id, error)
                step += 1
            except ShowLaterError as error:
                log.warning("job %s: the card has to wait: %s", job.id, error)
                delay_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
                tries += 1
            if delay_s:
                await self.clock.sleep(delay_s)

    async def _show_once(self, job: Job, step: int, *, waited_s: float) -> tuple[ShownCard, bool]:
        """Show the end as it is; in later steps with fewer bytes, then one picture a message, then without pictures.

        Limits are tried, not believed: Discord states them wrongly, and a proxy may have its own.
        """
        pictures = await self._pictures(job)
        if step:
            job, pictures = await self._made_to_fit(job, pictures, SHRINK[min(step, len(SHRINK)) - 1])
        on_card = {len(SHRINK) + 1: 1, len(SHRINK) + 2: 0}.get(step, len(pictures))
        shown = await self.presenter.show(job, pictures[:on_card], waited_s=waited_s)
        if on_card:
            for picture in pictures[on_card:]:
                await self.presenter.show_apart(job, picture)
        return shown, on_card > 0

    async def _made_to_fit(
        self, job: Job, pictures: tuple[CardPicture, ...], part: int
    ) -> tuple[Job, tuple[CardPicture, ...]]:
        """Pack the pictures into one `part`-th of their bytes; return them with the job as its card must show it."""
        fitting: list[CardPicture] = []
        renders = list(job.renders)
        max_bytes = sum(len(picture.data) for picture in pictures) // (part * max(len(pictures), 1))
        for picture in pictures:
            try:
                packed = await self.imaging.pack(picture.data, mark=mark_of(job.request), max_bytes=max_bytes)
            except PictureError as error:  # it cannot become so small
                log.info("job %s: picture %s stays as it is: %s", job.id, picture.index + 1, error)
                fitting.append(picture)
                continue
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
        if job.pinged_at is not None or job.kept_back or job.state is JobState.CANCELLED:
            return False
        return self.clock.now() - job.created_at >= self.notify_after

    async def _pictures(self, job: Job) -> tuple[CardPicture, ...]:
        """Return the packed pictures of a job, and none of a result that was removed or is kept back."""
        if job.removed_by is not None or job.kept_back:
            return ()
        pictures: list[CardPicture] = []
        for render in job.pictures:
            if render.packed_key is not None:
                data = await self.packaging.read(job, render.index)
                name = picture_name(job, render.index)
                pictures.append(CardPicture(index=render.index, filename=name, data=data))
        return tuple(pictures)


def _has_follow_up(job: Job) -> bool:
    """Return whether the requester is notified by a follow-up to the command.

    Discord has no nonce against a duplicate follow-up, so the notification is recorded before it is sent.
    """
    return job.request.private or job.reply_target.scope is ReplyScope.NOWHERE


def _is_decided(stage: RenderStage) -> bool:
    return stage in {RenderStage.PACKAGED, RenderStage.FAILED}
