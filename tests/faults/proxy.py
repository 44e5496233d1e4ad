"""A TCP proxy of our own between a process and PostgreSQL: it can refuse, cut, stall, delay and lose answers."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 64 * 1024


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection by RST, as a network fault looks, and not by the farewell of a FIN."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and not writer.transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Line:
    """One process's way to a server on `host` and `port`, while the `async with` block lasts.

    `delay_s` holds up every piece of data. While `loses_answers` is true, requests arrive and answers do not.
    """

    def __init__(self, host: str, port: int) -> None:
        self.delay_s = 0.0
        self.is_refusing = False
        self.loses_answers = False
        self.port = 0
        self._server_address = (host, port)
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.heal()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection that is open now, without a farewell."""
        for writer in self._writers:
            _reset(writer)

    def stall(self) -> None:
        """Let nothing through, in neither direction, until `heal`; connections stay open."""
        self._flows.clear()

    def heal(self) -> None:
        """Let everything through again."""
        self.delay_s, self.is_refusing, self.loses_answers = 0.0, False, False
        self._flows.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="database-line")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing:
            _reset(writer)
            return
        self._writers.add(writer)
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(*self._server_address)
            self._writers.add(far_writer)
            ways = [
                asyncio.create_task(self._pump(reader, far_writer, is_answer=False), name="database-asks"),
                asyncio.create_task(self._pump(far_reader, writer, is_answer=True), name="database-answers"),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            _reset(far_writer)
            self._writers.discard(far_writer)
            _reset(writer)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        _reset(writer)
        self._writers.discard(writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while data := await reader.read(_CHUNK):
            await self._flows.wait()
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if is_answer and self.loses_answers:
                continue
            writer.write(data)
            await writer.drain()
