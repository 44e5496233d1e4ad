"""Alerts: budgets at 50, 80 and 100 %, an empty account and a key that is not taken; each told once, plainly."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
import pytest
import simcord
from sqlalchemy import Connection, func, update

from bot.domain.jobs import JobState
from bot.sandbox.faults import Fault
from bot.storage.schema import alerts, spent
from tests.glue.moderating import (
    Log,
    all_text,
    buttons,
    by_mo,
    newest_job,
    open_modlog,
    operators_log,
    paint,
    refused,
)
from tests.glue.room import Room, open_room, scene
from tests.glue.test_creating import png

DAILY, MONTHLY = "server_micro_usd_per_day", "server_micro_usd_per_month"
PRICE = 42_000  # micro USD a picture
EMPTY = "### The provider's account is empty"
LOCKED = "### The provider doesn't accept this bot's key"


async def set_budget(room: Room, log: Log, dollars: str, *, limit: str = DAILY) -> None:
    assert "-# Done" in await by_mo(room, "limits set", limit=limit, value=dollars)
    await log.news()


async def alarms(room: Room, log: Log) -> list[str]:
    """The alerts since the last look, once the budgets were looked at too."""
    base, ceiling = room.world.base, room.world.client.moderation.ceiling
    await base.moderation.watch_budgets(ceiling, price_micro_usd=PRICE, now=base.clock.now())
    return [text for text in await log.told() if text.startswith("###")]


async def let_a_day_pass(room: Room) -> None:
    """What was spent and told today was yesterday."""
    today = room.world.base.clock.now().date()
    yesterday = today - timedelta(days=1)
    what = func.replace(alerts.c.what, today.isoformat(), yesterday.isoformat())

    def turn(conn: Connection) -> None:
        conn.execute(update(spent).values(day=yesterday))
        conn.execute(update(alerts).values(what=what))

    await room.world.base.store.tx(turn)


@scene()
async def test_half_80_and_100_per_cent_of_a_budget_are_told_once_each(room: Room) -> None:
    log = await open_modlog(room)
    await set_budget(room, log, "0.21")  # five pictures

    await paint(room)
    assert await alarms(room, log) == []
    await paint(room, count=2)
    (half,) = await alarms(room, log)
    assert half.startswith("### Half of the daily budget is used\n$0.126 of $0.21 are spent.")
    assert "At 100 % Easel takes no new commands here until <t:" in half
    await paint(room)
    (most,) = await alarms(room, log)
    assert most.startswith("### 80 % of the daily budget is used\n$0.168 of $0.21 are spent.")
    await paint(room)
    (full,) = await alarms(room, log)
    assert full.startswith("### The daily budget is used up\n$0.21 of $0.21 are spent. Easel takes no new")

    assert "### Over budget" in await refused(room)
    assert await alarms(room, log) == []
    assert await operators_log(room).news() == []


@scene()
async def test_a_leap_over_all_levels_is_told_as_the_highest_alone(room: Room) -> None:
    log = await open_modlog(room)
    await set_budget(room, log, "0.084", limit=MONTHLY)

    await paint(room, count=2)

    (full,) = await alarms(room, log)
    assert full.startswith("### The monthly budget is used up\n$0.084 of $0.084 are spent.")
    assert await alarms(room, log) == []


@scene()
async def test_a_budget_that_no_picture_fits_into_any_more_is_used_up_and_told_so_once(room: Room) -> None:
    log = await open_modlog(room)
    await set_budget(room, log, "0.1")
    await paint(room, count=2)
    (full,) = await alarms(room, log)
    assert full.startswith("### The daily budget is used up\n$0.084 of $0.10 are spent.")

    for _ in range(2):
        text = await refused(room)
        assert "### Over budget\nThis costs more than what's left of this server's budget" in text
        assert "It resets <t:" in text
    assert await alarms(room, log) == []


@scene()
async def test_a_budget_set_anew_and_a_new_day_make_its_levels_news_again(room: Room) -> None:
    log = await open_modlog(room)
    await set_budget(room, log, "0.084")
    await paint(room, count=2)
    assert len(await alarms(room, log)) == 1

    await set_budget(room, log, "0.16")
    (half,) = await alarms(room, log)
    assert half.startswith("### Half of the daily budget is used\n$0.084 of $0.16")

    await let_a_day_pass(room)
    assert await alarms(room, log) == []
    await paint(room, count=2)
    (again,) = await alarms(room, log)
    assert again.startswith("### Half of the daily budget is used\n$0.084 of $0.16")


@scene(EASEL_SERVER_USD_PER_DAY="0.084")
async def test_the_operators_ceiling_is_told_of_like_a_budget_of_the_servers_own(room: Room) -> None:
    log = await open_modlog(room)
    await paint(room, count=2)
    (full,) = await alarms(room, log)
    assert full.startswith("### The daily budget is used up")


@scene()
async def test_a_server_without_a_mod_log_is_told_once_it_has_one_and_the_operator_never(room: Room) -> None:
    await by_mo(room, "limits set", limit=DAILY, value="0.042")
    await paint(room)
    assert await alarms(room, operators_log(room)) == []

    (full,) = await alarms(room, await open_modlog(room))
    assert full.startswith("### The daily budget is used up")


async def test_a_retired_model_is_told_with_those_on_offer() -> None:
    async with open_room({}) as room:
        log, dms = await open_modlog(room), operators_log(room)
        room.offline.fail(Fault.MODEL_GONE, times=None)
        card = (await paint(room)).result
        assert "The provider retired the model `bytedance/seedream-4-5`." in all_text(room.card(card))

        (told,) = await alarms(room, log)
        assert told.startswith("### The provider retired the model")
        direct = all_text(await dms.one())
        assert "`EASEL_MODEL`" in direct
        assert "The provider offers `bytedance/seedream-5-0`." in direct


@pytest.mark.parametrize(
    ("fault", "title", "on_card", "to_operator"),
    [
        (
            Fault.OUT_OF_CREDIT,
            EMPTY,
            "### The provider's account is empty\nEasel can't pay for pictures right now",
            "top it up",
        ),
        (
            Fault.BAD_KEY,
            LOCKED,
            "### Something broke\nThe provider doesn't accept this bot's key.",
            "new key",
        ),
    ],
)
async def test_trouble_that_only_the_operator_mends_is_told_once_until_it_worked_again(
    fault: Fault, title: str, on_card: str, to_operator: str
) -> None:
    async with open_room({}) as room:
        log, dms = await open_modlog(room), operators_log(room)
        for _ in range(2):
            room.offline.fail(fault, times=None)
            failed = room.card((await paint(room, count=2)).result)
            assert all_text(failed).startswith(on_card)
            assert buttons(failed) == ["Try again"]
            waiting = await room.use("imagine", prompt="a boat")
            assert "Your job continues once the bot's operator" in all_text(room.card(waiting))
            assert "Your job continues once" in room.text(await room.use("queue"))

            (told,) = await alarms(room, log)
            assert told.startswith(title)
            assert "The bot's operator has been told. You don't have to do anything." in told
            direct = all_text(await dms.one())
            assert direct.startswith(title)
            assert to_operator in direct

            room.offline.heal()
            assert (await room.finished(await newest_job(room))).state is JobState.DONE
            assert await alarms(room, log) == []
        assert await dms.news() == []


@scene()
async def test_each_server_is_told_of_an_empty_account_and_the_operator_once(room: Room) -> None:
    log, dms = await open_modlog(room), operators_log(room)
    eve, studio, there = await another_server(room)
    room.offline.fail(Fault.OUT_OF_CREDIT, times=None)

    await room.ada.user.slash("imagine", prompt="a quiet lake")
    await room.finished(await newest_job(room))
    assert await log.news() == []
    assert EMPTY in all_text(await dms.one())

    for _ in range(2):
        await room.use("imagine", prompt="ours")
        await eve.slash(studio, "imagine", prompt="mine")
    for waiting in (log, there):
        (told,) = await soon(waiting)
        assert told.startswith(EMPTY)
    room.offline.heal()
    await room.finished(await newest_job(room))
    assert await alarms(room, log) == await alarms(room, there) == await dms.news() == []


async def soon(log: Log) -> list[str]:
    """What comes within some seconds: it is told after the account was asked."""
    async with asyncio.timeout(30):
        while not (told := await log.told()):  # noqa: ASYNC110  # asks from outside
            await asyncio.sleep(0.05)
    return told


async def another_server(room: Room) -> tuple[simcord.MemberActor, simcord.ChannelHandle, Log]:
    """Its moderator, where pictures are made, and its mod-log."""
    guild = room.world.env.create_guild("Elsewhere")
    boss = guild.create_role("Boss", permissions=discord.Permissions(manage_guild=True))
    eve = guild.add_member(room.world.env.create_user("eve"), roles=[boss])
    log = Log(room=room, channel=guild.create_text_channel("lair"))
    await eve.slash(log.channel, "modlog channel", channel=log.channel)
    await log.news()
    return eve, guild.create_text_channel("studio"), log


@scene()
async def test_each_kind_of_no_has_its_own_name(room: Room) -> None:
    cut = png(600, 600)[:200]
    cards = {
        "### Easel couldn't use this": await paint(room, "mend", command="edit", image=("a.png", cut)),
        "### The model's provider refused this": await paint(room, "a [fault:refused_prompt]"),
        "### The provider's account is empty": await paint(room, "b [fault:out_of_credit]"),
        "### Something broke": await paint(room, "c [fault:bad_request]"),
    }
    for title, painted in cards.items():
        assert all_text(room.card(painted.result)).startswith(f"{title}\n")
        assert "nothing was counted" in room.text(painted.result)

    await by_mo(room, "limits set", limit="may_imagine", value="no")
    assert (await refused(room)).startswith("### Not allowed here\nYou can't use `/imagine` here.")
    await by_mo(room, "limits clear", limit="may_imagine")
    await by_mo(room, "limits set", limit="images_per_day", value="1")
    await paint(room)
    assert (await refused(room)).startswith("### Limit reached\nYou've used the 1 picture")
    await by_mo(room, "limits set", limit="images_per_day", value="9")
    await by_mo(room, "limits set", limit=DAILY, value="0.05")
    assert (await refused(room)).startswith("### Over budget\n")
