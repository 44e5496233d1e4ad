from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from bot.domain.pictures import PackedPicture
from bot.domain.ports.outside import CardPicture
from bot.domain.provider import InputPicture, Rendered
from bot.domain.video_files import PackedVideo
from bot.logs import job_of, redact, set_up
from bot.services.references import FetchedImage
from bot.settings import LogFormat, LogLevel
from tests.tables import each_case

# Made up; of the shape that Discord's tokens have.
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".GaBcDe." + "abcdefghijklmnopqrstuvwxyz0123456789AB"
KEY = "0123456789abcdef0123456789abcdef"
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OnRoZS1zZWNyZXQ"
PASSWORD = "correct-horse"

LEAKS = [
    (TOKEN, f"logged in with {TOKEN}"),
    (TOKEN, f"Authorization: Bot {TOKEN}"),
    (KEY, f"Authorization: Bearer {KEY}"),
    (KEY, f"{{'Authorization': 'Bearer {KEY}'}}"),
    (KEY, f"authorization: bearer {KEY}"),
    (INTERACTION, f"https://discord.com/api/v10/webhooks/1234567890/{INTERACTION}/messages/@original"),
    (INTERACTION, f"POST https://discord.com/api/v10/webhooks/1234567890/{INTERACTION}?wait=true 429"),
    (INTERACTION, f"https://discord.com/api/v10/interactions/1234567890/{INTERACTION}/callback"),
    (PASSWORD, f"postgresql://easel:{PASSWORD}@db/easel"),
    (PASSWORD, f"postgresql+asyncpg://easel:{PASSWORD}@db:5432/easel"),
    (PASSWORD, f"postgres://:{PASSWORD}@db/easel"),
]
leaks = pytest.mark.parametrize(("secret", "text"), LEAKS)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest uses it
    """What `set_up` changes for the whole process is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {
        name: logging.getLogger(name).level
        for name in ("discord", "aiohttp", "sqlalchemy", "asyncio", "PIL", "alembic")
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, earlier in levels.items():
        logging.getLogger(name).setLevel(earlier)


@leaks
def test_a_secret_in_a_text_is_taken_out(secret: str, text: str) -> None:
    assert secret not in redact(text)
    assert "[secret]" in redact(text)


@each_case(
    "text",
    [
        "job 7f3k2m9q1z: delivered as done",
        "call easel.7f3k2m9q1z.0.0efff20c1d2a: outcome unknown",
        "sqlite:////data/easel.db",
        "https://discord.com/api/v10/channels/123456789012345678/messages/123456789012345678",
        "ready as Easel#1234 in 5 servers",
        "postgresql://db/easel and someone@example.org",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@leaks
@pytest.mark.parametrize("style", LogFormat)
def test_no_line_of_a_log_holds_a_secret(
    secret: str, text: str, style: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(LogLevel.INFO, style)

    logging.getLogger("bot.test").warning("said: %s", text)

    line = capsys.readouterr().err
    assert "said: " in line
    assert secret not in line


def fail_with(text: str) -> None:
    raise RuntimeError(text) from ValueError(f"before it: {text}")


@leaks
@pytest.mark.parametrize("style", LogFormat)
def test_no_traceback_holds_a_secret(
    secret: str, text: str, style: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(LogLevel.INFO, style)
    try:
        fail_with(text)
    except RuntimeError:
        logging.getLogger("bot.test").exception("broke")

    log = capsys.readouterr().err
    assert "RuntimeError" in log
    assert secret not in log


@leaks
def test_a_line_of_json_stays_json_whatever_is_taken_out(
    secret: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(LogLevel.INFO, LogFormat.JSON)
    try:
        fail_with(f"{text}\nsecond line with “quotes” and a@b")
    except RuntimeError:
        logging.getLogger("bot.test").exception('with "quotes": %s', text)

    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry["level"] == "error"
    assert entry["logger"] == "bot.test"
    assert entry["at"].endswith("+00:00")
    assert "RuntimeError" in entry["exception"]


@pytest.mark.parametrize(
    ("line", "job"),
    [
        ("job 7f3k2m9q1z: delivered as done", "7f3k2m9q1z"),
        ("call easel.7f3k2m9q1z.0.0efff20c1d2a: outcome unknown", "7f3k2m9q1z"),
        ("render easel.7f3k2m9q1z.3.0efff20c1d2a: HTTP 200, 512 bytes after 21 ms", "7f3k2m9q1z"),
        ("stopping: 3 jobs may finish within 20 s", None),
        ("ready as Easel#1234 in 5 servers", None),
    ],
)
def test_a_line_of_json_names_the_job_that_it_is_about(
    line: str, job: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(LogLevel.INFO, LogFormat.JSON)

    logging.getLogger("bot.test").info(line)

    assert job_of(line) == job
    assert json.loads(capsys.readouterr().err).get("job") == job


@pytest.mark.parametrize("level", LogLevel)
@pytest.mark.parametrize("name", ["discord", "discord.webhook.async_", "discord.http", "aiohttp.client"])
def test_libraries_that_write_secrets_at_debug_never_get_there(level: LogLevel, name: str) -> None:
    set_up(level, LogFormat.TEXT)

    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("level", LogLevel)
@pytest.mark.parametrize("name", ["bot.services.worker", "discord.client", "alembic.runtime"])
def test_nothing_below_the_level_is_written(level: LogLevel, name: str) -> None:
    set_up(level, LogFormat.TEXT)

    assert logging.getLogger(name).getEffectiveLevel() >= getattr(logging, level.value)


def test_our_own_debug_lines_are_written_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogLevel.DEBUG, LogFormat.TEXT)

    logging.getLogger("bot.test").debug("a detail")

    assert "a detail" in capsys.readouterr().err


def test_setting_up_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogLevel.INFO, LogFormat.TEXT)
    set_up(LogLevel.INFO, LogFormat.TEXT)

    logging.getLogger("bot.test").info("once")

    assert capsys.readouterr().err.count("once") == 1
    assert sys.stderr is not None


@pytest.mark.parametrize(
    "idle",
    [
        "logging in using static token",
        "Failed to connect for shard_id: %s. Retrying...",
        "PyNaCl is not installed, voice will NOT be supported",
    ],
)
def test_what_a_library_says_of_things_easel_never_does_is_left_out(
    idle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(LogLevel.INFO, LogFormat.TEXT)

    logging.getLogger("discord.client").warning(idle)
    logging.getLogger("bot.test").info(idle)

    assert capsys.readouterr().err.count(idle) == 1


@each_case("kind", [CardPicture, FetchedImage, InputPicture, PackedPicture, PackedVideo, Rendered])
def test_a_picture_does_not_put_its_bytes_into_a_log(kind: type[Any]) -> None:
    """A traceback or a failed test shows what its values look like: pages of bytes, for one picture."""
    given = dict.fromkeys((one.name for one in fields(kind)), "told") | {"data": b"pages of bytes"}

    shown = repr(kind(**given))

    assert "told" in shown
    assert "pages of bytes" not in shown
