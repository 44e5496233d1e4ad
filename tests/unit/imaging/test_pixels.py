"""What a person attached becomes a JPEG with its pixels and nothing else."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from bot.domain.pictures import CleanPicture, PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats.header import read, read_reference
from bot.imaging.pixels import clean, develop, verify
from tests.tables import each_case
from tests.unit.imaging import samples

Colour = tuple[int, int, int]


def cleaned(data: bytes) -> CleanPicture:
    return clean(data, read_reference(data))


def colour_at(data: bytes, x: int, y: int) -> Colour:
    value = samples.opened(data).getpixel((x, y))
    assert isinstance(value, tuple)
    return (round(value[0]), round(value[1]), round(value[2]))


def is_near(one: Colour, other: Colour, within: int = 8) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def first_colour(data: bytes) -> Colour:
    return colour_at(cleaned(data).picture.data, 12, 12)


@each_case(
    "data",
    [
        samples.jpeg(200, 100),
        samples.jpeg(200, 100, progressive=True),
        samples.png(200, 100),
        samples.webp(200, 100),
        samples.webp(200, 100, "RGBA"),
        samples.encoded(samples.gradient(200, 100).quantize(32), "GIF"),
    ],
)
def test_every_allowed_format_becomes_a_jpeg_of_the_same_size(data: bytes) -> None:
    picture = cleaned(data).picture
    image = samples.opened(picture.data)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (200, 100))
    assert (picture.mime, picture.size) == ("image/jpeg", Size(200, 100))


def test_a_large_picture_is_scaled_to_2048_and_a_small_one_is_left() -> None:
    assert cleaned(samples.jpeg(4096, 1024)).picture.size == Size(2048, 512)
    assert cleaned(samples.png(1000, 3000)).picture.size == Size(683, 2048)
    assert cleaned(samples.jpeg(20, 16)).picture.size == Size(20, 16)


def test_the_longest_ratio_survives_scaling() -> None:
    size = cleaned(samples.png(2576, 161)).picture.size  # rounded down, it would be one of 2048 × 127
    assert size.ratio <= 16


def test_36_megapixels_are_cleaned() -> None:
    flat = samples.encoded(Image.new("RGB", (6000, 6000), samples.RED), "JPEG")
    assert cleaned(flat).picture.size == Size(2048, 2048)


# Each orientation's stored picture, for an upright one that is red top left, green top right, blue below.
UNTURN = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@each_case("file_format", ["JPEG", "PNG", "WEBP"])
@each_case("orientation", range(1, 9))
def test_a_photo_comes_out_upright(orientation: int, file_format: str) -> None:
    upright = Image.new("RGB", (96, 64), samples.BLUE)
    upright.paste(samples.RED, (0, 0, 48, 32))
    upright.paste(samples.GREEN, (48, 0, 96, 32))
    turn = UNTURN[orientation]
    stored = upright if turn is None else upright.transpose(turn)

    picture = cleaned(samples.encoded(stored, file_format, exif=samples.exif(orientation))).picture

    assert picture.size == Size(96, 64)
    assert is_near(colour_at(picture.data, 10, 10), samples.RED, 12)
    assert is_near(colour_at(picture.data, 86, 10), samples.GREEN, 12)
    assert is_near(colour_at(picture.data, 10, 54), samples.BLUE, 12)


@each_case("orientation", [0, 9, 65535])
def test_an_impossible_orientation_is_ignored(orientation: int) -> None:
    picture = cleaned(samples.jpeg(96, 64, exif=samples.exif(orientation))).picture
    assert picture.size == Size(96, 64)


def test_nothing_but_pixels_leaves_us() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">XMP-SECRET</x:xmpmeta>'
    icc = samples.srgb_profile()
    text = samples.png_text(Comment="TEXT-SECRET")
    sources = [
        samples.jpeg(exif=samples.exif(), xmp=xmp, comment=b"COM-SECRET", icc_profile=icc),
        samples.png(exif=samples.exif(), pnginfo=text, icc_profile=icc),
        samples.webp(exif=samples.exif(), xmp=xmp, icc_profile=icc),
    ]
    for source in sources:
        assert b"SECRET" in source
        out = cleaned(source).picture.data
        for trace in (
            b"SECRET",
            b"Exif",
            b"GPS",
            b"adobe",
            b"ICC_PROFILE",
            b"http",
            b"\xff\xfe",
            b"\xff\xe1",
        ):
            assert trace not in out[: out.index(b"\xff\xda")], trace
        assert not samples.opened(out).getexif()


@each_case("file_format", ["GIF", "WEBP", "PNG"])
def test_only_the_first_frame_of_an_animation_is_taken_and_said_so(file_format: str) -> None:
    result = cleaned(samples.animation(file_format, 3))
    assert result.first_frame_of == 3
    assert is_near(colour_at(result.picture.data, 20, 15), samples.RED)
    assert cleaned(samples.png()).first_frame_of is None


def test_transparent_parts_become_white() -> None:
    clear = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    sources = [
        samples.encoded(clear, "PNG"),
        samples.encoded(clear, "WEBP", lossless=True, exact=True),
        samples.encoded(Image.new("LA", (32, 32), (0, 0)), "PNG"),
        samples.encoded(palette, "PNG", transparency=0),
        samples.encoded(palette, "GIF", transparency=0),
        samples.encoded(Image.new("RGB", (32, 32), samples.RED), "PNG", transparency=samples.RED),
        samples.encoded(Image.new("L", (32, 32), 7), "PNG", transparency=7),
    ]
    assert [first_colour(source) for source in sources] == [samples.WHITE] * len(sources)


def test_half_transparent_red_becomes_pink() -> None:
    half = samples.encoded(Image.new("RGBA", (32, 32), (255, 0, 0, 128)), "PNG")
    assert is_near(first_colour(half), (255, 127, 127))


def test_unusual_colour_modes_keep_their_colours() -> None:
    grey = Image.new("I;16", (32, 32), 0x8000)
    sources: list[tuple[bytes, Colour]] = [
        (samples.encoded(grey, "PNG"), (128, 128, 128)),
        (samples.encoded(Image.new("L", (32, 32), 90), "PNG"), (90, 90, 90)),
        (samples.encoded(Image.new("L", (32, 32), 90), "JPEG"), (90, 90, 90)),
        (samples.encoded(Image.new("1", (32, 32), 1), "PNG"), samples.WHITE),
        (samples.encoded(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG"), samples.RED),
        (samples.encoded(Image.new("RGB", (32, 32), samples.GREEN).quantize(4), "PNG"), samples.GREEN),
        (png_of_16_bits((0x4000, 0x8000, 0xC000)), (64, 128, 192)),
    ]
    for data, expected in sources:
        assert is_near(first_colour(data), expected), expected


def png_of_16_bits(colour: Colour) -> bytes:
    row = b"\0" + struct.pack(">HHH", *colour) * 32
    header = struct.pack(">IIBBBBB", 32, 32, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + samples.png_chunk(b"IHDR", header)
        + samples.png_chunk(b"IDAT", zlib.compress(row * 32))
        + samples.png_chunk(b"IEND", b"")
    )


@each_case("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_colour_profile_is_applied(file_format: str) -> None:
    red = Image.new("RGB", (32, 32), samples.RED)
    data = samples.encoded(red, file_format, icc_profile=samples.swapped_profile())
    red_after, green_after, _ = first_colour(data)
    assert green_after > 200 > red_after  # the profile says that this "red" looks green


def test_a_profile_of_srgb_changes_nothing() -> None:
    data = samples.jpeg(quality=95, icc_profile=samples.srgb_profile())
    assert is_near(first_colour(data), colour_at(data, 12, 12), 6)


@each_case(
    "profile",
    [
        b"not a profile",
        samples.srgb_profile()[:200],
        b"\0" * 128,
        samples.srgb_profile().replace(b"RGB ", b"CMYK", 1),
    ],
)
def test_a_broken_or_foreign_profile_is_ignored(profile: bytes) -> None:
    red = Image.new("RGB", (32, 32), samples.RED)
    assert is_near(first_colour(samples.encoded(red, "PNG", icc_profile=profile)), samples.RED)


def test_metadata_that_would_unpack_to_a_hundred_megabytes_is_never_unpacked() -> None:
    packed = samples.packed_zeros(100_000_000)
    data = samples.png_with(
        samples.png(),
        samples.png_chunk(b"zTXt", b"Comment\0\0" + packed),
        samples.png_chunk(b"iCCP", b"profile\0\0" + packed),
        samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed),
    )
    assert cleaned(data).picture.size == Size(64, 48)


def test_a_malformed_photo_of_several_pictures_is_read_as_one() -> None:
    """The decoder would warn about a broken multi-picture segment; it never sees it."""
    broken = samples.jpeg_segment(0xE2, b"MPF\0II*\0\x08\0\0\0\xff\xff")
    data = samples.jpeg()
    assert cleaned(data[:2] + broken + data[2:]).picture.size == Size(64, 48)


@each_case("marker", [0xF0, 0xC8, 0xDF, 0xEB, 0xFE])
def test_metadata_hidden_in_another_segment_never_reaches_the_decoder(marker: int) -> None:
    """Found by fuzzing: the decoder looked for segments inside JPG0, and warned about the EXIF there."""
    broken = samples.jpeg_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    data = samples.jpeg().replace(b"JFIF", b"xxxx", 1)
    assert cleaned(data[:2] + samples.jpeg_segment(marker, broken) + data[2:]).picture.size == Size(64, 48)


def test_a_picture_that_lies_about_its_size_is_unreadable() -> None:
    """The canvas says 64 × 48, the picture inside is larger."""
    inside = samples.riff_chunks(samples.webp(640, 480))[0]
    lie = samples.riff([(b"VP8X", b"\0\0\0\0\x3f\0\0\x2f\0\0"), inside])
    with pytest.raises(PictureError) as caught:
        cleaned(lie)
    assert caught.value.problem is PictureProblem.UNREADABLE


@each_case("use", [develop, verify])
@each_case("data", [samples.jpeg(), samples.png(), samples.webp(), samples.animation("GIF")])
def test_a_decoder_that_sees_another_size_than_we_did_is_not_let_on(data: bytes, use: object) -> None:
    header = replace(read(data), size=Size(20, 20))
    with pytest.raises(PictureError) as caught:
        develop(data, header) if use is develop else verify(data, header)
    assert caught.value.problem is PictureProblem.UNREADABLE


@each_case(
    "data",
    [
        samples.jpeg(comment=b"hello", icc_profile=samples.srgb_profile()),
        samples.png(icc_profile=samples.srgb_profile(), dpi=(300, 300)),
        samples.webp(icc_profile=samples.srgb_profile()),
        samples.animation("GIF"),
    ],
)
def test_a_developed_picture_carries_nothing_an_encoder_could_write(data: bytes) -> None:
    assert develop(data, read(data)).info == {}


def test_transparency_is_kept_only_on_request() -> None:
    data = samples.png(mode="RGBA", icc_profile=samples.swapped_profile())
    assert develop(data, read(data), keep_alpha=True).mode == "RGBA"
    assert develop(data, read(data)).mode == "RGB"
