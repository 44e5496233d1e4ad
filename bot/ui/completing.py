"""Completion while somebody types: what is there in time, else nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

from discord.app_commands import Choice

log = logging.getLogger(__name__)
IN_TIME_S: Final = 0.25  # who types waits for an answer to each letter
T = TypeVar("T", str, int, float)


async def in_time(
    work: Coroutine[Any, Any, list[Choice[T]]], fallback: Sequence[Choice[T]] = ()
) -> list[Choice[T]]:
    """The choices that `work` finds; the `fallback` where it takes too long or breaks. Never raises.

    What takes too long is cancelled, but not waited for: to let go of a database may take a while too.
    """
    task = asyncio.create_task(work, name="easel-completion")
    task.add_done_callback(_note)
    done, _ = await asyncio.wait({task}, timeout=IN_TIME_S)
    if not done:
        task.cancel()
        return list(fallback)
    return task.result() if task.exception() is None else list(fallback)


def _note(task: asyncio.Task[Any]) -> None:
    """Whatever went wrong: nobody typing could do anything about it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("nothing is offered: %s", type(error).__name__)
