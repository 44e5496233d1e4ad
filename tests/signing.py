"""Certificates for tests, and what the library itself reads in a signed file, with settings of its own."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from c2pa import Context, Reader

from bot.provenance.certificates import make_certificate
from bot.provenance.credentials import Credentials, load_credentials
from bot.provenance.signing import ResultSigner

SIGNER = "The Ink Club"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """A certificate that was made for a test."""

    chain: Path
    key: Path
    authority: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"EASEL_C2PA_CERTIFICATE": str(self.chain), "EASEL_C2PA_KEY": str(self.key)}

    def credentials(self) -> Credentials:
        found = load_credentials(self.chain, self.key, now=datetime.now(UTC))
        assert found is not None
        return found

    def signer(self) -> ResultSigner:
        return ResultSigner(self.credentials())


def papers(folder: Path, name: str = SIGNER, *, now: datetime | None = None) -> Papers:
    """Make a certificate in a new folder; `now` is when it begins."""
    chain, key, authority = make_certificate(folder, name, now=now or datetime.now(UTC))
    return Papers(chain=chain, key=key, authority=authority)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the library reads: its verdict, the codes of failures, and the manifest."""

    state: str
    failures: set[str]
    manifest: dict[str, Any]
    text: str

    @property
    def actions(self) -> list[tuple[str, str]]:
        """What was done, and the last part of the digital source type."""
        found = [one["data"] for one in self.manifest["assertions"] if "actions" in one["label"]]
        return [(one["action"], one["digitalSourceType"].rpartition("/")[2]) for one in found[0]["actions"]]


def read_signature(data: bytes, mime: str, *, trusting: Papers | None = None) -> Reading:
    """Read a signature by the library; `trusting` this authority. Raises its error where there is none."""
    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False}}
    if trusting is not None:
        settings["trust"] = {"trust_anchors": trusting.authority.read_text()}
    with Reader(mime, io.BytesIO(data), context=Context.from_json(json.dumps(settings))) as reader:
        text = reader.json()
    found = json.loads(text)
    return Reading(
        state=found["validation_state"],
        failures={one["code"] for one in found["validation_results"]["activeManifest"]["failure"]},
        manifest=found["manifests"][found["active_manifest"]],
        text=text,
    )


def damaged(data: bytes) -> bytes:
    """Return a signed file with one changed byte in its pixels."""
    names = {b"\xff\xd8": b"\xff\xda", b"\x89P": b"IDAT", b"RI": b"VP8 "}
    at = data.rindex(names.get(data[:2], b"mdat")) + 30
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
