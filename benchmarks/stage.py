"""Where a bout happens: the tests' stand-ins of Discord and the provider in this process, one contestant in its own.

Two parts of the stand-ins are replaced by lean ones here, so that they never hold a contestant up: the provider sends
one picture that was encoded before, and a multipart body is cut at its boundary instead of read in pieces.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import sys
import time
from bisect import bisect
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from PIL import Image

import tests.wire.rest
from benchmarks.probe import LAG_FILE, Watch, cpu_s, read_lags, resident_mib
from tests.contract.seedream_api import SeedreamApi, serving
from tests.wire.cdn import Upload
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Dispatched
from tests.wire.state import Message, User

ROOT: Final = Path(__file__).parent.parent
LOOK_S: Final = 0.02
NOISE: Final = 0.6  # its share of a picture
START_S: Final = 60.0  # until a contestant must listen
EASEL: Final = "easel"
NAIVE: Final = "naive"
FLOOR: Final = "floor"
LARGEST_TIER: Final = 2  # uploads of 50 MiB, so that a 4K picture needs no smaller copy
# Nobody is refused and nothing waits for a slot: the others have no limits either.
UNLIMITED: Final = {
    "EASEL_WORKER_CONCURRENCY": "256",
    "EASEL_JOBS_PER_MEMBER": "100",
    "EASEL_IMAGES_PER_DAY": "",
    "EASEL_HEALTH_BIND": "",
}


@cache
def picture(side: int, n_bytes: int) -> bytes:
    """Return a square JPEG of `side` pixels and at most `n_bytes`, if it can be: gradients under fine noise."""
    noise = Image.frombytes("RGB", (side, side), random.Random(side).randbytes(3 * side * side))  # noqa: S311  # no secret
    slope = Image.linear_gradient("L").resize((side, side))  # pyright: ignore[reportUnknownMemberType]  # Pillow's stub
    slopes = Image.merge("RGB", [slope, slope.rotate(90), slope.rotate(180)])
    painted = Image.blend(slopes, noise, NOISE)
    fits = bisect(range(1, 100), n_bytes, key=lambda quality: len(_jpeg(painted, quality)))
    return _jpeg(painted, max(1, fits))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


@dataclass(kw_only=True)
class Painter:
    """The provider: sends the same picture after `latency_s`, in the answer or by its address.

    While `open` is not set, calls wait and are never answered.
    """

    api: SeedreamApi
    picture: bytes = field(repr=False)
    latency_s: float
    by_url: bool = False
    arrived: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()
        self.api.answer = self._answer
        item = {"url": f"{self.api.origin}/files/picture.jpg", "b64_json": None}
        if not self.by_url:
            item = {"url": None, "b64_json": base64.b64encode(self.picture).decode()}
        usage = {"usage": {"credits_used": 84000, "usd_spent": 0.042}}
        self._body = json.dumps({"data": [item], "meta": usage}).encode()

    async def _answer(self, request: web.Request) -> web.Response:
        self.api.seen.clear()  # the references of a hundred edits are large
        if request.path.startswith("/files/"):
            return web.Response(body=self.picture, content_type="image/jpeg")
        if request.path != "/v1/images/generations":
            return web.Response(status=404)
        await self.open.wait()
        self.arrived += 1
        await asyncio.sleep(self.latency_s)
        return web.Response(body=self._body, content_type="application/json")


@dataclass(kw_only=True, eq=False)
class Bout:
    """One contestant at work, and those who use it. `load` is what the stand-ins themselves needed so far.

    `others` are the processes of Easel's further roles.
    """

    name: str
    server: DiscordServer
    painter: Painter
    pid: int
    started_at: float
    lag_file: Path
    others: tuple[int, ...] = ()
    shown_at: dict[int, float] = field(default_factory=dict[int, float])

    def __post_init__(self) -> None:
        self.guild = next(iter(self.server.world.guilds.values()))
        self.channel = self.server.world.channels_of(self.guild.id)[0]
        self._watch = Watch(self.pid)
        self.server.world.listeners.append(self._note)
        self._watching = asyncio.create_task(self._watch.run(), name="benchmark-watch")

    def people(self, count: int) -> list[User]:
        """Add so many people."""
        return [self.server.add_user(f"member-{number}") for number in range(count)]

    async def ask(self, user: User, references: Sequence[bytes] = (), **options: str) -> Dispatched:
        """Use /imagine, or /edit with references, and return at once."""
        names = ["image", *(f"image{number}" for number in range(2, 15))]
        files = {name: (f"{name}.jpg", data) for name, data in zip(names, references, strict=False)}
        command = "edit" if references else "imagine"
        values = {"prompt": "a red fox in deep snow at dawn", **options}
        return await self.server.slash(user, self.channel, command, values, attachments=files)

    async def job(self, user: User, references: Sequence[bytes] = (), **options: str) -> float:
        """Ask for a picture; return the seconds beyond the provider's until it is shown."""
        asked = await self.ask(user, references, **options)
        return await self.shown(asked)

    async def shown(self, asked: Dispatched, *, timeout_s: float = 120) -> float:
        """Wait for the picture; return the seconds beyond the provider's from the command to its picture."""
        async with asyncio.timeout(timeout_s):
            while asked.id not in self.shown_at:  # noqa: ASYNC110  # a future for each would be set by the same note
                await asyncio.sleep(LOOK_S)
        return self.shown_at[asked.id] - asked.dispatched_at - self.painter.latency_s

    async def arrived(self, calls: int) -> None:
        """Wait until so many calls have reached the provider."""
        while self.painter.arrived < calls:  # noqa: ASYNC110  # as above
            await asyncio.sleep(LOOK_S)

    async def answered(self, asked: Sequence[Dispatched], *, timeout_s: float = 30) -> list[float]:
        """Wait for first answers; return their seconds. One that never comes counts as `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while any(each.acked_at is None for each in asked):  # noqa: ASYNC110  # waking all at each is quadratic
                    await asyncio.sleep(LOOK_S)
        return [timeout_s if each.acked_at is None else each.ack_s for each in asked]

    def cpu_s(self) -> float:
        """Return the processor time the contestant has used, in seconds."""
        return cpu_s(self.pid)

    def resident_mib(self, *, peak: bool = False) -> float:
        """Return the contestant's resident memory in MiB, now or at its highest."""
        return resident_mib(self.pid, peak=peak)

    def lags(self, *, since: float) -> list[float]:
        """Return the lags of the contestant's event loop, in seconds, since a monotonic time."""
        return read_lags(self.lag_file, since=since)

    def load(self) -> dict[str, float]:
        """Return what might have spoiled the figures: see `Watch.load`."""
        return self._watch.load()

    def end(self) -> None:
        self._watching.cancel()

    def _note(self, _event: str, message: Message) -> None:
        if message.interaction_id is not None and message.attachments:
            self.shown_at.setdefault(message.interaction_id, time.monotonic())


