"""What is not accepted: its kind first, whose rule it is, what to do next, and that nothing was counted."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from bot.domain.content.filters import Filter, FilterKind, Match
from bot.domain.content.safety import SafetyConcern
from bot.domain.failures import FailureKind
from bot.domain.pictures import PictureProblem
from bot.domain.policy.decision import Block, DenialReason, Denied, Pause, kind_of
from bot.domain.policy.quota import WINDOWS, LimitExceeded
from bot.domain.policy.rules import DEFAULTS, MONEY, Limit, Rule, Scope
from bot.domain.sizes import Resolution
from bot.services.checks import InvalidRequest, RequestProblem
from bot.ui.cards.failures import DENIED_TITLES, TITLES
from bot.ui.requests.refusals import denied_text, invalid_text
from tests.tables import each_case
from tests.unit.ui.jobs import MARKDOWN, NOW

MAX_MESSAGE = 2000  # Discord
SERVER = Rule(scope=Scope.SERVER)
OPENS = f"<t:{int(NOW.timestamp())}:R>"
DENIALS = {
    DenialReason.RETRIED_ALREADY: Denied(reason=DenialReason.RETRIED_ALREADY),
    DenialReason.PAUSED: Denied(reason=DenialReason.PAUSED, pause=Pause(at=NOW, by=1, text="")),
    DenialReason.BLOCKED: Denied(
        reason=DenialReason.BLOCKED, block=Block(user_id=1, until=None, reason="spam", by=2, at=NOW)
    ),
    DenialReason.CHANNEL: Denied(reason=DenialReason.CHANNEL),
    DenialReason.FILTER: Denied(
        reason=DenialReason.FILTER,
        match=Match(filter=Filter(id=7, kind=FilterKind.WORD, text="secret word"), found="s3cret w*rd"),
    ),
    DenialReason.LIMIT: Denied(
        reason=DenialReason.LIMIT,
        exceeded=LimitExceeded(limit=Limit.IMAGES_PER_DAY, by=SERVER, allowed=3, used=3),
    ),
}


def refused(no: LimitExceeded) -> str:
    return denied_text(Denied(reason=DenialReason.LIMIT, exceeded=no))


def check(text: str) -> None:
    heading, *sentences, end = text.split("\n")
    assert heading.startswith("**")
    assert heading.endswith("**")
    assert sentences[0].endswith(".")
    assert end.startswith("-# Nothing was counted.")
    assert len(text) <= MAX_MESSAGE
    assert "{" not in text
    assert "None" not in text


@each_case("stop", DenialReason)
def test_everything_that_says_no_has_words(stop: DenialReason) -> None:
    check(denied_text(DENIALS[stop]))


NUMBERED = [
    *WINDOWS,
    *sorted(MONEY),
    Limit.JOBS_AT_ONCE,
    Limit.COOLDOWN_S,
    Limit.IMAGES_PER_COMMAND,
    Limit.REFERENCES_PER_EDIT,
]
# The share of the queue denies nothing.
PERMISSIONS = [limit for limit in Limit if limit not in NUMBERED and limit is not Limit.WEIGHT]


@each_case("limit", [*NUMBERED, *PERMISSIONS])
def test_a_limit_has_words_for_every_rule_and_amount(limit: Limit) -> None:
    amounts = [1, 40_000] if limit in NUMBERED else [None]
    for scope, allowed, opens_at in product(Scope, amounts, [None, NOW]):
        rule = Rule(scope=scope, subject_id=5 if scope in {Scope.ROLE, Scope.CHANNEL} else None)

        check(refused(LimitExceeded(limit=limit, by=rule, allowed=allowed, used=1, opens_at=opens_at)))


def test_every_limit_has_words_of_its_own() -> None:
    limits = [*NUMBERED, *PERMISSIONS]

    texts = {
        refused(LimitExceeded(limit=limit, by=SERVER, allowed=3 if limit in NUMBERED else None))
        for limit in limits
    }

    assert len(texts) == len(limits) == len(Limit) - 1


def test_that_nothing_may_be_private_speaks_of_videos_too() -> None:
    text = refused(LimitExceeded(limit=Limit.MAY_BE_PRIVATE, by=SERVER))

    assert "You can't make private results here." in text


@each_case("limit", [limit for limit in NUMBERED if limit is not Limit.COOLDOWN_S])
def test_a_limit_of_none_at_all_has_words(limit: Limit) -> None:
    check(refused(LimitExceeded(limit=limit, by=SERVER, allowed=0)))


@each_case("limit", [*PERMISSIONS, Limit.WEIGHT])
def test_a_limit_without_a_number_does_not_get_the_words_of_another(limit: Limit) -> None:
    with pytest.raises(ValueError, match=limit.value):
        refused(LimitExceeded(limit=limit, by=SERVER, allowed=1))


@each_case("problem", RequestProblem)
def test_everything_our_own_check_finds_has_words(problem: RequestProblem) -> None:
    invalid = InvalidRequest(
        problem=problem,
        danger=SafetyConcern.ADULT if problem is RequestProblem.DANGER else None,
        picture=PictureProblem.GONE if problem in {RequestProblem.REFERENCE, RequestProblem.FRAME} else None,
        subject="image2",
        limit=14,
        model="Seedream 4.0",
        resolution=Resolution.TWO_K,
    )

    check(invalid_text(invalid))
    assert "set `model`" not in invalid_text(invalid)


def test_what_a_model_cannot_do_is_told_with_the_one_that_can() -> None:
    invalid = InvalidRequest(
        problem=RequestProblem.RESOLUTION,
        subject="4K",
        resolution=Resolution.TWO_K,
        model="Seedream 5.0 Pro",
        other="Seedream 4.5",
    )

    text = invalid_text(invalid)

    assert "Seedream 5.0 Pro can't make 4K pictures. Try again in 2K, or set `model` to Seedream 4.5." in text


@each_case("danger", SafetyConcern)
def test_every_danger_has_words_that_tell_where_it_holds(danger: SafetyConcern) -> None:
    text = invalid_text(InvalidRequest(problem=RequestProblem.DANGER, danger=danger))

    check(text)
    anywhere = "**Not allowed anywhere**" in text
    assert anywhere is (danger is not SafetyConcern.ADULT)


@each_case("stop", DenialReason)
def test_a_refusal_begins_with_the_name_of_its_kind(stop: DenialReason) -> None:
    heading = denied_text(DENIALS[stop]).split("\n")[0].strip("*")

    kind = kind_of(DENIALS[stop])
    assert heading in {DENIED_TITLES[kind], TITLES[kind]}


def test_rules_budgets_and_limits_are_three_different_answers() -> None:
    amounts = {Limit.MAY_EDIT: None, Limit.SERVER_USD_PER_DAY: 1, Limit.IMAGES_PER_HOUR: 1}

    headings = {
        refused(LimitExceeded(limit=limit, by=SERVER, allowed=allowed)).split("\n")[0]
        for limit, allowed in amounts.items()
    }

    assert headings == {
        "**Not allowed here**",
        "**Over budget**",
        "**Limit reached**",
    }
    assert set(DENIED_TITLES) == {FailureKind.CHECK, FailureKind.CREDIT, FailureKind.BUSY}


@each_case(
    ("rule", "words"),
    [
        (SERVER, "this server's default"),
        (Rule(scope=Scope.ROLE, subject_id=5), "your role <@&5>"),
        (Rule(scope=Scope.CHANNEL, subject_id=9), "set for <#9>"),
        (Rule(scope=Scope.MEMBER, subject_id=1), "Moderators set it for you"),
        (Rule(scope=Scope.OPERATOR), "This bot's operator set this limit"),
    ],
)
def test_a_refusal_says_whose_rule_it_is(rule: Rule, words: str) -> None:
    assert words in refused(
        LimitExceeded(limit=Limit.IMAGES_PER_DAY, by=rule, allowed=3, used=3, opens_at=NOW)
    )


@each_case("limit", [Limit.IMAGES_PER_WEEK, Limit.COOLDOWN_S, Limit.USD_PER_MONTH])
def test_what_time_alone_opens_says_when(limit: Limit) -> None:
    assert OPENS in refused(LimitExceeded(limit=limit, by=SERVER, allowed=3, used=3, opens_at=NOW))


def test_a_moment_is_never_told_before_it_is_there() -> None:
    opens_at = NOW + timedelta(milliseconds=1)

    text = refused(
        LimitExceeded(limit=Limit.IMAGES_PER_HOUR, by=SERVER, allowed=3, used=3, opens_at=opens_at)
    )

    assert f"<t:{int(NOW.timestamp()) + 1}:R>" in text


@each_case(
    ("used", "opens_at", "words"),
    [
        (3, NOW, "You've used all 3 pictures you can make in an hour."),
        (2, NOW, "You have 1 of 3 pictures in an hour left, and this needs more."),
        (1, NOW, "You have 2 of 3 pictures in an hour left, and this needs more."),
        (1, None, "This is more than the 3 pictures you can make in an hour."),
    ],
)
def test_a_window_says_how_much_of_it_is_left(used: int, opens_at: object, words: str) -> None:
    no = LimitExceeded(
        limit=Limit.IMAGES_PER_HOUR, by=SERVER, allowed=3, used=used, opens_at=NOW if opens_at else None
    )

    assert words in refused(no)


@each_case(
    ("used", "opens_at", "words"),
    [
        (1, NOW, f"Ask for at most 2 now, or for all of them {OPENS}."),
        (3, NOW, f"You can make this {OPENS}."),
        (1, None, "Ask for at most 2."),
        (3, None, "Ask for fewer later. `/me` shows when."),
    ],
)
def test_a_window_says_what_would_fit(used: int, opens_at: object, words: str) -> None:
    no = LimitExceeded(
        limit=Limit.IMAGES_PER_HOUR, by=SERVER, allowed=3, used=used, opens_at=NOW if opens_at else None
    )

    assert words in refused(no)


@each_case(
    ("no", "words"),
    [
        (
            LimitExceeded(limit=Limit.JOBS_AT_ONCE, by=SERVER, allowed=1, used=1),
            "You have 1 job in progress, the most you can have at once. It's this server's default. "
            "Try again when it's done. `/queue` shows it.",
        ),
        (
            LimitExceeded(limit=Limit.COOLDOWN_S, by=SERVER, allowed=3600, opens_at=NOW),
            "You have to wait 1 h between commands. It's this server's default. "
            f"You can send the next one {OPENS}.",
        ),
        (
            LimitExceeded(limit=Limit.REFERENCES_PER_EDIT, by=SERVER, allowed=1),
            "You can attach 1 picture at a time. It's this server's default. Try again with one.",
        ),
        (
            LimitExceeded(limit=Limit.MAY_EDIT, by=SERVER),
            "You can't use `/edit` here. It's this server's default. "
            "Ask a moderator if you think you should be able to.",
        ),
        (
            LimitExceeded(limit=Limit.MAY_EDIT, by=Rule(scope=Scope.OPERATOR)),
            "You can't use `/edit` here. Only this bot's operator can change this.",
        ),
        (
            LimitExceeded(limit=Limit.MAY_ANIMATE, by=DEFAULTS),
            "Videos aren't open in this server yet. A moderator can open them with `/setup`.",
        ),
        (
            LimitExceeded(limit=Limit.MAY_ANIMATE, by=SERVER),
            "You can't use `/animate` here. It's this server's default.",
        ),
        (
            LimitExceeded(limit=Limit.VIDEOS_PER_DAY, by=Rule(scope=Scope.OPERATOR), allowed=0),
            "You can't make videos here. Only this bot's operator can change this.",
        ),
        (
            LimitExceeded(limit=Limit.VIDEOS_PER_DAY, by=SERVER, allowed=2, used=2, opens_at=NOW),
            "You've used all 2 videos you can make in 24 hours. It's this server's default. "
            f"You can make this {OPENS}.",
        ),
        (
            LimitExceeded(limit=Limit.SERVER_USD_PER_DAY, by=SERVER, allowed=1),
            "Moderators can raise it. Asking for less may fit.",
        ),
        (
            LimitExceeded(limit=Limit.SERVER_USD_PER_DAY, by=SERVER, allowed=0),
            "is $0. Moderators can raise it.",
        ),
    ],
)
def test_a_limit_says_what_helps(no: LimitExceeded, words: str) -> None:
    assert words in refused(no)


@each_case("stop", DenialReason)
def test_only_what_me_shows_points_there(stop: DenialReason) -> None:
    assert ("`/me`" in denied_text(DENIALS[stop])) is (stop in {DenialReason.LIMIT, DenialReason.BLOCKED})


def test_an_empty_line_parts_a_quote_from_the_last_line() -> None:
    assert "> spam\n\n-# Nothing was counted." in denied_text(DENIALS[DenialReason.BLOCKED])


def test_a_limit_of_one_picture_is_spoken_of_as_one() -> None:
    assert "the 1 picture you" in refused(
        LimitExceeded(limit=Limit.IMAGES_PER_DAY, by=SERVER, allowed=1, used=1, opens_at=NOW)
    )


def test_a_budget_tells_its_dollars() -> None:
    no = LimitExceeded(limit=Limit.USD_PER_DAY, by=SERVER, allowed=1_500_000, used=1_470_000, opens_at=NOW)

    assert "$1.47 of $1.50" in refused(no)


def test_a_filter_shows_the_persons_own_words_and_its_number_but_not_its_text() -> None:
    text = denied_text(DENIALS[DenialReason.FILTER])

    assert "filter #7" in text
    assert "s3cret w\\*rd" in text
    assert "secret word" not in text


@each_case(
    "denied",
    [
        Denied(reason=DenialReason.PAUSED, pause=Pause(at=NOW, by=1, text=MARKDOWN * 3)),
        Denied(
            reason=DenialReason.BLOCKED, block=Block(user_id=1, until=NOW, reason=MARKDOWN * 3, by=2, at=NOW)
        ),
    ],
)
def test_what_moderators_wrote_pings_nobody_and_fits(denied: Denied) -> None:
    text = denied_text(denied)

    assert len(text) <= MAX_MESSAGE
    assert "\\@everyone" in text
    assert " @everyone" not in text


def test_a_block_that_ends_says_when() -> None:
    block = Block(user_id=1, until=NOW, reason="spam", by=2, at=NOW)

    assert OPENS in denied_text(Denied(reason=DenialReason.BLOCKED, block=block))


@each_case(
    ("picture", "words"),
    [(PictureProblem.WRONG_RATIO, "between 2:5 and 5:2"), (PictureProblem.TOO_SMALL, "301 pixels per side")],
)
def test_a_frame_that_does_not_fit_is_told_what_frames_are(picture: PictureProblem, words: str) -> None:
    text = invalid_text(InvalidRequest(problem=RequestProblem.FRAME, picture=picture, subject="last"))

    assert "`last`" in text
    assert words in text
