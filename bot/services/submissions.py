"""Submission of jobs: local checks, then one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.jobs import (
    MAX_COUNT,
    MAX_PICTURES,
    NO_CONTEXT,
    ImageRequest,
    Job,
    ModelPrice,
    NewJob,
    Parent,
    ReplyScope,
    ReplyTarget,
    RequestContext,
    new_job_id,
)
from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Rule
from bot.domain.ports.outside import Clock, WakeUp, WakeUps
from bot.domain.ports.stores import Accepted, Cancelled, CancelOutcome, JobStore, QueueView, Rates
from bot.domain.ports.stores import SubmitOutcome as StoreOutcome
from bot.domain.prompts import as_seen, clean_prompt, is_blank
from bot.domain.provider import Model
from bot.domain.rewriting import ALT_TEXT_MICRO_USD, ESTIMATE_MICRO_USD
from bot.domain.video import (
    VideoModel,
    VideoSettings,
)
from bot.errors import StoreUnavailableError
from bot.services.checks import (
    InvalidRequest,
    RequestProblem,
    can_be_chosen,
    look_for_danger,
    metadata_problem,
    misfit,
    video_misfit,
)

log = logging.getLogger(__name__)
TOKEN_LIFE: Final = timedelta(minutes=15)
TOKEN_MARGIN: Final = timedelta(seconds=45)  # an edit with files must finish before the token expires
END_MARGIN: Final = timedelta(seconds=60)  # where the bot is not a member, the end must be shown by the token
MAX_SECONDS_BY_TOKEN: Final = 6  # longer videos take eight minutes and more, as the API says
JOB_LIFE: Final = timedelta(hours=23)  # a signed attachment URL is valid for 24 h


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One request as it came from Discord, by a command or a message.

    For a message, `token` is None and `interaction_id` is the message's id. `age_restricted` is the channel's
    setting on Discord. `retry_of` is the id of the job that is tried again, `parent` the result this one starts from.
    """

    request: ImageRequest
    user_id: int
    reply_target: ReplyTarget
    interaction_id: int
    application_id: int
    token: str | None
    context: RequestContext = NO_CONTEXT
    age_restricted: bool = False
    retry_of: str | None = None
    parent: Parent | None = None


SubmissionOutcome = StoreOutcome | InvalidRequest


