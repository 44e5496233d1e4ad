"""Sixty jobs through random faults of Discord and the provider, with random cancellations.

The seed can be set with EASEL_WEATHER_SEED. Easel's process runs ten times as fast, so that its patience fits into
the test.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.domain.jobs import TERMINAL, Job, JobState
from bot.sandbox.faults import Fault
from tests.e2e.haste import HastyClock
from tests.e2e.nursery import Child
from tests.e2e.serving import serve
from tests.e2e.town import Town, cancel_button, open_town
from tests.wire.interactions import Dispatched
from tests.wire.painter import png
from tests.wire.state import Message

SEED: Final = 432943  # it once showed a result twice
JOBS: Final = 60
MEMBERS: Final = 6
COMMAND_EVERY_S: Final = 0.04
SETTLE_S: Final = 90  # as a rule ten; a busy machine takes its time
CARD, MESSAGE = "/webhooks/*/messages/*", "/channels/*/messages"

# What happens to a call at the provider; most of the time nothing.
SKY: Final = (
    [Fault.NONE] * 14
    + [Fault.SLOW_DOWN, Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.UNAVAILABLE, Fault.GATEWAY_TIMEOUT]
    + [Fault.DROP, Fault.TRUNCATED, Fault.HTML, Fault.EMPTY, Fault.BAD_BASE64, Fault.NOT_A_PICTURE]
    + [Fault.ITEM_ERROR, Fault.REFUSED_PROMPT, Fault.REFUSED_RESULT, Fault.OUT_OF_CREDIT]
)


def gusts(town: Town) -> list[Callable[[], Any]]:
    """What happens to a request at Discord, before or after it was done."""
    server = town.server
    return [
        lambda: server.fail("PATCH", CARD, status=500),
        lambda: server.fail("PATCH", CARD, status=503, before=False),
        lambda: server.fail("PATCH", CARD, status=404, code=10008),
        lambda: server.fail("PATCH", CARD, status=502, times=5),
        lambda: server.rate_limit("PATCH", CARD, retry_after_s=1),
        lambda: server.cut("PATCH", CARD),
        lambda: server.cut("PATCH", CARD, before=False),
        lambda: server.cut("POST", MESSAGE, before=False),
        lambda: server.fail("POST", MESSAGE, status=500, before=False),
        lambda: server.cut("POST", "/interactions/*/callback", before=False),
        lambda: server.fail("POST", "/interactions/*/callback", status=500, before=False),
        lambda: server.cut("GET", "/ephemeral-attachments/*"),
    ]


@pytest.mark.timeout(180)
async def test_nothing_is_lost_or_doubled_in_bad_weather(tmp_path: Path) -> None:
    seed = int(os.environ.get("EASEL_WEATHER_SEED") or SEED)
    chance, began = random.Random(seed), time.time()
    limits = {"EASEL_JOBS_PER_MEMBER": "100", "EASEL_NOTIFY_AFTER_S": "5"}
    async with open_town(tmp_path, limits, clock=HastyClock(began)) as town:
        process = Child(serve, replace(town.service("log"), hurries_since=began))
        await town.server.connected()
        commands = await _sixty_commands(town, chance)
        await _settle(town, process)
        assert await process.ended() == 0
        assert sum(each.status is None or each.status >= 400 for each in town.server.requests) > 5
        problems = await _problems(town, commands)
    assert "\n".join(problems) == "", f"EASEL_WEATHER_SEED={seed}"


async def _sixty_commands(town: Town, chance: random.Random) -> list[Dispatched]:
    members = [town.server.add_user(f"member{number}") for number in range(MEMBERS)]
    blow = gusts(town)
    commands: list[Dispatched] = []
    for number in range(JOBS):
        town.provider.fail(chance.choice(SKY))
        if chance.random() < 0.3:
            chance.choice(blow)()
        member, prompt = chance.choice(members), f"picture number {number}"
        options: dict[str, Any] = {"prompt": prompt, "count": chance.choice([1, 1, 1, 2, 3])}
        if chance.random() < 0.2:
            files = {"image": ("cat.png", png(64))}
            command = await town.server.slash(member, town.art, "edit", options, attachments=files)
        else:
            options["private"] = chance.random() < 0.15
            command = await town.server.slash(member, town.art, "imagine", options)
        commands.append(command)
        await asyncio.sleep(chance.random() * 2 * COMMAND_EVERY_S)
        await _perhaps_cancel(town, chance, commands)
    return commands


async def _perhaps_cancel(town: Town, chance: random.Random, commands: list[Dispatched]) -> None:
    command = chance.choice(commands)
    message = command.message
    if chance.random() < 0.2 and message is not None and (button := cancel_button(message)):
        await town.server.click(command.user, message, button)


async def _settle(town: Town, process: Child) -> None:
    """The sky clears; once all jobs are over and shown, the process is asked to end."""
    town.provider.heal()
    async with asyncio.timeout(SETTLE_S):
        while town.open_jobs():  # noqa: ASYNC110  # asks from outside
            await asyncio.sleep(0.05)
    process.stop()


async def _problems(town: Town, commands: list[Dispatched]) -> list[str]:
    jobs = [await town.job(job_id) for job_id in town.job_ids()]
    cards = _cards_by_job(town, jobs)
    by_prompt = dict(enumerate(commands))
    problems: list[str] = []
    for job in jobs:
        command = by_prompt[int(job.request.prompt.rpartition(" ")[2])]
        wrong = _job_problems(town, job, cards[job.id], command)
        problems += [f"job {job.id} ({job.state}, {job.request.prompt}) {each}" for each in wrong]
    if len(jobs) != len(commands):
        problems.append(f"{len(commands)} commands became {len(jobs)} jobs")
    paid = town.charged_by_render()
    problems += [f"render {name} was paid {times} times" for name, times in paid.items() if times > 2]
    spend, calls = await town.spend(), len(town.charged())
    if not spend.calls - spend.uncertain_calls <= calls <= spend.calls:
        problems.append(f"{calls} calls were paid, the books say {spend}")
    counted = Counter({job.user_id: 0 for job in jobs})
    for job in jobs:
        counted[job.user_id] += _shown_pictures(cards[job.id])
    for user_id, images in counted.items():
        line = await town.images_counted(town.server.world.users[user_id])
        if line != (0, images):
            problems.append(f"member {user_id} has {images} pictures, counted is {line}")
    if town.spooled():
        problems.append(f"left in the spool: {town.spooled()}")
    return problems


def _cards_by_job(town: Town, jobs: list[Job]) -> dict[str, list[Message]]:
    """The messages that show each job, wherever they are; told by the prompt, which is in every card."""
    messages = [each for each in town.server.world.messages.values() if each.components and not each.deleted]
    return {job.id: [each for each in messages if _shows(each, job)] for job in jobs}


def _shows(message: Message, job: Job) -> bool:
    return f"> {job.request.prompt}'" in repr(message.components) or f"> {job.request.prompt}\\n" in repr(
        message.components
    )


def _shown_pictures(cards: list[Message]) -> int:
    return sum(len(card.attachments) for card in cards)


def _job_problems(town: Town, job: Job, cards: list[Message], command: Dispatched) -> list[str]:
    problems: list[str] = []
    if job.state not in TERMINAL or job.shown_at is None:
        problems.append("is not over")
    if job.state is JobState.DONE and _shown_pictures(cards) != len(job.pictures):
        problems.append(f"has {len(job.pictures)} pictures and shows {_shown_pictures(cards)}")
    if len([card for card in cards if card.attachments]) > 1:
        problems.append("was delivered twice")
    calls = _calls(town, cards, command)
    if calls > 1:
        problems.append(f"called its requester {calls} times")
    return problems


def _calls(town: Town, cards: list[Message], command: Dispatched) -> int:
    """The notifications for one job: by its card, by an answer to it, or by a follow-up."""
    card_ids = {card.id for card in cards}
    about = {each.id for each in town.server.world.messages.values() if each.reference_id in card_ids}
    about |= card_ids | {each.id for each in command.follow_ups}
    return sum(ping.message_id in about for ping in town.server.pings)
