from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain import circuit as turns
from bot.domain.circuit import MAX_FAULTS, MAX_GARBAGE, TRIAL_S, TURN_S, CallOutcome, Circuit, outcome_of
from bot.domain.provider import (
    AnswerEmptyError,
    BadKeyError,
    Balance,
    FixRequestError,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    ResultFetchError,
    SlowDownError,
    Trouble,
    TryAgainError,
)
from tests.tables import each_case

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRICE = 42_000
ENOUGH = Balance(micro_usd=1_000_000)


def after(s: float) -> datetime:
    return NOW + timedelta(seconds=s)


def told(circuit: Circuit, *outcomes: CallOutcome, jobs: str = "ab", at: datetime = NOW) -> Circuit:
    """The circuit after calls of these jobs in turn, none of them a trial."""
    for number, outcome in enumerate(outcomes):
        circuit = turns.record(
            circuit,
            outcome,
            job_id=jobs[number % len(jobs)],
            request_id=f"call {number}",
            began_at=at,
            now=at,
        )
    return circuit


def opened(trouble: Trouble = Trouble.FAULTS) -> Circuit:
    outcomes = {
        Trouble.FAULTS: [CallOutcome.FAULT] * MAX_FAULTS,
        Trouble.NO_CREDIT: [CallOutcome.NO_CREDIT],
        Trouble.BAD_KEY: [CallOutcome.BAD_KEY],
        Trouble.GARBAGE: [CallOutcome.GARBAGE] * MAX_GARBAGE,
    }[trouble]
    circuit = told(Circuit(), *outcomes)
    assert circuit.trouble is trouble
    return circuit


def probed(circuit: Circuit, balance: Balance | None = ENOUGH, *, at: datetime = NOW) -> Circuit:
    return turns.end_probe(circuit, balance, price_micro_usd=PRICE, now=at)


def tried(circuit: Circuit, outcome: CallOutcome, *, job_id: str = "a", at: datetime = NOW) -> Circuit:
    circuit = turns.begin_trial(circuit, "trial", at)
    return turns.record(circuit, outcome, job_id=job_id, request_id="trial", began_at=at, now=at)


@each_case(
    ("error", "outcome"),
    [
        (None, CallOutcome.WELL),
        (RefusedError("no"), CallOutcome.WELL),
        (FixRequestError("400"), CallOutcome.WELL),
        (SlowDownError("429"), CallOutcome.BUSY),
        (OutOfCreditError("403"), CallOutcome.NO_CREDIT),
        (BadKeyError("401"), CallOutcome.BAD_KEY),
        (AnswerEmptyError("[]"), CallOutcome.GARBAGE),
        (TryAgainError("500"), CallOutcome.FAULT),
        (NoAnswerError("time-out"), CallOutcome.FAULT),
        (ResultFetchError("gone"), CallOutcome.FAULT),
        (ProviderError("?"), CallOutcome.FAULT),
    ],
)
def test_what_a_call_tells_about_the_provider(error: ProviderError | None, outcome: CallOutcome) -> None:
    assert outcome_of(error) is outcome


def test_faults_in_a_row_open_it_and_one_fewer_does_not() -> None:
    almost = told(Circuit(), *[CallOutcome.FAULT] * (MAX_FAULTS - 1))

    assert almost.lets_through("a", NOW)
    assert not told(almost, CallOutcome.FAULT).lets_through("a", NOW)


def test_a_success_between_faults_begins_the_count_again() -> None:
    circuit = told(Circuit(), *[CallOutcome.FAULT] * (MAX_FAULTS - 1), CallOutcome.WELL, CallOutcome.FAULT)

    assert circuit.trouble is None
    assert circuit.faults == 1


def test_a_rate_limit_is_neither_a_fault_nor_a_success() -> None:
    circuit = told(Circuit(), *[CallOutcome.FAULT] * (MAX_FAULTS - 1), CallOutcome.BUSY)

    assert circuit.faults == MAX_FAULTS - 1


def test_one_job_alone_never_opens_it_by_faults_as_its_prompt_may_be_the_cause() -> None:
    circuit = told(Circuit(), *[CallOutcome.FAULT] * 3 * MAX_FAULTS, jobs="a")

    assert circuit.trouble is None
    assert told(circuit, CallOutcome.FAULT, jobs="b").trouble is Trouble.FAULTS


@each_case("trouble", [Trouble.NO_CREDIT, Trouble.BAD_KEY])
def test_an_empty_account_or_a_refused_key_opens_it_at_once(trouble: Trouble) -> None:
    assert opened(trouble).opened_at == NOW


