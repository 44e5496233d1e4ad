"""A picture a person attached → a JPEG that holds its pixels and nothing else."""

from __future__ import annotations

import io

from bot.domain.pictures import MAX_CLEAN_SIDE, CleanPicture
from bot.domain.rendering import InputPicture
from bot.domain.sizes import Size
from bot.imaging.container import Format, Header
from bot.imaging.pixels import develop

_QUALITY = 92


def clean(data: bytes, header: Header) -> CleanPicture:
    """Upright, sRGB, at most MAX_CLEAN_SIDE a side, never enlarged. Raises `PictureError`.

    Transparency is flattened onto white: one output format keeps every reference small and predictable,
    and white is what most editors show behind a cut-out.
    """
    image = develop(data, header, max_side=MAX_CLEAN_SIDE)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, subsampling=0)  # 4:4:4: drawings and text keep their edges
    return CleanPicture(
        picture=InputPicture(data=out.getvalue(), mime=Format.JPEG.mime, size=Size(*image.size)),
        first_frame_of=header.frames if header.frames > 1 else None,
    )
