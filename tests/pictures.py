"""What makes pictures cheap in tests: each is painted, cleaned and made small once in a process.

All of that depends on nothing but its arguments, and most tests ask for a picture that another one asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import count
from typing import Any

import pytest

import bot.sandbox.provider
from bot.domain.sizes import Size
from bot.imaging.pack import pack, shrink
from bot.imaging.pixels import clean
from bot.imaging.sheet import draw_sheet
from bot.imaging.tile import thumbnail
from bot.sandbox.painter import paint_plain


@lru_cache(maxsize=512)
def _painted(size: Size, seed: int | None, salt: int) -> bytes:
    return paint_plain("", size, seed, salt)


def _paint_plain(prompt: str, size: Size, seed: int | None, salt: int) -> bytes:
    """Paint without regard to the prompt: Easel gives every picture a seed of its own, and tests share those."""
    return _painted(size, seed, 0 if seed is not None else salt)


bot.sandbox.provider.paint_plain = _paint_plain


@cache
def _remembered(work: Callable[..., Any]) -> Callable[..., Any]:
    return lru_cache(maxsize=512)(work)


def remember_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let imaging remember what it made of a file, and every test's jobs have the same ids: seeds follow from them."""
    for work in (clean, draw_sheet, pack, shrink, thumbnail):
        monkeypatch.setattr(f"bot.imaging.pillow_imaging.{work.__name__}", _remembered(work))
    numbers = count()
    monkeypatch.setattr("bot.services.submissions.new_job_id", lambda: f"j{next(numbers):09d}")
