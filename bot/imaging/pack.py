"""What the provider made → what is uploaded: verified, marked, and small enough."""

from __future__ import annotations

from bot.domain.pictures import Mark, PackedPicture, PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.imaging import header as headers
from bot.imaging import provenance
from bot.imaging.container import Format, Header
from bot.imaging.fit import fit
from bot.imaging.pixels import copy_cost_bytes, decode_cost_bytes, develop, verify

_LARGEST_MARK_BYTES = 1024  # a new packet and its chunk take about 600


def read_result(data: bytes) -> Header:
    """The header of a JPEG, PNG or WebP, by its bytes: providers mislabel. Raises `PictureError`."""
    header = headers.read(data)
    if header.format is Format.GIF:
        raise PictureError(PictureProblem.UNKNOWN_FORMAT, detail="a result as GIF")
    return header


def pack(data: bytes, header: Header, *, mark: Mark, max_bytes: int) -> PackedPicture:
    """The same bytes with the mark where they fit; else a smaller copy with it. Raises `PictureError`."""
    verify(data, header)
    marked = provenance.mark_bytes(data, header.format, mark)
    if len(marked) <= max_bytes:
        return _packed(marked, header.format, header.size, fitted=False)
    packet = provenance.packet_for_copy(data, header.format, mark)
    image = develop(data, header, keep_alpha=True)
    smaller = fit(image, max_bytes - _room_for(packet))
    marked = provenance.with_packet(smaller.data, smaller.format, packet)
    return _packed(marked, smaller.format, smaller.size, fitted=True)


def pack_cost_bytes(data: bytes, header: Header, max_bytes: int) -> int:
    """What `pack` may take at its peak, in bytes."""
    may_need_copy = len(data) + _LARGEST_MARK_BYTES > max_bytes
    return copy_cost_bytes(header, data) if may_need_copy else decode_cost_bytes(header, data)


def _room_for(packet: bytes) -> int:
    """The packet and the segment or chunks around it: at most 33 bytes for JPEG, 27 for WebP."""
    return len(packet) + 64


def _packed(data: bytes, file_format: Format, size: Size, *, fitted: bool) -> PackedPicture:
    return PackedPicture(
        data=data, mime=file_format.mime, extension=file_format.extension, size=size, fitted=fitted
    )
