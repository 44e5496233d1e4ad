"""A database that does not answer in time: Easel says it thinks, and the rest follows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.ports.library import Defaults
from bot.storage.stores import SqlJobStore, SqlLibraryStore
from tests.wire.app import CALLBACK, ORIGINAL, Scene
from tests.wire.cards import text_of, title_of, versions_of
from tests.wire.interactions import Answer, Dispatched


@pytest.fixture(autouse=True)
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Submits wait for it, and Easel waits for nothing before it says that it thinks."""
    gate = asyncio.Event()
    submit: Any = SqlJobStore.submit

    async def wait_and_submit(*args: Any) -> Any:
        await gate.wait()
        return await submit(*args)

    monkeypatch.setattr(SqlJobStore, "submit", wait_and_submit)
    monkeypatch.setattr("bot.ui.requests.submit.ANSWER_S", 0.0)
    return gate


async def test_easel_says_it_thinks_and_the_card_follows(
    easel: Scene, gate: asyncio.Event, subtests: pytest.Subtests
) -> None:
    for number, private in enumerate((False, True), 1):
        with subtests.test(private=private):
            gate.clear()
            handle = await easel.imagine(private=private)
            assert (await handle.acked())["type"] == Answer.DEFERRED_MESSAGE
            gate.set()
            assert handle.message is not None
            message = handle.message
            await easel.server.wait_for(lambda message=message: not message.is_loading)
            assert title_of(versions_of(message)[1]) == "In the queue"
            await easel.server.wait_for(lambda message=message: message.attachments)
            assert message.ephemeral is private
            assert len(easel.server.messages(easel.art.id)) == number


