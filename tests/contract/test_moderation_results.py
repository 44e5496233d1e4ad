"""Results that people report, and that moderators take off their cards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.jobs import Job, ReplyScope, ReplyTarget
from bot.domain.moderation import NoChange, RemoveResult, ReportOutcome, Topic
from bot.domain.ports.moderation import Removable
from bot.storage.engine import Store
from bot.storage.moderation.modlog import MAX_PER_HOUR
from bot.storage.schema import jobs as jobs_table
from bot.storage.schema import reports
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.job_ends import failed, found
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MOD,
    MODLOG,
    applied,
    count,
    execute,
    keep_modlog,
    refused,
    taken,
)
from tests.contract.store_material import ANN, BEN, CAT, NOW, painted, queued, rendering

CARD = 555  # what `queued` shows
MINUTE = timedelta(minutes=1)
AWAY = ReplyTarget(scope=ReplyScope.NOWHERE, channel_id=7, guild_id=GUILD, upload_limit_bytes=10_000_000)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def delivered(jobs: SqlJobStore, **more: Any) -> Job:
    _, lease = await rendering(jobs, **more)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
    return await found(jobs, lease.job_id)


async def test_a_result_is_taken_off_its_card_once(jobs: SqlJobStore, moderation: SqlModerationStore) -> None:
    job = await delivered(jobs)
    assert await moderation.removable(job.id, GUILD) == Removable(job_id=job.id, channel_id=7, card_id=CARD)

    outcome = await applied(moderation, RemoveResult(job_id=job.id))

    assert (outcome.before, outcome.after) == ({}, {"removed_by": MOD})
    assert (await found(jobs, job.id)).removed_by == MOD
    assert await moderation.removable(job.id, GUILD) is None
    assert await refused(moderation, RemoveResult(job_id=job.id)) is NoChange.SAME


async def test_the_pictures_of_a_cancelled_job_can_be_removed(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job, lease = await rendering(jobs, count=2)
    await painted(jobs, lease)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    assert await moderation.removable(job.id, GUILD) is not None
    await applied(moderation, RemoveResult(job_id=job.id))


async def assert_nothing_to_remove(
    moderation: SqlModerationStore, job_id: str, guild_id: int = GUILD
) -> None:
    assert await moderation.removable(job_id, guild_id) is None
    assert await refused(moderation, RemoveResult(job_id=job_id), guild_id=guild_id) is NoChange.NO_SUCH_JOB


async def test_there_is_nothing_to_remove_of_an_unknown_job(moderation: SqlModerationStore) -> None:
    await assert_nothing_to_remove(moderation, "nothing")


async def test_a_server_removes_nothing_of_another(jobs: SqlJobStore, moderation: SqlModerationStore) -> None:
    await assert_nothing_to_remove(moderation, (await delivered(jobs)).id, ELSEWHERE)


async def test_what_the_bot_made_as_somebodys_companion_is_not_the_servers(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await assert_nothing_to_remove(moderation, (await delivered(jobs, reply_target=AWAY)).id)


async def test_a_private_result_is_nobody_elses(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job = await delivered(jobs)
    await execute(store, update(jobs_table).values(private=True))

    await assert_nothing_to_remove(moderation, job.id)


async def test_without_a_card_there_is_nothing_to_remove(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job = await delivered(jobs)
    await execute(store, update(jobs_table).values(card_id=None))

    await assert_nothing_to_remove(moderation, job.id)


async def test_a_job_without_pictures_has_nothing_to_remove(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    fell = await failed(jobs)
    await jobs.deliver(fell, card_id=None, pinged=False, now=NOW)
    cancelled = await queued(jobs)
    await jobs.cancel(cancelled.id, user_id=ANN, now=NOW)
    waiting = await queued(jobs)

    for job_id in (fell.job_id, cancelled.id, waiting.id):
        await assert_nothing_to_remove(moderation, job_id)


async def test_a_report_lands_in_the_mod_log(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await keep_modlog(moderation)
    job = await queued(jobs)

    assert await moderation.report(job.id, by=BEN, reason="mean", now=NOW) is ReportOutcome.TAKEN

    (entry,) = await taken(moderation)
    assert (entry.topic, entry.channel_id, entry.guild_id) == (Topic.REPORT, MODLOG, GUILD)
    assert (entry.job_id, entry.facts, entry.at) == (job.id, {"by": BEN, "reason": "mean"}, NOW)
    assert await count(store, reports, reports.c.user_id == BEN, reports.c.guild_id == GUILD) == 1


async def test_without_a_mod_log_the_operator_is_told(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    job = await queued(jobs)

    await moderation.report(job.id, by=BEN, reason="mean", now=NOW)

    (entry,) = await taken(moderation)
    assert (entry.topic, entry.channel_id, entry.guild_id) == (Topic.REPORT, None, GUILD)


@pytest.mark.parametrize(
    "place",
    [AWAY, ReplyTarget(scope=ReplyScope.DIRECT, channel_id=7, guild_id=None, upload_limit_bytes=10_000_000)],
)
async def test_a_report_of_what_no_server_answers_for_goes_to_the_operator(
    jobs: SqlJobStore, moderation: SqlModerationStore, place: ReplyTarget
) -> None:
    await keep_modlog(moderation)
    job = await queued(jobs, reply_target=place)

    await moderation.report(job.id, by=BEN, reason="mean", now=NOW)

    (entry,) = await taken(moderation)
    assert (entry.topic, entry.channel_id, entry.guild_id) == (Topic.REPORT, None, None)


async def test_a_person_reports_a_result_once(jobs: SqlJobStore, moderation: SqlModerationStore) -> None:
    job = await queued(jobs)
    await moderation.report(job.id, by=BEN, reason="mean", now=NOW)

    assert await moderation.report(job.id, by=BEN, reason="very", now=NOW) is ReportOutcome.KNOWN
    assert await moderation.report(job.id, by=CAT, reason="mean", now=NOW) is ReportOutcome.TAKEN
    assert len(await taken(moderation)) == 2


async def test_an_unknown_job_cannot_be_reported(moderation: SqlModerationStore) -> None:
    assert await moderation.report("nothing", by=BEN, reason="mean", now=NOW) is ReportOutcome.UNKNOWN
    assert await taken(moderation) == []


async def test_a_person_reports_so_many_results_an_hour(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    made = [await queued(jobs) for _ in range(MAX_PER_HOUR + 1)]
    for minute, job in enumerate(made[:MAX_PER_HOUR]):
        outcome = await moderation.report(job.id, by=BEN, reason="mean", now=NOW + minute * MINUTE)
        assert outcome is ReportOutcome.TAKEN

    last, almost = made[MAX_PER_HOUR].id, NOW + 59 * MINUTE
    assert await moderation.report(last, by=BEN, reason="mean", now=almost) is ReportOutcome.TOO_MANY
    assert await moderation.report(made[0].id, by=BEN, reason="mean", now=almost) is ReportOutcome.KNOWN
    assert await moderation.report(last, by=CAT, reason="mean", now=almost) is ReportOutcome.TAKEN
    assert await moderation.report(last, by=BEN, reason="mean", now=NOW + 60 * MINUTE) is ReportOutcome.TAKEN
