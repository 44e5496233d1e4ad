"""The real format of a file and its header, checked before its pixels are decoded."""

from __future__ import annotations

from bot.domain.pictures import (
    MAX_REFERENCE_BYTES,
    MAX_REFERENCE_PIXELS,
    MAX_REFERENCE_RATIO,
    MIN_REFERENCE_SIDE,
    PictureError,
    PictureProblem,
)
from bot.formats import gif, jpeg, png, webp
from bot.formats.container import Bare, Format, Header, unreadable


def sniff(data: bytes) -> Format:
    """Return the format, from the first bytes. Raises `PictureError`: UNKNOWN_FORMAT."""
    if data.startswith(jpeg.MAGIC):
        return Format.JPEG
    if data.startswith(png.MAGIC):
        return Format.PNG
    if data.startswith(webp.MAGIC) and data[8:12] == webp.KIND:
        return Format.WEBP
    if data.startswith(gif.MAGICS):
        return Format.GIF
    raise PictureError(PictureProblem.UNKNOWN_FORMAT, detail=f"begins with {data[:8].hex()}")


def read(data: bytes) -> Header:
    """Return the header. Raises `PictureError`, also for more than MAX_REFERENCE_PIXELS."""
    match sniff(data):
        case Format.JPEG:
            header = jpeg.read(data)
        case Format.PNG:
            header = png.read(data)
        case Format.WEBP:
            header = webp.read(data)
        case Format.GIF:
            header = gif.read(data)
    if header.size.pixels == 0:
        raise unreadable("a picture without pixels")
    if header.size.pixels > MAX_REFERENCE_PIXELS:
        raise PictureError(PictureProblem.TOO_MANY_PIXELS, detail=str(header.size))
    return header


def read_reference(data: bytes) -> Header:
    """Return the header. Raises `PictureError`, also for a file that the provider takes as no reference."""
    if len(data) > MAX_REFERENCE_BYTES:
        raise PictureError(PictureProblem.TOO_MANY_BYTES, detail=f"{len(data)} bytes")
    header = read(data)
    size = header.size
    if min(size.width, size.height) < MIN_REFERENCE_SIDE:
        raise PictureError(PictureProblem.TOO_SMALL, detail=str(size))
    if max(size.ratio, 1 / size.ratio) > MAX_REFERENCE_RATIO:
        raise PictureError(PictureProblem.WRONG_RATIO, detail=str(size))
    return header


def result_format(data: bytes) -> Format:
    """Return JPEG, PNG or WebP, from the first bytes. Raises `PictureError`: UNKNOWN_FORMAT for anything else.

    The format comes from the bytes, because providers send wrong content types.
    """
    if (found := sniff(data)) is Format.GIF:
        raise PictureError(PictureProblem.UNKNOWN_FORMAT, detail="a result as GIF")
    return found


def read_result(data: bytes) -> Header:
    """Return the header of a JPEG, PNG or WebP. Raises `PictureError` for anything else."""
    result_format(data)
    return read(data)


def check_complete(data: bytes, header: Header) -> None:
    """Check a complete file for the damage that shows without decoding. Raises `PictureError`.

    A JPEG has no checksums, and libjpeg does not complain of broken scan data either: its end mark must do.
    """
    if header.format is Format.PNG:
        png.check(data)
    elif header.format is Format.WEBP:
        webp.check(data)


def bare(data: bytes, header: Header) -> Bare:
    """Return the parts of `data` that a decoder may see."""
    match header.format:
        case Format.JPEG:
            return jpeg.bare(data)
        case Format.PNG:
            return png.bare(data)
        case Format.WEBP:
            return webp.bare(data)
        case Format.GIF:
            return gif.bare(data)
