"""Answers made to stop a bot: jobs meet them over real sockets while members go on using it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from bot.domain.jobs import JobState
from bot.sandbox.faults import Fault
from tests.e2e.nursery import Child
from tests.e2e.serving import serve
from tests.e2e.town import open_town

ANSWERED_S: Final = 1.0
MIB: Final = 1024 * 1024
MOST_MIB: Final = 150
HOSTILE: Final = (Fault.HEAP, Fault.FLOOD)
ROUNDS: Final = 4


def peak_bytes(child: Child) -> int:
    """The most memory the process ever had."""
    status = Path(f"/proc/{child.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


async def test_hostile_answers_hold_up_nobody_and_take_little_memory(tmp_path: Path) -> None:
    async with open_town(tmp_path / "data", {"EASEL_JOBS_PER_MEMBER": "20"}) as town:
        ben = town.server.add_user("ben")
        child = Child(serve, town.service("log"))
        await town.server.connected()
        answers_s: list[float] = []

        async def imagine(prompt: str, count: int = 1) -> None:
            command = await town.server.slash(
                town.ada, town.art, "imagine", {"prompt": prompt, "count": count}
            )
            await command.acked()

        async def use_until_done() -> None:
            async with asyncio.timeout(30):
                while town.open_jobs():
                    answer = await town.server.slash(ben, town.art, "me")
                    await answer.acked()
                    answers_s.append(answer.ack_s)
                    await asyncio.sleep(0.01)

        await imagine("a picture before")
        await use_until_done()
        before = peak_bytes(child)
        answers_s.clear()
        for _ in range(ROUNDS):
            for fault in HOSTILE:
                town.provider.fail(fault, times=2)
                await imagine("hostile", count=2)
            await use_until_done()
            await imagine("a good one, as three unusable answers in a row would stop all calls for a while")
            await use_until_done()
        grown = (peak_bytes(child) - before) / MIB
        jobs = [await town.job(job_id) for job_id in town.job_ids()]
        child.stop()
        assert await child.ended() == 0

    assert len(answers_s) > 2
    assert max(answers_s) < ANSWERED_S
    assert grown < MOST_MIB
    assert len(jobs) == 1 + (len(HOSTILE) + 1) * ROUNDS
    assert {job.state for job in jobs} <= {JobState.DONE, JobState.FAILED}
