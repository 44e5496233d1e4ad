"""Shards and identifies of one process: what Discord still allows, and what becomes of a shard that is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from bot.app.run import Role, assembled, check_commands, check_gateway, listen
from bot.client import COMMAND_IDS_KEY, COMMANDS_KEY, EaselClient
from bot.clock import SystemClock
from bot.domain.jobs import ReplyScope, ReplyTarget
from bot.domain.ports.outside import Clock
from bot.errors import SetupError
from bot.outage import end_tasks
from bot.settings import load
from bot.ui.base.channels import was_for_adults
from tests.wire.app import Scene
from tests.wire.gateway import IdentifyRules, Op, Session
from tests.wire.state import Channel

AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What our log says that an operator has to read."""
    caplog.set_level(logging.WARNING)
    return lambda: [each.getMessage() for each in caplog.records if each.name.startswith("bot")]


async def test_the_last_identifies_of_a_day_are_left_alone_until_there_are_more(
    scene: Scene, told: Callable[[], list[str]]
) -> None:
    gateway = scene.server.gateway
    gateway.shard_count, gateway.identifies = 2, gateway.rules.a_day - 2
    starting = asyncio.create_task(scene.start())
    await scene.server.wait_for(lambda: len(scene.server.asked("GET", "/gateway/bot")) >= 3)
    assert gateway.live_sessions == []
    assert scene.clock.slept[:2] == [600, 600]

    gateway.identifies = 0  # the day is over
    await starting
    await scene.server.connected(2)

    assert gateway.identifies == 2
    assert told() == [line for line in told() if line.startswith("Discord allows 2 more connections until")]
    assert len(told()) == 1


async def test_a_session_that_is_lost_is_not_begun_again_with_the_last_identify(easel: Scene) -> None:
    gateway = easel.server.gateway
    gateway.rules = IdentifyRules(a_day=10)
    gateway.identifies = 9
    asked = len(easel.server.asked("GET", "/gateway/bot"))

    easel.server.invalidate_sessions()
    await easel.server.wait_for(lambda: len(easel.server.asked("GET", "/gateway/bot")) > asked + 1)
    assert (gateway.identifies, gateway.is_token_reset) == (9, False)

    gateway.identifies = 0
    await easel.server.connected()
    await (await easel.imagine()).acked()


@pytest.fixture
async def two(scene: Scene) -> Scene:
    """Easel at work on two shards."""
    scene.server.gateway.shard_count = 2
    await scene.start()
    await scene.server.connected(2)
    await scene.client.wait_until_ready()
    return scene


def lose(scene: Scene, shard_id: int) -> None:
    """Let Discord forget the session of one shard."""
    session = live(scene, shard_id)
    assert session.connection is not None
    session.is_over = True
    session.connection.send({"op": Op.INVALID_SESSION, "d": False})


def live(scene: Scene, shard_id: int) -> Session:
    [session] = [one for one in scene.server.gateway.live_sessions if one.shard[0] == shard_id]
    return session


def connecting() -> list[str]:
    """Names of the tasks that connect shards."""
    return [name for task in asyncio.all_tasks() if (name := task.get_name()).startswith("easel-shard")]


