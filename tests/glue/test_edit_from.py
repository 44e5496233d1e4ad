"""/edit: where its pictures come from, and what is said where there is none."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.jobs import Job
from tests.glue.moderating import newest_job
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

PICTURE: Final = ("mine.png", png(64, 64))


async def refused(room: Room, **options: Any) -> str:
    """What Ada is told in a whisper; nothing is painted."""
    result = await room.use("edit", prompt="make it night", **options)
    assert result.ephemeral
    assert room.offline.calls == []
    return room.text(result)


async def edited(room: Room, **options: Any) -> Job:
    await room.use("edit", prompt="make it night", **options)
    return await room.finished(await newest_job(room))


async def fill_tray(room: Room) -> None:
    await room.use("tray add", image=("first.png", PICTURE[1]), image2=("second.png", PICTURE[1]))


def filenames(job: Job) -> list[str]:
    return [one.filename for one in job.request.references]


@scene()
async def test_without_any_picture_it_says_the_ways_there_are(room: Room) -> None:
    text = await refused(room)

    assert "Attach one with `image`" in text
    assert "*Apps* → *Edit image*" in text
    assert "`/tray add`" in text


@scene()
async def test_an_empty_tray_that_was_asked_for_is_said_to_be_empty(room: Room) -> None:
    assert "Your tray is empty" in await refused(room, tray=True)


@scene()
async def test_without_an_attached_picture_the_tray_is_used(room: Room) -> None:
    await fill_tray(room)

    assert filenames(await edited(room)) == ["first.png", "second.png"]


@scene()
async def test_an_attached_picture_is_used_alone_unless_the_tray_is_asked_for(room: Room) -> None:
    await fill_tray(room)

    assert filenames(await edited(room, image=PICTURE)) == ["mine.png"]
    both = await edited(room, image=PICTURE, tray=True)
    assert filenames(both) == ["first.png", "second.png", "mine.png"]


@scene()
async def test_a_tray_that_is_not_wanted_is_left_alone(room: Room) -> None:
    await fill_tray(room)

    assert "Which picture?" in await refused(room, tray=False)
