from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import ClientSession, web

from bot.attachments import CDN_ORIGINS, TRIES, AttachmentFetcher
from bot.domain.pictures import MAX_REFERENCE_BYTES, PictureError, PictureProblem
from bot.domain.references import Reference

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
A_REFERENCE = Reference(
    name="image", url="", filename="a.png", bytes=1, content_type="image/png", width=1, height=1
)


@dataclass
class Cdn:
    """A server on loopback that stands in for Discord's; each request takes the next answer."""

    origin: str = ""
    answers: list[Answer] = field(default_factory=list[Answer])
    asked: list[str] = field(default_factory=list[str])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        return await self.answers[min(len(self.asked), len(self.answers)) - 1](request)


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    stand_in = Cdn()
    app = web.Application()
    app.router.add_get("/{path:.*}", stand_in.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stand_in.origin = f"http://{host}:{port}"
    yield stand_in
    await runner.cleanup()


async def fetch(cdn: Cdn, url: str | None = None) -> bytes:
    async with ClientSession() as session:
        fetcher = AttachmentFetcher(session, origins=frozenset({cdn.origin}))
        return await fetcher.fetch(replace(A_REFERENCE, url=url or f"{cdn.origin}/a.png?ex=1&hm=2"))


async def problem_of(cdn: Cdn, url: str | None = None) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        await fetch(cdn, url)
    return caught.value.problem


def status(code: int, body: bytes = b"") -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, body=body)

    return answer


async def test_the_bytes_of_an_attachment_come_as_they_are(cdn: Cdn) -> None:
    cdn.answers = [status(200, b"\x89PNG" * 1000)]

    assert await fetch(cdn) == b"\x89PNG" * 1000
    assert cdn.asked == ["/a.png?ex=1&hm=2"]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
async def test_what_discord_no_longer_has_is_gone_after_one_look(cdn: Cdn, code: int) -> None:
    cdn.answers = [status(code)]

    assert await problem_of(cdn) is PictureProblem.GONE
    assert len(cdn.asked) == 1


@pytest.mark.parametrize("code", [200, 403, 404])
async def test_a_page_of_a_proxy_says_nothing_about_the_attachment(cdn: Cdn, code: int) -> None:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text="<html>Sign in</html>", content_type="text/html")

    cdn.answers = [page, page, status(200, b"picture")]

    assert await fetch(cdn) == b"picture"


@pytest.mark.parametrize("code", [500, 502, 503])
async def test_a_server_error_that_passes_is_not_noticed(cdn: Cdn, code: int) -> None:
    cdn.answers = [status(code), status(code), status(200, b"picture")]

    assert await fetch(cdn) == b"picture"


async def test_a_server_error_that_stays_is_given_up(cdn: Cdn) -> None:
    cdn.answers = [status(503)]

    assert await problem_of(cdn) is PictureProblem.UNREACHABLE
    assert len(cdn.asked) == TRIES


async def cut_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half")
    assert request.transport is not None
    request.transport.close()
    return response


async def test_a_download_that_is_cut_off_is_begun_again(cdn: Cdn) -> None:
    cdn.answers = [cut_off, status(200, b"whole")]

    assert await fetch(cdn) == b"whole"


async def test_a_redirect_is_not_followed(cdn: Cdn) -> None:
    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{cdn.origin}/elsewhere")

    cdn.answers = [elsewhere, status(200, b"picture")]

    assert await problem_of(cdn) is PictureProblem.GONE
    assert len(cdn.asked) == 1


async def endless(request: web.Request) -> web.StreamResponse:
    """Says nothing of its size, and does not stop by itself."""
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 1024 * 1024)
    except OSError:
        return response


async def test_a_file_over_the_limit_is_dropped_while_it_comes_in(cdn: Cdn) -> None:
    cdn.answers = [endless]

    assert await problem_of(cdn) is PictureProblem.TOO_MANY_BYTES
    assert len(cdn.asked) == 1


async def test_a_file_of_exactly_the_limit_is_taken(cdn: Cdn) -> None:
    cdn.answers = [status(200, b"x" * MAX_REFERENCE_BYTES)]

    assert len(await fetch(cdn)) == MAX_REFERENCE_BYTES


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://evil.example/https://cdn.discordapp.com/a.png",
        "https://user@cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//cdn.discordapp.com/a.png",
        "https://[::1]/a.png",
        "https://[broken/a.png",
        "",
    ],
)
async def test_nothing_is_fetched_from_anywhere_but_discord(url: str) -> None:
    async with ClientSession() as session:
        with pytest.raises(PictureError) as caught:
            await AttachmentFetcher(session).fetch(replace(A_REFERENCE, url=url))

    assert caught.value.problem is PictureProblem.GONE


async def test_an_error_never_repeats_the_signed_address(cdn: Cdn) -> None:
    cdn.answers = [status(503)]
    with pytest.raises(PictureError) as caught:
        await fetch(cdn)

    assert "hm=2" not in str(caught.value)


def test_discords_own_servers_are_the_only_origins() -> None:
    assert set(CDN_ORIGINS) == {"https://cdn.discordapp.com", "https://media.discordapp.net"}
