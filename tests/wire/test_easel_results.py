"""The row of a result, long after: signed addresses died, Easel was started anew, and nothing was kept."""

from __future__ import annotations

from typing import Any

from bot.domain.jobs import Job, JobState
from tests.wire.app import Scene
from tests.wire.cards import buttons_of, pictures_of, text_of
from tests.wire.cdn import Upload
from tests.wire.interactions import Answer, Dispatched
from tests.wire.painter import png
from tests.wire.state import Message, User

LATER_S = 25 * 60 * 60.0


async def old_result(scene: Scene, *, edited: bool = False) -> Message:
    """A card whose addresses died a while ago. Whoever paints keeps nothing."""
    scene.change_settings(easel_keep_originals_days=0)
    await scene.start()
    handle = await (scene.edit("a hat", {"image": png(64)}) if edited else scene.imagine())
    assert (await scene.done(handle)).state is JobState.DONE
    await scene.stop()
    scene.clock.advance(LATER_S)
    await scene.start()
    assert handle.message is not None
    return handle.message


async def press(scene: Scene, message: Message, label: str, user: User | None = None) -> Dispatched:
    return await scene.server.click(user or scene.ada, message, buttons_of(message)[label])


async def submit(scene: Scene, opened: Dispatched, **values: Any) -> Dispatched:
    assert (await opened.acked())["type"] == Answer.MODAL
    return await scene.server.submit_modal(opened, values)


async def painted(scene: Scene, handle: Dispatched) -> Job:
    job = await scene.done(handle)
    assert job.state is JobState.DONE
    assert handle.message is not None
    assert len(pictures_of(handle.message)) == job.request.count
    return job


async def test_the_pressed_message_brings_the_picture_to_edit_and_to_enlarge(scene: Scene) -> None:
    card = await old_result(scene)
    more = [Upload(filename="hat.png", data=png(64))]
    sent = await submit(scene, await press(scene, card, "Edit"), instruction="a hat on it", pictures=more)
    assert (await painted(scene, sent)).request.references[1].filename == "hat.png"
    larger = await painted(scene, await press(scene, card, "4K", scene.ben))
    assert larger.user_id == scene.ben.id
    assert [call.n_references for call in scene.provider.calls] == [0, 2, 1]
    assert (await scene.images_counted(scene.ada), await scene.images_counted(scene.ben)) == (2, 1)


async def test_again_and_vary_need_nothing_but_the_record(scene: Scene) -> None:
    card = await old_result(scene)
    await painted(scene, await press(scene, card, "Again"))
    values = {"prompt": "a blue fox", "aspect": ["16:9"], "resolution": "2K", "count": "2"}
    await painted(scene, await submit(scene, await press(scene, card, "Vary"), **values))


async def test_a_picture_that_is_nowhere_any_more_is_named_and_nothing_is_called_or_counted(
    scene: Scene,
) -> None:
    card = await old_result(scene, edited=True)
    handle = await press(scene, card, "Again")
    assert (await scene.done(handle)).state is JobState.FAILED
    assert handle.message is not None
    assert "`image` is no longer on Discord" in text_of(handle.message)
    assert len(scene.provider.calls) == 1
    assert await scene.images_counted(scene.ada) == 1  # the edit's own
