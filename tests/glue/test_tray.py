"""The reference tray as a person uses it."""

from __future__ import annotations

import discord
import simcord
from discord import ui

from bot.domain.jobs import JobKind, JobState, ReplyScope
from bot.domain.ports.library import Defaults
from bot.domain.references import folder_of_tray
from bot.domain.sizes import Aspect, Resolution
from bot.ui.base.components import box_of, view_of
from bot.ui.library.tray import Tray, tray_box
from tests.glue.collecting import (
    choose,
    collect,
    labels,
    on_tray,
    parts_of,
    pictures,
    png,
    posted,
    press,
    told,
)
from tests.glue.iterating import child, form_of, hours_later, let_addresses_die
from tests.glue.moderating import newest_job, whispered
from tests.glue.room import Room, scene

FORM = {"aspect": ["like_first"], "resolution": "2K", "count": "1"}


async def edit_with(
    room: Room, tray: simcord.InteractionResult, instruction: str = "a collage of all", **values: object
) -> simcord.InteractionResult:
    """Ada fills in the form below her tray."""
    form = await press(room, tray, "Edit with these")
    return await room.ada.submit_modal(form, {"instruction": instruction, **FORM, **values})


@scene()
async def test_uploads_are_numbered_on_one_sheet_for_ones_own_eyes(room: Room) -> None:
    image, image2 = pictures("fox.png", "cat.png")
    answer = await room.use("tray add", image=image, image2=image2)

    text = told(answer)
    assert "### Added as images 1 and 2" in text
    assert "-# **1** · \u2068fox.png\u2069 · 64 × 48\n-# **2** · \u2068cat.png\u2069 · 64 × 48" in text
    (sheet,) = room.card(answer).attachments
    assert sheet.filename == "references.jpg"
    (history,) = [part for part in parts_of(room.card(answer)) if part.get("type") == 12]
    assert history["items"][0]["description"] == "Your 2 references, with their numbers"


@scene()
async def test_everybody_has_a_tray_of_their_own_and_an_empty_one_says_how_it_is_filled(room: Room) -> None:
    await collect(room, "fox.png")
    shown = await room.ben.slash(room.world.channel, "tray show")
    assert "Your tray is empty" in told(shown)
    assert room.card(shown).attachments == []
    assert "Your tray is empty" in told(await room.ben.slash(room.world.channel, "tray clear"))
    assert await on_tray(room) == ["fox.png"]


@scene()
async def test_the_pictures_of_the_tray_are_edited_together_in_their_order(room: Room) -> None:
    await collect(room, "fox.png", "cat.png")
    tray = await room.use("tray add", image=("owl.png", png(9)))

    answer = await edit_with(
        room, tray, "put image 3 between image 1 and 2", aspect=["16:9"], resolution="4K", count="2"
    )
    job = await child(room)

    assert not answer.ephemeral
    assert (job.state, job.request.kind, job.request.prompt) == (
        JobState.DONE,
        JobKind.EDIT,
        "put image 3 between image 1 and 2",
    )
    assert [(one.name, one.filename) for one in job.request.references] == [
        ("image", "fox.png"),
        ("image2", "cat.png"),
        ("image3", "owl.png"),
    ]
    assert (job.request.aspect, job.request.resolution, job.request.count) == (
        Aspect.WIDE_16_9,
        Resolution.FOUR_K,
        2,
    )
    assert [call.n_references for call in room.offline.calls] == [3, 3]
    assert await on_tray(room) == ["fox.png", "cat.png", "owl.png"]


@scene()
async def test_the_form_is_filled_in_with_what_the_person_usually_wants(room: Room) -> None:
    likes = Defaults(resolution=Resolution.FOUR_K, private=True)
    await room.world.client.library.set_defaults(room.ada.id, likes)
    tray = await collect(room, "fox.png")

    form = form_of(await press(room, tray, "Edit with these"))
    chosen = [one["value"] for one in form["resolution"]["options"] if one.get("default")]
    assert chosen == ["4K"]
    answer = await edit_with(room, tray)
    assert answer.ephemeral
    assert (await child(room)).request.private


