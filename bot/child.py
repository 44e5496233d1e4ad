"""Child processes that read a stranger's bytes: apart from the bot, bounded, and without its environment.

`run_child` is the bot's side. The child calls `limit_this_process` before it reads anything.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

# Bytes. 10 s of 1920×1080 take 630 MiB of them for a file of 50 MB, 710 for one of 140, and half of that is memory.
# With more, a hostile file would end the bot before it ends its own process: the container has 1536 MiB for both.
MAX_ADDRESSES: Final = 1024**3
NICENESS: Final = 10
_PIECE: Final = 256 * 1024


def limit_this_process(*, cpu_s: int) -> None:
    """Yield to the bot, and limit processor time, memory and written files to `cpu_s`, MAX_ADDRESSES and none.

    Windows has no such limits.
    """
    with suppress(ImportError):
        import resource

        for what, most in (
            (resource.RLIMIT_AS, MAX_ADDRESSES),
            (resource.RLIMIT_CPU, cpu_s),
            (resource.RLIMIT_FSIZE, 0),  # pipes have no size
            (resource.RLIMIT_CORE, 0),
        ):
            with suppress(ValueError, OSError):  # it is lower already
                resource.setrlimit(what, (most, most))
        os.nice(NICENESS)


async def run_child(
    program: str, arguments: Sequence[str], data: bytes, *, max_bytes: int, timeout_s: float
) -> tuple[int, bytes]:
    """Run a module of ours with `data` as its input.

    Return its exit status and at most a little over `max_bytes` of its output. However this ends, the process has ended
    too. Raises `TimeoutError`, and `OSError` where no process can be started.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-B",
        "-m",
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
    )
    pipe_in, pipe_out = process.stdin, process.stdout
    if pipe_in is None or pipe_out is None:
        raise RuntimeError("a process without the pipes that it was asked for")
    feeding = asyncio.create_task(_feed(pipe_in, data), name="easel-child-input")
    try:
        async with asyncio.timeout(timeout_s):
            made = await _read(pipe_out, max_bytes)
            if len(made) > max_bytes:
                return 0, made
            return await process.wait(), made
    finally:
        feeding.cancel()
        if process.returncode is None:
            process.kill()
        rest = pipe_out.read()  # which a pipe may still hold: until then asyncio does not see the end
        await asyncio.gather(rest, process.wait(), feeding, return_exceptions=True)


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    view = memoryview(data)
    try:
        for start in range(0, len(data), _PIECE):
            pipe.write(view[start : start + _PIECE])
            await pipe.drain()
        pipe.close()
        await pipe.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        return  # the child closed its input: it needs no more


async def _read(pipe: asyncio.StreamReader, max_bytes: int) -> bytes:
    made = bytearray()
    while len(made) <= max_bytes and (piece := await pipe.read(_PIECE)):
        made += piece
    return bytes(made)


def _environment() -> Mapping[str, str]:
    """Return the child's environment: where modules are, and none of our secrets. Windows needs the second."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {"PYTHONPATH": os.pathsep.join(sys.path), **kept}
