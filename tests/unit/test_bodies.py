from __future__ import annotations

import tracemalloc

from aiohttp.payload import get_payload

from bot.bodies import Body

PICTURE = bytes(4_000_000)


def test_a_body_has_its_length_and_is_not_copied() -> None:
    body = Body(PICTURE)
    tracemalloc.start()
    try:
        size = get_payload(body).size
        piece = body.read(1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert size == len(PICTURE)
    assert piece == PICTURE[:1000]
    assert peak < len(PICTURE) // 10
