"""The line to the database breaks in each of its ways, and heals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults.proxy import Line

SOON_S = 0.3


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A line to a server that answers with what it was told."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Line("127.0.0.1", server.sockets[0].getsockname()[1]) as line:
        yield line


@asynccontextmanager
async def connected(line: Line) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)  # so that the socket is closed before the loop is


async def answer(reader: asyncio.StreamReader) -> bytes:
    """What comes soon; `TimeoutError` where nothing does."""
    async with asyncio.timeout(SOON_S):
        return await reader.read(100)


async def test_a_healthy_line_passes_everything_on(line: Line) -> None:
    async with connected(line) as (reader, writer):
        writer.write(b"hello")
        assert await answer(reader) == b"hello"


async def test_a_cut_breaks_open_connections_and_lets_new_ones_through(line: Line) -> None:
    async with connected(line) as (reader, writer), connected(line) as (untouched, _):
        writer.write(b"hello")
        await answer(reader)
        line.cut()
        for each in (reader, untouched):
            with pytest.raises(ConnectionResetError):
                await answer(each)
    async with connected(line) as (reader, writer):
        writer.write(b"hello")
        assert await answer(reader) == b"hello"


async def test_a_refusing_line_ends_new_connections_at_once(line: Line) -> None:
    line.is_refusing = True
    async with connected(line) as (reader, _):
        with pytest.raises(ConnectionResetError):
            await answer(reader)


async def test_a_stalled_line_delivers_once_it_heals(line: Line) -> None:
    async with connected(line) as (reader, writer):
        line.stall()
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            await answer(reader)
        line.heal()
        assert await answer(reader) == b"hello"


async def test_a_lost_answer_does_not_come_later(line: Line) -> None:
    async with connected(line) as (reader, writer):
        line.loses_answers = True
        writer.write(b"first")
        with pytest.raises(TimeoutError):
            await answer(reader)
        line.heal()
        writer.write(b"second")
        assert await answer(reader) == b"second"
