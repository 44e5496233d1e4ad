"""Videos of results: where they start, what their cards offer, and what works with pictures alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
import simcord

from bot.domain.jobs import Job, JobKind, JobState, Origin, Parent
from bot.domain.pictures import Mark
from bot.domain.video import VideoQuality, VideoSettings
from bot.domain.video_files import PackedVideo
from bot.imaging.video import EncodedVideoFiles
from bot.services.packaging import MAX_MARKED_BYTES
from bot.ui.base.access import payload_of
from bot.ui.cards.buttons import EDIT, LARGER
from bot.ui.results.compare import COMPARE
from tests.glue.collecting import choose_in_menu
from tests.glue.iterating import card_of, child, form_of, keep_nothing, posted, send
from tests.glue.looking import files_of, more, offered, press, text_in
from tests.glue.moderating import all_text, buttons, newest_job, paint, whispered
from tests.glue.room import Room, scene
from tests.glue.test_animate import PRICE, collect_frames, frame, open_videos
from tests.glue.test_video_cancel import NEVER, newest_in_the_making

ONLY_PICTURES = "This is a video, and this only works with pictures."
FILLED_IN = {"prompt": "the fox yawns", "length": "6.768P"}


async def confirmed(room: Room, offer: simcord.InteractionResult, label: str = PRICE) -> Job:
    """The video that was offered to Ada, once its card shows its end."""
    assert offer.ephemeral, all_text(room.card(offer))
    await room.ada.click(room.card(offer), label=label)
    return await room.finished(await newest_job(room))


async def a_video(room: Room, prompt: str = "a fox turns its head", **options: Any) -> Job:
    """Ada's, in the channel."""
    await open_videos(room)
    return await confirmed(room, await room.use("animate", prompt=prompt, **options))


async def filled_in(room: Room, form: simcord.InteractionResult, **values: Any) -> simcord.InteractionResult:
    return await send(room.ada, form, **(FILLED_IN | values))


def chosen(form: simcord.InteractionResult, name: str) -> list[str]:
    """What is chosen in a field of the form when it opens."""
    return [one["value"] for one in form_of(form)[name]["options"] if one.get("default")]


@scene()
async def test_a_video_is_played_on_its_card_and_what_works_with_pictures_is_not_for_it(room: Room) -> None:
    job = await a_video(room)

    card = card_of(room, job)
    assert job.state is JobState.DONE
    assert files_of(card) == [f"a-fox-turns-its-head-{job.id}-1.mp4"]
    assert "6 s · 768P · made in" in all_text(card)
    assert buttons(card) == ["Vary", "Again", "More…"]

    panel = await more(room, card)
    assert offered(room, panel) == ["Info", "Favourite", "Delete"]
    for control, payload in (
        (EDIT, job.id),
        (LARGER, job.id),
        (COMPARE, payload_of(job.id, 0)),
    ):
        message = await posted(room, control.button(payload, "Press"))
        assert ONLY_PICTURES in whispered(await room.ada.click(message, label="Press"))
    told = await choose_in_menu(room, "Edit image", card)
    assert "has no picture Easel can use" in whispered(told)

    text = text_in(room, await press(room, panel, "Info"))
    assert "/animate prompt:a fox turns its head seconds:6 s quality:768P" in text
    assert "Seed" not in text
    assert "paint" not in text.casefold()


@scene()
async def test_a_result_is_animated_from_more(room: Room) -> None:
    await open_videos(room)
    painted = (await paint(room, "a red fox", spoiler=True)).job
    form = await press(room, await more(room, card_of(room, painted)), "Animate")
    assert list(form_of(form)) == ["prompt", "move", "length"]
    assert form_of(form)["prompt"]["placeholder"] == "a red fox"
    assert chosen(form, "length") == ["6.768P"]

    offer = await filled_in(room, form, move=["0"])
    assert f"starting with **a-red-fox-{painted.id}-1.jpg**" in room.text(offer)
    job = await confirmed(room, offer)

    request = job.request
    assert (request.kind, request.prompt) == (JobKind.ANIMATE, "the fox yawns [Push in]")
    assert job.parent == Parent(job_id=painted.id, origin=Origin.ANIMATE, index=0)
    assert request.spoiler
    assert job.state is JobState.DONE


@scene()
async def test_a_card_shows_the_result_that_its_video_begins_with_while_it_is_made(room: Room) -> None:
    await open_videos(room)
    painted = (await paint(room, "a red fox")).job
    panel = await more(room, card_of(room, painted))
    (picture,) = card_of(room, painted).attachments
    room.offline.ready_after(NEVER)

    offer = await filled_in(room, await press(room, panel, "Animate"))
    await room.ada.click(room.card(offer), label=PRICE)

    job = await newest_in_the_making(room)
    assert [small.media.url for small in smalls(card_of(room, job))] == [picture.url]
    assert files_of(card_of(room, job)) == []
    assert buttons(card_of(room, job)) == ["Cancel"]
    room.offline.ready_after(1)
    card = card_of(room, await room.finished(job.id))
    assert smalls(card) == []
    assert files_of(card) == [f"the-fox-yawns-{job.id}-1.mp4"]


