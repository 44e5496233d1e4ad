"""Mentions and replies as people write them, in a server and in the direct message with the bot."""

from __future__ import annotations

import io

import discord
import simcord
from PIL import Image

from bot.domain.jobs import Job, JobKind, JobState, Origin, ReplyScope
from bot.domain.ports.library import Defaults
from bot.domain.sizes import Aspect, Resolution, Size
from bot.sandbox.once import texts
from tests.glue.moderating import by_mo, guild_of, newest_job, restrict_by_age
from tests.glue.room import Room, scene

ADULT = "an erotic nude"


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


PHOTO = ("photo.png", png(300, 200))


def me(room: Room) -> str:
    """The mention of Easel."""
    assert room.world.client.user is not None
    return room.world.client.user.mention


def said(room: Room, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
    """What Easel wrote in the channel, oldest first."""
    assert room.world.client.user is not None
    me = room.world.client.user.id
    return [message for message in (channel or room.world.channel).history() if message.author.id == me]


def words(message: discord.Message) -> str:
    return "\n".join([message.content, *texts(message)])


async def written(room: Room, text: str, *files: tuple[str, bytes]) -> discord.Message:
    """Ada writes to the channel."""
    return await room.ada.send(room.world.channel, text, attachments=files)


async def done(room: Room) -> Job:
    """What was asked for last, once its card shows its end."""
    return await room.finished(await newest_job(room))


async def card_of(room: Room, count: int = 1) -> tuple[Job, discord.Message]:
    """A result that Ada asked for with a command."""
    result = await room.use("imagine", prompt="a red fox", count=count, resolution="4K")
    return await done(room), room.card(result)


@scene()
async def test_a_mention_with_words_is_answered_with_a_card_that_becomes_the_picture(room: Room) -> None:
    asked = await written(room, f"{me(room)} a red fox in the snow")
    job = await done(room)
    [card] = said(room)
    assert (job.state, job.request.kind, job.request.prompt) == (
        JobState.DONE,
        JobKind.IMAGINE,
        "a red fox in the snow",
    )
    assert (job.card_id, job.user_id, job.parent) == (card.id, room.ada.id, None)
    assert card.reference is not None
    assert card.reference.message_id == asked.id
    assert [file.filename for file in card.attachments] == [f"a-red-fox-in-the-snow-{job.id}-1.jpg"]


@scene()
async def test_a_mention_with_pictures_edits_them_in_their_order(room: Room) -> None:
    await written(room, f"put image 2 into it, {me(room)}", PHOTO, ("b.png", png(64, 64)))
    job = await done(room)
    assert (job.request.kind, job.request.prompt) == (JobKind.EDIT, "put image 2 into it,")
    assert [(one.name, one.filename) for one in job.request.references] == [
        ("image", "photo.png"),
        ("image2", "b.png"),
    ]
    assert job.size is not None
    assert abs(job.size.ratio - 1.5) < 0.01


@scene()
async def test_a_mention_in_a_reply_to_a_result_edits_that_result(room: Room) -> None:
    parent, card = await card_of(room)
    await room.ben.send(room.world.channel, f"{me(room)} make it night", reply_to=card)
    job = await done(room)
    assert job.parent is not None
    assert (job.parent.job_id, job.parent.origin, job.parent.index) == (parent.id, Origin.EDIT, 0)
    assert (job.user_id, job.request.resolution) == (room.ben.id, Resolution.FOUR_K)
    assert [call.n_references for call in room.offline.calls] == [0, 1]


@scene()
async def test_talk_in_reply_to_a_result_is_no_edit_though_discord_mentions_easel_by_itself(
    room: Room,
) -> None:
    await written(room, f"{me(room)} a red fox")
    await done(room)
    await room.ben.send(room.world.channel, "lovely, thank you!", reply_to=said(room)[0])
    assert len(said(room)) == 1
    assert len(room.offline.calls) == 1


@scene()
async def test_only_people_who_mention_easel_itself_are_answered(room: Room) -> None:
    guild, channel = guild_of(room), room.world.channel
    role = guild.create_role("Easel")
    robot = guild.add_member(room.world.env.create_user("robot", bot=True))
    for text in ("a fox", "@everyone a fox", f"<@&{role.id}> a fox", f"{room.ben.mention} a fox", ""):
        await written(room, text, PHOTO)
    await robot.send(channel, f"{me(room)} a fox")
    await guild.create_webhook(channel).send(f"{me(room)} a fox")
    assert said(room) == []
    assert said(room, room.ada.user.dm_channel) == []
    assert room.offline.calls == []


@scene()
async def test_a_bare_mention_is_told_what_can_be_said(room: Room) -> None:
    await written(room, me(room))
    [answer] = said(room)
    assert f"{me(room)} a red fox in snow" in answer.content
    assert answer.reference is not None


@scene()
async def test_a_picture_that_discord_does_not_show_is_said_so_with_the_way_that_works(room: Room) -> None:
    photo = await room.ben.send(room.world.channel, "my cat", attachments=[PHOTO])
    asked = await room.ada.send(room.world.channel, f"{me(room)} make it a painting", reply_to=photo)
    [answer] = said(room, room.ada.user.dm_channel)
    assert "Apps → Edit image" in answer.content
    assert asked.jump_url in answer.content
    assert said(room) == []
    assert room.offline.calls == []


@scene(EASEL_IMAGES_PER_DAY="0")
async def test_a_refusal_is_for_the_persons_eyes_alone_in_the_words_of_a_command_and_once_in_a_while(
    room: Room,
) -> None:
    asked = await written(room, f"{me(room)} a fox")
    [answer] = said(room, room.ada.user.dm_channel)
    refused = room.text(await room.use("imagine", prompt="a fox"))
    title, text = refused.strip().split("\n")[:2]
    assert answer.content.startswith(f"**{title.removeprefix('### ')}**\n{text}\n")
    assert asked.jump_url in answer.content
    assert [message for message in said(room) if not message.flags.ephemeral] == []
    # Again and again, it is written once in a while.
    for number in range(4):
        await written(room, f"{me(room)} fox {number}")
    assert len(said(room, room.ada.user.dm_channel)) == 1


@scene()
async def test_variables_are_not_painted_without_a_price(room: Room) -> None:
    await written(room, f"{me(room)} a {{red,blue}} fox")
    [answer] = said(room, room.ada.user.dm_channel)
    assert "`/imagine`" in answer.content
    assert room.offline.calls == []


@scene()
async def test_braces_that_were_escaped_mean_themselves(room: Room) -> None:
    await written(room, f"{me(room)} a sign that says \\{{a, b\\}}")
    assert (await done(room)).request.prompt == "a sign that says {a, b}"


@scene()
async def test_a_persons_defaults_hold_for_what_a_mention_leaves_open(room: Room) -> None:
    likes = Defaults(aspect=Aspect.WIDE_16_9, resolution=Resolution.FOUR_K, spoiler=True)
    await room.world.client.library.set_defaults(room.ada.id, likes)
    await written(room, f"{me(room)} a lighthouse")
    job = await done(room)
    assert (job.size, job.request.spoiler) == (Size(4096, 2304), True)


@scene()
async def test_who_wants_privacy_is_not_answered_before_everybody(room: Room) -> None:
    await room.world.client.library.set_defaults(room.ada.id, Defaults(private=True))
    await written(room, f"{me(room)} a lighthouse")
    [answer] = said(room, room.ada.user.dm_channel)
    assert "Your pictures are private by default" in answer.content
    assert said(room) == []
    await room.ada.user.send_dm(f"{me(room)} a lighthouse")
    job = await done(room)
    assert (job.reply_target.scope, job.request.private, job.state) == (
        ReplyScope.DIRECT,
        False,
        JobState.DONE,
    )


@scene()
async def test_adult_words_are_for_age_restricted_channels(room: Room) -> None:
    await written(room, f"{me(room)} {ADULT}")
    [answer] = said(room, room.ada.user.dm_channel)
    assert "isn't age-restricted" in answer.content
    restrict_by_age(room, room.world.channel)
    await written(room, f"{me(room)} {ADULT}")
    assert (await done(room)).state is JobState.DONE


@scene()
async def test_in_a_thread_the_rules_of_its_channel_hold_known_to_the_client_or_not(room: Room) -> None:
    channel = room.world.client.get_channel(room.world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="foxes", type=discord.ChannelType.public_thread)
    [handle] = room.world.channel.threads
    await by_mo(room, "channels deny", channel=room.world.channel)
    for member in room.world.members:
        await member.send(handle, f"{me(room)} a fox")
        [answer] = said(room, member.user.dm_channel)
        assert "You can't use Easel in this channel" in answer.content
        channel.guild._remove_thread(thread)  # pyright: ignore[reportPrivateUsage]  # as one from an archive
    assert channel.guild.get_thread(thread.id) is None


@scene()
async def test_in_a_direct_message_only_words_alone_need_a_mention(room: Room) -> None:
    ada, dm = room.ada.user, room.ada.user.dm_channel
    await ada.send_dm("good morning")
    assert said(room, dm) == []
    picture = room.world.env.backend.store_attachments(dm.id, [PHOTO])
    await ada.send_dm("make it a painting", attachments=picture)
    first = await done(room)
    assert (first.reply_target.scope, first.request.kind, first.state) == (
        ReplyScope.DIRECT,
        JobKind.EDIT,
        JobState.DONE,
    )
    [card] = said(room, dm)
    reference = {"channel_id": str(dm.id), "message_id": str(card.id)}
    await ada.send_dm("now at night", reference=reference)
    second = await done(room)
    assert second.parent is not None
    assert second.parent.job_id == first.id
    await ada.send_dm(f"{me(room)} a fox")
    assert (await done(room)).request.kind is JobKind.IMAGINE
    assert len(said(room, dm)) == 3