def test_garbage_in_a_row_opens_it_also_for_one_job_and_with_faults_between() -> None:
    garbage, fault = CallOutcome.GARBAGE, CallOutcome.FAULT

    assert told(Circuit(), garbage, fault, garbage, jobs="a").trouble is None
    assert told(Circuit(), garbage, fault, garbage, garbage, jobs="a").trouble is Trouble.GARBAGE
    assert told(Circuit(), garbage, garbage, CallOutcome.WELL, garbage).trouble is None


def test_a_call_that_began_before_it_opened_neither_closes_it_nor_changes_the_trouble() -> None:
    circuit = opened()

    def late(outcome: CallOutcome) -> Circuit:
        return turns.record(circuit, outcome, job_id="c", request_id="late", began_at=after(-9), now=after(1))

    assert late(CallOutcome.WELL) == circuit
    assert late(CallOutcome.NO_CREDIT).trouble is Trouble.FAULTS


def test_open_it_lets_nothing_through_until_a_probe_and_then_one_call_at_a_time() -> None:
    circuit = opened()
    assert not circuit.lets_through("a", after(3600))
    assert not circuit.is_probe_due(NOW)
    assert circuit.is_probe_due(after(2))

    half_open = probed(circuit)
    assert half_open.lets_through("a", NOW)
    trial = turns.begin_trial(half_open, "trial", NOW)
    assert not trial.lets_through("b", after(TRIAL_S - 1))
    assert trial.lets_through("b", after(TRIAL_S)), "its worker is gone"


def test_a_probe_that_one_worker_makes_is_not_due_for_another() -> None:
    begun = turns.begin_probe(opened(), after(2))

    assert not begun.is_probe_due(after(3))
    assert begun.is_probe_due(after(120)), "its worker is gone"


def test_a_trial_that_goes_well_closes_it_also_if_it_is_refused() -> None:
    assert tried(probed(opened()), CallOutcome.WELL) == Circuit()


def test_a_trial_that_meets_a_rate_limit_leaves_the_turn_to_the_next() -> None:
    circuit = tried(probed(opened()), CallOutcome.BUSY)

    assert circuit.trouble is Trouble.FAULTS
    assert circuit.lets_through("b", NOW)


def test_trials_that_fail_come_less_and_less_often_up_to_half_a_minute() -> None:
    circuit, at, waits = opened(), NOW, list[float]()
    for _ in range(8):
        assert circuit.probe_at is not None
        waits.append((circuit.probe_at - at).total_seconds())
        at = circuit.probe_at
        circuit = tried(probed(circuit, at=at), CallOutcome.FAULT, at=at)

    assert waits == sorted(waits)
    assert waits[0] == 2
    assert waits[-1] == 30


def test_the_job_of_a_failed_trial_lets_others_try_first() -> None:
    circuit = probed(tried(probed(opened()), CallOutcome.FAULT, job_id="a"), at=after(10))

    assert not circuit.lets_through("a", after(10 + TURN_S - 1))
    assert circuit.lets_through("b", after(10))
    assert circuit.lets_through("a", after(10 + TURN_S)), "it is alone"


AGREES = [
    (Trouble.BAD_KEY, Balance(is_key_refused=True)),
    (Trouble.NO_CREDIT, Balance(micro_usd=PRICE - 1)),
    (Trouble.NO_CREDIT, Balance(micro_usd=-5)),
]


@each_case(("trouble", "balance"), AGREES)
def test_an_account_that_says_the_same_keeps_it_open(trouble: Trouble, balance: Balance) -> None:
    circuit = probed(opened(trouble), balance)

    assert circuit.trouble is trouble
    assert not circuit.lets_through("a", after(3600))


@each_case(("trouble", "balance"), AGREES)
def test_one_call_in_ten_probes_finds_out_whether_the_account_is_wrong(
    trouble: Trouble, balance: Balance
) -> None:
    circuit, let = opened(trouble), list[bool]()
    for _ in range(30):
        circuit = probed(circuit, balance)
        let.append(circuit.lets_through("another", NOW))
        if let[-1]:
            circuit = tried(circuit, CallOutcome(trouble.value))

    assert let == [False] * 9 + [True] + ([False] * 9 + [True]) * 2


