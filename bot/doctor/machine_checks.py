"""Checks of this machine: the data folder, its disk, the certificate, and the health endpoint of an Easel that runs."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from bot.app.signing import build_signer
from bot.doctor.asking import Now
from bot.doctor.diagnosis import Diagnosis, bad, good, warning
from bot.errors import SetupError
from bot.health import health_url
from bot.provenance.credentials import ENDS_SOON, load_credentials
from bot.seedream.wire.reply import read
from bot.settings import Settings
from bot.storage.engine import parse_url

MIB: Final = 1024 * 1024
FULL_MIB: Final = 100
LOW_MIB: Final = 1024
COUNT_S: Final = 3.0  # there may be a million of files on a slow disk, and the doctor ends soon
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class _Part(msgspec.Struct):
    status: str
    note: str


class _Health(msgspec.Struct):
    parts: dict[str, _Part]


def diagnose_folder(folder: Path) -> list[Diagnosis]:
    """Check that the data folder is there, or can be made, and is for Easel's account alone."""
    there = _nearest(folder)
    if not there.is_dir():
        return [bad("folder", f"{there} is no folder", "Set DATA_DIR to one, or remove that file.")]
    if not os.access(there, os.W_OK | os.X_OK):
        remedy = "Give it to the account that runs Easel (in the image: 10001)."
        return [bad("folder", f"{there} cannot be written to", remedy)]
    if there != folder:
        return [good("folder", f"{folder}, which the first start makes")]
    found = folder.stat()
    if sys.platform != "win32" and found.st_uid != os.geteuid():
        remedy = "Run the doctor as the account that runs Easel, or give the folder to this one."
        return [warning("folder", f"{folder} belongs to account {found.st_uid}, not to this one", remedy)]
    if sys.platform != "win32" and found.st_mode & _OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        remedy = f"chmod 700 {folder}; a start does that too, unless other folders are in it."
        return [warning("folder", f"{folder} can be read by other accounts ({mode:o})", remedy)]
    return [good("folder", f"{folder}, for this account alone")]


def diagnose_disk(settings: Settings) -> list[Diagnosis]:
    """Check that there is room for undelivered pictures, and for those that are kept."""
    free = shutil.disk_usage(_nearest(settings.data_dir)).free // MIB
    used, is_all = _size_of(settings.data_dir / "kept")
    may_grow = max(0, settings.easel_keep_originals_mb - used // MIB) if _keeps_files(settings) else 0
    remedy = "Make room, or lower EASEL_KEEP_ORIGINALS_MB."
    if free < FULL_MIB:
        return [bad("disk", f"{free} MiB free: results cannot be stored", remedy)]
    if free < LOW_MIB or free < may_grow:
        kept = "kept results" if is_all else f"kept results, at least {used // MIB} MiB,"
        return [warning("disk", f"{free} MiB free, {kept} may take {may_grow} more", remedy)]
    return [good("disk", f"{free / 1024:.1f} GiB free")]


def _keeps_files(settings: Settings) -> bool:
    """Return whether kept results are files: with PostgreSQL they are rows."""
    try:
        return parse_url(settings.database_address).get_backend_name() == "sqlite"
    except SetupError:  # another check reports it
        return True


def _size_of(root: Path) -> tuple[int, bool]:
    """Return the bytes of the files below, and whether all were counted within `COUNT_S`.

    Files that vanish meanwhile or are closed to this account are left out.
    """
    total, until = 0, time.monotonic() + COUNT_S
    for folder, _folders, names in os.walk(root):
        for name in names:
            if time.monotonic() >= until:
                return total, False
            with suppress(OSError):
                total += Path(folder, name).stat().st_size
    return total, True


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    paths = (folder, *folder.absolute().parents)
    return next((path for path in paths if os.path.exists(path)), folder)  # noqa: PTH110  # pathlib raises where it may not look


def diagnose_signing(settings: Settings, now: Now) -> list[Diagnosis]:
    """Check the certificate that results are signed with, by signing a sample; none need be set."""
    certificate, key = settings.easel_c2pa_certificate, settings.easel_c2pa_key
    try:
        credentials = load_credentials(certificate, key, now=now())
        build_signer(credentials)
    except SetupError as error:
        remedy = "Make or renew it (docs/operations.md), or leave both settings out."
        return [bad("signing", problem, remedy) for problem in error.problems]
    if credentials is None or key is None:
        return [good("signing", "off: results carry their mark alone (EASEL_C2PA_CERTIFICATE is not set)")]
    lines: list[Diagnosis] = []
    if sys.platform != "win32" and key.stat().st_mode & _OTHERS:
        lines.append(warning("signing", f"{key} can be read by other accounts", f"chmod 600 {key}"))
    until = f"{credentials.expires_at:%Y-%m-%d}"
    if credentials.is_expired:
        ended = f"the certificate of “{credentials.signer}” ended on {until}: results are not signed"
        return [*lines, bad("signing", ended, "Renew it and restart Easel.")]
    if credentials.expires_at - now() < ENDS_SOON:
        remedy = "Renew it and restart Easel: results are not signed after that."
        return [
            *lines,
            warning("signing", f"the certificate of “{credentials.signer}” ends on {until}", remedy),
        ]
    return [*lines, good("signing", f"as “{credentials.signer}”, until {until}")]


async def diagnose_health(session: aiohttp.ClientSession, bind: str) -> list[Diagnosis]:
    """Ask an Easel on this machine how it is. None need run."""
    if not bind:
        return [good("health", "switched off (EASEL_HEALTH_BIND is empty)")]
    try:
        async with session.get(health_url(bind), allow_redirects=False) as response:
            health = read(_Health, await response.content.read(MIB))
    except aiohttp.ClientConnectorError:
        return [good("health", f"nothing answers at {bind}: Easel does not run here")]
    except (aiohttp.ClientError, OSError, ValueError):
        health = None
    if health is None:
        remedy = "Stop it, or choose another port in EASEL_HEALTH_BIND."
        return [bad("health", f"another program answers at {bind}", remedy)]
    notes = {name: part.note for name, part in health.parts.items() if part.status != "ok"}
    lines = [bad("health", f"{name}: {note}", "See Easel's log.") for name, note in notes.items()]
    return lines or [good("health", "Easel runs, and all of it is well")]
