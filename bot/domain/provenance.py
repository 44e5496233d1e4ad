"""What files say about their making: marks and signatures, and the ports that sign results and read files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.pictures import Mark

MAX_MANIFEST_BYTES: Final = 48 * 1024  # of a signature with its certificates; one of ours takes about 3 KiB
MAX_TOLD: Final = 200  # characters of each text that is taken from a file


# Values of IPTC's DigitalSourceType: made by a model, or with one.
EDITED_SOURCES: Final = frozenset({Mark.COMPOSITE.value, "compositeSynthetic"})
AI_SOURCES: Final = frozenset({Mark.GENERATED.value}) | EDITED_SOURCES


class Signer(Protocol):
    """Signs results. A signature adds at most `room_bytes`; `has_failed` is whether one failed since the start."""

    @property
    def room_bytes(self) -> int: ...
    @property
    def has_failed(self) -> bool: ...

    def sign(self, data: bytes, mime: str, mark: Mark) -> bytes:
        """Return the finished JPEG, PNG, WebP or MP4 with a signature, which any later change breaks.

        Blocks: call it in a thread. Never raises: a result is paid for, so where signing fails it stays as it is, and
        `has_failed` becomes True.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a file's XMP says of its making. Anybody can write that, so it proves nothing.

    `source_type` is a value of IPTC's DigitalSourceType, such as `trainedAlgorithmicMedia`, or another text.
    """

    source_type: str = ""
    tool: str = ""

    @property
    def is_ai(self) -> bool:
        return self.source_type in AI_SOURCES


class SignatureState(StrEnum):
    """What reading a signature (C2PA) came to."""

    INTACT = "intact"  # nothing has changed since
    CHANGED = "changed"  # the file is not the one that was signed: edited since, or given a copied signature
    # Unchanged, but its certificate is past its end and no time stamp says when it was made.
    EXPIRED = "expired"
    BROKEN = "broken"  # no signature that can be judged, whatever is in its place
    SLOW = "slow"  # not judged: reading it took too long
    UNCHECKED = "unchecked"  # signatures cannot be read here


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A file's signature. `is_ours` says that it was made with this Easel's certificate, or another of its authority.

    `signer` is the name in the certificate, which means nothing unless somebody vouches for it; `tool` is the program
    that signed; `source_type` is as in `Label`, `is_of_ingredient` if something that the file was made of has it. Texts
    are "" where the file does not say.
    """

    state: SignatureState
    is_ours: bool = False
    signer: str = ""
    tool: str = ""
    source_type: str = ""
    is_of_ingredient: bool = False

    @property
    def is_ai(self) -> bool:
        return self.source_type in AI_SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Everything that a file says about its making."""

    label: Label | None = None
    signature: Signature | None = None


class MarkReader(Protocol):
    """Reads the marks of files that strangers made."""

    async def read(self, data: bytes) -> Marks:
        """Read a JPEG, PNG, WebP or MP4 without decoding it. Raises `PictureError` for anything else."""
        ...


class SigningStore(Protocol):
    """Tells operators that results are not signed."""

    async def note_unsigned(self, *, is_failing: bool, now: datetime) -> bool:
        """Tell operators once that signing fails, until it is noted to work; return whether that is news."""
        ...
