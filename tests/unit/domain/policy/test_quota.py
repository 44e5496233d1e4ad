"""The combination table, and what fits it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import JobKind
from bot.domain.policy.quota import (
    VIDEO_WINDOWS,
    WINDOWS,
    Usage,
    UsageEntry,
    UsageRequest,
    first_exceeded,
)
from bot.domain.policy.rules import (
    COUNT,
    DEFAULTS,
    DURATION,
    FREE,
    LIMIT_TYPES,
    MODELS,
    OF_THE_SERVER,
    PERMISSION,
    RESOLUTION,
    WEIGHT,
    Limit,
    Rule,
    Ruling,
    Scope,
    combine,
    decode,
    encode_value,
    is_value,
)
from bot.domain.sizes import Resolution
from tests.tables import each_case

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL = {limit: order.freest for limit, order in LIMIT_TYPES.items()}
MODEL_SETS = st.frozensets(st.sampled_from(["a", "b", "c"]))
VALUES: dict[int, st.SearchStrategy[Any]] = {
    id(COUNT): st.none() | st.integers(0, 20),
    id(DURATION): st.integers(0, 600),
    id(PERMISSION): st.booleans(),
    id(RESOLUTION): st.sampled_from(Resolution),
    id(MODELS): st.none() | MODEL_SETS,
    id(WEIGHT): st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(3)]),
}


def says(scope: Scope) -> st.SearchStrategy[dict[Limit, Any]]:
    speaks_for_all = scope in {Scope.OPERATOR, Scope.SERVER}
    sayable = [limit for limit in Limit if speaks_for_all or limit not in OF_THE_SERVER]
    each = {limit: VALUES[id(LIMIT_TYPES[limit])] for limit in sayable}
    return st.fixed_dictionaries({}, optional=each)


def rules(scope: Scope, subject_id: int | None = None) -> st.SearchStrategy[Rule]:
    return says(scope).map(lambda said: Rule(scope=scope, subject_id=subject_id, says=said))


CEILING, SERVER = rules(Scope.OPERATOR), rules(Scope.SERVER)
CHANNEL, MEMBER = rules(Scope.CHANNEL, 5), rules(Scope.MEMBER, 7)
ROLES = st.lists(st.integers(1, 9), unique=True, max_size=4).flatmap(
    lambda ids: st.tuples(*(rules(Scope.ROLE, subject) for subject in ids))
)


def is_no_wider(limit: Limit, value: Any, than: Any) -> bool:
    return bool(LIMIT_TYPES[limit].wider(value, than) == than)


@given(CEILING, SERVER, ROLES, MEMBER, CHANNEL)
def test_the_operators_ceiling_always_holds(
    ceiling: Rule, server: Rule, roles: tuple[Rule, ...], member: Rule, channel: Rule
) -> None:
    ruling = combine(ceiling=ceiling, server=server, roles=roles, member=member, channels=[channel])
    for limit, most in ceiling.says.items():
        assert is_no_wider(limit, ruling.value(limit), most)


@given(CEILING, SERVER, ROLES, MEMBER, CHANNEL)
def test_a_channel_can_only_narrow(
    ceiling: Rule, server: Rule, roles: tuple[Rule, ...], member: Rule, channel: Rule
) -> None:
    without = combine(ceiling=ceiling, server=server, roles=roles, member=member)
    within = combine(ceiling=ceiling, server=server, roles=roles, member=member, channels=[channel])
    for limit in Limit:
        assert is_no_wider(limit, within.value(limit), without.value(limit))


@given(SERVER, ROLES, MEMBER)
def test_a_members_own_rule_beats_roles_and_server(
    server: Rule, roles: tuple[Rule, ...], member: Rule
) -> None:
    ruling = combine(ceiling=FREE, server=server, roles=roles, member=member)
    for limit, value in member.says.items():
        assert ruling.value(limit) == value
        assert ruling.decided[limit].by == member


@given(SERVER, ROLES)
def test_the_most_generous_role_beats_the_server_whatever_their_order(
    server: Rule, roles: tuple[Rule, ...]
) -> None:
    ruling = combine(ceiling=FREE, server=server, roles=roles)
    assert ruling == combine(ceiling=FREE, server=server, roles=roles[::-1])
    for limit in Limit:
        speaking = [rule.says[limit] for rule in roles if limit in rule.says]
        for value in speaking:
            assert is_no_wider(limit, value, ruling.value(limit))
        if not speaking and limit in server.says:
            assert ruling.value(limit) == server.says[limit]


@given(CEILING, SERVER, ROLES, MEMBER, CHANNEL)
def test_every_value_names_a_rule_that_spoke_of_it(
    ceiling: Rule, server: Rule, roles: tuple[Rule, ...], member: Rule, channel: Rule
) -> None:
    ruling = combine(ceiling=ceiling, server=server, roles=roles, member=member, channels=[channel])
    for limit, decided in ruling.decided.items():
        assert limit in decided.by.says or (decided.by == FREE and decided.value == LIMIT_TYPES[limit].freest)
        assert (decided.by == DEFAULTS) <= (decided.value == DEFAULTS.says.get(limit))


VIDEO_RULES = st.none() | st.booleans()


@given(VIDEO_RULES, st.lists(VIDEO_RULES, max_size=3), VIDEO_RULES, VIDEO_RULES)
def test_a_member_may_animate_only_where_the_first_rule_that_speaks_of_it_allows_it(
    server: bool | None, roles: list[bool | None], member: bool | None, channel: bool | None
) -> None:
    def rule(scope: Scope, value: bool | None) -> Rule:
        return Rule(scope=scope, says={} if value is None else {Limit.MAY_ANIMATE: value})

    ruling = combine(
        ceiling=FREE,
        server=rule(Scope.SERVER, server),
        roles=[rule(Scope.ROLE, one) for one in roles],
        member=rule(Scope.MEMBER, member),
        channels=[rule(Scope.CHANNEL, channel)],
    )

    of_roles = next((value for value in (True, False) if value in roles), None)
    given = next((value for value in (member, of_roles, server) if value is not None), False)
    assert ruling.value(Limit.MAY_ANIMATE) is (given and channel is not False)


def test_where_no_rule_speaks_of_videos_a_server_has_none_and_other_places_have() -> None:
    assert combine(ceiling=FREE).decided[Limit.MAY_ANIMATE].by == DEFAULTS
    assert combine(ceiling=FREE, defaults=FREE).value(Limit.MAY_ANIMATE) is True


@given(CEILING, SERVER, st.lists(rules(Scope.CHANNEL, 5), max_size=3))
def test_each_of_several_channels_narrows_whatever_their_order(
    ceiling: Rule, server: Rule, channels: list[Rule]
) -> None:
    ruling = combine(ceiling=ceiling, server=server, channels=channels)
    backwards = combine(ceiling=ceiling, server=server, channels=channels[::-1])
    for limit in Limit:
        assert ruling.value(limit) == backwards.value(limit)
        for channel in channels:
            if limit in channel.says:
                assert is_no_wider(limit, ruling.value(limit), channel.says[limit])


@given(SERVER, MEMBER)
def test_an_explicit_no_for_a_member_wins_over_everything(server: Rule, member: Rule) -> None:
    no = replace(member, says={**member.says, Limit.MAY_IMAGINE: False})
    ruling = combine(ceiling=FREE, server=server, roles=[Rule(scope=Scope.ROLE, says=ALL)], member=no)
    assert ruling.value(Limit.MAY_IMAGINE) is False
    assert ruling.decided[Limit.MAY_IMAGINE].by == no


@given(
    st.sampled_from(Limit).flatmap(lambda limit: st.tuples(st.just(limit), VALUES[id(LIMIT_TYPES[limit])]))
)
def test_a_value_comes_back_from_json_as_it_went(pair: tuple[Limit, Any]) -> None:
    limit, value = pair
    assert decode(limit, json.loads(json.dumps(encode_value(value)))) == value


NONSENSE: list[Any] = [None, -1, 1.5, True, "8K", "1/0", "0", [], ["a", 1], [[]], {}, {"at_most": 3}]


@each_case("limit", Limit)
def test_what_makes_no_sense_reads_as_the_narrowest_there_is(limit: Limit) -> None:
    for stored in NONSENSE:
        value = decode(limit, stored)

        assert is_value(limit, value), stored
        assert encode_value(value) == stored or value == LIMIT_TYPES[limit].narrowest, stored


@each_case("limit", Limit)
def test_the_narrowest_value_is_narrower_than_the_freest(limit: Limit) -> None:
    order = LIMIT_TYPES[limit]
    assert is_value(limit, order.freest)
    assert is_value(limit, order.narrowest)
    assert order.narrower(order.freest, order.narrowest) == order.narrowest
    assert order.wider(order.freest, order.narrowest) == order.freest


def test_where_nobody_said_anything_everything_is_allowed() -> None:
    request = UsageRequest(
        kind=JobKind.EDIT,
        images=4,
        references=14,
        resolution=Resolution.FOUR_K,
        model="any",
        private=True,
        estimate_micro_usd=168_000,
    )
    assert first_exceeded(combine(ceiling=FREE), Usage(), request, now=NOW) is None


SMALL = UsageRequest(
    kind=JobKind.IMAGINE,
    images=1,
    references=0,
    resolution=Resolution.TWO_K,
    model="a",
    private=False,
    estimate_micro_usd=42_000,
)
EDIT = replace(SMALL, kind=JobKind.EDIT, references=3)
VIDEO = replace(SMALL, kind=JobKind.ANIMATE, images=0, videos=1, references=2)


def used(days: int) -> Usage:
    return Usage(entries=[UsageEntry(NOW - timedelta(days=days), 0, 1)])


@each_case(
    ("limit", "value", "request_", "usage"),
    [
        (Limit.MAY_IMAGINE, False, SMALL, Usage()),
        (Limit.MAY_EDIT, False, EDIT, Usage()),
        (Limit.MAY_BE_PRIVATE, False, replace(SMALL, private=True), Usage()),
        (Limit.MODELS, frozenset({"b"}), SMALL, Usage()),
        (Limit.RESOLUTION, Resolution.TWO_K, replace(SMALL, resolution=Resolution.FOUR_K), Usage()),
        (Limit.IMAGES_PER_COMMAND, 2, replace(SMALL, images=3), Usage()),
        (Limit.REFERENCES_PER_EDIT, 2, EDIT, Usage()),
        (Limit.JOBS_AT_ONCE, 2, SMALL, Usage(open_jobs=2)),
        (Limit.COOLDOWN_S, 60, SMALL, Usage(last_command_at=NOW - timedelta(seconds=59))),
        (Limit.IMAGES_PER_HOUR, 1, SMALL, Usage(entries=[UsageEntry(NOW - timedelta(minutes=59), 1)])),
        (Limit.IMAGES_PER_WEEK, 1, SMALL, Usage(entries=[UsageEntry(NOW - timedelta(days=6), 1)])),
        (Limit.IMAGES_PER_MONTH, 1, SMALL, Usage(entries=[UsageEntry(NOW - timedelta(days=29), 1)])),
        (Limit.MAY_ANIMATE, False, VIDEO, Usage()),
        (Limit.VIDEOS_PER_DAY, 1, VIDEO, used(days=0)),
        (Limit.VIDEOS_PER_WEEK, 1, VIDEO, used(days=6)),
        (Limit.VIDEOS_PER_MONTH, 1, VIDEO, used(days=29)),
        (Limit.JOBS_AT_ONCE, 2, VIDEO, Usage(open_jobs=2)),
        (Limit.COOLDOWN_S, 60, VIDEO, Usage(last_command_at=NOW)),
        (Limit.MODELS, frozenset({"b"}), VIDEO, Usage()),
        (Limit.MAY_BE_PRIVATE, False, replace(VIDEO, private=True), Usage()),
        (Limit.USD_PER_DAY, 60_000, VIDEO, Usage(micro_usd_today=20_000)),
        (Limit.USD_PER_DAY, 60_000, SMALL, Usage(micro_usd_today=20_000)),
        (Limit.USD_PER_MONTH, 60_000, SMALL, Usage(micro_usd_this_month=20_000)),
        (Limit.SERVER_USD_PER_DAY, 60_000, SMALL, Usage(server_micro_usd_today=20_000)),
        (Limit.SERVER_USD_PER_MONTH, 60_000, SMALL, Usage(server_micro_usd_this_month=20_000)),
    ],
)
def test_each_limit_says_no_by_its_own_name_and_yes_when_it_is_lifted(
    limit: Limit, value: Any, request_: UsageRequest, usage: Usage
) -> None:
    rule = Rule(scope=Scope.SERVER, says={limit: value})
    refused = first_exceeded(combine(ceiling=FREE, server=rule, defaults=FREE), usage, request_, now=NOW)
    assert refused is not None
    assert (refused.limit, refused.by) == (limit, rule)
    assert refused.allowed == (value if type(value) is int else None)  # what is left to leave has no number
    free = {limit: LIMIT_TYPES[limit].freest}
    member = Rule(scope=Scope.MEMBER, subject_id=7, says=free)
    lifted = combine(ceiling=FREE, server=rule, member=member, defaults=FREE)
    if limit in OF_THE_SERVER:  # nobody's privilege
        assert first_exceeded(lifted, usage, request_, now=NOW) is not None
        lifted = combine(ceiling=FREE, server=Rule(scope=Scope.SERVER, says=free))
    assert first_exceeded(lifted, usage, request_, now=NOW) is None


ENTRIES = st.lists(
    st.tuples(st.integers(0, 31 * 24 * 60), st.integers(1, 4)).map(
        lambda pair: UsageEntry(NOW - timedelta(minutes=pair[0]), pair[1], pair[0] % 3)
    ),
    max_size=30,
).map(lambda entries: sorted(entries, key=lambda entry: entry.at))


def ruling_of(**limits: Any) -> Ruling:
    says = {Limit(name): value for name, value in limits.items()}
    return combine(ceiling=Rule(scope=Scope.OPERATOR, says=says), defaults=FREE)


def asking(limit: Limit, number: int) -> UsageRequest:
    """For as many as `number` of what the limit counts."""
    return replace(VIDEO, videos=number) if limit in VIDEO_WINDOWS else replace(SMALL, images=number)


@given(ENTRIES, st.integers(1, 4), st.sampled_from(sorted(WINDOWS)), st.integers(0, 40))
def test_what_is_allowed_never_goes_over_a_window(
    entries: list[UsageEntry], number: int, limit: Limit, allowed: int
) -> None:
    usage = Usage(entries=entries)
    refused = first_exceeded(ruling_of(**{limit: allowed}), usage, asking(limit, number), now=NOW)
    assert (refused is None) == (usage.used(limit, NOW) + number <= allowed)


@given(ENTRIES, st.sampled_from(sorted(WINDOWS)), st.integers(0, 9))
def test_pictures_count_against_no_limit_of_videos_and_videos_against_none_of_pictures(
    entries: list[UsageEntry], limit: Limit, allowed: int
) -> None:
    request = SMALL if limit in VIDEO_WINDOWS else VIDEO
    assert first_exceeded(ruling_of(**{limit: allowed}), Usage(entries=entries), request, now=NOW) is None


@each_case(
    "limits",
    [
        {"images_per_command": 0, "references_per_edit": 0},
        {"resolution": Resolution.TWO_K, "images_per_day": 0},
        {"may_imagine": False, "may_edit": False},
    ],
)
def test_what_limits_pictures_limits_no_video(limits: dict[str, Any]) -> None:
    request = replace(VIDEO, resolution=Resolution.FOUR_K)
    assert first_exceeded(ruling_of(**limits), Usage(), request, now=NOW) is None


def test_that_the_operator_allows_none_is_told_before_what_a_moderator_could_open() -> None:
    ceiling = Rule(scope=Scope.OPERATOR, says={Limit.VIDEOS_PER_DAY: 0})
    refused = first_exceeded(combine(ceiling=ceiling), Usage(), VIDEO, now=NOW)
    assert refused is not None
    assert (refused.limit, refused.by, refused.is_forbidden) == (Limit.VIDEOS_PER_DAY, ceiling, True)


@given(ENTRIES, st.integers(1, 4), st.sampled_from(sorted(WINDOWS)), st.integers(1, 40))
def test_a_window_opens_when_it_says_and_not_a_moment_before(
    entries: list[UsageEntry], number: int, limit: Limit, allowed: int
) -> None:
    ruling, usage, request = (
        ruling_of(**{limit: allowed}),
        Usage(entries=entries),
        asking(limit, number),
    )
    refused = first_exceeded(ruling, usage, request, now=NOW)
    if refused is None:
        return
    if number > allowed:
        assert refused.opens_at is None
        return
    assert refused.opens_at is not None
    assert first_exceeded(ruling, usage, request, now=refused.opens_at) is None
    assert (
        first_exceeded(ruling, usage, request, now=refused.opens_at - timedelta(microseconds=1)) is not None
    )


def test_a_month_of_money_opens_on_the_first_of_the_next() -> None:
    last = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    usage = Usage(micro_usd_this_month=90_000)
    refused = first_exceeded(ruling_of(micro_usd_per_month=100_000), usage, SMALL, now=last)
    assert refused is not None
    assert refused.opens_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_of_several_limits_that_wait_the_one_that_opens_last_speaks() -> None:
    entries = [UsageEntry(NOW - timedelta(hours=20), 1), UsageEntry(NOW - timedelta(minutes=50), 1)]
    usage = Usage(entries=entries, last_command_at=NOW - timedelta(seconds=1), micro_usd_today=90_000)
    limits = {"cooldown_s": 30, "images_per_hour": 1, "images_per_day": 2}
    refused = first_exceeded(ruling_of(**limits), usage, SMALL, now=NOW)
    assert refused is not None
    assert (refused.limit, refused.opens_at) == (Limit.IMAGES_PER_DAY, NOW + timedelta(hours=4))
    refused = first_exceeded(ruling_of(**limits, micro_usd_per_day=100_000), usage, SMALL, now=NOW)
    assert refused is not None
    assert (refused.limit, refused.opens_at) == (Limit.USD_PER_DAY, NOW + timedelta(hours=12))


@given(ENTRIES, st.integers(1, 4), st.integers(1, 9), st.integers(1, 20), st.integers(0, 3600))
def test_once_it_opens_nothing_else_is_in_the_way(
    entries: list[UsageEntry], images: int, hourly: int, daily: int, cooldown_s: int
) -> None:
    ruling = ruling_of(images_per_hour=hourly, images_per_day=daily, cooldown_s=cooldown_s)
    usage = Usage(entries=entries, last_command_at=entries[-1].at if entries else None)
    request = replace(SMALL, images=images)
    refused = first_exceeded(ruling, usage, request, now=NOW)
    if refused is not None and refused.opens_at is not None:
        assert first_exceeded(ruling, usage, request, now=refused.opens_at) is None


@each_case(
    "limit",
    [Limit.USD_PER_DAY, Limit.USD_PER_MONTH, Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH],
)
def test_what_takes_a_whole_budget_waits_for_the_next_and_what_takes_more_never_fits(limit: Limit) -> None:
    usage = Usage(
        micro_usd_today=1,
        micro_usd_this_month=1,
        server_micro_usd_today=1,
        server_micro_usd_this_month=1,
    )
    price = SMALL.estimate_micro_usd

    exactly = first_exceeded(ruling_of(**{limit: price}), usage, SMALL, now=NOW)
    less = first_exceeded(ruling_of(**{limit: price - 1}), usage, SMALL, now=NOW)

    assert exactly is not None
    assert exactly.opens_at is not None
    assert less is not None
    assert less.opens_at is None
