"""Report: by anybody who sees a result, once, with a reason; to the mod-log, else to the operator."""

from __future__ import annotations

from typing import Any

import discord
import simcord

from bot.domain.moderation import MAX_REPORT
from bot.ui.moderation.modlog_actions import REPORT
from tests.glue.iterating import Person, posted
from tests.glue.moderating import (
    ONLY_MODERATORS,
    Log,
    all_text,
    buttons,
    by_mo,
    due_now,
    galleries,
    guild_of,
    link,
    newest_job,
    open_modlog,
    operators_log,
    paint,
    put_off,
    refused,
    whispered,
)
from tests.glue.room import Room, scene

THANKS = "Thanks. Your report was sent"
HOSTILE = "@everyone <@&1> ||s|| [x](https://evil.example)\n# title"


async def open_report(person: Person, message: discord.Message) -> simcord.InteractionResult:
    """The form, from the panel behind a result's More…."""
    panel = await person.click(message, label="More…")
    assert panel.ephemeral
    assert panel.response is not None
    return await person.click(panel.response, label="Report")


async def old_card(room: Room, job_id: str) -> discord.Message:
    """As results looked before there was a panel: with Report on them, for their requester too."""
    return await posted(room, REPORT.button(job_id))


async def report_there(person: Person, message: discord.Message, reason: str = "too bloody") -> str:
    """The same from an old card."""
    return await _reported(person, await person.click(message, label="Report"), reason)


async def report(person: Person, message: discord.Message, reason: str = "too bloody") -> str:
    """What they alone read after they sent the form."""
    return await _reported(person, await open_report(person, message), reason)


async def _reported(person: Person, form: simcord.InteractionResult, reason: str) -> str:
    answer = await person.submit_modal(form, {"reason": reason})
    assert answer.ephemeral
    return whispered(answer)


async def reported(room: Room, log: Log, reason: str = "too bloody") -> discord.Message:
    """The card of Ben's report of a result of Ada's."""
    painted = await paint(room)
    await log.news()
    assert THANKS in await report(room.ben, room.card(painted.result), reason)
    return await log.one()


@scene()
async def test_a_report_in_the_mod_log_has_reason_result_and_buttons_to_delete_it_and_block_its_requester(
    room: Room,
) -> None:
    log = await open_modlog(room)

    card = await reported(room, log)

    text = all_text(card)
    assert f"### A result was reported\nReported by <@{room.ben.id}>:\n> too bloody" in text
    assert f"**1 picture** for <@{room.ada.id}>\n> a red fox" in text
    assert buttons(card) == ["Open", "Delete result", "Block 24 h", "Show limits", "Dismiss"]
    job = await room.world.base.jobs.get(await newest_job(room))
    assert job is not None
    assert link(card) == (
        f"https://discord.com/channels/{guild_of(room).id}/{room.world.channel.id}/{job.card_id}"
    )
    assert await operators_log(room).news() == []

    mo = room.world.moderator
    await mo.click(card, label="Delete result")
    await mo.click(card, label="Block 24 h")
    limits = await mo.click(card, label="Show limits")

    result = room.world.channel.history()[-1]
    assert result.attachments == []
    assert "### Removed" in all_text(result)
    noted = next(one for one in log.channel.history() if one.id == card.id)
    assert f"**Removed** by <@{mo.id}>" in all_text(noted)
    assert "> too bloody" in all_text(noted)
    assert f"### Limits of <@{room.ada.id}>" in whispered(limits)
    assert "Moderators blocked you" in await refused(room)


@scene()
async def test_a_report_shows_its_pictures_behind_spoilers_until_it_is_settled(room: Room) -> None:
    log = await open_modlog(room)
    for label, note in (("Delete result", "**Removed** by"), ("Dismiss", "**Dismissed** by")):
        card = await reported(room, log)
        [file] = card.attachments
        assert file.filename.endswith("-small.jpg")
        assert galleries(card) == [(file.filename, True)]
        await room.world.env.restart_bot()

        await room.world.moderator.click(card, label=label)

        settled = next(one for one in log.channel.history() if one.id == card.id)
        assert f"{note} <@{room.world.moderator.id}>" in all_text(settled)
        assert settled.attachments == []
        assert galleries(settled) == []
        assert "Dismiss" not in buttons(settled)
        await log.news()


@scene()
async def test_a_report_of_a_job_that_was_deleted_since_can_be_dismissed(room: Room) -> None:
    log = await open_modlog(room)
    card = await reported(room, log)
    asked = await room.use("mydata delete")
    await room.ada.click(room.card(asked), label="Delete my data")

    await room.world.moderator.click(card, label="Dismiss")

    settled = next(one for one in log.channel.history() if one.id == card.id)
    assert "**Dismissed** by" in all_text(settled)
    assert (settled.attachments, buttons(settled)) == ([], [])


@scene()
async def test_a_result_may_be_reported_by_its_requester_and_by_each_person_once(room: Room) -> None:
    log = await open_modlog(room)
    painted = await paint(room)
    card = room.card(painted.result)
    await log.news()

    old = await old_card(room, painted.job.id)
    assert THANKS in await report_there(room.ada, old, "not what I meant")
    assert THANKS in await report(room.ben, card)
    assert len(await log.news()) == 2

    again = await report(room.ben, card, "still")
    assert "You've already reported this result" in again
    assert await log.news() == []


