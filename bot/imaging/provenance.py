"""The mark that says a machine made this: IPTC's DigitalSourceType in an XMP packet.

The packet is spliced into the file (XMP part 3: JPEG APP1, PNG iTXt, WebP chunk), the pixels' bytes
stay as they are. A mark that is already there is kept byte for byte, and so is a signed file.
"""

from __future__ import annotations

import re

from bot.domain.pictures import Mark
from bot.imaging import jpeg, png, webp
from bot.imaging.container import MAX_XMP_BYTES, Container, Format

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
CREATOR_TOOL = "Easel"

_SOURCE_TYPE = b"DigitalSourceType"
_CREATOR = b"CreatorTool"
_END_OF_RDF = b"</rdf:RDF>"
_ABOUT = re.compile(rb"""\brdf:about\s*=\s*(?:"([^"<]*)"|'([^'"<]*)')""")


def mark_bytes(data: bytes, file_format: Format, mark: Mark) -> bytes:
    """`data` with `mark`, unless it says already where it comes from. `data` is JPEG, PNG or WebP."""
    container = _container(file_format)
    if container.is_signed(data):
        return data
    old = container.xmp(data)
    if old is not None and _SOURCE_TYPE in old:
        return data
    return container.with_xmp(data, packet(mark, old))


def packet_for_copy(data: bytes, file_format: Format, mark: Mark) -> bytes:
    """The packet for a re-encoded copy of `data`: its own where that is marked already, else a new one."""
    old = _container(file_format).xmp(data)
    if old is not None and _SOURCE_TYPE in old and len(old) <= MAX_XMP_BYTES:
        return old
    return packet(mark)


def with_packet(data: bytes, file_format: Format, xmp: bytes) -> bytes:
    """`data` with exactly this packet."""
    return _container(file_format).with_xmp(data, xmp)


def packet(mark: Mark, old: bytes | None = None) -> bytes:
    """An XMP packet that declares `mark`: `old` with the missing properties added where it can be read
    and stays small enough, else a new one."""
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
        + f"{SOURCE_TYPES}{mark.value}</Iptc4xmpExt:DigitalSourceType>{creator}</rdf:Description>".encode()
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
