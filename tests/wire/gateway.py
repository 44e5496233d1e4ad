"""The gateway: HELLO, IDENTIFY, READY, heartbeats, RESUME with replay, and every way to lose it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.wire.payloads import guild_json, user_json
from tests.wire.state import JsonDict, World

GUILDS_INTENT = 1
GUILD_MESSAGES_INTENT = 1 << 9
DIRECT_MESSAGES_INTENT = 1 << 12
AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED, INVALID_SHARD, SHARDING_REQUIRED = 4004, 4005, 4010, 4011
ENDS_SESSION = (WSCloseCode.OK, WSCloseCode.GOING_AWAY)  # what a client closes with when it is done


class Op(IntEnum):
    """Opcodes (docs: topics/opcodes-and-status-codes)."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


@dataclass(slots=True, kw_only=True)
class IdentifyRules:
    """What Discord allows a bot (docs: events/gateway, "Identifying" and "Sharding").

    In each bucket, `shard_id % max_concurrency`, one IDENTIFY is taken every `spacing_s`, else the session is invalid.
    Of more than `a_day` the token is reset. With fewer shards than `min_shards` there is no connection. Real seconds;
    no spacing lets a test start a bot again and again.
    """

    spacing_s: float = 0
    max_concurrency: int = 1
    a_day: int = 1000
    min_shards: int = 1


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """What outlives a connection: the events in order, the first with sequence number 1."""

    id: str
    shard: tuple[int, int]
    intents: int
    events: list[JsonDict] = field(default_factory=list[JsonDict])
    connection: Connection | None = None
    is_over: bool = False

    def add(self, event: str, data: Any) -> None:
        sequence = len(self.events) + 1
        self.events.append({"op": Op.DISPATCH, "t": event, "s": sequence, "d": data})
        if self.connection is not None:
            self.connection.send(self.events[-1])

    def hears(self, guild_id: int | None) -> bool:
        """Events of a guild go to one shard, those of no guild to shard 0 (docs: topics/gateway)."""
        shard_id, shard_count = self.shard
        return shard_id == ((guild_id >> 22) % shard_count if guild_id is not None else 0)


