"""What members do during a storm: a handful of commands, some of which they cancel."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.e2e.town import Town, cancel_button, draft_button
from tests.faults import pace
from tests.wire.interactions import Dispatched
from tests.wire.painter import png
from tests.wire.state import Message, User

MEMBERS: Final = 4
SPREAD_S: Final = 25.0  # over which the commands come
OFFER_S: Final = 30.0  # until somebody gives up on an offer
PATIENCE_S: Final = 120.0  # until somebody gives up on a bot that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One command: who gives it when, and when they press *Cancel* (None: never)."""

    at_s: float
    member: int
    name: str
    options: dict[str, Any]
    cancel_after_s: float | None

    @property
    def is_video(self) -> bool:
        return self.name == "animate"

    @property
    def prompt(self) -> str:
        return self.options["prompt"]


def wishes(seed: int, jobs: int | None = None, *, videos: float = 0.0) -> list[Wish]:
    """Return the commands of a seed; 8–15 of them unless `jobs` says how many. A share of `videos` asks for videos."""
    chance, of_videos = random.Random(f"{seed}/members"), random.Random(f"{seed}/videos")
    number = chance.randint(8, 15)
    wanted = [_wish(chance, index) for index in range(jobs or number)]
    return [_filmed(wish, of_videos) if of_videos.random() < videos else wish for wish in wanted]


def _filmed(wish: Wish, chance: random.Random) -> Wish:
    options = {"prompt": wish.prompt, "seconds": chance.choice((6, 10))}
    return replace(wish, name="animate", options=options)


def _wish(chance: random.Random, index: int) -> Wish:
    options: dict[str, Any] = {
        "prompt": f"picture number {index:03}",
        "count": chance.choice((1, 1, 1, 2, 3)),
    }
    is_edit = chance.random() < 0.2
    is_private = chance.random() < 0.15
    is_enhanced = chance.random() < 0.1
    if not is_edit:
        options |= {"private": is_private, "enhance": is_enhanced}
    return Wish(
        at_s=SPREAD_S * chance.random() ** 2,  # most of them come early
        member=chance.randrange(MEMBERS),
        name="edit" if is_edit else "imagine",
        options=options,
        cancel_after_s=chance.uniform(0.5, 15) if chance.random() < 0.25 else None,
    )


async def act(town: Town, wanted: list[Wish]) -> dict[str, Dispatched]:
    """Give all commands at their time; return what became of them, by prompt."""
    people = [town.server.add_user(f"member{number}") for number in range(MEMBERS)]
    given: dict[str, Dispatched] = {}

    async def give(wish: Wish) -> None:
        await pace.sleep(wish.at_s)
        await town.server.connected(timeout_s=pace.on_the_wall(PATIENCE_S))
        given[wish.prompt] = command = await _use(town, people[wish.member], wish)
        if wish.is_video:
            command = await _accept(town, command)
            if command is None:
                return
        if wish.cancel_after_s is not None:
            await pace.sleep(wish.cancel_after_s)
            await _press_cancel(town, command)

    async with asyncio.TaskGroup() as group:
        for wish in wanted:
            group.create_task(give(wish), name=wish.prompt)
    return given


async def _use(town: Town, member: User, wish: Wish) -> Dispatched:
    files = {"image": ("cat.png", png(640 if wish.is_video else 64))} if wish.name != "imagine" else {}
    return await town.server.slash(member, town.art, wish.name, wish.options, attachments=files)


async def _accept(town: Town, command: Dispatched) -> Dispatched | None:
    """Press the price of the video that is offered; None if no offer came."""

    def offer() -> tuple[Message, str] | None:
        button = draft_button(command.message) if command.message is not None else None
        return (command.message, button) if command.message is not None and button else None

    with suppress(TimeoutError, LookupError):
        pressed = await town.server.wait_for(offer, timeout_s=pace.on_the_wall(OFFER_S))
        if pressed is not None:
            return await town.server.click(command.user, *pressed)
    return None


async def _press_cancel(town: Town, command: Dispatched) -> None:
    message = command.message
    button = cancel_button(message) if message is not None else None
    if message is not None and button is not None:
        with suppress(LookupError):  # gone while they looked
            await town.server.click(command.user, message, button)
