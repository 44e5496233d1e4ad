"""Wraps ports, numbers the calls that have an effect, and ends the process with SIGKILL at one of them."""

from __future__ import annotations

import functools
import os
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry
from bot.domain.ports.outside import WakeUp
from bot.domain.provider import RenderOrder
from bot.domain.video_provider import VideoOrder

P = TypeVar("P")

# Reads are left out: to die at one is to die between the two writes around it.
EFFECTS: Final[Mapping[str, frozenset[str]]] = {
    "jobs": frozenset({"submit", "card_shown", "cancel", "cancellation_shown", "withdraw"})
    | {"claim", "hand_back", "set_size", "begin_call", "end_call"}
    | {"begin_rewriting", "end_rewriting", "begin_description", "begin_alt_text", "end_alt_text"}
    | {"render_waits", "render_created", "render_done", "render_packed", "render_failed"}
    | {"finish_rendering", "deliver", "undeliverable"},
    "blobs": frozenset({"put", "drop_job"}),
    "provider": frozenset({"render", "look_up"}),
    "videos": frozenset({"create", "fetch", "look_up"}),
    "rewriter": frozenset({"rewrite"}),
    "alt_text_writer": frozenset({"write_alt_text"}),
    "presenter": frozenset({"show", "call"}),
    "fetcher": frozenset({"fetch"}),
    "imaging": frozenset({"clean", "pack"}),
    "wake_ups": frozenset({"send"}),
    "moderation": frozenset({"next_entry", "told", "tell_later"}),
    "publisher": frozenset({"tell"}),
}
_TAKES: Final = frozenset({"claim", "next_entry"})  # most of the time there is nothing to take
_RANDOM: Final = re.compile(r"-[0-9a-f]{12}")  # of a request id, in the name of a spooled file
MAX_INDEX: Final = 9


class Recorder:
    """Keeps a trace of `before NAME` and `after NAME`, and dies at the line that is `kill_at`.

    A name is `port.method[about]`, with `#2` for the second call of that name. The trace is a file, so that
    it outlives the process.
    """

    def __init__(self, trace: Path, *, kill_at: str | None) -> None:
        self._handle = os.open(trace, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._kill_at = kill_at
        self._seen: Counter[str] = Counter()

    def around(self, name: str, port: P) -> P:
        """`port`, with each of its effects passing through here."""
        return cast(P, _Recorded(self, name, port))

    def around_renames(self) -> None:
        """From now on files that are renamed into their place pass through here too; for a child process.

        Those of the spool are `disk.rename`, those that are kept after delivery `kept.rename`."""
        plain = Path.replace

        def replace(path: Path, target: str | os.PathLike[str]) -> Path:
            where = "kept" if Path(target).parent.parent.name == "kept" else "disk"
            name = self.number(f"{where}.rename[{_RANDOM.sub('-raw', Path(target).name)}]")
            self.reach(f"before {name}")
            moved = plain(path, target)
            self.reach(f"after {name}")
            return moved

        setattr(Path, "replace", replace)  # noqa: B010  # pyright knows that nobody should

    def number(self, name: str) -> str:
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}#{self._seen[name]}"

    def reach(self, line: str) -> None:
        os.write(self._handle, f"{line}\n".encode())
        if line == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class _Recorded:
    def __init__(self, recorder: Recorder, name: str, port: object) -> None:
        self._recorder = recorder
        self._name = name
        self._port = port

    def __getattr__(self, method: str) -> Any:
        plain = getattr(self._port, method)
        if method not in EFFECTS[self._name]:
            return plain
        if method in _TAKES:
            return functools.partial(self._take, plain, f"{self._name}.{method}")
        return functools.partial(self._perform, plain, f"{self._name}.{method}")

    async def _perform(self, plain: Callable[..., Awaitable[Any]], name: str, *args: Any, **more: Any) -> Any:
        name = self._recorder.number(name + _about(args))
        self._recorder.reach(f"before {name}")
        try:
            return await plain(*args, **more)
        finally:
            self._recorder.reach(f"after {name}")

    async def _take(self, plain: Callable[..., Awaitable[Any]], name: str, *args: Any, **more: Any) -> Any:
        taken = await plain(*args, **more)
        if taken is not None:
            self._recorder.reach(f"after {self._recorder.number(name)}")
        return taken


def _about(args: tuple[Any, ...]) -> str:
    """What tells two calls of one method apart: the render, the state of the job, the blob, the entry."""
    for arg in args:
        match arg:
            case Job(state=state):
                return f"[{state.value}]"
            case RenderOrder(request_id=request_id) | VideoOrder(request_id=request_id):
                return f"[{request_id.split('.')[2]}]"
            case LogEntry(topic=topic):
                return f"[{topic.value}]"
            case WakeUp(job_id=job_id):
                return "[cancel]" if job_id else "[work]"
            case int() if arg <= MAX_INDEX:
                return f"[{arg}]"
            case str() if "/" in arg and "://" not in arg:
                return f"[{_RANDOM.sub('-raw', arg.partition('/')[2])}]"
            case _:
                pass
    return ""