def smalls(message: discord.Message) -> list[discord.ThumbnailComponent]:
    boxes = [one for one in message.components if isinstance(one, discord.Container)]
    sections = [one for box in boxes for one in box.children if isinstance(one, discord.SectionComponent)]
    return [one.accessory for one in sections if isinstance(one.accessory, discord.ThumbnailComponent)]


@scene()
async def test_a_camera_move_that_makes_the_prompt_too_long_says_how_much_to_cut(room: Room) -> None:
    await open_videos(room)
    painted = (await paint(room, "a red fox")).job
    panel = await more(room, card_of(room, painted))
    longest = "x" * (2_000 - len(" [Push in]"))

    async def sent(prompt: str, *moves: str) -> simcord.InteractionResult:
        return await filled_in(room, await press(room, panel, "Animate"), prompt=prompt, move=list(moves))

    refused = await sent(f"{longest}yy ", "0")

    assert "With this camera move, your prompt is 2 characters too long." in whispered(refused)
    (returned,) = refused.followups
    assert f"{longest}yy" in all_text(returned.message)
    assert "This makes 1 video" in room.text(await sent(longest, "0"))
    assert "This makes 1 video" in room.text(await sent(f"{longest}yy"))


@scene()
async def test_one_of_two_pictures_ends_with_one_of_the_tray_which_goes_from_its_first_to_its_second(
    room: Room,
) -> None:
    await open_videos(room)
    await collect_frames(room, "dawn.png", "dusk.png")
    painted = (await paint(room, count=2)).job
    panel = await more(room, card_of(room, painted))
    custom_id = next(one.custom_id for one in all_selects(room.card(panel)) if ":morepick:" in one.custom_id)
    await room.ada.select(room.card(panel), ["1"], custom_id=custom_id)

    form = await press(room, panel, "Animate")
    assert [one["label"] for one in form_of(form)["last"]["options"]] == ["dawn.png", "dusk.png"]
    assert chosen(form, "last") == []
    offer = await filled_in(room, form, last=["1"], length="10.768P")

    assert f"10 seconds in 768P, from **a-red-fox-{painted.id}-2.jpg** to **dusk.png**." in room.text(offer)
    assert buttons(room.card(offer))[0] == "Animate · about $0.73"

    await collect_frames(room, "night.png")
    form = await room.ada.click(room.card(await room.use("tray show")), label="Animate")
    assert chosen(form, "last") == ["1"]
    offer = await filled_in(room, form, last=["1"])
    assert "from **dawn.png** to **dusk.png**" in room.text(offer)


def all_selects(message: discord.Message) -> list[discord.SelectMenu]:
    boxes = [one for one in message.components if isinstance(one, discord.Container)]
    rows = [row for box in boxes for row in box.children if isinstance(row, discord.ActionRow)]
    return [item for row in rows for item in row.children if isinstance(item, discord.SelectMenu)]


@scene()
async def test_anybodys_picture_is_animated_from_the_menu_of_its_message(room: Room) -> None:
    await open_videos(room)
    message = await room.ben.send(
        room.world.channel, "look", attachments=[frame("fox.png"), frame("owl.png")]
    )
    form = await choose_in_menu(room, "Animate", message)
    assert [one["label"] for one in form_of(form)["which"]["options"]] == ["1 · fox.png", "2 · owl.png"]

    offer = await filled_in(room, form, which="1")

    assert "starting with **owl.png**" in room.text(offer)


@scene()
async def test_a_result_of_ours_is_animated_from_the_menu_with_its_lineage_until_it_is_removed(
    room: Room,
) -> None:
    await open_videos(room)
    painted = (await paint(room)).job
    late = await press(room, await more(room, card_of(room, painted)), "Animate")
    form = await choose_in_menu(room, "Animate", card_of(room, painted))

    job = await confirmed(room, await filled_in(room, form))

    assert job.parent == Parent(job_id=painted.id, origin=Origin.ANIMATE, index=0)
    await room.world.client.history.remove(painted.id, by=room.ada.id)
    refused = await filled_in(room, late)
    assert "removed this result" in whispered(refused) or "no longer has this job" in whispered(refused)
    assert await newest_job(room) == job.id


