"""What a job store promises, once more in plain Python: dictionaries, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import bot.domain.fairness as fairness
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import MOVES, OPEN, STAGE_MOVES, JobState, NewJob, RenderStage, ReplyScope
from bot.domain.provider import Charge
from bot.storage.queue import CANCEL_ANSWER
from bot.storage.submit import FIRST_ANSWER
from tests.contract.store_material import LEASE_S, PRICE

SURE: Final = {"charged", "free"}
A_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class ModelRender:
    stage: RenderStage = RenderStage.WAITING
    request_id: str | None = None
    tries: int = 0
    reruns: int = 0
    refused: bool = False


@dataclass(slots=True)
class ModelCall:
    job_id: str
    charge: str = "open"
    cost: int = PRICE


@dataclass(slots=True)
class ModelJob:
    new: NewJob
    tag: int
    images: int
    ready_at: datetime
    renders: list[ModelRender]
    state: JobState = JobState.QUEUED
    attempt: int = 0
    lease_until: datetime | None = None
    is_handed_back: bool = False  # its lease is not renewed any more
    is_shown: bool = False
    has_token: bool = True
    has_card: bool = False

    @property
    def painted(self) -> int:
        return sum(render.stage is RenderStage.PACKAGED for render in self.renders)

    def move(self, to: JobState) -> None:
        assert to in MOVES[self.state]
        self.state = to

    def end(self, to: JobState, *, images: int, show_after: datetime) -> None:
        self.move(to)
        self.attempt += 1
        self.images = images
        self.lease_until = show_after


@dataclass(slots=True)
class Model:
    """Every method does what the store's must, or says that it must refuse."""

    jobs_at_once: int
    images_per_day: int
    jobs: dict[str, ModelJob] = field(default_factory=dict[str, ModelJob])
    calls: dict[str, ModelCall] = field(default_factory=dict[str, ModelCall])
    last_tags: dict[int, int] = field(default_factory=dict[int, int])
    clock: int = 0

    def submit(self, new: NewJob) -> bool:
        mine = [job for job in self.jobs.values() if job.new.user_id == new.user_id]
        if sum(job.state in OPEN for job in mine) >= self.jobs_at_once:
            return False
        if self.images(new.user_id, new.created_at) + new.request.count > self.images_per_day:
            return False
        last_tag = self.last_tags.get(new.user_id, 0)
        tag = fairness.next_tag(clock=self.clock, last_tag=last_tag, renders=new.request.count)
        self.last_tags[new.user_id] = tag
        renders = [ModelRender() for _ in range(new.request.count)]
        self.jobs[new.id] = ModelJob(new, tag, new.request.count, new.created_at + FIRST_ANSWER, renders)
        return True

    def images(self, user_id: int, now: datetime) -> int:
        inside = [job for job in self.jobs.values() if job.new.created_at > now - A_DAY]
        return sum(job.images for job in inside if job.new.user_id == user_id)

    def due(self, now: datetime) -> set[str]:
        """The jobs of which the next claim must take one; several only where leases ended together."""
        lost = {
            job_id: job.lease_until
            for job_id, job in self.jobs.items()
            if job.state is not JobState.QUEUED
            and not job.is_shown
            and job.lease_until is not None
            and job.lease_until <= now
        }
        if lost:
            return {job_id for job_id, until in lost.items() if until == min(lost.values())}
        line = [
            (job.tag, job_id)
            for job_id, job in self.jobs.items()
            if job.state is JobState.QUEUED and job.ready_at <= now < job.new.expires_at
        ]
        return {min(line)[1]} if line else set()

    def claim(self, job_id: str, now: datetime, *, is_allowed: bool) -> None:
        """Where it is not allowed any more, what waited ends, and what was begun goes on."""
        job = self.jobs[job_id]
        if job.state is JobState.QUEUED:
            job.move(JobState.RENDERING if is_allowed else JobState.FAILED)
            job.images = job.images if is_allowed else 0
            if is_allowed:  # what is not painted delays nobody
                self.clock = max(self.clock, job.tag)
        job.attempt += 1
        job.lease_until = now + timedelta(seconds=LEASE_S)
        job.is_handed_back = False

    def may_paint(self, job_id: str, attempt: int, index: int, to: RenderStage) -> bool:
        job = self.jobs[job_id]
        return (
            self.holds(job_id, attempt, JobState.RENDERING)
            and index < len(job.renders)
            and to in STAGE_MOVES[job.renders[index].stage]
        )

    def may_call(self, job_id: str, attempt: int, index: int, now: datetime) -> bool:
        until = self.jobs[job_id].lease_until
        lasts = until is not None and until > now
        return lasts and self.may_paint(job_id, attempt, index, RenderStage.SUBMITTING)

    def holds(self, job_id: str, attempt: int, *states: JobState) -> bool:
        job = self.jobs[job_id]
        return job.attempt == attempt and job.state in (states or tuple(JobState))

    def begin_call(self, job_id: str, index: int, request_id: str) -> None:
        render = self.jobs[job_id].renders[index]
        before = None if render.request_id is None else self.calls[render.request_id].charge
        render.reruns += before not in {None, "free"}
        render.tries += 1
        render.stage, render.request_id = RenderStage.SUBMITTING, request_id
        self.calls[request_id] = ModelCall(job_id)

    def end_call(self, request_id: str, charge: Charge, cost: int | None) -> None:
        call = self.calls[request_id]
        if charge is Charge.CHARGED or call.charge not in SURE:
            call.charge = charge.value
            call.cost = cost or call.cost  # 0 is no price either: the estimate stays

    def finish(self, job_id: str) -> None:
        job = self.jobs[job_id]
        if any(render.stage in {RenderStage.RENDERED, RenderStage.PACKAGED} for render in job.renders):
            job.move(JobState.DELIVERING)
        elif any(render.refused for render in job.renders):
            job.move(JobState.REFUSED)
        else:
            job.move(JobState.FAILED)
        job.images = job.painted if job.state is JobState.DELIVERING else 0

    def deliver(self, job_id: str, now: datetime) -> None:
        job = self.jobs[job_id]
        if job.state is JobState.DELIVERING:
            job.move(JobState.DONE)
        job.is_shown, job.has_token, job.lease_until = True, False, now

    def undeliverable(self, job_id: str) -> None:
        job = self.jobs[job_id]
        if job.state in OPEN:
            job.move(JobState.EXPIRED)
        job.is_shown, job.has_token, job.images = True, False, 0

    def cancel(self, job_id: str, now: datetime) -> bool:
        job = self.jobs[job_id]
        if job.state not in {JobState.QUEUED, JobState.RENDERING}:
            return False
        later = now + CANCEL_ANSWER if job.state is JobState.QUEUED else now
        job.end(JobState.CANCELLED, images=job.painted, show_after=later)
        return True

    def withdraw(self, job_id: str, now: datetime) -> None:
        job = self.jobs[job_id]
        if job.state in {JobState.QUEUED, JobState.RENDERING}:
            job.end(JobState.CANCELLED, images=0, show_after=now)
            job.is_shown, job.has_token = True, False

    def cancellation_shown(self, job_id: str) -> None:
        job = self.jobs[job_id]
        if job.state is JobState.CANCELLED:
            job.is_shown, job.has_token = True, False

    def expire(self, now: datetime) -> int:
        due = [
            job for job in self.jobs.values() if job.state is JobState.QUEUED and job.new.expires_at <= now
        ]
        for job in due:
            job.end(JobState.EXPIRED, images=0, show_after=now)
        for job in self.jobs.values():
            only_token = (
                not job.has_card
                or job.new.request.private
                or job.new.reply_target.scope is ReplyScope.NOWHERE
            )
            job.has_token = job.has_token and (job.new.token_until > now or only_token)
        return len(due)

    @property
    def spent(self) -> int:
        return sum(call.cost for call in self.calls.values() if call.charge != "free")


FAILURES: Final = {
    False: Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN),
    True: Failure(kind=FailureKind.REFUSED, code=FailureCode.REFUSED_PROMPT),
}
