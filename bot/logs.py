"""Logging as text or JSON, with secrets redacted."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

from bot.outage import Outage
from bot.settings import LogFormat, LogLevel

# At DEBUG, discord.py logs whole bodies, and the URLs of interaction webhooks, which contain their tokens.
_QUIET: Final = ("discord", "aiohttp", "asyncio", "PIL")
# At INFO, SQLAlchemy logs each statement with its values: prompts, interaction tokens.
_SILENT: Final = ("sqlalchemy", "alembic")
_SECRETS: Final = (
    (re.compile(r"((?i:Bearer)|Bot)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 [secret]"),
    (re.compile(r"(/(?:webhooks|interactions)/\d+)/[^/\s?'\"]+"), r"\1/[secret]"),
    (re.compile(r"\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"), "[secret]"),
    (re.compile(r"(postgres(?:ql)?(?:\+\w+)?://[^:/@\s]*):[^@\s]+@"), r"\1:[secret]@"),
)
# A line about a job begins with its id, as its card shows it, or names one of its calls by the request id.
_OF_A_JOB: Final = re.compile(r"^job (\w{10})\b|\beasel\.(\w{10})\.")

# What discord.py 2.7 says while it has lost the gateway, and when it has it again.
_TRIES_AGAIN: Final = "Attempting a reconnect"
_IS_BACK: Final = ("has connected to Gateway", "has successfully RESUMED")

# discord.py's messages per login attempt, replaced by our own, and about voice, which Easel does not use.
_IDLE_TALK: Final = (
    "logging in using static token",
    "Failed to connect for shard_id",
    "PyNaCl is not",
    "davey is not",
)


def job_of(message: str) -> str | None:
    """Return the id of the job that a line of the log is about; None for a line about no single job."""
    found = _OF_A_JOB.search(message)
    return found and (found[1] or found[2])


def redact(text: str) -> str:
    """Replace everything in `text` that looks like a token, a key or a password."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class _TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (job := job_of(entry["message"])) is not None:
            entry["job"] = job
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(entry, ensure_ascii=False))


class _GatewayOutages(logging.Filter):
    """Makes one line of each outage of Discord's gateway, of which discord.py logs a traceback for every try."""

    def __init__(self) -> None:
        super().__init__()
        self._outage = Outage(logging.getLogger("bot.gateway"), "Discord's gateway")

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("discord."):
            return True
        text = str(record.msg)
        if text.startswith(_IDLE_TALK):
            return False
        if text.startswith(_TRIES_AGAIN):
            error = record.exc_info[1] if record.exc_info else None
            self._outage.failed(type(error).__name__)
            return False
        if any(words in text for words in _IS_BACK):
            self._outage.went_well()
        return True


def set_up(level: LogLevel, style: LogFormat) -> None:
    """Set up logging to standard error, with libraries kept at levels at which they log no secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_GatewayOutages())
    handler.setFormatter(_JsonFormatter() if style is LogFormat.JSON else _TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.value)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in _SILENT:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
