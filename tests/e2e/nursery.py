"""Child processes of the tests: forked from a server that has imported everything, so that each starts at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["pytest", "tests.e2e.life", "tests.e2e.warm"])
KILLED: Final = -signal.SIGKILL


class Child:
    """A process that runs `target(*args)`; both have to be picklable."""

    def __init__(self, target: Callable[..., object], *args: Any) -> None:
        self._process = _FORKS.Process(target=target, args=args, daemon=True)
        self._process.start()

    async def ended(self, *, timeout_s: float = 30) -> int:
        """The exit status, negative for a signal. One that lives longer is killed: `TimeoutError`."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, over.set)
        try:
            async with asyncio.timeout(timeout_s):
                await over.wait()
        except TimeoutError:
            self.kill()
            raise
        finally:
            loop.remove_reader(self._process.sentinel)
            self._process.join()
        return self._process.exitcode or 0

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        self._process.terminate()

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does, until `thaw`."""
        self._send(signal.SIGSTOP)

    def tell_tasks(self) -> None:
        """Let it print where its tasks stand."""
        self._send(signal.SIGUSR1)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def _send(self, number: signal.Signals) -> None:
        if self.is_alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def write_output_to(path: str) -> None:
    """In a child: what it prints and logs goes into a file."""
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