async def test_a_shard_that_waits_for_its_identify_keeps_no_other_one_from_resuming(
    two: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    gateway = two.server.gateway
    gateway.rules, gateway.identifies = IdentifyRules(a_day=10), 9
    asked = len(two.server.asked("GET", "/gateway/bot"))
    lose(two, 1)
    await two.server.wait_for(lambda: len(two.server.asked("GET", "/gateway/bot")) > asked + 2)

    for times in (1, 2):
        connection = live(two, 0).connection
        assert connection is not None
        connection.send({"op": Op.RECONNECT, "d": None})
        await two.server.wait_for(lambda times=times: gateway.resumes == times)
    assert "easel-shard-1" in connecting()
    async with asyncio.timeout(30):
        while two.client.lost_shards() != [1]:  # noqa: ASYNC110  # the heartbeat is answered later
            await asyncio.sleep(0.01)
    assert gateway.identifies == 9

    gateway.identifies = 0
    await two.server.connected(2)
    assert gateway.identifies == 1
    async with asyncio.timeout(30):
        while connecting():  # noqa: ASYNC110  # it ends once it has sent what was heard
            await asyncio.sleep(0.01)
    [line] = caplog.messages
    assert line.startswith("Discord allows 1 more connections until")


async def test_a_stop_is_not_kept_by_a_shard_that_waits_for_its_identify(two: Scene) -> None:
    gateway = two.server.gateway
    gateway.rules, gateway.identifies = IdentifyRules(a_day=10), 9
    waits = asyncio.Event()

    async def wait(delay_s: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    two.clock.sleep = wait
    lose(two, 1)
    await waits.wait()

    await two.stop()

    assert connecting() == []
    assert (gateway.live_sessions, gateway.identifies) == ([], 9)


async def test_limits_that_are_not_told_when_a_session_is_lost_are_asked_for_again(
    two: Scene, told: Callable[[], list[str]]
) -> None:
    two.server.fail("GET", "/gateway/bot", status=502, times=15)  # discord.py tries five times itself
    other = live(two, 0)
    lose(two, 1)
    await two.server.wait_for(lambda: two.server.gateway.identifies == 3)
    async with asyncio.timeout(30):
        while len(told()) < 2:  # noqa: ASYNC110  # READY is dispatched later
            await asyncio.sleep(0.01)

    assert len(two.clock.slept) == 3
    assert two.clock.slept == sorted(two.clock.slept)
    begins, ends = told()
    assert begins.startswith("Discord's gateway does not answer (HTTP 502")
    assert ends.startswith("Discord's gateway answers again")
    assert live(two, 0) is other
    assert two.server.gateway.identifies == 3


async def test_handshakes_that_fail_when_a_session_is_lost_are_tried_again(two: Scene) -> None:
    gateway = two.server.gateway
    gateway.is_accepting = False
    lose(two, 1)
    await two.server.wait_for(lambda: gateway.refusals >= 3)
    gateway.is_accepting = True

    await two.server.connected(2)

    assert gateway.identifies == 3


async def test_a_shard_that_discord_closes_for_good_when_it_connects_again_ends_easel(two: Scene) -> None:
    two.server.gateway.rules = IdentifyRules(min_shards=3)
    lose(two, 1)
    await two.server.wait_for(lambda: two.server.gateway.live_sessions == [])

    with pytest.raises(SetupError, match="4011"):
        await two.stop()


async def test_what_breaks_while_a_shard_connects_is_followed_by_new_connections(
    two: Scene, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    take_turn, broken = two.client.identifying.take_turn, [RuntimeError("what nobody expects")]

    async def break_once(shard_id: int) -> None:
        while broken:
            raise broken.pop()
        await take_turn(shard_id)

    monkeypatch.setattr(two.client.identifying, "take_turn", break_once)
    lose(two, 1)

    await two.server.wait_for(lambda: two.server.gateway.identifies == 4)
    await two.server.connected(2)
    assert told()[0].startswith("Discord's gateway does not answer (RuntimeError")


async def test_a_session_that_discord_sends_away_as_too_soon_is_begun_later(easel: Scene) -> None:
    gateway = easel.server.gateway
    gateway.rules = IdentifyRules(spacing_s=0.3)

    easel.server.invalidate_sessions()  # at once after the start
    await easel.server.wait_for(lambda: len(gateway.identified) == 2)

    assert gateway.too_soon > 0
    await (await easel.imagine()).acked()


async def test_health_names_the_shard_that_is_lost(scene: Scene) -> None:
    scene.server.gateway.shard_count = 2
    await scene.start()
    await scene.server.connected(2)
    async with asyncio.timeout(30):
        while not (await check_gateway(scene.client)).is_well:  # noqa: ASYNC110  # the heartbeat is answered later
            await asyncio.sleep(0.01)

    scene.server.gateway.is_accepting = False
    [lost] = [one for one in scene.server.gateway.live_sessions if one.shard[0] == 1]
    assert lost.connection is not None
    lost.connection.abort()
    async with asyncio.timeout(30):
        while (finding := await check_gateway(scene.client)).is_well:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)

    assert finding.note == "no heartbeat from Discord (shards 1)"
    scene.server.gateway.is_accepting = True
    await scene.server.connected(2)


async def test_several_processes_on_sqlite_are_refused_in_one_line(scene: Scene) -> None:
    scene.settings = load(
        {"DISCORD_TOKEN": scene.server.token, "AIMLAPI_API_KEY": "x", "EASEL_SHARDS": "0/2"}, env_file=None
    ).model_copy(update={"data_dir": scene.settings.data_dir})

    with pytest.raises(SetupError, match=r"^EASEL_SHARDS needs PostgreSQL.*DATABASE_URL$"):
        await scene.start()

    assert scene.server.requests == []


@pytest.fixture
async def second(
    scene: Scene, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EaselClient]:
    """The client of a gateway with shard 1 of 2, logged in and not connected; nobody has shard 0."""
    for interval in ("LEARN_SOON_S", "SERVED_EVERY_S"):
        monkeypatch.setattr(f"bot.client.{interval}", 0.01)
    async with gateway_of(scene, postgres_url, "1/2") as client:
        yield client


@asynccontextmanager
async def gateway_of(
    scene: Scene, database: str, shards: str, clock: Clock | None = None
) -> AsyncGenerator[EaselClient]:
    """The client of a gateway with these shards, logged in and not connected."""
    folder = scene.settings.data_dir / shards.replace("/", " of ")
    environ = {"DATA_DIR": str(folder), "EASEL_HEALTH_BIND": "", "EASEL_SHARDS": shards}
    environ |= {"DISCORD_TOKEN": scene.server.token, "DATABASE_URL": database}
    async with assembled(load(environ, env_file=None), Role.GATEWAY, clock=clock) as app:
        assert isinstance(app.client, EaselClient)
        app.client._connection.guild_ready_timeout = 0.01  # pyright: ignore[reportPrivateUsage]  # READY otherwise waits 2 s
        yield app.client


class ShortClock(SystemClock):
    """Waits for hours in a moment, and for less as long as it should."""

    async def sleep(self, delay_s: float) -> None:
        await super().sleep(min(delay_s, 0.05))


@pytest.mark.postgres
async def test_gateways_that_start_together_leave_the_last_identifies_alone_and_go_on_resuming(
    scene: Scene, postgres_url: str, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, gateway = scene.server, scene.server.gateway
    gateway.shard_count, gateway.identifies = 8, gateway.rules.a_day - 6  # enough for either of them
    both_are_allowed = asyncio.Barrier(2)

    async def until_allowed(shards: int | None, alone: Callable[[int | None], Awaitable[None]]) -> None:
        await alone(shards)
        await both_are_allowed.wait()

    async with AsyncExitStack() as stack:
        clients: list[EaselClient] = []
        for shards in ("0-3/8", "4-7/8"):
            client = await stack.enter_async_context(gateway_of(scene, postgres_url, shards, ShortClock()))
            client.identifying.spacing_s = client.identifying.turn_s = 0.05
            together = partial(until_allowed, alone=client.identifying.until_allowed)
            monkeypatch.setattr(client.identifying, "until_allowed", together)
            clients.append(client)
        listening = [asyncio.create_task(listen(client)) for client in clients]
        stack.push_async_callback(end_tasks, *listening)
        await server.wait_for(lambda: any("allows 1 more connections until" in line for line in told()))
        assert (gateway.identifies, gateway.is_token_reset) == (gateway.rules.a_day - 1, False)

        gateway.ask_to_reconnect()  # all five that got in, while the others wait to be launched
        await server.wait_for(lambda: gateway.resumes == 5)
        assert (gateway.identifies, len(gateway.live_sessions)) == (gateway.rules.a_day - 1, 5)

        gateway.identifies = 0  # the day is over
        await server.connected(8)
        assert {shard for _, shard in gateway.identified} == set(range(8))
        assert not gateway.is_token_reset


async def until_note(client: EaselClient, words: str, *, is_well: bool) -> None:
    """Return once the check of the commands finds this."""
    async with asyncio.timeout(30):
        while words not in (finding := await check_commands(client)).note:  # noqa: ASYNC110  # polls, as /readyz is
            await asyncio.sleep(0.01)
    assert finding.is_well is is_well


@pytest.mark.postgres
async def test_commands_are_learned_from_the_process_with_shard_0(scene: Scene, second: EaselClient) -> None:
    await until_note(second, "the gateway with shard 0 does that", is_well=False)

    await second._key_values.write_value(COMMAND_IDS_KEY, '{"imagine": 7}')  # pyright: ignore[reportPrivateUsage]
    await second._key_values.write_value(COMMANDS_KEY, "of an older version")  # pyright: ignore[reportPrivateUsage]
    await until_note(second, "those of an earlier start", is_well=True)
    assert second.command_ids == {"imagine": 7}

    await second._key_values.write_value(COMMAND_IDS_KEY, '{"imagine": 8}')  # pyright: ignore[reportPrivateUsage]
    await second._key_values.write_value(COMMANDS_KEY, second._fingerprint())  # pyright: ignore[reportPrivateUsage]
    await until_note(second, "registered", is_well=True)
    assert second.command_ids == {"imagine": 8}
    assert scene.server.asked("PUT", "/applications/*/commands") == []


@pytest.mark.postgres
async def test_a_total_that_discord_does_not_take_names_the_setting(
    scene: Scene, second: EaselClient
) -> None:
    scene.server.gateway.rules = IdentifyRules(min_shards=3)

    with pytest.raises(SetupError, match=r"\(4011\): stop all gateways, raise the total of EASEL_SHARDS"):
        await listen(second)

    assert [shard for _, shard in scene.server.gateway.identified] == []


@pytest.mark.postgres
async def test_a_gateway_connects_its_own_shards_alone_and_records_them(
    scene: Scene, second: EaselClient
) -> None:
    listening = asyncio.create_task(listen(second))
    await scene.server.connected()
    async with asyncio.timeout(30):
        while not (served := await second._gateways.served(2, since=AGES_AGO)):  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert served == {1}
    assert [shard for _, shard in scene.server.gateway.identified] == [1]
    await end_tasks(listening)


@pytest.mark.postgres
async def test_a_channel_of_another_gateways_server_is_asked_about(scene: Scene, second: EaselClient) -> None:
    adults = scene.server.add_channel(scene.guild, "figures", is_nsfw=True)

    async def is_for_adults(channel: Channel, scope: ReplyScope = ReplyScope.GUILD) -> bool:
        target = ReplyTarget(
            scope=scope, channel_id=channel.id, guild_id=channel.guild_id, upload_limit_bytes=1
        )
        return await was_for_adults(second, target)

    assert second.get_channel(adults.id) is None
    assert await is_for_adults(adults)
    assert not await is_for_adults(scene.art)
    scene.server.fail("GET", f"/channels/{scene.art.id}", status=403, code=50001)
    assert await is_for_adults(scene.art)  # better too careful
    scene.server.delete_channel(adults.id)
    assert not await is_for_adults(adults)
    asked = len(scene.server.requests)
    assert not await is_for_adults(scene.server.dm_channel(scene.ada), ReplyScope.DIRECT)
    assert len(scene.server.requests) == asked
