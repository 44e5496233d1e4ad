"""/animate: the offer with its price, what it is made of, and what is refused before it."""

from __future__ import annotations

from typing import Any

import simcord

from bot.domain.jobs import JobKind
from bot.domain.video import VideoQuality, VideoSettings
from tests.glue.collecting import png
from tests.glue.moderating import buttons, by_mo, newest_job
from tests.glue.room import Room, scene
from tests.glue.test_variables import jobs

PRICE = "Animate · about $0.44"
WORDS = "a fox turns its head [Push in]"


async def open_videos(room: Room) -> None:
    """Mo lets everybody make videos: nobody may in a server before that."""
    await by_mo(room, "limits set", limit="may_animate", value="yes")


async def offered(room: Room, prompt: str = WORDS, **options: Any) -> simcord.InteractionResult:
    """The question that Ada gets, and nobody else."""
    await open_videos(room)
    result = await room.use("animate", prompt=prompt, **options)
    assert result.ephemeral
    return result


def frame(name: str, width: int = 640, height: int = 480) -> tuple[str, bytes]:
    return name, png(1, width, height)


@scene()
async def test_a_video_is_offered_with_its_price_and_made_only_once_that_is_pressed(room: Room) -> None:
    offer = await offered(room)

    assert "### This makes 1 video\n> a fox turns its head" in room.text(offer)
    assert "6 seconds in 768P, from your words alone. Usually ready in 4–5 minutes." in room.text(offer)
    assert buttons(room.card(offer)) == [PRICE, "Not now"]
    await room.ada.click(room.card(offer), label="Not now")
    assert "### No video was made\n> a fox turns its head" in room.text(offer)
    assert await jobs(room) == 0

    offer = await offered(room, private=False)

    await room.ada.click(room.card(offer), label=PRICE)

    job = await room.world.base.jobs.get(await newest_job(room))
    assert job is not None
    request = job.request
    assert (request.kind, request.prompt, request.count) == (JobKind.ANIMATE, WORDS, 1)
    assert request.video == VideoSettings(seconds=6, quality=VideoQuality.P768)
    assert request.model == "minimax/hailuo-02"
    assert "### Requested 1 video" in room.text(offer)


@scene()
async def test_it_goes_from_one_picture_to_another_in_the_chosen_quality(room: Room) -> None:
    offer = await offered(
        room, image=frame("dawn.png"), last=frame("dusk.png"), quality="1080P", spoiler=True, private=True
    )

    assert "6 seconds in 1080P, from **dawn.png** to **dusk.png**." in room.text(offer)
    await room.ada.click(room.card(offer), label=PRICE)
    job = await room.world.base.jobs.get(await newest_job(room))
    assert job is not None
    assert [(one.name, one.filename) for one in job.request.references] == [
        ("image", "dawn.png"),
        ("last", "dusk.png"),
    ]
    assert (job.request.private, job.request.spoiler) == (True, True)


@scene()
async def test_the_tray_gives_the_frames_that_are_missing_unless_it_is_empty(room: Room) -> None:
    assert "Your tray is empty." in room.text(await offered(room, tray=True))
    await collect_frames(room, "dawn.png", "dusk.png", "night.png")

    both = await offered(room, tray=True)
    one = await offered(room, tray=True, image=frame("noon.png"))

    assert "from **dawn.png** to **dusk.png**" in room.text(both)
    assert "from **noon.png** to **dawn.png**" in room.text(one)


async def collect_frames(room: Room, *names: str) -> None:
    message = await room.ben.send(room.world.channel, "look", attachments=[frame(name) for name in names])
    await room.ada.context_menu(room.world.channel, "Add to references", message)


@scene()
async def test_what_no_model_makes_is_refused_with_what_helps(room: Room) -> None:
    async def told(**options: Any) -> str:
        offer = await offered(room, **options)
        assert PRICE not in buttons(room.card(offer))
        return room.text(offer)

    assert "Set `seconds` to 6 or `quality` to 768P." in await told(seconds=10, quality="1080P")
    assert "Attach one as `image`." in await told(last=frame("dusk.png"))
    assert "isn't a picture Easel can read" in await told(image=("a.txt", b"text"))
    assert await jobs(room) == 0


@scene(EASEL_VIDEO_MODEL="")
async def test_without_a_model_of_videos_there_are_none(room: Room) -> None:
    refused = await offered(room)

    assert "operator has turned videos off" in room.text(refused)
    assert "Reword…" not in buttons(room.card(refused))


@scene(EASEL_MODELS="minimax/hailuo-2.3")
async def test_a_model_is_chosen_where_several_are_on_offer(room: Room) -> None:
    command: Any = room.world.client.tree.get_command("animate")
    model = next(one for one in command.parameters if one.name == "model")
    assert [choice.name for choice in model.choices] == ["Hailuo 02", "Hailuo 2.3"]

    offer = await offered(room, model="minimax/hailuo-2.3", image=frame("a.png"), last=frame("b.png"))

    assert "Hailuo 2.3 can't end a video with a picture you choose." in room.text(offer)
    assert "or set `model` to Hailuo 02." in room.text(offer)


@scene()
async def test_where_moderators_have_not_opened_videos_nothing_is_offered(room: Room) -> None:
    refused = await room.use("animate", prompt=WORDS)

    assert refused.ephemeral
    assert "Videos aren't open in this server yet." in room.text(refused)
    assert PRICE not in buttons(room.card(refused))
    explained = await by_mo(room, "limits explain", member=room.ada)
    assert "Recently refused" in explained
    assert "May use /animate" in explained.partition("Recently refused")[2]


@scene()
async def test_what_is_left_of_the_limit_of_videos_is_told(room: Room) -> None:
    assert "Done" in await by_mo(room, "limits set", limit="videos_per_day", value="3")

    assert "3 of 3 videos left (rolling 24 h)" in room.text(await offered(room))


@scene()
async def test_an_old_offer_is_refused_once_videos_are_switched_off(room: Room) -> None:
    offer = await offered(room)
    room.world.client.submissions.videos = {}

    pressed = await room.ada.click(room.card(offer), label=PRICE)

    assert "Something broke" not in room.text(offer)
    assert "### No video was made" in room.text(offer)
    assert pressed is not None
    assert await jobs(room) == 0


@scene(EASEL_VIDEO_API="legacy")
async def test_the_tray_gives_one_frame_where_no_model_takes_a_last_one(room: Room) -> None:
    await collect_frames(room, "dawn.png", "dusk.png")

    offer = await offered(room, tray=True)

    assert "This makes 1 video" in room.text(offer)


@scene(EASEL_MODELS="minimax/hailuo-2.3")
async def test_the_tray_gives_one_frame_where_the_chosen_model_takes_no_last_one(room: Room) -> None:
    await collect_frames(room, "dawn.png", "dusk.png")

    offer = await offered(room, tray=True, model="minimax/hailuo-2.3")

    assert "starting with **dawn.png**" in room.text(offer)
    assert "from **dawn.png** to **dusk.png**" in room.text(await offered(room, tray=True))
