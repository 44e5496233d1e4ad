from __future__ import annotations

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.policy.decision import DenialReason
from bot.ui.cards.failures import DENIED_TITLES, failure_text
from tests.tables import each_case
from tests.unit.ui.jobs import CODES, DENIED, FAILURES


def test_every_code_has_a_kind_and_is_looked_at_below() -> None:
    assert {failure.code for failure in FAILURES} == set(FailureCode) - {
        FailureCode.UNKNOWN,
        FailureCode.DENIED_UNKNOWN,
        FailureCode.DENIED_RETRIED_ALREADY,  # a job that waits is no second try
    }


@each_case("failure", FAILURES, ids=lambda failure: f"{failure.kind}-{failure.code}")
def test_every_failure_says_what_it_is_why_and_what_to_do_next(failure: Failure) -> None:
    words = failure_text(failure)

    assert words.title
    assert words.why.endswith(".")
    assert words.next_step.endswith(".")
    assert "{" not in words.why + words.next_step


def test_the_five_kinds_are_five_different_answers() -> None:
    assert len({failure_text(Failure(kind=kind, code=CODES[kind][0])).title for kind in FailureKind}) == 5


@each_case(
    ("kind", "code"),
    [
        *(
            (FailureKind.REFUSED, code)
            for code in CODES[FailureKind.REFUSED]
            if code is not FailureCode.REFUSED_RESULT
        ),
        *((FailureKind.CHECK, code) for code in CODES[FailureKind.CHECK]),
        (FailureKind.FAULT, FailureCode.BAD_REQUEST),
        (FailureKind.FAULT, FailureCode.MODEL_GONE),
    ],
)
def test_what_would_fail_in_the_same_way_is_not_offered_again(kind: FailureKind, code: FailureCode) -> None:
    assert not failure_text(Failure(kind=kind, code=code)).may_retry


@each_case(
    ("kind", "code"),
    [
        (FailureKind.REFUSED, FailureCode.REFUSED_RESULT),
        (FailureKind.CREDIT, FailureCode.OUT_OF_CREDIT),
        (FailureKind.BUSY, FailureCode.SLOW_DOWN),
        *(
            (FailureKind.FAULT, code)
            for code in CODES[FailureKind.FAULT]
            if code not in {FailureCode.BAD_REQUEST, FailureCode.MODEL_GONE}
        ),
    ],
)
def test_what_may_go_well_next_time_is_offered_again(kind: FailureKind, code: FailureCode) -> None:
    assert failure_text(Failure(kind=kind, code=code)).may_retry


def test_a_bad_reference_is_called_by_the_name_of_its_option() -> None:
    words = failure_text(Failure(kind=FailureKind.CHECK, code=FailureCode.TRUNCATED, subject="image3"))

    assert words.why.startswith("`image3` ")


def test_a_fault_of_the_provider_is_not_told_as_a_bad_answer() -> None:
    words = failure_text(Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_FAULT))

    assert words.why == "The provider reported an error on its side."


def test_codes_of_a_newer_easel_still_get_words() -> None:
    for kind in FailureKind:
        assert failure_text(Failure(kind=kind, code=FailureCode("from_the_future"))).why


@each_case("failure", DENIED, ids=lambda failure: f"{failure.kind}-{failure.code}")
def test_what_is_no_longer_allowed_is_told_by_the_kind_that_a_refusal_would_have(failure: Failure) -> None:
    assert failure_text(failure).title == DENIED_TITLES[failure.kind]


@each_case(
    ("stop", "kind", "again"),
    [
        (DenialReason.PAUSED, FailureKind.CHECK, True),
        (DenialReason.LIMIT, FailureKind.BUSY, True),
        (DenialReason.LIMIT, FailureKind.CREDIT, True),
        (DenialReason.BLOCKED, FailureKind.CHECK, False),
        (DenialReason.FILTER, FailureKind.CHECK, False),
        (DenialReason.CHANNEL, FailureKind.CHECK, False),
    ],
)
def test_another_try_is_offered_where_time_alone_may_help(
    stop: DenialReason, kind: FailureKind, again: bool
) -> None:
    assert failure_text(Failure(kind=kind, code=FailureCode(f"denied:{stop}"))).may_retry is again


def test_a_pause_shows_what_moderators_say_and_nothing_more() -> None:
    words = failure_text(
        Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_PAUSED, subject="Back at **8**\n<@1>")
    )

    assert "“Back at \\*\\*8\\*\\* \\<\\@1\\>”" in words.why


def test_a_limit_that_was_set_meanwhile_is_named() -> None:
    words = failure_text(
        Failure(kind=FailureKind.BUSY, code=FailureCode.DENIED_LIMIT, subject="images_per_day")
    )

    assert "“Pictures per day”" in words.why


@each_case(
    "failure",
    [
        Failure(kind=FailureKind.CHECK, code=FailureCode("denied:from_the_future")),
        Failure(kind=FailureKind.BUSY, code=FailureCode.DENIED_LIMIT, subject="from_the_future"),
    ],
)
def test_what_a_newer_easel_denied_still_gets_words(failure: Failure) -> None:
    assert failure_text(failure).why.endswith(".")


@each_case(
    ("code", "subject", "why", "next_step"),
    [
        (FailureCode.REJECTED_REFERENCE_RATIO, "image3", "`image3` is too long and thin", "Crop it"),
        (FailureCode.REJECTED_REFERENCE_UNREADABLE, "image2", "couldn't open `image2`", "JPEG"),
        (FailureCode.REJECTED_REFERENCE_LARGE, None, "picture you attached is too large", "smaller"),
        (FailureCode.REJECTED_PROMPT_LENGTH, None, "prompt is too long", "Shorten it"),
        (FailureCode.REJECTED_PROMPT, None, "the prompt", "Reword"),
    ],
)
def test_what_the_provider_cannot_use_is_named_with_what_to_do_about_it(
    code: FailureCode, subject: str | None, why: str, next_step: str
) -> None:
    words = failure_text(Failure(kind=FailureKind.CHECK, code=code, subject=subject))

    assert words.title == "The provider couldn't use this"
    assert why in words.why
    assert next_step in words.next_step
    assert "bug in Easel" not in words.next_step


def test_a_retired_model_is_named_and_is_no_bug_of_ours() -> None:
    subject = "bytedance/seedream-4-5 bytedance/seedream-5-0"
    words = failure_text(Failure(kind=FailureKind.FAULT, code=FailureCode.MODEL_GONE, subject=subject))

    assert words.why == "The provider retired the model `bytedance/seedream-4-5`."
    assert "operator has been told" in words.next_step


@each_case("code", [FailureCode.MAY_OBJECT, FailureCode.DENIED_CHANNEL])
def test_what_ends_pictures_and_videos_alike_speaks_of_neither(code: FailureCode) -> None:
    (failure,) = [one for one in FAILURES if one.code is code]

    assert "picture" not in failure_text(failure).why