class Connection:
    """One websocket; `send` never waits, a task of its own does the writing."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.gone = asyncio.Event()
        self._transport = request.transport
        self._outbox: asyncio.Queue[JsonDict] = asyncio.Queue()
        is_zlib = request.query.get("compress") == "zlib-stream"
        self._deflate = zlib.compressobj() if is_zlib else None

    def send(self, payload: JsonDict) -> None:
        self._outbox.put_nowait(payload)

    async def write(self) -> None:
        with suppress(ConnectionResetError):  # the client went; its session keeps the events
            while True:
                text = json.dumps(await self._outbox.get())
                if self._deflate is None:
                    await self.socket.send_str(text)
                else:
                    packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(packed)

    def abort(self) -> None:
        """Cut the line, as a network fault does: no close frame."""
        if self._transport is not None:
            self._transport.abort()


class Gateway:
    """All sessions and connections. The counters tell what clients sent."""

    def __init__(self, world: World, *, token: str, shard_count: int, heartbeat_interval_s: float) -> None:
        self.url = ""  # filled in once the port is known
        self.shard_count = shard_count
        self.is_accepting = True
        self.refusal_status = 503  # of the handshake, where it is not accepting
        self.refusals = 0
        self.rules = IdentifyRules()
        self.identifies = 0
        self.identified: list[tuple[float, int]] = []  # when, and which shard, where a session began
        self.too_soon = 0
        self.is_token_reset = False
        self.resumes = 0
        self.heartbeats = 0
        self.repeated: str | None = None  # events of this name come twice when a session is resumed
        self._world = world
        self._token = token
        self._heartbeat_interval_ms = int(heartbeat_interval_s * 1000)
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()

    @property
    def live_sessions(self) -> list[Session]:
        """Those with a client listening right now."""
        return [session for session in self._sessions.values() if session.connection is not None]

    def dispatch(self, event: str, data: JsonDict, *, guild_id: int | None = None) -> None:
        """Give an event to every session that hears it; one without a connection keeps it for RESUME."""
        needed = _intent_for(event, guild_id)
        for session in self._sessions.values():
            if not session.is_over and session.intents & needed == needed and session.hears(guild_id):
                session.add(event, data)

    async def drop(self, close_code: int | None = None) -> None:
        """End every connection and keep the sessions; without a code there is no close frame."""
        connections = list(self._connections)
        for connection in connections:
            if close_code is None:
                connection.abort()
            else:
                await connection.socket.close(code=close_code)
        for connection in connections:
            await connection.gone.wait()

    def ask_to_reconnect(self) -> None:
        for connection in self._connections:
            connection.send({"op": Op.RECONNECT, "d": None})

    def invalidate(self, *, is_resumable: bool) -> None:
        """Tell every client that its session is invalid; one that is not resumable is forgotten."""
        for session in self.live_sessions:
            session.is_over = not is_resumable
            if session.connection is not None:
                session.connection.send({"op": Op.INVALID_SESSION, "d": is_resumable})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One client's connection, from HELLO to its end."""
        if not self.is_accepting:
            self.refusals += 1
            self._world.changes.notify()
            return web.Response(status=self.refusal_status, text="<html>")
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write(), name="gateway-writer")
        connection.send({"op": Op.HELLO, "d": {"heartbeat_interval": self._heartbeat_interval_ms}})
        try:
            async for received in socket:
                if received.type is WSMsgType.TEXT:
                    await self._hear(connection, json.loads(received.data))
        finally:
            writer.cancel()
            self._end(connection)
        return socket

    def _end(self, connection: Connection) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            session.is_over = session.is_over or connection.socket.close_code in ENDS_SESSION
        connection.gone.set()
        self._world.changes.notify()

    async def _hear(self, connection: Connection, payload: JsonDict) -> None:
        match payload["op"]:
            case Op.HEARTBEAT:
                self.heartbeats += 1
                self._world.changes.notify()
                connection.send({"op": Op.HEARTBEAT_ACK})
            case Op.IDENTIFY if connection.session is not None:
                await connection.socket.close(code=ALREADY_AUTHENTICATED)
            case Op.IDENTIFY:
                await self._asked_to_identify(connection, payload["d"])
            case Op.RESUME:
                self._resume(connection, payload["d"])
            case _:
                pass  # presence, members, voice: nothing the stand-in answers

    async def _asked_to_identify(self, connection: Connection, asked: JsonDict) -> None:
        """Begin a session where Discord would."""
        self.identifies += 1
        shard_id, shard_count = asked.get("shard", (0, 1))
        if self.identifies > self.rules.a_day and not self.is_token_reset:
            self.is_token_reset = True
            await asyncio.gather(
                *(each.socket.close(code=AUTHENTICATION_FAILED) for each in self._connections)
            )
        if asked["token"] != self._token or self.is_token_reset:
            await connection.socket.close(code=AUTHENTICATION_FAILED)
        elif not 0 <= shard_id < shard_count:
            await connection.socket.close(code=INVALID_SHARD)
        elif shard_count < self.rules.min_shards:
            await connection.socket.close(code=SHARDING_REQUIRED)
        elif self._is_too_soon(shard_id):
            self.too_soon += 1
            connection.send({"op": Op.INVALID_SESSION, "d": False})
        else:
            self.identified.append((time.monotonic(), shard_id))
            self._identify(connection, asked, shard_id, shard_count)
        self._world.changes.notify()

    def _is_too_soon(self, shard_id: int) -> bool:
        rules, since = self.rules, time.monotonic() - self.rules.spacing_s
        bucket = shard_id % rules.max_concurrency
        return any(at > since and one % rules.max_concurrency == bucket for at, one in self.identified)

    def _identify(self, connection: Connection, asked: JsonDict, shard_id: int, shard_count: int) -> None:
        session = Session(
            id=secrets.token_hex(16),
            shard=(shard_id, shard_count),
            intents=asked["intents"],
            connection=connection,
        )
        connection.session = session
        self._sessions[session.id] = session
        guilds = [each for each in self._world.guilds.values() if each.has_bot and session.hears(each.id)]
        session.add("READY", self._ready(session, [guild.id for guild in guilds]))
        if session.intents & GUILDS_INTENT:
            for guild in guilds:
                session.add("GUILD_CREATE", guild_json(self._world, guild))

    def _ready(self, session: Session, guild_ids: list[int]) -> JsonDict:
        return {
            "v": 10,
            "user": user_json(self._world.bot) | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self._world.bot.id), "flags": 0},
        }

    def _resume(self, connection: Connection, asked: JsonDict) -> None:
        session = self._sessions.get(asked["session_id"] or "")
        is_known = asked["token"] == self._token and not self.is_token_reset
        if session is None or session.is_over or not is_known:
            connection.send({"op": Op.INVALID_SESSION, "d": False})
            return
        self.resumes += 1
        had = asked["seq"] or 0
        again = [event for event in session.events[:had] if event["t"] == self.repeated]
        for event in [*again, *session.events[had:]]:
            connection.send(event)
        session.connection, connection.session = connection, session
        session.add("RESUMED", {})
        self._world.changes.notify()


def _intent_for(event: str, guild_id: int | None) -> int:
    """The bit a session needs to be told of it (docs: events/gateway, list of intents)."""
    if event.startswith("INTERACTION_"):
        return 0
    if event.startswith("MESSAGE_"):
        return DIRECT_MESSAGES_INTENT if guild_id is None else GUILD_MESSAGES_INTENT
    return GUILDS_INTENT
