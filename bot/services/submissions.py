"""Taking jobs in: local checks, then one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.domain.content.safety import SafetyConcern, danger
from bot.domain.jobs import (
    MAX_COUNT,
    MAX_PICTURES,
    MAX_PROMPT,
    NO_CONTEXT,
    ImageRequest,
    Job,
    NewJob,
    Parent,
    ReplyScope,
    ReplyTarget,
    RequestContext,
    new_job_id,
)
from bot.domain.pictures import (
    MAX_REFERENCE_BYTES,
    MAX_REFERENCE_PIXELS,
    MAX_REFERENCE_RATIO,
    MIN_REFERENCE_SIDE,
    PictureProblem,
)
from bot.domain.policy.rules import Rule
from bot.domain.ports.outside import Clock, WakeUp, WakeUps
from bot.domain.ports.stores import Accepted, Cancelled, CancelOutcome, JobStore, Line, Rates
from bot.domain.ports.stores import SubmitOutcome as StoreOutcome
from bot.domain.prompts import clean_prompt
from bot.domain.provider import Model
from bot.domain.references import Reference
from bot.domain.rewriting import ESTIMATE_MICRO_USD
from bot.errors import StoreUnavailableError

log = logging.getLogger(__name__)
TOKEN_LIFE: Final = timedelta(minutes=15)
TOKEN_MARGIN: Final = timedelta(seconds=45)  # an edit with files has to be through before the token dies
LAST_WORD: Final = timedelta(seconds=60)  # a place without a bot: the end must be shown by the token
SHELF_LIFE: Final = timedelta(hours=23)  # a signed attachment address lives for 24 h
PICTURE_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


class RequestProblem(StrEnum):
    """What our local checks say no to, before anything is stored."""

    NO_PROMPT = "no_prompt"
    PROMPT_TOO_LONG = "prompt_too_long"
    TOO_MANY_REFERENCES = "too_many_references"
    REFERENCE = "reference"
    PLACE_NOT_SERVED = "place_not_served"
    DANGER = "danger"
    ENHANCE_OFF = "enhance_off"
    ENHANCE_MANY = "enhance_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidRequest:
    """Refused by a local check; `subject` names the option, `limit` the number that was exceeded, `danger` what
    is never painted, or not in this place."""

    problem: RequestProblem
    danger: SafetyConcern | None = None
    picture: PictureProblem | None = None
    subject: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One command as Discord delivered it. `age_restricted` is what Discord says of the channel.

    `token` is None of a message that asked; its id stands for the interaction's then. `parent` is the result it
    was made of.
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
    """What the gateway may do with jobs."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        wake_ups: WakeUps,
        clock: Clock,
        models: Mapping[str, Model],
        ceiling: Rule,
        rates: Rates,
        guilds: frozenset[int] = frozenset(),
        can_enhance: bool = False,
    ) -> None:
        self._jobs = jobs
        self._signals = wake_ups
        self._clock = clock
        self._models = models
        self._ceiling = ceiling
        self._rates = rates
        self._guilds = guilds
        self.can_enhance = can_enhance

    async def submit(self, ask: Submission) -> SubmissionOutcome:
        """Check here, then policy, reservation and job in one transaction."""
        request = _cleaned(ask.request)
        invalid = await self._problem_of(request, ask)
        if invalid is not None:
            return invalid
        return await self._jobs.submit(self._new_job(ask, request), self._ceiling, self._rates)

    async def check(self, ask: Submission) -> InvalidRequest | None:
        """What `submit` would say of it before it asks the store; nothing is stored."""
        return await self._problem_of(_cleaned(ask.request), ask)

    async def card_shown(self, accepted: Accepted, card_id: int | None) -> None:
        """The first answer is out; workers may start."""
        with _left_to_workers(accepted.job.id):
            await self._jobs.card_shown(accepted.job.id, card_id, now=self._clock.now())
            await self._signals.send(WakeUp())

    async def withdraw(self, accepted: Accepted) -> None:
        """The first answer could not be given: nobody knows of this job, so it ends."""
        await self._jobs.withdraw(accepted.job.id, now=self._clock.now())
        await self._signals.send(WakeUp(accepted.job.id))

    async def cancel(self, job_id: str, *, user_id: int, on_card: bool = True) -> Cancelled:
        """Cancel and release; a worker that paints it hears of it.

        `on_card` says that the caller shows the end of a queued job itself.
        """
        cancelled = await self._jobs.cancel(job_id, user_id=user_id, on_card=on_card, now=self._clock.now())
        if cancelled.outcome is CancelOutcome.CANCELLED:
            with _left_to_workers(job_id):
                await self._signals.send(WakeUp(job_id))
        return cancelled

    async def cancellation_shown(self, job: Job) -> None:
        """The answer to the click said it. What was being painted is shown once more by its worker."""
        if job.started_at is None:
            with _left_to_workers(job.id):
                await self._jobs.cancellation_shown(job.id, now=self._clock.now())

    async def job(self, job_id: str) -> Job | None:
        return await self._jobs.get(job_id)

    async def line(self, user_id: int) -> Line:
        return await self._jobs.line(user_id, self._rates, now=self._clock.now())

    def _new_job(self, ask: Submission, request: ImageRequest) -> NewJob:
        now = self._clock.now()
        token_until = now + TOKEN_LIFE - TOKEN_MARGIN if ask.token is not None else now
        return NewJob(
            id=new_job_id(),
            request=request,
            user_id=ask.user_id,
            reply_target=ask.reply_target,
            interaction_id=ask.interaction_id,
            application_id=ask.application_id,
            token=ask.token,
            token_until=token_until,
            created_at=now,
            expires_at=token_until - LAST_WORD
            if ask.reply_target.scope is ReplyScope.NOWHERE
            else now + SHELF_LIFE,
            price_micro_usd=self.price_of(request),
            context=ask.context,
            retry_of=ask.retry_of,
            parent=ask.parent,
        )

    def price_of(self, request: ImageRequest) -> int:
        """What one picture is expected to cost, in micro USD, with its share of the rewriting."""
        price = self._models[request.model].price_micro_usd
        return price + -(-ESTIMATE_MICRO_USD // request.count) if request.enhance else price

    async def _problem_of(self, request: ImageRequest, ask: Submission) -> InvalidRequest | None:
        invalid = self._check(request, ask.reply_target)
        if invalid is None:  # a thread: a very long prompt takes a while to read in all its disguises
            invalid = await asyncio.to_thread(_look_for_danger, request, age_restricted=ask.age_restricted)
        return invalid

    def _check(self, request: ImageRequest, place: ReplyTarget) -> InvalidRequest | None:
        if self._guilds and place.guild_id not in self._guilds:
            return InvalidRequest(problem=RequestProblem.PLACE_NOT_SERVED)
        if not request.prompt:
            return InvalidRequest(problem=RequestProblem.NO_PROMPT)
        if max(map(len, (request.prompt, *request.prompts))) > MAX_PROMPT:
            return InvalidRequest(problem=RequestProblem.PROMPT_TOO_LONG, limit=MAX_PROMPT)
        if request.enhance and not self.can_enhance:
            return InvalidRequest(problem=RequestProblem.ENHANCE_OFF)
        if request.enhance and request.prompts:
            return InvalidRequest(problem=RequestProblem.ENHANCE_MANY)
        most = self._models[request.model].max_references
        if len(request.references) > most:
            return InvalidRequest(problem=RequestProblem.TOO_MANY_REFERENCES, limit=most)
        most_pictures = MAX_PICTURES if request.prompts else MAX_COUNT
        if not 1 <= request.count <= most_pictures or len(request.prompts) not in {0, request.count}:
            raise ValueError(f"count {request.count}")  # the command's own bounds: only a bug gets here
        found = ((reference, _look_at(reference)) for reference in request.references)
        bad = next(((reference, problem) for reference, problem in found if problem is not None), None)
        if bad is None:
            return None
        return InvalidRequest(problem=RequestProblem.REFERENCE, subject=bad[0].name, picture=bad[1])


@contextmanager
def _left_to_workers(job_id: str) -> Generator[None]:
    """The person has the right answer already, and workers look by themselves: nobody is told that it broke."""
    try:
        yield
    except StoreUnavailableError as error:
        log.warning("job %s: workers will find out later (%s)", job_id, error)


def _cleaned(request: ImageRequest) -> ImageRequest:
    return replace(
        request,
        prompt=clean_prompt(request.prompt),
        prompts=tuple(clean_prompt(prompt) for prompt in request.prompts),
    )


def _look_for_danger(request: ImageRequest, *, age_restricted: bool) -> InvalidRequest | None:
    """What no server can allow, and what belongs into age-restricted channels only."""
    for prompt in dict.fromkeys((request.prompt, *request.prompts)):
        found = danger(prompt, references=len(request.references))
        if found is not None and not (found is SafetyConcern.ADULT and age_restricted):
            return InvalidRequest(problem=RequestProblem.DANGER, danger=found)
    return None


def _look_at(reference: Reference) -> PictureProblem | None:
    """What Discord's own description of the file already rules out; the bytes are checked by a worker."""
    if reference.content_type is not None and reference.content_type.split(";")[0] not in PICTURE_TYPES:
        return PictureProblem.UNKNOWN_FORMAT
    if reference.bytes > MAX_REFERENCE_BYTES:
        return PictureProblem.TOO_MANY_BYTES
    if not reference.width or not reference.height:
        return None
    short, long = sorted((reference.width, reference.height))
    if short * long > MAX_REFERENCE_PIXELS:
        return PictureProblem.TOO_MANY_PIXELS
    if short < MIN_REFERENCE_SIDE:
        return PictureProblem.TOO_SMALL
    return PictureProblem.WRONG_RATIO if long / short > MAX_REFERENCE_RATIO else None
