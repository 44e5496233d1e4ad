"""The operator's certificate and key, from their files; each problem is one line. Works without the extra."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.errors import SetupError

CERTIFICATE: Final = "EASEL_C2PA_CERTIFICATE"
KEY: Final = "EASEL_C2PA_KEY"
ENDS_SOON: Final = timedelta(days=30)
MAX_FILE_BYTES: Final = 32 * 1024  # certificates are a part of every signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A checked certificate and its key. `chain` is PEM, the bot's own certificate first; `authority` is its last one.

    `algorithm` is C2PA's name of what signs with the key, both "" where it was not read; `signer` is the name in the
    certificate. `is_expired` is no problem of a start, which would take the bot from everybody: it only ends signing.
    """

    chain: str
    authority: str
    key: str = field(repr=False)
    algorithm: str
    signer: str
    expires_at: datetime
    is_expired: bool = False


def is_installed() -> bool:
    """Return whether the extra `provenance` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("c2pa", "cryptography"))


def load_credentials(
    certificate: Path | None, key: Path | None, *, now: datetime, needs_key: bool = True
) -> Credentials | None:
    """Return what the two files hold; None where neither is set. Raises `SetupError` with a line for each problem.

    Without `needs_key` no key is read: the certificate alone shows which signatures are the bot's own.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or (key is None and needs_key):
        given, missing = (KEY, CERTIFICATE) if certificate is None else (CERTIFICATE, KEY)
        raise SetupError(f"{missing} is not set: {given} alone signs nothing; set both, or neither")
    if not is_installed():
        raise SetupError(f'{CERTIFICATE} needs an extra: pip install ".[provenance]"')
    from bot.provenance.certificates import read_credentials  # needs the extra

    problems: list[str] = []
    chain = _read(CERTIFICATE, certificate, problems)
    private = _read(KEY, key, problems) if key is not None and needs_key else None
    found = read_credentials(chain, private, now=now, problems=problems)
    if found is None or problems:
        raise SetupError(*problems)
    return found


def _read(name: str, path: Path, problems: list[str]) -> bytes | None:
    """Return what is in a file; None after adding what is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problems.append(f"{name} names a file that cannot be read ({error.strerror})")
        return None
    if len(data) > MAX_FILE_BYTES:
        problems.append(f"{name} names a file of more than {MAX_FILE_BYTES // 1024} KiB")
        return None
    return data