@each_case("balance", [Balance(is_key_refused=True), Balance(micro_usd=0)])
@each_case("trouble", [Trouble.FAULTS, Trouble.GARBAGE])
def test_an_account_alone_never_holds_calls_back(trouble: Trouble, balance: Balance) -> None:
    """A key may have no right to ask, and not every account pays from its balance."""
    circuit = probed(probed(opened(trouble), balance), balance)

    assert circuit.trouble is trouble
    assert circuit.lets_through("a", NOW)


def test_a_trial_that_fails_in_another_way_tells_the_new_reason() -> None:
    circuit = tried(probed(opened(Trouble.NO_CREDIT)), CallOutcome.FAULT)

    assert circuit.trouble is Trouble.FAULTS
    assert tried(probed(circuit), CallOutcome.BAD_KEY).trouble is Trouble.BAD_KEY


@each_case("balance", [Balance(micro_usd=PRICE), ENOUGH])
def test_a_probe_that_speaks_for_it_opens_the_way_for_a_trial(balance: Balance) -> None:
    assert probed(opened(Trouble.NO_CREDIT), balance).lets_through("a", NOW)


@each_case("balance", [None, Balance(), Balance(is_key_refused=True)])
def test_a_provider_that_tells_no_balance_is_tried_at_the_second_probe(balance: Balance | None) -> None:
    circuit = probed(opened(Trouble.NO_CREDIT), balance)
    assert not circuit.lets_through("a", NOW)

    assert probed(circuit, balance, at=after(10)).lets_through("a", after(10))


def test_a_worker_that_starts_asks_at_once_and_forgets_a_trial_of_the_dead() -> None:
    trial = turns.begin_trial(probed(opened(Trouble.BAD_KEY)), "trial", NOW)

    circuit = turns.restart(trial, after(1))

    assert circuit.trouble is Trouble.BAD_KEY
    assert circuit.is_probe_due(after(1))
    assert turns.restart(Circuit(faults=2), NOW) == Circuit(faults=2)


@each_case("trouble", list(Trouble))
def test_a_clock_that_was_ahead_keeps_no_probe_and_no_trial_from_coming(trouble: Trouble) -> None:
    day = timedelta(days=1)
    circuit = opened(trouble)
    assert turns.begin_probe(circuit, NOW + day).is_probe_due(NOW)

    trial = turns.begin_trial(probed(circuit), "trial", NOW + day)
    assert trial.lets_through("b", NOW)


def test_faults_that_end_by_themselves_alarm_nobody() -> None:
    circuit = opened()
    assert not circuit.deserves_alert
    assert not probed(circuit).deserves_alert
    assert probed(circuit, None).deserves_alert, "not even a question is answered"
    assert tried(probed(circuit), CallOutcome.FAULT).deserves_alert


@each_case("trouble", [Trouble.NO_CREDIT, Trouble.BAD_KEY, Trouble.GARBAGE])
def test_what_does_not_end_by_itself_is_told_at_once(trouble: Trouble) -> None:
    assert opened(trouble).deserves_alert


@each_case("error", [BadKeyError("401"), OutOfCreditError("402")])
def test_what_is_answered_again_ends_its_own_trouble_and_no_other(error: ProviderError) -> None:
    over = turns.trouble_of(error)
    assert over is not None

    for trouble in Trouble:
        circuit = opened(trouble)
        assert turns.end(circuit, over) == (Circuit() if trouble is over else circuit)
        assert turns.end(probed(circuit), over).trouble is (None if trouble is over else trouble)


def test_a_fault_alone_tells_of_no_trouble() -> None:
    assert turns.trouble_of(TryAgainError("524")) is None


def test_another_trouble_is_news() -> None:
    circuit = turns.told(opened(Trouble.NO_CREDIT))
    assert circuit.is_told

    assert probed(circuit, Balance(micro_usd=0)).is_told
    assert not tried(probed(circuit), CallOutcome.BAD_KEY).is_told


@each_case("trouble", list(Trouble))
def test_who_asks_for_a_picture_has_what_people_put_right_looked_into(trouble: Trouble) -> None:
    circuit = opened(trouble)
    for _ in range(8):
        circuit = turns.end_probe(circuit, None, price_micro_usd=PRICE, now=NOW)
        circuit = (
            tried(circuit, CallOutcome(trouble.value.removesuffix("s"))) if circuit.half_open_at else circuit
        )
    assert not circuit.is_probe_due(after(2))

    hurried = turns.hurry(circuit, after(1))

    assert hurried.is_probe_due(after(2)) == (trouble in {Trouble.NO_CREDIT, Trouble.BAD_KEY})
    assert turns.hurry(probed(opened(trouble)), NOW) == probed(opened(trouble))