@scene()
async def test_the_words_of_its_form_are_asked_about_or_given_back(room: Room) -> None:
    tray = await collect(room, "fox.png")
    answer = await edit_with(room, tray, "a {red, blue} hat")
    assert "This makes 2 pictures" in whispered(answer)
    assert "Your words" not in whispered(answer)

    answer = await edit_with(room, tray, "undress her, nude photo")
    assert "Nothing was counted" in whispered(answer)
    assert "undress her, nude photo" in whispered(answer)

    form = await press(room, tray, "Edit with these")
    await choose(room, tray, 1)
    await press(room, tray, "Remove")
    answer = await room.ada.submit_modal(form, {"instruction": "a collage", **FORM})
    assert "Your tray is empty" in whispered(answer)
    assert "a collage" in whispered(answer)


@scene()
async def test_pictures_are_moved_and_removed_and_the_numbers_follow(room: Room) -> None:
    tray = await collect(room, "a.png", "b.png", "c.png", "d.png")
    await choose(room, tray, 3)
    assert labels(room.card(tray)) == [
        "To front",
        "Move up",
        "Move down",
        "Remove",
        "Edit with these",
        "Blend",
        "Animate",
        "Clear",
    ]

    await press(room, tray, "Move up")
    assert await on_tray(room) == ["a.png", "c.png", "b.png", "d.png"]
    await press(room, tray, "To front")
    assert await on_tray(room) == ["c.png", "a.png", "b.png", "d.png"]
    await press(room, tray, "Move down")
    assert await on_tray(room) == ["a.png", "c.png", "b.png", "d.png"]

    assert "**2** · \u2068c.png\u2069" in told(tray)
    await edit_with(room, tray)
    assert [one.filename for one in (await child(room)).request.references] == [
        "a.png",
        "c.png",
        "b.png",
        "d.png",
    ]

    await choose(room, tray, 2)
    await press(room, tray, "Remove")
    assert "**2** · \u2068b.png\u2069" in told(tray)
    assert labels(room.card(tray)) == ["Edit with these", "Blend", "Animate", "Clear"]
    assert len(room.card(tray).attachments) == 1


@scene()
async def test_two_views_of_one_tray_do_not_get_into_each_others_way(room: Room) -> None:
    first = await collect(room, "a.png", "b.png")
    second = await room.use("tray show")
    await choose(room, first, 2)
    await choose(room, second, 2)
    await press(room, second, "Remove")

    await press(room, first, "Move up")
    assert await on_tray(room) == ["a.png"]
    assert "**1** · \u2068a.png\u2069" in told(first)
    assert labels(room.card(first)) == ["Edit with these", "Animate", "Clear"]


@scene()
async def test_clearing_asks_first(room: Room) -> None:
    tray = await collect(room, "a.png", "b.png")
    await press(room, tray, "Clear")
    assert "Remove all 2 pictures from your tray?" in told(tray)
    assert room.card(tray).attachments == []
    await press(room, tray, "Keep them")
    assert "2 of 14" in told(tray)
    assert len(room.card(tray).attachments) == 1

    asked = await room.use("tray clear")
    await press(room, asked, "Yes, clear it")
    assert "Your tray is empty" in told(asked)
    assert await on_tray(room) == []


@scene()
async def test_the_fifteenth_picture_finds_no_room_on_the_tray_nor_beside_it_and_fourteen_make_an_edit(
    room: Room,
) -> None:
    names = [f"{number}.png" for number in range(1, 11)]
    await collect(room, *names)
    answer = await collect(room, *(f"{number}.png" for number in range(11, 17)))

    text = told(answer)
    assert "### Added as images 11 to 14" in text
    assert "2 pictures didn't fit: the tray holds 14." in text
    assert "14 of 14" in text
    await edit_with(room, answer)
    job = await child(room)
    assert job.state is JobState.DONE
    assert [call.n_references for call in room.offline.calls] == [14]
    answer = await room.use("edit", prompt="at night", image=("c.png", png(5)), tray=True)
    assert "Seedream 4.5 takes at most 14 pictures" in told(answer)


@scene()
async def test_each_picture_that_cannot_be_used_is_told_with_its_reason(room: Room) -> None:
    files = [("tiny.png", png(0, 8, 8)), ("fox.png", png(1)), ("broken.png", b"no picture at all")]
    message = await room.ben.send(room.world.channel, "look", attachments=files)
    answer = await room.ada.context_menu(room.world.channel, "Add to references", message)

    text = told(answer)
    assert "### Added as image 1" in text
    assert "tiny.png\u2069** · The picture is too small" in text
    assert "broken.png\u2069** · Easel can't read this picture. Attach a JPEG" in text
    assert await on_tray(room) == ["fox.png"]


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_a_picture_removed_while_a_job_waits_for_it_is_still_used(room: Room) -> None:
    room.offline.hold()
    await room.use("imagine", prompt="something slow")
    slow = await newest_job(room)
    tray = await collect(room, "fox.png", "cat.png")
    await edit_with(room, tray)
    waiting = await newest_job(room)
    await press(room, tray, "Clear")
    await press(room, tray, "Yes, clear it")
    assert waiting != slow

    room.offline.release()
    job = await room.finished(waiting)
    assert job.state is JobState.DONE
    assert [call.n_references for call in room.offline.calls] == [0, 2]


