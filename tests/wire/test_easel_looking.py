"""Results looked at again: by those who may, by those who may not, and long after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import product
from typing import Final

import pytest

from bot.domain.jobs import Job, JobState
from bot.domain.ports.library import ResultPage
from bot.storage.stores import SqlHistoryStore
from tests.wire.app import Scene
from tests.wire.cards import buttons_of, gallery_of, text_of
from tests.wire.components import Kind
from tests.wire.court import MODERATOR, Court, whispered
from tests.wire.driving import Context
from tests.wire.interactions import Dispatched
from tests.wire.state import Message, User

LATER_S: Final = 25 * 60 * 60.0
ANSWER_WITHIN_S: Final = 2.5  # Discord waits three
NOT_ON_RECORD: Final = "no longer has this job"
OF_A_PICTURE: Final = ("more", "info", "favour", "compare", "share", "delete", "deletenow", "panelback")


@pytest.fixture
async def court(easel: Scene) -> Court:
    return Court(scene=easel)


async def result(scene: Scene, *, private: bool = False) -> tuple[Job, Message]:
    handle = await scene.imagine("a secret garden", private=private)
    job = await scene.done(handle)
    assert job.state is JobState.DONE
    assert handle.message is not None
    async with asyncio.timeout(30):
        while job.id in await scene.app.base.blobs.jobs():  # what is kept is put away after the card is shown
            pass
    return job, handle.message


async def press(scene: Scene, message: Message, label: str, user: User | None = None) -> Dispatched:
    handle = await scene.server.click(user or scene.ada, message, buttons_of(message)[label])
    await handle.acked()
    return handle


async def panel(scene: Scene, card: Message, user: User | None = None) -> Message:
    """What More… answers, once it is there."""
    handle = await press(scene, card, "More…", user)
    return await shown(scene, handle, lambda message: not message.is_loading)


async def shown(scene: Scene, handle: Dispatched, holds: Callable[[Message], bool]) -> Message:
    """What stands in place of `@original` as soon as `holds` is true of it."""

    def look() -> Message | None:
        message = handle.message
        return message if message is not None and holds(message) else None

    found = await scene.server.wait_for(look)
    assert found is not None
    return found


async def test_a_strangers_presses_on_somebodys_private_job_find_nothing_on_record(
    court: Court, subtests: pytest.Subtests
) -> None:
    job, _card = await result(court.scene, private=True)
    custom_ids = [f"easel:{action}:{job.id}.0" for action in OF_A_PICTURE]
    for context, user in product((Context.GUILD, Context.ELSEWHERE), (court.scene.ben, court.mo)):
        with subtests.test(f"{user.name}, {context}"):
            for custom_id in (*custom_ids, f"easel:tree:{job.id}", f"easel:step:{job.id}"):
                message = court.card_with(custom_id)
                handle = await court.scene.server.click(user, message, custom_id, context=context)
                answer = await whispered(handle)
                assert NOT_ON_RECORD in answer, custom_id
                assert "secret" not in answer
    assert (await court.scene.job(job.id)).removed_by is None
    assert court.scene.messages()[0].edits == 0


async def test_a_chosen_private_job_of_somebody_elses_is_not_on_record(court: Court) -> None:
    job, _card = await result(court.scene, private=True)
    for custom_id, value in (
        ("easel:open:beside", job.id),
        ("easel:open:here", job.id),
        (f"easel:morepick:{job.id}", "0"),
    ):
        message = court.card_with(custom_id, Kind.SELECT)
        handle = await court.scene.server.click(court.scene.ben, message, custom_id, (value,))
        assert NOT_ON_RECORD in await whispered(handle), custom_id


async def test_a_strangers_delete_and_share_of_a_public_result_are_the_requesters_alone(court: Court) -> None:
    job, card = await result(court.scene)
    for action in ("delete", "deletenow", "share"):
        custom_id = f"easel:{action}:{job.id}.0"
        handle = await court.scene.server.click(court.scene.ben, court.card_with(custom_id), custom_id)
        assert "Only the person who requested this" in await whispered(handle)
    assert len(card.attachments) == 1


async def test_moderators_of_another_server_reach_no_result_here(court: Court) -> None:
    gallery = court.scene.server.add_channel(court.scene.server.add_guild("Gallery"), "art")
    nia = court.scene.server.add_user("nia", permissions=MODERATOR)
    job, card = await result(court.scene)
    for action in OF_A_PICTURE:
        custom_id = f"easel:{action}:{job.id}.0"
        message = court.card_with(custom_id, channel=gallery)
        handle = await court.scene.server.click(nia, message, custom_id)
        assert NOT_ON_RECORD in await whispered(handle)
    assert len(card.attachments) == 1


async def test_who_brought_easel_along_is_no_moderator_of_the_server_it_is_in(court: Court) -> None:
    job, card = await result(court.scene)
    custom_id = f"easel:deletenow:{job.id}.0"
    handle = await court.scene.server.click(
        court.mo, court.card_with(custom_id), custom_id, context=Context.ELSEWHERE
    )
    assert "Only the person who requested this or a moderator" in await whispered(handle)
    assert len(card.attachments) == 1


async def test_a_private_result_is_shown_to_everybody_by_its_owners_press_alone(easel: Scene) -> None:
    job, card = await result(easel, private=True)
    assert card.ephemeral
    assert easel.messages() == []
    opened = await panel(easel, card)
    assert opened.ephemeral

    await press(easel, opened, "Share")

    [public] = await easel.server.wait_for(lambda: easel.messages() or None) or []
    assert "secret garden" in text_of(public)
    assert len(gallery_of(public)) == 1
    stored = await easel.until(job.id, lambda job: not job.request.private)
    assert stored.card_id == public.id
    assert "Report" in buttons_of(await panel(easel, public, easel.ben))


async def test_two_presses_at_once_share_one_card(easel: Scene) -> None:
    job, card = await result(easel, private=True)
    panels = [await panel(easel, card), await panel(easel, card)]
    for one in panels:
        await easel.server.click(easel.ada, one, buttons_of(one)["Share"])
    await easel.until(job.id, lambda job: not job.request.private)
    stored = await easel.job(job.id)
    await easel.server.wait_for(lambda: [one.id for one in easel.messages()] == [stored.card_id])


async def test_a_day_later_and_with_nothing_kept_the_message_itself_brings_the_picture(scene: Scene) -> None:
    scene.change_settings(easel_keep_originals_days=0)
    await scene.start()
    _job, card = await result(scene)
    await scene.stop()
    scene.clock.advance(LATER_S)
    await scene.start()
    opened = await panel(scene, card)
    assert len(opened.attachments) == 1
    assert "is gone" not in text_of(opened)
    found = await scene.server.slash(scene.ada, scene.art, "history", {})
    history = await shown(scene, found, lambda message: not message.is_loading)
    assert len(history.attachments) == 1


async def test_a_result_whose_message_is_gone_keeps_its_entry(scene: Scene) -> None:
    scene.change_settings(easel_keep_originals_days=0)
    await scene.start()
    _job, card = await result(scene)
    card.deleted = True
    scene.clock.advance(LATER_S)
    found = await scene.server.slash(scene.ada, scene.art, "history", {})
    history = await shown(scene, found, lambda message: not message.is_loading)
    assert "secret garden" in text_of(history)
    assert "its picture is gone" in text_of(history)


async def test_a_store_that_hangs_keeps_nobody_waiting_who_types(
    easel: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _card = await result(easel)
    handle = await easel.server.type_in(easel.ada, easel.art, "show", "job", "GARDEN")
    assert [one["value"] for one in (await handle.acked())["data"]["choices"]] == [job.id]

    async def hang(*_: object, **__: object) -> ResultPage:
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(SqlHistoryStore, "past", hang)
    monkeypatch.setattr("bot.ui.base.options.COMPLETION_TIMEOUT_S", 0.1)
    handle = await easel.server.type_in(easel.ada, easel.art, "show", "job", "GARDEN")
    assert [one["value"] for one in (await handle.acked())["data"]["choices"]] == ["GARDEN"]
    assert handle.ack_s < ANSWER_WITHIN_S
