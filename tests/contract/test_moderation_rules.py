"""Limits that moderators set and clear."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import BigInteger, Text, insert, literal, select
from sqlalchemy.exc import StatementError

from bot.domain.jobs import JobState, RequestContext
from bot.domain.moderation import Applied, ClearLimits, NoChange, SetLimit, SetModLog
from bot.domain.policy.rules import Limit, Rule, Scope, Value
from bot.domain.sizes import Resolution
from bot.storage.columns import Json
from bot.storage.engine import Store
from bot.storage.moderation.changes import MAX_MEMBER_RULES, MAX_RULES
from bot.storage.schema import rules, servers
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MOD,
    MODLOG,
    applied,
    count,
    execute,
    member_limit,
    refused,
    server_limit,
    taken,
)
from tests.contract.store_material import ANN, BEN, NOW, claimed, queued

PER_DAY, PER_HOUR = Limit.IMAGES_PER_DAY, Limit.IMAGES_PER_HOUR


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


def clear(
    limit: Limit | None = None, scope: Scope = Scope.MEMBER, subject_id: int | None = ANN
) -> ClearLimits:
    return ClearLimits(scope=scope, subject_id=subject_id, limit=limit)


async def fill(store: Store, scope: Scope, number: int, *, first: int = 1) -> None:
    """Rules of so many subjects, made in the database itself."""
    counted = select(literal(first, BigInteger).label("id")).cte("counted", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < first + number - 1))
    says = literal({"images_per_day": 1}, Json)
    rows = select(literal(GUILD, BigInteger), literal(scope.value, Text), counted.c.id, says)
    await execute(store, insert(rules).from_select(["guild_id", "scope", "subject_id", "says"], rows))


async def test_several_changes_are_made_at_once_and_each_is_on_record(moderation: SqlModerationStore) -> None:
    await moderation.apply(GUILD, server_limit(5), by=MOD, now=NOW)
    changes = [SetModLog(channel_id=MODLOG), server_limit(5), server_limit(9, PER_HOUR)]

    outcomes = await moderation.apply_all(GUILD, changes, by=MOD, now=NOW)

    assert [isinstance(one, Applied) for one in outcomes] == [True, False, True]
    latest = await moderation.audit(GUILD, limit=2)
    assert [entry.change for entry in latest] == [changes[2], changes[0]]
    entries = await taken(moderation)
    assert [entry.audit.change for entry in entries if entry.audit] == [changes[0], changes[2]]


async def test_of_several_changes_none_is_made_where_one_cannot_be_stored(
    moderation: SqlModerationStore,
) -> None:
    cannot_be_stored = replace(server_limit(5), value=object())  # pyright: ignore[reportArgumentType]

    with pytest.raises(StatementError, match="JSON"):
        await moderation.apply_all(GUILD, [server_limit(9, PER_HOUR), cannot_be_stored], by=MOD, now=NOW)

    assert (await moderation.rule(GUILD, Scope.SERVER, None)).says == {}
    assert await moderation.audit(GUILD, limit=1) == ()


@pytest.mark.parametrize(
    ("limit", "value", "stored"),
    [
        (PER_DAY, 20, 20),
        (PER_DAY, 0, 0),
        (PER_DAY, None, None),
        (Limit.COOLDOWN_S, 60, 60),
        (Limit.MAY_EDIT, False, False),
        (Limit.RESOLUTION, Resolution.TWO_K, "2K"),
        (Limit.WEIGHT, Fraction(3, 2), "3/2"),
        (Limit.MODELS, frozenset({"b", "a"}), ["a", "b"]),
        (Limit.MODELS, None, None),
        (Limit.SERVER_USD_PER_DAY, 10**12, 10**12),
    ],
)
async def test_a_limit_reads_back_as_it_was_set(
    moderation: SqlModerationStore, limit: Limit, value: Value, stored: Any
) -> None:
    outcome = await applied(moderation, server_limit(value, limit))

    assert (outcome.before, outcome.after) == ({}, {limit.value: stored})
    assert await moderation.rule(GUILD, Scope.SERVER, None) == Rule(scope=Scope.SERVER, says={limit: value})


@pytest.mark.parametrize("scope", [Scope.ROLE, Scope.CHANNEL, Scope.MEMBER])
async def test_each_subject_has_a_rule_of_its_own(moderation: SqlModerationStore, scope: Scope) -> None:
    await applied(moderation, SetLimit(scope=scope, subject_id=5, limit=PER_DAY, value=20))
    await applied(moderation, SetLimit(scope=scope, subject_id=6, limit=PER_DAY, value=30))

    assert await moderation.rule(GUILD, scope, 5) == Rule(scope=scope, subject_id=5, says={PER_DAY: 20})
    assert await moderation.rule(GUILD, scope, 6) == Rule(scope=scope, subject_id=6, says={PER_DAY: 30})
    assert await moderation.rule(GUILD, scope, 7) == Rule(scope=scope, subject_id=7)


async def test_a_rule_of_one_server_is_unknown_in_another(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))

    assert (await moderation.rule(ELSEWHERE, Scope.MEMBER, ANN)).says == {}
    assert await refused(moderation, clear(), guild_id=ELSEWHERE) is NoChange.NOT_SET


async def test_a_new_value_replaces_the_old_one_and_both_are_told(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))

    outcome = await applied(moderation, member_limit(30))

    assert (outcome.before, outcome.after) == ({PER_DAY: 20}, {PER_DAY: 30})


async def test_what_a_rule_says_of_other_limits_stays(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))
    await applied(moderation, member_limit(5, PER_HOUR))

    assert (await moderation.rule(GUILD, Scope.MEMBER, ANN)).says == {PER_DAY: 20, PER_HOUR: 5}


@pytest.mark.parametrize("value", [20, None])
async def test_setting_what_stands_changes_nothing(moderation: SqlModerationStore, value: int | None) -> None:
    await applied(moderation, member_limit(value))

    assert await refused(moderation, member_limit(value)) is NoChange.SAME


async def test_no_limit_is_something_that_a_rule_can_say(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))

    outcome = await applied(moderation, member_limit(None))

    assert outcome.after == {PER_DAY: None}
    assert (await moderation.rule(GUILD, Scope.MEMBER, ANN)).says == {PER_DAY: None}


async def test_clearing_one_limit_leaves_the_others(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))
    await applied(moderation, member_limit(5, PER_HOUR))

    outcome = await applied(moderation, clear(PER_DAY))

    assert (outcome.before, outcome.after) == ({PER_DAY: 20}, {})
    assert (await moderation.rule(GUILD, Scope.MEMBER, ANN)).says == {PER_HOUR: 5}


async def test_clearing_everything_tells_all_that_was_said(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))
    await applied(moderation, member_limit(5, PER_HOUR))

    outcome = await applied(moderation, clear())

    assert (outcome.before, outcome.after) == ({PER_DAY: 20, PER_HOUR: 5}, {})
    assert (await moderation.rule(GUILD, Scope.MEMBER, ANN)).says == {}


@pytest.mark.parametrize("limit", [None, PER_DAY])
async def test_a_rule_that_says_nothing_is_none(
    store: Store, moderation: SqlModerationStore, limit: Limit | None
) -> None:
    await applied(moderation, member_limit(20))

    await applied(moderation, clear(limit))

    assert await count(store, rules) == 0


@pytest.mark.parametrize("limit", [None, PER_HOUR])
async def test_clearing_what_is_not_set_changes_nothing(
    moderation: SqlModerationStore, limit: Limit | None
) -> None:
    await applied(moderation, member_limit(20, user_id=BEN))
    await applied(moderation, server_limit(20))

    assert await refused(moderation, clear(limit)) is NoChange.NOT_SET


async def test_clearing_the_servers_rule_leaves_members_alone(moderation: SqlModerationStore) -> None:
    await applied(moderation, server_limit(20))
    await applied(moderation, member_limit(20))

    await applied(moderation, clear(scope=Scope.SERVER, subject_id=None))

    assert (await moderation.rule(GUILD, Scope.SERVER, None)).says == {}
    assert (await moderation.rule(GUILD, Scope.MEMBER, ANN)).says == {PER_DAY: 20}


async def test_settings_show_every_rule_but_members(moderation: SqlModerationStore) -> None:
    role = SetLimit(scope=Scope.ROLE, subject_id=5, limit=PER_DAY, value=20)
    channel = SetLimit(scope=Scope.CHANNEL, subject_id=6, limit=Limit.MAY_EDIT, value=False)
    for change in (role, channel, server_limit(10), member_limit(1), member_limit(1, user_id=BEN)):
        await applied(moderation, change)

    settings = await moderation.settings(GUILD, now=NOW)

    assert set(map(_facts, settings.rules)) == {
        (Scope.SERVER, None, PER_DAY, 10),
        (Scope.ROLE, 5, PER_DAY, 20),
        (Scope.CHANNEL, 6, Limit.MAY_EDIT, False),
    }
    assert settings.member_rules == 2


def _facts(rule: Rule) -> tuple[Scope, int | None, Limit, Value]:
    ((limit, value),) = rule.says.items()
    return rule.scope, rule.subject_id, limit, value


async def test_a_decision_rests_on_the_rules_that_stand(moderation: SqlModerationStore) -> None:
    await applied(moderation, member_limit(20))
    await applied(moderation, server_limit(10))

    facts = await moderation.facts(ANN, GUILD, RequestContext(), now=NOW)

    assert {(rule.scope, rule.subject_id) for rule in facts.rules} == {
        (Scope.MEMBER, ANN),
        (Scope.SERVER, None),
    }


async def test_roles_and_channels_share_one_bound(store: Store, moderation: SqlModerationStore) -> None:
    await fill(store, Scope.ROLE, MAX_RULES - 1)
    await applied(moderation, SetLimit(scope=Scope.CHANNEL, subject_id=1, limit=PER_DAY, value=2))

    for scope in (Scope.ROLE, Scope.CHANNEL):
        one_more = SetLimit(scope=scope, subject_id=MAX_RULES, limit=PER_DAY, value=2)
        assert await refused(moderation, one_more) is NoChange.TOO_MANY


async def test_where_rules_are_full_those_that_stand_can_change(
    store: Store, moderation: SqlModerationStore
) -> None:
    await fill(store, Scope.ROLE, MAX_RULES)

    await applied(moderation, SetLimit(scope=Scope.ROLE, subject_id=1, limit=PER_DAY, value=2))
    await applied(moderation, server_limit(10))
    await applied(moderation, member_limit(10))


async def test_members_have_a_bound_of_their_own(store: Store, moderation: SqlModerationStore) -> None:
    await fill(store, Scope.MEMBER, MAX_MEMBER_RULES - 1, first=1_000)
    await applied(moderation, member_limit(20, user_id=ANN))

    assert await refused(moderation, member_limit(20, user_id=BEN)) is NoChange.TOO_MANY
    await applied(moderation, SetLimit(scope=Scope.ROLE, subject_id=1, limit=PER_DAY, value=2))


async def test_reading_makes_no_server(store: Store, moderation: SqlModerationStore) -> None:
    settings = await moderation.settings(GUILD, now=NOW)

    assert (settings.rules, settings.member_rules, settings.pause) == ((), 0, None)
    assert await count(store, servers) == 0


async def test_a_rule_of_a_newer_version_stops_no_claim(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    says = {"resolution": "8K", "weight": "1/0", "from_the_future": [1], "images_per_day": 9}
    row = {"guild_id": GUILD, "scope": "server", "subject_id": 0, "says": says}
    await queued(jobs)
    await execute(store, insert(rules).values(**row))

    job, _ = await claimed(jobs)

    assert job.state is JobState.RENDERING
    assert (await moderation.rule(GUILD, Scope.SERVER, None)).says == {
        Limit.RESOLUTION: Resolution.TWO_K,
        Limit.WEIGHT: Fraction(1, 100),
        PER_DAY: 9,
    }
