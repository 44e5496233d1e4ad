"""Messages that mention Easel and begin with "animate": everybody sees the offer, its author alone can take it."""

from __future__ import annotations

import pytest

from bot.domain.jobs import JobKind, Origin, Parent
from bot.ui.mentions.parse import words_to_animate
from tests.glue.iterating import card_of
from tests.glue.moderating import all_text, buttons, by_mo, newest_job, paint, whispered
from tests.glue.room import Room, scene
from tests.glue.test_animate import PRICE, frame, open_videos
from tests.glue.test_mentions import me, said, written
from tests.glue.test_variables import jobs
from tests.glue.test_videos import a_video


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("animate a fox", "a fox"),
        ("Animate: it yawns", "it yawns"),
        ("animate", ""),
        ("animated fox", None),
        ("a fox", None),
    ],
)
def test_a_message_that_begins_with_animate_asks_for_a_video(text: str, words: str | None) -> None:
    assert words_to_animate(text) == words


@scene()
async def test_a_reply_to_a_result_is_answered_with_the_price_and_a_press_of_its_author_makes_it(
    room: Room,
) -> None:
    await open_videos(room)
    painted = (await paint(room)).job
    await room.ada.send(
        room.world.channel, f"{me(room)} animate the fox yawns", reply_to=card_of(room, painted)
    )
    offer = said(room)[-1]
    assert f"> the fox yawns\n6 seconds in 768P, starting with **a-red-fox-{painted.id}-1.jpg**" in all_text(
        offer
    )
    assert buttons(offer) == [PRICE, "Not now"]
    assert await jobs(room) == 1

    theirs = await room.ben.click(offer, label=PRICE)
    assert "meant for someone else" in whispered(theirs)
    assert await jobs(room) == 1

    await room.ada.click(offer, label=PRICE)
    job = await room.finished(await newest_job(room))
    assert job.request.kind is JobKind.ANIMATE
    assert job.parent == Parent(job_id=painted.id, origin=Origin.ANIMATE, index=0)
    assert not job.request.private


@scene()
async def test_attached_pictures_are_its_first_frame_and_its_last_and_words_alone_make_one_too(
    room: Room,
) -> None:
    await written(room, f"{me(room)} animate a fox")  # refused, to its author alone
    assert not any(PRICE in buttons(message) for message in said(room))
    assert await jobs(room) == 0
    await open_videos(room)

    await written(room, f"{me(room)} animate night falls", frame("dawn.png"), frame("dusk.png"))
    assert "from **dawn.png** to **dusk.png**" in all_text(said(room)[-1])

    files = [frame(name) for name in ("a.png", "b.png", "c.png", "d.png")]
    await written(room, f"{me(room)} animate night falls", *files)
    text = all_text(said(room)[-1])
    assert "from **a.png** to **b.png**" in text
    assert "Easel uses the first 2 pictures and leaves out 2 more." in text

    await written(room, f"{me(room)} animate a fox in the snow")
    assert "from your words alone" in all_text(said(room)[-1])


@scene()
async def test_an_offer_that_everybody_sees_tells_nothing_of_its_authors_limits(room: Room) -> None:
    await by_mo(room, "limits set", limit="videos_per_day", value="1")
    await open_videos(room)
    await written(room, f"{me(room)} animate a fox in the snow")
    offer = said(room)[-1]
    assert "video left" not in all_text(offer)
    assert "`/me`" not in all_text(offer)
    await a_video(room)

    refused = await room.ada.click(offer, label=PRICE)

    assert "You've used the 1 video" in whispered(refused)
    renewed = next(one for one in said(room) if one.id == offer.id)
    assert buttons(renewed) == [PRICE, "Not now"]
    assert "`/me`" not in all_text(renewed)


@scene()
async def test_a_video_is_not_edited_in_a_reply(room: Room) -> None:
    job = await a_video(room)

    await room.ada.send(room.world.channel, f"{me(room)} make it night", reply_to=card_of(room, job))

    assert await newest_job(room) == job.id
