"""The line between Easel's processes and their database, which a test may cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import make_url


class Line:
    """Passes on what both sides say; while it is cut, connections break and new ones are refused."""

    def __init__(self, url: str) -> None:
        self._far = make_url(url)
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = url

    def cut(self) -> None:
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    async def _pass_on(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._is_cut:
            back.transport.abort()
            return
        far, forth = await asyncio.open_connection(self._far.host, self._far.port or 5432)
        self._writers |= {back, forth}
        await asyncio.gather(_copy(near, forth), _copy(far, back))
        self._writers -= {back, forth}

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Line]:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = self._far.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        try:
            yield self
        finally:
            self.cut()
            server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
