"""What an XMP packet says of how its file was made, found without an XML parser: a stranger may have written it."""

from __future__ import annotations

import html
import re
from typing import Final

from bot.formats.container import MAX_XMP_BYTES

SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"

# A property is an element, an attribute or has its value in `rdf:resource`. Each part has a bound, so that the time of
# a search grows with the packet and not with its square. Only `MAX_XMP_BYTES` of a packet are read, as a search of
# megabytes would stop the whole process: it never yields to the event loop.
_SOURCE_TYPE: Final = re.compile(rb"""DigitalSourceType[^<>"']{0,60}[>"']\s{0,60}([^<>"'\s]{1,200})""")
_CREATOR: Final = re.compile(rb"""CreatorTool[^<>"']{0,60}[>"']\s{0,60}([^<>"']{1,200})""")


def source_type(packet: bytes) -> str:
    """Return IPTC's value without its address, such as `trainedAlgorithmicMedia`, or what is there instead; else ""."""
    return last_part(_text(_SOURCE_TYPE.search(packet, 0, MAX_XMP_BYTES)))


def last_part(value: str) -> str:
    """Return a source type without its address (`http://cv.iptc.org/…`) or prefix (`digsrctype:`)."""
    return re.split("[/:]", value.rstrip("/:"))[-1]


def creator_tool(packet: bytes) -> str:
    """Return the program that the packet names in its first `MAX_XMP_BYTES`, "" if none."""
    return _text(_CREATOR.search(packet, 0, MAX_XMP_BYTES))


def _text(found: re.Match[bytes] | None) -> str:
    return "" if found is None else html.unescape(found[1].decode("utf-8", "replace")).strip()
