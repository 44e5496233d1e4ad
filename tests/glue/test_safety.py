"""What is never painted, what is painted in age-restricted channels alone, and what the provider stops."""

from __future__ import annotations

from typing import Final

import discord
import pytest
import simcord
from sqlalchemy import update

from bot.domain.content.safety import SafetyConcern
from bot.domain.jobs import JobState
from bot.sandbox.faults import Fault
from bot.storage.schema import jobs
from tests.glue.moderating import (
    Painted,
    all_text,
    buttons,
    by_mo,
    newest_job,
    open_modlog,
    paint,
    refused,
    restrict_by_age,
    whispered,
)
from tests.glue.room import Room, open_room, scene
from tests.glue.test_creating import png
from tests.unit.domain.content.prompts import REFUSED

NEVER = "### Not allowed anywhere\nEasel makes no "
MINORS = f"{NEVER}sexual pictures of minors, in any server or channel."
REAL_PEOPLE = f"{NEVER}nude or sexual pictures of people who may be real, in any server or channel."
NOT_HERE = "### Not allowed here\nThis asks for adult content, and this channel isn't age-restricted."


def prompt_about(danger: SafetyConcern) -> str:
    """Words alone, without a picture, that are refused for this."""
    return next(prompt for prompt, references, why in REFUSED if why is danger and references == 0)


ADULT = prompt_about(SafetyConcern.ADULT)


async def untouched(room: Room, left: int = 50) -> None:
    """Nothing counts, nothing is under way."""
    mine = room.text(await room.use("me"))
    assert f"**{left}** of 50 pictures per day left" in mine
    assert "You have no jobs in progress." in mine


async def write_prompt(room: Room, job_id: str, prompt: str) -> None:
    """As if an Easel that knew fewer words had taken it."""
    statement = update(jobs).where(jobs.c.id == job_id).values(prompt=prompt)
    await room.world.base.store.tx(lambda conn: conn.execute(statement))


async def try_again(room: Room, painted: Painted) -> str:
    answer = await room.ada.click(room.card(painted.result), label="Try again")
    assert answer.ephemeral
    return whispered(answer)


@scene()
async def test_the_gravest_is_refused_everywhere_before_any_call(room: Room) -> None:
    log = await open_modlog(room)
    gravest = {
        prompt_about(SafetyConcern.MINORS): MINORS,
        prompt_about(SafetyConcern.UNDRESSING): REAL_PEOPLE,
    }
    for prompt, said in gravest.items():
        assert (await refused(room, prompt)).startswith(said)

    restrict_by_age(room, room.world.channel)
    for prompt, said in gravest.items():
        assert (await refused(room, prompt)).startswith(said)
        spaced = " ".join("\u200b".join(word).upper() for word in prompt.split())
        assert (await refused(room, spaced)).startswith(said)
        picture = ("me.png", png(64, 64))
        edit = await room.use("edit", prompt=prompt, image=picture, private=True)
        assert edit.ephemeral
        assert said.partition("\n")[0] in room.text(edit)
        direct = await room.ada.user.slash("imagine", prompt=prompt)
        assert all_text(direct.response.message).strip().startswith(said)

    for command, option in (("edit", "image"), ("imagine", "reference")):  # a picture makes it undressing
        result = await room.use(command, prompt=ADULT, **{option: ("me.png", png(64, 64))})
        assert result.ephemeral
        assert room.text(result).strip().startswith(REAL_PEOPLE)

    assert room.offline.calls == []
    assert await log.news() == []
    await untouched(room)


@scene()
async def test_what_was_stored_before_is_looked_at_once_more_when_it_is_tried_again(room: Room) -> None:
    failed = await paint(room, "a whale [fault:out_of_credit x1]")
    for danger, said in (
        (SafetyConcern.MINORS, MINORS),
        (SafetyConcern.UNDRESSING, REAL_PEOPLE),
        (SafetyConcern.ADULT, NOT_HERE),
    ):
        await write_prompt(room, failed.job.id, prompt_about(danger))
        assert (await try_again(room, failed)).strip().startswith(said)
    assert len(room.offline.calls) == 1
    await untouched(room)