class Submissions:
    """Submits, cancels and looks up jobs for commands and buttons.

    `models` are those on offer, by their ids, and `videos` those that make videos; `ceiling` is the operator's rule.
    If `guilds` is not empty, other servers are not served.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        wake_ups: WakeUps,
        clock: Clock,
        models: Mapping[str, Model],
        videos: Mapping[str, VideoModel],
        ceiling: Rule,
        rates: Rates,
        guilds: frozenset[int] = frozenset(),
        can_enhance: bool = False,
        has_alt_text_written: bool = False,
    ) -> None:
        self._jobs = jobs
        self._wake_ups = wake_ups
        self._clock = clock
        self.models = models
        self.videos = videos
        self._ceiling = ceiling
        self._rates = rates
        self._guilds = guilds
        self.can_enhance = can_enhance
        self._has_alt_text_written = has_alt_text_written

    async def submit(self, submission: Submission) -> SubmissionOutcome:
        """Check the request, then decide by policy, reserve quota and store the job in one transaction."""
        request = _cleaned(submission.request)
        invalid = await self._problem_of(request, submission)
        if invalid is not None:
            return invalid
        return await self._jobs.submit(self._new_job(submission, request), self._ceiling, self._rates)

    async def record_denial(self, submission: Submission, denied: Denied) -> None:
        """Record what was denied before it was submitted, so that moderators can explain it."""
        await self._jobs.record_denial(self._new_job(submission, submission.request), denied)

    async def check(self, submission: Submission, *, is_painted: bool = True) -> InvalidRequest | None:
        """Return the problem that `submit` would find before it asks the store, or None; stores nothing.

        If nothing `is_painted`, what the model takes does not matter.
        """
        return await self._problem_of(_cleaned(submission.request), submission, is_painted=is_painted)

    async def card_shown(self, accepted: Accepted, card_id: int | None) -> None:
        """Record that the first answer was sent, so that workers may start; `card_id` is None if not known."""
        with _left_to_workers(accepted.job.id):
            await self._jobs.card_shown(accepted.job.id, card_id, now=self._clock.now())
            await self._wake_ups.send(WakeUp())

    async def withdraw(self, accepted: Accepted, *, answered_elsewhere: bool = False) -> None:
        """End a job whose first answer could not be sent: nobody would know of it.

        `answered_elsewhere` says that another process with this bot's token has answered the command.
        """
        await self._jobs.withdraw(
            accepted.job.id, answered_elsewhere=answered_elsewhere, now=self._clock.now()
        )
        await self._wake_ups.send(WakeUp(accepted.job.id))

    async def cancel(
        self, job_id: str, *, user_id: int, on_card: bool = True, keep_back: bool = False
    ) -> Cancelled:
        """Cancel a job, release its quota, and tell the worker that runs it.

        With `on_card`, the caller shows the end of a queued job itself. `keep_back` is for a video that will be paid
        for all the same, as `JobStore.cancel` says.
        """
        cancelled = await self._jobs.cancel(
            job_id, user_id=user_id, on_card=on_card, keep_back=keep_back, now=self._clock.now()
        )
        if cancelled.outcome is CancelOutcome.CANCELLED:
            with _left_to_workers(job_id):
                await self._wake_ups.send(WakeUp(job_id))
        return cancelled

    async def cancellation_shown(self, job: Job) -> None:
        """Record that the answer to the click showed the cancellation. If the job had started, its worker shows it."""
        if job.started_at is None:
            with _left_to_workers(job.id):
                await self._jobs.cancellation_shown(job.id, now=self._clock.now())

    async def job(self, job_id: str) -> Job | None:
        """Return the job with this id, or None."""
        return await self._jobs.get(job_id)

    async def queue(self, user_id: int) -> QueueView:
        """Return the queue as this user sees it: their open jobs with their positions, and totals."""
        return await self._jobs.queue(user_id, self._rates, now=self._clock.now())

    def _new_job(self, submission: Submission, request: ImageRequest) -> NewJob:
        now = self._clock.now()
        token_until = now + TOKEN_LIFE - TOKEN_MARGIN if submission.token is not None else now
        return NewJob(
            id=new_job_id(),
            request=request,
            user_id=submission.user_id,
            reply_target=submission.reply_target,
            interaction_id=submission.interaction_id,
            application_id=submission.application_id,
            token=submission.token,
            token_until=token_until,
            created_at=now,
            expires_at=token_until - END_MARGIN
            if submission.reply_target.scope is ReplyScope.NOWHERE
            else now + JOB_LIFE,
            price_micro_usd=self.price_of(request),
            context=submission.context,
            retry_of=submission.retry_of,
            parent=submission.parent,
            others=tuple(self.others(request)),
        )

    def others(self, request: ImageRequest) -> Iterator[ModelPrice]:
        """Yield the other models on offer that can do what is asked, if nobody chose one."""
        offered = self.models if request.video is None else self.videos
        for model in offered if request.any_model else ():
            if model != request.model and self.suits(model, request):
                price = self.price_of(replace(request, model=model))
                yield ModelPrice(model=model, price_micro_usd=price)

    def price_of(self, request: ImageRequest) -> int:
        """Return the expected price of a video or of one picture in micro USD.

        To that of a picture, its alt text and its share of the rewriting are added.
        """
        if request.video is not None:
            return self.videos[request.model].price_of(request.video)
        price = self.models[request.model].price_of(request.resolution)
        price += ALT_TEXT_MICRO_USD if self._has_alt_text_written else 0
        return price + -(-ESTIMATE_MICRO_USD // request.count) if request.enhance else price

    def suits(self, model: str, request: ImageRequest) -> bool:
        """Return whether the model with this id is on offer and can do what is asked."""
        if request.video is not None:
            return model in self.videos and video_misfit(request, request.video, self.videos[model]) is None
        return model in self.models and misfit(request, self.models[model]) is None

    async def _problem_of(
        self, request: ImageRequest, submission: Submission, *, is_painted: bool = True
    ) -> InvalidRequest | None:
        invalid = self._check(request, submission.reply_target, is_painted=is_painted)
        if invalid is None:  # in a thread: reading a very long prompt takes a while
            invalid = await asyncio.to_thread(
                look_for_danger, request, age_restricted=submission.age_restricted
            )
        return invalid

    def _check(self, request: ImageRequest, place: ReplyTarget, *, is_painted: bool) -> InvalidRequest | None:
        if self._guilds and place.guild_id not in self._guilds:
            return InvalidRequest(problem=RequestProblem.PLACE_NOT_SERVED)
        if any(map(is_blank, (request.prompt, *request.prompts))):
            return InvalidRequest(problem=RequestProblem.NO_PROMPT)
        if is_painted and (unfit := self._misfit(request, place)) is not None:
            return unfit
        if request.enhance and not self.can_enhance:
            return InvalidRequest(problem=RequestProblem.ENHANCE_OFF)
        if request.enhance and request.prompts:
            return InvalidRequest(problem=RequestProblem.ENHANCE_MANY)
        most_pictures = MAX_PICTURES if request.prompts else MAX_COUNT
        if not 1 <= request.count <= most_pictures or len(request.prompts) not in {0, request.count}:
            raise ValueError(f"count {request.count}")  # the command's options rule this out
        found = ((reference, metadata_problem(reference)) for reference in request.references)
        bad = next(((reference, problem) for reference, problem in found if problem is not None), None)
        if bad is None:
            return None
        return InvalidRequest(problem=RequestProblem.REFERENCE, subject=bad[0].name, picture=bad[1])

    def _misfit(self, request: ImageRequest, place: ReplyTarget) -> InvalidRequest | None:
        if request.video is not None:
            return self._video_misfit(request, request.video, place)
        model = self.models.get(request.model)
        if model is None:
            return InvalidRequest(problem=RequestProblem.NO_MODEL)
        found = misfit(request, model)
        if found is None:
            return None
        fitting = (one for id_, one in self.models.items() if self.suits(id_, request))
        other = next((one.name for one in fitting if can_be_chosen(one, request.kind)), None)
        return replace(found, model=model.name, other=other)

    def _video_misfit(
        self, request: ImageRequest, video: VideoSettings, place: ReplyTarget
    ) -> InvalidRequest | None:
        if not self.videos:
            return InvalidRequest(problem=RequestProblem.VIDEO_OFF)
        model = self.videos.get(request.model)
        if model is None:
            return InvalidRequest(problem=RequestProblem.NO_MODEL)
        if place.scope is ReplyScope.NOWHERE and video.seconds > MAX_SECONDS_BY_TOKEN:
            return InvalidRequest(problem=RequestProblem.VIDEO_TOO_SLOW, limit=MAX_SECONDS_BY_TOKEN)
        found = video_misfit(request, video, model)
        if found is None:
            return None
        other = next((one.name for id_, one in self.videos.items() if self.suits(id_, request)), None)
        return replace(found, model=model.name, other=other)


@contextmanager
def _left_to_workers(job_id: str) -> Generator[None]:
    """Log store errors instead of raising them: the person has been answered, and workers poll anyway."""
    try:
        yield
    except StoreUnavailableError as error:
        log.warning("job %s: workers will find out later (%s)", job_id, error)


def _cleaned(request: ImageRequest) -> ImageRequest:
    """Clean the prompts. Names stand in them already where the person's client knows them; ids never stay."""
    return replace(
        request,
        prompt=as_seen(clean_prompt(request.prompt)),
        prompts=tuple(as_seen(clean_prompt(prompt)) for prompt in request.prompts),
    )
