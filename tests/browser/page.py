"""The demo's page as a person uses it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Locator, Page, Request, expect
from playwright.async_api import TimeoutError as TooLate

PAINTED_MS = 30_000
HEARD_MS = 1_000  # a press that the page was too busy for is sent nowhere
SENDS = 10
LOADED = "area => [...area.querySelectorAll('img')].every(image => image.complete && image.naturalWidth > 0)"
ACTIONS = (b'"run_command"', b'"click"', b'"modal_submit"')  # others look something up


def _is_action(request: Request) -> bool:
    body = request.post_data_buffer  # none of a form with files
    return request.url.endswith("/api/action") and (body is None or any(kind in body for kind in ACTIONS))


async def see(area: Locator, *, within_ms: float = PAINTED_MS) -> None:
    """Wait until `area` is visible.

    `expect` waits as well, but describes the whole page for its message each time it looks in vain.
    """
    await area.wait_for(timeout=within_ms)


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
        key = name.replace(" ", ".")
        await see(self.page.locator(f'.command-entry[data-entry-key$=":{key}"]'))
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
        await self._act(self.page.locator("#send-message"))
        await expect(chip).to_have_count(0)

    async def press(self, card: Locator, label: str, then: Locator) -> None:
        """Press a button on a card, which shows `then`."""
        await self._act(card.get_by_role("button", name=label))
        await see(then)

    async def submit(self, form: Locator) -> None:
        """Send a form, which goes away."""
        await self._act(form.get_by_role("button", name="Submit"))
        await expect(form).to_have_count(0)

    async def _act(self, button: Locator) -> None:
        """Press a button until SimCord takes it: what comes from a page that changed a moment before is refused."""
        for _ in range(SENDS):
            try:
                async with self.page.expect_request(_is_action, timeout=HEARD_MS) as sent:
                    await button.click()
            except TooLate:
                continue
            answer = await (await sent.value).response()
            if answer is not None and not (await answer.json())["rejected"]:
                return
        raise AssertionError("SimCord took no press of the button")

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
        pictures = card.locator("img.gallery-image")
        await see(pictures.nth(number - 1), within_ms=PAINTED_MS)
        await expect(pictures).to_have_count(number)
        await self.wait_until_loaded(card)

    async def wait_until_loaded(self, area: Locator) -> None:
        """Until the pixels of every image in `area` have arrived."""
        await self.page.wait_for_function(LOADED, arg=await area.element_handle())
