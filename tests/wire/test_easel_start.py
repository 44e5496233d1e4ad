"""Starting while Discord does not let Easel in, or does not like what it asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from bot.client import COMMANDS_KEY
from bot.errors import SetupError, StoreUnavailableError
from bot.storage.stores import SqlKeyValueStore
from tests.wire.app import Scene

PAGE = b"<!doctype html><html><head><title>Access denied</title></head><body>Error 1015</body></html>"
HTML = {"Content-Type": "text/html; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}
ME = "/users/@me"
APPLICATION = "/oauth2/applications/@me"
COMMANDS = "/applications/*/commands"


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


@pytest.mark.parametrize(
    ("status", "code", "body", "why"),
    [
        (400, 50035, None, "HTTP 400, code 50035"),
        (403, 50001, None, "HTTP 403, code 50001"),
        (429, 0, PAGE, "HTTP 429: it blocks this address"),
        (503, 0, PAGE, "HTTP 503"),
        (200, 0, PAGE, "TypeError"),
    ],
)
async def test_commands_that_are_not_taken_are_told_again_while_the_known_ones_are_served(
    scene: Scene, told: Callable[[], list[str]], status: int, code: int, body: bytes | None, why: str
) -> None:
    await scene.start()
    known = scene.client.command_ids
    await forget_what_was_told(scene)
    await scene.stop()
    told_again = len(scene.server.asked("PUT", COMMANDS))
    fault = scene.server.fail("PUT", COMMANDS, status=status, code=code, body=body, times=2)

    await scene.start()

    assert scene.client.command_ids == known
    assert (await scene.done(await scene.imagine())).shown_at is not None
    assert fault.hits == 2
    assert len(scene.server.asked("PUT", COMMANDS)) == told_again + 3
    [line] = told()
    assert line.startswith(f"Discord was not told of the commands ({why}")
    assert "<" not in line


async def test_a_command_registration_that_discord_delays_for_hours_delays_no_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.client.REGISTER_PATIENCE_S", 0.01)
    scene.server.hold("PUT", COMMANDS)

    await scene.start()

    await scene.stop()


async def test_a_database_that_is_away_while_commands_are_registered_ends_nothing(
    scene: Scene, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, broken = SqlKeyValueStore.read_value, [StoreUnavailableError("OperationalError")] * 2

    async def read_value(store: SqlKeyValueStore, name: str) -> str | None:
        if broken:
            raise broken.pop()
        return await read(store, name)

    monkeypatch.setattr(SqlKeyValueStore, "read_value", read_value)

    await scene.start()

    assert len(scene.client.command_ids) > 10
    [line] = told()
    assert line.startswith("Discord was not told of the commands (no database)")


async def forget_what_was_told(scene: Scene) -> None:
    """As a new version with other commands finds it."""
    await scene.app.base.key_values.write_value(COMMANDS_KEY, "of an older version")


async def test_commands_that_another_program_overwrote_are_told_again_at_the_next_start(scene: Scene) -> None:
    await scene.start()
    await scene.stop()
    ours = [command["name"] for command in scene.server.commands.listed(None)]
    scene.server.commands.replace(None, [{"name": "ban", "type": 1}])

    await scene.start()

    assert [command["name"] for command in scene.server.commands.listed(None)] == ours


async def test_commands_that_discord_still_offers_are_not_told_again(scene: Scene) -> None:
    await scene.start()
    await scene.stop()

    await scene.start()

    assert len(scene.server.asked("PUT", COMMANDS)) == 1
