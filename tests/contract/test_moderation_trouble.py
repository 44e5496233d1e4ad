"""A provider that does not work: who is told of it, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

import bot.storage.moderation.outbox as telling
from bot.domain.moderation import Topic
from bot.domain.policy.rules import Limit
from bot.storage.engine import Store
from bot.storage.schema import alerts
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.moderation_material import ELSEWHERE, GUILD, MODLOG, count, keep_modlog, taken, topics
from tests.contract.store_material import NOW, call, done, rendering

HOUR, MOMENT = timedelta(hours=1), timedelta(seconds=1)
TROUBLES = pytest.mark.parametrize(
    "topic", [Topic.NO_CREDIT, Topic.BAD_KEY, Topic.MODEL_GONE, Topic.PROVIDER_DOWN, Topic.GARBAGE]
)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


@TROUBLES
async def test_trouble_with_the_provider_is_told_once_to_everybody_it_meets(
    store: Store, moderation: SqlModerationStore, topic: Topic
) -> None:
    for guild_id in (GUILD, ELSEWHERE):
        await keep_modlog(moderation, guild_id)

    for guild_id in (GUILD, GUILD, ELSEWHERE, None, ELSEWHERE):
        await store.tx(telling.provider_trouble, topic, guild_id, "job", now=NOW)

    entries = await taken(moderation)
    assert [(one.topic, one.guild_id, one.channel_id, one.job_id) for one in entries] == [
        (topic, None, None, "job"),
        (topic, GUILD, MODLOG, "job"),
        (topic, ELSEWHERE, MODLOG, "job"),
    ]


@TROUBLES
async def test_trouble_outside_of_servers_is_the_operators_alone(
    store: Store, moderation: SqlModerationStore, topic: Topic
) -> None:
    await store.tx(telling.provider_trouble, topic, None, "job", now=NOW)
    await store.tx(telling.provider_trouble, topic, GUILD, "job", now=NOW)

    assert await topics(moderation) == [(topic, None)]


async def test_an_empty_account_and_a_bad_key_are_two_troubles(
    store: Store, moderation: SqlModerationStore
) -> None:
    for topic in (Topic.NO_CREDIT, Topic.BAD_KEY):
        await store.tx(telling.provider_trouble, topic, None, "job", now=NOW)

    assert await topics(moderation) == [(Topic.NO_CREDIT, None), (Topic.BAD_KEY, None)]


@TROUBLES
async def test_trouble_that_returns_is_told_again(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore, topic: Topic
) -> None:
    await keep_modlog(moderation)
    _, lease = await rendering(jobs, count=2)
    for index in range(2):
        await store.tx(telling.provider_trouble, topic, GUILD, "job", now=NOW + index * HOUR)
        entries = await topics(moderation, now=NOW + index * HOUR)
        assert sorted(entries, key=str) == [(topic, MODLOG), (topic, None)]

        at = NOW + index * HOUR + MOMENT
        await jobs.renew_leases([lease], now=at, lease_s=60)
        name = await call(jobs, lease, index, at=at)
        await done(jobs, lease, index, name)


@pytest.mark.parametrize("began", [NOW, NOW - MOMENT], ids=["with the trouble", "before it"])
async def test_a_call_that_was_made_before_the_trouble_does_not_end_it(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore, began: datetime
) -> None:
    await keep_modlog(moderation)
    _, lease = await rendering(jobs)
    name = await call(jobs, lease, at=began)
    await store.tx(telling.provider_trouble, Topic.NO_CREDIT, GUILD, "job", now=NOW)

    await done(jobs, lease, 0, name)

    await taken(moderation)
    await store.tx(telling.provider_trouble, Topic.NO_CREDIT, GUILD, "job", now=NOW)
    assert await taken(moderation) == []


async def test_a_model_that_is_gone_is_told_once_though_others_work_and_another_is_told_too(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs)
    for gone in ("old-model", "older-model like-it"):
        await store.tx(telling.provider_trouble, Topic.MODEL_GONE, None, "job", subject=gone, now=NOW)
    told = await taken(moderation)
    name = await call(jobs, lease, at=NOW + MOMENT)
    await done(jobs, lease, 0, name)

    await store.tx(telling.provider_trouble, Topic.MODEL_GONE, None, "job", subject="old-model", now=NOW)

    assert [one.facts["subject"] for one in told] == ["old-model", "older-model like-it"]
    assert await taken(moderation) == []


async def test_a_model_that_works_again_is_told_of_when_it_goes_again(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job, lease = await rendering(jobs)
    await store.tx(
        telling.provider_trouble, Topic.MODEL_GONE, None, "job", subject=job.request.model, now=NOW
    )
    await taken(moderation)
    name = await call(jobs, lease, at=NOW + MOMENT)
    await done(jobs, lease, 0, name)

    await store.tx(
        telling.provider_trouble, Topic.MODEL_GONE, None, "job", subject=job.request.model, now=NOW + HOUR
    )

    assert len(await topics(moderation, now=NOW + HOUR)) == 1


@TROUBLES
async def test_a_mod_log_that_is_set_during_the_trouble_hears_of_it(
    store: Store, moderation: SqlModerationStore, topic: Topic
) -> None:
    await store.tx(telling.provider_trouble, topic, GUILD, "job", now=NOW)
    await taken(moderation)
    await keep_modlog(moderation)

    await store.tx(telling.provider_trouble, topic, GUILD, "job", now=NOW)

    assert await topics(moderation) == [(topic, MODLOG)]


async def test_a_provider_that_is_well_leaves_other_alerts_alone(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation)
    facts = {"micro_usd": 5, "budget": 5, "is_operators": False}
    await store.tx(telling.budget_level, GUILD, Limit.SERVER_USD_PER_DAY, 100, facts, now=NOW)
    await store.tx(telling.provider_trouble, Topic.NO_CREDIT, GUILD, "job", now=NOW)

    _, lease = await rendering(jobs)
    await done(jobs, lease, 0, await call(jobs, lease, at=NOW + MOMENT))

    assert await count(store, alerts, alerts.c.what == "credit") == 0
    assert await count(store, alerts, alerts.c.what == "day:2026-11-22:100") == 1
