"""Files people and bots upload, and the signed addresses Discord gives them."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import warnings
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from PIL import Image, UnidentifiedImageError

from tests.wire.clock import Clock

LINK_LIFETIME = timedelta(hours=24)  # ex - is of links seen in 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way to Discord."""

    filename: str
    data: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return mimetypes.guess_type(self.filename)[0] or "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file Discord keeps. `path` is its place on the CDN, without the signature."""

    id: int
    filename: str
    path: str
    data: bytes = field(repr=False)
    content_type: str
    width: int | None = None
    height: int | None = None
    description: str | None = None
    ephemeral: bool = False

    @property
    def size(self) -> int:
        return len(self.data)


class Cdn:
    """Keeps bytes by path and signs addresses: `?ex=…&is=…&hm=…`, valid for LINK_LIFETIME."""

    def __init__(self, clock: Clock) -> None:
        self.base = ""  # filled in once the port is known
        self._clock = clock
        self._kept: dict[str, Attachment] = {}

    def keep(
        self, upload: Upload, *, attachment_id: int, folder: str, description: str | None = None
    ) -> Attachment:
        """Store under `/{folder}/{attachment_id}/{filename}`; pictures get their size from the header."""
        width, height = _picture_sides(upload.data) or (None, None)
        attachment = Attachment(
            id=attachment_id,
            filename=upload.filename,
            path=f"/{folder}/{attachment_id}/{quote(upload.filename)}",
            data=upload.data,
            content_type=upload.content_type,
            width=width,
            height=height,
            description=description,
            ephemeral=folder.startswith("ephemeral-attachments"),
        )
        self._kept[attachment.path] = attachment
        return attachment

    def forget(self, attachment: Attachment) -> None:
        self._kept.pop(attachment.path, None)

    def url_of(self, attachment: Attachment) -> str:
        """An address that works from now on for LINK_LIFETIME, as a freshly read message has it."""
        issued = int(self._clock.now().timestamp())
        expires = issued + int(LINK_LIFETIME.total_seconds())
        proof = _proof(attachment.path, f"{expires:x}")
        return f"{self.base}{attachment.path}?ex={expires:x}&is={issued:x}&hm={proof}"

    def fetch(self, path: str, *, expires_hex: str, proof: str) -> Attachment | None:
        """The file, or None where it is gone, the link too old or its signature wrong."""
        attachment = self._kept.get(path)
        if attachment is None or proof != _proof(path, expires_hex):
            return None
        return attachment if self._clock.now().timestamp() < int(expires_hex, 16) else None


def _proof(path: str, expires_hex: str) -> str:
    return hashlib.sha256(f"{path}?{expires_hex}".encode()).hexdigest()


def _picture_sides(data: bytes) -> tuple[int, int] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of bombs; only the header is read here
        try:
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
            return None
