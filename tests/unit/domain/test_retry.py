from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    BadBase64Error,
    BadKeyError,
    Charge,
    FixRequestError,
    GarbageAnswerError,
    InputProblem,
    InputSubject,
    ItemFailedError,
    ModelGoneError,
    NoAnswerError,
    NotAPictureError,
    NotAVideoError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    ResultFetchError,
    ServerFaultError,
    SlowDownError,
    Trouble,
    TryAgainError,
)
from bot.domain.retry import (
    BACKOFF_S,
    MAX_FAULTS_ALONE,
    MAX_RERUNS,
    MAX_TRIES,
    MAX_WAIT_S,
    GiveUp,
    LookUp,
    Rerun,
    Retry,
    RetryDecision,
    after_look_up,
    decide_retry,
    may_be_objection,
)
from tests.tables import each_case

UNCERTAIN: list[type[OutcomeUnknownError]] = [
    NoAnswerError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    AnswerNotJsonError,
    AnswerEmptyError,
    BadBase64Error,
    NotAPictureError,
    NotAVideoError,
    ResultFetchError,
    GarbageAnswerError,
]
PASSING: list[type[TryAgainError]] = [TryAgainError, ServerFaultError, ItemFailedError]
FINAL: list[Callable[[], ProviderError]] = [
    lambda: RefusedError("no"),
    lambda: OutOfCreditError("403"),
    lambda: BadKeyError("401"),
    lambda: FixRequestError("400"),
    lambda: ModelGoneError("404"),
    lambda: RejectedInputError("400", subject=InputSubject.PROMPT, problem=InputProblem.OTHER),
    lambda: ProviderError("?"),
]


HISTORIES = [*product(range(1, MAX_TRIES + 1), range(MAX_RERUNS + 1))]  # tries and reruns so far


def all_errors(kind: type[ProviderError] = ProviderError) -> set[type[ProviderError]]:
    return {kind}.union(*(all_errors(below) for below in kind.__subclasses__()))


def code(decision: RetryDecision) -> str | None:
    return decision.failure.code if isinstance(decision, GiveUp) else None


def test_every_error_there_is_stands_in_one_of_the_tables_below() -> None:
    known = {*UNCERTAIN, *PASSING, SlowDownError, OutcomeUnknownError, *(type(make()) for make in FINAL)}

    assert {kind for kind in all_errors() if kind.__module__.startswith("bot.")} == known


