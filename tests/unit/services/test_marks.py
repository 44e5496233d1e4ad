"""Files that members have checked: a few at a time, and one of each member."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from bot.domain.pictures import MAX_REFERENCE_BYTES, PictureError, PictureProblem
from bot.domain.provenance import Marks
from bot.domain.references import Reference
from bot.services import marks
from bot.services.marks import MARKS_AT_ONCE, BusyError, MarkLookup
from bot.services.references import ImageSource


@dataclass(slots=True)
class Reader:
    """Reads once it may."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    files: int = 0

    async def fetch(self, reference: Reference) -> object:
        self.files += 1
        return SimpleNamespace(data=b"")

    async def read(self, data: bytes) -> Marks:
        await self.may.wait()
        return Marks()


def file(size: int = 9) -> Reference:
    return Reference(
        name="image", url="", filename="a.png", bytes=size, content_type=None, width=None, height=None
    )


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def lookup(reader: Reader) -> MarkLookup:
    return MarkLookup(pictures=cast(ImageSource, reader), reader=reader)


async def test_a_member_has_one_file_checked_at_a_time(reader: Reader, lookup: MarkLookup) -> None:
    first = asyncio.create_task(lookup.read(file(), 1))
    await asyncio.sleep(0)

    with pytest.raises(BusyError) as caught:
        await lookup.read(file(), 1)

    assert caught.value.is_own
    reader.may.set()
    assert [await first, await lookup.read(file(), 2), await lookup.read(file(), 1)] == [Marks()] * 3


async def test_who_gets_no_turn_in_time_is_told_that_others_have_them(
    reader: Reader, lookup: MarkLookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [asyncio.create_task(lookup.read(file(), one)) for one in range(MARKS_AT_ONCE)]
    await asyncio.sleep(0)
    monkeypatch.setattr(marks, "TURN_WAIT_S", 0)

    with pytest.raises(BusyError) as caught:
        await lookup.read(file(), 99)

    assert not caught.value.is_own
    reader.may.set()
    assert await asyncio.gather(*others) == [Marks()] * MARKS_AT_ONCE


async def test_a_file_that_is_too_large_is_not_fetched(reader: Reader, lookup: MarkLookup) -> None:
    with pytest.raises(PictureError) as caught:
        await lookup.read(file(MAX_REFERENCE_BYTES + 1), 1)

    assert (caught.value.problem, reader.files) == (PictureProblem.TOO_MANY_BYTES, 0)
