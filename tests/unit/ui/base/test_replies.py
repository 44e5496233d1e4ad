from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.errors import StoreUnavailableError
from bot.ui.base.replies import log_broken


def http_error(kind: type[discord.HTTPException], status: int) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="")
    return kind(response, "<!doctype html>")


@pytest.mark.parametrize(
    ("error", "has_traceback"),
    [
        (StoreUnavailableError("away"), False),
        (aiohttp.ServerDisconnectedError(), False),
        (TimeoutError(), False),
        (http_error(discord.DiscordServerError, 503), False),
        (http_error(discord.NotFound, 404), False),
        (http_error(discord.HTTPException, 400), True),  # what Easel sent was wrong
        (OSError(28, "No space left on device"), True),
        (KeyError("a fault in the code"), True),
    ],
    ids=repr,
)
def test_only_what_may_be_a_fault_in_the_code_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture, error: Exception, has_traceback: bool
) -> None:
    number = log_broken("imagine", error)

    (line,) = caplog.records
    assert number in line.getMessage()
    assert (line.levelno == logging.ERROR) is has_traceback
    assert bool(line.exc_info) is has_traceback