@each_case(
    ("error", "kind", "name"),
    [
        (OutOfCreditError("403"), FailureKind.CREDIT, "out_of_credit"),
        (BadKeyError("401"), FailureKind.FAULT, "bad_key"),
        (FixRequestError("400"), FailureKind.FAULT, "bad_request"),
        (ModelGoneError("404"), FailureKind.FAULT, "model_gone"),
        (ProviderError("?"), FailureKind.FAULT, "provider_fault"),
        *(
            (RefusedError("no", subject=subject), FailureKind.REFUSED, f"refused_{subject.value}")
            for subject in RefusedSubject
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_final_no_is_never_repeated(error: ProviderError, kind: FailureKind, name: str) -> None:
    for tries, reruns in HISTORIES:
        decision = decide_retry(error, tries=tries, reruns=reruns)

        assert isinstance(decision, GiveUp)
        assert (decision.failure.kind, decision.failure.code) == (kind, name)


@each_case(
    ("subject", "problem", "index", "name", "shown"),
    [
        (InputSubject.PROMPT, InputProblem.TOO_LONG, None, "rejected_prompt_length", None),
        (InputSubject.PROMPT, InputProblem.TOO_LARGE, None, "rejected_prompt_length", None),
        (InputSubject.PROMPT, InputProblem.OTHER, None, "rejected_prompt", None),
        (InputSubject.REFERENCE, InputProblem.RATIO, 2, "rejected_reference_ratio", "image3"),
        (InputSubject.REFERENCE, InputProblem.UNREADABLE, 0, "rejected_reference_unreadable", "image"),
        (InputSubject.REFERENCE, InputProblem.TOO_LARGE, None, "rejected_reference_large", None),
        (InputSubject.REFERENCE, InputProblem.TOO_SMALL, 1, "rejected_reference_small", "image2"),
        (InputSubject.REFERENCE, InputProblem.OTHER, None, "rejected_reference", None),
        (InputSubject.REFERENCE, InputProblem.TOO_LONG, None, "rejected_reference", None),
    ],
)
def test_what_the_provider_cannot_use_keeps_its_subject(
    subject: InputSubject, problem: InputProblem, index: int | None, name: str, shown: str | None
) -> None:
    decision = decide_retry(
        RejectedInputError("400", subject=subject, problem=problem, index=index), tries=1, reruns=0
    )

    assert decision == GiveUp(Failure(kind=FailureKind.CHECK, code=FailureCode(name), subject=shown))


def test_the_operator_learns_the_balance_and_which_models_there_are() -> None:
    credit = decide_retry(OutOfCreditError("403", balance_micro_usd=12_000), tries=1, reruns=0)
    gone = decide_retry(ModelGoneError("404", model="a/b-4", alike=("a/b-5", "a/b-6")), tries=1, reruns=0)

    assert isinstance(credit, GiveUp)
    assert isinstance(gone, GiveUp)
    assert credit.failure.subject == "12000"
    assert gone.failure.subject == "a/b-4 a/b-5 a/b-6"


def test_answers_of_no_use_can_be_told_from_silence() -> None:
    assert all_errors(GarbageAnswerError) == {
        GarbageAnswerError, AnswerTooLargeError, AnswerTruncatedError, AnswerNotJsonError,
        AnswerEmptyError, BadBase64Error, NotAPictureError, NotAVideoError,
    }  # fmt: skip


@each_case("error_type", PASSING)
@each_case("tries", range(1, MAX_TRIES))
def test_a_passing_fault_is_repeated_after_a_growing_pause(
    error_type: type[ProviderError], tries: int
) -> None:
    assert decide_retry(error_type("500"), tries=tries, reruns=0) == Retry(BACKOFF_S[tries - 1])


@each_case("error_type", [*PASSING, SlowDownError])
def test_the_last_try_is_the_last(error_type: type[ProviderError]) -> None:
    assert isinstance(decide_retry(error_type("500"), tries=MAX_TRIES, reruns=0), GiveUp)


@each_case("error_type", [*UNCERTAIN, *PASSING])
def test_an_unknown_outcome_is_looked_up_before_anything_else(error_type: type[ProviderError]) -> None:
    error = error_type("?", charge=Charge.UNKNOWN)

    assert [decide_retry(error, tries=tries, reruns=reruns) for tries, reruns in HISTORIES] == [
        LookUp() for _ in HISTORIES
    ]


@each_case(
    ("tries", "reruns", "expected"),
    [(1, 0, None), (3, 0, None), (2, 1, "answer_lost"), (4, 0, "answer_lost")],
)
def test_a_charged_call_without_a_picture_is_repeated_once_and_needs_no_look_up(
    tries: int, reruns: int, expected: str | None
) -> None:
    for error_type in (*UNCERTAIN, *PASSING):
        decision = decide_retry(error_type("?", charge=Charge.CHARGED), tries=tries, reruns=reruns)

        assert code(decision) == expected, error_type
        assert expected is not None or decision == Rerun(), error_type


@each_case("error_type", UNCERTAIN)
def test_an_uncertain_call_known_to_be_free_is_a_passing_fault(error_type: type[ProviderError]) -> None:
    decision = decide_retry(error_type("?", charge=Charge.FREE), tries=1, reruns=0)

    assert decision == Retry(BACKOFF_S[0])


@each_case("charge", [Charge.CHARGED, Charge.UNKNOWN])
@each_case(
    ("tries", "reruns", "expected"),
    [(1, 0, True), (3, 0, True), (4, 0, False), (2, 1, False), (4, 1, False)],
)
def test_what_the_log_cannot_clear_is_repeated_once_and_told_as_what_is_known(
    charge: Charge, tries: int, reruns: int, expected: bool
) -> None:
    decision = after_look_up(charge, tries=tries, reruns=reruns)

    if expected:
        assert decision == Rerun()
    else:
        assert code(decision) == ("answer_lost" if charge is Charge.CHARGED else "outcome_unknown")


@each_case("reruns", range(MAX_RERUNS + 1))
def test_what_the_log_says_was_free_is_repeated_at_once(reruns: int) -> None:
    assert after_look_up(Charge.FREE, tries=1, reruns=reruns) == Retry(0.0)
    assert code(after_look_up(Charge.FREE, tries=MAX_TRIES, reruns=reruns)) == "provider_down"


@each_case(
    ("asked_s", "expected_s"),
    [
        (None, 1.0),
        (0.0, 0.0),
        (-5.0, 0.0),
        (0.2, 1.0),  # no sooner than our own pause
        (17.0, 17.0),
        (MAX_WAIT_S, MAX_WAIT_S),
    ],
)
def test_a_rate_limit_is_waited_for_as_long_as_it_says(asked_s: float | None, expected_s: float) -> None:
    assert decide_retry(SlowDownError("429", retry_after_s=asked_s), tries=1, reruns=0) == Retry(expected_s)


@each_case("asked_s", [MAX_WAIT_S + 0.1, 3600.0, float("inf")])
def test_a_rate_limit_longer_than_anybody_waits_is_told_at_once(asked_s: float) -> None:
    decision = decide_retry(SlowDownError("429", retry_after_s=asked_s), tries=1, reruns=0)

    assert isinstance(decision, GiveUp)
    assert (decision.failure.kind, decision.failure.code) == (FailureKind.BUSY, "slow_down")


def any_error(kind: Callable[..., ProviderError], charge: Charge) -> ProviderError:
    return kind("?", charge=charge)


def slow_down(after_s: float | None) -> ProviderError:
    return SlowDownError("429", retry_after_s=after_s)


errors = st.one_of(
    st.builds(any_error, st.sampled_from([*UNCERTAIN, *PASSING]), st.sampled_from(Charge)),
    st.builds(slow_down, st.none() | st.floats(-10, 100)),
    st.sampled_from(FINAL).map(lambda make: make()),
)
fates = st.sampled_from(Charge)


@given(st.lists(st.tuples(errors, fates), min_size=MAX_TRIES + 1, max_size=12))
def test_whatever_goes_wrong_it_ends_and_pays_at_most_once_more(
    answers: list[tuple[ProviderError, Charge]],
) -> None:
    """Play the decisions as a worker does, with a provider that never brings a picture."""
    tries = reruns = maybe_charged = 0
    for error, fate in answers:
        tries += 1
        charge = error.charge
        decision = decide_retry(error, tries=tries, reruns=reruns)
        if decision == LookUp():
            charge = fate
            decision = after_look_up(charge, tries=tries, reruns=reruns)
        maybe_charged += charge is not Charge.FREE
        if isinstance(decision, GiveUp):
            break
        assert isinstance(decision, Retry | Rerun)
        assert isinstance(decision, Rerun) is (charge is not Charge.FREE)
        reruns += isinstance(decision, Rerun)
        if isinstance(decision, Retry):
            assert 0 <= decision.delay_s <= MAX_WAIT_S
    else:
        pytest.fail("nobody gave up")

    assert tries <= MAX_TRIES
    assert reruns <= MAX_RERUNS
    assert maybe_charged <= MAX_RERUNS + 1


@each_case("kind", PASSING)
@each_case("trouble", list(Trouble))
def test_while_calls_wait_for_everybody_a_fault_uses_up_no_try(
    kind: type[TryAgainError], trouble: Trouble
) -> None:
    for tries, reruns in HISTORIES:
        assert decide_retry(kind("500"), tries=tries, reruns=reruns, trouble=trouble) == Retry(0.0)
        assert after_look_up(Charge.FREE, tries=tries, reruns=reruns, trouble=trouble) == Retry(0.0)


@each_case("charge", [Charge.CHARGED, Charge.UNKNOWN])
def test_nothing_is_paid_for_again_while_answers_are_garbage_for_everybody(charge: Charge) -> None:
    decision = after_look_up(charge, tries=1, reruns=0, trouble=Trouble.GARBAGE)

    assert code(decision) == FailureCode.ANSWERS_UNUSABLE
    assert after_look_up(charge, tries=1, reruns=0, trouble=Trouble.FAULTS) == Rerun()


def test_what_the_provider_may_object_to_is_asked_for_three_times() -> None:
    fault = ServerFaultError("500")

    assert not may_be_objection(fault, tries=MAX_FAULTS_ALONE - 1)
    assert may_be_objection(fault, tries=MAX_FAULTS_ALONE)
    assert not may_be_objection(ServerFaultError("500", charge=Charge.UNKNOWN), tries=MAX_FAULTS_ALONE)
    assert not may_be_objection(TryAgainError("no connection"), tries=MAX_FAULTS_ALONE)
