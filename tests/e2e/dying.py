"""A command whose process dies at one point and is started again; what is wrong afterwards, in words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.domain.jobs import Job, JobState, RenderStage
from bot.domain.moderation import SetLimit
from bot.domain.policy.rules import Limit, Scope
from tests.e2e.books import only_by_grant
from tests.e2e.nursery import KILLED
from tests.e2e.town import Town, cancel_button, draft_button, open_town
from tests.wire.interactions import Dispatched
from tests.wire.state import Message

RESTART_S: Final = 16  # how much later the second life begins, by every clock
END_S: Final = 13  # a second life that takes longer waited for the lease of the first one
AT_ONCE: Final = 3
PRICE_MICRO_USD: Final = 42_000
VIDEO_MICRO_USD: Final = 436_800
VIDEOS_OPEN: Final = SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.MAY_ANIMATE, value=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One command and how it is to end.

    Only the points from `begins_at` to `ends_at` are a matter of this story: others are another's. So are those in
    between that begin with one of `elsewhere`: what a death leaves there is what it leaves in the other story.
    """

    command: str
    options: Mapping[str, Any]
    images: int
    state: JobState = JobState.DONE
    attachments: Mapping[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    is_cancelled: bool = False
    is_moderated: bool = False  # in a server with a mod-log, where only a grant allows anything
    has_races: bool = False  # so that not every life comes by every point
    is_video: bool = False  # which is offered first, in a server that lets its members make videos
    begins_at: str = "before jobs.submit"
    ends_at: str | None = None
    elsewhere: tuple[str, ...] = ()

    async def act(self, town: Town) -> None:
        if self.is_cancelled:
            town.provider.hold()
        await town.server.connected()
        command = await town.server.slash(
            town.ada, town.art, self.command, self.options, attachments=self.attachments
        )
        if self.is_video:
            await accept_offer(town, command)
        if self.is_cancelled:
            await town.provider.wait_arrived(1)
            await (await town.cancel(command)).acked()
            town.provider.release()


async def accept_offer(town: Town, command: Dispatched) -> None:
    """Press the price of the video that is offered."""

    def offer() -> tuple[Message, str] | None:
        found = draft_button(command.message) if command.message is not None else None
        return (command.message, found) if command.message is not None and found else None

    pressed = await town.server.wait_for(offer)
    assert pressed is not None
    await town.server.click(town.ada, *pressed)


async def points_of(story: Story, folder: Path) -> list[str]:
    """Every point a process may die at, from a life in which it does not."""
    async with _town(story, folder) as town:
        child = town.life(min_jobs=1)
        await story.act(town)
        assert await child.ended() == 0, town.log()
        await town.provider.wait_decided(town.provider.arrived)
        assert await _problems(town, story, None) == []
        trace = town.trace()
    end = len(trace) if story.ends_at is None else trace.index(story.ends_at) + 1
    return trace[trace.index(story.begins_at) : end]


async def troubles(story: Story, points: Sequence[str], folder: Path) -> str:
    """What went wrong, for all points together; each line begins with its point."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def at(number: int, point: str) -> list[str]:
        async with gate:
            return [f"{point}: {each}" for each in await _die_at(story, point, folder / str(number))]

    found = await asyncio.gather(*(at(number, point) for number, point in enumerate(points)))
    return "\n".join(each for problems in found for each in problems)


async def _die_at(story: Story, point: str, folder: Path) -> list[str]:
    async with _town(story, folder) as town:
        child = town.life(kill_at=point, min_jobs=1)
        acting = asyncio.create_task(story.act(town))
        try:
            status = await child.ended()
        finally:
            acting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await acting
        if status == 0 and story.has_races:
            return await _problems(town, story, None)
        if status != KILLED:
            return [f"the first life ended with {status}"]
        town.provider.release()
        await town.provider.wait_decided(town.provider.arrived)
        town.server.advance(RESTART_S)
        try:
            status = await town.life(ahead_s=RESTART_S).ended(timeout_s=END_S)
        except TimeoutError:
            return [f"the second life did not end; {town.log()[-2000:]}"]
        if status != 0:
            return [f"the second life ended with {status}: {town.log()[-2000:]}"]
        return await _problems(town, story, point)


@asynccontextmanager
async def _town(story: Story, folder: Path) -> AsyncGenerator[Town]:
    async with open_town(folder, story.environ) as town:
        if story.is_video:
            await town.decide(VIDEOS_OPEN)
        elif story.is_moderated:
            await town.decide(*only_by_grant(town.ada.id))
        yield town


async def _problems(town: Town, story: Story, point: str | None) -> list[str]:
    async with town.store():
        return await _problems_on_the_books(town, story, point)


async def _problems_on_the_books(town: Town, story: Story, point: str | None) -> list[str]:
    job_ids = town.job_ids()
    if point == "before jobs.submit":
        is_left = job_ids or town.messages() or town.logged()
        return ["something is left of what was never accepted"] if is_left else await town.book_problems()
    if len(job_ids) != 1:
        return [f"{len(job_ids)} jobs"]
    job = await town.job(job_ids[0])
    return [
        *_job_problems(job, story),
        *_message_problems(_about_the_job(town, story), story),
        *_money_problems(town, story, point),
        *await _count_problems(town, story),
        *await town.book_problems(),
        *(await town.modlog_problems() if story.is_moderated else []),
        *([f"left in the spool: {town.spooled()}"] if town.spooled() else []),
        *_archive_problems(town, job),
        *([f"{len(town.server.pings)} notifications"] if len(town.server.pings) > 1 else []),
        *(["the prompt is in the log"] if str(story.options["prompt"]) in town.log() else []),
    ]


def _job_problems(job: Job, story: Story) -> list[str]:
    problems: list[str] = []
    if job.state is not story.state:
        problems.append(f"the job is {job.state}, {job.failure}")
    if job.shown_at is None or job.token is not None:
        problems.append("its end is not marked as shown")
    stages = {render.stage for render in job.renders}
    if story.state is JobState.DONE and stages != {RenderStage.PACKAGED}:
        problems.append(f"renders are {sorted(stages)}")
    return problems


def _archive_problems(town: Town, job: Job) -> list[str]:
    """What the job was made of and its pictures are kept, and nothing that was half written."""
    pictures = [f"{job.id}/in-{index}" for index in range(len(job.request.references))]
    pictures += [f"{job.id}/out-{render.index}" for render in job.pictures]
    problems: list[str] = []
    if town.kept() != sorted([*pictures, *(f"{file}.json" for file in pictures)]):
        problems.append(f"kept: {town.kept()}")
    if town.registered() != sorted(pictures):
        problems.append(f"registered as kept: {town.registered()}")
    return problems


def _about_the_job(town: Town, story: Story) -> list[Message]:
    """All messages but the answered offer of a video; it becomes the card where its press got no other answer."""
    return [
        each for each in town.messages() if not (story.is_video and each.ephemeral and not each.attachments)
    ]


def _message_problems(messages: Sequence[Message], story: Story) -> list[str]:
    """One card, with its pictures and no button that does nothing any more; and at most one call."""
    cards = [each for each in messages if each.components]
    problems: list[str] = []
    if len(cards) != 1 or len(messages) > 2:
        problems.append(f"{len(cards)} cards, {len(messages)} messages")
    if any(cancel_button(card) for card in cards):
        problems.append("a card still offers to cancel")
    if any(message.is_loading for message in messages):
        problems.append("somebody still waits for an answer")
    shown = [len(card.attachments) for card in cards]
    if shown != [story.images]:
        problems.append(f"pictures on the cards: {shown}")
    return problems


def _money_problems(town: Town, story: Story, point: str | None) -> list[str]:
    """Paid once; twice only where the one answer died with the process."""
    paid = town.charged_by_render()
    trace = town.trace()
    lost = lost_answers(trace[: trace.index(point) + 1] if point else trace, story.images)
    problems = [
        f"render {name} was paid {times} times"
        for name, times in paid.items()
        if times > (2 if int(name[-1]) in lost else 1)
    ]
    if story.state is JobState.DONE and len(paid) != story.images:
        problems.append(f"paid renders: {sorted(paid)}")
    if story.state is JobState.REFUSED and paid:
        problems.append("a refusal was paid")
    return problems


def lost_answers(trace: Sequence[str], images: int) -> set[int]:
    """The renders whose bytes were at the provider, on the way or in memory when the trace broke off."""
    return {
        index
        for index in range(images)
        if (f"before provider.render[{index}]" in trace and f"after disk.rename[{index}-raw]" not in trace)
        or (f"before videos.create[{index}]" in trace and "after disk.rename[note-raw]" not in trace)
    }


async def _count_problems(town: Town, story: Story) -> list[str]:
    """What was paid is on the books, and what counts against Ada's limits is what she got."""
    spend, paid = await town.spend(), len(town.charged())
    problems: list[str] = []
    if not spend.calls - spend.uncertain_calls <= paid <= spend.calls:
        problems.append(f"{paid} calls were paid, the books say {spend}")
    if spend.micro_usd != spend.calls * (VIDEO_MICRO_USD if story.is_video else PRICE_MICRO_USD):
        problems.append(f"{spend.calls} calls cost {spend.micro_usd}")
    counted = story.images if story.state is JobState.DONE else 0
    count = (0, counted, 0) if not story.is_video else (0, 0, counted)
    if (counts := await town.counted(town.ada)) != count:
        problems.append(f"counted: {counts}")
    return problems