@scene()
async def test_a_video_is_found_again_as_one_and_again_and_vary_ask_with_the_price_first(room: Room) -> None:
    first = await a_video(room, image=frame("fox.png"), private=False)
    card = card_of(room, first)

    history = await room.use("history")
    assert "1 result" in room.text(history)
    assert "· video" in room.text(history)
    assert "1 result · videos" in room.text(await room.use("history", kind="animate"))
    assert "Nothing found" in room.text(await room.use("history", kind="edit"))
    shown = await room.use("show", job=first.id)
    assert files_of(room.card(shown)) == [f"a-fox-turns-its-head-{first.id}-1.mp4"]

    again = await confirmed(room, await room.ada.click(card, label="Again"))
    assert again.parent == Parent(job_id=first.id, origin=Origin.AGAIN)
    assert again.request.prompt == first.request.prompt
    assert [one.filename for one in again.request.references] == ["fox.png"]
    assert again.state is JobState.DONE

    form = await room.ada.click(card, label="Vary")
    assert form_of(form)["prompt"]["value"] == "a fox turns its head"
    varied = await confirmed(room, await filled_in(room, form, prompt="the fox sleeps", length="6.1080P"))
    assert varied.parent == Parent(job_id=first.id, origin=Origin.VARY)
    assert varied.request.video == VideoSettings(seconds=6, quality=VideoQuality.P1080)
    assert varied.request.prompt == "the fox sleeps"

    await keep_nothing(room, first)  # then it is shown from its message
    shown = await room.use("show", job=first.id)
    assert files_of(room.card(shown)) == [f"a-fox-turns-its-head-{first.id}-1.mp4"]


async def a_preview(room: Room, **options: Any) -> Job:
    """A video that is too large for its card, which shows a preview."""
    pack = EncodedVideoFiles.pack

    async def as_preview(files: EncodedVideoFiles, data: bytes, *, mark: Mark, max_bytes: int) -> PackedVideo:
        packed = await pack(files, data, mark=mark, max_bytes=max_bytes)
        if max_bytes == MAX_MARKED_BYTES:
            return packed
        return replace(
            packed, data=b"a preview", mime="image/webp", extension="webp", fitted=True, is_preview=True
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EncodedVideoFiles, "pack", as_preview)
        return await a_video(room, **options)


@scene()
async def test_a_preview_is_shown_in_full_while_that_is_kept_and_where_discord_takes_it(room: Room) -> None:
    job = await a_preview(room)
    card = card_of(room, job)
    assert files_of(card) == [f"a-fox-turns-its-head-{job.id}-1.webp"]
    assert f"While Easel keeps it, `/show {job.id}` plays it where it fits" in all_text(card)

    shown = await room.use("show", job=job.id)
    assert files_of(room.card(shown)) == [f"a-fox-turns-its-head-{job.id}-1.mp4"]
    assert "a preview" not in room.text(shown)

    answer = f"/webhooks/{room.world.client.application_id}/*/messages/@original"
    room.world.env.inject_error("PATCH", answer, status=413, code=40005, times=1)
    shown = await room.use("show", job=job.id)
    assert files_of(room.card(shown)) == [f"a-fox-turns-its-head-{job.id}-1.webp"]
    assert "a preview" in room.text(shown)

    await keep_nothing(room, job)
    text = room.text(await room.use("show", job=job.id))
    assert "a preview: the video is too large for Discord here" in text
    assert "/show" not in text


async def shared(room: Room, *, refusals: int) -> discord.Message:
    """The card of a private preview that Ada shares, where Discord refuses so many tries as too large."""
    job = await a_preview(room, private=True)
    panel = await more(room, room.card(await room.use("show", job=job.id)))
    if refusals:
        answer = f"/webhooks/{room.world.client.application_id}/*"
        room.world.env.inject_error("POST", answer, status=413, code=40005, times=refusals)
    await press(room, panel, "Share")
    return card_of(room, await room.finished(job.id))


@scene()
async def test_a_preview_that_is_shared_becomes_the_video_where_that_fits(room: Room) -> None:
    card = await shared(room, refusals=0)

    assert [name.rpartition(".")[2] for name in files_of(card)] == ["mp4"]
    assert "a preview" not in all_text(card)


@scene()
async def test_a_preview_is_shared_where_discord_refuses_the_video(room: Room) -> None:
    card = await shared(room, refusals=1)

    assert [name.rpartition(".")[2] for name in files_of(card)] == ["webp"]
    assert "a preview" in all_text(card)


@scene(EASEL_KEEP_ORIGINALS_DAYS="0")
async def test_the_card_of_a_preview_promises_nothing_where_no_video_is_kept(room: Room) -> None:
    job = await a_preview(room)

    shown = await room.use("show", job=job.id)

    for text in (all_text(card_of(room, job)), room.text(shown)):
        assert "a preview: the video is too large for Discord here" in text
        assert "/show" not in text


@scene(EASEL_VIDEO_MODEL="")
async def test_without_a_model_of_videos_nothing_can_be_animated(room: Room) -> None:
    painted = (await paint(room)).job

    assert "Animate" not in offered(room, await more(room, card_of(room, painted)))
    told = await choose_in_menu(room, "Animate", card_of(room, painted))
    assert "operator has turned videos off" in whispered(told)
    assert await child(room) == painted
