"""An answer that Discord has although its confirmation was lost: what follows is shown all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.wire.app import CALLBACK, Scene
from tests.wire.cards import buttons_of, text_of
from tests.wire.interactions import Dispatched
from tests.wire.state import Message

Lose = Callable[[Scene], object]
LOST: dict[str, Lose] = {
    "line cut after it": lambda easel: easel.server.cut("POST", CALLBACK, before=False),
    "line cut before it": lambda easel: easel.server.cut("POST", CALLBACK),
    "cut twice": lambda easel: easel.server.cut("POST", CALLBACK, before=False, times=2),
    "said already": lambda easel: easel.server.fail("POST", CALLBACK, status=400, code=40060, before=False),
}


@pytest.fixture(params=LOST.values(), ids=list(LOST))
def lose(request: pytest.FixtureRequest) -> Lose:
    loses: Lose = request.param
    return loses


async def answer_to(easel: Scene, handle: Dispatched) -> Message:
    """The message for the person alone, once it no longer shows "thinking"."""
    message = await easel.server.wait_for(lambda: handle.message)
    assert message is not None
    await easel.server.wait_for(lambda: not message.is_loading)
    assert message.ephemeral
    return message


@pytest.mark.parametrize(
    ("command", "says"),
    [("tray show", "Your tray is empty"), ("favourites", "No favourites"), ("history", "red fox")],
)
async def test_a_command_is_answered(easel: Scene, lose: Lose, command: str, says: str) -> None:
    await easel.done(await easel.imagine("a red fox"))
    lose(easel)
    answer = await answer_to(easel, await easel.server.slash(easel.ada, easel.art, command))
    assert says in text_of(answer)


async def test_a_press_that_opens_a_message_is_answered(easel: Scene, lose: Lose) -> None:
    card = await card_of(easel)
    lose(easel)
    panel = await answer_to(easel, await press(easel, card, "More…"))
    assert "Favourite" in buttons_of(panel)


async def test_a_press_that_changes_its_message_is_done_once(easel: Scene, lose: Lose) -> None:
    card = await card_of(easel)
    panel = await answer_to(easel, await press(easel, card, "More…"))
    lose(easel)
    await press(easel, panel, "Favourite")
    await easel.server.wait_for(lambda: "Unfavourite" in buttons_of(panel))


async def test_a_price_that_was_accepted_is_paid_once(easel: Scene, lose: Lose) -> None:
    handle = await easel.server.slash(easel.ada, easel.art, "imagine", {"prompt": "a {red,blue} fox"})
    question = await answer_to(easel, handle)
    lose(easel)
    await easel.server.click(easel.ada, question, next(iter(buttons_of(question).values())))
    [card] = await easel.server.wait_for(lambda: easel.messages())
    await easel.server.wait_for(lambda: len(card.attachments) == 2)
    assert easel.messages() == [card]
    assert easel.provider.arrived == 2


async def card_of(easel: Scene) -> Message:
    handle = await easel.imagine()
    await easel.done(handle)
    assert handle.message is not None
    return handle.message


async def press(easel: Scene, message: Message, label: str) -> Dispatched:
    return await easel.server.click(easel.ada, message, buttons_of(message)[label])
