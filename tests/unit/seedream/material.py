"""What the tests of the adapter share: recorded answers, small pictures, an order, a reply."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from bot.domain.provider import InputPicture, RenderOrder
from bot.domain.sizes import Resolution, Size
from bot.seedream.wire.reply import Reply

FIXTURES = Path(__file__).parents[2] / "fixtures" / "seedream"
NOW = datetime(2026, 11, 20, 10, 16, tzinfo=UTC)
PROMPT = "an orange fox reading the evening paper"


def recorded(name: str, *, picture: bytes = b"") -> bytes:
    """A recorded answer; `@PICTURE@` in it becomes the base64 of `picture`."""
    return (FIXTURES / name).read_bytes().replace(b"@PICTURE@", base64.b64encode(picture))


def drawn(form: str = "JPEG", *, width: int = 40, height: int = 30, **options: object) -> bytes:
    """The bytes of a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 90, 30)).save(file, form, **options)
    return file.getvalue()


def reference(data: bytes | None = None, *, mime: str = "image/jpeg") -> InputPicture:
    return InputPicture(data=drawn() if data is None else data, mime=mime, size=Size(40, 30))


def an_order(
    *,
    request_id: str = "easel-1.1:a",
    model: str = "bytedance/seedream-4-5",
    prompt: str = PROMPT,
    size: Size | Resolution = Size(2048, 2048),  # noqa: B008  # a frozen value
    references: tuple[InputPicture, ...] = (),
    seed: int | None = None,
    watermark: bool = False,
) -> RenderOrder:
    return RenderOrder(
        request_id=request_id,
        model=model,
        prompt=prompt,
        size=size,
        references=references,
        seed=seed,
        watermark=watermark,
    )


def a_reply(body: bytes | str = b"", *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    data = body.encode() if isinstance(body, str) else body
    # The client collects a success in a bytearray and the beginning of a fault as bytes.
    read = bytearray(data) if 200 <= status < 300 else data
    return Reply(status=status, headers=headers or {}, body=read, received_at=NOW)


def told(message: str, **more: object) -> dict[str, object]:
    """An error in the shape that only the API's own have."""
    return {"message": message, "statusCode": 400, "requestId": "r-1", **more}


def kind_of(kind: str) -> dict[str, object]:
    """An error of today, with its kind."""
    error = {"name": "ForbiddenException", "message": "No.", "data": {"kind": kind}}
    return {"message": "No.", "timestamp": "2026", "error": error}
