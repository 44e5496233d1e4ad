"""What moderators decided, as the store applies it to a submit and to what waits: the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from bot.domain.content.filters import FilterKind
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobState, NewJob, ReplyScope, ReplyTarget, RequestContext
from bot.domain.moderation import (
    AddFilter,
    Applied,
    BlockMember,
    Change,
    GiveImages,
    PauseServer,
    ResetMember,
    SetChannel,
    SetLimit,
    UnblockMember,
)
from bot.domain.policy.decision import DenialReason, Denied, PolicyFacts
from bot.domain.policy.quota import UsageEntry
from bot.domain.policy.rules import Limit, Rule, Scope, Value
from bot.domain.provider import Charge
from bot.domain.sizes import Resolution
from bot.storage.engine import Store
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.store_material import (
    ANN,
    BEN,
    ENDINGS,
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    PRICE,
    RATES,
    accepted,
    at_most,
    call,
    claimed,
    done,
    end,
    lease_of,
    new_job,
    painted,
    queued,
    rendering,
)

SERVER, OTHER_SERVER, MOD = 8, 80, 99
CHANNEL, CATEGORY, ROLE = 7, 700, 70
HERE = RequestContext(role_ids=frozenset({ROLE}), channel_ids=(CHANNEL, CATEGORY))
HOUR = timedelta(hours=1)
FAULT = Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def decide(moderation: SqlModerationStore, change: Change, *, guild_id: int = SERVER) -> None:
    outcome = await moderation.apply(guild_id, change, by=MOD, now=NOW)
    assert isinstance(outcome, Applied), outcome


async def limit(
    moderation: SqlModerationStore,
    which: Limit,
    value: Value,
    scope: Scope = Scope.SERVER,
    subject_id: int | None = None,
) -> None:
    await decide(moderation, SetLimit(scope=scope, subject_id=subject_id, limit=which, value=value))


def asked(user_id: int = ANN, **more: Any) -> NewJob:
    given: dict[str, Any] = {"context": HERE} | more
    return new_job(user_id, **given)


async def denied(jobs: SqlJobStore, new: NewJob, ceiling: Rule = FREELY) -> Denied:
    outcome = await jobs.submit(new, ceiling, RATES)
    assert isinstance(outcome, Denied), outcome
    return outcome


async def facts(moderation: SqlModerationStore, user_id: int = ANN, *, now: datetime = NOW) -> PolicyFacts:
    return await moderation.facts(user_id, SERVER, HERE, now=now)


async def test_only_rules_that_concern_the_person_and_the_place_are_read(
    moderation: SqlModerationStore,
) -> None:
    spoken = (
        (Scope.SERVER, None),
        (Scope.ROLE, ROLE),
        (Scope.ROLE, ROLE + 1),
        (Scope.CHANNEL, CHANNEL),
        (Scope.CHANNEL, CATEGORY),
        (Scope.CHANNEL, 12345),
        (Scope.MEMBER, ANN),
        (Scope.MEMBER, BEN),
    )
    for number, (scope, subject_id) in enumerate(spoken):
        await limit(moderation, Limit.IMAGES_PER_DAY, 10 + number, scope, subject_id)
    await decide(
        moderation,
        SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.IMAGES_PER_DAY, value=1),
        guild_id=OTHER_SERVER,
    )

    read = {(rule.scope, rule.subject_id): rule.says for rule in (await facts(moderation)).rules}

    assert read == {
        (Scope.SERVER, None): {Limit.IMAGES_PER_DAY: 10},
        (Scope.ROLE, ROLE): {Limit.IMAGES_PER_DAY: 11},
        (Scope.CHANNEL, CHANNEL): {Limit.IMAGES_PER_DAY: 13},
        (Scope.CHANNEL, CATEGORY): {Limit.IMAGES_PER_DAY: 14},
        (Scope.MEMBER, ANN): {Limit.IMAGES_PER_DAY: 16},
    }


async def test_a_rule_of_each_scope_is_heard_by_a_submit(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await limit(moderation, Limit.IMAGES_PER_COMMAND, 1)
    assert (await denied(jobs, asked(count=2))).exceeded is not None
    await limit(moderation, Limit.IMAGES_PER_COMMAND, 3, Scope.ROLE, ROLE)
    await accepted(jobs, asked(count=3))
    no = (await denied(jobs, asked(count=3, context=RequestContext()))).exceeded
    assert no is not None
    assert no.by.scope is Scope.SERVER
    await limit(moderation, Limit.IMAGES_PER_COMMAND, 4, Scope.MEMBER, ANN)
    await accepted(jobs, asked(count=4))
    await limit(moderation, Limit.IMAGES_PER_COMMAND, 2, Scope.CHANNEL, CATEGORY)
    no = (await denied(jobs, asked(count=3))).exceeded
    assert no is not None
    assert (no.by.scope, no.by.subject_id) == (Scope.CHANNEL, CATEGORY)


@pytest.mark.parametrize(
    ("change", "stop"),
    [
        (PauseServer(text="back on Monday"), DenialReason.PAUSED),
        (BlockMember(user_id=ANN, until=None, reason="spam"), DenialReason.BLOCKED),
        (SetChannel(channel_id=CATEGORY, is_open=False), DenialReason.CHANNEL),
        (SetChannel(channel_id=4711, is_open=True), DenialReason.CHANNEL),
        (AddFilter(kind=FilterKind.WORD, text="fox"), DenialReason.FILTER),
    ],
)
async def test_what_is_closed_denies_is_put_on_record_and_stores_nothing(
    jobs: SqlJobStore, moderation: SqlModerationStore, change: Change, stop: DenialReason
) -> None:
    await decide(moderation, change)

    outcome = await denied(jobs, asked())

    assert outcome.reason is stop
    assert (await jobs.queue(ANN, RATES, now=NOW)).mine == ()
    refused = await moderation.past_denials(SERVER, ANN, limit=5)
    assert [(one.code, one.channel_id, one.at) for one in refused] == [(stop.value, CHANNEL, NOW)]
    assert "fox in snow" not in str(refused)


async def test_a_block_ends_by_itself_and_by_being_lifted_and_holds_in_its_server_only(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await decide(moderation, BlockMember(user_id=ANN, until=NOW + HOUR, reason="spam"))
    assert (await denied(jobs, asked())).reason is DenialReason.BLOCKED
    await accepted(jobs, asked(BEN))
    elsewhere = ReplyTarget(
        scope=ReplyScope.GUILD, channel_id=5, guild_id=OTHER_SERVER, upload_limit_bytes=10_000_000
    )
    await accepted(jobs, asked(reply_target=elsewhere))
    await accepted(jobs, asked(at=NOW + HOUR))
    await decide(moderation, BlockMember(user_id=ANN, until=None, reason="spam again"))
    assert (await denied(jobs, asked(at=NOW + 2 * HOUR))).reason is DenialReason.BLOCKED
    await decide(moderation, UnblockMember(user_id=ANN))
    await accepted(jobs, asked(at=NOW + 2 * HOUR))


async def test_a_bot_brought_along_by_a_person_is_nobody_elses_business(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await decide(moderation, PauseServer(text=""))
    nowhere = replace(asked().reply_target, scope=ReplyScope.NOWHERE)

    await accepted(jobs, asked(reply_target=nowhere))

    assert (await facts(moderation)).here.entries == []
    assert (await facts(moderation)).everywhere.entries == [UsageEntry(NOW, 1)]
    assert (await moderation.spent(SERVER, now=NOW)).reserved_micro_usd == 0


async def test_a_server_counts_its_own_images_and_the_operator_all(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await limit(moderation, Limit.IMAGES_PER_DAY, 3)
    await accepted(jobs, asked(count=3))
    direct = ReplyTarget(scope=ReplyScope.DIRECT, channel_id=6, guild_id=None, upload_limit_bytes=10_000_000)
    await accepted(jobs, asked(count=3, reply_target=direct))
    no = (await denied(jobs, asked())).exceeded
    assert no is not None
    assert (no.used, no.by.scope, no.opens_at) == (3, Scope.SERVER, NOW + timedelta(days=1))
    no = (await denied(jobs, asked(reply_target=direct), at_most(images_per_day=6))).exceeded
    assert no is not None
    assert (no.used, no.by.scope) == (6, Scope.OPERATOR)


async def test_a_reset_opens_the_windows_the_line_and_the_cooldown_of_that_server(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await limit(moderation, Limit.IMAGES_PER_DAY, 2)
    await limit(moderation, Limit.JOBS_AT_ONCE, 1)
    await limit(moderation, Limit.COOLDOWN_S, 3600)
    await accepted(jobs, asked(count=2))
    assert (await denied(jobs, asked())).exceeded is not None

    outcome = await moderation.apply(SERVER, ResetMember(user_id=ANN), by=MOD, now=NOW + LATER)

    assert isinstance(outcome, Applied)
    await accepted(jobs, asked(count=2, at=NOW + LATER + LATER))
    assert (await denied(jobs, asked(at=NOW + 3 * LATER))).exceeded is not None


async def test_a_weight_moves_a_members_jobs_forward_in_the_line(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await limit(moderation, Limit.WEIGHT, Fraction(4), Scope.ROLE, ROLE)
    plain = [(await queued(jobs, BEN)).id for _ in range(2)]
    heavy = [(await queued(jobs, ANN, context=HERE)).id for _ in range(4)]

    order = [(await claimed(jobs))[0].id for _ in range(6)]

    assert order == [*heavy[:3], *sorted([plain[0], heavy[3]]), plain[1]]


async def grants_left(moderation: SqlModerationStore, user_id: int = ANN) -> list[int]:
    return [grant.left for grant in await moderation.grants(SERVER, user_id, now=NOW)]


async def with_grants(moderation: SqlModerationStore, *images: int) -> None:
    await limit(moderation, Limit.IMAGES_PER_DAY, 1)
    for number, one in enumerate(images, start=1):
        await decide(
            moderation,
            GiveImages(user_id=ANN, images=one, expires_at=NOW + number * HOUR, reason="contest"),
        )


async def test_grants_cover_what_the_window_does_not_the_soonest_to_expire_first(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await with_grants(moderation, 2, 5)

    await accepted(jobs, asked(count=4))

    assert await grants_left(moderation) == [4]
    assert (await facts(moderation)).here.entries == [UsageEntry(NOW, 1)]
    await accepted(jobs, asked(count=4))
    assert await grants_left(moderation) == []
    assert (await denied(jobs, asked())).exceeded is not None


@pytest.mark.parametrize("ending", ENDINGS)
async def test_whatever_ends_a_job_without_pictures_gives_everything_back(
    jobs: SqlJobStore, moderation: SqlModerationStore, ending: Any
) -> None:
    await with_grants(moderation, 2, 1)
    await queued(jobs, count=4, context=HERE)
    assert await grants_left(moderation) == []

    await ending(jobs)

    assert await grants_left(moderation) == [2, 1]
    after = await facts(moderation)
    assert (after.here.entries, after.here.open_jobs, after.everywhere.entries) == ([], 0, [])
    assert (await moderation.spent(SERVER, now=NOW)).reserved_micro_usd == 0


async def test_pictures_that_fail_go_back_to_the_grant_before_the_window(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await with_grants(moderation, 2, 1)
    _, lease = await rendering(jobs, count=4, context=HERE)
    await painted(jobs, lease, 0)
    await painted(jobs, lease, 1)
    for index in (2, 3):
        await jobs.render_failed(lease, index, FAULT, now=NOW)

    await jobs.finish_rendering(lease, {}, now=NOW)

    assert await grants_left(moderation) == [1, 1]
    assert (await facts(moderation)).here.entries == [UsageEntry(NOW, 1)]


async def failed_by_the_rules(jobs: SqlJobStore, ceiling: Rule = FREELY) -> Job:
    job = await jobs.claim("worker", ceiling, now=NOW + LATER, lease_s=LEASE_S)
    assert job is not None
    assert job.state is JobState.FAILED
    return job


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (
            PauseServer(text="back on Monday"),
            Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_PAUSED, subject="back on Monday"),
        ),
        (
            BlockMember(user_id=ANN, until=None, reason="spam"),
            Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_BLOCKED),
        ),
        (
            SetChannel(channel_id=CHANNEL, is_open=False),
            Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_CHANNEL),
        ),
        (
            AddFilter(kind=FilterKind.WORD, text="fox"),
            Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_FILTER),
        ),
        (
            SetLimit(scope=Scope.ROLE, subject_id=ROLE, limit=Limit.IMAGES_PER_WEEK, value=0),
            Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_LIMIT, subject="images_per_week"),
        ),
        (
            SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.SERVER_USD_PER_DAY, value=PRICE - 1),
            Failure(
                kind=FailureKind.CREDIT, code=FailureCode.DENIED_LIMIT, subject="server_micro_usd_per_day"
            ),
        ),
        (
            SetLimit(scope=Scope.MEMBER, subject_id=ANN, limit=Limit.MAY_IMAGINE, value=False),
            Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_LIMIT, subject="may_imagine"),
        ),
    ],
)
async def test_settings_changed_while_a_job_waits_apply_to_it(
    jobs: SqlJobStore, moderation: SqlModerationStore, change: Change, failure: Failure
) -> None:
    await queued(jobs, context=HERE)
    await decide(moderation, change)

    job = await failed_by_the_rules(jobs)

    assert job.failure == failure
    assert job.finished_at == NOW + LATER
    assert (await facts(moderation)).everywhere.entries == []
    await jobs.deliver(lease_of(job), card_id=None, pinged=False, now=NOW + LATER)
    assert await jobs.claim("worker", FREELY, now=NOW + HOUR, lease_s=LEASE_S) is None


async def test_what_has_started_goes_on_under_the_rules_it_started_with(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs, context=HERE)
    await decide(moderation, PauseServer(text=""))
    await jobs.hand_back(lease, now=NOW)

    job, _ = await claimed(jobs, now=NOW + LATER)

    assert job.state is JobState.RENDERING


async def test_a_limit_lowered_while_jobs_wait_ends_the_later_ones_only(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    ids = [(await queued(jobs, context=HERE, count=2)).id for _ in range(3)]
    await limit(moderation, Limit.IMAGES_PER_DAY, 4)

    states = {job.id: job.state for job, _ in [await claimed(jobs) for _ in range(3)]}

    assert states == {ids[0]: JobState.RENDERING, ids[1]: JobState.RENDERING, ids[2]: JobState.FAILED}


async def test_a_budget_lowered_while_jobs_wait_ends_the_later_ones_only(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    ids = [(await queued(jobs, who, context=HERE)).id for who in (ANN, BEN, 33)]
    await limit(moderation, Limit.SERVER_USD_PER_MONTH, 2 * PRICE)

    states = {job.id: job.state for job, _ in [await claimed(jobs) for _ in range(3)]}

    assert states == {ids[0]: JobState.RENDERING, ids[1]: JobState.RENDERING, ids[2]: JobState.FAILED}


async def test_a_ceiling_lowered_by_a_restart_applies_to_what_waits(jobs: SqlJobStore) -> None:
    await queued(jobs, count=2)

    job = await failed_by_the_rules(jobs, at_most(images_per_day=1))

    assert job.failure == Failure(
        kind=FailureKind.BUSY, code=FailureCode.DENIED_LIMIT, subject="images_per_day"
    )


async def test_images_from_a_grant_stay_paid_when_the_job_starts(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await with_grants(moderation, 3)
    await queued(jobs, count=4, context=HERE)

    job, _ = await claimed(jobs)

    assert job.state is JobState.RENDERING


async def test_a_budget_counts_what_is_reserved_what_is_under_way_and_what_it_really_cost(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await limit(moderation, Limit.SERVER_USD_PER_DAY, 3 * PRICE)
    await limit(moderation, Limit.USD_PER_MONTH, 3 * PRICE, Scope.MEMBER, ANN)
    _, lease = await rendering(jobs, count=3, context=HERE)

    async def used() -> tuple[int, int, int]:
        read = await facts(moderation)
        return (
            read.here.server_micro_usd_today,
            read.here.micro_usd_this_month,
            read.everywhere.micro_usd_this_month,
        )

    assert await used() == (3 * PRICE,) * 3
    name = await call(jobs, lease, 0)
    assert await used() == (3 * PRICE,) * 3
    no = (await denied(jobs, asked(BEN))).exceeded
    assert no is not None
    assert (no.limit, no.used) == (Limit.SERVER_USD_PER_DAY, 3 * PRICE)
    assert no.opens_at == NOW.replace(hour=0) + timedelta(days=1)
    await done(jobs, lease, 0, name, cost_micro_usd=PRICE // 2)
    assert await used() == (2 * PRICE + PRICE // 2,) * 3
    name = await call(jobs, lease, 1)
    await end(jobs, name, Charge.FREE)
    await jobs.render_failed(lease, 1, FAULT, now=NOW)
    assert await used() == (PRICE + PRICE // 2,) * 3
    name = await call(jobs, lease, 2)
    await end(jobs, name, Charge.UNKNOWN)
    await jobs.render_failed(lease, 2, FAULT, now=NOW)
    assert await used() == (PRICE + PRICE // 2,) * 3
    await accepted(jobs, asked(BEN))


async def test_money_of_yesterday_and_of_last_month_is_over(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs, context=HERE)
    name = await call(jobs, lease)
    await done(jobs, lease, 0, name, cost_micro_usd=PRICE)

    tomorrow = (await facts(moderation, now=NOW + timedelta(days=1))).here
    next_month = (await facts(moderation, now=NOW + timedelta(days=20))).here

    assert (tomorrow.server_micro_usd_today, tomorrow.server_micro_usd_this_month) == (0, PRICE)
    assert (next_month.micro_usd_today, next_month.micro_usd_this_month) == (0, 0)


async def test_a_resolution_and_models_are_heard_as_they_were_set(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await limit(moderation, Limit.RESOLUTION, Resolution.TWO_K)
    new = asked()
    no = (
        await denied(jobs, replace(new, request=replace(new.request, resolution=Resolution.FOUR_K)))
    ).exceeded
    assert no is not None
    assert no.limit is Limit.RESOLUTION
    await limit(moderation, Limit.MODELS, frozenset({"another"}))
    no = (await denied(jobs, asked())).exceeded
    assert no is not None
    assert no.limit is Limit.MODELS
