"""What the stand-in allows of identifies and shards, as Discord documents it, met by bare websockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.wire.discord_server import DiscordServer
from tests.wire.gateway import IdentifyRules, Op
from tests.wire.state import JsonDict


class Peer:
    """Clients that ask for a session without minding any rule."""

    def __init__(self, server: DiscordServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session
        self._lines: list[aiohttp.ClientWebSocketResponse] = []  # open for as long as they are held

    async def identify(self, shard_id: int, total: int = 4) -> str | int:
        """Return READY, INVALID, or the code that the connection is closed with."""
        return await self.ask(await self.connect(), shard_id, total)

    async def ask(
        self,
        line: aiohttp.ClientWebSocketResponse,
        shard_id: int,
        total: int = 4,
    ) -> str | int:
        asked: JsonDict = {"token": self._server.token, "intents": 1, "shard": [shard_id, total]}
        await line.send_json({"op": Op.IDENTIFY, "d": asked})
        async with asyncio.timeout(30):
            while True:
                received = await line.receive()
                if received.type is not aiohttp.WSMsgType.TEXT:
                    return line.close_code or 0
                said = received.json()
                if said["op"] == Op.INVALID_SESSION:
                    return "INVALID"
                if said.get("t") == "READY":
                    return "READY"

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        self._lines.append(await self._session.ws_connect(self._server.gateway_url))
        return self._lines[-1]

    async def limits(self) -> JsonDict:
        headers = {"Authorization": f"Bot {self._server.token}"}
        async with self._session.get(f"{self._server.rest_base}/gateway/bot", headers=headers) as answer:
            return (await answer.json())["session_start_limit"]


@pytest.fixture
async def peer(server: DiscordServer) -> AsyncIterator[Peer]:
    async with aiohttp.ClientSession() as session:
        yield Peer(server, session)


async def test_one_of_a_bucket_identifies_in_its_time(server: DiscordServer, peer: Peer) -> None:
    server.gateway.rules = IdentifyRules(spacing_s=0.1, max_concurrency=2)
    assert await peer.identify(0) == "READY"
    assert await peer.identify(2) == "INVALID"
    assert await peer.identify(1) == "READY"
    await asyncio.sleep(0.11)  # the rule is about real time
    assert await peer.identify(2) == "READY"
    assert [shard for _, shard in server.gateway.identified] == [0, 1, 2]


@pytest.mark.parametrize(
    ("shard_id", "total", "code"), [(4, 4, 4010), (-1, 4, 4010), (0, 3, 4011), (0, 4, "READY")]
)
async def test_a_shard_that_cannot_be_is_closed_for_good(
    server: DiscordServer, peer: Peer, shard_id: int, total: int, code: int | str
) -> None:
    server.gateway.rules = IdentifyRules(min_shards=4)
    assert await peer.identify(shard_id, total) == code


async def test_a_connection_identifies_once(peer: Peer) -> None:
    line = await peer.connect()
    assert await peer.ask(line, 0) == "READY"
    assert await peer.ask(line, 0) == 4005


async def test_more_than_a_day_allows_resets_the_token_and_ends_every_session(
    server: DiscordServer, peer: Peer
) -> None:
    server.gateway.rules = IdentifyRules(a_day=2)
    assert (await peer.limits())["remaining"] == 2
    assert await peer.identify(0) == "READY"
    assert await peer.identify(1) == "READY"
    assert (await peer.limits())["remaining"] == 0
    assert len(server.gateway.live_sessions) == 2

    assert await peer.identify(2) == 4004
    await server.wait_for(lambda: not server.gateway.live_sessions)
    assert await peer.identify(0) == 4004
