"""A plain picture in a few milliseconds, for tests that only need a valid JPEG of the right size."""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from bot.domain.sizes import Size
from bot.sandbox.painter.canvas import resized


def paint_plain(prompt: str, size: Size, seed: int | None, salt: int) -> bytes:
    """Three by three flat fields whose colours are a hash of the arguments, as a JPEG of exactly `size`."""
    digest = hashlib.sha256(f"{salt if seed is None else seed}\0{prompt}".encode()).digest()
    fields = Image.frombytes("RGB", (3, 3), digest[:27])
    out = io.BytesIO()
    resized(fields, (size.width, size.height), Image.Resampling.NEAREST).save(out, "JPEG", quality=50)
    return out.getvalue()
