"""MP4 files read without decoding: what they tell, hostile ones, and the mark at their end."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats import mp4
from bot.formats.mp4 import MAX_BOXES
from tests.tables import each_case

PACKET = b"<x:xmpmeta/>"
HEVC_PICTURE = b"\0\0\0\x1cftypheic\0\0\0\0mif1heic"


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def long_box(name: bytes, size: int, body: bytes = b"") -> bytes:
    """A box whose size is told in 64 bits."""
    return struct.pack(">I", 1) + name + struct.pack(">Q", size) + body


def lengths(name: bytes, scale: int, length: int, *, version: int = 0) -> bytes:
    form = ">B3xQQIQ" if version else ">B3xIIII"
    return box(name, struct.pack(form, version, 0, 0, scale, length))


def track(kind: bytes = b"vide", *, width: int = 1366, height: int = 768, media: bytes = b"") -> bytes:
    entry = box(b"avc1", bytes(24), struct.pack(">HH", width, height), bytes(50))
    table = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), entry))
    handler = box(b"hdlr", bytes(8), kind, bytes(12))
    return box(b"trak", box(b"mdia", media or lengths(b"mdhd", 12_288, 73_728), handler, box(b"minf", table)))


def video(*moov: bytes, after: bytes = b"") -> bytes:
    """A whole file, with an index of these boxes."""
    start = box(b"ftyp", b"isom", bytes(4), b"isommp41") + box(b"mdat", bytes(40))
    return start + box(b"moov", *(moov or (track(),))) + after


def problem_of(data: bytes) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        mp4.read(data)
    return caught.value.problem


def test_the_header_tells_brand_size_and_length() -> None:
    header = mp4.read(video())

    assert (header.brand, header.size, header.seconds) == (b"isom", Size(1366, 768), 6.0)


def test_a_track_of_sound_before_the_video_is_passed_over() -> None:
    assert mp4.read(video(track(b"soun"), track())).size == Size(1366, 768)


def test_sizes_and_lengths_of_64_bits_are_read() -> None:
    whole = track(media=lengths(b"mdhd", 24, 240, version=1))
    data = video()[:24] + long_box(b"mdat", 20, b"data") + box(b"moov", whole)

    assert mp4.read(data).seconds == 10.0


@each_case(
    "media",
    [lengths(b"mdhd", 0, 100), lengths(b"mdhd", 24, 0xFFFF_FFFF), box(b"mdhd"), box(b"mdhd", b"\x07" * 40)],
    ids=["no scale", "unknown", "empty", "another version"],
)
def test_the_length_of_the_whole_stands_in_for_that_of_a_track(media: bytes) -> None:
    assert mp4.read(video(lengths(b"mvhd", 1000, 6500), track(media=media))).seconds == 6.5
    assert mp4.read(video(track(media=media))).seconds == 0.0


@each_case(
    ("data", "expected"),
    [
        (b"", PictureProblem.UNKNOWN_FORMAT),
        (b"<html>" * 9, PictureProblem.UNKNOWN_FORMAT),
        (HEVC_PICTURE, PictureProblem.UNKNOWN_FORMAT),
        (video()[:-1], PictureProblem.TRUNCATED),
        (video()[:50], PictureProblem.TRUNCATED),
        (video(after=b"\0\0"), PictureProblem.TRUNCATED),
        (video(after=b"\0\0\0\x01free"), PictureProblem.TRUNCATED),
        (video(after=b"\xff\xff\xff\xffmdat"), PictureProblem.TRUNCATED),
        (video(after=long_box(b"mdat", (1 << 64) - 1)), PictureProblem.TRUNCATED),
        (video(after=b"\0\0\0\x07free"), PictureProblem.UNREADABLE),
        (video(after=long_box(b"free", 15)), PictureProblem.UNREADABLE),
        (video(track(b"soun")), PictureProblem.UNREADABLE),
        (video(track(width=0)), PictureProblem.UNREADABLE),
        (video(box(b"trak", b"\0\0\xff\xffmdia")), PictureProblem.UNREADABLE),
        (video(box(b"free") * (MAX_BOXES + 1)), PictureProblem.UNREADABLE),
        (video(after=box(b"free") * (MAX_BOXES + 1)), PictureProblem.UNREADABLE),
    ],
    ids=str,
)
def test_a_file_that_is_no_whole_video_is_told_apart(data: bytes, expected: PictureProblem) -> None:
    assert problem_of(data) is expected


def test_boxes_in_boxes_in_boxes_are_not_followed() -> None:
    nested = b""
    for _ in range(5_000):
        nested = box(b"moov", nested)

    assert problem_of(video()[:72] + nested) is PictureProblem.UNREADABLE


@given(data=st.binary(max_size=200), at=st.integers(0, 400), start=st.sampled_from([0, 24, 72]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_end_in_a_header_or_a_picture_error(data: bytes, at: int, start: int) -> None:
    whole = video()
    for hostile in (whole[:start] + data, whole[:at] + data + whole[at + len(data) :], whole[:at]):
        try:
            header = mp4.read(hostile)
        except PictureError:
            continue
        assert header.size.pixels > 0
        assert header.seconds >= 0
        marked = mp4.with_xmp(hostile, PACKET)
        assert (mp4.read(marked), mp4.xmp(marked)) == (header, PACKET)


def test_a_mark_goes_to_the_end_and_moves_nothing() -> None:
    marked = mp4.with_xmp(video(), PACKET)

    assert marked.startswith(video())
    assert mp4.xmp(marked) == PACKET
    assert mp4.xmp(video()) is None


def test_a_second_mark_replaces_the_first() -> None:
    marked = mp4.with_xmp(mp4.with_xmp(video(), b"<old/>"), PACKET)

    assert mp4.xmp(marked) == PACKET
    assert b"<old/>" not in marked


def test_a_last_box_without_an_end_gets_one_before_the_mark() -> None:
    endless = video(after=struct.pack(">I", 0) + b"mdat" + bytes(30))

    assert mp4.xmp(mp4.with_xmp(endless, PACKET)) == PACKET
    assert len(mp4.with_xmp(endless, PACKET)) == len(endless) + 24 + len(PACKET)


def test_a_signed_file_is_recognised() -> None:
    manifest = box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481"), b"c2pa")

    assert mp4.is_signed(video(after=manifest))
    assert not mp4.is_signed(mp4.with_xmp(video(), PACKET))
