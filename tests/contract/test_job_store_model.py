"""The job store against a model of it: any sequence of calls, compared row by row after each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, func, select

from bot.domain.jobs import MOVES, TERMINAL, Job, JobState, NewJob, RenderStage
from bot.domain.policy.rules import Rule
from bot.domain.ports.stores import Accepted, CancelOutcome, Lease, SpendReport
from bot.domain.provider import Charge
from bot.errors import LostLeaseError
from bot.storage.engine import Store, open_store
from bot.storage.ledger import EVERYBODY
from bot.storage.queue import spend as spend_of
from bot.storage.schema import calls, metadata, renders, spent, usage_entries
from bot.storage.schema import jobs as job_rows
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import Database
from tests.contract.job_model import FAILURES, Model
from tests.contract.store_material import LEASE_S, NOW, PRICE, RATES, at_most, new_job, packed_as

JOBS_AT_ONCE: Final = 3
IMAGES_PER_DAY: Final = 8
CEILING: Final = at_most(JOBS_AT_ONCE, IMAGES_PER_DAY)
CEILINGS: Final = (CEILING, at_most(None, 0))
PEOPLE: Final = (1, 2, 3)
LONG: Final = timedelta(days=365)
NOTHING: Final[MultipleResults[Any]] = multiple()
COSTS: Final = st.sampled_from([None, 0]) | st.integers(1, 90_000)
STEPS_S: Final = (1, 5, 20, 40, 20 * 60, 12 * 3600)


def clear(conn: Connection) -> None:
    for table in metadata.tables.values():
        conn.execute(table.delete())


def snapshot(conn: Connection) -> dict[str, Any]:
    """What the model speaks of, in its words."""
    job = job_rows.c
    return {
        "jobs": {
            row.id: (JobState(row.state), row.attempt, row.shown_at is not None, row.token is not None)
            for row in conn.execute(select(job.id, job.state, job.attempt, job.shown_at, job.token))
        },
        "renders": {
            (row.job_id, row.idx): (RenderStage(row.stage), row.request_id, row.tries, row.reruns)
            for row in conn.execute(select(renders))
        },
        "images": {row.job_id: (row.images, row.state) for row in conn.execute(select(usage_entries))},
        "calls": {
            row.request_id: (row.job_id, row.charge, row.cost_micro_usd)
            for row in conn.execute(select(calls))
        },
    }


def spent_in_all(conn: Connection) -> tuple[int, int]:
    """By the rows of the people, and by those of their servers."""
    amount = func.coalesce(func.sum(spent.c.micro_usd), 0)
    of_people = conn.execute(select(amount).where(spent.c.user_id != EVERYBODY)).scalar_one()
    of_servers = conn.execute(select(amount).where(spent.c.user_id == EVERYBODY)).scalar_one()
    return int(of_people), int(of_servers)


class JobStoreMachine(RuleBasedStateMachine):
    """Drives one store; it and its event loop are the test's, and the same in each example."""

    runner: asyncio.Runner
    store: Store
    leases: Bundle[Lease] = Bundle("leases")
    made: Bundle[str] = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.jobs = SqlJobStore(self.store)
        self.model = Model(jobs_at_once=JOBS_AT_ONCE, images_per_day=IMAGES_PER_DAY)
        self.now: datetime = NOW
        self.calls_begun = 0
        self.states_before: dict[str, JobState] = {}

    def run(self, work: Awaitable[Any]) -> Any:
        async def until_done() -> Any:
            return await work

        return self.runner.run(until_done())

    @initialize(target=made, counts=st.lists(st.integers(1, 4), min_size=1, max_size=4))
    def begin_with_a_line(self, counts: list[int]) -> Any:
        """An empty store, and some jobs to begin with, so that there is something to claim."""
        self.run(self.store.tx(clear))
        asked = [self.submit(PEOPLE[n % len(PEOPLE)], count, 23) for n, count in enumerate(counts)]
        job_ids = [job_id for job_id in asked if job_id is not NOTHING]
        for job_id in job_ids:
            self.card_shown(job_id)
        return multiple(*job_ids)

    def expect(self, allowed: bool, work: Awaitable[Any]) -> None:
        """`work` succeeds, or is refused for want of the lease, as the model says."""
        if allowed:
            self.run(work)
        else:
            with pytest.raises(LostLeaseError):
                self.run(work)

    # the gateway

    @rule(target=made, user_id=st.sampled_from(PEOPLE), count=st.integers(1, 4), hours=st.integers(1, 23))
    def submit(self, user_id: int, count: int, hours: int) -> Any:
        new: NewJob = new_job(user_id, count=count, at=self.now, expires_at=self.now + timedelta(hours=hours))
        accepted = self.model.submit(new)
        outcome = self.run(self.jobs.submit(new, CEILING, RATES))
        assert isinstance(outcome, Accepted) == accepted
        return new.id if accepted else NOTHING

    @rule(job_id=made)
    def card_shown(self, job_id: str) -> None:
        self.model.jobs[job_id].ready_at = self.now
        self.model.jobs[job_id].has_card = True
        self.run(self.jobs.card_shown(job_id, 555, now=self.now))

    @rule(job_id=made, user_id=st.sampled_from(PEOPLE))
    def cancel(self, job_id: str, user_id: int) -> None:
        expected = CancelOutcome.NOT_YOURS
        if self.model.jobs[job_id].new.user_id == user_id:
            cancelled = self.model.cancel(job_id, self.now)
            expected = CancelOutcome.CANCELLED if cancelled else CancelOutcome.TOO_LATE
        answer = self.run(self.jobs.cancel(job_id, user_id=user_id, now=self.now))
        assert answer.outcome is expected

    @rule(job_id=made)
    def cancellation_shown(self, job_id: str) -> None:
        self.model.cancellation_shown(job_id)
        self.run(self.jobs.cancellation_shown(job_id, now=self.now))

    @rule(job_id=made)
    def withdraw(self, job_id: str) -> None:
        self.model.withdraw(job_id, self.now)
        self.run(self.jobs.withdraw(job_id, now=self.now))

    # time

    @rule(seconds=st.sampled_from(STEPS_S))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def expire(self) -> None:
        assert self.run(self.jobs.expire(now=self.now)) == self.model.expire(self.now)

    # a worker

    @rule(target=leases, worker=st.sampled_from(["north", "south"]), ceiling=st.sampled_from(CEILINGS))
    def claim(self, worker: str, ceiling: Rule) -> Any:
        """What was accepted is never denied under the same limits, and always where nothing is allowed."""
        due = self.model.due(self.now)
        job: Job | None = self.run(self.jobs.claim(worker, ceiling, now=self.now, lease_s=LEASE_S))
        if job is None:
            assert not due
            return NOTHING
        assert job.id in due
        self.model.claim(job.id, self.now, is_allowed=ceiling is CEILING)
        return Lease(job_id=job.id, attempt=job.attempt, worker=worker)

    @rule(leases=st.lists(leases, max_size=3))
    def keep(self, leases: list[Lease]) -> None:
        held = {lease.job_id for lease in leases if self.model.holds(lease.job_id, lease.attempt)}
        assert self.run(self.jobs.renew_leases(leases, now=self.now, lease_s=LEASE_S)) == held
        for job_id in held:
            if not self.model.jobs[job_id].is_handed_back:
                self.model.jobs[job_id].lease_until = self.now + timedelta(seconds=LEASE_S)

    @rule(lease=leases)
    def hand_back(self, lease: Lease) -> None:
        if self.model.holds(lease.job_id, lease.attempt):
            self.model.jobs[lease.job_id].lease_until = self.now
            self.model.jobs[lease.job_id].is_handed_back = True
        self.run(self.jobs.hand_back(lease, now=self.now))

    @rule(lease=leases, index=st.integers(0, 3))
    def begin_call(self, lease: Lease, index: int) -> None:
        self.calls_begun += 1
        name = f"call{self.calls_begun}"
        allowed = self.model.may_call(lease.job_id, lease.attempt, index, self.now)
        begun = self.jobs.begin_call(lease, index, request_id=name, estimate_micro_usd=PRICE, now=self.now)
        self.expect(allowed, begun)
        if allowed:
            self.model.begin_call(lease.job_id, index, name)

    @precondition(lambda self: self.model.calls)
    @rule(data=st.data(), charge=st.sampled_from(Charge), cost=COSTS)
    def end_call(self, data: st.DataObject, charge: Charge, cost: int | None) -> None:
        self._end(data.draw(st.sampled_from(sorted(self.model.calls))), charge, cost)

    def _end(self, name: str, charge: Charge, cost: int | None) -> None:
        """Of a call nobody began, nothing is known."""
        if name in self.model.calls:
            self.model.end_call(name, charge, cost)
        self.run(self.jobs.end_call(name, charge=charge, cost_micro_usd=cost, now=self.now))

    @rule(lease=leases, index=st.integers(0, 3))
    def render_waits(self, lease: Lease, index: int) -> None:
        self._paint(lease, index, RenderStage.WAITING, self.jobs.render_waits(lease, index))

    @rule(lease=leases, index=st.integers(0, 3), cost=COSTS)
    def render_done(self, lease: Lease, index: int, cost: int | None) -> None:
        all_renders = self.model.jobs[lease.job_id].renders
        name = all_renders[index].request_id if index < len(all_renders) else None
        done = self.jobs.render_done(
            lease,
            index,
            request_id=name or "never-begun",
            raw_key="raw",
            revised_prompt=None,
            cost_micro_usd=cost,
            now=self.now,
        )
        if self._paint(lease, index, RenderStage.RENDERED, done) and name is not None:
            self.model.end_call(name, Charge.CHARGED, cost)

    @rule(lease=leases, index=st.integers(0, 3))
    def render_packed(self, lease: Lease, index: int) -> None:
        packed = self.jobs.render_packed(lease, index, packed_as(lease.job_id, index))
        self._paint(lease, index, RenderStage.PACKAGED, packed)

    @rule(lease=leases, index=st.integers(0, 3), refused=st.booleans())
    def render_failed(self, lease: Lease, index: int, refused: bool) -> None:
        failed = self.jobs.render_failed(lease, index, FAILURES[refused], now=self.now)
        if self._paint(lease, index, RenderStage.FAILED, failed):
            self.model.jobs[lease.job_id].renders[index].refused = refused

    @rule(lease=leases, index=st.integers(0, 3))
    def paint(self, lease: Lease, index: int) -> None:
        """The whole way at once, so that pictures are not rare."""
        self.begin_call(lease, index)
        self.render_done(lease, index, None)
        self.render_packed(lease, index)

    @rule(target=leases, charge=st.sampled_from(Charge), cost=COSTS)
    def claim_and_paint(self, charge: Charge, cost: int | None) -> Any:
        """From the line to the first picture, after a call that ended in some way."""
        lease = self.claim("north", CEILING)
        if lease is not NOTHING:
            self.begin_call(lease, 0)
            self._end(f"call{self.calls_begun}", charge, cost)
            self.render_waits(lease, 0)
            self.paint(lease, 0)
        return lease

    def _paint(self, lease: Lease, index: int, to: RenderStage, work: Awaitable[Any]) -> bool:
        allowed = self.model.may_paint(lease.job_id, lease.attempt, index, to)
        self.expect(allowed, work)
        if allowed:
            self.model.jobs[lease.job_id].renders[index].stage = to
        return allowed

    @rule(lease=leases)
    def finish_rendering(self, lease: Lease) -> None:
        allowed = self.model.holds(lease.job_id, lease.attempt, JobState.RENDERING)
        self.expect(allowed, self.jobs.finish_rendering(lease, {}, now=self.now))
        if allowed:
            self.model.finish(lease.job_id)

    @rule(lease=leases)
    def deliver(self, lease: Lease) -> None:
        allowed = self.model.holds(lease.job_id, lease.attempt, JobState.DELIVERING, *TERMINAL)
        self.expect(allowed, self.jobs.deliver(lease, card_id=None, pinged=True, now=self.now))
        if allowed:
            self.model.deliver(lease.job_id, self.now)

    @rule(lease=leases)
    def undeliverable(self, lease: Lease) -> None:
        states = set(JobState) - {JobState.QUEUED, JobState.DONE}
        allowed = self.model.holds(lease.job_id, lease.attempt, *states)
        self.expect(allowed, self.jobs.undeliverable(lease, now=self.now))
        if allowed:
            self.model.undeliverable(lease.job_id)

    # what holds after each step

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        seen, spend, people, servers = self.run(self.store.tx(self._look))
        self._is_as_the_model(seen)
        assert spend.micro_usd == self.model.spent
        uncertain = [call for call in self.model.calls.values() if call.charge in {"open", "unknown"}]
        assert spend.uncertain_calls == len(uncertain)
        assert people == servers == self.model.spent

    @staticmethod
    def _look(conn: Connection) -> tuple[dict[str, Any], SpendReport, int, int]:
        """Rows, what was spent in all by the calls, and by the sums of people and of servers."""
        return (snapshot(conn), spend_of(conn, since=NOW - LONG, until=NOW + LONG), *spent_in_all(conn))

    def _is_as_the_model(self, seen: dict[str, Any]) -> None:
        model = self.model.jobs
        assert seen["jobs"] == {
            job_id: (job.state, job.attempt, job.is_shown, job.has_token) for job_id, job in model.items()
        }
        assert seen["renders"] == {
            (job_id, index): (render.stage, render.request_id, render.tries, render.reruns)
            for job_id, job in model.items()
            for index, render in enumerate(job.renders)
        }
        assert {job_id: images for job_id, (images, _) in seen["images"].items()} == {
            job_id: job.images for job_id, job in model.items()
        }
        assert seen["calls"] == {
            name: (call.job_id, call.charge, call.cost) for name, call in self.model.calls.items()
        }
        self._only_legal_moves({job_id: row[0] for job_id, row in seen["jobs"].items()})

    def _only_legal_moves(self, states: dict[str, JobState]) -> None:
        for job_id, before in self.states_before.items():
            assert states[job_id] is before or states[job_id] in MOVES[before]
        self.states_before = states

    @invariant()
    def nobody_is_over_the_limit_and_who_is_over_holds_only_what_was_painted(self) -> None:
        for user_id in PEOPLE:
            assert self.model.images(user_id, self.now) <= IMAGES_PER_DAY
        for job in self.model.jobs.values():
            if job.state is JobState.DONE:
                assert job.images == job.painted
            elif job.state in TERMINAL:
                assert job.images in {0, job.painted}


@pytest.mark.timeout(180)
def test_any_sequence_of_calls_leaves_the_store_as_the_model(database: Database) -> None:
    class Machine(JobStoreMachine):
        pass

    with asyncio.Runner() as runner:
        Machine.runner, Machine.store = runner, open_store(database.url)
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis leaves it untyped
                Machine,
                settings=settings(
                    max_examples=20 if database.kind == "sqlite" else 6,
                    stateful_step_count=40,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
                ),
            )
        finally:
            runner.run(Machine.store.close())
