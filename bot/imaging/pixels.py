"""Decoding from a container to upright 8-bit sRGB. Untrusted pixels are decoded only in this module."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager

from PIL import Image, ImageCms

from bot.domain.pictures import MAX_CLEAN_SIDE, CleanPicture, PictureError, PictureProblem
from bot.domain.provider import InputPicture
from bot.domain.sizes import Size
from bot.formats import header as headers
from bot.formats import jpeg
from bot.formats.container import Format, Header, truncated, unreadable

# Peak memory of decoding and scaling, measured at 31 MP with Pillow 13: progressive JPEG 10.1, PNG with
# alpha 10.1, GIF 6.1, WebP 19.3 (libwebp keeps two canvases beside Pillow's copy).
_BYTES_PER_PIXEL = {Format.JPEG: 11, Format.PNG: 11, Format.GIF: 11, Format.WEBP: 20}
# The same for re-encoding at full size, with transparency if the format has it: encoding WebP took 26.5.
_BYTES_PER_COPIED_PIXEL = {Format.JPEG: 11, Format.PNG: 28, Format.GIF: 28, Format.WEBP: 28}

# EXIF orientation → what to do to the pixels, from the EXIF 2.3 table of row and column origins.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Where a profile's header names its colour space (ICC.1, 7.2), and the pictures it may be applied to.
_ICC_SPACE = slice(16, 20)
_ICC_SPACES = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}


def decode_cost_bytes(header: Header, data: bytes) -> int:
    """Estimate the peak memory of decoding the picture and scaling it down, in bytes."""
    return header.size.pixels * _BYTES_PER_PIXEL[header.format] + 2 * len(data)


def copy_cost_bytes(header: Header, data: bytes) -> int:
    """Estimate the peak memory of re-encoding the picture at the same size, in bytes."""
    return header.size.pixels * _BYTES_PER_COPIED_PIXEL[header.format] + 2 * len(data)


def verify(data: bytes, header: Header) -> None:
    """Check that the whole picture can be decoded. Raises `PictureError` if it cannot.

    A JPEG is decoded at an eighth of its size: every byte is read, but most time and memory are saved.
    """
    with _translated(header):
        _require_all_pixels(data, header)
        _open(headers.bare(data, header).data, header, (1, 1)).close()


def develop(
    data: bytes, header: Header, *, max_side: int | None = None, keep_alpha: bool = False
) -> Image.Image:
    """Decode the first frame: upright, sRGB, without metadata, at most `max_side` pixels a side.

    The mode is RGBA if `keep_alpha` is set and the picture has transparency; otherwise it is RGB and transparent
    parts become white. A colour profile that is broken or for another colour space is ignored.
    Raises `PictureError` if the picture cannot be decoded.
    """
    bare = headers.bare(data, header)
    with _translated(header):
        _require_all_pixels(data, header)
        image = _open(bare.data, header, _scaled(header.size, max_side) if max_side else None)
        image = _plain(image)
        if max_side:
            image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        image = _srgb(image, bare.icc, keep_alpha=keep_alpha)
        if header.orientation in _TURNS:
            image = image.transpose(_TURNS[header.orientation])
        image.info.clear()
        return image


def _open(data: bytes, header: Header, draft: tuple[int, int] | None) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=(header.format.value,))
    if image.size != (header.size.width, header.size.height):
        raise unreadable(f"the header says {header.size}, the decoder {image.size}")
    if draft:
        image.draft(None, draft)  # does nothing for formats that cannot be scaled while decoding
    image.load()
    return image


def _require_all_pixels(data: bytes, header: Header) -> None:
    """Refuse a JPEG that was cut off, but not one that lacks its end mark alone.

    libjpeg invents the pixels that are missing without saying so. Then they depend on the bytes where the scan was cut
    off; bytes behind a whole scan change nothing.
    """
    if header.is_complete or header.format is not Format.JPEG:
        return
    as_cut, with_noise = (
        _digest(jpeg.bare(data, before_end=end).data, header) for end in (b"", jpeg.noise())
    )
    if as_cut != with_noise:
        raise truncated("a JPEG that stops inside its last scan")


def _digest(data: bytes, header: Header) -> bytes:
    with _open(data, header, None) as image:
        return hashlib.sha256(image.tobytes()).digest()


def _scaled(size: Size, max_side: int) -> tuple[int, int]:
    factor = min(1, max_side / max(size.width, size.height))
    return math.ceil(size.width * factor), math.ceil(size.height * factor)


def _plain(image: Image.Image) -> Image.Image:
    """Convert to 8 bits a channel without palettes: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # 16-bit grey, which `convert` would clip at 255
        scaled = image.point(lambda value: value * (1 / 256))  # pyright: ignore[reportUnknownMemberType] - numpy
        image = scaled.convert("L")
        image.info.pop("transparency", None)
    if "transparency" in image.info or image.mode in {"LA", "PA", "RGBA"}:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _srgb(image: Image.Image, icc: bytes | None, *, keep_alpha: bool) -> Image.Image:
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        if keep_alpha:
            image = _converted(image.convert("RGB"), icc)
            image.putalpha(alpha)
            return image
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=alpha)
        image = flat
    return _converted(image, icc)


def _converted(image: Image.Image, icc: bytes | None) -> Image.Image:
    if icc is not None and _ICC_SPACES.get(icc[_ICC_SPACE]) == image.mode:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            turned = ImageCms.profileToProfile(image, source, _srgb_profile(), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None
        if turned is not None:
            return turned
    return image.convert("RGB")


def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - C
    )


@contextmanager
def _translated(header: Header) -> Generator[None]:
    """Translate every error that Pillow's decoders raise, as documented or seen, to `PictureError`."""
    try:
        yield
    except (
        OSError,
        EOFError,
        SyntaxError,
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        NotImplementedError,
        MemoryError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        problem = PictureProblem.UNREADABLE if header.is_complete else PictureProblem.TRUNCATED
        raise PictureError(problem, detail=f"{type(error).__name__}: {error}"[:200]) from error


_QUALITY = 92


def clean(data: bytes, header: Header, *, max_side: int = MAX_CLEAN_SIDE) -> CleanPicture:
    """Re-encode as an upright sRGB JPEG of at most `max_side` pixels a side, never enlarged.

    Transparent parts become white, as most editors show them: with one output format every reference is small
    and predictable. Raises `PictureError` if the picture cannot be decoded.
    """
    image = develop(data, header, max_side=max_side)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, subsampling=0)  # 4:4:4: drawings and text keep their edges
    return CleanPicture(
        picture=InputPicture(data=out.getvalue(), mime=Format.JPEG.mime, size=Size(*image.size)),
        first_frame_of=header.frames if header.frames > 1 else None,
    )
