"""What was spent, what may be, and where it is heading."""

from __future__ import annotations

from datetime import date, timedelta

import bot.storage.ledger as spending
from bot.domain.policy.rules import Limit
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.services.moderation import Moderation
from tests.unit.services.moderation.material import DOLLAR, NOON, OTHER_SERVER, SERVER, Make, applied, set_to
from tests.unit.services.workshop import ANNA, Workshop, request


async def spend(shop: Workshop, day: date, micro_usd: int, guild_id: int = SERVER) -> None:
    await shop.store.tx(spending.add_spent, guild_id, ANNA, day, micro_usd)


async def test_without_a_budget_there_is_only_what_was_spent(shop: Workshop, moderation: Moderation) -> None:
    await spend(shop, NOON.date(), 3 * DOLLAR)

    report = await moderation.budget(SERVER)

    assert (report.day_budget, report.month_budget, report.runs_out) == (None, None, None)
    assert (report.spent.today_micro_usd, report.month.total) == (3 * DOLLAR, 3 * DOLLAR)
    assert report.forecast is None  # the first day of spending is not over


async def test_the_narrower_of_server_and_operator_holds(make: Make) -> None:
    moderation = make(server_micro_usd_per_day=2 * DOLLAR, server_micro_usd_per_month=100 * DOLLAR)
    await applied(moderation, set_to(9 * DOLLAR, Limit.SERVER_USD_PER_DAY))
    await applied(moderation, set_to(50 * DOLLAR, Limit.SERVER_USD_PER_MONTH))

    report = await moderation.budget(SERVER)

    assert (report.day_budget, report.month_budget) == (2 * DOLLAR, 50 * DOLLAR)
    assert report.month.budget_micro_usd == 50 * DOLLAR


async def test_the_forecast_and_the_end_of_the_money_follow_from_the_days(
    shop: Workshop, moderation: Moderation
) -> None:
    await applied(moderation, set_to(30 * DOLLAR, Limit.SERVER_USD_PER_MONTH))
    for days_ago in range(10):
        await spend(shop, NOON.date() - timedelta(days=days_ago), 2 * DOLLAR)

    report = await moderation.budget(SERVER)

    assert report.month.total == 20 * DOLLAR
    assert report.forecast is not None
    assert 36 * DOLLAR < report.forecast < 39 * DOLLAR  # 8.5 days to go, at about 2 dollars each
    assert report.runs_out is not None
    assert NOON + timedelta(days=4) < report.runs_out < NOON + timedelta(days=6)


async def test_other_months_and_other_servers_do_not_count(shop: Workshop, moderation: Moderation) -> None:
    await spend(shop, date(2026, 10, 31), 7 * DOLLAR)
    await spend(shop, date(2026, 11, 1), DOLLAR)
    await spend(shop, NOON.date(), 7 * DOLLAR, guild_id=OTHER_SERVER)

    report = await moderation.budget(SERVER)

    assert (report.spent.today_micro_usd, report.month.total) == (0, DOLLAR)


async def test_what_waits_in_the_line_is_set_aside(shop: Workshop, moderation: Moderation) -> None:
    await shop.ask(request(count=3))

    report = await moderation.budget(SERVER)

    assert report.spent.reserved_micro_usd == 3 * SEEDREAM_MODELS[DEFAULT_MODEL_ID].price_micro_usd
    assert report.month.total == 0
