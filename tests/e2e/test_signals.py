"""How `python -m bot` ends, and when it does not begin."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, cast

import discord
import pytest

from bot.app.run import App, Role
from bot.domain.jobs import JobState
from tests.conftest import absent
from tests.e2e.nursery import Child
from tests.e2e.serving import command
from tests.e2e.town import Town, open_town
from tests.wire.interactions import Dispatched

ROOT: Final = Path(__file__).parents[2]
PROMPT_END_S: Final = (
    10.0  # about a second, on a machine with other things to do; who waits for something takes 20
)
RESTART_S: Final = 20
NAMESPACE: Final = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path / "data", {"EASEL_WORKER_CONCURRENCY": "1"}) as town:
        yield town


def easel(town: Town, name: str = "bot", **environ: str) -> Child:
    """`python -m bot`; what it prints is in `name`.txt."""
    return Child(command, town.service(name, environ=environ))


def log_of(town: Town, name: str = "bot") -> str:
    path = town.folder / f"{name}.txt"
    return path.read_text() if path.exists() else ""


async def wait_for_line(town: Town, text: str) -> None:
    async with asyncio.timeout(30):
        while text not in log_of(town):  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)


async def painting(town: Town) -> Dispatched:
    """A command whose picture the provider holds back."""
    town.provider.hold()
    await town.server.connected()
    asked = await town.server.slash(town.ada, town.art, "imagine", {"prompt": "a red fox"})
    await town.provider.wait_arrived(1)
    return asked


async def ended_in_s(process: Child, expected_status: int) -> float:
    began = time.monotonic()
    assert await process.ended() == expected_status
    return time.monotonic() - began


async def test_an_idle_easel_ends_at_once(town: Town) -> None:
    process = easel(town)
    await town.server.connected()
    process.stop()
    assert await ended_in_s(process, 0) < PROMPT_END_S


async def test_an_easel_that_is_still_starting_ends_too(town: Town) -> None:
    process = easel(town)
    await town.server.wait_for(lambda: town.server.asked("GET", "/gateway/bot"))
    process.stop()
    assert await ended_in_s(process, 0) < PROMPT_END_S


@pytest.mark.parametrize("held", ["/users/@me", "/oauth2/applications/@me", "/applications/*/commands"])
async def test_an_easel_that_waits_for_discords_answer_ends_too(town: Town, held: str) -> None:
    answer = town.server.hold("*", held)
    process = easel(town)
    await town.server.wait_for(lambda: answer.hits)
    process.stop()
    assert await ended_in_s(process, 0) < PROMPT_END_S


@pytest.mark.parametrize(
    ("path", "line"),
    [("/users/@me", "Discord does not answer"), ("/gateway/bot", "Discord's gateway does not answer")],
)
async def test_an_easel_that_leaves_discord_alone_for_a_while_ends_too(
    town: Town, path: str, line: str
) -> None:
    blocked = town.server.fail("GET", path, status=429, body=b"<html>", times=None)
    process = easel(town)
    await wait_for_line(town, line)
    process.stop()
    assert await ended_in_s(process, 0) < PROMPT_END_S
    assert blocked.hits == 1
    assert log_of(town).count("does not answer") == 1
    assert "Traceback" not in log_of(town)


async def test_an_easel_that_waits_for_its_database_ends_too(town: Town) -> None:
    process = easel(town, DATABASE_URL="postgresql://easel@127.0.0.1:1/easel")
    await wait_for_line(town, "the database does not answer")
    process.stop()
    assert await ended_in_s(process, 0) < PROMPT_END_S
    [_] = log_of(town).splitlines()


async def test_a_token_that_is_refused_is_one_line_and_for_a_person(town: Town) -> None:
    process = easel(town, DISCORD_TOKEN="refused")
    assert await process.ended() == 2
    [line] = log_of(town).splitlines()
    assert line.startswith("easel: Discord does not accept DISCORD_TOKEN: create ")


async def test_a_token_that_is_reset_meanwhile_ends_easel_once_the_running_job_is_delivered(
    town: Town,
) -> None:
    process = easel(town)
    asked = await painting(town)
    await town.server.drop_gateways(4004)
    await wait_for_line(town, "stopping: 1 jobs may finish")
    town.provider.release()
    assert await process.ended() == 2
    assert asked.message is not None
    assert len(asked.message.attachments) == 1
    *_, last = log_of(town).splitlines()
    assert last.startswith("easel: Discord does not accept DISCORD_TOKEN: create ")
    assert "Traceback" not in log_of(town)


async def test_a_job_under_way_is_finished_and_no_other_is_begun(town: Town) -> None:
    process = easel(town)
    first = await painting(town)
    second = await town.server.slash(town.ada, town.art, "imagine", {"prompt": "a blue fox"})
    await second.acked()
    process.stop()
    town.provider.release()
    assert await ended_in_s(process, 0) < PROMPT_END_S
    assert [len(each.message.attachments) for each in (first, second) if each.message] == [1, 0]
    states = [(await town.job(job_id)).state for job_id in town.job_ids()]
    assert states == [JobState.DONE, JobState.QUEUED]

    town.server.advance(RESTART_S)
    assert await town.life(ahead_s=RESTART_S).ended() == 0
    assert len(town.cards()) == len(town.messages()) == 2
    assert set(town.charged_by_render().values()) == {1}


async def test_what_takes_longer_than_the_grace_period_is_handed_back(town: Town) -> None:
    process = easel(town, EASEL_SHUTDOWN_GRACE_S="0.2")
    await painting(town)
    process.stop()
    assert await ended_in_s(process, 0) < PROMPT_END_S
    [job_id] = town.job_ids()
    assert (await town.job(job_id)).state is JobState.RENDERING
    town.provider.release()
    await town.provider.wait_decided(1)

    assert await town.life().ended() == 0  # by the same clock: nobody had to wait for a lease
    [card] = town.messages()
    assert len(card.attachments) == 1
    spend = await town.spend()
    assert (len(town.charged()), spend.calls) == (2, 2)


async def test_a_second_easel_on_the_same_file_says_so_and_ends(town: Town) -> None:
    first = easel(town)
    await town.server.connected()
    second = easel(town, "second")
    assert await second.ended() == 2
    [line] = (town.folder / "second.txt").read_text().splitlines()
    assert "another Easel uses" in line
    first.stop()
    assert await first.ended() == 0


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "AIMLAPI_API_KEY"])
async def test_a_missing_secret_is_one_readable_line(town: Town, name: str) -> None:
    process = easel(town, **{name: ""})
    assert await process.ended() == 2
    [line] = log_of(town).splitlines()
    assert line.startswith(f"easel: {name} is not set: create ")


async def test_sigterm_ends_an_easel_that_is_pid_1(town: Town) -> None:
    """As in a container: the kernel gives PID 1 no default action for SIGTERM."""
    if not _may_make_namespaces():
        absent("the right to make a PID namespace (unshare)")
    process = await asyncio.create_subprocess_exec(
        *NAMESPACE,
        *(sys.executable, "-m", "tests.e2e", town.server.rest_base, town.server.gateway_url),
        cwd=town.folder,
        env=_python() | town.settings(),
        stderr=subprocess.DEVNULL,
    )
    await town.server.connected(timeout_s=30)
    began = time.monotonic()
    os.kill(_only_child(process.pid), signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), timeout=30) == 0
    assert time.monotonic() - began < PROMPT_END_S


async def test_a_gateway_that_loses_a_cancellation_is_cancelled_again() -> None:
    class Connecting:
        """Does as discord.py does in `wait_for` before Python 3.12: the first cancellation goes nowhere."""

        async def connect(self) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.Event().wait()

    stop = asyncio.Event()
    stop.set()
    client = cast(discord.Client, Connecting())
    app = App(role=Role.GATEWAY, base=cast(Any, None), client=client, worker=None, modlog_worker=None)
    async with asyncio.timeout(30):
        await app.run(stop)


def _python() -> dict[str, str]:
    """What Python itself needs to run from another folder."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


def _may_make_namespaces() -> bool:
    if shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0


def _only_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
