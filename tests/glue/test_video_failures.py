"""A video that is not made: what its card says, and how it is asked for again."""

from __future__ import annotations

from bot.domain.jobs import JobKind, JobState
from bot.domain.video import VideoQuality, VideoSettings
from tests.glue.iterating import card_of, form_of
from tests.glue.moderating import all_text, buttons, newest_job, whispered
from tests.glue.room import Room, scene
from tests.glue.test_animate import PRICE, collect_frames, frame, offered
from tests.glue.test_videos import a_video, chosen, confirmed, filled_in

FAILS = "a fox turns its head [fault:video_error]"


@scene()
async def test_a_video_that_the_provider_could_not_make_is_reworded_in_its_form_or_tried_again_with_one_press(
    room: Room,
) -> None:
    failed = await a_video(room, FAILS, image=frame("fox.png"), quality="1080P")
    card = card_of(room, failed)

    assert failed.state is JobState.FAILED
    assert "The provider couldn't make this video and charged nothing for it." in all_text(card)
    assert "nothing was counted" in all_text(card)
    assert buttons(card) == ["Reword…", "Try again"]

    form = await room.ada.click(card, label="Reword…")
    assert form_of(form)["prompt"]["value"] == FAILS
    offer = await filled_in(room, form, prompt="a fox turns its head", length="6.1080P")
    assert buttons(room.card(offer))[0] == PRICE
    job = await confirmed(room, offer)
    assert job.state is JobState.DONE
    assert job.request.video == VideoSettings(seconds=6, quality=VideoQuality.P1080)
    assert [one.filename for one in job.request.references] == ["fox.png"]

    await room.ada.click(card, label="Try again")
    again = await room.finished(await newest_job(room))
    assert again.id not in {failed.id, job.id}
    assert again.request.kind is JobKind.ANIMATE
    assert [one.filename for one in again.request.references] == ["fox.png"]


@scene()
async def test_a_refused_video_is_reworded_in_the_same_form(room: Room) -> None:
    refused = await offered(room, "a fox yawns", seconds=10, quality="1080P")

    form = await room.ada.click(room.card(refused), label="Reword…")

    assert form_of(form)["prompt"]["value"] == "a fox yawns"
    offer = await filled_in(room, form, length="10.768P")
    assert "10 seconds in 768P" in room.text(offer)


@scene()
async def test_a_failed_variation_is_reworded_also_once_its_video_is_removed_which_is_not_varied_then(
    room: Room,
) -> None:
    first = await a_video(room)
    late = await room.ada.click(card_of(room, first), label="Vary")
    form = await room.ada.click(card_of(room, first), label="Vary")
    failed = await confirmed(room, await filled_in(room, form, prompt=FAILS))
    assert failed.state is JobState.FAILED
    await room.world.client.history.remove(first.id, by=room.ada.id)

    assert "removed this result" in whispered(await filled_in(room, late))
    form = await room.ada.click(card_of(room, failed), label="Reword…")
    job = await confirmed(room, await filled_in(room, form, prompt="the fox sleeps"))

    assert (job.state, job.request.prompt) == (JobState.DONE, "the fox sleeps")


@scene()
async def test_a_last_frame_of_the_tray_is_listed_once_in_the_form_to_reword(room: Room) -> None:
    await collect_frames(room, "dawn.png", "dusk.png")
    failed = await a_video(room, FAILS, tray=True)
    refused = await offered(room, tray=True, seconds=10, quality="1080P")

    for card in (card_of(room, failed), room.card(refused)):
        form = await room.ada.click(card, label="Reword…")
        assert [one["label"] for one in form_of(form)["last"]["options"]] == ["dawn.png", "dusk.png"]
        assert chosen(form, "last") == ["1"]


@scene()
async def test_a_last_frame_that_is_not_on_the_tray_is_listed_before_it_to_reword(room: Room) -> None:
    failed = await a_video(room, FAILS, image=frame("fox.png"), last=frame("owl.png"))
    await collect_frames(room, "dawn.png")

    form = await room.ada.click(card_of(room, failed), label="Reword…")

    assert [one["label"] for one in form_of(form)["last"]["options"]] == ["owl.png", "dawn.png"]
    assert chosen(form, "last") == ["0"]
