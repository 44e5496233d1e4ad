"""More… on a result: what each person is offered, and what comes of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import pytest

from bot.domain.jobs import JobKind, ReplyScope
from bot.services.history import History
from bot.ui.base.access import payload_of
from bot.ui.results.compare import COMPARE
from bot.ui.results.delete import DELETE_NOW
from bot.ui.results.panel import INFO, SHARE
from tests.glue.iterating import (
    a_series,
    again,
    card_of,
    child,
    edit,
    everything_kept,
    hours_later,
    keep_nothing,
    let_addresses_die,
    paint_wish,
    posted,
)
from tests.glue.looking import (
    Answer,
    alone,
    choose,
    files_of,
    more,
    offered,
    options,
    press,
    public_cards,
    text_in,
)
from tests.glue.moderating import (
    NOT_ON_RECORD,
    Painted,
    all_text,
    by_mo,
    guild_of,
    newest_job,
    paint,
    whispered,
)
from tests.glue.room import Room, open_room, scene
from tests.glue.test_creating import png

ONLY_THEIRS = "Only the person who requested this"


async def private(room: Room, prompt: str = "a secret garden", **options: Any) -> Painted:
    painted = await paint(room, prompt, private=True, **options)
    await everything_kept(room, painted.job)
    return painted


# What is offered


@scene()
async def test_each_person_is_offered_what_they_may_do_and_nothing_else_is_done_for_them(room: Room) -> None:
    painted = await paint(room)
    panel = await more(room, room.card(painted.result))
    assert alone(panel)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Delete"]
    assert "### This picture\n> a red fox" in text_in(room, panel)
    assert options(room, panel, "morepick") == []
    assert len(files_of(room.card(panel))) == 1

    panel = await more(room, room.card(painted.result), room.ben)
    assert alone(panel)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Report"]
    assert f"<@{room.ada.id}>" in text_in(room, panel)

    panel = await more(room, room.card(painted.result), room.world.moderator)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Report", "Delete"]

    subject = payload_of(painted.job.id, 0)
    message = await posted(room, SHARE.button(subject), DELETE_NOW.button(subject))
    for button in (SHARE.button(subject), DELETE_NOW.button(subject)):
        answer = await room.ben.click(message, custom_id=button.custom_id)
        assert alone(answer)
        assert ONLY_THEIRS in whispered(answer)
    assert room.card(painted.result).attachments


@scene()
async def test_one_of_several_pictures_is_chosen_and_may_be_a_favourite(room: Room) -> None:
    painted = await paint(room, count=2, seed=100)
    panel = await more(room, room.card(painted.result), room.ben)
    assert "### Picture 1 of 2" in text_in(room, panel)
    assert [one["label"] for one in options(room, panel, "morepick")] == [
        "Picture 1 · seed 100",
        "Picture 2 · seed 101",
    ]

    await choose(room, panel, "morepick", "1", room.ben)

    assert "### Picture 2 of 2" in text_in(room, panel)
    assert [one["value"] for one in options(room, panel, "morepick") if one.get("default")] == ["1"]
    assert files_of(room.card(panel)) == [f"a-red-fox-{painted.job.id}-2-small.jpg"]
    info = await press(room, panel, "Info", room.ben)
    assert "**Seed** `101`" in text_in(room, info)

    await press(room, panel, "Favourite", room.ben)
    assert "Unfavourite" in offered(room, panel)
    history = room.world.client.history
    assert await history.is_favourite(room.ben.id, painted.job.id, 1)
    assert not await history.is_favourite(room.ada.id, painted.job.id, 1)
    await press(room, panel, "Unfavourite", room.ben)
    assert not await history.is_favourite(room.ben.id, painted.job.id, 1)


@scene()
async def test_the_panel_works_after_a_restart(room: Room) -> None:
    painted = await paint(room, count=2)
    panel = await more(room, room.card(painted.result))
    await room.world.env.restart_bot()
    await choose(room, panel, "morepick", "1")
    assert "### Picture 2 of 2" in text_in(room, panel)
    await press(room, panel, "Favourite")
    assert "Unfavourite" in offered(room, panel)
    assert "**Job**" in text_in(room, await press(room, panel, "Info"))
    await press(room, panel, "Delete")
    await press(room, panel, "Delete it")
    assert room.card(painted.result).attachments == []


# A day later


@scene(EASEL_KEEP_ORIGINALS_DAYS="0")
async def test_a_day_later_a_picture_that_is_not_kept_is_found_in_its_message(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    await everything_kept(room, painted.job)
    with hours_later(25):
        panel = await more(room, room.card(painted.result))
        assert len(files_of(room.card(panel))) == 1
        assert "**Job**" in text_in(room, await press(room, panel, "Info"))


@scene()
async def test_kept_pictures_are_found_and_compared_when_no_address_of_discords_works_any_more(
    room: Room,
) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    await everything_kept(room, painted.job)
    let_addresses_die(room)
    with hours_later(25):
        panel = await more(room, room.card(painted.result))
        assert len(files_of(room.card(panel))) == 1
        assert "**Job**" in text_in(room, await press(room, panel, "Info"))
        compared = await press(room, panel, "Compare")
    assert alone(compared)
    [file] = room.card(compared).attachments
    assert file.filename == f"before-and-after-{painted.job.id}-1.jpg"
    assert (file.description or "").startswith("Before and after: a hat")


@scene()
async def test_without_any_copy_left_the_panel_says_so_and_compare_too(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    await keep_nothing(room, painted.job)
    message = room.card(painted.result)
    let_addresses_die(room)
    await room.world.env.advance_time(3600)
    panel = await more(room, message)
    assert "its picture is gone" in text_in(room, panel)
    assert files_of(room.card(panel)) == []
    compared = await press(room, panel, "Compare")
    assert "they can't be compared" in whispered(compared)


# Info


# What of a prompt is shown.
DARK: Final = {
    "حصان أبيض في الصحراء": "> حصان أبيض في الصحراء",
    "hi @everyone <@1> [a](https://evil.example)": "> hi \\@everyone",
    "# big\n- **bold** `code`": "> \\# big",
    "🦊🦊🦊": "> 🦊🦊🦊",
    "x" * 4000: "> xxxx",
    "\u202eevil\u202c fox": "> evil fox",
}


async def test_info_shows_dark_corners_of_a_prompt_without_harm(subtests: pytest.Subtests) -> None:
    async with open_room({}) as room:
        for prompt, shown in DARK.items():
            with subtests.test(shown):
                painted = await paint(room, prompt)
                panel = await more(room, room.card(painted.result))
                info = await press(room, panel, "Info")
                text = text_in(room, info)
                assert alone(info)
                assert shown in text
                assert "**Cost** $0.04" in text
                assert f"`{painted.job.renders[0].request_id}`" in text
                is_long = len(prompt) > 1000
                assert ("command.txt" in files_of(room.card(info))) is is_long
                assert ("prompt.txt" in files_of(room.card(info))) is is_long
                assert is_long or "```\n/imagine prompt:" in text


@scene()
async def test_a_prompt_with_a_code_block_comes_with_its_command_as_a_file(room: Room) -> None:
    painted = await paint(room, "a ``` sign")
    info = await press(room, await more(room, room.card(painted.result)), "Info")
    [file] = [one for one in room.card(info).attachments if one.filename == "command.txt"]
    assert (await file.read()).decode().startswith("/imagine prompt:a ``` sign aspect:Square 1:1")


@scene()
async def test_the_command_of_info_makes_the_same_again(room: Room) -> None:
    painted = await paint(room, "a red fox", aspect="16:9", resolution="4K", count=2)
    info = await press(room, await more(room, room.card(painted.result)), "Info")
    seed = painted.job.seeds[0]
    command = f"/imagine prompt:a red fox aspect:Wide 16:9 resolution:4K, fine detail count:2 seed:{seed}"
    assert f"```\n{command}" in text_in(room, info)


@scene()
async def test_info_says_what_a_result_was_made_from(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", image=("my `hat`.png", png(320, 240)))
    text = text_in(room, await press(room, await more(room, room.card(painted.result)), "Info"))
    assert "**References** 1 picture\n" in text
    assert "my" not in text  # what somebody's file was called is nobody else's business
    assert "Attach the same picture again" in text
    await again(room, room.ada, room.card(painted.result))
    made = await child(room)
    text = text_in(room, await press(room, await more(room, card_of(room, made)), "Info"))
    assert f"**Based on** another take on {painted.job.id} ([open](https://discord.com/channels/" in text


@scene()
async def test_each_picture_of_a_series_has_its_own_words_and_command(room: Room) -> None:
    job = await paint_wish(room, a_series("a small fox", "sleeps", "wakes up"))
    panel = await more(room, card_of(room, job))
    assert [one["description"] for one in options(room, panel, "morepick")] == ["sleeps", "wakes up"]
    await choose(room, panel, "morepick", "1")
    text = text_in(room, await press(room, panel, "Info"))
    assert "**This picture again**" in text
    assert (
        f"prompt:a small fox wakes up aspect:Square 1:1 resolution:2K, quick count:1 seed:{job.seeds[1]}"
        in text
    )


# Compare


@scene()
async def test_what_somebody_attached_is_compared_by_them_alone(room: Room) -> None:
    async def refused_to_ben(job_id: str) -> None:
        message = await posted(room, COMPARE.button(payload_of(job_id, 0)))
        answer = await room.ben.click(message, label="Compare")
        assert "Only the person who requested this can compare it" in whispered(answer)
        assert not answer.followups or answer.followups[0].message.attachments == []

    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    card = room.card(painted.result)
    assert "Compare" not in offered(room, await more(room, card, room.ben))
    await refused_to_ben(painted.job.id)

    pressed = await again(room, room.ben, card)  # which does not make it Ben's picture
    made = await child(room)
    assert made.user_id == room.ben.id
    assert "Compare" not in offered(room, await more(room, room.card(pressed), room.ben))
    await refused_to_ben(made.id)
    assert "Compare" in offered(room, await more(room, card))


@scene()
async def test_an_edit_of_what_everybody_saw_is_compared_by_everybody_until_that_is_deleted(
    room: Room,
) -> None:
    painted = await paint(room)
    await edit(room, room.ada, room.card(painted.result))
    made = await child(room)
    await everything_kept(room, made)
    tree = ["Show tree", "Describe", "Animate"]
    adas = await more(room, card_of(room, made))
    assert offered(room, adas) == ["Info", "Favourite", "Compare", *tree, "Delete"]
    panel = await more(room, room.card(painted.result))
    assert offered(room, panel) == ["Info", "Favourite", *tree, "Delete"]
    bens = await more(room, card_of(room, made), room.ben)
    compared = await press(room, bens, "Compare", room.ben)
    assert len(room.card(compared).attachments) == 1
    assert f"edit of picture 1 of {painted.job.id}" in text_in(room, compared)

    assert await room.world.client.history.remove(painted.job.id, by=room.ada.id) is not None
    for panel, person in ((adas, room.ada), (bens, room.ben)):
        compared = await press(room, panel, "Compare", person)
        assert "was deleted, so there's nothing to compare this with" in whispered(compared)


@scene()
async def test_what_was_private_before_is_not_seen_by_comparing_what_was_shared(room: Room) -> None:
    painted = await private(room)
    pressed = await edit(room, room.ada, room.card(painted.result))
    await everything_kept(room, await child(room))
    panel = await more(room, room.card(pressed))
    await press(room, panel, "Share")
    made = await room.world.client.history.job(await newest_job(room))
    assert made is not None
    assert not made.request.private
    assert "Compare" not in offered(room, await more(room, card_of(room, made), room.ben))
    assert "Show tree" not in offered(room, await more(room, card_of(room, made), room.ben))


# Share


@scene()
async def test_a_private_result_is_known_to_its_requester_alone_until_it_is_shared(room: Room) -> None:
    painted = await private(room, count=2)
    panel, twin = [await more(room, room.card(painted.result)) for _ in range(2)]
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Share", "Delete"]
    assert "only you can see it" in text_in(room, panel)
    assert public_cards(room, painted.job) == []
    subject = payload_of(painted.job.id, 0)
    forged = [INFO.button(subject), SHARE.button(subject), DELETE_NOW.button(subject)]
    message = await posted(room, *forged)
    for person in (room.ben, room.world.moderator):
        for button in forged:
            answer = await person.click(message, custom_id=button.custom_id)
            assert alone(answer)
            assert NOT_ON_RECORD in whispered(answer)
            assert "secret" not in whispered(answer)

    await press(room, panel, "Share")

    [card] = public_cards(room, painted.job)
    assert "> a secret garden" in all_text(card)
    assert len(card.attachments) == 2
    assert (
        f"**Shared.** Everyone here can see it now: [open](https://discord.com/channels/{guild_of(room).id}/"
        in (text_in(room, panel))
    )
    assert "Share" not in offered(room, panel)
    job = await room.world.client.history.job(painted.job.id)
    assert job is not None
    assert (job.request.private, job.card_id) == (False, card.id)
    theirs = offered(room, await more(room, card, room.ben))
    assert theirs == ["Info", "Favourite", "Describe", "Animate", "Report"]
    assert "Delete" in offered(room, await more(room, card, room.world.moderator))

    answer = await press(room, twin, "Share")
    assert "Everyone here can already see this result" in whispered(answer)
    assert len(public_cards(room, painted.job)) == 1


class Overtaken(History):
    """Somebody else always shares first."""

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        assert await super().share(job_id, by=by, channel_id=channel_id, card_id=1)
        return await super().share(job_id, by=by, channel_id=channel_id, card_id=card_id)


@scene()
async def test_what_was_shared_meanwhile_is_not_left_standing_twice(room: Room) -> None:
    painted = await private(room)
    panel = await more(room, room.card(painted.result))
    history = room.world.client.history
    room.world.client.history = Overtaken(**{one.name: getattr(history, one.name) for one in fields(history)})
    answer = await press(room, panel, "Share")
    assert public_cards(room, painted.job) == []
    assert "shared or deleted a moment ago" in whispered(answer)


@scene()
async def test_a_private_result_is_shared_where_it_was_made_alone_and_only_while_that_is_allowed(
    room: Room,
) -> None:
    painted = await private(room)
    elsewhere = guild_of(room).create_text_channel("elsewhere")
    shown = await room.ada.slash(elsewhere, "show", job=painted.job.id)
    answer = await press(room, await more(room, room.card(shown)), "Share")
    assert f"This was made in <#{room.world.channel.id}>" in whispered(answer)
    assert public_cards(room, painted.job) == []

    panel = await more(room, room.card(painted.result))
    here = room.world.channel
    for command, given, undo, back, why in (
        (
            "block",
            {"member": room.ada, "reason": "spam"},
            "unblock",
            {"member": room.ada},
            "Moderators blocked you",
        ),
        (
            "channels deny",
            {"channel": here},
            "channels clear",
            {"channel": here},
            "can't use Easel in this channel",
        ),
        ("pause", {}, "resume", {}, "Moderators paused Easel"),
    ):
        await by_mo(room, command, **given)
        answer = await press(room, panel, "Share")
        assert why in whispered(answer), command
        assert public_cards(room, painted.job) == []
        await by_mo(room, undo, **back)
    await by_mo(room, "filter add", kind="word", text="secret")
    assert "doesn't allow" in whispered(await press(room, panel, "Share"))
    assert public_cards(room, painted.job) == []


@scene()
async def test_files_that_the_place_takes_no_more_are_not_shared_and_the_person_is_told(room: Room) -> None:
    painted = await private(room)
    panel = await more(room, room.card(painted.result))
    room.world.env.inject_error(
        "POST", f"/webhooks/{room.world.client.application_id}/*", status=413, code=40005
    )
    answer = await press(room, panel, "Share")
    assert "too large for this channel" in whispered(answer)
    assert "Share" in offered(room, panel)


# Delete


@scene()
async def test_the_requester_deletes_after_a_question_and_nothing_is_left(room: Room) -> None:
    painted = await paint(room, count=2)
    await everything_kept(room, painted.job)
    twin = await posted(room, DELETE_NOW.button(payload_of(painted.job.id, 0)))
    panel = await more(room, room.card(painted.result))
    await press(room, panel, "Delete")
    assert "### Delete this result?\nThis removes its 2 pictures for everyone" in text_in(room, panel)
    assert room.card(painted.result).attachments
    await press(room, panel, "Keep it")
    assert "### Picture 1 of 2" in text_in(room, panel)

    await press(room, panel, "Delete")
    await press(room, panel, "Delete it")

    assert "### Deleted" in text_in(room, panel)
    gone = room.card(painted.result)
    assert f"<@{room.ada.id}> removed this result." in all_text(gone)
    assert (gone.attachments, "red fox" in all_text(gone)) == ([], False)
    assert painted.job.id not in await room.world.base.cached_blobs.jobs()
    assert "Nothing here yet" in room.text(await room.use("history"))
    answer = await room.ada.click(twin, label="Delete it")
    assert f"<@{room.ada.id}> removed this result, so it can't be used." in whispered(answer)


@scene()
async def test_a_moderator_deletes_and_it_is_on_their_record(room: Room) -> None:
    painted = await paint(room)
    await everything_kept(room, painted.job)
    mo = room.world.moderator
    panel = await more(room, room.card(painted.result), mo)
    await press(room, panel, "Delete", mo)
    await press(room, panel, "Delete it", mo)
    assert f"<@{mo.id}> removed this result." in all_text(room.card(painted.result))
    assert f"removed the result of job `{painted.job.id}`" in await by_mo(room, "modlog changes")
    assert painted.job.id not in await room.world.base.cached_blobs.jobs()
    assert "<@" in whispered(await more_of_removed(room, painted))


async def more_of_removed(room: Room, painted: Painted) -> Answer:
    message = await posted(room, INFO.button(payload_of(painted.job.id, 0)))
    return await room.ada.click(message, label="Info")


@scene()
async def test_a_result_that_was_deleted_by_hand_can_still_be_taken_off_the_record(room: Room) -> None:
    painted = await paint(room)
    await everything_kept(room, painted.job)
    panel = await more(room, room.card(painted.result))
    await room.world.moderator.delete(room.card(painted.result))
    await press(room, panel, "Delete")
    await press(room, panel, "Delete it")
    assert "### Deleted" in text_in(room, panel)
    assert painted.job.id not in await room.world.base.cached_blobs.jobs()


@scene()
async def test_a_private_result_is_deleted_and_its_message_can_be_dismissed(room: Room) -> None:
    painted = await private(room)
    await everything_kept(room, painted.job)
    panel = await more(room, room.card(painted.result))
    await press(room, panel, "Delete")
    await press(room, panel, "Delete it")
    assert "press **Dismiss message**" in text_in(room, panel)
    job = await room.world.client.history.job(painted.job.id)
    assert job is not None
    assert job.removed_by == room.ada.id


@scene()
async def test_what_discord_does_not_take_down_stays_on_record(room: Room) -> None:
    painted = await paint(room)
    panel = await more(room, room.card(painted.result))
    await press(room, panel, "Delete")
    path = f"/channels/{room.world.channel.id}/messages/{painted.job.card_id}"
    room.world.env.inject_error("PATCH", path, status=500, code=0)
    answer = await press(room, panel, "Delete it")
    assert "Press again in a moment" in whispered(answer)
    job = await room.world.client.history.job(painted.job.id)
    assert job is not None
    assert job.removed_by is None
    await press(room, panel, "Delete it")
    assert "### Deleted" in text_in(room, panel)


# A direct message


@scene()
async def test_a_result_in_a_direct_message_is_looked_at_and_deleted_there(room: Room) -> None:
    ada = room.ada.user
    result = await ada.slash("imagine", prompt="a red fox", private=True)
    job = await room.finished(await newest_job(room))
    assert (job.reply_target.scope, job.request.kind) == (ReplyScope.DIRECT, JobKind.IMAGINE)
    panel = await more(room, room.card(result), ada)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Delete"]
    message = await ada.slash("imagine", prompt="a blue fox")
    await room.finished(await newest_job(room))
    panel = await more(room, room.card(message), ada)
    await press(room, panel, "Delete", ada)
    await press(room, panel, "Delete it", ada)
    assert room.card(message).attachments == []
