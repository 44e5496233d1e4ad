"""How the bytes of an attachment come to us."""

from __future__ import annotations

from typing import Protocol

from bot.domain.references import Reference


class ReferenceFetcher(Protocol):
    """Downloads what a person attached, from Discord and from nowhere else."""

    async def fetch(self, reference: Reference) -> bytes:
        """Raises `PictureError`: GONE when it is not there any more, UNREACHABLE when it could not be fetched
        just now, TOO_MANY_BYTES over the cap."""
        ...
