"""The audit table and the mod-log: what is written down, told, and told again when it could not be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

import bot.storage.moderation.outbox as telling
from bot.domain.content.filters import FilterKind
from bot.domain.moderation import (
    AddFilter,
    AuditEntry,
    BlockMember,
    Change,
    ClearLimits,
    GiveImages,
    LogEntry,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetModLog,
    Topic,
    UnblockMember,
)
from bot.domain.policy.quota import LONGEST_WINDOW
from bot.domain.policy.rules import Limit, Scope
from bot.storage.engine import Store
from bot.storage.moderation.modlog import KEEP_ALERTS, KEEP_TOLD
from bot.storage.schema import alerts, audit, denials, log_entries
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.job_ends import done
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MAX,
    MOD,
    MODLOG,
    applied,
    count,
    execute,
    keep_modlog,
    member_limit,
    refused,
    server_limit,
    taken,
    topics,
)
from tests.contract.store_material import ANN, LEASE_S, NOW, queued

LEASE = timedelta(seconds=LEASE_S)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def test_every_kind_of_change_is_written_down_as_it_was_made(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    changes: list[Change] = [
        server_limit(10),
        member_limit(frozenset({"b", "a"}), Limit.MODELS),
        ClearLimits(scope=Scope.MEMBER, subject_id=ANN, limit=None),
        ClearLimits(scope=Scope.SERVER, subject_id=None, limit=Limit.IMAGES_PER_DAY),
        GiveImages(user_id=ANN, images=3, expires_at=NOW + LEASE, reason="a contest"),
        ResetMember(user_id=ANN),
        BlockMember(user_id=ANN, until=None, reason="spam"),
        UnblockMember(user_id=ANN),
        AddFilter(kind=FilterKind.PATTERN, text="b*d"),
        RemoveFilter(number=1),
        SetChannel(channel_id=5, is_open=True),
        SetChannel(channel_id=5, is_open=None),
        SetModLog(channel_id=MODLOG),
        PauseServer(text="back at eight"),
        ResumeServer(),
        RemoveResult(job_id=(await done(jobs)).job_id),
    ]

    made = [await applied(moderation, change) for change in changes]

    assert await moderation.audit(GUILD, limit=100) == tuple(
        AuditEntry(
            id=one.audit_id,
            guild_id=GUILD,
            at=NOW,
            by=MOD,
            change=one.change,
            before=one.before,
            after=one.after,
        )
        for one in reversed(made)
    )


async def test_the_newest_changes_come_first_and_no_more_than_asked(moderation: SqlModerationStore) -> None:
    for value in (1, 2, 3):
        await applied(moderation, member_limit(value))
    await applied(moderation, member_limit(4), guild_id=ELSEWHERE)

    entries = await moderation.audit(GUILD, limit=2)

    assert [entry.after for entry in entries] == [{"images_per_day": 3}, {"images_per_day": 2}]


async def test_a_change_is_told_in_the_mod_log(moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)
    outcome = await applied(moderation, member_limit(20), by=MAX)

    (entry,) = await taken(moderation)

    assert entry == LogEntry(
        id=entry.id,
        guild_id=GUILD,
        channel_id=MODLOG,
        topic=Topic.CHANGE,
        at=NOW,
        tries=1,
        facts={},
        audit=AuditEntry(
            id=outcome.audit_id,
            guild_id=GUILD,
            at=NOW,
            by=MAX,
            change=member_limit(20),
            before={},
            after={"images_per_day": 20},
        ),
    )


async def test_what_changed_nothing_is_not_told(moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)

    await refused(moderation, ResumeServer())

    assert await taken(moderation) == []


async def test_without_a_mod_log_changes_are_written_down_alone(
    store: Store, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation, ELSEWHERE)

    await applied(moderation, member_limit(20))

    assert await count(store, audit, audit.c.guild_id == GUILD) == 1
    assert await taken(moderation) == []


async def test_an_entry_is_leased_and_comes_back_when_nobody_told_it(moderation: SqlModerationStore) -> None:
    await applied(moderation, SetModLog(channel_id=MODLOG))

    first = await moderation.next_entry(now=NOW, lease_s=LEASE_S)
    meanwhile = await moderation.next_entry(now=NOW + LEASE - MOMENT, lease_s=LEASE_S)
    second = await moderation.next_entry(now=NOW + LEASE, lease_s=LEASE_S)

    assert first is not None
    assert second is not None
    assert meanwhile is None
    assert (second.id, first.tries, second.tries) == (first.id, 1, 2)


async def test_a_told_entry_never_comes_back(store: Store, moderation: SqlModerationStore) -> None:
    await applied(moderation, SetModLog(channel_id=MODLOG))
    entry = await moderation.next_entry(now=NOW, lease_s=LEASE_S)
    assert entry is not None

    await moderation.told(entry.id, message_id=5, now=NOW + LEASE)

    assert await moderation.next_entry(now=NOW + 9 * LEASE, lease_s=LEASE_S) is None
    told = (log_entries.c.message_id == 5, log_entries.c.told_at == NOW + LEASE)
    assert await count(store, log_entries, *told) == 1


async def test_what_cannot_be_told_is_given_up_without_a_message(
    store: Store, moderation: SqlModerationStore
) -> None:
    await applied(moderation, SetModLog(channel_id=MODLOG))
    entry = await moderation.next_entry(now=NOW, lease_s=LEASE_S)
    assert entry is not None

    await moderation.told(entry.id, message_id=None, now=NOW)

    assert await moderation.next_entry(now=NOW + 9 * LEASE, lease_s=LEASE_S) is None
    assert await count(store, log_entries, log_entries.c.message_id.is_(None)) == 1


async def test_an_entry_can_be_put_off(moderation: SqlModerationStore) -> None:
    await applied(moderation, SetModLog(channel_id=MODLOG))
    entry = await moderation.next_entry(now=NOW, lease_s=LEASE_S)
    assert entry is not None

    await moderation.tell_later(entry.id, due_at=NOW + 5 * LEASE)

    assert await moderation.next_entry(now=NOW + 5 * LEASE - MOMENT, lease_s=LEASE_S) is None
    assert await moderation.next_entry(now=NOW + 5 * LEASE, lease_s=LEASE_S) is not None


async def test_entries_are_told_in_their_order(moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)
    for minute, value in ((2, 1), (1, 2), (1, 3)):
        await applied(moderation, member_limit(value), now=NOW + minute * LEASE)

    entries = await taken(moderation, now=NOW + 2 * LEASE)

    assert [entry.audit.after["images_per_day"] for entry in entries if entry.audit] == [2, 3, 1]


async def test_what_needs_somebody_is_told_before_jobs(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation)
    job = await queued(jobs)
    await store.tx(telling.log_job, job.id, now=NOW)
    await applied(moderation, member_limit(1), now=NOW + MOMENT)
    await store.tx(telling.provider_trouble, Topic.NO_CREDIT, GUILD, job.id, now=NOW + 2 * MOMENT)
    await moderation.report(job.id, by=MAX, reason="mean", now=NOW + 3 * MOMENT)

    told = await topics(moderation, now=NOW + LEASE)

    here = [topic for topic, channel_id in told if channel_id == MODLOG]
    assert here == [Topic.CHANGE, Topic.NO_CREDIT, Topic.REPORT, Topic.JOB]


async def test_one_channels_entries_are_told_one_after_the_other(moderation: SqlModerationStore) -> None:
    other_channel = MODLOG + 1
    await applied(moderation, SetModLog(channel_id=MODLOG))
    await applied(moderation, member_limit(1))
    await applied(moderation, SetModLog(channel_id=other_channel), guild_id=ELSEWHERE)

    first, other = [await moderation.next_entry(now=NOW, lease_s=LEASE_S) for _ in range(2)]

    assert first is not None
    assert other is not None
    assert (first.channel_id, other.channel_id) == (MODLOG, other_channel)
    assert await moderation.next_entry(now=NOW, lease_s=LEASE_S) is None
    await moderation.told(first.id, message_id=1, now=NOW)
    second = await moderation.next_entry(now=NOW, lease_s=LEASE_S)
    assert second is not None
    assert second.channel_id == MODLOG


async def test_an_entry_that_was_put_off_holds_up_its_channel_and_no_other(
    store: Store, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation)
    await store.tx(telling.provider_trouble, Topic.NO_CREDIT, GUILD, "job", now=NOW)
    await applied(moderation, member_limit(1))
    entries = [await moderation.next_entry(now=NOW, lease_s=LEASE_S) for _ in range(2)]
    (put_off,) = [entry for entry in entries if entry is not None and entry.channel_id == MODLOG]
    await moderation.tell_later(put_off.id, due_at=NOW + 5 * LEASE)
    just_before = NOW + 5 * LEASE - MOMENT

    assert await topics(moderation, now=just_before) == [(Topic.NO_CREDIT, None)]
    assert len(await topics(moderation, now=NOW + 5 * LEASE)) == 2


async def test_a_job_is_told_once(store: Store, jobs: SqlJobStore, moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)
    job = await queued(jobs)

    for _ in range(2):
        await store.tx(telling.log_job, job.id, now=NOW)
    (entry,) = await taken(moderation)
    await store.tx(telling.log_job, job.id, now=NOW + LEASE)

    assert (entry.topic, entry.job_id, entry.channel_id) == (Topic.JOB, job.id, MODLOG)
    assert await taken(moderation, now=NOW + LEASE) == []


async def test_a_report_does_not_keep_a_job_from_being_told(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation)
    job = await queued(jobs)
    await moderation.report(job.id, by=MAX, reason="mean", now=NOW)

    await store.tx(telling.log_job, job.id, now=NOW)

    assert await topics(moderation) == [(Topic.REPORT, MODLOG), (Topic.JOB, MODLOG)]


async def test_a_job_is_told_nowhere_without_a_mod_log_of_its_server(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation, ELSEWHERE)
    job = await queued(jobs)

    await store.tx(telling.log_job, job.id, now=NOW)
    await store.tx(telling.log_job, "nothing", now=NOW)

    assert await taken(moderation) == []


async def test_told_entries_are_forgotten_after_a_while(store: Store, moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)
    await applied(moderation, member_limit(20))

    await moderation.forget_old(now=NOW + KEEP_TOLD - MOMENT)
    assert await count(store, log_entries) == 2
    await moderation.forget_old(now=NOW + KEEP_TOLD)

    assert await topics(moderation, now=NOW + KEEP_TOLD) == [(Topic.CHANGE, MODLOG)]
    assert await count(store, audit) == 2


async def test_refusals_and_alerts_are_forgotten_after_a_while(
    store: Store, moderation: SqlModerationStore
) -> None:
    row = {"guild_id": GUILD, "user_id": ANN, "channel_id": 7, "at": NOW, "code": "blocked"}
    await execute(store, insert(denials).values(**row, facts={}))
    await execute(store, insert(alerts).values(guild_id=GUILD, what="month:2026-11:50", at=NOW))

    await moderation.forget_old(now=NOW + LONGEST_WINDOW - MOMENT)
    assert (await count(store, denials), await count(store, alerts)) == (1, 1)
    await moderation.forget_old(now=NOW + LONGEST_WINDOW)
    assert (await count(store, denials), await count(store, alerts)) == (0, 1)
    await moderation.forget_old(now=NOW + KEEP_ALERTS)
    assert await count(store, alerts) == 0
