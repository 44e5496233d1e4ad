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

COMMANDS = {"tray show": "Your tray is empty", "favourites": "No favourites", "history": "red fox"}


async def answer_to(easel: Scene, handle: Dispatched) -> Message:
    """The message for the person alone, once it no longer shows "thinking"."""
    message = await easel.server.wait_for(lambda: handle.message)
    assert message is not None
    await easel.server.wait_for(lambda: not message.is_loading)
    assert message.ephemeral
    return message


async def test_a_command_is_answered(easel: Scene, subtests: pytest.Subtests) -> None:
    await easel.done(await easel.imagine("a red fox"))
    for loss, lose in LOST.items():
        for command, says in COMMANDS.items():
            with subtests.test(f"{loss}, {command}"):
                lose(easel)
                answer = await answer_to(easel, await easel.server.slash(easel.ada, easel.art, command))
                assert says in text_of(answer)
            easel.server.faults.clear()


async def test_a_press_that_opens_a_message_is_answered(easel: Scene, subtests: pytest.Subtests) -> None:
    card = await card_of(easel)
    for loss, lose in LOST.items():
        with subtests.test(loss):
            lose(easel)
            panel = await answer_to(easel, await press(easel, card, "More…"))
            assert "Favourite" in buttons_of(panel)
        easel.server.faults.clear()


async def test_a_press_that_changes_its_message_is_done_once(easel: Scene, subtests: pytest.Subtests) -> None:
    card = await card_of(easel)
    panel = await answer_to(easel, await press(easel, card, "More…"))
    for loss, lose in LOST.items():
        for label, becomes in (("Favourite", "Unfavourite"), ("Unfavourite", "Favourite")):
            with subtests.test(f"{loss}, {label}"):
                lose(easel)
                await press(easel, panel, label)
                await easel.server.wait_for(lambda becomes=becomes: becomes in buttons_of(panel))
            easel.server.faults.clear()


async def test_a_price_that_was_accepted_is_paid_once(easel: Scene, subtests: pytest.Subtests) -> None:
    for number, (loss, lose) in enumerate(LOST.items(), 1):
        with subtests.test(loss):
            handle = await easel.server.slash(easel.ada, easel.art, "imagine", {"prompt": "a {red,blue} fox"})
            question = await answer_to(easel, handle)
            lose(easel)
            await easel.server.click(easel.ada, question, next(iter(buttons_of(question).values())))
            *_, card = await easel.server.wait_for(lambda number=number: easel.messages()[number - 1 :])
            await easel.server.wait_for(lambda card=card: len(card.attachments) == 2)
            assert len(easel.messages()) == number
            assert easel.provider.arrived == 2 * number
        easel.server.faults.clear()


async def card_of(easel: Scene) -> Message:
    handle = await easel.imagine()
    await easel.done(handle)
    assert handle.message is not None
    return handle.message


async def press(easel: Scene, message: Message, label: str) -> Dispatched:
    return await easel.server.click(easel.ada, message, buttons_of(message)[label])
