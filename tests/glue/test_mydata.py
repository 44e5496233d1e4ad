"""/mydata export and delete, with the right person and the wrong one, and after a restart."""

from __future__ import annotations

import json
from typing import Any

import simcord
from discord import ui

from bot.domain.jobs import JobState
from bot.ui.personal_data import FORGET
from tests.glue.iterating import card_of
from tests.glue.looking import files_of
from tests.glue.room import Room, scene
from tests.glue.test_video_cancel import being_made


async def exported(room: Room, result: simcord.InteractionResult) -> dict[str, Any]:
    (file,) = room.card(result).attachments
    assert file.filename == "easel-mydata.json"
    return json.loads(await room.world.client.http.get_from_cdn(file.url))


async def press(room: Room, asked: simcord.InteractionResult) -> str:
    """Ada confirms; what the answer says then."""
    await room.ada.click(room.card(asked), label="Delete my data")
    return room.text(asked)


@scene()
async def test_who_never_painted_gets_an_empty_file_and_has_nothing_to_delete(room: Room) -> None:
    assert (await exported(room, await room.use("mydata export")))["jobs"] == []
    asked = await room.use("mydata delete")
    assert asked.ephemeral
    assert "Easel stores nothing about you" in room.text(asked)
    assert "Delete my data" not in str(room.card(asked).components)


@scene()
async def test_an_export_is_a_file_only_its_person_sees_and_deleting_is_asked_for_twice_and_resets_no_limit(
    room: Room,
) -> None:
    await room.use("imagine", prompt="a red fox", seed=5, count=2)
    job = await room.finished()

    result = await room.use("mydata export")

    assert result.ephemeral
    document = await exported(room, result)
    (record,) = document["jobs"]
    assert (record["id"], record["prompt"], record["seed"], record["state"]) == (
        job.id,
        "a red fox",
        5,
        "done",
    )
    assert record["pictures"][0]["revised_prompt"].startswith("a red fox")
    assert "1 job" in room.text(result)

    asked = await room.use("mydata delete")
    assert asked.ephemeral
    assert "**Will be deleted:** 1 job" in room.text(asked)
    assert "**Kept:** what the jobs cost" in room.text(asked)
    assert "you made 2 pictures" in room.text(asked)
    assert await room.world.base.jobs.get(job.id) is not None

    answer = await press(room, asked)
    assert "### Deleted\n1 job was deleted." in answer
    assert await room.world.base.jobs.get(job.id) is None
    assert "48 of 50 pictures" in room.text(await room.use("queue"))


@scene()
async def test_deleting_while_painting_cancels_first_and_takes_the_rest_the_next_time(room: Room) -> None:
    room.offline.hold()
    painting = await room.use("imagine", prompt="too slow")
    await room.offline.wait_arrived(1)
    asked = await room.use("mydata delete")
    assert "1 job is still in progress" in room.text(asked)

    answer = await press(room, asked)

    assert "1 job isn't finished yet and wasn't included" in answer
    job = await room.finished()
    room.offline.release()
    assert job.state is JobState.CANCELLED
    assert "### Cancelled" in room.text(painting)
    assert "### Deleted\n1 job was deleted." in await press(room, asked)
    assert await room.world.base.jobs.get(job.id) is None


@scene()
async def test_a_video_that_is_being_made_is_not_shown_and_deleted_once_it_is_ready(room: Room) -> None:
    job = await being_made(room)
    asked = await room.use("mydata delete")
    assert "it can't be cancelled: it won't be shown" in room.text(asked)

    answer = await press(room, asked)

    assert "1 job isn't finished yet" in answer
    assert "A video can take some minutes more." in answer
    room.offline.ready_after(1)
    done = await room.finished(job.id)
    assert (done.state, done.kept_back) == (JobState.DONE, True)
    assert files_of(card_of(room, done)) == []
    assert "### Deleted\n1 job was deleted." in await press(room, asked)
    assert await room.world.base.jobs.get(job.id) is None


@scene()
async def test_after_a_restart_the_button_works_for_its_person_and_nobody_else(room: Room) -> None:
    await room.use("imagine", prompt="mine")
    job = await room.finished()
    asked = await room.use("mydata delete")
    view = ui.LayoutView(timeout=None)
    row: ui.ActionRow[Any] = ui.ActionRow()
    view.add_item(row.add_item(FORGET.button(str(room.ada.id))))
    channel = room.world.client.get_partial_messageable(room.world.channel.id)
    message = await channel.send(view=view)
    await room.world.env.restart_bot()

    answer = await room.ben.click(message, label="Delete my data")

    assert answer.ephemeral
    assert "someone else's" in room.text(answer)
    assert await room.world.base.jobs.get(job.id) is not None

    assert "### Deleted" in await press(room, asked)

    assert await room.world.base.jobs.get(job.id) is None


@scene()
async def test_a_button_on_the_card_of_a_deleted_job_is_answered(room: Room) -> None:
    result = await room.use("imagine", prompt="a whale [fault:out_of_credit x1]")
    await room.finished()
    await press(room, await room.use("mydata delete"))

    answer = await room.ada.click(room.card(result), label="Try again")

    assert "no longer has this job" in room.text(answer)
