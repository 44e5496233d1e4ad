"""Pictures in messages, when their addresses have died."""

from __future__ import annotations

from typing import Protocol

from bot.domain.references import Posted


class PostedPictures(Protocol):
    """Asks Discord for a message again: it signs a fresh address with each answer."""

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        """A fresh address; None when the message or the picture is gone, or may not be seen.

        Raises `PictureError`: UNREACHABLE when Discord could not answer just now.
        """
        ...
