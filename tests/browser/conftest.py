"""The demo as a process, and a browser in front of it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import async_playwright

from bot.domain.sizes import Size
from bot.sandbox.painter import paint_plain
from tests.browser.page import DemoPage
from tests.conftest import ARTIFACTS

# `python -m bot` whose pictures are drawn small and enlarged, and shown small: neither is looked at here. SimCord makes
# a parser of markdown for each text that it shows, a quarter of what the demo does; the same parser does here. And it
# looks at each picture in a new process, which a thread does as well where no stranger's files come.
DEMO = """
import asyncio
import sys
import bot.sandbox.painter, bot.sandbox.world
import simcord.preview._markdown as markdown, simcord.preview._media as media
from bot.__main__ import main
make, made = markdown._markdown_parser, {}
def parser(policy, context):
    key = repr((policy, context))
    return made.get(key) or made.setdefault(key, make(policy, context))
markdown._markdown_parser = parser
async def looked_at(worker, key, blob, media_time):
    return await asyncio.to_thread(media._process_media, blob, media_time)
media.MediaWorker._decode = looked_at
bot.sandbox.painter.MAX_DRAWN_SIDE = 256
bot.sandbox.world.MAX_SHOWN_PIXELS = 256 * 256
sys.exit(main())
"""
START_S = 40.0
STOP_S = 20.0


@asynccontextmanager
async def started_demo(command: Sequence[str], temporary: Path) -> AsyncGenerator[str]:
    """Run the demo as a newcomer starts it; yield its page's address. It warns of nothing and leaves no files."""
    environ = {**os.environ, "TMPDIR": str(temporary)}
    with TemporaryFile() as told:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=told, env=environ
        )
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            line = (await process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+/#\S+", line)
        assert found, f"no address in {line!r}"
        yield found.group(0)
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                assert await process.wait() == 0
            assert not list(await asyncio.to_thread(os.listdir, temporary))
            told.seek(0)
            assert told.read() == b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@asynccontextmanager
async def opened_demo(chromium: str, url: str) -> AsyncGenerator[DemoPage]:
    """Open the page in a browser."""
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        page = await browser.new_page(viewport={"width": 1180, "height": 900}, reduced_motion="reduce")
        await page.goto(url)
        demo = DemoPage(page)
        await demo.composer.wait_for()
        yield demo
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened_page(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoPage]:
    command = ("-c", DEMO, "demo", "--no-open", "--latency", "0.6")
    async with (
        started_demo(command, tmp_path_factory.mktemp("temporary")) as url,
        opened_demo(chromium, url) as page,
    ):
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def demo_page(opened_page: DemoPage, request: pytest.FixtureRequest) -> AsyncIterator[DemoPage]:
    """The page, of which a test that fails leaves a screenshot in `artifacts/`."""
    failed_before = request.session.testsfailed
    yield opened_page
    if request.session.testsfailed > failed_before:
        ARTIFACTS.mkdir(exist_ok=True)
        await opened_page.page.screenshot(path=ARTIFACTS / f"{request.node.name}.png")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A picture somebody might upload: 4:3, with a maker's note and a place in it."""
    path = tmp_path / "harbour.jpg"
    picture = Image.open(BytesIO(paint_plain("a quiet harbour", Size(1600, 1200), 1, 1)))
    exif = Image.Exif()
    exif[0x010F] = "Camera of a member"
    picture.save(path, "JPEG", quality=90, exif=exif)
    return path
