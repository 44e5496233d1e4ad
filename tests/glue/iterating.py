"""What people do with results in a room, and results to do it with."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import discord
import simcord
from discord import ui

from bot.clock import SystemClock
from bot.domain.jobs import ImageRequest, Job, JobKind, ReplyScope, ReplyTarget
from bot.domain.ports.stores import Accepted
from bot.domain.prompts import album_text, scene_prompts
from bot.domain.sizes import Aspect, Resolution
from bot.services.submissions import Submission
from bot.ui.base.components import box_of, row_of, view_of
from bot.ui.base.theme import SLATE
from bot.ui.cards.buttons import EDIT, LARGER, REGENERATE, VARY
from tests.glue.moderating import guild_of, newest_job
from tests.glue.room import Room

Person = simcord.MemberActor | simcord.UserHandle
VARIED: Final = {"prompt": "a blue fox", "aspect": "16:9", "resolution": "2K", "count": "1"}
_SELECTS: Final = frozenset({"aspect", "which"})
_numbers = itertools.count(1)


async def counted(room: Room, person: Person) -> int:
    """Pictures that count against their limits."""
    base = room.world.base
    return (await base.jobs.held(person.id, now=base.clock.now())).images


async def child(room: Room) -> Job:
    """What was asked for last, once its card shows its end."""
    return await room.finished(await newest_job(room))


def card_of(room: Room, job: Job) -> discord.Message:
    """The card of a job, in the channel."""
    return next(one for one in room.world.channel.history() if one.id == job.card_id)


async def again(room: Room, person: Person, message: discord.Message) -> simcord.InteractionResult:
    return await person.click(message, label="Again")


async def vary(
    room: Room, person: Person, message: discord.Message, **values: str
) -> simcord.InteractionResult:
    form = await person.click(message, label="Vary")
    return await send(person, form, **(VARIED | values))


async def edit(
    room: Room, person: Person, message: discord.Message, instruction: str = "make it night", **values: Any
) -> simcord.InteractionResult:
    form = await person.click(message, label="Edit")
    return await send(person, form, instruction=instruction, **values)


async def enlarge(
    room: Room, person: Person, message: discord.Message, **values: str
) -> simcord.InteractionResult:
    pressed = await person.click(message, label="4K")
    return await send(person, pressed, **values) if values else pressed


async def send(person: Person, form: simcord.InteractionResult, **values: Any) -> simcord.InteractionResult:
    """Fill in what `form` opened, and send it."""
    filled_in = {name: [value] if name in _SELECTS else value for name, value in values.items()}
    return await person.submit_modal(form, filled_in)


async def posted(room: Room, *controls: ui.Item[Any]) -> discord.Message:
    """A message of Easel's in the channel, with these controls."""
    channel = room.world.client.get_channel(room.world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return await channel.send(view=view_of(box_of(SLATE, "-").add_item(row_of(*controls))))


async def row_of_result(room: Room, job_id: str) -> discord.Message:
    """The row of a result where it never was."""
    return await posted(
        room, REGENERATE.button(job_id), VARY.button(job_id), EDIT.button(job_id), LARGER.button(job_id)
    )


def a_series(shared: str, *scenes: str) -> ImageRequest:
    return ImageRequest(
        kind=JobKind.IMAGINE,
        prompt=album_text(shared, scenes),
        model="bytedance/seedream-4-5",
        aspect=Aspect.SQUARE,
        resolution=Resolution.TWO_K,
        count=len(scenes),
        prompts=scene_prompts(shared, scenes),
        is_series=True,
    )


async def paint_wish(room: Room, request: ImageRequest) -> Job:
    """Ada's, shown in the channel."""
    number = next(_numbers)
    ask = Submission(
        request=replace(request, model=room.world.client.requests.model),
        user_id=room.ada.id,
        reply_target=ReplyTarget(
            scope=ReplyScope.GUILD,
            channel_id=room.world.channel.id,
            guild_id=guild_of(room).id,
            upload_limit_bytes=10 * 1024 * 1024,
        ),
        interaction_id=number,
        application_id=room.world.client.application_id or 0,
        token=None,
    )
    outcome = await room.world.client.submissions.submit(ask)
    assert isinstance(outcome, Accepted), outcome
    await room.world.client.submissions.card_shown(outcome, None)
    return await room.finished(outcome.job.id)


@contextmanager
def hours_later(hours: float) -> Generator[None]:
    """All of Easel goes by this clock."""
    now = SystemClock.now
    SystemClock.now = lambda self: datetime.now(UTC) + timedelta(hours=hours)
    try:
        yield
    finally:
        SystemClock.now = now


async def everything_kept(room: Room, job: Job) -> None:
    """What becomes of a job after its card was shown has become of it."""
    await room.kept.until(room.world.base.blobs.jobs, lambda spooled: job.id not in spooled)


async def keep_nothing(room: Room, job: Job) -> None:
    """As if its kept pictures had been thinned out."""
    await everything_kept(room, job)
    await room.world.client.history.forget_pictures(job.id)


def let_addresses_die(room: Room) -> None:
    """No address that Discord gave out so far leads to a picture any more."""
    room.world.env.backend.cdn._blobs.clear()  # pyright: ignore[reportPrivateUsage]  # it has no way to forget


def form_of(pressed: simcord.InteractionResult) -> dict[str, dict[str, Any]]:
    """The controls of the form that was opened, by `custom_id`."""
    modal: Any = pressed.modal
    assert modal is not None, "no form was opened"
    return {one["component"]["custom_id"]: one["component"] for one in modal["components"]}
