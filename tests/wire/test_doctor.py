"""The doctor beside the stand-ins, with each thing broken in turn: one line tells the cause and the remedy."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.doctor.diagnosis import COLUMNS, Severity, report, status_of
from bot.provenance.certificates import MADE_FOR
from tests.contract.seedream_api import listening, saying
from tests.signing import papers
from tests.wire.state import Permission
from tests.wire.ward import BILLING, KEY, LIMIT, MODELS, TOKEN, Ward

PAGE = b"<!doctype html><title>Access denied</title>"
HTML = {"Content-Type": "text/html"}
REFUSED = (Path(__file__).parents[1] / "fixtures/seedream/fault_401.json").read_bytes()


# Each thing broken, and the line that tells of it: "✗ part", words of the cause, words of the remedy.

Break = Callable[[Ward], object]


def unset(name: str) -> Break:
    return lambda ward: ward.environ.pop(name)


def setting(**values: str) -> Break:
    return lambda ward: ward.environ.update(values)


def failing(path: str, status: int, body: bytes | None = None, **headers: str) -> Break:
    return lambda ward: ward.server.fail(
        "GET", path, status=status, body=body, headers=headers or None, times=None
    )


def application(**fields: object) -> Break:
    return lambda ward: ward.server.world.application.update(fields)


def saying_of(path: str, body: Any, status: int = 200) -> Break:
    return lambda ward: ward.says(path, body, status=status)


def key_with(**facts: Any) -> Break:
    return lambda ward: ward.tells_of_key(**facts)


def offering(*models: tuple[str, float, str]) -> Break:
    others = [one for one in (PICTURES, VIDEOS, CHAT) if one[0] not in {name for name, _usd, _unit in models}]
    return lambda ward: ward.offers(*models, *others)


def late(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) - timedelta(seconds=seconds), usegmt=True)


def returning(value: object) -> Callable[..., object]:
    def instead(*_args: object) -> object:
        return value

    return instead


def denied(*_args: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def break_down(*_args: object) -> None:
    raise ZeroDivisionError


def patched(target: str, value: object) -> Break:
    return lambda ward: ward.patch.setattr(target, value)


def disk(free_mib: int) -> Break:
    return patched(
        "bot.doctor.machine_checks.shutil.disk_usage", returning(SimpleNamespace(free=free_mib << 20))
    )


def slow_disk(ward: Ward) -> None:
    disk(3000)(ward)
    (ward.folder / "kept").mkdir()
    (ward.folder / "kept" / "out-0").touch()
    ward.patch.setattr("bot.doctor.machine_checks.COUNT_S", 0.0)


def without_permissions(*names: Permission) -> Break:
    def take(ward: Ward) -> None:
        for name in names:
            ward.studio.bot_permissions &= ~name

    return take


def serving_health(body: object, status: int) -> Callable[[Ward], Any]:
    async def serve(ward: Ward) -> None:
        answer = saying(json.dumps(body).encode(), status=status)
        address = await ward.stack.enter_async_context(listening(answer))
        ward.environ["EASEL_HEALTH_BIND"] = address.removeprefix("http://")

    return serve


def signing(*, days: int = 400, mode: int = 0o600) -> Break:
    """A certificate that ends in so many days, beside a key with this mode."""

    def make(ward: Ward) -> None:
        mine = papers(
            ward.folder.parent / "papers", now=datetime.now(UTC) - MADE_FOR + timedelta(days=days, hours=1)
        )
        mine.key.chmod(mode)
        ward.environ.update(mine.environ)

    return make


def locking(ward: Ward) -> None:
    """Another tool keeps the file to itself."""
    ward.patch.setattr("bot.storage.probe.BUSY_S", 0.01)
    conn = sqlite3.connect(ward.database, isolation_level=None)
    ward.stack.callback(conn.close)
    for statement in ("PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE", "CREATE TABLE held (id)"):
        conn.execute(statement)


def damaging(ward: Ward) -> None:
    ward.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(ward.database.read_bytes())
    data[20_480:28_672] = b"\xff" * 8_192
    ward.database.write_bytes(data)


PICTURES = ("bytedance/seedream-4-5", 0.042, "image")
VIDEOS = ("minimax/hailuo-02", 0.0728, "second")
CHAT = ("gpt-4o-mini", 0.0, "token")
MISSING_ME = "/users/@me"
BROKEN: dict[str, tuple[Callable[[Ward], Any], str, str, str]] = {
    # settings
    "an unknown name": (
        setting(EASEL_GUILD="1"),
        "✗ settings",
        "did you mean EASEL_GUILDS",
        "docs/settings.md",
    ),
    "a wrong value": (
        setting(EASEL_WORKER_CONCURRENCY="x"),
        "✗ settings",
        "EASEL_WORKER_CONC",
        "default stands in",
    ),
    "a .env in UTF-16": (
        lambda _: Path(".env").write_bytes("A=b".encode("utf-16")),
        *("✗ settings", "not UTF-8", "Put it right"),
    ),
    # this machine
    "a folder that is a file": (
        lambda ward: (
            shutil.rmtree(ward.folder),
            ward.folder.touch(),
            ward.environ.update(DATABASE_URL="sqlite:///x.db"),
        ),
        *("✗ folder", "is no folder", "DATA_DIR"),
    ),
    "a folder of root": (patched("os.access", returning(False)), "✗ folder", "written to", "10001"),
    "an open folder": (lambda ward: ward.folder.chmod(0o755), "! folder", "(755)", "chmod 700"),
    "another's folder": (
        patched("os.geteuid", returning(77)),
        "! folder",
        "belongs to account",
        "Run the doctor as",
    ),
    "a full disk": (disk(20), "✗ disk", "20 MiB free", "Make room"),
    "a disk that will be full": (disk(3000), "! disk", "may take 4096 more", "EASEL_KEEP_ORIGINALS_MB"),
    "a disk that will be full beside SQLite of another folder": (
        lambda ward: (
            disk(3000)(ward),
            ward.environ.update(DATABASE_URL=f"sqlite:///{ward.folder / 'other.db'}"),
        ),
        *("! disk", "may take 4096 more", "EASEL_KEEP_ORIGINALS_MB"),
    ),
    "a disk with more files than can be counted": (
        slow_disk,
        "! disk",
        "at least 0 MiB, may take 4096 more",
        "Make room",
    ),
    "a certificate without its key": (
        setting(EASEL_C2PA_CERTIFICATE="certificate.pem"),
        *("✗ signing", "EASEL_C2PA_KEY is not set", "docs/operations.md"),
    ),
    "a certificate that is not there": (
        lambda ward: (signing()(ward), Path(ward.environ["EASEL_C2PA_CERTIFICATE"]).unlink()),
        *("✗ signing", "EASEL_C2PA_CERTIFICATE names a file that cannot be read", "Make or renew it"),
    ),
    "a certificate that ended": (signing(days=-1), "✗ signing", "ended on 20", "Renew it and restart"),
    "a certificate that ends soon": (signing(days=29), "! signing", "ends on 20", "Renew it and restart"),
    "a key that others can read": (signing(mode=0o644), "! signing", "can be read by other", "chmod 600"),
    "an Easel that is not well": (
        serving_health(
            {"parts": {"gateway": {"status": "failing", "note": "not connected to Discord"}}}, 503
        ),
        *("✗ health", "gateway: not connected to Discord", "log"),
    ),
    "another program": (serving_health(["hello"], 200), "✗ health", "another program", "EASEL_HEALTH_BIND"),
    # the database
    "no database file": (
        lambda ward: ward.database.write_bytes(b"hello" * 999),
        *("✗ database", "file is not a database", "bot restore"),
    ),
    "another's database": (
        patched("bot.doctor.database_checks.probe_sqlite", denied),
        *("✗ database", "cannot be read (Permission denied)", "account that runs Easel"),
    ),
    "a damaged database": (damaging, "✗ database", "", "restore a backup"),
    "a locked database": (locking, "! database", "is locked", "Close other tools"),
    "no WAL": (
        lambda ward: ward.execute("PRAGMA journal_mode=DELETE"),
        "! database",
        "without WAL",
        "Start Easel",
    ),
    "an older schema": (
        lambda ward: ward.execute("UPDATE alembic_version SET version_num = '0001'"),
        *("! migrations", "0001", "python -m bot migrate"),
    ),
    "a newer schema": (
        lambda ward: ward.execute("UPDATE alembic_version SET version_num = '9999'"),
        *("✗ migrations", "9999", "Update this Easel"),
    ),
    "no database at all": (setting(DATABASE_URL="mysql://h/d"), "✗ database", "mysql", "DATABASE_URL"),
    # Discord
    "no token": (unset("DISCORD_TOKEN"), "✗ token", "not set; application, intents", "Reset Token"),
    "half a token": (setting(DISCORD_TOKEN="two words"), "✗ token", "no token does", "Reset Token"),
    "a token that was reset": (failing(MISSING_ME, 401), "✗ token", "does not accept", "Reset Token"),
    "a blocked address": (failing(MISSING_ME, 429, PAGE, **HTML), "✗ token", "blocks this address", "Wait"),
    "Discord down": (failing(MISSING_ME, 503, PAGE, **HTML), "✗ token", "HTTP 503", "discordstatus.com"),
    "a portal": (failing(MISSING_ME, 200, PAGE, **HTML), "✗ token", "not Discord's", "proxy or portal"),
    "a cut line": (
        lambda ward: ward.server.cut("GET", MISSING_ME, times=9),
        "✗ token",
        "no connection",
        "firewall",
    ),
    "an endpoint": (
        application(interactions_endpoint_url="https://x"),
        *("✗ application", "never reach Easel", "Empty that field"),
    ),
    "a code grant": (
        application(bot_require_code_grant=True),
        "! application",
        "Code Grant",
        "Switch it off",
    ),
    "no page for members": (
        application(privacy_policy_url=None, terms_of_service_url=""),
        *("! application", "no Privacy Policy and no Terms of Service", "PRIVACY.md and TERMS.md"),
    ),
    "no policy": (
        application(privacy_policy_url=None),
        *("! application", "it names no Privacy Policy", "publish PRIVACY.md, and enter its address"),
    ),
    "no terms": (
        application(terms_of_service_url=None),
        *("! application", "it names no Terms of Service", "publish TERMS.md, and enter its address"),
    ),
    "an intent": (
        patched("bot.doctor.discord_checks.INTENTS", discord.Intents(message_content=True)),
        *("✗ intents", "Message Content Intent", "Switch it on"),
    ),
    "no server": (lambda ward: ward.server.remove_bot(ward.studio), "! servers", "in none", "bot invite"),
    "permissions": (
        without_permissions(Permission.ATTACH_FILES, Permission.VIEW_CHANNEL),
        *("! servers", "denies View Channels, Attach Files", "role"),
    ),
    "a server that is not there": (
        lambda ward: ward.environ.update(EASEL_GUILDS=f"{ward.studio.id},5"),
        *("! servers", "not in 5", "Invite it"),
    ),
    "no commands": (lambda ward: ward.commands().clear(), "! commands", "none yet", "Start Easel"),
    "a command less": (
        lambda ward: ward.commands().pop(0),
        "! commands",
        "unknown to Discord",
        "Start Easel",
    ),
    "an old command": (
        lambda ward: ward.commands()[0]["options"].pop(),
        *("! commands", "of another version", "Start Easel"),
    ),
    "another bot's command": (
        lambda ward: ward.commands().append({"name": "ban", "type": 1}),
        *("! commands", "/ban: not Easel's", "Start Easel"),
    ),
    "no list of commands": (failing("/applications/*/commands", 503), "✗ commands", "HTTP 503", "ask again"),
    "shards on SQLite": (setting(EASEL_SHARDS="0/1"), "✗ shards", "needs PostgreSQL", "remove EASEL_SHARDS"),
    "few connections left": (
        lambda ward: setattr(ward.server.gateway, "identifies", 901),
        *("! shards", "99 of 1000 connections left for 24 h", "again and again"),
    ),
    "no word of the gateway": (failing("/gateway/bot", 503), "✗ shards", "HTTP 503", "ask again"),
    "a clock that is behind": (
        lambda ward: failing("/gateway", 200, b"{}", Date=late(-20))(ward),
        *("! clock", "behind Discord's", "NTP"),
    ),
    "a clock that is far ahead": (
        lambda ward: failing("/gateway", 200, b"{}", Date=late(300))(ward),
        *("✗ clock", "ahead of Discord's", "NTP"),
    ),
    "no date": (
        lambda ward: failing("/gateway", 200, b"{}", Date="soon")(ward),
        *("! clock", "not compared", "date -u"),
    ),
    # the AIML API
    "no key": (unset("AIMLAPI_API_KEY"), "✗ key", "not set", "https://aimlapi.com/app/keys"),
    "half a key": (setting(AIMLAPI_API_KEY="two words"), "✗ key", "no key has", "Copy it again"),
    "a revoked key": (
        saying_of(BILLING, REFUSED, 401),
        "✗ key",
        "HTTP 401",
        "Create one",
    ),
    "the API down": (saying_of(BILLING, PAGE, 503), "✗ key", "HTTP 503", "status page"),
    "a portal before the API": (saying_of(BILLING, PAGE), "✗ key", "not the API's", "proxy"),
    "an empty account": (saying_of(BILLING, {"current_balance": 0.01}), "✗ balance", "$0.01", "Top up"),
    "little money": (saying_of(BILLING, {"current_balance": 1.5}), "! balance", "$1.50", "Top up"),
    "no dollars": (
        saying_of(BILLING, {"current_balance": 9, "currency": "EUR"}),
        *("! balance", "not told in dollars", "by hand"),
    ),
    "a disabled key": (key_with(disabled=True), "✗ key limit", "disabled", "Enable it"),
    "a key for chats": (
        key_with(scopes=["model:chat", "model:video"]),
        *("✗ key limit", "model:image", "Give it the scope"),
    ),
    "no key for videos": (
        key_with(scopes=["model:chat", "model:image"]),
        *("! key limit", "model:video", "switch these off"),
    ),
    "a limit that is reached": (
        key_with(limit={"retention": "month", "threshold": 25}, monthly_usage=25.01),
        *("✗ key limit", "reached: $25.00 a month, $25.01", "Raise it"),
    ),
    "a limit that is near": (
        key_with(limit={"retention": "month", "threshold": 25}, monthly_usage=21),
        *("! key limit", "nearly reached", "Raise it"),
    ),
    "no word of the limit": (saying_of(LIMIT, b"{}"), "✗ key limit", "not the API's", "ask again"),
    "a model that is gone": (
        lambda ward: ward.offers(("bytedance/seedream-5-0-pro", 0.06, "image"), VIDEOS, CHAT),
        *(
            "✗ model",
            "bytedance/seedream-4-5 is not on offer",
            "Set EASEL_MODEL to bytedance/seedream-5-0-pro.",
        ),
    ),
    "a second model that is gone": (
        lambda ward: ward.offers(PICTURES, CHAT),
        *("! model", "minimax/hailuo-02 is not on offer", "Set EASEL_VIDEO_MODEL to another"),
    ),
    "a price that nobody believes": (
        offering(("bytedance/seedream-4-5", 52.0, "image")),
        *("! model", "told as $52.0000 per image; Easel goes by $0.0420 a picture", "your bill"),
    ),
    "no models": (saying_of(MODELS, PAGE, 502), "✗ model", "HTTP 502", "AIMLAPI_BASE_URL"),
    # the doctor
    "a mistake of ours": (
        patched("bot.doctor.checkup.diagnose_disk", break_down),
        *("✗ disk", "broke (ZeroDivisionError)", "report it"),
    ),
}


async def test_a_price_is_that_of_the_api_and_the_catalogues_stands_beside_it(ward: Ward) -> None:
    ward.offers(("bytedance/seedream-4-5", 0.052, "image"), VIDEOS, CHAT)

    (line,) = [line for line in await ward.examine() if "bytedance/seedream-4-5" in line.cause]

    assert line.severity is Severity.GOOD
    assert "$0.0520 a picture (Easel's own list: $0.0420 a picture)" in line.cause


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_broken_is_told_in_one_line_with_its_remedy(ward: Ward, name: str) -> None:
    break_it, start, cause, remedy = BROKEN[name]
    if (waiting := break_it(ward)) is not None and hasattr(waiting, "__await__"):
        await waiting

    lines = await ward.examine()

    (line,) = [line for line in lines if line.severity is not Severity.GOOD]
    assert f"{'✓!✗'[line.severity]} {line.part}" == start
    assert cause in line.cause
    assert remedy in line.remedy
    assert status_of(lines) == line.severity
    told = report(lines)
    assert all(len(row) <= COLUMNS or str(ward.folder.parent) in row for row in told.splitlines())
    for secret in (TOKEN, KEY, "<"):
        assert secret not in told
