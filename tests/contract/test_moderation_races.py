"""Several moderators and processes at once: nothing is decided, told or counted twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from itertools import pairwise
from typing import TypeVar

import pytest
import pytest_asyncio

import bot.storage.ledger as spending
import bot.storage.moderation.outbox as telling
from bot.domain.content.filters import FilterKind
from bot.domain.moderation import (
    AddFilter,
    Applied,
    LogEntry,
    NoChange,
    Proposal,
    RemoveResult,
    ReportOutcome,
    SetModLog,
    Topic,
    Unchanged,
)
from bot.domain.policy.rules import Limit
from bot.domain.ports.stores import Accepted
from bot.storage.engine import Store
from bot.storage.moderation.modlog import MAX_PER_HOUR
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.job_ends import done
from tests.contract.moderation_material import (
    GUILD,
    MAX,
    MOD,
    applied,
    keep_modlog,
    member_limit,
    server_limit,
    taken,
)
from tests.contract.store_material import ANN, BEN, FREELY, LEASE_S, NOW, PRICE, RATES, new_job, queued

PROCESSES = 4
T = TypeVar("T")


@pytest_asyncio.fixture(loop_scope="session")
async def stores(database: Database) -> AsyncIterator[list[Store]]:
    """One for each process."""
    async with database.stores(PROCESSES) as stores:
        yield stores


@pytest.fixture
def moderations(stores: list[Store]) -> list[SqlModerationStore]:
    return [SqlModerationStore(store) for store in stores]


async def at_once(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    async with asyncio.timeout(30):  # a deadlock must not look like a slow test
        return list(await asyncio.gather(*awaitables))


async def test_of_two_moderators_each_sees_what_the_other_did(moderations: list[SqlModerationStore]) -> None:
    values = range(1, 25)

    outcomes = await at_once(
        moderations[value % PROCESSES].apply(GUILD, member_limit(value), by=(MOD, MAX)[value % 2], now=NOW)
        for value in values
    )

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    entries = (await moderations[0].audit(GUILD, limit=100))[::-1]
    assert entries[0].before == {}
    assert all(later.before == sooner.after for sooner, later in pairwise(entries))
    assert sorted(entry.after["images_per_day"] for entry in entries) == list(values)


async def test_limits_of_one_rule_set_at_once_are_all_kept(moderations: list[SqlModerationStore]) -> None:
    limits = [limit for limit in Limit if limit.value.startswith("images_")]

    await at_once(
        moderations[number % PROCESSES].apply(GUILD, server_limit(5, limit), by=MOD, now=NOW)
        for number, limit in enumerate(limits)
    )

    settings = await moderations[0].settings(GUILD, now=NOW)
    assert settings.rules[0].says == dict.fromkeys(limits, 5)


async def test_filters_added_at_once_get_numbers_of_their_own(moderations: list[SqlModerationStore]) -> None:
    words = [AddFilter(kind=FilterKind.WORD, text=f"word {number}") for number in range(20)]

    await at_once(
        moderations[number % PROCESSES].apply(GUILD, word, by=MOD, now=NOW)
        for number, word in enumerate(words)
    )

    found = await moderations[0].filters(GUILD)
    assert [one.id for one in found] == list(range(1, 21))
    assert {one.text for one in found} == {word.text for word in words}


async def test_one_filter_added_by_everybody_is_there_once(moderations: list[SqlModerationStore]) -> None:
    word = AddFilter(kind=FilterKind.WORD, text="word")

    outcomes = await at_once(one.apply(GUILD, word, by=MOD, now=NOW) for one in moderations)

    assert outcomes.count(Unchanged(why=NoChange.SAME)) == PROCESSES - 1
    assert len(await moderations[0].filters(GUILD)) == 1


async def test_a_result_is_removed_by_one_of_two(
    stores: list[Store], moderations: list[SqlModerationStore]
) -> None:
    job_id = (await done(SqlJobStore(stores[0]))).job_id

    outcomes = await at_once(
        one.apply(GUILD, RemoveResult(job_id=job_id), by=MOD, now=NOW) for one in moderations
    )

    assert outcomes.count(Unchanged(why=NoChange.SAME)) == PROCESSES - 1


async def test_a_proposal_pressed_twice_is_taken_once(moderations: list[SqlModerationStore]) -> None:
    change = member_limit(None)
    await moderations[0].propose(
        Proposal(id="p", guild_id=GUILD, by=MOD, change=change, until=NOW.replace(hour=13))
    )

    found = await at_once(one.proposal("p", guild_id=GUILD, by=MOD, now=NOW) for one in moderations)

    assert sum(one is not None for one in found) == 1


async def test_each_entry_is_given_to_one_worker_and_one_of_a_channel_at_once(
    moderations: list[SqlModerationStore],
) -> None:
    guilds = range(1, 4)
    for guild_id in guilds:
        await applied(moderations[0], SetModLog(channel_id=100 + guild_id), guild_id=guild_id)
        for value in range(1, 4):
            await applied(moderations[0], member_limit(value), guild_id=guild_id)

    rounds: list[list[LogEntry]] = []
    while not rounds or rounds[-1]:
        found = await at_once(one.next_entry(now=NOW, lease_s=LEASE_S) for one in moderations)
        rounds.append([entry for entry in found if entry is not None])
        for entry in rounds[-1]:
            await moderations[0].told(entry.id, message_id=1, now=NOW)

    for given in rounds:
        channels = [entry.channel_id for entry in given]
        assert len(set(channels)) == len(channels)
    ids = [entry.id for given in rounds for entry in given]
    assert len(ids) == len(set(ids)) == 12


async def test_reports_sent_at_once_do_not_slip_past_their_bound(
    stores: list[Store], moderations: list[SqlModerationStore]
) -> None:
    made = [await queued(SqlJobStore(stores[0])) for _ in range(2 * MAX_PER_HOUR)]

    outcomes = await at_once(
        moderations[number % PROCESSES].report(job.id, by=BEN, reason="mean", now=NOW)
        for number, job in enumerate(made)
    )

    assert Counter(outcomes) == {ReportOutcome.TAKEN: MAX_PER_HOUR, ReportOutcome.TOO_MANY: MAX_PER_HOUR}


async def test_a_report_sent_twice_at_once_is_taken_once(
    stores: list[Store], moderations: list[SqlModerationStore]
) -> None:
    job = await queued(SqlJobStore(stores[0]))

    outcomes = await at_once(one.report(job.id, by=BEN, reason="mean", now=NOW) for one in moderations)

    assert Counter(outcomes) == {ReportOutcome.TAKEN: 1, ReportOutcome.KNOWN: PROCESSES - 1}


async def test_a_budget_is_told_once_by_all_who_watch(
    stores: list[Store], moderations: list[SqlModerationStore]
) -> None:
    await applied(moderations[0], server_limit(100, Limit.SERVER_USD_PER_DAY))
    await keep_modlog(moderations[0])
    await stores[0].tx(spending.add_spent, GUILD, ANN, NOW.date(), 100)

    counts = await at_once(
        one.watch_budgets(FREELY, price_micro_usd=PRICE, now=NOW) for one in moderations * 2
    )

    assert sum(counts) == 1
    assert [entry.facts["level"] for entry in await taken(moderations[0])] == [100]


async def test_trouble_that_everybody_meets_at_once_is_told_once(
    stores: list[Store], moderations: list[SqlModerationStore]
) -> None:
    await keep_modlog(moderations[0])

    await at_once(one.tx(telling.provider_trouble, Topic.NO_CREDIT, GUILD, "job", now=NOW) for one in stores)

    assert {entry.guild_id for entry in await taken(moderations[0])} == {None, GUILD}


async def test_members_submit_while_moderators_decide(
    stores: list[Store], moderations: list[SqlModerationStore]
) -> None:
    await keep_modlog(moderations[0])
    await applied(moderations[0], server_limit(10**9, Limit.SERVER_USD_PER_DAY))

    async def submit(number: int) -> bool:
        jobs = SqlJobStore(stores[number % PROCESSES])
        return isinstance(await jobs.submit(new_job(1_000 + number % 3), FREELY, RATES), Accepted)

    async def decide(number: int) -> bool:
        change = server_limit(10**9 + number, Limit.SERVER_USD_PER_DAY)
        outcome = await moderations[number % PROCESSES].apply(GUILD, change, by=MOD, now=NOW)
        return isinstance(outcome, Applied)

    async def watch(number: int) -> bool:
        watcher = moderations[number % PROCESSES]
        return await watcher.watch_budgets(FREELY, price_micro_usd=PRICE, now=NOW) == 0

    went_well = await at_once(action(number) for number in range(1, 13) for action in (submit, decide, watch))

    assert all(went_well)
