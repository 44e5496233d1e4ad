"""The programs of child processes, run in this process, ten times as fast: where only their answer is the point."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence

import pytest


def unlimited(*, cpu_s: int) -> None:
    """In the place of limits, which would hold for the tests."""


def answer_of(program: str, data: bytes, *arguments: str) -> tuple[int, bytes]:
    """The exit status and the output of a child with `data` as its input."""
    module, out = importlib.import_module(program), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True))
        patch.setattr(module, "limit_this_process", unlimited)
        status: int = module.main(*arguments)
        return status, out.getvalue()


async def run_here(
    program: str, arguments: Sequence[str], data: bytes, *, max_bytes: int, timeout_s: float
) -> tuple[int, bytes]:
    """In the place of `bot.child.run_child`."""
    return answer_of(program, data, *arguments)
