"""Videos in the making: asked for until their file is spooled, or it is known that there will be none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from bot.domain import retry
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, Render
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import Lease
from bot.domain.provider import (
    BadKeyError,
    Charge,
    NotAVideoError,
    OutOfCreditError,
    ProviderError,
    ResultFetchError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.video_provider import (
    QUICK_POLL_S,
    SLOW_POLL_S,
    VideoProgress,
    VideoProvider,
    VideoState,
    next_poll_s,
)
from bot.services.provider_calls import ProviderCalls

log = logging.getLogger(__name__)
MAX_FETCHES: Final = 30  # each at an address from a fresh poll, with growing pauses
FETCH_PATIENCE_S: Final = 1_800.0  # from the first that failed
MAX_MISSES: Final = 6  # polls in a row that say that there is nothing to ask for
_PATIENCE_S: Final = 600.0  # minimum for one watch, in case the clock was wrong at the order
LONGEST_PAUSE_S: Final = 60.0  # that a poll may ask for
FETCHED_AT_ONCE: Final = 1  # each is in memory while it is spooled


@dataclass(slots=True, kw_only=True)
class _Wait:
    """How far a watch is. `lost` is why the last fetch brought no file, `misses` counts as MAX_MISSES says.

    `shut_out` is why the last polls were not answered, `shut_outs` their number in a row.
    """

    delay_s: float
    waited_s: float = 0.0
    patience_s: float = _PATIENCE_S
    pause_s: float = 0.0
    fetches: int = 0
    misses: int = 0
    lost: Failure | None = None
    shut_out: ProviderError | None = None
    shut_outs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoWatch:
    """Waits for videos. Polls are free, so that any process may begin with one, whatever became of the last.

    `folder` holds files while they are fetched. `next_poll_s` is the schedule of polls.
    """

    provider: VideoProvider
    calls: ProviderCalls
    clock: Clock
    folder: Path
    next_poll_s: Callable[[float], float | None] = next_poll_s
    fetching: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, FETCHED_AT_ONCE))

    async def wait(self, job: Job, lease: Lease, index: int) -> Failure | None:
        """Wait until the video's file is spooled and recorded; or return why there will be none.

        Raises `LostLeaseError` and `StoreUnavailableError`. What was not heard of by the deadline keeps its call open:
        the provider may still charge for it.
        """
        render = job.renders[index]
        if await self.calls.is_spooled(lease, render):
            return None
        # A first poll may be due at once, where an earlier process has waited.
        state = _Wait(delay_s=self.next_poll_s(self._age_s(render)) or 0.0)
        while True:
            await self._rest(job.id, state.delay_s)
            state.waited_s += state.delay_s
            word = await self._word(job, render, state)
            if isinstance(word, Failure):
                return word
            if isinstance(word, VideoProgress) and word.state is VideoState.DONE:
                state.lost = await self._fetch(lease, render, word)
                state.fetches += 1
                if state.lost is None:
                    return None
                if state.fetches == 1:  # it is paid for: the deadline of the making does not count any more
                    state.patience_s = state.waited_s + FETCH_PATIENCE_S
            # A clock that was ahead at the order makes the age negative: what was waited counts as well.
            next_s = self.next_poll_s(max(self._age_s(render), state.waited_s))
            is_late = next_s is None and state.waited_s >= state.patience_s
            if state.fetches >= MAX_FETCHES or is_late:
                return await self._give_up(job, render, state)
            next_s = SLOW_POLL_S if next_s is None else next_s
            if state.fetches:
                next_s = min(QUICK_POLL_S * state.fetches, LONGEST_PAUSE_S)
            state.delay_s = max(state.pause_s, next_s)

    async def _word(self, job: Job, render: Render, state: _Wait) -> VideoProgress | Failure | None:
        """Return what a poll says, None if it brings no word, or why there will be no video.

        Bad news is believed once it came MAX_MISSES times in a row: polls are free, and the video may be paid.
        That of the key or the account is reported to the circuit then, and so to the operators, who can put it right;
        and that it is over, once a poll is answered.
        """
        name, state.pause_s = render.generation_id or "", 0.0
        try:
            word = await self.provider.poll(name, age_s=self._age_s(render), prompt=job.request.prompt)
        except SlowDownError as error:
            state.pause_s = float(min(error.retry_after_s or 0.0, LONGEST_PAUSE_S))
            return None
        except TryAgainError as error:
            log.info("job %s: no word about its video: %s", job.id, error.detail)
            return None
        except (BadKeyError, OutOfCreditError) as error:
            log.warning("job %s: no word about its video: %s", job.id, error.detail)
            state.shut_out, state.shut_outs = error, state.shut_outs + 1
            if state.shut_outs == MAX_MISSES:
                await self.calls.circuit.record(render.request_id or "", job.id, error)
            return None
        except ProviderError as error:
            state.misses += 1
            log.warning("job %s: no word about its video: %s", job.id, error.detail)
            return _failure_of(error) if state.misses >= MAX_MISSES else None
        await self._answered(state)
        if word.error is None:
            state.misses = 0
            return word
        if word.error.charge is not Charge.FREE:
            state.misses += 1
            if state.misses < MAX_MISSES:
                return None
        return await self._failed(job, render, word.error)

    async def _answered(self, state: _Wait) -> None:
        """Begin the count of refused polls again; if they were reported to the circuit, report their end."""
        told = state.shut_out if state.shut_outs >= MAX_MISSES else None
        if told is None or await self.calls.circuit.answered(told):
            state.shut_out, state.shut_outs = None, 0

    async def _give_up(self, job: Job, render: Render, state: _Wait) -> Failure:
        """Return why there is no video: it is not ready, polls fail, or it is paid for and cannot be fetched."""
        log.warning("job %s: its video is given up", job.id)
        if state.lost is None:
            if state.shut_out is not None:
                return _failure_of(state.shut_out)
            return Failure(kind=FailureKind.FAULT, code=FailureCode.VIDEO_LATE)
        await self.calls.settle(render.request_id or "", Charge.CHARGED, None)
        return state.lost

    def _age_s(self, render: Render) -> float:
        begun = render.submitted_at or self.clock.now()
        return (self.clock.now() - begun).total_seconds()

    async def _rest(self, job_id: str, delay_s: float) -> None:
        """Sleep; or, once the worker stops, wait forever: another process asks on."""
        await self.calls.limiter.rest(delay_s)
        if self.calls.limiter.is_closed:
            await self.calls.limiter.park(job_id)

    async def _failed(self, job: Job, render: Render, error: ProviderError) -> Failure:
        """Settle the call of a video that the provider gave up, and return the failure."""
        log.warning("job %s: no video: %s: %s", job.id, type(error).__name__, error.detail)
        charge = error.charge
        if charge is Charge.UNKNOWN:
            charge = await self.calls.look_up(render, model=job.request.model)
        else:
            await self.calls.settle(render.request_id or "", charge, error.cost_micro_usd)
        match charge:
            case Charge.FREE:
                return _failure_of(error)
            case Charge.CHARGED:
                return Failure(kind=FailureKind.FAULT, code=FailureCode.ANSWER_LOST)
            case Charge.UNKNOWN:
                return Failure(kind=FailureKind.FAULT, code=FailureCode.OUTCOME_UNKNOWN)

    async def _fetch(self, lease: Lease, render: Render, progress: VideoProgress) -> Failure | None:
        """Spool the file. Return why that was not possible: with a fresh address it may be."""
        path = self.folder / f"{lease.job_id}-{render.index}-{lease.attempt}.mp4"
        try:
            async with self.fetching:
                await self.provider.fetch(progress.address or "", path)
                data = await asyncio.to_thread(path.read_bytes)
                await self.calls.keep_video(lease, render, data, cost_micro_usd=progress.cost_micro_usd)
        except (ResultFetchError, OSError) as error:
            log.warning("job %s: its video cannot be fetched: %s", lease.job_id, error)
            return Failure(kind=FailureKind.FAULT, code=FailureCode.RESULT_UNREACHABLE)
        except NotAVideoError as error:
            log.warning("job %s: that is no video: %s", lease.job_id, error)
            return Failure(kind=FailureKind.FAULT, code=FailureCode.RESULT_UNKNOWN_FORMAT)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return None


def _failure_of(error: ProviderError) -> Failure:
    """Return the failure of a video that cost nothing."""
    match retry.decide_retry(error, tries=retry.MAX_TRIES, reruns=retry.MAX_RERUNS):
        case retry.GiveUp(failure=failure) if failure.code is not FailureCode.PROVIDER_DOWN:
            return failure
        case _:
            return Failure(kind=FailureKind.FAULT, code=FailureCode.VIDEO_FAILED)
