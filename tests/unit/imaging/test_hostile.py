"""Whatever the bytes are, the only error is `PictureError`."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import bot.formats.header as headers
from bot.domain.pictures import CleanPicture, Mark, PackedPicture, PictureError, PictureProblem
from bot.imaging.pack import pack
from bot.imaging.pixels import clean
from tests.tables import each_case
from tests.unit.imaging import samples

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
CORPUS = {
    "jpeg": samples.jpeg(exif=samples.exif(6), xmp=XMP, icc_profile=samples.srgb_profile()),
    "progressive": samples.jpeg(progressive=True, comment=b"hello"),
    "png": samples.png(exif=samples.exif(8), icc_profile=samples.srgb_profile(), mode="RGBA"),
    "apng": samples.animation("PNG"),
    "webp": samples.webp(exif=samples.exif(3), xmp=XMP, icc_profile=samples.srgb_profile()),
    "lossy": samples.webp(128, 96),
    "lossless": samples.webp(mode="RGBA", lossless=True),
    "animated": samples.animation("WEBP"),
    "gif": samples.animation("GIF"),
}
MAGICS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\xff\0\0\0WEBPVP8 ",
    b"RIFF\xff\0\0\0WEBPVP8X",
    b"GIF89a",
]


def try_both(data: bytes) -> list[CleanPicture | PackedPicture | PictureProblem]:
    outcomes: list[CleanPicture | PackedPicture | PictureProblem] = []
    try:
        outcomes.append(clean(data, headers.read_reference(data)))
    except PictureError as error:
        outcomes.append(error.problem)
    try:
        outcomes.append(pack(data, headers.read_result(data), mark=Mark.GENERATED, max_bytes=1_000_000))
    except PictureError as error:
        outcomes.append(error.problem)
    return outcomes


@given(magic=st.sampled_from(MAGICS), tail=st.binary(max_size=300))
@settings(max_examples=80, deadline=None)
@example(magic=MAGICS[-2], tail=bytes(100))  # an empty VP8X chunk, found by fuzzing
@example(magic=b"GIF89a", tail=b"\x40\0\x40\0\0\0\0,")
def test_random_bytes_are_no_picture(magic: bytes, tail: bytes) -> None:
    for outcome in try_both(magic + tail):
        assert isinstance(outcome, PictureProblem)


@given(
    name=st.sampled_from(sorted(CORPUS)),
    wounds=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
    ),
    head_only=st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_a_damaged_picture_is_read_or_refused(
    name: str, wounds: list[tuple[float, int]], head_only: bool
) -> None:
    data = bytearray(CORPUS[name])
    reach = min(len(data), 120) if head_only else len(data)
    for place, value in wounds:
        data[int(place * reach)] = value
    try_both(bytes(data))


@given(name=st.sampled_from(sorted(CORPUS)), place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_picture_with_junk_inside_is_read_or_refused(name: str, place: float, junk: bytes) -> None:
    data = CORPUS[name]
    at = int(place * len(data))
    try_both(data[:at] + junk + data[at:])


@each_case("name", ["jpeg", "progressive", "png", "lossy", "lossless"])
def test_a_picture_that_stops_early_is_called_truncated(name: str) -> None:
    data = CORPUS[name]
    for at in [*range(13, len(data) - 20, max(1, len(data) // 24)), len(data) - 20]:
        for outcome in try_both(data[:at]):
            assert outcome is PictureProblem.TRUNCATED, at


def test_a_webp_that_stops_behind_its_pixels_is_whole() -> None:
    for outcome in try_both(CORPUS["webp"][:-20]):
        assert not isinstance(outcome, PictureProblem)


def test_an_animation_needs_only_its_whole_first_frame() -> None:
    data = CORPUS["gif"]
    second = data.index(b"\x21\xf9", data.index(b"\x2c"))
    whole = clean(data[: second + 4], headers.read_reference(data[: second + 4]))
    assert whole.first_frame_of is None
    first = data.index(b"\x2c")
    for at in range(13, first + 14):
        with pytest.raises(PictureError) as caught:
            clean(data[:at], headers.read_reference(data[:at]))
        assert caught.value.problem is PictureProblem.TRUNCATED


JPEGS = {
    "baseline": samples.jpeg(160, 120),
    "progressive": samples.jpeg(160, 120, progressive=True),
    "restarts": samples.jpeg(160, 120, restart_marker_blocks=4),
    "grey": samples.encoded(samples.gradient(160, 120, "L"), "JPEG"),
    "cmyk": samples.encoded(samples.gradient(160, 120, "CMYK"), "JPEG"),
    "noise": samples.encoded(samples.noise(90, 70), "JPEG", quality=90),
    "noise, progressive": samples.encoded(samples.noise(90, 70), "JPEG", quality=90, progressive=True),
}


@each_case("end", [b"", b"\xff", b"\0\0\0"])
@each_case("name", JPEGS)
def test_a_jpeg_that_lacks_only_its_end_mark_has_all_its_pixels(name: str, end: bytes) -> None:
    whole = JPEGS[name]
    cleaned, packed = try_both(whole[:-2] + end)
    assert isinstance(packed, PackedPicture)
    assert cleaned == clean(whole, headers.read_reference(whole))


@each_case("filling", [b"", bytes(3000)])
@each_case("name", JPEGS)
def test_a_jpeg_that_lacks_pixels_is_refused_wherever_it_was_cut(name: str, filling: bytes) -> None:
    data = JPEGS[name]
    for at in [*range(13, len(data) - 20, max(1, len(data) // 53)), *range(len(data) - 20, len(data) - 8)]:
        for outcome in try_both(data[:at] + filling):
            assert outcome is PictureProblem.TRUNCATED or (
                filling and outcome is PictureProblem.UNREADABLE
            ), at


def test_a_progressive_jpeg_that_stops_between_two_scans_is_cut_off() -> None:
    data = JPEGS["progressive"]
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    assert len(starts) > 5
    for at in starts[1:]:
        assert try_both(data[:at]) == [PictureProblem.TRUNCATED] * 2


VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + random.Random(1).randbytes(8 * 1024 * 1024)


@each_case(
    "tail",
    [VIDEO, samples.jpeg(40, 30), bytes(500), b"\xff\xda" * 200 + b"\xff\xd9", samples.png_header(64, 48)],
    ids=["video", "second picture", "zeros", "marks", "header"],
)
@each_case("name", ["jpeg", "progressive", "png", "lossy", "lossless", "webp", "gif"])
def test_what_follows_the_end_of_a_picture_changes_nothing(name: str, tail: bytes) -> None:
    data = CORPUS[name]
    alone, followed = headers.read_reference(data), headers.read_reference(data + tail)
    assert followed == alone
    assert clean(data + tail, followed) == clean(data, alone)
    assert headers.bare(data + tail, followed) == headers.bare(data, alone)


def test_the_thumbnail_of_a_photo_is_not_its_end() -> None:
    small = samples.jpeg(20, 16)
    exif = samples.jpeg_segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" + small)
    data = CORPUS["jpeg"]
    photo = data[:2] + exif + data[2:]
    assert headers.read_reference(photo).size == headers.read_reference(data).size
    assert try_both(photo)[0] == try_both(data)[0]
    assert try_both(photo[: len(photo) // 2])[0] is PictureProblem.TRUNCATED


@each_case("name", sorted(CORPUS))
def test_the_whole_corpus_is_readable_to_begin_with(name: str) -> None:
    cleaned, packed = try_both(CORPUS[name])
    assert isinstance(cleaned, CleanPicture)
    assert isinstance(packed, PackedPicture) or name == "gif"
