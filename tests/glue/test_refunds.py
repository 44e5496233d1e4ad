"""Whatever ends without pictures gives everything back: windows, grants and the money reserved."""

from __future__ import annotations

from bot.domain.jobs import JobState
from tests.glue.moderating import (
    all_text,
    by_mo,
    guild_of,
    let_it_expire,
    newest_job,
    paint,
    refused,
)
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

PRICE = 42_000  # micro USD a picture


async def set_a_budget(room: Room) -> None:
    await by_mo(room, "limits set", limit="server_micro_usd_per_day", value="1")
    await by_mo(room, "limits set", limit="micro_usd_per_day", value="1")


async def set_aside(room: Room) -> int:
    """Micro USD that the server holds for pictures not yet called for."""
    return (await room.world.client.moderation.budget(guild_of(room).id)).spent.reserved_micro_usd


async def holds(room: Room, images: int, *, spent: str = "$0.00", left: str = "$1.00") -> None:
    """What counts for Ada, as she and a moderator are told, and the money of both."""
    mine, explained = room.text(await room.use("me")), await by_mo(room, "limits explain", member=room.ada)
    assert f"**{50 - images}** of 50 pictures per day left" in mine
    assert f"**Pictures per day** {images} of 50 · **{50 - images} left**" in explained
    assert f"**{left}** of the server's $1.00 left today" in mine
    assert f"**{left}** of your $1.00 left today" in mine
    for name in ("Server budget per day", "Member budget per day"):
        assert f"**{name}** {spent} of $1.00 · **{left} left**" in explained


async def nothing_held(room: Room) -> None:
    await holds(room, 0)
    assert await set_aside(room) == 0
    assert "reserved" not in await by_mo(room, "budget")


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_what_waits_is_held_and_given_back_when_cancelled(room: Room) -> None:
    await set_a_budget(room)
    room.offline.hold()
    await room.ben.slash(room.world.channel, "imagine", prompt="too slow")
    await room.offline.wait_arrived(1)
    result = await room.use("imagine", prompt="waits", count=4)
    assert await set_aside(room) == 4 * PRICE
    mine = room.text(await room.use("me"))
    assert "**46** of 50 pictures per day left" in mine
    assert "**$0.832** of your $1.00 left today" in mine
    assert "$0.168 is reserved for queued jobs." in await by_mo(room, "budget")

    await room.ada.click(room.card(result), label="Cancel")

    mine = room.text(await room.use("me"))
    assert "**50** of 50 pictures per day left" in mine
    assert "**$1.00** of your $1.00 left today" in mine
    assert "**$0.958** of the server's $1.00 left today" in mine  # what Ben's call may have cost
    assert await set_aside(room) == 0
    room.offline.release()


@scene()
async def test_cancelled_while_painted_gives_the_pictures_back_and_carries_what_was_called_for(
    room: Room,
) -> None:
    await set_a_budget(room)
    room.offline.hold()
    result = await room.use("imagine", prompt="too slow", count=2)
    await room.offline.wait_arrived(2)
    await holds(room, 2, spent="$0.084", left="$0.916")

    await room.ada.click(room.card(result), label="Cancel")
    room.offline.release()
    job = await room.finished(await newest_job(room))

    assert job.state is JobState.CANCELLED
    assert await room.images_counted() == 0
    assert await set_aside(room) == 0
    assert "**50** of 50 pictures per day left" in room.text(await room.use("me"))


@scene()
async def test_what_fails_or_is_refused_by_the_provider_gives_everything_back(room: Room) -> None:
    await set_a_budget(room)
    for fault in ("refused_prompt", "refused_result", "bad_request", "out_of_credit", "bad_key"):
        failed = await paint(room, f"a fox [fault:{fault}]", count=3)
        assert not failed.job.pictures, fault
        await nothing_held(room)

    cut = ("cut.png", png(600, 600)[:200])  # a reference that cannot be used
    assert (await paint(room, "mend", command="edit", image=cut)).job.state is JobState.FAILED
    await nothing_held(room)


@scene()
async def test_what_is_refused_before_holds_nothing(room: Room) -> None:
    await set_a_budget(room)
    await by_mo(room, "filter add", kind="word", text="gore")
    await refused(room, "so much gore")
    await by_mo(room, "limits set", limit="images_per_command", value="1")
    result = await room.use("imagine", prompt="a fox", count=4)
    assert "Nothing was counted" in room.text(result)
    await by_mo(room, "pause")
    await refused(room)
    await by_mo(room, "resume")
    await nothing_held(room)


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_what_expires_in_the_line_gives_everything_back(room: Room) -> None:
    await set_a_budget(room)
    room.offline.hold()
    await room.ben.slash(room.world.channel, "imagine", prompt="too slow [fault:bad_request]")
    bens = await newest_job(room)
    await room.offline.wait_arrived(1)
    result = await room.use("imagine", prompt="waits", count=4)

    expired = await let_it_expire(room, await newest_job(room))

    assert expired.state is JobState.EXPIRED
    assert all_text(room.card(result)).startswith("### Expired\n")
    room.offline.release()
    await room.finished(bens)
    await nothing_held(room)


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_what_the_rules_stop_while_it_waits_gives_everything_back(room: Room) -> None:
    await set_a_budget(room)
    room.offline.hold()
    await room.ben.slash(room.world.channel, "imagine", prompt="too slow [fault:bad_request]")
    bens = await newest_job(room)
    await room.offline.wait_arrived(1)
    result = await room.use("imagine", prompt="so much gore", count=4)
    waiting = await newest_job(room)
    await by_mo(room, "filter add", kind="word", text="gore")
    room.offline.release()

    await room.finished(bens)
    assert (await room.finished(waiting)).state is JobState.FAILED

    text = all_text(room.card(result))
    assert text.startswith("### Not allowed here\nThe rules changed while this waited: a filter blocks")
    assert len(room.offline.calls) == 1
    await nothing_held(room)


@scene()
async def test_grants_are_given_back_before_windows_and_only_for_what_was_not_made(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="2")
    await by_mo(room, "limits grant", member=room.ada, images=2, reason="a prize")

    room.offline.hold()
    result = await room.use("imagine", prompt="slow", count=4)
    await room.offline.wait_arrived(4)
    held = room.text(await room.use("me"))
    assert "**Pictures per day:** 2 of 2 used" in held
    assert "Extra" not in held
    await room.ada.click(room.card(result), label="Cancel")
    room.offline.release()
    await room.finished(await newest_job(room))
    given = room.text(await room.use("me"))
    assert "**2** of 2 pictures per day left" in given
    assert "**Extra: 2 pictures**" in given

    await paint(room, "half of them [fault:bad_request x3]", count=4)
    half = room.text(await room.use("me"))
    assert "**1** of 2 pictures per day left" in half
    assert "**Extra: 2 pictures**" in half
    explained = await by_mo(room, "limits explain", member=room.ada)
    assert "**Extra: 2 pictures**" in explained


@scene()
async def test_grants_that_stand_for_a_full_window_come_back_whole(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="1")
    await paint(room)
    await by_mo(room, "limits grant", member=room.ada, images=3, reason="a prize")

    for fault in ("refused_prompt", "bad_request", "out_of_credit"):
        await paint(room, f"a fox [fault:{fault}]", count=3)
        assert "**Extra: 3 pictures**" in room.text(await room.use("me")), fault
    await paint(room, "a fox", count=2)
    assert "**Extra: 1 picture**" in room.text(await room.use("me"))
