"""The mod-log: one compact card for each job that ended and each change, and nothing where there is none."""

from __future__ import annotations

from typing import Any

from bot.domain.jobs import Job
from tests.glue.moderating import (
    all_text,
    buttons,
    by_mo,
    guild_of,
    let_it_expire,
    link,
    moderate,
    newest_job,
    open_modlog,
    paint,
    refused,
)
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

WITH_RESULT = ["Open", "Delete result", "Block 24 h", "Show limits"]
WITHOUT_RESULT = ["Block 24 h", "Show limits"]
HOSTILE = "@everyone <@&1> **b** ||s|| [x](https://evil.example) `c`\n# title\n> no\n" + "word " * 200


def address(room: Room, job: Job) -> str:
    return f"https://discord.com/channels/{guild_of(room).id}/{room.world.channel.id}/{job.card_id}"


async def entries(room: Room) -> int:
    query = "SELECT COUNT(*) FROM log_entries"
    return await room.world.base.store.tx(lambda conn: conn.exec_driver_sql(query).scalar_one())


@scene()
async def test_a_result_is_one_card_with_who_what_cost_and_the_way_to_it(room: Room) -> None:
    log = await open_modlog(room)

    one = (await paint(room, "a red fox")).job
    card = await log.one()
    assert all_text(card).split("\n") == [
        f"**1 picture** for <@{room.ada.id}>",
        "> a red fox",
        f"-# /imagine · 2K · $0.042 paid · job `{one.id}`",
    ]
    assert buttons(card) == WITH_RESULT
    assert link(card) == address(room, one)

    four = (await paint(room, "four of them", count=4, resolution="4K")).job
    card = await log.one()
    assert "**4 pictures** for" in all_text(card)
    assert "4K · $0.168 paid" in all_text(card)
    assert link(card) == address(room, four)

    await paint(room, "two [fault:bad_request x1]", count=2)
    assert "**1 of 2 pictures** for" in all_text(await log.one())


@scene()
async def test_what_ends_without_a_result_is_one_card_that_says_why(room: Room) -> None:
    log = await open_modlog(room)

    await paint(room, "a whale [fault:bad_request]")
    failed = await log.one()
    assert f"**Something broke** · <@{room.ada.id}>\nThe provider didn't understand" in all_text(failed)
    assert "$0.00 paid" in all_text(failed)
    assert buttons(failed) == WITHOUT_RESULT
    assert link(failed) is None

    await paint(room, "a wolf [fault:refused_prompt]")
    denied = await log.one()
    assert "**The model's provider refused this** · " in all_text(denied)
    assert "It rejected the prompt." in all_text(denied)
    assert buttons(denied) == WITHOUT_RESULT

    await paint(room, "mend it", command="edit", image=("cut.png", png(600, 600)[:200]))
    assert "**Easel couldn't use this** · " in all_text(await log.one())


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_cancelled_jobs_are_one_card_each_whether_they_waited_or_were_painted(room: Room) -> None:
    log = await open_modlog(room)
    room.offline.hold()
    painted = await room.use("imagine", prompt="too slow")
    first = await newest_job(room)
    await room.offline.wait_arrived(1)
    waiting = await room.use("imagine", prompt="still waiting")
    second = await newest_job(room)

    for result, job_id in ((waiting, second), (painted, first)):
        await room.ada.click(room.card(result), label="Cancel")
        await room.finished(job_id)
        card = await log.one()
        assert f"**Cancelled** · <@{room.ada.id}>" in all_text(card)
        assert f"job `{job_id}`" in all_text(card)
        assert buttons(card) == WITHOUT_RESULT
    room.offline.release()


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_an_expired_job_is_one_card(room: Room) -> None:
    log = await open_modlog(room)
    room.offline.hold()
    await room.use("imagine", prompt="too slow")
    await room.offline.wait_arrived(1)
    await room.use("imagine", prompt="still waiting")

    job = await let_it_expire(room, await newest_job(room))

    card = await log.one()
    assert all_text(card).startswith(f"**Expired** · <@{room.ada.id}>\n> still waiting\n")
    assert f"$0.00 paid · job `{job.id}`" in all_text(card)
    assert buttons(card) == WITHOUT_RESULT
    room.offline.release()


@scene()
async def test_a_private_result_and_an_edit_are_told_with_what_is_theirs(room: Room) -> None:
    log = await open_modlog(room)

    await paint(room, "a secret garden", private=True)
    private = await log.one()
    assert "> a secret garden" in all_text(private)
    assert "private: only they can see it" in all_text(private)
    assert buttons(private) == WITHOUT_RESULT

    pictures = {"image": ("a*b*.png", png(64, 64))} | {
        f"image{number}": (f"{number}.png", png(64, 64)) for number in range(2, 7)
    }
    await paint(room, "all of them", command="edit", **pictures)
    edit = await log.one()
    assert "-# from 6 pictures: " in all_text(edit)
    assert "2.png, 3.png, 4.png · and 2 more" in all_text(edit)
    assert "/edit" in all_text(edit)
    assert buttons(edit) == WITH_RESULT


