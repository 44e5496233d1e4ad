"""A result leaves as it came, with the mark, which never replaces one that is there; only what is over the limit is
made smaller."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from PIL import Image

import bot.imaging.pack as fitting
from bot.domain.pictures import Mark, PackedPicture, PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats.container import MAX_XMP_BYTES, Format
from bot.formats.header import read_result, sniff
from bot.imaging.pack import mark_bytes, pack, pack_cost_bytes, packet
from tests.tables import each_case
from tests.unit.imaging import samples

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
CREATOR = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

SOURCES = {
    "jpeg": samples.jpeg(),
    "progressive": samples.jpeg(progressive=True),
    "jpeg with exif": samples.jpeg(exif=samples.exif(6), comment=b"hello"),
    "png": samples.png(),
    "png with alpha": samples.png(mode="RGBA"),
    "palette png": samples.encoded(samples.gradient(64, 48).quantize(8), "PNG"),
    "webp": samples.webp(),
    "webp of odd length": samples.webp(61, 47, quality=31),
    "webp with alpha": samples.webp(mode="RGBA"),
    "lossless webp": samples.webp(lossless=True),
    "lossless webp with alpha": samples.webp(mode="RGBA", lossless=True),
    "webp with exif": samples.webp(exif=samples.exif(3), icc_profile=samples.srgb_profile()),
}
FORMATS = {"jpeg": samples.jpeg, "png": samples.png, "webp": samples.webp}

UNMARKED = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="maker"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
MARKED = packet(Mark.COMPOSITE)


def marked(data: bytes, mark: Mark = Mark.GENERATED) -> bytes:
    return mark_bytes(data, sniff(data), mark)


def xmp_of(data: bytes) -> bytes:
    """The packet, as Pillow finds it."""
    info = samples.opened(data).info
    value = info.get("xmp") or info["XML:com.adobe.xmp"]
    return value if isinstance(value, bytes) else str(value).encode()


def with_xmp(name: str, xmp: bytes) -> bytes:
    """A sample that came with its own packet, written by Pillow or by hand, not by our code."""
    if name == "png":
        return samples.png_with(
            samples.png(), samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
        )
    return FORMATS[name](xmp=xmp)


def properties(data: bytes) -> list[tuple[str, str]]:
    root = ElementTree.fromstring(xmp_of(data).split(b"?>", 1)[-1].split(b"<?xpacket")[0])
    return [
        (child.tag, child.text or "")
        for description in root.iter(f"{RDF}Description")
        for child in description
    ]


@each_case("name", sorted(SOURCES))
@each_case(("mark", "address"), [(Mark.GENERATED, GENERATED), (Mark.COMPOSITE, COMPOSITE)])
def test_the_mark_says_how_the_picture_came_to_be(name: str, mark: Mark, address: str) -> None:
    assert properties(marked(SOURCES[name], mark)) == [(SOURCE_TYPE, address), (CREATOR, "Easel")]


@each_case("name", sorted(SOURCES))
def test_pixels_are_the_same_before_and_after(name: str) -> None:
    assert samples.pixels(marked(SOURCES[name])) == samples.pixels(SOURCES[name])


@each_case("name", [name for name in sorted(SOURCES) if "webp" not in name])
def test_without_the_inserted_part_the_file_is_what_it_was(name: str) -> None:
    source = SOURCES[name]
    out = marked(source)
    at = next(i for i in range(len(source) + 1) if out[i : i + 1] != source[i : i + 1])
    added = len(out) - len(source)
    # The first differing byte may lie a little inside the insertion where both begin alike.
    assert any(out[:i] + out[i + added :] == source for i in range(max(0, at - 8), at + 1))


@each_case("name", [name for name in sorted(SOURCES) if "webp" in name])
def test_a_webp_keeps_every_chunk_and_gains_two_at_most(name: str) -> None:
    before = [chunk for chunk in samples.riff_chunks(SOURCES[name]) if chunk[0] != b"VP8X"]
    (first, header), *after, (last, _) = samples.riff_chunks(marked(SOURCES[name]))
    assert (first, last) == (b"VP8X", b"XMP ")
    assert after == before
    assert header[0] & 0x04
    assert bool(header[0] & 0x10) is ("alpha" in name)


def test_png_checksums_are_right_and_the_mark_comes_before_the_pixels() -> None:
    names = [name for name, _ in samples.png_chunks(marked(SOURCES["png"]))]
    assert names[:2] == [b"IHDR", b"iTXt"]
    assert names.index(b"iTXt") < names.index(b"IDAT")


def test_a_jpeg_keeps_jfif_and_exif_in_front() -> None:
    out = marked(samples.jpeg(exif=samples.exif()))
    assert (
        out.index(b"JFIF")
        < out.index(b"Exif")
        < out.index(b"http://ns.adobe.com/xap")
        < out.index(b"\xff\xdb")
    )
    assert samples.opened(out).getexif()[0x010E] == samples.GPS_TEXT


@each_case("name", sorted(FORMATS))
def test_a_mark_that_is_there_is_kept_byte_for_byte(name: str) -> None:
    source = with_xmp(name, MARKED)
    assert marked(source, Mark.GENERATED) == source


@each_case("name", sorted(FORMATS))
def test_marking_twice_changes_nothing(name: str) -> None:
    once = marked(FORMATS[name]())
    assert marked(once, Mark.COMPOSITE) == once


@each_case("name", sorted(FORMATS))
def test_a_packet_without_a_mark_is_completed(name: str) -> None:
    source = with_xmp(name, UNMARKED)
    out = marked(source)
    assert (SOURCE_TYPE, GENERATED) in properties(out)
    assert b'dc:source="maker"' in xmp_of(out)
    assert xmp_of(out).count(b'rdf:about="uuid:1"') == 2  # one subject: XMP allows no other
    assert samples.pixels(out) == samples.pixels(source)


@each_case("name", sorted(FORMATS))
@each_case("xmp", [b"no xml at all", UNMARKED.decode().encode("utf-16"), UNMARKED + b"\xff"])
def test_a_packet_that_cannot_be_completed_is_replaced(name: str, xmp: bytes) -> None:
    source = with_xmp(name, xmp)
    out = marked(source)
    assert properties(out) == [(SOURCE_TYPE, GENERATED), (CREATOR, "Easel")]
    assert xmp not in out
    assert samples.pixels(out) == samples.pixels(source)


def test_a_packet_never_grows_beyond_one_jpeg_segment() -> None:
    padded = UNMARKED + b" " * (MAX_XMP_BYTES - len(UNMARKED))
    out = marked(with_xmp("jpeg", padded))
    assert properties(out) == [(SOURCE_TYPE, GENERATED), (CREATOR, "Easel")]


def test_another_tool_stays_the_creator() -> None:
    own = UNMARKED.replace(
        b"dc:source", b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Other" dc:source'
    )
    assert properties(marked(with_xmp("jpeg", own))) == [(SOURCE_TYPE, GENERATED)]


def test_a_signed_picture_is_not_touched() -> None:
    jpeg = samples.jpeg()
    signed = {
        Format.JPEG: jpeg[:2] + samples.jpeg_segment(0xEB, b"JP\0\1\0\0\0\1jumb c2pa") + jpeg[2:],
        Format.PNG: samples.png_with(samples.png(), samples.png_chunk(b"caBX", b"jumb c2pa")),
        Format.WEBP: samples.riff([*samples.riff_chunks(samples.webp()), (b"C2PA", b"jumb")]),
    }
    for file_format, data in signed.items():
        assert mark_bytes(data, file_format, Mark.GENERATED) == data


TEN_MIB = 10 * 1024 * 1024


def packed(data: bytes, *, max_bytes: int = TEN_MIB, mark: Mark = Mark.GENERATED) -> PackedPicture:
    return pack(data, read_result(data), mark=mark, max_bytes=max_bytes)


@each_case(
    ("data", "mime", "extension"),
    [
        (samples.jpeg(90, 60), "image/jpeg", "jpg"),
        (samples.png(90, 60), "image/png", "png"),
        (samples.webp(90, 60), "image/webp", "webp"),
    ],
)
def test_a_picture_that_fits_passes_through(data: bytes, mime: str, extension: str) -> None:
    result = packed(data)
    assert (result.mime, result.extension, result.size) == (mime, extension, Size(90, 60))
    assert not result.fitted
    assert samples.pixels(result.data) == samples.pixels(data)
    assert len(data) < len(result.data) < len(data) + 1000


def test_the_mark_counts_towards_the_limit() -> None:
    data = samples.encoded(samples.noise(300, 300), "JPEG", quality=95)
    exact = len(packed(data).data)
    assert not packed(data, max_bytes=exact).fitted
    fitted = packed(data, max_bytes=exact - 1)
    assert fitted.fitted
    assert len(fitted.data) < exact


@each_case(
    ("file_format", "max_bytes"), [("JPEG", 21_000), ("JPEG", 60_000), ("PNG", 30_000), ("WEBP", 30_000)]
)
def test_a_picture_over_the_limit_is_made_to_fit_and_marked(file_format: str, max_bytes: int) -> None:
    data = samples.encoded(samples.noise(500, 400), file_format, quality=100)
    assert len(data) > max_bytes
    result = packed(data, max_bytes=max_bytes, mark=Mark.COMPOSITE)
    assert result.fitted
    assert len(result.data) <= max_bytes
    assert len(result.data) > max_bytes / 3  # and no smaller than needed
    image = samples.opened(result.data)
    assert (image.format, Size(*image.size), result.extension) == ("JPEG", result.size, "jpg")
    assert properties(result.data) == [(SOURCE_TYPE, COMPOSITE), (CREATOR, "Easel")]


def test_quality_goes_before_size() -> None:
    data = samples.encoded(samples.noise(300, 300), "PNG")
    assert packed(data, max_bytes=len(data) // 2).size == Size(300, 300)


@each_case("file_format", ["PNG", "WEBP"])
def test_transparency_survives_fitting(file_format: str) -> None:
    source = samples.noise(250, 200)
    source.putalpha(
        Image.linear_gradient("L").transform((250, 200), Image.Transform.EXTENT, (0, 0, 256, 256))
    )
    data = samples.encoded(source, file_format, lossless=True)
    result = packed(data, max_bytes=21_000)
    assert (result.mime, result.fitted) == ("image/webp", True)
    assert len(result.data) <= 21_000
    lowest, highest = samples.opened(result.data).getchannel("A").getextrema()
    assert (lowest, highest) < (10, 256)
    assert properties(result.data)[0][0] == SOURCE_TYPE


def test_a_fitted_copy_carries_the_mark_the_picture_came_with() -> None:
    small = with_xmp("jpeg", MARKED)
    data = small + b"\0" * 100_000  # over the limit by what follows its end
    result = packed(data, max_bytes=30_000, mark=Mark.GENERATED)
    assert properties(result.data)[0] == (SOURCE_TYPE, COMPOSITE)


def test_fitting_takes_few_encodes(monkeypatch: pytest.MonkeyPatch) -> None:
    encodes: list[int] = []
    original = fitting.encode_image

    def counted(image: Image.Image, quality: int) -> bytes:
        encodes.append(quality)
        return original(image, quality)

    monkeypatch.setattr(fitting, "encode_image", counted)
    noise = samples.noise(500, 400)
    for max_bytes in (20_000, 25_000, 100_000, 225_000):
        encodes.clear()
        fitting.fit_bytes(noise.copy(), max_bytes)
        assert len(encodes) <= 8, (max_bytes, encodes)


def test_a_very_long_result_can_be_fitted_as_webp() -> None:
    long = samples.noise(18_000, 8)
    long.putalpha(128)
    result = packed(samples.encoded(long, "PNG"), max_bytes=25_000)
    assert result.size.width <= 16_383


def test_a_copy_reserves_more_memory_than_a_pass_through() -> None:
    data = samples.png(400, 300)
    header = read_result(data)
    assert pack_cost_bytes(data, header, 1000) > 2 * pack_cost_bytes(data, header, TEN_MIB) > 400 * 300 * 8


def test_an_absurd_limit_is_refused() -> None:
    data = samples.encoded(samples.noise(300, 300), "JPEG")
    with pytest.raises(PictureError) as caught:
        packed(data, max_bytes=19_999)
    assert caught.value.problem is PictureProblem.TOO_MANY_BYTES


def test_a_tiny_limit_is_no_problem_for_a_tiny_picture() -> None:
    assert not packed(samples.jpeg(16, 16), max_bytes=5000).fitted


def test_a_result_as_gif_is_no_result() -> None:
    with pytest.raises(PictureError) as caught:
        packed(samples.animation("GIF"))
    assert caught.value.problem is PictureProblem.UNKNOWN_FORMAT


def test_a_result_of_any_shape_is_packed() -> None:
    """Limits on sides and ratios are for references; what was paid for is delivered."""
    assert packed(samples.png(400, 8)).size == Size(400, 8)


@pytest.mark.parametrize("data", [samples.jpeg(), samples.png(), samples.webp()])
def test_a_whole_picture_that_fits_is_not_decoded(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Image, "open")
    assert packed(data).data


def test_a_png_with_a_changed_byte_is_no_result() -> None:
    data = bytearray(samples.png(640, 480))
    data[len(data) // 2] ^= 1
    with pytest.raises(PictureError) as caught:
        packed(bytes(data))
    assert caught.value.problem is PictureProblem.UNREADABLE


@each_case(
    "data",
    [
        samples.png_header(64, 48) + samples.png_chunk(b"IEND", b""),
        samples.riff([(b"VP8X", b"\0\0\0\0\x3f\0\0\x2f\0\0"), (b"EXIF", b"nothing")]),
    ],
)
def test_a_file_without_pixels_is_no_result(data: bytes) -> None:
    with pytest.raises(PictureError):
        packed(data)
