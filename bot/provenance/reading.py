"""The port `MarkReader`: XMP read in a thread, signatures in a child that cannot outlive its time."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import msgspec

from bot.child import run_child
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.provenance import MAX_TOLD, Label, Marks, Signature, SignatureState
from bot.formats import header as headers
from bot.formats import jpeg, mp4, png, webp, xmp
from bot.formats.container import Format, Markable
from bot.provenance.credentials import Credentials, is_installed

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 30.0
_MAX_ANSWER_BYTES: Final = 16 * 1024
_KILLED: Final = (-9, -24)  # SIGKILL and SIGXCPU: how the limit of processor time ends it
_PROGRAM: Final = "bot.provenance.reader_process"
_CONTAINERS: Final[dict[Format, Markable]] = {Format.JPEG: jpeg, Format.PNG: png, Format.WEBP: webp}


class Told(msgspec.Struct):
    """What the child says of a signature. `is_trusted`: by a certificate that our authority signed."""

    state: SignatureState
    is_trusted: bool = False
    signer: str = ""
    tool: str = ""
    source_type: str = ""
    is_of_ingredient: bool = False


class FileMarks:
    """Implements `bot.domain.provenance.MarkReader`. One signature is read at a time.

    `credentials` are the bot's own, None where it does not sign. `can_read_signatures` is for tests.
    """

    def __init__(self, credentials: Credentials | None, *, can_read_signatures: bool | None = None) -> None:
        self._credentials = credentials
        self._can_read = is_installed() if can_read_signatures is None else can_read_signatures
        self._reading = asyncio.Semaphore(1)

    async def read(self, data: bytes) -> Marks:
        """Read what a file says of its making, see the port."""
        mime, label, is_signed = await asyncio.to_thread(_look_at, data)
        return Marks(label=label, signature=await self._signature(data, mime) if is_signed else None)

    async def _signature(self, data: bytes, mime: str) -> Signature:
        if not self._can_read:
            return Signature(state=SignatureState.UNCHECKED)
        own = self._credentials
        arguments = (mime, own.authority) if own is not None else (mime,)
        try:
            async with self._reading:
                status, answer = await run_child(
                    _PROGRAM, arguments, data, max_bytes=_MAX_ANSWER_BYTES, timeout_s=TIMEOUT_S
                )
        except OSError as error:  # no process, no memory or no pipe left for another; or no answer in time
            log.warning("a signature in %s bytes was not read: %s", len(data), type(error).__name__)
            is_late = isinstance(error, TimeoutError)
            return Signature(state=SignatureState.SLOW if is_late else SignatureState.UNCHECKED)
        try:
            told = msgspec.json.decode(answer, type=Told)
        except msgspec.DecodeError:  # a crash of the library, or a file beyond its limits
            log.warning("a signature in %s bytes ended its reader with %s", len(data), status)
            return Signature(state=SignatureState.SLOW if status in _KILLED else SignatureState.BROKEN)
        return Signature(
            state=told.state,
            is_ours=own is not None and told.is_trusted and told.signer == own.signer,
            signer=told.signer[:MAX_TOLD],
            tool=told.tool[:MAX_TOLD],
            source_type=told.source_type[:MAX_TOLD],
            is_of_ingredient=told.is_of_ingredient,
        )


def _look_at(data: bytes) -> tuple[str, Label | None, bool]:
    """Return the media type, what the XMP says, and whether there is a signature. Raises `PictureError`."""
    if mp4.is_video(data):
        mime, container = mp4.MIME, mp4
    elif (found := headers.sniff(data)) in _CONTAINERS:
        mime, container = found.mime, _CONTAINERS[found]
    else:
        raise PictureError(PictureProblem.UNKNOWN_FORMAT, detail=found.value)
    packet = container.xmp(data) or b""
    label = Label(source_type=xmp.source_type(packet)[:MAX_TOLD], tool=xmp.creator_tool(packet)[:MAX_TOLD])
    return mime, label if label != Label() else None, container.is_signed(data)
