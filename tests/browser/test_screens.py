"""Pictures of cards, forms and pages at two widths, for whoever judges how Easel looks: `make screens`.

They lie in `artifacts/screens/` afterwards. That the way there works, and every picture arrives, needs no eyes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from bot.domain.pictures import Mark
from bot.domain.sizes import Size
from bot.formats.container import Format
from bot.imaging.pack import mark_bytes
from bot.sandbox.painter import paint_plain
from tests.browser.conftest import opened_demo, started_demo
from tests.browser.page import DemoPage
from tests.conftest import ARTIFACTS
from tests.signing import Papers, damaged, papers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.screens,
    pytest.mark.timeout(150),
]
WIDTHS = (1100, 400)
HEIGHT = 1600
SWITCHED_MS = 3_000
SETTLED_MS = 500  # the page draws itself anew for another width
FOLDER = ARTIFACTS / "screens"
MO = "Mo (moderator)"
PROMPT = "a red fox in the snow at dusk"


class Camera:
    """Takes pictures of what stands on the page."""

    def __init__(self, demo: DemoPage) -> None:
        self.demo = demo
        self.page = demo.page
        self.form = demo.page.get_by_role("dialog")

    async def shoot(self, area: Locator, name: str) -> None:
        """Save `area` at each width."""
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            await self.page.wait_for_timeout(SETTLED_MS)
            await self.demo.wait_until_loaded(area)
            await area.scroll_into_view_if_needed()
            await area.screenshot(path=FOLDER / f"{name}-{width}.png")
        await self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})

    async def shoot_form(self, name: str) -> None:
        """Save the open form, then close it."""
        await self.shoot(self.form, name)
        await self.page.keyboard.press("Escape")
        await expect(self.form).to_have_count(0)

    async def see_as(self, person: str) -> None:
        await self.page.locator("#viewer-picker").select_option(label=person)
        await self.page.wait_for_timeout(SWITCHED_MS)

    async def shoot_answer(self, command: str, **options: str) -> None:
        """Use a command that is answered at once, and save the answer."""
        earlier = await self.demo.messages.count()
        await self.demo.use_command(command, options=options)
        await expect(self.demo.messages).to_have_count(earlier + 1, timeout=20_000)
        answer = self.demo.messages.last
        await expect(answer).not_to_contain_text("is thinking", timeout=20_000)
        await self.shoot(answer, command.replace(" ", "-"))


@pytest_asyncio.fixture
async def camera(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Camera]:
    """A new demo as a newcomer has it, with pictures in full size: a page that holds many of them grows slow."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ("-m", "bot", "demo", "--no-open", "--latency", "2")
    async with (
        started_demo(command, tmp_path_factory.mktemp("temporary")) as url,
        opened_demo(chromium, url) as demo,
    ):
        yield Camera(demo)


async def test_the_first_screen(camera: Camera) -> None:
    await camera.shoot(camera.demo.messages.first, "first-result")
    await camera.shoot(camera.demo.messages.nth(1), "first-card")
    for width, height in ((1100, 800), (400, 800)):
        await camera.page.set_viewport_size({"width": width, "height": height})
        await camera.page.screenshot(path=FOLDER / f"first-screen-{width}.png")


async def test_one_picture_and_what_its_buttons_open(camera: Camera) -> None:
    demo = camera.demo
    await demo.use_command("imagine", PROMPT)
    card = demo.card(PROMPT)
    await expect(card.get_by_role("button", name="Cancel")).to_be_visible()
    await camera.shoot(card, "painting")
    await demo.wait_for_pictures(card, 1)
    await camera.shoot(card, "result")
    for label in ("Vary", "Edit"):
        await demo.press(card, label, camera.form)
        await camera.shoot_form(f"form-{label.lower()}")

    panel = demo.messages.filter(has=camera.page.get_by_role("button", name="Info")).last
    await demo.press(card, "More…", panel)
    await camera.shoot(panel, "more")
    info = demo.card("Seed")
    await demo.press(panel, "Info", info)
    await camera.shoot(info, "info")


async def test_several_pictures_and_what_came_of_one(camera: Camera) -> None:
    demo = camera.demo
    await demo.use_command("imagine", "a lighthouse in a storm", options={"count": "4"})
    card = demo.card("a lighthouse in a storm")
    await demo.wait_for_pictures(card, 4)
    await camera.shoot(card, "result-of-four")
    await demo.press(card, "Edit 2", camera.form)
    await camera.form.locator("textarea").fill("let it snow on the lighthouse")
    await demo.submit(camera.form)
    edited = demo.card("let it snow on the lighthouse")
    await demo.wait_for_pictures(edited, 1)
    await camera.shoot(edited, "edited")
    panel = demo.messages.filter(has=camera.page.get_by_role("button", name="Compare")).last
    await demo.press(edited, "More…", panel)
    await camera.shoot(panel, "more-of-an-edit")
    pair = demo.card("Before and after")
    await demo.press(panel, "Compare", pair)
    await demo.wait_for_pictures(pair, 1)
    await camera.shoot(pair, "compare")
    tree = demo.card("Family tree")
    await demo.press(panel, "Show tree", tree)
    await demo.wait_for_pictures(tree, 1)
    await camera.shoot(tree, "tree")


