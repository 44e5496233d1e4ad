"""The circuit breaker before the provider: after faults no call is made until a free question and one trial succeed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.provider import (
    BadKeyError,
    Balance,
    FixRequestError,
    GarbageAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
    Trouble,
)

MAX_FAULTS: Final = 5  # in a row, and not all of one job: its prompt may be what fails
MAX_GARBAGE: Final = 3  # answers in a row, over all jobs: each may have been paid for
TRIAL_S: Final = 300.0  # a trial that takes longer lost its worker
TURN_S: Final = 5.0  # for which the job of a failed trial lets another one try
HURRY_S: Final = 1.0  # until a probe, once somebody asks for a picture
PROBES_A_TRIAL: Final = 10  # after this many probes one call is tried even if the account agrees
PROBE_S: Final = 30.0  # a probe that takes longer lost its worker


class CallOutcome(StrEnum):
    """What a call shows about the provider, whatever it brought to the job."""

    WELL = "well"  # it works: a picture, or a considered no
    BUSY = "busy"
    FAULT = "fault"
    NO_CREDIT = "no_credit"
    BAD_KEY = "bad_key"
    GARBAGE = "garbage"


_DELAYS_S: Final = {  # until the first probe; doubled after each, up to the second figure
    Trouble.FAULTS: (2.0, 30.0),
    Trouble.NO_CREDIT: (2.0, 30.0),
    Trouble.BAD_KEY: (2.0, 30.0),
    Trouble.GARBAGE: (30.0, 300.0),  # its trials cost money
}
_TROUBLES: Final = {CallOutcome.NO_CREDIT: Trouble.NO_CREDIT, CallOutcome.BAD_KEY: Trouble.BAD_KEY}
_FAILURES: Final = {
    Trouble.FAULTS: Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN),
    Trouble.NO_CREDIT: Failure(kind=FailureKind.CREDIT, code=FailureCode.OUT_OF_CREDIT),
    Trouble.BAD_KEY: Failure(kind=FailureKind.FAULT, code=FailureCode.BAD_KEY),
    Trouble.GARBAGE: Failure(kind=FailureKind.FAULT, code=FailureCode.ANSWERS_UNUSABLE),
}


def outcome_of(error: ProviderError | None) -> CallOutcome:
    """Return what a call that ended with `error`, None for a picture, shows about the provider."""
    match error:
        case None | RefusedError() | FixRequestError():
            return CallOutcome.WELL
        case SlowDownError():
            return CallOutcome.BUSY
        case OutOfCreditError():
            return CallOutcome.NO_CREDIT
        case BadKeyError():
            return CallOutcome.BAD_KEY
        case GarbageAnswerError():
            return CallOutcome.GARBAGE
        case _:
            return CallOutcome.FAULT


def trouble_of(error: ProviderError) -> Trouble | None:
    """Return the trouble that one call which ended with `error` is enough to announce; None where there is none."""
    return _TROUBLES.get(outcome_of(error))


def failure_of(trouble: Trouble) -> Failure:
    """Return the failure of a render that cannot wait any longer for this trouble to end."""
    return _FAILURES[trouble]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The circuit of all workers. `trouble` None is closed: calls are made.

    Open, a worker asks for the balance at `probe_at`. If that does not speak against it the circuit is half open since
    `half_open_at`, and one call, the `trial`, is let through. `is_told` says that operators were told of this trouble.
    """

    faults: int = 0  # in a row
    garbage: int = 0  # answers without a good one between
    first_job: str | None = None  # of the faults in a row
    is_shared: bool = False  # whether another job had one of them
    trouble: Trouble | None = None
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    probes: int = 0  # and trials that met the trouble again
    half_open_at: datetime | None = None
    trial: str | None = None  # a request id
    trial_until: datetime | None = None
    failed_job: str | None = None  # of the last trial
    is_told: bool = False

    def lets_through(self, job_id: str | None, now: datetime) -> bool:
        """Return whether a call for this job, None for any job, may begin now."""
        if self.trouble is None:
            return True
        if self.half_open_at is None or _is_between(now, self.trial_until, TRIAL_S):
            return False
        turn_until = self.half_open_at + timedelta(seconds=TURN_S)
        return job_id is None or job_id != self.failed_job or not _is_between(now, turn_until, TURN_S)

    def is_probe_due(self, now: datetime) -> bool:
        """Return whether a worker should ask for the balance now."""
        longest_s = max(longest_s for _first_s, longest_s in _DELAYS_S.values())
        return (
            self.trouble is not None
            and self.half_open_at is None
            and not _is_between(now, self.probe_at, longest_s)
        )

    @property
    def deserves_alert(self) -> bool:
        """Whether people should be told: of faults only once a probe or a trial has met them again."""
        if self.trouble is not Trouble.FAULTS:
            return self.trouble is not None
        return self.failed_job is not None or (self.probes > 0 and self.half_open_at is None)


def _is_between(now: datetime, until: datetime | None, longest_s: float) -> bool:
    """Return whether `until` is to come. Further away than it can be, a clock that was ahead has written it."""
    return until is not None and now < until <= now + timedelta(seconds=longest_s)


def told(circuit: Circuit) -> Circuit:
    """Return the circuit once its trouble was announced."""
    return replace(circuit, is_told=circuit.trouble is not None)