@scene()
async def test_a_picture_whose_copy_is_lost_leaves_an_empty_place_and_its_number(room: Room) -> None:
    await collect(room, "fox.png", "cat.png")
    await room.world.base.cached_blobs.drop_job(folder_of_tray(room.ada.id))
    shown = await room.use("tray show")
    assert "2 of 14" in told(shown)
    assert len(room.card(shown).attachments) == 1


@scene()
async def test_the_tray_works_after_a_restart_and_a_day_later_with_its_messages_deleted(room: Room) -> None:
    message = await posted(room, "a.png", "b.png")
    tray = await room.ada.context_menu(room.world.channel, "Add to references", message)
    await room.ben.delete(message)
    let_addresses_die(room)
    await room.world.env.restart_bot()
    await choose(room, tray, 2)
    await press(room, tray, "To front")
    assert await on_tray(room) == ["b.png", "a.png"]

    await room.world.env.advance_time(25 * 3600)
    with hours_later(25):
        await choose(room, tray, 2)
        await press(room, tray, "To front")
        assert await on_tray(room) == ["a.png", "b.png"]
        await edit_with(room, tray)
        assert (await child(room)).state is JobState.DONE


@scene()
async def test_somebody_else_cannot_press_what_belongs_to_a_tray(room: Room) -> None:
    await collect(room, "a.png", "b.png")
    collected = await room.world.client.library.tray(room.ada.id)
    panel = tray_box(Tray(user_id=room.ada.id, pictures=collected, chosen=collected[0].name))
    channel = room.world.client.get_channel(room.world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    forged = box_of(0, "forged")
    for row in panel.children:
        if isinstance(row, ui.ActionRow):
            forged.add_item(row)
    message = await channel.send(view=view_of(forged))

    for label in ("Move down", "Remove", "Edit with these", "Clear"):
        answer = await room.ben.click(message, label=label)
        assert "This is someone else's tray" in whispered(answer)
    assert await on_tray(room) == ["a.png", "b.png"]


@scene()
async def test_in_a_direct_message_the_tray_is_the_same(room: Room) -> None:
    await collect(room, "a.png")
    ada = room.ada.user
    tray = await ada.slash("tray add", image=("b.png", png(7)))
    assert await on_tray(room) == ["a.png", "b.png"]

    form = await ada.click(room.card(tray), label="Edit with these")
    await ada.submit_modal(form, {"instruction": "a collage", **FORM})
    job = await child(room)
    assert (job.state, job.reply_target.scope) == (JobState.DONE, ReplyScope.DIRECT)


@scene()
async def test_edit_starts_from_the_tray_unless_it_has_a_picture_and_does_not_ask_for_the_tray(
    room: Room,
) -> None:
    async def edited(**options: object) -> list[tuple[str, str | None]]:
        await room.use("edit", prompt="at night", **options)
        return [(one.name, one.filename) for one in (await child(room)).request.references]

    await collect(room, "a.png", "b.png")
    image = ("c.png", png(5))
    assert await edited() == [("image", "a.png"), ("image2", "b.png")]
    assert await edited(image=image) == [("image", "c.png")]
    assert await edited(image=image, tray=True) == [
        ("image", "a.png"),
        ("image2", "b.png"),
        ("image3", "c.png"),
    ]


@scene()
async def test_names_of_files_that_try_to_do_harm_are_shown_as_they_read(room: Room) -> None:
    answer = await collect(room, "**@everyone** <@1>.png", "\u202egnp.exe.png", "שלום.png")
    text = told(answer)
    assert "\u2068\\*\\*\\@everyone\\*\\* \\<\\@1\\>.png\u2069 · 64 × 48" in text
    assert "\u2068gnp.exe.png\u2069 · 64 × 48" in text
    assert "\u2068שלום.png\u2069 · 64 × 48" in text
    (select,) = [part for part in parts_of(room.card(answer)) if part.get("type") == 3]
    assert [one["label"] for one in select["options"]][1] == "2 · gnp.exe.png"