async def test_a_video_from_its_price_to_its_end(camera: Camera) -> None:
    demo = camera.demo
    await demo.use_command("animate", "a red fox turns its head in the snow [Push in]")
    offer = demo.card("This makes 1 video")
    await expect(offer).to_be_visible(timeout=20_000)
    await camera.shoot(offer, "video-offer")
    card = demo.messages.filter(has=camera.page.get_by_role("button", name="Cancel")).last
    await demo.press(offer, "Animate", card)
    await camera.shoot(card, "video-making")
    done = demo.messages.filter(has=camera.page.locator("video")).last
    await expect(done).to_be_visible(timeout=40_000)
    await camera.shoot(done, "video-done")

    first = demo.messages.first
    panel = demo.messages.filter(has=camera.page.get_by_role("button", name="Info")).last
    await demo.press(first, "More…", panel)
    await camera.shoot(panel, "more-with-animate")
    await demo.press(panel, "Animate", camera.form)
    await camera.shoot_form("form-animate")
    await camera.shoot_answer("history")


async def test_a_video_that_begins_with_a_result(camera: Camera) -> None:
    demo = camera.demo
    panel = demo.messages.filter(has=camera.page.get_by_role("button", name="Info")).last
    await demo.press(demo.messages.first, "More…", panel)
    await demo.press(panel, "Animate", camera.form)
    await camera.form.locator("textarea").first.fill("the fox yawns and looks around")
    await demo.submit(camera.form)
    offer = demo.card("This makes 1 video")
    await expect(offer).to_be_visible(timeout=20_000)
    card = demo.messages.filter(has=camera.page.get_by_role("button", name="Cancel")).last
    await demo.press(offer, "Animate", card)
    await expect(card.locator("img.component-thumbnail")).to_be_visible(timeout=20_000)
    await camera.shoot(card, "video-of-a-result-making")


async def test_refusals_and_failures(camera: Camera) -> None:
    demo = camera.demo
    for fault, text in (
        ("refused_prompt", "provider refused"),
        ("out_of_credit", "account is empty"),
    ):
        await demo.use_command("imagine", f"a boat at noon [fault:{fault}]")
        card = demo.messages.filter(has_text="a boat at noon").filter(has_text=text).last
        await expect(card).to_be_visible(timeout=30_000)
        await camera.shoot(card, f"failed-{fault}")
    card = demo.card("provider refused")
    await demo.press(card, "Reword…", camera.form)
    await camera.shoot_form("form-reword")

    await demo.use_command("series")
    await camera.form.locator("textarea").nth(0).fill("a small red fox with a blue scarf, watercolour")
    await camera.form.locator("textarea").nth(1).fill("wakes up in a hollow tree")
    await demo.submit(camera.form)
    refused = demo.card("at least 2 scenes")
    await expect(refused).to_be_visible(timeout=20_000)
    await camera.shoot(refused, "series-refused")
    await demo.press(refused, "Reword…", camera.form)
    await camera.shoot_form("form-reword-series")


async def test_a_picture_is_described(camera: Camera, photograph: Path) -> None:
    await camera.demo.use_command("describe", files={"image": photograph})
    card = camera.demo.messages.filter(has=camera.page.get_by_role("button", name="Paint", exact=True)).last
    await expect(card).to_be_visible(timeout=20_000)
    await camera.shoot(card, "describe")


@pytest.fixture
def club(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Papers:
    """A certificate, which the demo that starts next signs with."""
    mine = papers(tmp_path / "mine", "The Paint Club")
    for name, value in mine.environ.items():
        monkeypatch.setenv(name, value)
    return mine


async def test_what_the_marks_of_a_file_say(club: Papers, camera: Camera, tmp_path: Path) -> None:
    plain = paint_plain(PROMPT, Size(1200, 800), 7, 0)
    marked = mark_bytes(plain, Format.JPEG, Mark.GENERATED)
    ours = club.signer().sign(marked, "image/jpeg", Mark.GENERATED)
    theirs = papers(tmp_path / "theirs", "Somebody Else").signer().sign(plain, "image/jpeg", Mark.COMPOSITE)
    for name, data, title in (
        ("signed", ours, "Made with AI by this Easel"),
        ("changed", damaged(ours), "Not the file that this Easel signed"),
        ("stranger", theirs, "Marked as edited with AI"),
        ("labelled", marked, "Marked as made with AI"),
        ("none", plain, "No marks found"),
        ("unread", b"hello", "Easel can't check this file"),
    ):
        file = tmp_path / f"red-fox-{name}.jpg"
        file.write_bytes(data)
        await camera.demo.use_command("verify", files={"image": file})
        card = camera.demo.messages.filter(has_text=title).last
        await expect(card).to_be_visible(timeout=20_000)
        await camera.shoot(card, f"verify-{name}")


async def test_what_a_member_looks_up(camera: Camera) -> None:
    for prompt in (PROMPT, "a whale at noon", "a castle at night"):
        await camera.demo.use_command("imagine", prompt)
        await camera.demo.wait_for_pictures(camera.demo.card(prompt), 1)
    for command in (
        "history",
        "favourites",
        "me",
        "queue",
        "help",
        "preset list",
        "defaults show",
        "tray show",
    ):
        await camera.shoot_answer(command)


async def test_what_a_moderator_uses(camera: Camera) -> None:
    await camera.see_as(MO)
    await camera.demo.use_command("setup")
    await expect(camera.form).to_be_visible()
    await camera.shoot_form("form-setup")
    for command in (
        "limits panel",
        "limits show",
        "budget",
        "filter list",
        "channels show",
        "modlog changes",
        "unblock",
        "pause",
        "resume",
    ):
        await camera.shoot_answer(command)
