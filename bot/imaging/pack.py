"""Packaging of results: the AI mark (IPTC's DigitalSourceType in an XMP packet), and copies under a size limit.

The packet is inserted into the file (XMP part 3: JPEG APP1, PNG iTXt, WebP chunk) and the encoded pixels stay
unchanged. Files that are marked or signed already stay byte for byte as they are.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass

from PIL import Image

from bot.domain.pictures import Mark, PackedPicture, PictureError, PictureProblem
from bot.domain.provenance import Signer
from bot.domain.provider import InputPicture
from bot.domain.sizes import Size
from bot.formats import header as headers
from bot.formats import jpeg, png, webp, xmp
from bot.formats.container import MAX_XMP_BYTES, Container, Format, Header, Markable
from bot.imaging.pixels import copy_cost_bytes, decode_cost_bytes, develop, verify

MIN_FITTED_BYTES = 20_000  # a smaller picture is not worth delivering
MAX_SIDE = 16_383  # WebP's limit, below JPEG's

_QUALITIES = (60, 68, 76, 82, 88, 92, 95)
_SHRUNK_QUALITY = 82
_WEBP_METHOD = 1  # 4096²: about a third of the default's time for a tenth more bytes
# The estimated scale can be wrong, so each step shrinks at least this much and the loop ends soon.
_MIN_SHRINK, _MAX_SHRINK, _MARGIN = 0.1, 0.85, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """An encoded copy and its size in pixels."""

    data: bytes
    format: Format
    size: Size


def fit_bytes(image: Image.Image, max_bytes: int) -> Fitted:
    """Encode `image` as JPEG, or as WebP if it has transparency, in at most `max_bytes`.

    At most three encodes search for the best quality at full size. If none fits, the picture shrinks by the
    square root of its excess, by at least 15 %, until it fits. `image` is changed in place.
    Raises `PictureError`: TOO_MANY_BYTES for a limit under MIN_FITTED_BYTES.
    """
    if max_bytes < MIN_FITTED_BYTES:
        raise PictureError(PictureProblem.TOO_MANY_BYTES, detail=f"a limit of {max_bytes} bytes")
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    best = _best_quality(image, max_bytes)
    over = encode_image(image, _QUALITIES[0]) if best is None else b""
    while best is None:
        shrink = min(max(math.sqrt(max_bytes / len(over)) * _MARGIN, _MIN_SHRINK), _MAX_SHRINK)
        image.thumbnail((image.width * shrink, image.height * shrink), Image.Resampling.LANCZOS)
        data = encode_image(image, _SHRUNK_QUALITY)
        best, over = (data, b"") if len(data) <= max_bytes else (None, data)
    return Fitted(data=best, format=_format(image), size=Size(*image.size))


def _best_quality(image: Image.Image, max_bytes: int) -> bytes | None:
    """Encode at the highest of `_QUALITIES` that fits, found by bisection; None if even the lowest does not fit."""
    best: bytes | None = None
    low, high = 0, len(_QUALITIES)
    while low < high:
        middle = (low + high) // 2
        data = encode_image(image, _QUALITIES[middle])
        if len(data) <= max_bytes:
            best, low = data, middle + 1
        else:
            high = middle
    return best


def _format(image: Image.Image) -> Format:
    return Format.WEBP if image.mode == "RGBA" else Format.JPEG


def encode_image(image: Image.Image, quality: int) -> bytes:
    """Encode a picture with transparency as WebP, any other as JPEG."""
    out = io.BytesIO()
    if _format(image) is Format.WEBP:
        image.save(out, "WEBP", quality=quality, method=_WEBP_METHOD)
    else:
        image.save(out, "JPEG", quality=quality, progressive=False)
    return out.getvalue()


def shrink(data: bytes, header: Header, *, max_bytes: int) -> InputPicture:
    """Return a reference as a JPEG of at most `max_bytes`. Raises `PictureError`."""
    fitted = fit_bytes(develop(data, header), max_bytes)
    return InputPicture(data=fitted.data, mime=fitted.format.mime, size=fitted.size)


CREATOR_TOOL = "Easel"

_SOURCE_TYPE = b"DigitalSourceType"
_CREATOR = b"CreatorTool"
_END_OF_RDF = b"</rdf:RDF>"
_ABOUT = re.compile(rb"""\brdf:about\s*=\s*(?:"([^"<]*)"|'([^'"<]*)')""")


def mark_bytes(data: bytes, file_format: Format, mark: Mark) -> bytes:
    """Return the JPEG, PNG or WebP with `mark`, or unchanged if it is signed or declares its source already."""
    return mark_in(data, _container(file_format), mark)


def mark_in(data: bytes, container: Markable, mark: Mark) -> bytes:
    """Return the file of this container with `mark`, as `mark_bytes` does."""
    if container.is_signed(data):
        return data
    old = container.xmp(data)
    if old is not None and _SOURCE_TYPE in old:
        return data
    return container.with_xmp(data, packet(mark, old))


