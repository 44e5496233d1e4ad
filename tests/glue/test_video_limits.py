"""Limits of videos as people meet them: refused, opened, used up, given back, explained."""

from __future__ import annotations

import simcord

from tests.glue.moderating import buttons, by_mo, moderate
from tests.glue.room import Room, scene

PRICE = "Animate · about $0.44"
CLOSED = "Videos aren't open in this server yet. A moderator can open them with `/setup`."


async def ask(room: Room) -> simcord.InteractionResult:
    return await room.use("animate", prompt="a fox turns its head")


async def animate(room: Room) -> None:
    """Ada asks for a video and accepts its price; it counts from then on."""
    offer = await ask(room)
    await room.ada.click(room.card(offer), label=PRICE)


async def open_videos(room: Room) -> None:
    panel = await moderate(room, "limits panel")
    await room.world.moderator.click(room.card(panel), label="Open videos")


async def counted(room: Room) -> tuple[int, int]:
    held = await room.world.base.jobs.held(room.ada.id, now=room.world.base.clock.now())
    return held.images, held.videos


@scene()
async def test_a_member_hears_how_videos_are_opened_and_may_make_two_a_day_then(room: Room) -> None:
    assert CLOSED in room.text(await ask(room))
    assert "-# Videos aren't open in this server yet. `/setup` opens them." in await by_mo(
        room, "limits explain", member=room.ada
    )
    await open_videos(room)

    for _ in range(2):
        await animate(room)

    assert await counted(room) == (0, 2)
    refused = room.text(await ask(room))
    assert "### Limit reached" in refused
    assert (
        "You've used all 2 videos you can make in 24 hours. It's this server's default. You can make"
        in refused
    )
    assert "**0** of 2 videos per day left" in room.text(await room.use("me"))
    explained = await by_mo(room, "limits explain", member=room.ada)
    assert (
        "**Can't make a video:**\n**Videos per day:** 2 of 2 used · the server's default · opens" in explained
    )
    assert "**Can make a picture**" in explained


@scene()
async def test_a_reset_opens_videos_again(room: Room) -> None:
    await open_videos(room)
    await by_mo(room, "limits set", limit="videos_per_day", value="1")
    await animate(room)
    assert PRICE not in buttons(room.card(await ask(room)))

    await by_mo(room, "limits reset", member=room.ada)

    assert PRICE in buttons(room.card(await ask(room)))


@scene()
async def test_a_video_that_no_budget_fits_is_refused_where_a_picture_is_not(room: Room) -> None:
    await open_videos(room)
    await by_mo(room, "limits set", limit="micro_usd_per_day", value="0.50")
    await animate(room)

    assert "This costs more than what's left of your budget for a day" in room.text(await ask(room))
    assert not (await room.use("imagine", prompt="a red fox")).ephemeral
    assert await counted(room) == (1, 1)


@scene(EASEL_VIDEOS_PER_DAY="0")
async def test_no_moderator_is_named_to_open_what_the_operator_closed(room: Room) -> None:
    refused = room.text(await ask(room))

    assert "You can't make videos here. Only this bot's operator can change this." in refused


@scene()
async def test_an_offer_that_is_taken_after_videos_were_closed_is_refused_and_on_record(room: Room) -> None:
    await open_videos(room)
    offer = await ask(room)
    await by_mo(room, "limits set", limit="may_animate", value="no")

    await room.ada.click(room.card(offer), label=PRICE)

    assert await counted(room) == (0, 0)
    assert "**May use /animate** · the server's default" in await by_mo(
        room, "limits explain", member=room.ada
    )


@scene()
async def test_limits_of_videos_are_offered_and_shown_in_a_group_of_their_own(room: Room) -> None:
    mod, channel = room.world.moderator, room.world.channel
    offered = await mod.autocomplete(channel, "limits set", "limit", "video")
    assert [one["name"] for one in offered] == ["Videos per day", "Videos per week", "Videos per month"]
    await open_videos(room)

    shown = await by_mo(room, "limits show")

    assert "**Videos**\nVideos per day: **2**\nMay use /animate: **yes**" in shown
    assert "**Videos** open · about $0.44 each" in shown
    assert "Videos per day 3" in shown  # the operator's ceiling
