"""The demo's page as a person uses it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.conftest import ARTIFACTS

PAINTED_MS = 30_000
SENT_MS = 3_000
SENDS = 5
LOADED = "area => [...area.querySelectorAll('img')].every(image => image.complete && image.naturalWidth > 0)"


class DemoPage:
    """Types, presses and looks. Nothing here refreshes the page: what it shows must come by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.locator("#channel-composer-input")
        self.messages = page.locator("#channel-message-list article.channel-message")

    async def use_command(
        self,
        name: str,
        prompt: str | None = None,
        *,
        files: Mapping[str, Path] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Type a command as one does: slash, name, prompt, then what else it takes."""
        await self.composer.click()
        await self.composer.press_sequentially(f"/{name}")
        await expect(self.page.locator(f'.command-entry[data-entry-key$=":{name}"]')).to_be_visible()
        await self.page.keyboard.press("Enter")
        chip = self.page.locator("[data-command-chip]")
        await expect(chip).to_have_text(f"/{name}")
        if prompt is not None:
            await self.page.locator('input.command-option-input[data-option="prompt"]').fill(prompt)
        for option, path in (files or {}).items():
            await self._add(option)
            await self.page.locator(f'input[type=file][data-option="{option}"]').set_input_files(path)
        for option, value in (options or {}).items():
            await self._add(option)
            await self.page.locator(f'.command-pill[data-option="{option}"] input').fill(value)
        await self._send(chip)

    async def _send(self, chip: Locator) -> None:
        """SimCord refuses what was sent from a page that changed a moment before; people press again."""
        for _ in range(SENDS):
            await self.page.locator("#send-message").click()
            try:
                await expect(chip).to_have_count(0, timeout=SENT_MS)
            except AssertionError:
                continue
            return
        raise AssertionError("the command was not sent")

    async def press(self, card: Locator, label: str, then: Locator) -> None:
        """Press a button on a card, again if need be, until `then` is there."""
        for _ in range(SENDS):
            await card.get_by_role("button", name=label).click()
            try:
                await expect(then).to_be_visible(timeout=SENT_MS)
            except AssertionError:
                continue
            return
        raise AssertionError(f"{label} was not heard")

    async def submit(self, form: Locator) -> None:
        """Send a form, again if need be, until it is gone."""
        for _ in range(SENDS):
            await form.get_by_role("button", name="Submit").click()
            try:
                await expect(form).to_have_count(0, timeout=SENT_MS)
            except AssertionError:
                continue
            return
        raise AssertionError("the form was not sent")

    async def _add(self, option: str) -> None:
        """Optional options hide behind "+n more"."""
        if await self.page.locator(f'.command-pill[data-option="{option}"]').count():
            return
        await self.page.locator("button.command-ghost").click()
        await self.page.locator(f'.command-suggestion[data-value="{option}"]').click()

    def card(self, text: str) -> Locator:
        """The newest message that holds `text`."""
        return self.messages.filter(has_text=text).last

    async def wait_for_pictures(self, card: Locator, number: int) -> None:
        """Until `number` pictures are on the card and their pixels have arrived."""
        await expect(card.locator("img.gallery-image")).to_have_count(number, timeout=PAINTED_MS)
        await self._until_loaded(card)

    async def _until_loaded(self, area: Locator) -> None:
        """Until the pixels of every image in `area` have arrived."""
        await self.page.wait_for_function(LOADED, arg=await area.element_handle())

    async def picture(self, name: str, card: Locator | None = None) -> None:
        """Keep a screenshot, with every image on it, as an artefact of the run."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        if card is None:
            await self._until_loaded(self.page.locator("#channel-message-list"))
            await self.page.screenshot(path=path)
        else:
            await card.scroll_into_view_if_needed()
            await self._until_loaded(card)
            await card.screenshot(path=path)
