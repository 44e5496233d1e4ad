"""/imagine and /edit as a person uses them."""

from __future__ import annotations

import io

import discord
from PIL import Image

from bot.domain.jobs import JobKind, JobState, ReplyScope
from bot.domain.sizes import Size
from tests.glue.moderating import newest_job
from tests.glue.room import Room, scene


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


@scene()
async def test_imagine_answers_with_a_queued_card_and_brings_the_picture(room: Room) -> None:
    room.offline.hold()
    result = await room.use("imagine", prompt="a red fox in the snow")
    text = room.text(result)
    assert "a red fox in the snow" in text
    assert any(word in text for word in ("you're next", "Painting"))
    room.offline.release()
    job = await room.finished()
    message = room.card(result)
    assert job.state is JobState.DONE
    assert [file.filename for file in message.attachments] == [f"a-red-fox-in-the-snow-{job.id}-1.jpg"]
    assert "a red fox in the snow" in room.text(result)
    assert job.pictures[0].size == Size(2048, 2048)
    assert f"<@{room.ada.id}>" in room.text(result)


@scene()
async def test_every_option_of_imagine_reaches_the_provider_and_the_card(room: Room) -> None:
    result = await room.use(
        "imagine",
        prompt="a lighthouse",
        aspect="16:9",
        resolution="4K",
        count=2,
        seed=7,
        spoiler=True,
        reference=("sketch.png", png(300, 200)),
    )
    job = await room.finished()
    assert job.size == Size(4096, 2304)
    assert job.seeds == (7, 8)
    assert [call.n_references for call in room.offline.calls] == [1, 1]
    assert "4K" in room.text(result)
    history = _gallery(room.card(result))
    assert [item.spoiler for item in history.items] == [True, True]
    assert [item.description for item in history.items] == ["a lighthouse", "a lighthouse"]


@scene()
async def test_the_shape_can_be_left_to_the_model_also_by_an_edit(room: Room) -> None:
    room.offline.hold()
    result = await room.use("imagine", prompt="a panorama of the Alps", aspect="auto")
    assert "2K · shape: the model's choice" in room.text(result)
    room.offline.release()
    job = await room.finished()
    assert job.state is JobState.DONE
    assert job.size is None
    assert job.pictures[0].size == Size(2736, 1536)
    assert len(room.card(result).attachments) == 1

    picture = ("a.png", png(900, 1600))
    result = await room.use("edit", prompt="as a poster", aspect="auto", resolution="4K", image=picture)
    job = await room.finished(await newest_job(room))
    assert job.state is JobState.DONE
    assert job.size is None
    assert job.pictures[0].size == Size(3072, 4096)
    assert "· 4K ·" in room.text(result)


@scene()
async def test_edit_keeps_the_shape_of_the_first_picture(room: Room) -> None:
    pictures = {"image": ("a.png", png(900, 1600)), "image2": ("b.png", png(400, 400))}
    await room.use("edit", prompt="put image 2 into it", **pictures)
    job = await room.finished()
    assert job.request.kind is JobKind.EDIT
    assert job.size is not None
    assert abs(job.size.ratio - 9 / 16) < 0.01
    assert [one.name for one in job.request.references] == ["image", "image2"]


@scene()
async def test_a_private_result_is_for_its_requester_alone(room: Room) -> None:
    result = await room.use("imagine", prompt="a secret garden", private=True)
    await room.finished()
    assert result.ephemeral
    assert room.card(result).attachments
    ids = [message.id for message in room.world.channel.history(viewer=room.ben)]
    assert room.card(result).id not in ids


@scene()
async def test_imagine_works_in_a_direct_message(room: Room) -> None:
    result = await room.ada.user.slash("imagine", prompt="a quiet lake")
    job = await room.finished()
    assert job.reply_target.scope is ReplyScope.DIRECT
    assert job.reply_target.guild_id is None
    assert result.response is not None
    assert result.response.attachments


@scene()
async def test_fourteen_pictures_can_be_combined_an_animated_one_by_its_first_frame_as_the_card_says(
    room: Room,
) -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    pictures = {f"image{number}": (f"{number}.png", png(64, 64)) for number in range(2, 15)}
    result = await room.use("edit", prompt="all of them", image=("party.gif", file.getvalue()), **pictures)
    await room.finished()
    assert [call.n_references for call in room.offline.calls] == [14]
    assert "`image` is animated: Easel used its first frame" in room.text(result)


@scene()
async def test_a_broken_attachment_fails_the_job_by_name_before_anything_is_paid(room: Room) -> None:
    cut = png(600, 600)[:200]
    result = await room.use(
        "edit", prompt="mend it", image=("whole.png", png(50, 50)), image2=("cut.png", cut)
    )
    job = await room.finished()
    assert job.state is JobState.FAILED
    assert "`image2`" in room.text(result)
    assert room.offline.calls == []
    assert await room.images_counted() == 0


@scene()
async def test_an_invisible_prompt_and_a_file_that_is_no_picture_are_refused_in_a_whisper(room: Room) -> None:
    result = await room.use("imagine", prompt="\u200b\u2066\u00ad")
    assert result.ephemeral
    assert "prompt is empty" in room.text(result)

    result = await room.use("edit", prompt="nice", image=("notes.txt", b"hello"))
    assert result.ephemeral
    assert "`image` isn't a picture" in room.text(result)


@scene(EASEL_GUILDS="1")
async def test_a_place_the_operator_did_not_choose_is_refused(room: Room) -> None:
    result = await room.use("imagine", prompt="a fox")
    direct = await room.ada.user.slash("imagine", prompt="a fox")
    assert "this isn't one of them" in room.text(result)
    assert "this isn't one of them" in room.text(direct)


@scene(EASEL_IMAGES_PER_DAY="1")
async def test_the_daily_limit_says_when_it_opens_again(room: Room) -> None:
    await room.use("imagine", prompt="one")
    await room.finished()
    result = await room.use("imagine", prompt="two")
    assert result.ephemeral
    assert "used the 1 picture you can make in 24 hours" in room.text(result)
    assert "<t:" in room.text(result)


@scene(EASEL_IMAGES_PER_DAY="0")
async def test_nobody_paints_when_the_limit_is_nought(room: Room) -> None:
    assert "You can't make pictures here" in room.text(await room.use("imagine", prompt="one"))


@scene(EASEL_JOBS_PER_MEMBER="1")
async def test_a_member_with_enough_under_way_is_told_so(room: Room) -> None:
    room.offline.hold()
    await room.use("imagine", prompt="one")
    result = await room.use("imagine", prompt="two")
    assert "You have 1 job in progress, the most you can have at once." in room.text(result)
    room.offline.release()
    await room.finished()


def _gallery(message: discord.Message) -> discord.MediaGalleryComponent:
    box = message.components[0]
    assert isinstance(box, discord.Container)
    found = [child for child in box.children if isinstance(child, discord.MediaGalleryComponent)]
    return found[0]
