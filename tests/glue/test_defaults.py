"""/defaults as people use it: what they chose holds until a command says otherwise."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.jobs import Job, JobState
from bot.domain.ports.library import Defaults
from bot.domain.sizes import Aspect, Resolution, Size
from tests.glue.moderating import by_mo, newest_job, open_modlog
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

TALL: Final = ("tall.png", png(900, 1600))
ALL: Final[dict[str, Any]] = {"aspect": "16:9", "resolution": "4K", "private": True, "spoiler": True}


async def told(room: Room, command: str, /, **options: Any) -> str:
    """What Ada is told in a whisper."""
    result = await room.use(command, **options)
    assert result.ephemeral
    return room.text(result)


async def painted(room: Room, command: str = "imagine", /, **options: Any) -> Job:
    await room.use(command, **{"prompt": "a fox", **options})
    job = await room.finished(await newest_job(room))
    assert job.state is JobState.DONE
    return job


@scene()
async def test_defaults_hold_until_a_command_says_otherwise(room: Room) -> None:
    text = await told(room, "defaults set", **ALL)
    assert "**Shape** · Wide 16:9" in text
    assert "**Private** · only you can see what you make" in text

    first = await room.use("imagine", prompt="a fox")
    mine = await room.finished(await newest_job(room))
    other = await painted(room, aspect="1:1", resolution="2K", private=False, spoiler=False)

    assert first.ephemeral
    assert (mine.request.aspect, mine.request.resolution) == (Aspect.WIDE_16_9, Resolution.FOUR_K)
    assert (mine.request.private, mine.request.spoiler) == (True, True)
    assert (other.request.aspect, other.request.resolution) == (Aspect.SQUARE, Resolution.TWO_K)
    assert (other.request.private, other.request.spoiler) == (False, False)


@scene()
async def test_an_edit_takes_the_default_shape_unless_it_keeps_that_of_its_picture(room: Room) -> None:
    await told(room, "defaults set", aspect="1:1")

    square = await painted(room, "edit", image=TALL)
    tall = await painted(room, "edit", image=TALL, aspect="like_first")

    assert square.size == Size(2048, 2048)
    assert tall.size is not None
    assert abs(tall.size.ratio - 9 / 16) < 0.01


@scene()
async def test_they_are_ones_own_and_outlive_a_restart(room: Room) -> None:
    await told(room, "defaults set", resolution="4K")
    await room.world.env.restart_bot()

    assert "**Resolution** · 4K" in await told(room, "defaults show")
    assert "You have no defaults" in room.text(await room.ben.slash(room.world.channel, "defaults show"))


@scene()
async def test_setting_one_leaves_the_others_and_one_or_all_can_be_forgotten(room: Room) -> None:
    await told(room, "defaults set", **ALL)

    await told(room, "defaults set", private=False)

    library, ada = room.world.client.library, room.ada.id
    assert await library.defaults(ada) == Defaults(
        aspect=Aspect.WIDE_16_9, resolution=Resolution.FOUR_K, private=False, spoiler=True
    )
    assert "Choose at least one" in await told(room, "defaults set")
    assert "**Shape**" not in await told(room, "defaults clear", what="aspect")
    assert "You have no defaults" in await told(room, "defaults clear")

    assert (await painted(room)).request.resolution is Resolution.TWO_K


@scene()
async def test_a_default_that_is_not_allowed_here_says_how_to_ask_instead(room: Room) -> None:
    await told(room, "defaults set", private=True)
    await by_mo(room, "limits set", limit="may_be_private", value="no")

    assert "Try again with `private: False`." in await told(room, "imagine", prompt="a fox")
    assert (await painted(room, private=False)).request.private is False


@scene()
async def test_they_hold_in_a_direct_message(room: Room) -> None:
    await room.ada.user.slash("defaults set", resolution="4K")

    await room.ada.user.slash("imagine", prompt="a fox")

    assert (await room.finished(await newest_job(room))).request.resolution is Resolution.FOUR_K


@scene()
async def test_a_moderator_has_prompts_rewritten_by_default_and_the_mod_log_tells(room: Room) -> None:
    log = await open_modlog(room)

    on = await by_mo(room, "defaults server", enhance="on")
    again = await by_mo(room, "defaults server", enhance="on")

    assert "### Prompts of /imagine are expanded unless a member turns that off" in on
    assert "It's already set like that" in again
    [entry] = await log.told()
    assert "turned prompt rewriting on" in entry
    assert "In this server, a chat model rewrites" in await told(room, "defaults show")


@scene()
async def test_who_is_no_moderator_decides_for_nobody_else(room: Room) -> None:
    assert "Only this server's moderators" in await told(room, "defaults server", enhance="on")
    direct = await room.world.moderator.user.slash("defaults server", enhance="on")
    assert "This only works in a server that has added Easel" in room.text(direct)
    assert not await room.world.client.library.server_enhances(room.world.channel.guild.id)  # pyright: ignore[reportOptionalMemberAccess]


@scene(EASEL_ENHANCE_MODEL="")
async def test_where_the_operator_wants_no_rewriting_it_cannot_be_the_default(room: Room) -> None:
    assert "has turned rewriting off" in await by_mo(room, "defaults server", enhance="on")