@scene()
async def test_a_sixth_report_within_the_hour_has_to_wait(room: Room) -> None:
    log = await open_modlog(room)
    painted = [await paint(room, seed=1) for _ in range(6)]
    cards = [room.card(one.result) for one in painted]
    for one in painted[:4]:  # without a form each
        await room.world.client.moderation.report(one.job.id, by=room.ben.id, reason="too bloody")
    assert THANKS in await report(room.ben, cards[4])
    await log.news()

    assert "many reports this hour" in await report(room.ben, cards[5])
    assert await log.news() == []
    assert THANKS in await report(room.world.moderator, cards[5])
    assert len(await log.news()) == 1


@scene()
async def test_an_empty_reason_is_asked_for_again_and_a_long_hostile_one_is_shown_as_it_reads_up_to_its_end(
    room: Room,
) -> None:
    log = await open_modlog(room)
    painted = await paint(room)
    card = room.card(painted.result)
    await log.news()
    assert "Say in a few words" in await report(room.ben, card, " \n ")
    assert await log.news() == []

    form: Any = (await open_report(room.ben, card)).modal
    field = next(one["component"] for one in form["components"] if "component" in one)
    assert field["max_length"] == MAX_REPORT == 500
    long = (HOSTILE + "*" * MAX_REPORT)[:MAX_REPORT]
    assert THANKS in await report(room.ben, card, long)

    text = all_text(await log.one())
    assert (
        "> \\@everyone \\<\\@&1\\> \\|\\|s\\|\\| \\[x\\](https\\://evil.example)\n> \\# title\\*\\*" in text
    )
    assert text.count("\\*") == MAX_REPORT - len(HOSTILE)

    await room.world.client.moderation.report(painted.job.id, by=room.ada.id, reason="x" * 900)
    assert f"> {'x' * 500}\n" in all_text(await log.one())  # cut where the form did not


@scene()
async def test_without_a_mod_log_the_operator_hears_of_it_in_a_direct_message(room: Room) -> None:
    dms = operators_log(room)

    card = await reported(room, dms)

    assert f"Reported by <@{room.ben.id}>:\n> too bloody" in all_text(card)
    assert "> a red fox" in all_text(card)
    assert buttons(card) == ["Open"]  # the operator need not be in that server


@scene()
async def test_of_a_direct_message_the_mod_log_of_no_server_hears(room: Room) -> None:
    log, dms = await open_modlog(room), operators_log(room)
    await room.ada.user.slash("imagine", prompt="a quiet lake")
    job = await room.finished(await newest_job(room))

    assert THANKS in await report_there(room.ada, await old_card(room, job.id), "odd")

    card = await dms.one()
    assert "> odd" in all_text(card)
    assert buttons(card) == []
    assert await log.news() == []


@scene()
async def test_a_private_result_can_be_reported_from_an_old_card_but_not_be_deleted(room: Room) -> None:
    log = await open_modlog(room)
    painted = await paint(room, "a secret", private=True)
    await log.news()

    assert THANKS in await report_there(room.ada, await old_card(room, painted.job.id))

    card = await log.one()
    assert "private: only they can see it" in all_text(card)
    assert buttons(card) == ["Block 24 h", "Show limits", "Dismiss"]
    assert (card.attachments, galleries(card)) == ([], [])


@scene()
async def test_a_report_button_works_after_a_restart_and_its_card_obeys_only_moderators(room: Room) -> None:
    log = await open_modlog(room, guild_of(room).create_text_channel("for-all-to-see"))
    result = (await paint(room)).result
    await log.news()
    await room.world.env.restart_bot()

    assert THANKS in await report(room.ben, room.card(result))

    card = await log.one()
    answer = await room.ben.click(card, label="Delete result")
    assert ONLY_MODERATORS in room.text(answer)
    assert room.card(result).attachments
    answer = await room.ada.click(card, label="Dismiss")
    assert ONLY_MODERATORS in whispered(answer)
    assert "Dismiss" in buttons(next(one for one in log.channel.history() if one.id == card.id))


@scene()
async def test_a_result_that_is_off_record_cannot_be_reported(room: Room) -> None:
    log = await open_modlog(room)
    painted = await paint(room)
    old = await old_card(room, painted.job.id)
    asked = await room.use("mydata delete")
    await room.ada.click(room.card(asked), label="Delete my data")
    await log.news()

    assert "no longer has this job" in whispered(await room.ben.click(old, label="Report"))
    panel = await room.ben.click(room.card(painted.result), label="More…")
    assert "no longer has this job" in whispered(panel)
    assert await log.news() == []


@scene()
async def test_a_report_that_waits_forgets_what_its_people_had_deleted(room: Room) -> None:
    log = await open_modlog(room)
    painted = await paint(room)
    await log.news()
    room.world.env.inject_error("POST", f"/channels/{log.channel.id}/messages", times=None)
    await report(room.ben, room.card(painted.result))
    await put_off(room)

    for person in (room.ada, room.ben):
        asked = await person.slash(room.world.channel, "mydata delete")
        await person.click(room.card(asked), label="Delete my data")
    room.world.env.backend.faults.clear()
    await due_now(room)

    text = all_text(await log.one())
    assert "The person who reported this has deleted their data." in text
    assert "has deleted it" in text
    assert "a red fox" not in text
    assert "too bloody" not in text


@scene()
async def test_only_results_with_pictures_offer_to_be_reported(room: Room) -> None:
    failed = (await paint(room, "a whale [fault:bad_request]")).result
    assert "More…" not in buttons(room.card(failed))
    assert "Report" not in buttons(room.card((await paint(room)).result))
    assert "No mod-log" in await by_mo(room, "modlog channel")