@scene()
async def test_a_hostile_prompt_is_cut_shown_as_it_reads_and_calls_nobody(room: Room) -> None:
    log = await open_modlog(room)

    await paint(room, HOSTILE)

    card = await log.one()
    text = all_text(card)
    assert "> \\@everyone a role \\*\\*b\\*\\* \\|\\|s\\|\\| \\[x\\](https\\://evil.example) \\`c\\`" in text
    assert "\n> \\# title\n> \\> no\n" in text
    assert "wor…\n-# /imagine" in text
    assert len(text) < 600
    assert not card.mention_everyone
    path = f"/channels/{log.channel.id}/messages"
    posted: list[Any] = [one.json for one in room.world.env.http_requests if one.path == path]
    assert [one["allowed_mentions"] for one in posted] == [{"parse": []}] * 2


@scene()
async def test_each_change_is_one_card_with_who_and_from_what_to_what(room: Room) -> None:
    log = await open_modlog(room)
    mo, ada = f"<@{room.world.moderator.id}>", room.ada
    channel = room.world.channel
    role = guild_of(room).create_role("Painter")
    changes: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("limits set", {"limit": "images_per_day", "value": "20"}, "**Pictures per day:** not set → **20**"),
        ("limits set", {"limit": "images_per_day", "value": "10"}, "**Pictures per day:** 20 → **10**"),
        ("limits clear", {"limit": "images_per_day"}, "**Pictures per day:** 10 → **not set**"),
        ("limits set", {"limit": "may_edit", "value": "no", "role": role}, f"for role <@&{role.id}>"),
        (
            "limits grant",
            {"member": ada, "images": 5, "reason": "a *prize*"},
            "**5 pictures**\n> a \\*prize\\*",
        ),
        ("limits reset", {"member": ada}, f"reset the usage of <@{ada.id}>"),
        ("block", {"member": ada, "reason": "so", "for": "1d"}, f"blocked <@{ada.id}> until <t:"),
        ("unblock", {"member": ada}, f"unblocked <@{ada.id}>"),
        ("filter add", {"kind": "word", "text": "g_o_r_e"}, "added the filter word “g\\_o\\_r\\_e”"),
        ("filter remove", {"number": 1}, "removed filter #1"),
        ("channels deny", {"channel": channel}, f"denied pictures in <#{channel.id}>"),
        ("channels clear", {"channel": channel}, f"cleared the rule for <#{channel.id}>"),
        ("pause", {"text": "@here back soon"}, "paused Easel\n> \\@here back soon"),
        ("resume", {}, "resumed Easel"),
    )
    for name, options, expected in changes:
        await moderate(room, name, **options)
        text = all_text(await log.one())
        assert mo in text, name
        assert expected in text, name


@scene()
async def test_what_changes_nothing_or_waits_for_a_yes_is_not_told(room: Room) -> None:
    log = await open_modlog(room)
    await by_mo(room, "limits set", limit="images_per_day", value="2")
    await log.news()

    await by_mo(room, "limits set", limit="images_per_day", value="2")
    await by_mo(room, "resume")
    asked = await moderate(room, "limits set", limit="images_per_day", value="20")
    assert await log.news() == []

    await room.world.moderator.click(room.card(asked), label="Yes, do it")
    assert "**Pictures per day:** 2 → **20**" in all_text(await log.one())


@scene()
async def test_without_a_mod_log_nothing_is_written_and_off_is_the_last_word(room: Room) -> None:
    await paint(room)
    await by_mo(room, "limits set", limit="images_per_day", value="20")
    assert await entries(room) == 0

    log = await open_modlog(room)
    assert len(log.channel.history()) == 1
    moved = await open_modlog(room, guild_of(room).create_text_channel("other-staff"))
    assert f"moved the mod-log to <#{moved.channel.id}>" in all_text(await log.one())
    await by_mo(room, "modlog channel", off=True)
    assert "turned the mod-log off" in all_text(await moved.one())

    await paint(room)
    await by_mo(room, "limits set", limit="images_per_day", value="10")
    assert await moved.news() == await log.news() == []


@scene()
async def test_direct_messages_and_refused_commands_leave_no_card(room: Room) -> None:
    log = await open_modlog(room)
    await room.ada.user.slash("imagine", prompt="a quiet lake")
    await room.finished(await newest_job(room))
    await by_mo(room, "pause")
    await log.news()

    await refused(room)

    assert await log.news() == []
