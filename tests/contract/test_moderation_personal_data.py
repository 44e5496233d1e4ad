"""What moderators decided about a person is part of that person's data; deleting it lifts no block."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.domain.moderation import BlockMember, GiveImages, ResetMember, SetLimit, Topic
from bot.domain.policy.quota import LONGEST_WINDOW
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.stores import PersonalRecord
from bot.storage.engine import Store
from bot.storage.personal_data import count_decisions, decisions, forget_decisions
from bot.storage.schema import blocks, denials, log_entries, reports, resets
from bot.storage.sql import DELETED_USER
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    applied,
    count,
    execute,
    keep_modlog,
    member_limit,
    taken,
)
from tests.contract.store_material import ANN, BEN, CAT, NOW, queued

HOUR = timedelta(hours=1)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def decide(moderation: SqlModerationStore, user_id: int) -> None:
    """One decision of each kind."""
    for change in (
        member_limit(20, user_id=user_id),
        BlockMember(user_id=user_id, until=NOW + HOUR, reason="spam"),
        GiveImages(user_id=user_id, images=3, expires_at=None, reason="a contest"),
        ResetMember(user_id=user_id),
    ):
        await applied(moderation, change)


async def test_decisions_about_a_person_are_shown_as_plain_json(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job = await queued(jobs)
    await decide(moderation, ANN)
    await applied(moderation, member_limit(True, Limit.MAY_EDIT), guild_id=ELSEWHERE)
    await moderation.report(job.id, by=ANN, reason="mean", now=NOW)

    found = await store.tx(decisions, ANN)

    at = NOW.isoformat()
    grant = {"images": 3, "left": 3, "expires_at": None, "reason": "a contest", "at": at}
    assert found == (
        PersonalRecord(what="rule", guild_id=GUILD, facts={"images_per_day": 20}),
        PersonalRecord(what="rule", guild_id=ELSEWHERE, facts={"may_edit": True}),
        PersonalRecord(
            what="block",
            guild_id=GUILD,
            facts={"until": (NOW + HOUR).isoformat(), "reason": "spam", "at": at},
        ),
        PersonalRecord(what="grant", guild_id=GUILD, facts=grant),
        PersonalRecord(what="reset", guild_id=GUILD, facts={"at": at}),
        PersonalRecord(what="report", guild_id=GUILD, facts={"job_id": job.id, "reason": "mean", "at": at}),
    )
    assert json.dumps([dict(one.facts) for one in found])
    assert await store.tx(count_decisions, ANN) == 6


async def test_others_and_roles_with_the_same_number_are_not_shown(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job = await queued(jobs)
    await decide(moderation, BEN)
    await moderation.report(job.id, by=BEN, reason="mean", now=NOW)
    for scope in (Scope.ROLE, Scope.CHANNEL):
        change = SetLimit(scope=scope, subject_id=ANN, limit=Limit.IMAGES_PER_DAY, value=5)
        await applied(moderation, change)

    assert await store.tx(decisions, ANN) == ()
    assert await store.tx(count_decisions, ANN) == 0


async def test_deleting_lifts_no_block_and_no_limit(store: Store, moderation: SqlModerationStore) -> None:
    await decide(moderation, ANN)

    await store.tx(forget_decisions, ANN, now=NOW)

    kinds = [one.what for one in await store.tx(decisions, ANN)]
    assert kinds == ["rule", "block", "grant", "reset"]


async def test_what_has_ended_goes(store: Store, moderation: SqlModerationStore) -> None:
    for user_id in (ANN, BEN):
        await decide(moderation, user_id)

    await store.tx(forget_decisions, ANN, now=NOW + LONGEST_WINDOW)

    assert [one.what for one in await store.tx(decisions, ANN)] == ["rule", "grant"]
    assert await count(store, blocks, blocks.c.user_id == BEN) == 1
    assert await count(store, resets, resets.c.user_id == BEN) == 1


async def test_reports_lose_their_author_and_reason(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job = await queued(jobs)
    for user_id in (ANN, BEN, CAT):
        await moderation.report(job.id, by=user_id, reason=f"said by {user_id}", now=NOW)

    for user_id in (ANN, BEN):
        await store.tx(forget_decisions, user_id, now=NOW)

    assert await count(store, reports) == 2
    assert await count(store, reports, reports.c.user_id == DELETED_USER, reports.c.reason == "") == 1
    assert await count(store, reports, reports.c.user_id == CAT, reports.c.reason == f"said by {CAT}") == 1


@pytest.mark.parametrize("is_told", [True, False])
async def test_the_mod_logs_entries_forget_who_reported(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore, is_told: bool
) -> None:
    big = 2**60 + 7  # as ids of Discord's are
    await keep_modlog(moderation)
    for user_id in (big, BEN):
        job = await queued(jobs)
        await moderation.report(job.id, by=user_id, reason="mean", now=NOW)
    if is_told:
        await taken(moderation)

    await store.tx(forget_decisions, big, now=NOW)

    await execute(store, update(log_entries).values(told_at=None, due_at=NOW))
    entries = [entry for entry in await taken(moderation) if entry.topic is Topic.REPORT]
    assert [entry.facts for entry in entries] == [
        {"by": DELETED_USER, "reason": ""},
        {"by": BEN, "reason": "mean"},
    ]


async def test_refusals_of_a_person_go(store: Store, moderation: SqlModerationStore) -> None:
    for user_id in (ANN, BEN):
        row = {"guild_id": GUILD, "user_id": user_id, "channel_id": 7, "at": NOW, "code": "blocked"}
        await execute(store, insert(denials).values(**row, facts={}))

    await store.tx(forget_decisions, ANN, now=NOW)

    assert await moderation.past_denials(GUILD, ANN, limit=9) == ()
    assert len(await moderation.past_denials(GUILD, BEN, limit=9)) == 1


async def test_two_who_reported_the_same_can_go_at_once(
    database: Database, store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    made = [await queued(jobs) for _ in range(3)]
    people = range(100, 106)
    for job in made:
        for user_id in people:
            await moderation.report(job.id, by=user_id, reason="mean", now=NOW)

    async with asyncio.timeout(30), database.store() as other:
        await asyncio.gather(
            *((store, other)[user_id % 2].tx(forget_decisions, user_id, now=NOW) for user_id in people)
        )

    assert await count(store, reports) == await count(store, reports, reports.c.user_id == DELETED_USER) == 3
