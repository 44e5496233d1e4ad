"""Prices that the provider changes, costs that differ from them, and an account that runs low."""

from __future__ import annotations

from bot.app.providers import build_balance_watch, build_price_keeper, build_provider
from bot.seedream.client import SeedreamProvider
from bot.settings import Settings, load
from tests.glue.moderating import all_text, buttons, by_mo, operators_log, paint
from tests.glue.room import Room, scene
from tests.glue.test_animate import open_videos

MODEL, VIDEO = "bytedance/seedream-4-5", "minimax/hailuo-02"


def settings_of(room: Room) -> Settings:
    environ = {"AIMLAPI_BASE_URL": room.offline.base_url, "AIMLAPI_API_KEY": "offline"}
    return load(environ, env_file=None)


def provider_of(room: Room) -> SeedreamProvider:
    return build_provider(settings_of(room), room.world.base)


async def read_prices(room: Room) -> None:
    """As at a start: whatever was asked before."""
    await build_price_keeper(room.world.base, provider_of(room)).look()


async def look_at_balance(room: Room) -> None:
    await build_balance_watch(settings_of(room), room.world.base, provider_of(room)).look()


@scene()
async def test_a_new_price_is_offered_reserved_and_charged_without_a_word(room: Room) -> None:
    room.offline.ledger.prices[MODEL] = 2 * 84_000
    await read_prices(room)

    offer = await room.use("imagine", prompt="a {red,blue} fox")
    assert "about $0.168 · 2K" in room.text(offer)
    room.offline.hold()
    await room.use("imagine", prompt="a fox")
    assert "$0.084" in await by_mo(room, "budget")  # reserved, or spent by the call that is held
    room.offline.release()

    assert (await room.finished()).cost_micro_usd == 84_000
    assert await operators_log(room).told() == []


@scene(EASEL_MODELS=VIDEO)
async def test_a_videos_price_goes_by_its_quality_where_that_is_told(room: Room) -> None:
    rates = [
        {"when": {"resolution": one}, "price": usd, "unit": "second", "per": 1}
        for one, usd in (("768P", 0.05), ("1080P", 0.09))
    ]
    room.offline.ledger.listed[VIDEO] = {
        "kind": "variants",
        "dimensions": ["resolution"],
        "variants": rates,
    }
    await read_prices(room)
    await open_videos(room)

    for quality, price in (("768P", "$0.30"), ("1080P", "$0.54")):
        offer = await room.use("animate", prompt="a fox", quality=quality)
        assert buttons(room.card(offer)) == [f"Animate · about {price}", "Not now"]


@scene()
async def test_a_cost_that_the_list_does_not_tell_is_told_to_the_operator_once(room: Room) -> None:
    log = operators_log(room)
    room.offline.ledger.listed[MODEL] = {"units": [{"name": "image", "price": 0.042, "per": 1}]}
    room.offline.ledger.prices[MODEL] = 104_000
    await read_prices(room)

    for _ in range(2):
        assert (await paint(room, count=2)).job.cost_micro_usd == 104_000
    told = all_text(await log.one())
    assert told.startswith("### The provider charged a different price\n")
    assert f"A result of `{MODEL}` cost $0.052, and Easel expected $0.042." in told

    del room.offline.ledger.listed[MODEL]  # now it does
    await read_prices(room)
    await paint(room)
    assert await log.news() == []

    room.offline.ledger.listed[MODEL] = {"units": [{"name": "image", "price": 0.04, "per": 1}]}
    await read_prices(room)
    await paint(room)
    assert "expected $0.04." in all_text(await log.one())


@scene()
async def test_an_account_that_runs_low_is_told_to_the_operator_once_until_it_is_topped_up(
    room: Room,
) -> None:
    log = operators_log(room)
    for funds, news in ((4.5, 1), (4.2, 0), (20.0, 0), (3.0, 1)):
        room.offline.ledger.funds_usd = funds
        await look_at_balance(room)
        told = await log.told()
        assert len(told) == news
        if told:
            assert told[0].startswith(f"### The provider's account is running low\n${funds:.2f} is left.")