def packet_for_copy(data: bytes, container: Markable, mark: Mark) -> bytes:
    """Return the packet for a re-encoded copy of `data`: its own if that is marked already, else a new one."""
    old = container.xmp(data)
    if old is not None and _SOURCE_TYPE in old and len(old) <= MAX_XMP_BYTES:
        return old
    return packet(mark)


def with_packet(data: bytes, file_format: Format, packet: bytes) -> bytes:
    """Return `data` with `packet` as its only XMP packet."""
    return _container(file_format).with_xmp(data, packet)


def signature_room(data: bytes, container: Markable, signer: Signer | None) -> int:
    """Return the most that a signature will add: nothing to a file that anybody signed already."""
    return 0 if signer is None or container.is_signed(data) else signer.room_bytes


def signed(data: bytes, container: Markable, mime: str, mark: Mark, signer: Signer | None) -> bytes:
    """Return the finished file with a signature that says what its own mark says, `mark` where that is another value.

    A file that is signed already stays as it is.
    """
    if signer is None or container.is_signed(data):
        return data
    told = xmp.source_type(container.xmp(data) or b"")
    return signer.sign(data, mime, Mark(told) if told in set(Mark) else mark)


def packet(mark: Mark, old: bytes | None = None) -> bytes:
    """Return an XMP packet that declares `mark`.

    It is `old` with the missing properties added if `old` is readable and stays small enough, else a new one.
    """
    if old is not None and old.count(_END_OF_RDF) == 1 and _is_utf8(old):
        about = _ABOUT.search(old)
        subject = (about[1] or about[2] or b"") if about else b""
        addition = _description(mark, subject=subject, with_creator=_CREATOR not in old)
        merged = old.replace(_END_OF_RDF, addition + _END_OF_RDF)
        if len(merged) <= MAX_XMP_BYTES:
            return merged
    return (
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        + _description(mark)
        + b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def _description(mark: Mark, *, subject: bytes = b"", with_creator: bool = True) -> bytes:
    creator = f"<xmp:CreatorTool>{CREATOR_TOOL}</xmp:CreatorTool>" if with_creator else ""
    return (
        b'<rdf:Description rdf:about="' + subject + b'"'
        b' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        b' xmlns:xmp="http://ns.adobe.com/xap/1.0/"><Iptc4xmpExt:DigitalSourceType>'
        + f"{xmp.SOURCE_TYPES}{mark.value}</Iptc4xmpExt:DigitalSourceType>{creator}</rdf:Description>".encode()
    )


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _container(file_format: Format) -> Container:
    containers: dict[Format, Container] = {Format.JPEG: jpeg, Format.PNG: png, Format.WEBP: webp}
    return containers[file_format]


_LARGEST_MARK_BYTES = 1024  # a new packet and its chunk take about 600


def pack(
    data: bytes, header: Header, *, mark: Mark, max_bytes: int, signer: Signer | None = None
) -> PackedPicture:
    """Return the same picture with the mark, or a smaller marked copy if it exceeds `max_bytes`; signed at the end.

    Raises `PictureError` if the picture is damaged or cannot be made small enough. What fits is not decoded if its
    file is complete: its thumbnail is the first to be, when somebody looks at history.
    """
    if header.is_complete:
        headers.check_complete(data, header)
    else:
        verify(data, header)
    container = _container(header.format)
    marked = mark_bytes(data, header.format, mark)
    if len(marked) + signature_room(marked, container, signer) <= max_bytes:
        ready = signed(marked, container, header.format.mime, mark, signer)
        return _packed(ready, header.format, header.size, fitted=False)
    packet = packet_for_copy(data, container, mark)
    image = develop(data, header, keep_alpha=True)
    smaller = fit_bytes(image, max_bytes - _room_for(packet) - (signer.room_bytes if signer else 0))
    marked = with_packet(smaller.data, smaller.format, packet)
    ready = signed(marked, _container(smaller.format), smaller.format.mime, mark, signer)
    return _packed(ready, smaller.format, smaller.size, fitted=True)


def pack_cost_bytes(data: bytes, header: Header, max_bytes: int) -> int:
    """Estimate the peak memory of `pack`, in bytes."""
    may_need_copy = len(data) + _LARGEST_MARK_BYTES > max_bytes
    return copy_cost_bytes(header, data) if may_need_copy else decode_cost_bytes(header, data)


def _room_for(packet: bytes) -> int:
    """Return the bytes for a packet and the segment or chunks around it: at most 33 for JPEG, 27 for WebP."""
    return len(packet) + 64


def _packed(data: bytes, file_format: Format, size: Size, *, fitted: bool) -> PackedPicture:
    return PackedPicture(
        data=data, mime=file_format.mime, extension=file_format.extension, size=size, fitted=fitted
    )
