"""A server's money, and who is told of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import bot.storage.ledger as spending
import bot.storage.moderation.outbox as telling
from bot.domain.jobs import ReplyScope, ReplyTarget, RequestContext
from bot.domain.moderation import ClearLimits, Topic
from bot.domain.policy.budget import DaySpent, Month
from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSpent
from bot.domain.provider import Charge
from bot.storage.engine import Store
from bot.storage.schema import alerts
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.job_ends import FAULT
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MODLOG,
    applied,
    count,
    keep_modlog,
    server_limit,
    taken,
)
from tests.contract.store_material import (
    ANN,
    BEN,
    FREELY,
    NOW,
    PRICE,
    RATES,
    call,
    claimed,
    end,
    new_job,
    queued,
    rendering,
    request_id,
)

TODAY = NOW.date()
TOMORROW = NOW + timedelta(days=1)
PER_DAY, PER_MONTH = Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH
DOLLAR = 1_000_000


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def spend(store: Store, micro_usd: int, *, day: date = TODAY, guild_id: int | None = GUILD) -> None:
    await store.tx(spending.add_spent, guild_id, ANN, day, micro_usd)


async def watched(moderation: SqlModerationStore, *, now: datetime = NOW) -> list[tuple[Any, ...]]:
    """Period, level, spent and budget of what the watch writes now; it counts its entries.

    What a picture costs is nearly nothing here, so that levels alone speak.
    """
    number = await moderation.watch_budgets(FREELY, price_micro_usd=1, now=now)
    entries = [entry for entry in await taken(moderation, now=now) if entry.topic is Topic.BUDGET]
    assert len(entries) == number
    return [
        tuple(entry.facts[name] for name in ("period", "level", "micro_usd", "budget")) for entry in entries
    ]


async def test_what_a_server_spent_is_told_by_day(store: Store, moderation: SqlModerationStore) -> None:
    for day in (date(2026, 10, 31), date(2026, 11, 1), TODAY, TODAY, date(2026, 11, 23), date(2026, 12, 1)):
        await spend(store, DOLLAR, day=day)
    await spend(store, DOLLAR, guild_id=ELSEWHERE)
    await spend(store, DOLLAR, guild_id=None)

    spent = await moderation.spent(GUILD, now=NOW)

    assert spent == ServerSpent(
        today_micro_usd=2 * DOLLAR,
        reserved_micro_usd=0,
        month=Month(
            start=date(2026, 11, 1),
            days=30,
            spent=(
                DaySpent(day=date(2026, 11, 1), micro_usd=DOLLAR),
                DaySpent(day=TODAY, micro_usd=2 * DOLLAR),
            ),
            today=TODAY,
            budget_micro_usd=None,
        ),
    )


async def test_a_server_that_spent_nothing_has_an_empty_month(moderation: SqlModerationStore) -> None:
    spent = await moderation.spent(GUILD, now=datetime(2028, 2, 29, tzinfo=UTC))

    assert (spent.today_micro_usd, spent.month.spent, spent.month.days) == (0, (), 29)


async def test_a_day_that_was_given_back_is_not_shown(store: Store, moderation: SqlModerationStore) -> None:
    await spend(store, DOLLAR)
    await spend(store, -DOLLAR)

    assert (await moderation.spent(GUILD, now=NOW)).month.spent == ()


async def test_pictures_not_yet_called_for_are_reserved(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await queued(jobs, count=3)
    _, lease = await claimed(jobs)
    await queued(jobs, BEN, count=2, price_micro_usd=7)
    assert (await moderation.spent(GUILD, now=NOW)).reserved_micro_usd == 3 * PRICE + 14

    await call(jobs, lease)

    spent = await moderation.spent(GUILD, now=NOW)
    assert (spent.today_micro_usd, spent.reserved_micro_usd) == (PRICE, 2 * PRICE + 14)


async def test_what_is_over_or_elsewhere_reserves_nothing(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    over = await queued(jobs)
    await jobs.cancel(over.id, user_id=ANN, now=NOW)
    for reach, guild_id in (
        (ReplyScope.GUILD, ELSEWHERE),
        (ReplyScope.NOWHERE, GUILD),
        (ReplyScope.DIRECT, None),
    ):
        place = ReplyTarget(scope=reach, channel_id=7, guild_id=guild_id, upload_limit_bytes=10_000_000)
        await queued(jobs, reply_target=place)

    assert (await moderation.spent(GUILD, now=NOW)).reserved_micro_usd == 0


@pytest.mark.parametrize(
    ("spent", "level"),
    [(499_999, None), (500_000, 50), (799_999, 50), (800_000, 80), (999_999, 80), (1_000_000, 100)],
)
async def test_the_highest_level_that_a_budget_reached_is_told(
    store: Store, moderation: SqlModerationStore, spent: int, level: int | None
) -> None:
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await keep_modlog(moderation)
    await spend(store, spent)

    assert await watched(moderation) == ([] if level is None else [("day", level, spent, DOLLAR)])


async def test_a_level_is_told_once_and_the_next_one_after_it(
    store: Store, moderation: SqlModerationStore
) -> None:
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await keep_modlog(moderation)

    told: list[list[int]] = []
    for _ in range(5):
        await spend(store, DOLLAR // 4)
        told.append([level for _, level, *_ in await watched(moderation)])
        assert await watched(moderation) == []

    assert told == [[], [50], [], [100], []]


async def test_a_new_day_and_a_new_month_start_anew(store: Store, moderation: SqlModerationStore) -> None:
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await applied(moderation, server_limit(4 * DOLLAR, PER_MONTH))
    await keep_modlog(moderation)
    in_december = datetime(2026, 12, 1, 12, tzinfo=UTC)

    await spend(store, DOLLAR)
    assert await watched(moderation) == [("day", 100, DOLLAR, DOLLAR)]
    assert await watched(moderation, now=TOMORROW) == []
    await spend(store, DOLLAR, day=TOMORROW.date())
    assert await watched(moderation, now=TOMORROW) == [
        ("day", 100, DOLLAR, DOLLAR),
        ("month", 50, 2 * DOLLAR, 4 * DOLLAR),
    ]
    await spend(store, 2 * DOLLAR, day=in_december.date())
    assert await watched(moderation, now=in_december) == [
        ("day", 100, 2 * DOLLAR, DOLLAR),
        ("month", 50, 2 * DOLLAR, 4 * DOLLAR),
    ]


async def test_the_operators_ceiling_is_a_budget_too(store: Store, moderation: SqlModerationStore) -> None:
    ceiling = Rule(scope=Scope.OPERATOR, says={PER_MONTH: 2 * DOLLAR})
    await applied(moderation, server_limit(9 * DOLLAR, PER_MONTH))
    for guild_id in (GUILD, ELSEWHERE):
        await keep_modlog(moderation, guild_id)
        await spend(store, DOLLAR, guild_id=guild_id)

    assert await moderation.watch_budgets(ceiling, price_micro_usd=PRICE, now=NOW) == 2

    told = {entry.guild_id: entry.facts for entry in await taken(moderation)}
    facts = {"period": "month", "level": 50, "micro_usd": DOLLAR, "budget": 2 * DOLLAR, "is_operators": True}
    assert told == {GUILD: facts, ELSEWHERE: facts}


@pytest.mark.parametrize("budget", [0, None])
async def test_a_budget_of_nothing_and_no_budget_are_no_news(
    store: Store, moderation: SqlModerationStore, budget: int | None
) -> None:
    await applied(moderation, server_limit(budget, PER_DAY))
    await keep_modlog(moderation)
    await spend(store, DOLLAR)

    assert await watched(moderation) == []


async def test_a_budget_that_was_used_up_before_there_was_a_mod_log_is_told_once_there_is_one(
    store: Store, moderation: SqlModerationStore
) -> None:
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await spend(store, DOLLAR)

    assert await watched(moderation) == []
    assert await count(store, alerts) == 0
    await keep_modlog(moderation)
    assert await watched(moderation) == [("day", 100, DOLLAR, DOLLAR)]


async def test_a_budget_that_was_changed_is_news_again(store: Store, moderation: SqlModerationStore) -> None:
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await applied(moderation, server_limit(DOLLAR, PER_MONTH))
    await keep_modlog(moderation)
    await spend(store, DOLLAR)
    assert len(await watched(moderation)) == 2

    await applied(moderation, server_limit(2 * DOLLAR, PER_DAY))
    assert await watched(moderation) == [("day", 50, DOLLAR, 2 * DOLLAR)]
    await applied(moderation, ClearLimits(scope=Scope.SERVER, subject_id=None, limit=None))
    assert await watched(moderation) == []
    await applied(moderation, server_limit(DOLLAR, PER_MONTH))
    assert await watched(moderation) == [("month", 100, DOLLAR, DOLLAR)]


@pytest.mark.parametrize("limit", [None, PER_DAY])
async def test_where_a_budget_is_cleared_the_operators_is_news(
    store: Store, moderation: SqlModerationStore, limit: Limit | None
) -> None:
    ceiling = Rule(scope=Scope.OPERATOR, says={PER_DAY: 2 * DOLLAR})
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await keep_modlog(moderation)
    await spend(store, DOLLAR)
    assert await moderation.watch_budgets(ceiling, price_micro_usd=PRICE, now=NOW) == 1

    await applied(moderation, ClearLimits(scope=Scope.SERVER, subject_id=None, limit=limit))

    assert await moderation.watch_budgets(ceiling, price_micro_usd=PRICE, now=NOW) == 1


@pytest.mark.parametrize(("left", "level"), [(PRICE, 80), (PRICE - 1, 100)])
async def test_a_budget_that_no_picture_fits_into_is_used_up(
    store: Store, moderation: SqlModerationStore, left: int, level: int
) -> None:
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    await keep_modlog(moderation)
    await spend(store, DOLLAR - left)

    assert await moderation.watch_budgets(FREELY, price_micro_usd=PRICE, now=NOW) == 1

    (entry,) = await taken(moderation)
    assert (entry.topic, entry.channel_id) == (Topic.BUDGET, MODLOG)
    assert entry.facts == {
        "period": "day",
        "level": level,
        "micro_usd": DOLLAR - left,
        "budget": DOLLAR,
        "is_operators": False,
    }
    assert await moderation.watch_budgets(FREELY, price_micro_usd=PRICE, now=NOW) == 0


async def test_who_asks_for_more_than_a_fresh_budget_holds_raises_no_alert(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    await applied(moderation, server_limit(4 * PRICE - 1, PER_DAY))
    await keep_modlog(moderation)

    denied = await jobs.submit(new_job(count=4), FREELY, RATES)

    assert isinstance(denied, Denied)
    assert await moderation.watch_budgets(FREELY, price_micro_usd=PRICE, now=NOW) == 0
    assert await taken(moderation) == []
    assert await count(store, alerts) == 0


async def test_each_period_has_levels_of_its_own(store: Store, moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)
    facts = {"micro_usd": 5, "budget": 5, "is_operators": False}

    for limit in (PER_DAY, PER_MONTH, PER_DAY):
        await store.tx(telling.budget_level, GUILD, limit, 100, facts, now=NOW)

    assert [entry.facts["period"] for entry in await taken(moderation)] == ["day", "month"]


async def test_what_is_reserved_stays_so_between_a_free_call_and_the_next(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    """The call proved free, and its worker has not yet put the picture back."""
    await applied(moderation, server_limit(DOLLAR, PER_DAY))
    _, lease = await rendering(jobs, count=2)

    async def promised() -> tuple[int, ...]:
        """As the budget page tells it, and as decisions of the server and of the person count it."""
        spent = await moderation.spent(GUILD, now=NOW)
        facts = await moderation.facts(ANN, GUILD, RequestContext(), now=NOW)
        here, everywhere = facts.here, facts.everywhere
        return (
            spent.today_micro_usd + spent.reserved_micro_usd,
            here.server_micro_usd_today,
            here.micro_usd_today,
            everywhere.micro_usd_this_month,
        )

    for number in range(2):
        name = await call(jobs, lease, 0, number)
        assert await promised() == (2 * PRICE,) * 4
        await end(jobs, name, Charge.FREE)
        assert await promised() == (2 * PRICE,) * 4
        await jobs.render_waits(lease, 0)
        assert await promised() == (2 * PRICE,) * 4
    await call(jobs, lease, 0, 2)
    await jobs.render_failed(lease, 0, FAULT, now=NOW)
    await end(jobs, request_id(lease.job_id, 0, 2), Charge.FREE)

    assert await promised() == (PRICE,) * 4
