"""Cancelling a video: free before it is ordered; after that it is paid for, and can be kept off the card."""

from __future__ import annotations

from bot.domain.jobs import Job, JobState, RenderStage
from tests.glue.iterating import card_of
from tests.glue.looking import files_of
from tests.glue.moderating import all_text, buttons, newest_job, whispered
from tests.glue.room import Room, scene
from tests.glue.test_animate import PRICE, offered

NEVER = 10**9  # polls


async def being_made(room: Room) -> Job:
    """Ada's video in the channel, while the provider makes it, which takes as long as the test likes."""
    room.offline.ready_after(NEVER)
    offer = await offered(room, "a fox turns its head", private=False)
    await room.ada.click(room.card(offer), label=PRICE)
    return await newest_in_the_making(room)


async def newest_in_the_making(room: Room) -> Job:
    """The newest job, once its card says that the provider makes the video."""
    job_id = await newest_job(room)

    async def look() -> Job | None:
        job = await room.world.base.jobs.get(job_id)
        if job is None or job.renders[0].stage is not RenderStage.CREATED:
            return None
        return job if "the provider is making it" in all_text(card_of(room, job)) else None

    job = await room.kept.until(look, lambda found: found is not None)
    assert job is not None
    return job


@scene()
async def test_a_video_that_is_being_made_is_cancelled_by_nobody_else_and_not_without_a_question(
    room: Room,
) -> None:
    job = await being_made(room)
    told = await room.ben.click(card_of(room, job), label="Cancel")
    assert "Only the person who requested this" in whispered(told)

    asked = await room.ada.click(card_of(room, job), label="Cancel")

    assert "### Cancel this video?" in whispered(asked)
    assert "it will cost about $0.44 and counts" in whispered(asked)
    assert f"`/show {job.id}`" in whispered(asked)
    assert "Cancel" in buttons(card_of(room, job))

    queue = await room.use("queue")
    assert "being made" in room.text(queue)
    asked = await room.ada.click(room.card(queue), label="Cancel")
    assert "### Cancel this video?" in whispered(asked)
    assert (await room.world.base.jobs.get(job.id) or job).state is JobState.RENDERING

    room.offline.ready_after(1)
    assert files_of(card_of(room, await room.finished(job.id)))


@scene()
async def test_a_video_that_is_cancelled_all_the_same_is_kept_off_the_card_and_shown_on_request(
    room: Room,
) -> None:
    job = await being_made(room)
    asked = await room.ada.click(card_of(room, job), label="Cancel")

    await room.ada.click(room.card(asked), label="Cancel anyway")

    assert "### Kept off the card" in room.text(asked)
    assert buttons(room.card(asked)) == []
    card = card_of(room, job)
    assert "The provider is still making this video" in all_text(card)
    assert buttons(card) == []
    queue = await room.use("queue")
    assert "being made · kept off the card" in room.text(queue)
    assert "1 in progress" in room.text(queue)
    assert "Cancel" not in buttons(room.card(queue))  # no second time

    room.offline.ready_after(1)
    done = await room.finished(job.id)
    assert (done.state, done.kept_back) == (JobState.DONE, True)
    card = card_of(room, done)
    assert "This video is ready." in all_text(card)
    assert files_of(card) == []
    shown = await room.use("show", job=job.id)
    assert files_of(room.card(shown)) == [f"a-fox-turns-its-head-{job.id}-1.mp4"]
    hidden = await room.ben.slash(room.world.channel, "show", job=job.id)
    assert "Easel no longer has this job" in whispered(hidden)