async def test_of_many_at_once_those_who_have_to_wait_see_that_at_once(
    scene: Scene, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    monkeypatch.setattr("bot.ui.requests.submit.ANSWER_S", 60)
    monkeypatch.setattr("bot.client.SUBMITTED_AT_ONCE", 2)
    await scene.start()
    people = scene.server.add_user("cleo"), scene.server.add_user("dan"), scene.ada, scene.ben
    for private in (False, True):
        with subtests.test(private=private):
            gate.clear()
            handles = [await scene.imagine("a fox", user=user, private=private) for user in people]
            await those_who_wait_see_that_at_once(scene, handles)
            gate.set()
            for handle in handles:
                message = await scene.server.wait_for(lambda handle=handle: handle.message)
                assert message is not None
                await scene.server.wait_for(lambda message=message: message.attachments)
                assert message.ephemeral is private


async def those_who_wait_see_that_at_once(scene: Scene, handles: list[Dispatched]) -> None:
    """Two of four are submitted, and the other two are told at once that Easel thinks."""

    def answers() -> list[Any]:
        return [handle.callback["type"] for handle in handles if handle.callback is not None]

    assert await scene.server.wait_for(lambda: answers()[1:]) == [Answer.DEFERRED_MESSAGE]
    await asyncio.sleep(0.05)
    assert answers() == [Answer.DEFERRED_MESSAGE] * 2


async def test_a_denial_after_a_public_thinking_is_seen_by_the_person_alone(
    scene: Scene, gate: asyncio.Event
) -> None:
    scene.change_settings(easel_images_per_day=0)
    await scene.start()
    handle = await scene.imagine(private=False)
    assert (await handle.acked())["type"] == Answer.DEFERRED_MESSAGE
    gate.set()
    [answer] = await scene.server.wait_for(lambda: handle.follow_ups)
    assert answer.ephemeral
    assert "You can't make pictures here" in text_of(answer)
    assert scene.messages() == []


async def test_a_denial_is_told_also_where_the_thinking_cannot_be_taken_away(
    scene: Scene, gate: asyncio.Event
) -> None:
    scene.change_settings(easel_images_per_day=0)
    await scene.start()
    scene.server.fail("DELETE", ORIGINAL, status=404, code=10008)
    handle = await scene.imagine()
    await handle.acked()
    gate.set()
    message = await scene.server.wait_for(lambda: handle.message)
    await scene.server.wait_for(lambda: message and not message.is_loading)
    assert message is not None
    assert "You can't make pictures here" in text_of(message)  # Discord makes the first follow-up of it


async def test_where_discord_no_longer_waits_for_the_thinking_the_job_ends_and_counts_nothing(
    easel: Scene, gate: asyncio.Event
) -> None:
    easel.server.fail("POST", CALLBACK, status=404, code=10062, times=None)
    await easel.imagine()
    await easel.server.wait_for(lambda: easel.server.asked("POST", CALLBACK))
    gate.set()
    await easel.server.wait_for(lambda: len(easel.server.asked("POST", CALLBACK)) == 2)
    await easel.eventually(lambda: easel.images_counted(easel.ada), lambda images: images == 0)
    assert easel.provider.arrived == 0


async def test_a_thinking_whose_outcome_was_lost_becomes_the_card(
    easel: Scene, gate: asyncio.Event, subtests: pytest.Subtests
) -> None:
    for number, loss in enumerate(("said already", "line cut")):
        with subtests.test(loss):
            gate.clear()
            if loss == "said already":
                easel.server.fail("POST", CALLBACK, status=400, code=40060, before=False)
            else:
                easel.server.cut("POST", CALLBACK, before=False)
            handle = await easel.imagine(private=False)
            await handle.acked()
            gate.set()
            message = await easel.server.wait_for(lambda handle=handle: handle.message)
            await easel.server.wait_for(lambda message=message: message and message.attachments)
            assert easel.messages()[number:] == [message]
            easel.server.faults.clear()


async def test_a_denial_after_a_thinking_whose_outcome_was_lost_is_seen_by_the_person_alone(
    scene: Scene, gate: asyncio.Event
) -> None:
    scene.change_settings(easel_images_per_day=0)
    await scene.start()
    scene.server.cut("POST", CALLBACK, before=False)
    handle = await scene.imagine(private=False)
    await handle.acked()
    gate.set()
    [answer] = await scene.server.wait_for(lambda: handle.follow_ups)
    assert answer.ephemeral
    assert "You can't make pictures here" in text_of(answer)
    assert scene.messages() == []


class TestDefaultsThatAreSlowToRead:
    """Whether the answer is for everybody is not known yet when Easel has to say that it thinks."""

    @pytest.fixture(autouse=True)
    def shelf_gate(self, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
        gate.set()  # of submits
        shelf_gate = asyncio.Event()

        def gated(read: Any) -> Any:
            async def wait_and_read(*args: Any) -> Any:
                await shelf_gate.wait()
                return await read(*args)

            return wait_and_read

        for name in ("defaults_in", "preset"):
            monkeypatch.setattr(SqlLibraryStore, name, gated(getattr(SqlLibraryStore, name)))
        return shelf_gate

    async def test_it_thinks_before_the_person_alone_and_the_card_is_for_everybody(
        self, easel: Scene, shelf_gate: asyncio.Event
    ) -> None:
        handle = await easel.imagine()
        assert (await handle.acked())["type"] == Answer.DEFERRED_MESSAGE
        assert handle.message is not None
        assert handle.message.ephemeral
        shelf_gate.set()
        [card] = await easel.server.wait_for(lambda: handle.follow_ups)
        await easel.server.wait_for(lambda: card.attachments)
        assert not card.ephemeral
        assert handle.message.deleted
        assert easel.messages() == [card]

    async def test_a_private_default_stays_private(self, easel: Scene, shelf_gate: asyncio.Event) -> None:
        await easel.client.library.set_defaults(easel.ada.id, Defaults(private=True))
        handle = await easel.imagine()
        await handle.acked()
        shelf_gate.set()
        message = handle.message
        assert message is not None
        await easel.server.wait_for(lambda: message.attachments)
        assert message.ephemeral
        assert easel.messages() == []

    async def test_who_said_that_everybody_may_see_it_has_everybody_see_easel_think(
        self, easel: Scene, shelf_gate: asyncio.Event
    ) -> None:
        handle = await easel.imagine(private=False)
        await handle.acked()
        shelf_gate.set()
        message = handle.message
        assert message is not None
        await easel.server.wait_for(lambda: message.attachments)
        assert easel.messages() == [message]

    async def test_a_preset_that_is_not_there_is_told_to_the_person_alone(
        self, easel: Scene, shelf_gate: asyncio.Event
    ) -> None:
        handle = await easel.imagine(preset="nope", private=False)
        await handle.acked()
        shelf_gate.set()
        [answer] = await easel.server.wait_for(lambda: handle.follow_ups)
        assert answer.ephemeral
        assert "No preset is called" in text_of(answer)
        assert easel.messages() == []

    async def test_a_question_after_a_public_thinking_is_for_the_person_alone(
        self, easel: Scene, shelf_gate: asyncio.Event
    ) -> None:
        handle = await easel.imagine("a {red,blue} fox", private=False)
        await handle.acked()
        shelf_gate.set()
        [question] = await easel.server.wait_for(lambda: handle.follow_ups)
        assert question.ephemeral
        assert "This makes 2 pictures" in text_of(question)
        assert easel.messages() == []

    async def test_a_question_after_a_thinking_whose_outcome_was_lost_is_asked_once(
        self, easel: Scene, shelf_gate: asyncio.Event, subtests: pytest.Subtests
    ) -> None:
        for private in (False, True):
            with subtests.test(private=private):
                shelf_gate.clear()
                easel.server.cut("POST", CALLBACK, before=False)
                handle = await easel.imagine("a {red,blue} fox", private=private)
                await handle.acked()
                shelf_gate.set()
                [question] = await easel.server.wait_for(lambda handle=handle: handle.follow_ups)
                assert question.ephemeral
                assert "This makes 2 pictures" in text_of(question)
                assert easel.messages() == []