@asynccontextmanager
async def bout(
    name: str,
    folder: Path,
    *,
    picture: bytes,
    latency_s: float,
    by_url: bool = False,
    environ: Mapping[str, str] | None = None,
    has_probe: bool = False,
    roles: Sequence[str] = (),
    server: DiscordServer | None = None,
) -> AsyncGenerator[Bout]:
    """Start a contestant in its own process and yield once it listens; kill it at the end.

    `environ` is beside Easel's settings. With `has_probe`, the contestant writes the lag of its event loop. `roles` are
    Easel's, a process each, of which the first one listens; `server` is one with a past.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(reading_leanly())
        server = await stack.enter_async_context(server or DiscordServer())
        server.add_channel(server.add_guild("Studio", premium_tier=LARGEST_TIER), "art")
        server.wait_for_answers(60)  # late answers are counted, not refused
        api = await stack.enter_async_context(serving())
        painter = Painter(api=api, picture=picture, latency_s=latency_s, by_url=by_url)
        lag_file = folder / f"{name}-lag.txt"
        more = UNLIMITED | dict(environ or {}) | ({LAG_FILE: str(lag_file)} if has_probe else {})
        started_at = time.monotonic()
        processes: list[asyncio.subprocess.Process] = []
        for words in [[role] for role in roles] or [[]]:
            process = await _start(name, folder, server, api.origin, more, words)
            stack.push_async_callback(_kill, process)
            processes.append(process)
        await _listening(server, processes[0], folder)
        held = Bout(
            name=name,
            server=server,
            painter=painter,
            pid=processes[0].pid,
            others=tuple(each.pid for each in processes[1:]),
            started_at=started_at,
            lag_file=lag_file,
        )
        stack.callback(held.end)
        yield held


async def _start(
    name: str,
    folder: Path,
    server: DiscordServer,
    provider: str,
    environ: Mapping[str, str],
    words: Sequence[str],
) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", f"benchmarks.{name}", server.rest_base, server.gateway_url, provider]
    if name != EASEL:
        command.append(server.token)
        environ = {key: value for key, value in environ.items() if key == LAG_FILE}
    else:
        command += words
        own = {"DISCORD_TOKEN": server.token, "AIMLAPI_API_KEY": "offline", "AIMLAPI_BASE_URL": provider}
        environ = own | {"DATA_DIR": str(folder / "data")} | dict(environ)
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with (folder / f"{'-'.join([name, *words])}.txt").open("w") as log:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=inherited | {"PYTHONPATH": str(ROOT)} | dict(environ),
            stdout=log,
            stderr=log,
        )


async def _listening(server: DiscordServer, process: asyncio.subprocess.Process, folder: Path) -> None:
    """Wait until the contestant has registered its commands and hears the gateway."""
    async with asyncio.timeout(START_S):
        while not (server.gateway.live_sessions and server.commands.listed(None)):
            if process.returncode is not None:
                raise RuntimeError(f"a contestant ended by itself, see {folder}")
            await asyncio.sleep(LOOK_S)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End it at once: its folder is thrown away, and what it still does is nobody's picture."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def read_request_leanly(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """Read JSON and files of a request as `tests.wire.rest` does, but a multipart body in one piece."""
    data = await request.read()
    if not request.content_type.startswith("multipart/"):
        return (json.loads(data) if data else None), {}
    boundary = b"--" + request.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
    body: Any = None
    files: dict[int, Upload] = {}
    for part in data.split(b"\r\n" + boundary)[:-1]:
        head, _, content = part.removeprefix(boundary).lstrip(b"\r\n").partition(b"\r\n\r\n")
        names = _names_in(head.decode())
        numbered = tests.wire.rest.FILE_FIELD.fullmatch(names.get("name", ""))
        if numbered is not None:
            files[int(numbered[1])] = Upload(filename=names.get("filename", "unknown"), data=content)
        elif names.get("name") == "payload_json":
            body = json.loads(content)
    return body, files


def _names_in(head: str) -> dict[str, str]:
    """Return the parameters of a part's Content-Disposition."""
    line = next(each for each in head.split("\r\n") if each.lower().startswith("content-disposition"))
    pairs = [each.strip().partition("=") for each in line.split(";")[1:]]
    return {name: value.strip('"').replace("%5B", "[").replace("%5D", "]") for name, _, value in pairs}


@contextmanager
def reading_leanly() -> Generator[None]:
    """Let the stand-in of Discord read requests by `read_request_leanly`, until the block ends."""
    before = tests.wire.rest.read_request
    tests.wire.rest.read_request = read_request_leanly
    try:
        yield
    finally:
        tests.wire.rest.read_request = before
