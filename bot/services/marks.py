"""What the marks of an attached file say, for its member. Nothing of it is stored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from bot.domain.pictures import MAX_REFERENCE_BYTES, PictureError, PictureProblem
from bot.domain.provenance import MarkReader, Marks
from bot.domain.references import Reference
from bot.errors import EaselError
from bot.services.references import ImageSource

MARKS_AT_ONCE: Final = 2  # of one process; each holds a file in memory
TURN_WAIT_S: Final = 60.0  # for a turn


class BusyError(EaselError):
    """A file was not looked at. `is_own`: another of the same member is, else too many of others were."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__("another file of this member is read" if is_own else "too many files wait")
        self.is_own = is_own


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLookup:
    """Fetches a file and reads its marks: a few files at a time, and one of each member, who else had all turns."""

    pictures: ImageSource
    reader: MarkReader
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MARKS_AT_ONCE))
    _members: set[int] = field(default_factory=set[int])

    async def read(self, reference: Reference, user_id: int) -> Marks:
        """Return the marks of the file. Raises `PictureError`, and `BusyError` where it has no turn or none in time."""
        if reference.bytes > MAX_REFERENCE_BYTES:
            raise PictureError(PictureProblem.TOO_MANY_BYTES)
        if user_id in self._members:
            raise BusyError(is_own=True)
        self._members.add(user_id)
        try:
            return await self._read_in_turn(reference)
        finally:
            self._members.discard(user_id)

    async def _read_in_turn(self, reference: Reference) -> Marks:
        try:
            async with asyncio.timeout(TURN_WAIT_S):
                await self._turns.acquire()
        except TimeoutError:
            raise BusyError(is_own=False) from None
        try:
            return await self.reader.read((await self.pictures.fetch(reference)).data)
        finally:
            self._turns.release()
