"""Cancel, Try again and /queue, with the right person and the wrong one, and after a restart."""

from __future__ import annotations

from bot.domain.jobs import JobState
from bot.domain.ports.stores import Rates
from tests.glue.room import Room, scene


@scene()
async def test_cancel_stops_a_painting_and_gives_the_pictures_back(room: Room) -> None:
    room.offline.hold()
    result = await room.use("imagine", prompt="too slow", count=3)
    await room.offline.wait_arrived(3)
    await room.ada.click(room.card(result), label="Cancel")
    job = await room.finished()
    room.offline.release()
    assert job.state is JobState.CANCELLED
    assert "### Cancelled" in room.text(result)
    assert await room.images_counted() == 0


@scene()
async def test_only_its_requester_may_cancel_and_nobody_once_it_is_finished(room: Room) -> None:
    room.offline.hold()
    result = await room.use("imagine", prompt="mine")
    await room.offline.wait_arrived(1)
    answer = await room.ben.click(room.card(result), label="Cancel")
    assert answer.ephemeral
    assert "Only the person who requested" in room.text(answer)
    painting = room.card(result)
    room.offline.release()
    job = await room.finished()
    assert job.state is JobState.DONE

    answer = await room.world.client.submissions.cancel(job.id, user_id=room.ada.id)
    assert answer.outcome.value == "too_late"
    assert painting.id == room.card(result).id


@scene(EASEL_WORKER_CONCURRENCY="1")
async def test_queue_lists_ones_jobs_and_cancels_from_the_list(room: Room) -> None:
    room.offline.hold()
    first = await room.use("imagine", prompt="first")
    await room.offline.wait_arrived(1)
    second = await room.use("imagine", prompt="second")
    listing = await room.use("queue")
    assert listing.ephemeral
    assert "Your 2 jobs" in room.text(listing)
    assert "you're next" in room.text(listing)
    waiting = (await room.world.client.submissions.queue(room.ada.id)).mine[1].job
    await room.ada.click(room.card(listing), custom_id=f"easel:drop:{waiting.id}")
    assert "Your job" in room.text(listing)
    assert "second" not in room.text(listing)
    await room.finished(waiting.id)
    assert "### Cancelled" in room.text(second)
    room.offline.release()
    painted = (await room.world.client.submissions.queue(room.ada.id)).mine
    if painted:
        await room.finished(painted[0].job.id)
    assert room.card(first).attachments


@scene()
async def test_queue_says_when_there_is_nothing(room: Room) -> None:
    listing = await room.use("queue")
    assert "Nothing queued" in room.text(listing)
    assert "50 of 50 pictures" in room.text(listing)


@scene()
async def test_try_again_makes_its_requester_one_new_job_however_often_it_is_pressed_after_a_restart(
    room: Room,
) -> None:
    result = await room.use("imagine", prompt="a whale [fault:out_of_credit x1]")
    failed = await room.finished()
    assert "account is empty" in room.text(result)
    answer = await room.ben.click(room.card(result), label="Try again")
    assert answer.ephemeral
    assert "Only the person who requested" in room.text(answer)
    await room.world.env.restart_bot()
    again = await room.ada.click(room.card(result), label="Try again")
    second = await room.ada.click(room.card(result), label="Try again")
    assert "already tried this again" in room.text(second)
    line = await room.world.base.jobs.queue(room.ada.id, Rates(slots=1), now=room.world.base.clock.now())
    for entry in line.mine:
        await room.finished(entry.job.id)
    assert room.card(again).attachments
    assert failed.state is JobState.FAILED


@scene()
async def test_a_button_of_a_job_nobody_knows_is_answered(room: Room) -> None:
    result = await room.use("imagine", prompt="a whale [fault:out_of_credit x1]")
    job = await room.finished()
    await _forget(room, job.id)
    answer = await room.ada.click(room.card(result), label="Try again")
    assert "no longer has this job" in room.text(answer)


@scene()
async def test_a_command_that_breaks_is_answered_with_a_number(room: Room) -> None:
    await room.world.base.store.tx(lambda conn: conn.exec_driver_sql("ALTER TABLE charges RENAME TO gone"))
    result = await room.use("imagine", prompt="anything")
    assert result.ephemeral
    assert "Something broke on our side" in room.text(result)
    room.world.env.errors.clear()


async def _forget(room: Room, job_id: str) -> None:
    await room.world.base.store.tx(
        lambda conn: conn.exec_driver_sql("DELETE FROM jobs WHERE id = ?", (job_id,))
    )