@scene()
async def test_adult_words_are_painted_in_age_restricted_channels_and_their_threads_alone(room: Room) -> None:
    assert (await refused(room, ADULT)).startswith(NOT_HERE)
    direct = await room.ada.user.slash("imagine", prompt=ADULT)
    assert all_text(direct.response.message).strip().startswith(NOT_HERE)
    thread = await thread_in(room)
    assert NOT_HERE in room.text(await room.ada.slash(thread, "imagine", prompt=ADULT))
    assert room.offline.calls == []
    await untouched(room)

    restrict_by_age(room, room.world.channel)
    assert (await paint(room, ADULT)).job.state is JobState.DONE
    await room.ada.slash(thread, "imagine", prompt=ADULT)
    assert (await room.finished(await newest_job(room))).state is JobState.DONE
    assert len(room.offline.calls) == 2


async def thread_in(room: Room) -> simcord.ChannelHandle:
    channel = room.world.client.get_channel(room.world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="sketches", type=discord.ChannelType.public_thread)
    (thread,) = room.world.channel.threads
    return thread


@scene()
async def test_a_channel_that_is_age_restricted_no_more_stops_trying_again(room: Room) -> None:
    restrict_by_age(room, room.world.channel)
    failed = await paint(room, f"{ADULT} [fault:out_of_credit x1]")
    assert failed.job.state is JobState.FAILED

    restrict_by_age(room, room.world.channel, restricted=False)
    assert (await try_again(room, failed)).strip().startswith(NOT_HERE)
    assert len(room.offline.calls) == 1
    await untouched(room)

    restrict_by_age(room, room.world.channel)
    await room.ada.click(room.card(failed.result), label="Try again")
    assert (await room.finished(await newest_job(room))).state is JobState.DONE


# Why, and the buttons that it leaves.
REFUSALS: Final[dict[Fault, tuple[str, list[str]]]] = {
    Fault.REFUSED_PROMPT: ("It rejected the prompt.", ["Reword…"]),
    Fault.REFUSED_IMAGE: ("It rejected a picture you attached.", []),
    Fault.REAL_PERSON: ("It thinks a picture you attached shows a real person.", []),
    Fault.REFUSED_RESULT: ("It blocked the finished picture.", ["Reword…", "Try again"]),
}


async def test_what_the_provider_refuses_is_named_costs_nothing_and_is_not_asked_for_twice(
    subtests: pytest.Subtests,
) -> None:
    async with open_room({}) as room:
        for number, (fault, (why, offered)) in enumerate(REFUSALS.items(), 1):
            with subtests.test(str(fault)):
                prompt, picture = f"a fox [fault:{fault}]", ("a.png", png(64, 64))
                painted = await paint(room, prompt, command="edit", image=picture)

                card = room.card(painted.result)
                assert painted.job.state is JobState.REFUSED
                assert all_text(card).startswith(f"### The model's provider refused this\n{why}")
                assert "nothing was counted" in all_text(card)
                assert card.attachments == []
                assert buttons(card) == offered
                assert len(room.offline.calls) == number
                assert not room.offline.calls[-1].charged
                await untouched(room)
                assert "Nothing spent this month" in await by_mo(room, "budget")


@scene()
async def test_of_several_pictures_the_flagged_ones_stay_away_and_do_not_count(room: Room) -> None:
    painted = await paint(room, "three foxes [fault:refused_result x2]", count=3)

    card = room.card(painted.result)
    assert len(card.attachments) == 1
    assert "2 pictures missing, not counted: It blocked the finished picture" in all_text(card)
    assert [call.charged for call in room.offline.calls].count(True) == 1
    assert len(room.offline.calls) == 3
    await untouched(room, left=49)


@scene()
async def test_a_server_cannot_allow_what_is_never_painted(room: Room) -> None:
    tested = await by_mo(room, "filter test", prompt=prompt_about(SafetyConcern.MINORS))
    assert "This prompt would be blocked" in tested
    await by_mo(room, "limits grant", member=room.ada, images=5, reason="a prize")
    await by_mo(room, "channels allow", channel=room.world.channel)

    assert (await refused(room, prompt_about(SafetyConcern.MINORS))).startswith(MINORS)
    mine = await room.world.moderator.slash(
        room.world.channel, "imagine", prompt=prompt_about(SafetyConcern.MINORS)
    )
    assert mine.ephemeral
    assert MINORS in room.text(mine)
    assert room.offline.calls == []
