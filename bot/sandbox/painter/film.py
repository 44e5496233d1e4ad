"""Makes short films: a picture through which a camera moves, two that become each other, or a painted scene."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import av
from PIL import Image, ImageChops, ImageFilter, ImageOps

from bot.sandbox.painter import UnreadableReferenceError, label, strip_height
from bot.sandbox.painter.air import Air
from bot.sandbox.painter.brief import Brief, entropy_of, read_brief
from bot.sandbox.painter.canvas import XY, Canvas, resized, tinted
from bot.sandbox.painter.colours import Rgb
from bot.sandbox.painter.scenes import Scene

RATE = 24
SHORT_SIDE = 640  # pixels; the real model makes 768
_ROOM = 1.12  # pictures are prepared this much larger than the film, for the camera to come near
_QUALITY = {"preset": "superfast", "crf": "20"}
_THREADS = 1
_LOW = 0.75  # most of what goes is the sky: subjects stand low, and a strip of words is at the foot
_NOTE = "offline preview · Easel demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """How near the camera is at the beginning and end, and where it looks: -1 to 1 of the room that leaves."""

    near: tuple[float, float]
    x: tuple[float, float] = (0.0, 0.0)
    y: tuple[float, float] = (_LOW, _LOW)

    def box(self, share: float, size: tuple[int, int], *, nearer: float = 0.0) -> _Box:
        """Return what of a picture is seen after a share of the time."""
        near = _between(self.near, share) + nearer * share
        wide, tall = size[0] / near, size[1] / near
        left = (size[0] - wide) / 2 * (1 + _between(self.x, share))
        top = (size[1] - tall) / 2 * (1 + _between(self.y, share))
        return left, top, left + wide, top + tall


_MOVES = (
    (re.compile(r"\b(?:push|zoom|dolly|move)s? in\b", re.IGNORECASE), _Move(near=(1.1, 1.34))),
    (re.compile(r"\b(?:pull|zoom|dolly|move)s? out\b", re.IGNORECASE), _Move(near=(1.34, 1.1))),
    (re.compile(r"\b(?:pan|truck)s? left\b", re.IGNORECASE), _Move(near=(1.24, 1.24), x=(0.9, -0.9))),
    (re.compile(r"\b(?:pan|truck)s? right\b", re.IGNORECASE), _Move(near=(1.24, 1.24), x=(-0.9, 0.9))),
    (re.compile(r"\b(?:tilt|pedestal)s? up\b", re.IGNORECASE), _Move(near=(1.24, 1.24), y=(_LOW, -0.9))),
    (re.compile(r"\b(?:tilt|pedestal)s? down\b", re.IGNORECASE), _Move(near=(1.24, 1.24), y=(-0.9, _LOW))),
)  # fmt: skip
_USUAL = (
    _Move(near=(1.1, 1.26), x=(-0.25, 0.35), y=(_LOW, 0.5)),
    _Move(near=(1.26, 1.1), x=(0.4, -0.2), y=(0.4, _LOW)),
    _Move(near=(1.2, 1.24), x=(-0.8, 0.8)),
)

_Box = tuple[float, float, float, float]  # left, top, right, bottom, between pixels
Shot = Callable[[float], Image.Image]  # from a share of the time to a picture of the film's size


def make_film(
    prompt: str, frames: Sequence[bytes], seconds: float, salt: int, *, short_side: int = SHORT_SIDE
) -> bytes:
    """Return an MP4 of H.264, a pure function of its arguments. Raises `UnreadableReferenceError`.

    It shows the picture of one frame (an encoded picture), goes from the first to the last of two, and is painted from
    the words without any. Six seconds take about three seconds of a processor.
    """
    brief, size = (
        read_brief(prompt, entropy=entropy_of(prompt, salt)),
        _size(frames[0] if frames else None, short_side),
    )
    move = _move(prompt)
    shots = [
        _camera(_picture(frame, size), size, one)
        for frame, one in zip(frames, (move, _after(move)), strict=False)
    ]
    match shots:
        case [one, other]:
            shot = _becoming(one, other, size)
        case [one]:
            shot = one
        case _:
            shot = _painted(brief, size, move)
    return _encoded(_frames(shot, brief, prompt, size, count=round(seconds * RATE), seconds=seconds), size)


def _size(frame: bytes | None, short_side: int) -> tuple[int, int]:
    """Return the size in pixels, even, with the shape of a frame; 16:9 without one, as the real model does it."""
    ratio = 16 / 9
    if frame is not None:
        upright = _opened(frame)
        ratio = upright.width / upright.height
    wide, tall = (short_side * ratio, short_side) if ratio >= 1 else (short_side, short_side / ratio)
    return round(wide / 2) * 2, round(tall / 2) * 2


def _opened(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data)) as source:
            source.draft("RGB", (2048, 2048))
            return ImageOps.exif_transpose(source).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as wrong:  # Pillow's errors for bad files
        raise UnreadableReferenceError("A frame could not be read") from wrong


def _picture(data: bytes, size: tuple[int, int]) -> Image.Image:
    return ImageOps.fit(_opened(data), _roomy(size), Image.Resampling.LANCZOS)


def _roomy(size: tuple[int, int]) -> tuple[int, int]:
    return round(size[0] * _ROOM), round(size[1] * _ROOM)


def _move(prompt: str) -> _Move:
    """Return the move of the camera that a prompt asks for, else one by chance."""
    found = next((move for words, move in _MOVES if words.search(prompt)), None)
    return found or _USUAL[hashlib.sha256(prompt.encode()).digest()[0] % len(_USUAL)]


def _after(move: _Move) -> _Move:
    """Return the move with which a second picture goes on while the first one fades."""
    return replace(move, near=(max(move.near), min(move.near)))


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _camera(image: Image.Image, size: tuple[int, int], move: _Move) -> Shot:
    """Move a camera through one picture."""
    return lambda share: _seen(image, size, move.box(_calm(share), image.size))


def _seen(image: Image.Image, size: tuple[int, int], box: _Box) -> Image.Image:
    """Return what is in a box of a picture at another size; the box lies between pixels, so that moves are smooth."""
    return image.resize(size, Image.Resampling.BILINEAR, box)  # pyright: ignore[reportUnknownMemberType] - Pillow hints at numpy


def _calm(share: float) -> float:
    """Let a camera start and stop softly, and never stand still between."""
    return (share + _eased(share)) / 2


def _becoming(one: Shot, other: Shot, size: tuple[int, int]) -> Shot:
    """Let one shot become another along a soft edge of light that crosses the picture."""
    slope = resized(Image.linear_gradient("L").rotate(90), size, Image.Resampling.BILINEAR)
    grain = resized(Image.effect_noise((24, 14), 60), size)
    order = Image.blend(slope, grain, 0.3)  # which parts change first

    def at(share: float) -> Image.Image:
        done = min(1.0, max(0.0, (share - 0.18) / 0.64))
        if done == 0.0:
            return one(share)
        if done == 1.0:
            return other(share)
        edge = _eased(done) * (255 + 150) - 75
        mask = tinted(
            order, [round(min(255, max(0, (edge - value) / 75 * 128 + 128))) for value in range(256)]
        )
        return Image.composite(other(share), one(share), mask)

    return at


class _StillScene(Scene):
    """A scene without what is in the air, which moves."""

    def weather(self) -> None:
        """Paint nothing."""


class _EmptyScene(_StillScene):
    """The same without its subjects, but with the light around them."""

    def subject(self, name: str, own: Rgb | None, foot: XY, tall: float, *, flip: bool = False) -> None:
        """Paint the light alone."""
        self.halo(name, foot, tall)


def _painted(brief: Brief, size: tuple[int, int], move: _Move) -> Shot:
    """Paint the scene of the words in two depths: its subjects come nearer than the land behind them."""
    behind, whole = Image.new("RGB", _roomy(size)), Image.new("RGB", _roomy(size))
    _EmptyScene(Canvas(behind), brief).paint()
    _StillScene(Canvas(whole), brief).paint()
    apart = tinted(
        ImageChops.difference(behind, whole).convert("L"), [min(255, value * 40) for value in range(256)]
    )
    far = _camera(behind, size, move)
    inside, mask = apart.getbbox(), apart.filter(ImageFilter.GaussianBlur(0.8))
    if inside is None:
        return far

    def at(share: float) -> Image.Image:
        frame = far(share)
        box = move.box(_calm(share), whole.size, nearer=0.05)
        place, source = _where(inside, box, size)
        there = place[2] - place[0], place[3] - place[1]
        if min(there) > 0:
            frame.paste(_seen(whole, there, source), place, _seen(mask, there, source))
        return frame

    return at


def _where(
    inside: tuple[int, int, int, int], box: _Box, size: tuple[int, int]
) -> tuple[tuple[int, int, int, int], _Box]:
    """Return where a part of a picture is in the film, in whole pixels, and what of the picture that is."""
    left, top, right, _ = box
    scale = size[0] / (right - left)
    place = (
        max(0, math.floor((inside[0] - left) * scale) - 1),
        max(0, math.floor((inside[1] - top) * scale) - 1),
        min(size[0], math.ceil((inside[2] - left) * scale) + 1),
        min(size[1], math.ceil((inside[3] - top) * scale) + 1),
    )
    source = left + place[0] / scale, top + place[1] / scale, left + place[2] / scale, top + place[3] / scale
    return place, source


def _frames(
    shot: Shot, brief: Brief, prompt: str, size: tuple[int, int], *, count: int, seconds: float
) -> Iterator[Image.Image]:
    air, strip = Air(brief, size), Image.new("RGB", size)
    label(strip, brief.palette, prompt, _NOTE)
    top = size[1] - strip_height(size)
    strip = strip.crop((0, top, *size))
    for number in range(count):
        share = number / max(1, count - 1)
        frame = shot(share)
        air.draw(frame, share * seconds)
        frame.paste(strip, (0, top))
        yield frame


def _encoded(frames: Iterator[Image.Image], size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE)  # pyright: ignore[reportUnknownMemberType] - its kwargs
        stream.width, stream.height = size
        stream.pix_fmt, stream.options = "yuv420p", {**_QUALITY}
        stream.codec_context.thread_count = _THREADS
        for image in frames:
            frame = av.VideoFrame.from_image(image)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            container.mux(stream.encode(frame))  # pyright: ignore[reportUnknownArgumentType] - PyAV does not type images
        container.mux(stream.encode(None))
    return out.getvalue()
