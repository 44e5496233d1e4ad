"""The job runner: takes a claimed job through all stages until its pictures, or its video, are ready for delivery."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.domain import retry
from bot.domain.circuit import failure_of
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import ImageRequest, Job, Render, RenderStage
from bot.domain.pictures import (
    Imaging,
    PictureError,
    PictureProblem,
    failure_codes,
    frame_fault,
)
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore, Lease, Packed
from bot.domain.provider import (
    Charge,
    InputPicture,
    Model,
    ProviderError,
    RenderOrder,
    SlowDownError,
    Trouble,
)
from bot.domain.references import LAST_FRAME, option_name
from bot.domain.sizes import Resolution, Size, fit_size
from bot.domain.video import (
    MAX_FRAME_BYTES,
    VideoModel,
    VideoProblem,
    frame_of,
    frame_problem,
)
from bot.domain.video_provider import VideoOrder
from bot.errors import CircuitOpenError, LostLeaseError
from bot.outage import end_tasks
from bot.services.circuit import CIRCUIT_LOOK_S
from bot.services.delivery import Delivery
from bot.services.describing import AltTexts
from bot.services.packaging import Packaging
from bot.services.prompt_rewriting import PromptRewriting
from bot.services.provider_calls import ProviderCalls, new_request_id
from bot.services.references import BadReferenceError, Prepared, References
from bot.services.videos import VideoWatch

log = logging.getLogger(__name__)
SHOWN_AFTER_S = 2.0  # of asking what became of a call: then the card says that we ask


@dataclass(slots=True, kw_only=True)
class JobRun:
    """What the renders of one job share.

    `beginning` draws the card of the attempt's beginning; `packed` holds packaged renders that are stored together with
    the job's end; `shown_held_up` is the trouble that its card shows.
    """

    lease: Lease
    job: Job
    size: Size | Resolution
    references: tuple[InputPicture, ...]
    beginning: asyncio.Task[None]
    packed: dict[int, Packed] = field(default_factory=dict[int, Packed])
    shown_held_up: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunner:
    """Takes a job's renders through their stages. After a crash, any step may be the first to run."""

    jobs: JobStore
    imaging: Imaging
    packaging: Packaging
    references: References
    rewriting: PromptRewriting
    alt_texts: AltTexts
    calls: ProviderCalls
    delivery: Delivery
    clock: Clock
    models: Mapping[str, Model]
    video_models: Mapping[str, VideoModel]
    watch: VideoWatch
    watching: set[str] = field(default_factory=set[str])  # ids of jobs that only wait for their video

    async def run(self, job: Job, lease: Lease) -> Job:
        """Run the job until each render is packaged or failed; return it as delivering, failed or refused.

        Its card is drawn meanwhile, as no call has to wait for Discord; the next one waits for it. Raises
        `LostLeaseError`.
        """
        packed: Mapping[int, Packed] = {}
        beginning = asyncio.create_task(self.delivery.progress(job), name=f"easel-card-{job.id}")
        try:
            try:
                run = await self._prepare(job, lease, beginning)
            except BadReferenceError as error:
                await self._fail_all(job, lease, _reference_failure(error))
            else:
                await self._process_all(await self._rewrite_prompt(run))
                packed = run.packed
            await beginning
        finally:
            await end_tasks(beginning)
            self.watching.discard(job.id)
            self.delivery.frame_urls.pop(job.id, None)
        return await self.jobs.finish_rendering(lease, packed, now=self.clock.now())

    async def _show(self, run: JobRun, job: Job) -> None:
        """Show the job as it is now, once the card of its beginning is drawn: edits that cross may end in any order."""
        await asyncio.wait({run.beginning})
        await self.delivery.progress(job)

    async def _rewrite_prompt(self, run: JobRun) -> JobRun:
        """Have the prompt rewritten, unless every render has been called for already."""
        if not run.job.awaits_rewriting:
            return run
        first = next(render.index for render in run.job.renders if render.stage is RenderStage.WAITING)
        while not await self.calls.circuit.lets_through(run.job.id):
            if not await self._wait_for_provider(run, first):
                return replace(run, job=await self.jobs.reload(run.lease))
        job = await self.rewriting.enhance(run.job, run.lease)
        if job is not run.job:
            await self._show(run, job)
        return replace(run, job=job)

    async def give_up(self, job: Job, lease: Lease, failure: Failure, *, packages: bool) -> Job:
        """Fail the unfinished renders without another call; pictures that arrived are still delivered.

        Without `packages`, only packaged ones are: packaging itself may be what breaks every attempt.
        """
        for render in job.renders:
            if render.stage not in {RenderStage.PACKAGED, RenderStage.FAILED}:
                await self._end(job, lease, render, failure, packages=packages)
        return await self.jobs.finish_rendering(lease, {}, now=self.clock.now())

    async def _end(self, job: Job, lease: Lease, render: Render, failure: Failure, *, packages: bool) -> None:
        try:
            if packages and await self._has_arrived(job, lease, render):
                packed = await self.packaging.pack(await self.jobs.reload(lease), render.index)
                await self.packaging.written(job, render.index)
                await self.jobs.render_packed(lease, render.index, packed)
                return
        except PictureError as error:
            failure = _result_failure(error)
        await self._fail(lease, render.index, failure)

    async def _has_arrived(self, job: Job, lease: Lease, render: Render) -> bool:
        if render.stage is RenderStage.SUBMITTING:
            if await self.calls.recover(lease, render, model=job.request.model) is not None:
                return False
            render = (await self.jobs.reload(lease)).renders[render.index]
        if render.stage is RenderStage.CREATED:  # its file may be here, though nothing was recorded of it
            return await self.calls.is_spooled(lease, render)
        return render.stage is RenderStage.RENDERED

    async def _fail_all(self, job: Job, lease: Lease, failure: Failure) -> None:
        for render in job.renders:
            if render.stage not in {RenderStage.PACKAGED, RenderStage.FAILED}:
                await self._fail(lease, render.index, failure)

    async def _fail(self, lease: Lease, index: int, failure: Failure) -> None:
        await self.jobs.render_failed(lease, index, failure, now=self.clock.now())

    async def _prepare(self, job: Job, lease: Lease, beginning: asyncio.Task[None]) -> JobRun:
        needed = any(render.stage in {RenderStage.WAITING, RenderStage.SUBMITTING} for render in job.renders)
        prepared = await self.references.prepare(job) if needed else Prepared(pictures=(), animated=())
        if job.request.video is not None:
            prepared = await self._as_frames(job.request, prepared)
            if needed:
                await self.jobs.set_size(lease, None, prepared.animated)
            size = job.request.resolution
            return JobRun(lease=lease, job=job, size=size, references=prepared.pictures, beginning=beginning)
        size = job.size or self._size(job.request, prepared)
        if needed and job.size is None:
            await self.jobs.set_size(lease, size if isinstance(size, Size) else None, prepared.animated)
        return JobRun(lease=lease, job=job, size=size, references=prepared.pictures, beginning=beginning)

    async def _as_frames(self, request: ImageRequest, prepared: Prepared) -> Prepared:
        """Return the pictures as a provider of videos takes them. Raises `BadReferenceError`."""
        frames: list[InputPicture] = []
        for reference, picture in zip(request.references, prepared.pictures, strict=False):
            try:
                frames.append(await self._as_frame(picture))
            except PictureError as error:
                raise BadReferenceError(reference.name, error) from error
        return replace(prepared, pictures=tuple(frames))

    async def _as_frame(self, picture: InputPicture) -> InputPicture:
        """Return the picture as a JPEG or PNG that is small enough. Raises `PictureError` if it cannot be a frame."""
        if frame_problem(frame_of(picture)) in {VideoProblem.FRAME_FORMAT, VideoProblem.FRAME_TOO_LARGE}:
            picture = await self.imaging.shrink(picture, max_bytes=MAX_FRAME_BYTES)
        problem = frame_problem(frame_of(picture))
        if problem is not None:
            raise PictureError(frame_fault(problem), detail=problem.value)
        return picture

    def _size(self, request: ImageRequest, prepared: Prepared) -> Size | Resolution:
        """Return the size to ask for, in pixels; or the resolution alone if the model chooses the aspect ratio.

        A model that cannot choose one paints in that of the first reference, without any a square.
        """
        model = self.models[request.model]
        ratio = request.aspect.ratio if request.aspect else None
        if ratio is None and request.aspect and model.chooses_shape:
            return request.resolution
        first = prepared.pictures[0].size.ratio if prepared.pictures else 1.0
        return fit_size(ratio or first, request.resolution, model.limits)

    async def _process_all(self, run: JobRun) -> None:
        """Run all renders concurrently; an unexpected error in one cancels the others."""
        try:
            async with asyncio.TaskGroup() as group:
                for render in run.job.renders:
                    name = f"easel-render-{run.job.id}-{render.index}"
                    group.create_task(self._process(run, render), name=name)
        except BaseExceptionGroup as errors:  # what a task group raises, whatever is in it
            lost, _ = errors.split(LostLeaseError)
            raise (lost or errors).exceptions[0] from errors

    async def _process(self, run: JobRun, render: Render) -> None:
        """Take one render from its stored stage to its end."""
        request = run.job.request
        writes_alt_text = self.alt_texts.writer is not None and request.video is None
        follows_at_once = request.count == 1 and request.video is None and not writes_alt_text  # the end
        try:
            if await self._render(run, render):
                packed = await self.packaging.pack(await self.jobs.reload(run.lease), render.index)
                if follows_at_once:
                    run.packed[render.index] = packed
                    return
                await self.packaging.written(run.job, render.index)
                await self.jobs.render_packed(run.lease, render.index, packed)
                if writes_alt_text:
                    await self.alt_texts.write(run.job, run.lease, render.index, packed.key)
                if request.count > 1:
                    await self._show(run, await self.jobs.reload(run.lease))
        except PictureError as error:
            await self._fail(run.lease, render.index, _result_failure(error))
        except SlowDownError:  # a long pause had been asked for: no call was begun
            failure = Failure(kind=FailureKind.BUSY, code=FailureCode.SLOW_DOWN)
            await self._fail(run.lease, render.index, failure)

    async def _render(self, run: JobRun, render: Render) -> bool:
        """Get the paid bytes into the spool; return whether they are there, ready to be packaged."""
        if render.stage in {RenderStage.PACKAGED, RenderStage.FAILED}:
            return False
        if render.stage in {RenderStage.RENDERED, RenderStage.CREATED}:
            return await self._arrive(run, render.index)
        if render.stage is RenderStage.SUBMITTING:
            charge = await self._find_out(run, render, may_arrive=True)
            if charge is None:
                return await self._arrive(run, render.index)
            decision = await self._decide_after_look_up(run, render, charge)
            if not await self._carry_out(run, render, decision):
                return False
        return await self._call_until_decided(run, render.index)

    async def _call_until_decided(self, run: JobRun, index: int) -> bool:
        while True:
            try:
                render, error = await self._make_call(run, index)
            except CircuitOpenError:
                if not await self._wait_for_provider(run, index):
                    return False
                continue
            if error is None:
                return await self._arrive(run, index)
            decision = await self._decide(run, render, error)
            if isinstance(decision, retry.LookUp):
                charge = await self._find_out(run, render, may_arrive=False)
                if charge is None:
                    return await self._arrive(run, index)
                decision = await self._decide_after_look_up(run, render, charge)
            if not await self._carry_out(run, render, decision):
                return False

    async def _arrive(self, run: JobRun, index: int) -> bool:
        """Return whether paid bytes are in the spool, after waiting for those of a video."""
        if run.job.request.video is None:
            return True
        job = await self.jobs.reload(run.lease)
        if job.renders[index].stage is not RenderStage.CREATED:
            return True
        run.references = ()  # ordered: they need not be in memory for minutes
        self.watching.add(job.id)  # also while the video is packed: no call is left to make
        await self._show(run, job)
        failure = await self.watch.wait(job, run.lease, index)
        if failure is not None:
            await self._fail(run.lease, index, failure)
        return failure is None

    async def _make_call(self, run: JobRun, index: int) -> tuple[Render, ProviderError | None]:
        """Make one call; if the card says that it waits, take that off as soon as the call has begun."""
        drawing: list[asyncio.Task[None]] = []

        def begun() -> None:
            if run.shown_held_up is not None:
                run.shown_held_up = None
                drawing.append(asyncio.create_task(self._redraw(run), name=f"easel-card-{run.job.id}"))

        order = self._order(run, index)
        try:
            return await self.calls.make(
                run.lease, index, order, estimate_micro_usd=self._price(run), begun=begun
            )
        finally:
            await asyncio.gather(*drawing, return_exceptions=True)

    async def _redraw(self, run: JobRun) -> None:
        await self._show(run, await self.jobs.reload(run.lease))

    async def _decide(self, run: JobRun, render: Render, error: ProviderError) -> retry.RetryDecision:
        """Decide what to do about `error`, in view of how calls for others went."""
        job = await self.jobs.reload(run.lease)
        if retry.may_be_objection(error, tries=render.tries):
            words = job.asked_with(render.index)
            same = frozenset(one.index for one in job.renders if job.asked_with(one.index) == words)
            if await self.jobs.others_succeed(job.id, render.index, same=same):
                return retry.GiveUp(Failure(kind=FailureKind.FAULT, code=FailureCode.MAY_OBJECT))
        return retry.decide_retry(error, tries=render.tries, reruns=render.reruns, trouble=job.held_up)

    async def _decide_after_look_up(self, run: JobRun, render: Render, charge: Charge) -> retry.RetryDecision:
        trouble = (await self.jobs.reload(run.lease)).held_up
        return retry.after_look_up(charge, tries=render.tries, reruns=render.reruns, trouble=trouble)

    async def _wait_for_provider(self, run: JobRun, index: int) -> bool:
        """Wait a moment for calls to be made again; return False if the render failed instead.

        It fails once its job is too old, or with another picture of the job that failed for the same reason.
        """
        job = await self.jobs.reload(run.lease)
        if job.held_up is None:
            return True
        failure = failure_of(job.held_up)
        told = [one.failure for one in job.renders if one.failure and one.failure.code is failure.code]
        is_final = job.held_up in {Trouble.NO_CREDIT, Trouble.BAD_KEY}
        if (is_final and told) or self.clock.now() >= job.expires_at:
            await self._fail(run.lease, index, told[0] if told else failure)
            return False
        if run.shown_held_up is not job.held_up:
            run.shown_held_up = job.held_up
            await self._show(run, job)
        await self.calls.limiter.rest(CIRCUIT_LOOK_S)
        if self.calls.limiter.is_closed:
            await self.calls.limiter.park(job.id)
        return True

    async def _find_out(self, run: JobRun, render: Render, *, may_arrive: bool) -> Charge | None:
        """Ask what became of a call, see `ProviderCalls.find_out`; the card says so while it takes long."""
        model = run.job.request.model
        asking = asyncio.create_task(
            self.calls.find_out(run.lease, render, model=model, may_arrive=may_arrive),
            name=f"easel-ask-{run.job.id}-{render.index}",
        )
        try:
            done, _ = await asyncio.wait({asking}, timeout=SHOWN_AFTER_S)
            if not done:
                await self._show(run, await self.jobs.reload(run.lease))
            return await asking
        finally:
            await end_tasks(asking)

    async def _carry_out(self, run: JobRun, render: Render, decision: retry.RetryDecision) -> bool:
        """Carry out a retry decision; return whether to make the call again."""
        match decision:
            case retry.GiveUp(failure=failure):
                if run.job.request.video is not None and failure.subject == option_name(2):
                    failure = replace(failure, subject=LAST_FRAME)
                await self._fail(run.lease, render.index, failure)
                return False
            case retry.Retry(delay_s=delay_s):
                await self.jobs.render_waits(run.lease, render.index)
                await self.calls.limiter.rest(delay_s)
                return True
            case retry.Rerun():
                log.warning("job %s: picture %s is called for a second time", run.job.id, render.index + 1)
                await self.jobs.render_waits(run.lease, render.index)
                return True
            case retry.LookUp():
                raise AssertionError("a look-up is followed where it is asked for")

    def _order(self, run: JobRun, index: int) -> RenderOrder | VideoOrder:
        request = run.job.request
        if request.video is not None:
            first, last = (*run.references, None, None)[:2]
            return VideoOrder(
                request_id=new_request_id(run.job.id, index),
                model=request.model,
                prompt=request.prompt,
                seconds=request.video.seconds,
                quality=request.video.quality,
                first=first,
                last=last,
            )
        return RenderOrder(
            request_id=new_request_id(run.job.id, index),
            model=request.model,
            prompt=run.job.asked_with(index),
            size=run.size,
            references=run.references,
            seed=run.job.seeds[index],
        )

    def _price(self, run: JobRun) -> int:
        request = run.job.request
        if request.video is not None:
            return self.video_models[request.model].price_of(request.video)
        return self.models[request.model].price_of(request.resolution)


def _result_failure(error: PictureError) -> Failure:
    return Failure(kind=FailureKind.FAULT, code=failure_codes(error.problem).result)


def _reference_failure(error: BadReferenceError) -> Failure:
    if error.problem is PictureProblem.UNREACHABLE:  # nothing is wrong with the picture
        return Failure(kind=FailureKind.FAULT, code=FailureCode.REFERENCE_UNREACHABLE)
    return Failure(kind=FailureKind.CHECK, code=failure_codes(error.problem).reference, subject=error.name)
