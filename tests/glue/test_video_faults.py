"""Each fault of the provider of videos, over real HTTP: how its job ends, what people read, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.domain.failures import FailureCode
from bot.domain.jobs import JobState
from bot.sandbox.faults import Fault
from bot.sandbox.once import texts
from bot.ui.cards.failures import failure_text
from tests.glue.moderating import newest_job
from tests.glue.room import Room, open_room
from tests.glue.test_animate import PRICE, open_videos

PRICE_MICRO_USD = 436_800


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a job ends: without `code` its video is shown. `orders` are made, `paid` of them are on the books."""

    code: FailureCode | None = None
    state: JobState = JobState.FAILED
    orders: int = 1
    paid: int = 0


SHOWN = End(state=JobState.DONE, paid=1)
ENDS = {
    Fault.REFUSED_PROMPT: End(code=FailureCode.REFUSED_PROMPT, state=JobState.REFUSED),
    Fault.NEW_SENSITIVE: End(code=FailureCode.REFUSED_PROMPT, state=JobState.REFUSED),
    Fault.FRAME_SENSITIVE: End(code=FailureCode.REFUSED_REFERENCE, state=JobState.REFUSED),
    Fault.OUT_OF_CREDIT: End(code=FailureCode.OUT_OF_CREDIT),
    Fault.NO_CREDIT_402: End(code=FailureCode.OUT_OF_CREDIT),
    Fault.BAD_KEY: End(code=FailureCode.BAD_KEY),
    Fault.VIDEO_ERROR: End(code=FailureCode.VIDEO_FAILED),
    Fault.VIDEO_REFUSED: End(code=FailureCode.REFUSED_RESULT, state=JobState.REFUSED),
    Fault.VIDEO_TIMEOUTS: SHOWN,
    Fault.VIDEO_UNKNOWN: SHOWN,
    Fault.VIDEO_NO_URL: End(code=FailureCode.ANSWER_LOST, paid=1),
    Fault.VIDEO_FORBIDDEN: End(code=FailureCode.RESULT_UNREACHABLE, paid=1),
    Fault.VIDEO_NOT_ONE: End(code=FailureCode.RESULT_UNKNOWN_FORMAT, paid=1),
    Fault.VIDEO_LARGE: SHOWN,
}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little time between fetches as the machine needs."""
    monkeypatch.setattr("bot.services.videos.QUICK_POLL_S", 0.01)
    monkeypatch.setattr("bot.services.videos.SLOW_POLL_S", 0.01)


async def test_a_fault_of_a_video_is_told_by_its_kind_and_paid_as_promised(subtests: pytest.Subtests) -> None:
    async with open_room({"EASEL_VIDEOS_PER_DAY": str(len(ENDS))}) as room:
        await open_videos(room)
        for fault, end in ENDS.items():
            with subtests.test(str(fault)):
                await _ends(room, fault, end)


async def _ends(room: Room, fault: Fault, end: End) -> None:
    base, day = room.world.base, timedelta(days=1)

    async def counted() -> tuple[int, int, int, int]:
        now = base.clock.now()
        spent = await base.jobs.spend(since=now - day, until=now + day)
        held = await base.jobs.held(room.ada.id, now=now)
        return len(room.offline.calls), spent.calls, spent.micro_usd, held.videos

    before = await counted()
    offer = await room.use("animate", prompt=f"a fox turns its head [fault:{fault}]", private=False)
    await room.ada.click(room.card(offer), label=PRICE)
    job = await room.finished(await newest_job(room))
    channel = room.world.client.get_partial_messageable(room.world.channel.id)
    card = "\n".join(texts(await channel.fetch_message(job.card_id or 0)))
    calls, paid, micro_usd, videos = (now - then for now, then in zip(await counted(), before, strict=True))

    assert job.state is end.state
    assert (None if job.failure is None else job.failure.code) is end.code
    assert calls == end.orders
    assert (paid, micro_usd) == (end.paid, end.paid * PRICE_MICRO_USD)
    assert videos == (1 if end.state is JobState.DONE else 0)
    assert job.failure is None or failure_text(job.failure, of_video=True).why in card
