"""Pictures and hostile files, made at test time."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

from bot.imaging.style import Colour, TextBox

GPS_TEXT = "GPS-SECRET-52.5200"
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A smooth picture with detail in every channel."""
    ramp = _stretched(Image.linear_gradient("L"), width, height)
    channels = [
        ramp.transpose(turn) for turn in (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180)
    ]
    across = _stretched(Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90), width, height)
    picture = Image.merge("RGB", (ramp, across, channels[0]))
    if mode == "RGBA":
        picture.putalpha(across)
        return picture
    return picture.convert(mode)


def _stretched(image: Image.Image, width: int, height: int) -> Image.Image:
    return image.transform((width, height), Image.Transform.EXTENT, (0, 0, *image.size))


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """What compresses worst."""
    return Image.merge(mode, [Image.effect_noise((width, height), 120) for _ in mode])


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    image = opened(data)
    return image.mode, image.size, image.tobytes()


def jpeg(width: int = 64, height: int = 48, **options: Any) -> bytes:
    return encoded(gradient(width, height), "JPEG", **options)


def png(width: int = 64, height: int = 48, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(gradient(width, height, mode), "PNG", **options)


def webp(width: int = 64, height: int = 48, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(gradient(width, height, mode), "WEBP", **options)


def animation(file_format: str, frames: int = 3, **options: Any) -> bytes:
    """Red first, then other colours."""
    colours = [RED, GREEN, BLUE, WHITE] * frames
    first, *others = [Image.new("RGB", (40, 30), colour) for colour in colours[:frames]]
    return encoded(first, file_format, save_all=True, append_images=others, duration=100, **options)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """All chunks; fails on a wrong checksum."""
    found: list[tuple[bytes, bytes]] = []
    at = 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        assert checksum == zlib.crc32(name + body), name
        found.append((name, body))
        at += 12 + length
    return found


def png_with(data: bytes, *extra: bytes) -> bytes:
    """`data` with whole chunks right after IHDR."""
    return data[:33] + b"".join(extra) + data[33:]


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and stops."""
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def png_bomb(width: int, height: int) -> bytes:
    """A real, complete, all-black PNG of a few hundred kB, written without ever holding its pixels."""
    body = packed_zeros((1 + width * 3) * height)
    return png_header(width, height) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def packed_zeros(size: int) -> bytes:
    """A whole zlib stream of so many zeros, of which the same piece is packed only once."""
    packer, piece = zlib.compressobj(9, wbits=-15), 1_000_000
    packed = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(size % piece)) + packer.flush()
    return b"\x78\xda" + packed * (size // piece) + rest + struct.pack(">HH", size % 65_521, 1)


def png_claim(width: int, height: int) -> bytes:
    """A PNG that claims a size, with ten million pixels in ten thousand bytes."""
    body = packed_zeros(10_000_000)
    return png_header(width, height) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def jpeg_header(width: int, height: int) -> bytes:
    """A JPEG whose header claims a size; nothing behind its scan header."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + jpeg_segment(0xC0, frame) + jpeg_segment(0xDA, b"\1\1\0\0\x3f\0")


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def webp_header(width: int, height: int) -> bytes:
    """An extended WebP that claims a canvas; no picture in it."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff([(b"VP8X", b"\0\0\0\0" + sides)])


def gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2\0;"


def riff(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for name, b in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def riff_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """All chunks; fails where the sizes do not add up."""
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WEBP"
    assert struct.unpack_from("<I", data, 4)[0] + 8 == len(data)
    found: list[tuple[bytes, bytes]] = []
    at = 12
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        found.append((data[at : at + 4], data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    assert at == len(data)
    return found


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with a place in it."""
    values = Image.Exif()
    values[0x0112] = orientation
    values[0x010E] = GPS_TEXT
    values[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)}
    return values


def png_text(**texts: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    return info


def swapped_profile() -> bytes:
    """A valid RGB profile whose red and green primaries are exchanged, so that using it cannot be missed."""
    profile = ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - C
    )
    data = profile.tobytes()
    return data.replace(b"rXYZ", b"tmpX", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmpX", b"gXYZ", 1)


def srgb_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - C
    )
    return profile.tobytes()


def outside(box: TextBox, frame: TextBox) -> float:
    """How many pixels of `box` stick out of `frame`, over all sides."""
    over = (frame.left - box.left, frame.top - box.top)
    under = (box.right - frame.right, box.bottom - frame.bottom)
    return sum(max(0.0, side) for side in (*over, *under))


HOSTILE = {
    "nothing": b"",
    "text": b"not a picture at all",
    "too large": png_header(60_000, 60_000),
    "only a header": jpeg_header(300, 200),
    "stops early": encoded(noise(60, 60), "JPEG")[:-1500],
    "damaged": png_header(64, 48) + png_chunk(b"IDAT", b"rubbish"),
}


def flat(width: int, height: int, colour: Colour, file_format: str = "PNG") -> bytes:
    return encoded(Image.new("RGB", (width, height), colour), file_format)


def opened_jpeg(data: bytes) -> Image.Image:
    """What the composer made: an RGB JPEG."""
    image = opened(data)
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


def is_about(image: Image.Image, at: tuple[float, float], colour: Colour, *, within: int = 12) -> bool:
    pixel = image.getpixel((round(at[0]), round(at[1])))
    assert isinstance(pixel, tuple)
    return all(abs(part - wanted) <= within for part, wanted in zip(pixel, colour, strict=True))
