"""What an XMP packet says, however it writes that, and however a stranger filled it."""

from __future__ import annotations

import time

from bot.domain.pictures import Mark
from bot.formats.container import MAX_XMP_BYTES
from bot.formats.xmp import creator_tool, source_type
from bot.imaging.pack import packet
from tests.tables import each_case

ADDRESS = b"http://cv.iptc.org/newscodes/digitalsourcetype/"


@each_case("mark", list(Mark))
def test_our_own_mark_is_read(mark: Mark) -> None:
    assert (source_type(packet(mark)), creator_tool(packet(mark))) == (mark.value, "Easel")


@each_case(
    "written",
    [
        b"<Iptc4xmpExt:DigitalSourceType>" + ADDRESS + b"digitalCapture</Iptc4xmpExt:DigitalSourceType>",
        b"<a:DigitalSourceType>\n  " + ADDRESS + b"digitalCapture\n</a:DigitalSourceType>",
        b'<rdf:Description Iptc4xmpExt:DigitalSourceType="' + ADDRESS + b'digitalCapture"/>',
        b"<rdf:Description a:DigitalSourceType = '" + ADDRESS + b"digitalCapture'/>",
        b'<a:DigitalSourceType rdf:resource="' + ADDRESS + b'digitalCapture"/>',
        b"<a:DigitalSourceType>digitalCapture</a:DigitalSourceType>",
        b"<a:DigitalSourceType>digsrctype:digitalCapture</a:DigitalSourceType>",
        b"<a:DigitalSourceType>https://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture/<",
    ],
)
def test_each_way_to_write_a_source_type_is_read(written: bytes) -> None:
    assert source_type(b"<x:xmpmeta>" + written + b"</x:xmpmeta>") == "digitalCapture"


@each_case(
    ("written", "tool"),
    [
        (b"<xmp:CreatorTool>Paint &amp; Co 2.0</xmp:CreatorTool>", "Paint & Co 2.0"),
        (b'xmp:CreatorTool="\xc3\x89tude"', "Étude"),
        (b"<xmp:CreatorTool>\xff\xfe</xmp:CreatorTool>", "\ufffd\ufffd"),
        (b"<xmp:CreatorTool></xmp:CreatorTool>", ""),
        (b"<xmp:CreatorTool/>", ""),
        (b"", ""),
    ],
)
def test_a_tool_is_read_as_text(written: bytes, tool: str) -> None:
    assert creator_tool(written) == tool


@each_case(
    "piece",
    [
        b"DigitalSourceType",
        b"DigitalSourceType>",
        b"DigitalSourceType" + b" " * 60,
        b"CreatorTool>" + b" " * 100,
        b"&amp;" * 20,
    ],
)
def test_a_hostile_packet_of_megabytes_takes_no_time(piece: bytes) -> None:
    """A search holds the whole process, so a thread is no help."""
    packet = piece * (25_000_000 // len(piece))
    began = time.process_time()

    source_type(packet)
    creator_tool(packet)

    assert time.process_time() - began < 0.3


def test_only_the_first_bytes_of_a_packet_are_read() -> None:
    written = b"<a:DigitalSourceType>digitalCapture<xmp:CreatorTool>Paint<"
    fits, does_not = (bytes(MAX_XMP_BYTES - more) + written for more in (len(written), 20))

    assert (source_type(fits), creator_tool(fits)) == ("digitalCapture", "Paint")
    assert (source_type(does_not), creator_tool(does_not)) == ("", "")


def test_a_long_text_is_cut() -> None:
    assert len(source_type(b"<a:DigitalSourceType>" + b"x" * 10_000)) == 200
