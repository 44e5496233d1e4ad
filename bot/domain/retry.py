"""Decide what to do after a call without a picture: a pure function of the error and the earlier tries.

A call that was not charged may be repeated. One whose outcome is unknown is first looked up; one that was charged and
whose answer is lost, or that stays unknown, is repeated once at most, and the money of both calls is on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.provider import (
    BadKeyError,
    Charge,
    FixRequestError,
    InputProblem,
    InputSubject,
    ModelGoneError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    ServerFaultError,
    SlowDownError,
    Trouble,
    TryAgainError,
)
from bot.domain.references import option_name

MAX_TRIES: Final = 4  # calls for one picture, whatever happens
MAX_RERUNS: Final = 1  # calls among them that follow one that may have been charged
MAX_FAULTS_ALONE: Final = 3  # of the API itself, at one picture while others are made
BACKOFF_S: Final = (1.0, 4.0, 10.0)
MAX_WAIT_S: Final = 60.0  # a person who reads "painting" waits no longer than this for a rate limit


@dataclass(frozen=True, slots=True)
class Retry:
    """Call again after `delay_s` seconds. Nothing was charged."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Rerun:
    """Call again, once, although the last call was or may have been charged."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Look up the outcome of the call in the provider's request log, then decide with it."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """End the render without a picture, with this reason."""

    failure: Failure


RetryDecision = Retry | Rerun | LookUp | GiveUp


def may_be_objection(error: ProviderError, *, tries: int) -> bool:
    """Return whether the provider may object to the prompt, if it makes other pictures meanwhile."""
    return isinstance(error, ServerFaultError) and error.charge is Charge.FREE and tries >= MAX_FAULTS_ALONE


def decide_retry(
    error: ProviderError, *, tries: int, reruns: int, trouble: Trouble | None = None
) -> RetryDecision:
    """Return what to do about `error`, after `tries` calls of which `reruns` repeated one that may have been charged.

    With a `trouble`, everybody's calls wait: faults that cost nothing then use up no tries.
    """
    match error:
        case RefusedError(subject=subject):
            return GiveUp(Failure(kind=FailureKind.REFUSED, code=_refused_code(subject)))
        case OutOfCreditError(balance_micro_usd=left):
            subject = None if left is None else str(left)
            return GiveUp(Failure(kind=FailureKind.CREDIT, code=FailureCode.OUT_OF_CREDIT, subject=subject))
        case BadKeyError():
            return GiveUp(Failure(kind=FailureKind.FAULT, code=FailureCode.BAD_KEY))
        case RejectedInputError():
            return GiveUp(_rejected(error))
        case ModelGoneError(model=model, alike=alike):
            subject = " ".join((model, *alike)) or None
            return GiveUp(Failure(kind=FailureKind.FAULT, code=FailureCode.MODEL_GONE, subject=subject))
        case FixRequestError():
            return GiveUp(Failure(kind=FailureKind.FAULT, code=FailureCode.BAD_REQUEST))
        case SlowDownError(retry_after_s=asked_s):
            return _wait_or_give_up(
                tries, asked_s, Failure(kind=FailureKind.BUSY, code=FailureCode.SLOW_DOWN)
            )
        case OutcomeUnknownError() | TryAgainError() if error.charge is not Charge.FREE:
            is_known = error.charge is not Charge.UNKNOWN
            return after_look_up(error.charge, tries=tries, reruns=reruns, is_known=is_known, trouble=trouble)
        case TryAgainError() | OutcomeUnknownError() if trouble is not None:
            return Retry(0.0)
        case TryAgainError() | OutcomeUnknownError():
            return _wait_or_give_up(
                tries, None, Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)
            )
        case _:
            return GiveUp(Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_FAULT))


def after_look_up(
    charge: Charge, *, tries: int, reruns: int, is_known: bool = True, trouble: Trouble | None = None
) -> RetryDecision:
    """Return what to do about a call that brought no picture and cost `charge`.

    With `is_known` False the charge is not known, and nobody has asked the provider yet: the answer is `LookUp`.
    Nothing is paid for again while the provider's answers are garbage for everybody.
    """
    if not is_known:
        return LookUp()
    if charge is Charge.FREE and trouble is not None:
        return Retry(0.0)
    if charge is Charge.FREE:
        return _wait_or_give_up(tries, 0.0, Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN))
    if trouble is Trouble.GARBAGE:
        return GiveUp(Failure(kind=FailureKind.FAULT, code=FailureCode.ANSWERS_UNUSABLE))
    if reruns < MAX_RERUNS and tries < MAX_TRIES:
        return Rerun()
    code = FailureCode.ANSWER_LOST if charge is Charge.CHARGED else FailureCode.OUTCOME_UNKNOWN
    return GiveUp(Failure(kind=FailureKind.FAULT, code=code))


def _wait_or_give_up(tries: int, asked_s: float | None, failure: Failure) -> RetryDecision:
    if tries >= MAX_TRIES:
        return GiveUp(failure)
    delay_s = BACKOFF_S[min(max(tries, 1), len(BACKOFF_S)) - 1]
    if asked_s is not None:
        delay_s = max(asked_s, delay_s) if asked_s > 0 else 0.0
    return GiveUp(failure) if delay_s > MAX_WAIT_S else Retry(delay_s)


def _refused_code(subject: RefusedSubject) -> FailureCode:
    match subject:
        case RefusedSubject.PROMPT:
            return FailureCode.REFUSED_PROMPT
        case RefusedSubject.REFERENCE:
            return FailureCode.REFUSED_REFERENCE
        case RefusedSubject.REAL_PERSON:
            return FailureCode.REFUSED_REAL_PERSON
        case RefusedSubject.RESULT:
            return FailureCode.REFUSED_RESULT
        case RefusedSubject.UNKNOWN:
            return FailureCode.REFUSED_UNKNOWN


def _rejected(error: RejectedInputError) -> Failure:
    if error.subject is InputSubject.PROMPT:
        is_long = error.problem in {InputProblem.TOO_LONG, InputProblem.TOO_LARGE}
        code = FailureCode.REJECTED_PROMPT_LENGTH if is_long else FailureCode.REJECTED_PROMPT
        return Failure(kind=FailureKind.CHECK, code=code)
    name = None if error.index is None else option_name(error.index + 1)
    return Failure(kind=FailureKind.CHECK, code=_reference_code(error.problem), subject=name)


def _reference_code(problem: InputProblem) -> FailureCode:
    match problem:
        case InputProblem.RATIO:
            return FailureCode.REJECTED_REFERENCE_RATIO
        case InputProblem.UNREADABLE:
            return FailureCode.REJECTED_REFERENCE_UNREADABLE
        case InputProblem.TOO_LARGE:
            return FailureCode.REJECTED_REFERENCE_LARGE
        case InputProblem.TOO_SMALL:
            return FailureCode.REJECTED_REFERENCE_SMALL
        case InputProblem.TOO_LONG | InputProblem.OTHER:
            return FailureCode.REJECTED_REFERENCE
