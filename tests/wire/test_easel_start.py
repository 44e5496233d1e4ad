"""Starting while Discord does not let Easel in, or does not like what it asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from bot.errors import SetupError
from tests.wire.app import Scene

PAGE = b"<!doctype html><html><head><title>Access denied</title></head><body>Error 1015</body></html>"
HTML = {"Content-Type": "text/html; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}
ME = "/users/@me"
APPLICATION = "/oauth2/applications/@me"


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the log says that an operator has to read."""
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("status", [403, 429])
async def test_a_front_door_that_blocks_easel_is_left_alone_for_long_and_told_in_a_line(
    scene: Scene, told: Callable[[], list[str]], status: int
) -> None:
    scene.server.fail("GET", ME, status=status, body=PAGE, headers=HTML, times=7)

    await scene.start()

    first, *_, last = waits = scene.clock.slept
    assert 60 <= first <= 75
    assert 900 <= last <= 1125
    assert len(waits) == 7
    begins, ends = told()
    assert begins.startswith(f"Discord does not answer (HTTP {status}: it blocks this address")
    assert ends.startswith("Discord answers again")


async def test_a_wait_that_is_asked_for_is_honoured(scene: Scene) -> None:
    scene.server.fail("GET", ME, status=429, body=PAGE, headers=HTML | {"Retry-After": "1800"})

    await scene.start()

    assert 1800 <= scene.clock.slept[0] <= 2250


@pytest.mark.parametrize("path", [ME, APPLICATION])
@pytest.mark.parametrize(
    ("status", "body", "headers", "times"),
    [
        (503, PAGE, HTML, 2),
        (500, PAGE, HTML, 10),  # discord.py itself asks five times
        (None, b"", {}, 4),  # the line is cut, and aiohttp asks twice
        (200, PAGE, HTML, 2),  # a portal's
        (200, b"{", JSON, 2),
        (200, b"[]", JSON, 2),
        (401, PAGE, HTML, 2),  # a proxy's
        (429, b"{}", JSON, 2),
    ],
)
async def test_whatever_keeps_easel_from_logging_in_is_waited_out(
    scene: Scene,
    told: Callable[[], list[str]],
    path: str,
    status: int | None,
    body: bytes,
    headers: dict[str, str],
    times: int,
) -> None:
    if status is None:
        scene.server.cut("GET", path, times=times)
    else:
        scene.server.fail("GET", path, status=status, body=body, headers=headers, times=times)

    await scene.start()

    assert len(scene.clock.slept) == 2
    begins, ends = told()
    assert begins.startswith("Discord does not answer (")
    assert "<" not in begins
    assert ends.startswith("Discord answers again")


@pytest.mark.parametrize("path", [ME, APPLICATION])
async def test_a_token_that_discord_itself_refuses_is_for_a_person(
    scene: Scene, told: Callable[[], list[str]], path: str
) -> None:
    scene.server.fail("GET", path, status=401, message="401: Unauthorized")

    with pytest.raises(SetupError, match="does not accept DISCORD_TOKEN") as ended:
        await scene.start()

    assert "\n" not in str(ended.value)
    assert (scene.clock.slept, told()) == ([], [])


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "⁠invisible"])
async def test_what_cannot_be_a_token_is_never_sent(scene: Scene, token: str) -> None:
    scene.change_settings(discord_token=type(scene.settings.discord_token)(token))  # pyright: ignore[reportCallIssue]

    with pytest.raises(SetupError, match="DISCORD_TOKEN holds what no token does"):
        await scene.start()

    assert not scene.server.requests
