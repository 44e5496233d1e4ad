"""What a newcomer sees: commands typed on the demo's page, pictures that arrive by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.browser.page import DemoPage, see

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
COTTAGE = "a cottage by a lake at dusk"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cottage(opened_page: DemoPage) -> Locator:
    """The card of a picture that was asked for and arrived by itself; meanwhile it could be cancelled."""
    await opened_page.use_command("imagine", COTTAGE)
    card = opened_page.messages.filter(has_text=COTTAGE).first
    await see(card.get_by_role("button", name="Cancel"))
    await opened_page.wait_for_pictures(card, 1)
    return card


async def test_the_page_opens_with_a_result_and_a_card_that_says_what_to_type_first(
    demo_page: DemoPage,
) -> None:
    result = demo_page.messages.first
    await demo_page.wait_for_pictures(result, 1)
    await expect(result).to_contain_text("@Ben")
    for label in ("Again", "Vary", "Edit", "4K", "More…"):
        await expect(result.get_by_role("button", name=label, exact=True)).to_be_enabled()
    card = demo_page.messages.nth(1)
    await expect(card).to_contain_text("Type /imagine, press Enter, and describe a picture.")


async def test_everybody_on_the_page_has_a_portrait(demo_page: DemoPage) -> None:
    portraits = demo_page.messages.locator(".message-avatar-image")
    await expect(portraits.first.locator("img")).to_be_visible()
    assert await portraits.locator("img").count() == await portraits.count()


async def test_a_picture_arrives_on_the_page_by_itself_with_the_prompt_the_model_used(
    demo_page: DemoPage, cottage: Locator
) -> None:
    await demo_page.wait_for_pictures(cottage, 1)
    await expect(cottage).to_contain_text("The model added")
    await expect(cottage).to_contain_text("2K")
    await expect(cottage.locator("img.gallery-image")).to_have_attribute("alt", COTTAGE)


async def test_an_uploaded_photograph_is_edited_in_its_own_shape(
    demo_page: DemoPage, photograph: Path
) -> None:
    await demo_page.use_command("edit", "make it a snowy winter night", files={"image": photograph})
    card = demo_page.card("make it a snowy winter night")
    await demo_page.wait_for_pictures(card, 1)
    width, height = await card.locator("img.gallery-image").evaluate("i => [i.naturalWidth, i.naturalHeight]")
    assert abs(width / height - 4 / 3) < 0.02


async def test_four_pictures_share_one_card_and_queue_shows_what_is_left(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "a lighthouse in a storm", options={"count": "4"})
    card = demo_page.card("a lighthouse in a storm")
    await demo_page.wait_for_pictures(card, 4)
    await demo_page.use_command("queue")
    line = demo_page.card("pictures left (rolling 24 h)")
    await see(line)


async def test_the_page_goes_to_what_is_new_and_a_reload_to_the_newest(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "a whale at noon")
    card = demo_page.card("a whale at noon")
    await demo_page.wait_for_pictures(card, 1)
    await expect(card.locator("img.gallery-image")).to_be_in_viewport(ratio=0.95)
    await demo_page.page.reload()
    await demo_page.wait_for_pictures(card, 1)
    await expect(card.locator("img.gallery-image")).to_be_in_viewport(ratio=0.95)


async def test_a_mark_that_names_no_fault_is_answered_with_the_faults_there_are(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "a cat [fault:bogus]")
    answer = demo_page.card("There's no fault called “bogus”")
    await see(answer)
    await expect(answer).to_contain_text("out_of_credit")


async def test_a_4k_picture_is_shown_although_the_page_takes_no_file_that_large(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "a castle in the clouds", options={"resolution": "4K"})
    card = demo_page.card("a castle in the clouds")
    await demo_page.wait_for_pictures(card, 1)
    await expect(card).to_contain_text("4K")


async def test_a_refusal_by_the_provider_says_what_to_do_next(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "something else [fault:refused_prompt]")
    card = demo_page.card("The model's provider refused this")
    await see(card)
    await expect(card).to_contain_text("Reword it")


async def test_a_failure_is_tried_again_by_its_button(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "a whale under the stars [fault:out_of_credit x1]")
    card = demo_page.card("The provider's account is empty")
    await see(card)
    answers = demo_page.messages.filter(has_text="a whale under the stars")
    await demo_page.press(card, "Try again", answers.nth(1))
    await demo_page.wait_for_pictures(answers.nth(1), 1)


async def test_cancel_ends_a_painting_and_says_so(demo_page: DemoPage) -> None:
    await demo_page.use_command("imagine", "a tower in the fog [fault:hang]")
    card = demo_page.card("a tower in the fog")
    await see(card.filter(has_text="Painting…"))
    await demo_page.press(card, "Cancel", card.get_by_text("Cancelled"))
    await expect(card).to_contain_text("nothing was counted")


async def test_an_attachment_that_is_no_picture_is_refused_in_a_whisper(
    demo_page: DemoPage, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a picture")
    await demo_page.use_command("edit", "make it nice", files={"image": path})
    answer = demo_page.card("isn't a picture Easel can read")
    await see(answer)
    await expect(answer).to_contain_text("Only you can see this")


async def test_a_result_is_edited_through_the_form_behind_its_button_and_compared_with_what_it_was(
    demo_page: DemoPage, cottage: Locator
) -> None:
    form = demo_page.page.get_by_role("dialog")
    await demo_page.press(cottage, "Edit", form)
    await form.locator("textarea").fill("let it snow on the cottage")
    edited = demo_page.card("let it snow on the cottage")
    await demo_page.submit(form)
    await demo_page.wait_for_pictures(edited, 1)
    await demo_page.press(edited, "More…", demo_page.card("Compare"))
    panel = demo_page.card("Compare")
    pair = demo_page.card("Before and after")
    await demo_page.press(panel, "Compare", pair)
    await demo_page.wait_for_pictures(pair, 1)


async def test_history_shows_what_was_made_with_small_pictures(demo_page: DemoPage, cottage: Locator) -> None:
    await expect(cottage).to_be_visible()
    await demo_page.use_command("history")
    page = demo_page.card("Your results")
    await see(page)
    await expect(page).to_contain_text(COTTAGE)
    await demo_page.wait_until_loaded(page)
