"""More… on a result: what each person is offered, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

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
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

ONLY_THEIRS = "Only the person who requested this"


async def private(room: Room, prompt: str = "a secret garden", **options: Any) -> Painted:
    painted = await paint(room, prompt, private=True, **options)
    await everything_kept(room, painted.job)
    return painted


# What is offered


@scene()
async def test_the_requester_of_one_picture_is_offered_info_favourite_and_delete(room: Room) -> None:
    painted = await paint(room)
    panel = await more(room, room.card(painted.result))
    assert alone(panel)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Delete"]
    assert "### This picture\n> a red fox" in text_in(room, panel)
    assert options(room, panel, "morepick") == []
    assert len(files_of(room.card(panel))) == 1


@scene()
async def test_one_of_four_pictures_is_chosen_and_the_panel_is_about_that_one(room: Room) -> None:
    painted = await paint(room, count=4, seed=100)
    panel = await more(room, room.card(painted.result))
    assert "### Picture 1 of 4" in text_in(room, panel)
    assert [one["label"] for one in options(room, panel, "morepick")] == [
        f"Picture {n} · seed {99 + n}" for n in (1, 2, 3, 4)
    ]

    await choose(room, panel, "morepick", "2")

    assert "### Picture 3 of 4" in text_in(room, panel)
    assert [one["value"] for one in options(room, panel, "morepick") if one.get("default")] == ["2"]
    assert files_of(room.card(panel)) == [f"a-red-fox-{painted.job.id}-3-small.jpg"]
    info = await press(room, panel, "Info")
    assert "**Seed** `102`" in text_in(room, info)


@scene()
async def test_a_stranger_is_offered_to_report_and_neither_to_share_nor_to_delete(room: Room) -> None:
    painted = await paint(room)
    panel = await more(room, room.card(painted.result), room.ben)
    assert alone(panel)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Report"]
    assert f"<@{room.ada.id}>" in text_in(room, panel)


@scene()
async def test_a_moderator_is_offered_to_delete_what_is_shown_to_the_server(room: Room) -> None:
    painted = await paint(room)
    panel = await more(room, room.card(painted.result), room.world.moderator)
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Report", "Delete"]


@scene()
async def test_a_private_result_is_offered_to_be_shared(room: Room) -> None:
    painted = await private(room)
    panel = await more(room, room.card(painted.result))
    assert offered(room, panel) == ["Info", "Favourite", "Describe", "Animate", "Share", "Delete"]
    assert "only you can see it" in text_in(room, panel)


@scene()
async def test_what_has_relatives_is_offered_to_be_compared_and_shown_as_a_tree(room: Room) -> None:
    painted = await paint(room)
    await edit(room, room.ada, room.card(painted.result))
    made = await child(room)
    panel = await more(room, card_of(room, made))
    assert offered(room, panel) == [
        "Info",
        "Favourite",
        "Compare",
        "Show tree",
        "Describe",
        "Animate",
        "Delete",
    ]
    panel = await more(room, room.card(painted.result))
    assert offered(room, panel) == ["Info", "Favourite", "Show tree", "Describe", "Animate", "Delete"]


@scene()
async def test_whoever_presses_what_is_not_theirs_is_told_so_and_nothing_changes(room: Room) -> None:
    painted = await paint(room)
    subject = payload_of(painted.job.id, 0)
    message = await posted(room, SHARE.button(subject), DELETE_NOW.button(subject))
    for button in (SHARE.button(subject), DELETE_NOW.button(subject)):
        answer = await room.ben.click(message, custom_id=button.custom_id)
        assert alone(answer)
        assert ONLY_THEIRS in whispered(answer)
    assert room.card(painted.result).attachments


@scene()
async def test_somebody_elses_private_result_is_not_on_record_for_anybody(room: Room) -> None:
    painted = await private(room)
    subject = payload_of(painted.job.id, 0)
    message = await posted(room, INFO.button(subject), SHARE.button(subject), DELETE_NOW.button(subject))
    for person in (room.ben, room.world.moderator):
        for button in (INFO.button(subject), SHARE.button(subject), DELETE_NOW.button(subject)):
            answer = await person.click(message, custom_id=button.custom_id)
            assert alone(answer)
            assert NOT_ON_RECORD in whispered(answer)
            assert "secret" not in whispered(answer)


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


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_day_later_the_picture_is_found_again(is_kept: bool) -> None:
    @scene(EASEL_KEEP_ORIGINALS_DAYS="30" if is_kept else "0")
    async def play(room: Room) -> None:
        painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
        await everything_kept(room, painted.job)
        with hours_later(25):
            panel = await more(room, room.card(painted.result))
            assert len(files_of(room.card(panel))) == 1
            assert "**Job**" in text_in(room, await press(room, panel, "Info"))

    await play()


@scene()
async def test_kept_pictures_are_compared_when_no_address_of_discords_works_any_more(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    await everything_kept(room, painted.job)
    let_addresses_die(room)
    with hours_later(25):
        panel = await more(room, room.card(painted.result))
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


@dataclass(frozen=True)
class Dark:
    prompt: str
    shown: str


@pytest.mark.parametrize(
    "dark",
    [
        Dark("حصان أبيض في الصحراء", "> حصان أبيض في الصحراء"),
        Dark("hi @everyone <@1> [a](https://evil.example)", "> hi \\@everyone"),
        Dark("# big\n- **bold** `code`", "> \\# big"),
        Dark("🦊🦊🦊", "> 🦊🦊🦊"),
        Dark("x" * 4000, "> xxxx"),
        Dark("\u202eevil\u202c fox", "> evil fox"),
    ],
    ids=["rtl", "everyone", "markdown", "emoji", "long", "bidi"],
)
async def test_info_shows_dark_corners_of_a_prompt_without_harm(dark: Dark) -> None:
    @scene()
    async def play(room: Room) -> None:
        painted = await paint(room, dark.prompt)
        panel = await more(room, room.card(painted.result))
        info = await press(room, panel, "Info")
        text = text_in(room, info)
        assert alone(info)
        assert dark.shown in text
        assert "**Cost** $0.04" in text
        assert f"`{painted.job.renders[0].request_id}`" in text
        is_long = len(dark.prompt) > 1000
        assert ("command.txt" in files_of(room.card(info))) is is_long
        assert ("prompt.txt" in files_of(room.card(info))) is is_long
        assert is_long or "```\n/imagine prompt:" in text

    await play()


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


# Favourites


@scene()
async def test_a_picture_becomes_a_favourite_and_is_none_any_more(room: Room) -> None:
    painted = await paint(room, count=2)
    panel = await more(room, room.card(painted.result), room.ben)
    await choose(room, panel, "morepick", "1", room.ben)
    await press(room, panel, "Favourite", room.ben)
    assert "Unfavourite" in offered(room, panel)
    history = room.world.client.history
    assert await history.is_favourite(room.ben.id, painted.job.id, 1)
    assert not await history.is_favourite(room.ada.id, painted.job.id, 1)
    await press(room, panel, "Unfavourite", room.ben)
    assert not await history.is_favourite(room.ben.id, painted.job.id, 1)


# Compare


@scene()
async def test_what_somebody_attached_is_compared_by_them_alone(room: Room) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    card = room.card(painted.result)
    assert "Compare" in offered(room, await more(room, card))
    assert "Compare" not in offered(room, await more(room, card, room.ben))
    message = await posted(room, COMPARE.button(payload_of(painted.job.id, 0)))
    answer = await room.ben.click(message, label="Compare")
    assert "Only the person who requested this can compare it" in whispered(answer)
    assert not answer.followups or answer.followups[0].message.attachments == []


@scene()
async def test_what_somebody_attached_does_not_become_the_picture_of_who_varies_their_result(
    room: Room,
) -> None:
    painted = await paint(room, "a hat", command="edit", image=("a.png", png(320, 240)))
    pressed = await again(room, room.ben, room.card(painted.result))
    made = await child(room)
    assert made.user_id == room.ben.id
    assert "Compare" not in offered(room, await more(room, room.card(pressed), room.ben))
    message = await posted(room, COMPARE.button(payload_of(made.id, 0)))
    answer = await room.ben.click(message, label="Compare")
    assert "Only the person who requested this can compare it" in whispered(answer)
    assert "Compare" in offered(room, await more(room, room.card(painted.result)))


@scene()
async def test_an_edit_of_what_everybody_saw_is_compared_by_everybody(room: Room) -> None:
    painted = await paint(room)
    await edit(room, room.ada, room.card(painted.result))
    made = await child(room)
    panel = await more(room, card_of(room, made), room.ben)
    compared = await press(room, panel, "Compare", room.ben)
    assert len(room.card(compared).attachments) == 1
    assert f"edit of picture 1 of {painted.job.id}" in text_in(room, compared)


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


@scene()
async def test_a_deleted_result_is_not_seen_again_by_comparing_what_was_made_of_it(room: Room) -> None:
    painted = await paint(room)
    await edit(room, room.ben, room.card(painted.result))
    made = await child(room)
    await everything_kept(room, made)
    panel = await more(room, card_of(room, made), room.ben)
    await press(room, await more(room, room.card(painted.result)), "Delete")
    assert await room.world.client.history.remove(painted.job.id, by=room.ada.id) is not None
    compared = await press(room, panel, "Compare", room.ben)
    assert "was deleted, so there's nothing to compare this with" in whispered(compared)


# Share


@scene()
async def test_a_shared_result_is_shown_to_the_channel_and_its_own_from_then_on(room: Room) -> None:
    painted = await private(room, count=2)
    panel = await more(room, room.card(painted.result))
    assert public_cards(room, painted.job) == []

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
    assert offered(room, await more(room, card, room.ben)) == [
        "Info",
        "Favourite",
        "Describe",
        "Animate",
        "Report",
    ]
    assert "Delete" in offered(room, await more(room, card, room.world.moderator))


@scene()
async def test_sharing_twice_at_once_leaves_one_public_card(room: Room) -> None:
    painted = await private(room)
    panels = [await more(room, room.card(painted.result)) for _ in range(2)]
    answers = [await press(room, panel, "Share") for panel in panels]
    assert len(public_cards(room, painted.job)) == 1
    assert "Everyone here can already see this result" in whispered(answers[1])


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
async def test_a_private_result_is_shared_in_the_channel_it_was_made_in_and_nowhere_else(room: Room) -> None:
    painted = await private(room)
    elsewhere = guild_of(room).create_text_channel("elsewhere")
    shown = await room.ada.slash(elsewhere, "show", job=painted.job.id)
    panel = await more(room, room.card(shown))
    answer = await press(room, panel, "Share")
    assert f"This was made in <#{room.world.channel.id}>" in whispered(answer)
    assert public_cards(room, painted.job) == []


@scene()
async def test_who_is_blocked_or_where_easel_is_closed_nothing_is_shared(room: Room) -> None:
    painted = await private(room)
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


@scene()
async def test_pressing_delete_twice_is_told_who_removed_it(room: Room) -> None:
    painted = await paint(room)
    subject = payload_of(painted.job.id, 0)
    twin = await posted(room, DELETE_NOW.button(subject))
    panel = await more(room, room.card(painted.result))
    await press(room, panel, "Delete")
    await press(room, panel, "Delete it")
    answer = await room.ada.click(twin, label="Delete it")
    assert f"<@{room.ada.id}> removed this result, so it can't be used." in whispered(answer)


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