def hurry(circuit: Circuit, now: datetime) -> Circuit:
    """Return the circuit with its next probe brought forward: the operator may just have fixed the cause."""
    if circuit.trouble not in {Trouble.NO_CREDIT, Trouble.BAD_KEY} or circuit.half_open_at is not None:
        return circuit
    soon = now + timedelta(seconds=HURRY_S)
    return replace(circuit, probe_at=min(circuit.probe_at or soon, soon))


def begin_trial(circuit: Circuit, request_id: str, now: datetime) -> Circuit:
    """Return a half-open circuit whose one call has begun; a closed one as it is."""
    if circuit.trouble is None:
        return circuit
    return replace(circuit, trial=request_id, trial_until=now + timedelta(seconds=TRIAL_S))


def begin_probe(circuit: Circuit, now: datetime) -> Circuit:
    """Return the circuit while one worker asks for the balance, so that no other does."""
    return replace(circuit, probe_at=now + timedelta(seconds=PROBE_S))


def end_probe(circuit: Circuit, balance: Balance | None, *, price_micro_usd: int, now: datetime) -> Circuit:
    """Return the circuit after a probe. `balance` is None if the provider did not answer; it may never answer."""
    if circuit.trouble is None or circuit.half_open_at is not None:
        return circuit
    is_held_back = (circuit.probes + 1) % PROBES_A_TRIAL != 0
    if _agrees(circuit.trouble, balance, price_micro_usd) and is_held_back:
        return _stays_open(circuit, circuit.trouble, now)
    if circuit.probes == 0 and (balance is None or balance.micro_usd is None):
        return _stays_open(circuit, circuit.trouble, now)
    return replace(circuit, half_open_at=now, trial=None, trial_until=None)


def _agrees(trouble: Trouble, balance: Balance | None, price_micro_usd: int) -> bool:
    """Return whether the account says the same as the call that opened the circuit.

    Alone it proves nothing: a key may have no right to ask, and not every account pays from its balance.
    """
    if balance is None:
        return False
    if trouble is Trouble.BAD_KEY:
        return balance.is_key_refused
    is_empty = balance.micro_usd is not None and balance.micro_usd < price_micro_usd
    return trouble is Trouble.NO_CREDIT and is_empty


def restart(circuit: Circuit, now: datetime) -> Circuit:
    """Return the circuit as a worker that starts leaves it: with another key or more credit, perhaps."""
    if circuit.trouble is None:
        return circuit
    return replace(circuit, half_open_at=None, trial=None, trial_until=None, probe_at=now)


def record(
    circuit: Circuit, outcome: CallOutcome, *, job_id: str, request_id: str, began_at: datetime, now: datetime
) -> Circuit:
    """Return the circuit after a call that began at `began_at` has ended."""
    is_trial = circuit.trial == request_id
    if outcome is CallOutcome.WELL:
        is_news = circuit.opened_at is None or is_trial or began_at >= circuit.opened_at
        return Circuit() if is_news else circuit
    if outcome is CallOutcome.BUSY:
        return replace(circuit, trial=None, trial_until=None) if is_trial else circuit
    if outcome is CallOutcome.GARBAGE:
        circuit = replace(circuit, garbage=circuit.garbage + 1)
    if outcome in {CallOutcome.FAULT, CallOutcome.GARBAGE}:
        is_shared = circuit.is_shared or circuit.first_job not in {None, job_id}
        first_job = circuit.first_job or job_id
        circuit = replace(circuit, faults=circuit.faults + 1, first_job=first_job, is_shared=is_shared)
    trouble = _TROUBLES.get(outcome)
    if trouble is None and circuit.garbage >= MAX_GARBAGE:
        trouble = Trouble.GARBAGE
    if trouble is None and circuit.faults >= MAX_FAULTS and circuit.is_shared:
        trouble = Trouble.FAULTS
    if is_trial and circuit.trouble is not None:
        is_fault = outcome in {CallOutcome.FAULT, CallOutcome.GARBAGE}
        trouble = trouble or (Trouble.FAULTS if is_fault else circuit.trouble)
        return _stays_open(replace(circuit, failed_job=job_id), trouble, now)
    if circuit.trouble is not None or trouble is None:
        return circuit
    return _opened(circuit, trouble, now)


def end(circuit: Circuit, trouble: Trouble) -> Circuit:
    """Return the circuit once this trouble is known to be over, without a trial; one with another trouble as it is."""
    return Circuit() if circuit.trouble is trouble else circuit


def _opened(circuit: Circuit, trouble: Trouble, now: datetime) -> Circuit:
    first_s, _longest_s = _DELAYS_S[trouble]
    return replace(
        circuit, trouble=trouble, opened_at=now, probe_at=now + timedelta(seconds=first_s), probes=0
    )


def _stays_open(circuit: Circuit, trouble: Trouble, now: datetime) -> Circuit:
    """Return the circuit open, with the next probe twice as late, starting over if the trouble differs."""
    first_s, longest_s = _DELAYS_S[trouble]
    is_told = circuit.is_told and trouble is circuit.trouble
    probes = circuit.probes + 1 if trouble is circuit.trouble else 1
    delay_s = min(first_s * 2.0 ** min(probes, 16), longest_s)
    return replace(
        circuit,
        trouble=trouble,
        is_told=is_told,
        probes=probes,
        probe_at=now + timedelta(seconds=delay_s),
        half_open_at=None,
        trial=None,
        trial_until=None,
    )
