from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot
from bot.domain.jobs import Failure, FailureKind
from bot.domain.pictures import PictureProblem
from bot.domain.policy import Denied, DeniedReason
from bot.services.submissions import Invalid, Problem
from bot.ui.reasons import reason
from bot.ui.refusals import denied_text, invalid_text
from tests.unit.ui.jobs import CODES, FAILURES, NOW


def test_every_code_in_the_source_is_one_we_have_looked_at() -> None:
    """A literal `code="…"` of a Failure that `CODES` does not hold has no test that it has words."""
    folder = Path(bot.__file__).parent
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        found |= set(re.findall(r"Failure\([^)]*code=\"([a-z_]+)\"", path.read_text(encoding="utf-8")))

    assert len(found) >= 8
    assert found <= {code for codes in CODES.values() for code in codes}


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"{failure.kind}-{failure.code}")
def test_every_failure_says_what_it_is_why_and_what_to_do_next(failure: Failure) -> None:
    words = reason(failure)

    assert words.title
    assert words.why.endswith(".")
    assert words.next_step.endswith(".")
    assert "{" not in words.why + words.next_step


def test_the_five_kinds_are_five_different_answers() -> None:
    assert len({reason(Failure(kind=kind, code=CODES[kind][0])).title for kind in FailureKind}) == 5


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *((FailureKind.REFUSED, code) for code in CODES[FailureKind.REFUSED] if code != "refused_result"),
        *((FailureKind.CHECK, problem.value) for problem in PictureProblem),
        (FailureKind.FAULT, "bad_request"),
    ],
)
def test_what_would_fail_in_the_same_way_is_not_offered_again(kind: FailureKind, code: str) -> None:
    assert not reason(Failure(kind=kind, code=code)).again


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FailureKind.REFUSED, "refused_result"),
        (FailureKind.CREDIT, "out_of_credit"),
        (FailureKind.BUSY, "slow_down"),
        *((FailureKind.FAULT, code) for code in CODES[FailureKind.FAULT] if code != "bad_request"),
    ],
)
def test_what_may_go_well_next_time_is_offered_again(kind: FailureKind, code: str) -> None:
    assert reason(Failure(kind=kind, code=code)).again


def test_a_bad_reference_is_called_by_the_name_of_its_option() -> None:
    words = reason(Failure(kind=FailureKind.CHECK, code="truncated", subject="image3"))

    assert words.why.startswith("`image3` ")


def test_codes_of_a_newer_easel_still_get_words() -> None:
    for kind in FailureKind:
        if kind is not FailureKind.CHECK:
            assert reason(Failure(kind=kind, code="from_the_future")).why


@pytest.mark.parametrize("problem", Problem)
def test_every_local_refusal_has_words(problem: Problem) -> None:
    picture = PictureProblem.GONE if problem is Problem.REFERENCE else None

    text = invalid_text(Invalid(problem=problem, picture=picture, subject="image2", limit=14))

    assert text.endswith(".")
    assert "{" not in text
    assert "None" not in text


@pytest.mark.parametrize("which", DeniedReason)
@pytest.mark.parametrize("opens_at", [None, NOW])
def test_every_limit_has_words(which: DeniedReason, opens_at: object) -> None:
    text = denied_text(Denied(reason=which, limit=3, used=2, opens_at=NOW if opens_at else None))

    assert text.endswith(".")
    assert "{" not in text


def test_a_daily_limit_says_when_it_opens() -> None:
    text = denied_text(Denied(reason=DeniedReason.IMAGES_PER_DAY, limit=3, used=2, opens_at=NOW))

    assert f"<t:{int(NOW.timestamp()) + 1}:R>" in text


@pytest.mark.parametrize("which", [DeniedReason.IMAGES_PER_DAY, DeniedReason.TOO_MANY_FOR_LIMIT])
def test_a_limit_of_one_picture_is_spoken_of_as_one(which: DeniedReason) -> None:
    one, two = (denied_text(Denied(reason=which, limit=limit, used=1)) for limit in (1, 2))

    assert "1 picture " in f"{one} "
    assert "1 pictures" not in one
    assert "2 pictures" in two
