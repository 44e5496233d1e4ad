"""What is accepted, what is denied, and by what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.filters import Filter, FilterKind
from bot.domain.failures import FailureKind
from bot.domain.jobs import ImageRequest, JobKind, RequestContext
from bot.domain.policy.decision import (
    Admission,
    Block,
    DenialReason,
    Denied,
    Grant,
    Pause,
    PolicyFacts,
    admit,
    denial_failure,
    is_open,
    kind_of,
    usage_requested,
)
from bot.domain.policy.quota import WINDOWS, LimitExceeded, Usage, UsageEntry, UsageRequest
from bot.domain.policy.rules import DEFAULTS, FREE, Limit, Rule, Scope
from bot.domain.sizes import Resolution
from bot.domain.video import VideoQuality, VideoSettings
from tests.tables import each_case

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HERE = RequestContext(
    role_ids=frozenset({4}), channel_ids=(51, 5, 500)
)  # a thread, its channel, their category
ASK = UsageRequest(
    kind=JobKind.IMAGINE,
    images=2,
    references=0,
    resolution=Resolution.TWO_K,
    model="a",
    private=False,
    estimate_micro_usd=84_000,
    prompt="a red fox",
)
PAUSE = Pause(at=NOW, by=9, text="back on Monday")
BLOCK = Block(user_id=7, until=None, reason="spam", by=9, at=NOW)
FOX = Filter(id=3, kind=FilterKind.WORD, text="fox")
CLOSED: dict[str, dict[str, Any]] = {
    "paused": {"pause": PAUSE},
    "blocked": {"block": BLOCK},
    "channel": {"channels": {5: False}},
    "filter": {"filters": (FOX,)},
}


def policy_facts(**more: Any) -> PolicyFacts:
    return PolicyFacts(in_server=True, **more)


def server(**says: Any) -> tuple[Rule, ...]:
    return (Rule(scope=Scope.SERVER, says={Limit(name): value for name, value in says.items()}),)


def grant(left: int, **more: Any) -> Grant:
    given = Grant(id=1, user_id=7, images=9, left=left, expires_at=None, reason="won a contest", by=9, at=NOW)
    return replace(given, **more)


def said(facts: PolicyFacts, request: UsageRequest = ASK, ceiling: Rule = FREE) -> Admission | Denied:
    return admit(ceiling, facts, HERE, request, now=NOW)


def test_a_server_that_said_nothing_takes_everything_at_the_usual_share() -> None:
    assert said(policy_facts()) == Admission(granted=0, weight=Fraction(1))


@each_case("stop", CLOSED)
def test_what_is_closed_says_so_by_its_name(stop: str) -> None:
    denied = said(policy_facts(**CLOSED[stop]))
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason(stop)
    assert kind_of(denied) is FailureKind.CHECK


@each_case("stop", CLOSED)
def test_a_place_without_a_server_knows_nothing_of_a_servers_closures(stop: str) -> None:
    facts = replace(policy_facts(**CLOSED[stop]), in_server=False)
    assert isinstance(said(facts), Admission)


def test_of_several_reasons_the_first_in_the_order_speaks() -> None:
    everything: dict[str, Any] = {}
    for name in reversed(CLOSED):
        everything |= CLOSED[name]
        denied = said(policy_facts(**everything, rules=server(images_per_day=0)))
        assert isinstance(denied, Denied)
        assert denied.reason.value == name


@each_case(
    ("said_of", "only_open", "expected"),
    [
        ({}, False, True),
        ({}, True, False),
        ({500: True}, True, True),
        ({500: True, 5: False}, True, False),
        ({500: False, 5: True}, False, True),
        ({5: False, 51: True}, False, True),
        ({51: False, 5: True}, True, False),
    ],
)
def test_the_nearest_place_of_which_something_was_said_decides(
    said_of: dict[int, bool], only_open: bool, expected: bool
) -> None:
    facts = policy_facts(channels=said_of, only_open=only_open)
    assert is_open(facts, HERE.channel_ids) is expected


def test_a_grant_covers_what_the_windows_do_not_and_no_more() -> None:
    used = Usage(entries=[UsageEntry(NOW - timedelta(hours=1), 9)])
    facts = policy_facts(rules=server(images_per_day=10), here=used, everywhere=used, grants=(grant(5),))
    assert said(facts) == Admission(granted=1, weight=Fraction(1))
    assert said(facts, replace(ASK, images=4)) == Admission(granted=3, weight=Fraction(1))


def test_a_grant_that_is_too_small_leaves_the_window_to_say_no() -> None:
    used = Usage(entries=[UsageEntry(NOW - timedelta(hours=1), 10)])
    denied = said(policy_facts(rules=server(images_per_day=10), here=used, grants=(grant(1),)))
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert (denied.exceeded.limit, denied.exceeded.used) == (Limit.IMAGES_PER_DAY, 10)


def test_a_grant_opens_a_window_that_is_shut() -> None:
    facts = policy_facts(rules=server(images_per_day=0), grants=(grant(2),))
    assert said(facts) == Admission(granted=2, weight=Fraction(1))


def test_a_grant_does_not_lift_the_operators_ceiling() -> None:
    used = Usage(entries=[UsageEntry(NOW - timedelta(hours=1), 9)])
    ceiling = Rule(scope=Scope.OPERATOR, says={Limit.IMAGES_PER_DAY: 10})
    denied = said(policy_facts(everywhere=used, grants=(grant(5),)), ceiling=ceiling)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert denied.exceeded.by.scope is Scope.OPERATOR


def test_a_grant_pays_no_money() -> None:
    facts = policy_facts(rules=server(server_micro_usd_per_day=84_000), grants=(grant(5),))
    spent = Usage(server_micro_usd_today=1)
    assert isinstance(said(facts), Admission)
    denied = said(replace(facts, here=spent))
    assert isinstance(denied, Denied)
    assert kind_of(denied) is FailureKind.CREDIT


def test_a_server_counts_what_was_made_in_it_and_the_operator_what_was_made_anywhere() -> None:
    elsewhere = Usage(entries=[UsageEntry(NOW - timedelta(hours=1), 9)])
    assert isinstance(said(policy_facts(rules=server(images_per_day=5), everywhere=elsewhere)), Admission)
    ceiling = Rule(scope=Scope.OPERATOR, says={Limit.IMAGES_PER_DAY: 10})
    denied = said(policy_facts(rules=server(images_per_day=5), everywhere=elsewhere), ceiling=ceiling)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert denied.exceeded.used == 9


ANIMATE = ImageRequest(
    kind=JobKind.ANIMATE,
    prompt="a red fox runs",
    model="minimax/hailuo-02",
    aspect=None,
    resolution=Resolution.TWO_K,
    count=1,
    video=VideoSettings(seconds=6, quality=VideoQuality.P768),
)
VIDEO = usage_requested(ANIMATE, price_micro_usd=436_800)


def test_a_video_counts_as_one_and_as_no_picture_and_costs_its_price() -> None:
    assert (VIDEO.images, VIDEO.videos, VIDEO.estimate_micro_usd) == (0, 1, 436_800)


def test_a_server_makes_no_videos_until_a_rule_allows_them_and_a_place_without_one_does() -> None:
    denied = said(policy_facts(), VIDEO)
    assert isinstance(denied, Denied)
    assert denied.exceeded == LimitExceeded(limit=Limit.MAY_ANIMATE, by=DEFAULTS)
    assert kind_of(denied) is FailureKind.CHECK
    assert isinstance(said(policy_facts(rules=server(may_animate=True)), VIDEO), Admission)
    assert isinstance(said(PolicyFacts(), VIDEO), Admission)


def test_extra_pictures_make_no_video() -> None:
    used = Usage(entries=[UsageEntry(NOW - timedelta(hours=1), 0, 2)])
    rules = server(may_animate=True, videos_per_day=2, images_per_day=0)
    denied = said(policy_facts(rules=rules, here=used, grants=(grant(5),)), VIDEO)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert (denied.exceeded.limit, denied.exceeded.opens_at) == (
        Limit.VIDEOS_PER_DAY,
        NOW + timedelta(hours=23),
    )
    assert kind_of(denied) is FailureKind.BUSY


def test_a_video_takes_no_extra_picture() -> None:
    rules = server(may_animate=True, images_per_day=0)
    used = Usage(entries=[UsageEntry(NOW - timedelta(hours=1), 3)])
    assert said(policy_facts(rules=rules, here=used, grants=(grant(5),)), VIDEO) == Admission(
        granted=0, weight=Fraction(1)
    )


def test_the_operators_budget_for_a_server_is_not_asked_of_a_person_elsewhere() -> None:
    ceiling = Rule(scope=Scope.OPERATOR, says={Limit.SERVER_USD_PER_DAY: 0})
    assert isinstance(admit(ceiling, PolicyFacts(), RequestContext(), ASK, now=NOW), Admission)
    assert isinstance(said(policy_facts(), ceiling=ceiling), Denied)


def test_what_waits_is_not_held_up_by_a_cooldown_that_came_later() -> None:
    facts = policy_facts(rules=server(cooldown_s=60), here=Usage(last_command_at=NOW - timedelta(seconds=1)))
    assert isinstance(said(facts), Denied)
    assert isinstance(said(facts, replace(ASK, waits=True)), Admission)


@each_case("limit", Limit)
def test_every_limit_is_one_of_the_five_answers(limit: Limit) -> None:
    denied = Denied(reason=DenialReason.LIMIT, exceeded=LimitExceeded(limit=limit, by=FREE))
    assert kind_of(denied) in {FailureKind.CHECK, FailureKind.CREDIT, FailureKind.BUSY}
    failure = denial_failure(denied)
    assert (failure.code, failure.subject) == ("denied:limit", limit.value)


@each_case("limit", [*WINDOWS, Limit.JOBS_AT_ONCE, Limit.COOLDOWN_S])
def test_a_limit_that_time_alone_opens_is_busy_unless_it_allows_none_at_all(limit: Limit) -> None:
    some, none = (LimitExceeded(limit=limit, by=FREE, allowed=allowed) for allowed in (1, 0))
    assert kind_of(Denied(reason=DenialReason.LIMIT, exceeded=some)) is FailureKind.BUSY
    assert kind_of(Denied(reason=DenialReason.LIMIT, exceeded=none)) is FailureKind.CHECK


USED = st.lists(
    st.tuples(st.integers(0, 48 * 60), st.integers(1, 4)).map(
        lambda pair: UsageEntry(NOW - timedelta(minutes=pair[0]), pair[1])
    ),
    max_size=12,
).map(lambda entries: sorted(entries, key=lambda entry: entry.at))


@given(USED, st.integers(1, 4), st.integers(0, 12), st.integers(0, 12), st.integers(0, 6))
def test_used_and_asked_never_exceed_what_windows_and_grants_give_together(
    entries: list[UsageEntry], images: int, hourly: int, daily: int, left: int
) -> None:
    usage = Usage(entries=entries)
    rules = server(images_per_hour=hourly, images_per_day=daily)
    grants = (grant(left),) if left else ()
    facts = policy_facts(rules=rules, here=usage, everywhere=usage, grants=grants)
    decision = said(facts, replace(ASK, images=images))
    in_hour, in_day = (usage.used(limit, NOW) for limit in (Limit.IMAGES_PER_HOUR, Limit.IMAGES_PER_DAY))
    needed = min(images, max(0, in_hour + images - hourly, in_day + images - daily))
    if needed <= left:
        assert decision == Admission(granted=needed, weight=Fraction(1))
    else:
        assert isinstance(decision, Denied)
