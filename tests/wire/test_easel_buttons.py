"""Buttons: pressed in time, twice, by others, and after a restart."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.jobs import JobState
from bot.sandbox.faults import Fault
from tests.wire.app import ORIGINAL, Scene
from tests.wire.cards import buttons_of, job_id_of, pictures_of, text_of, title_of, versions_of
from tests.wire.interactions import Answer, Dispatched
from tests.wire.state import Message, User


async def press(scene: Scene, message: Message, label: str, user: User | None = None) -> Dispatched:
    custom_id = buttons_of(message)[label]
    return await scene.server.click(user or scene.ada, message, custom_id)


async def whispered(handle: Dispatched) -> str:
    """What the answer said to the one who pressed, and to nobody else."""
    callback = await handle.acked()
    assert callback["type"] == Answer.MESSAGE
    assert handle.message is not None
    assert handle.message.ephemeral
    return text_of(handle.message)


async def shown(handle: Dispatched) -> Message:
    await handle.acked()
    assert handle.message is not None
    return handle.message


async def in_line(scene: Scene) -> Dispatched:
    """Ada's job behind one of Ben's, with one call at a time: it stays in the line."""
    scene.change_settings(easel_worker_concurrency=1)
    await scene.start()
    scene.provider.hold()
    await scene.imagine("first in line", user=scene.ben)
    await scene.provider.wait_arrived(1)
    return await scene.imagine()


class TestCancel:
    async def test_a_queued_job_is_cancelled_by_its_card_and_stays_so(self, scene: Scene) -> None:
        handle = await in_line(scene)
        message = await shown(handle)
        pressed = await press(scene, message, "Cancel")
        assert (await pressed.acked())["type"] == Answer.UPDATE
        assert title_of(message) == "Cancelled"
        assert "nothing was counted" in text_of(message)
        assert buttons_of(message) == {}
        assert await scene.images_counted(scene.ada) == 0
        edits = message.edits
        scene.provider.release()
        await scene.done(handle)
        await scene.stop()
        assert message.edits == edits
        assert [call.prompt for call in scene.provider.calls] == ["first in line"]

    async def test_a_job_being_painted_is_cancelled_and_its_call_is_on_the_books(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        message = await shown(handle)
        await easel.server.wait_for(lambda: title_of(message) == "Painting…")
        await easel.provider.wait_arrived(1)
        await (await press(easel, message, "Cancel")).acked()
        assert title_of(message) == "Cancelled"
        assert await easel.images_counted(easel.ada) == 0
        await easel.over(job_id_of(await handle.acked()))
        easel.provider.release()
        await easel.eventually(easel.spend, lambda report: report.uncertain_calls == 0)
        report = await easel.spend()
        assert (report.calls, report.micro_usd) == (1, 42_000)
        await easel.stop()
        titles = [title_of(each) for each in versions_of(message)]
        assert set(titles[titles.index("Cancelled") :]) == {"Cancelled"}
        assert message.attachments == ()

    async def test_progress_on_its_way_while_cancel_is_pressed_does_not_bring_the_card_back(
        self, easel: Scene
    ) -> None:
        easel.provider.hold()
        held = easel.server.hold("PATCH", ORIGINAL, times=1)
        handle = await easel.imagine()
        message = await shown(handle)
        await easel.server.wait_for(lambda: easel.server.asked("PATCH", ORIGINAL))
        await (await press(easel, message, "Cancel")).acked()
        assert title_of(message) == "Cancelled"
        held.release()  # Discord carries it out though Easel hung up
        await easel.done(handle)
        assert title_of(message) == "Cancelled"
        assert buttons_of(message) == {}
        easel.provider.release()  # the call is paid beside the card: a stop waits for it
        await easel.stop()
        assert title_of(message) == "Cancelled"

    async def test_pictures_that_were_painted_before_stay_on_the_card_and_count(self, scene: Scene) -> None:
        scene.change_settings(easel_worker_concurrency=1)
        await scene.start()
        scene.provider.hold()
        handle = await scene.imagine(count=2)
        message = await shown(handle)
        await scene.provider.wait_arrived(1)
        scene.provider.release()
        scene.provider.hold()
        await scene.server.wait_for(lambda: message.attachments)
        await scene.provider.wait_arrived(2)
        await (await press(scene, message, "Cancel")).acked()
        await scene.done(handle)
        assert title_of(message) == "Cancelled"
        assert len(pictures_of(message)) == len(message.attachments) == 1
        assert "1 picture painted and counted" in text_of(message)
        assert await scene.images_counted(scene.ada) == 1

    async def test_a_second_press_is_told_that_it_is_over(self, easel: Scene) -> None:
        easel.provider.hold()
        message = await shown(await easel.imagine())
        first, second = [await press(easel, message, "Cancel") for _ in range(2)]
        await first.acked()
        assert await whispered(second) == "This is already finished, so it can't be cancelled."
        assert title_of(message) == "Cancelled"

    async def test_someone_else_may_not_cancel(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        pressed = await press(easel, await shown(handle), "Cancel", easel.ben)
        assert await whispered(pressed) == "Only the person who requested this can cancel it."
        easel.provider.release()
        assert (await easel.done(handle)).state is JobState.DONE

    async def test_a_job_cancelled_on_ones_list_is_cancelled_on_its_card_too(self, scene: Scene) -> None:
        handle = await in_line(scene)
        card = await shown(handle)
        listed = await shown(await scene.server.slash(scene.ada, scene.art, "queue"))
        assert listed.ephemeral
        await (await press(scene, listed, "Cancel")).acked()
        await scene.done(handle)
        assert title_of(card) == "Cancelled"
        assert "Nothing queued" in text_of(listed)


class TestAfterARestart:
    async def test_cancel_on_an_old_queued_card_works(self, scene: Scene) -> None:
        scene.change_settings(easel_shutdown_grace_s=0)
        handle = await in_line(scene)
        message = await shown(handle)
        await scene.stop()
        await scene.start()
        assert title_of(message) == "In the queue"
        await (await press(scene, message, "Cancel")).acked()
        assert title_of(message) == "Cancelled"
        assert await scene.images_counted(scene.ada) == 0

    async def test_try_again_on_an_old_failed_card_makes_one_new_job_however_often_it_is_pressed(
        self, scene: Scene
    ) -> None:
        message = await failed_before_a_restart(scene)
        presses = [await press(scene, message, "Try again") for _ in range(2)]
        for pressed in presses:
            await pressed.acked()
        accepted, refused = sorted(presses, key=lambda each: bool(each.message and each.message.ephemeral))
        assert "You've already tried this again." in await whispered(refused)
        await scene.done(accepted)
        assert len(pictures_of(await shown(accepted))) == 1
        assert title_of(message) == "The provider is too busy"
        assert await scene.images_counted(scene.ada) == 1
        assert len([call for call in scene.provider.calls if call.charged]) == 1

    async def test_someone_else_may_not_try_again(self, scene: Scene) -> None:
        message = await failed_before_a_restart(scene)
        edits, arrived = message.edits, scene.provider.arrived
        pressed = await press(scene, message, "Try again", scene.ben)
        assert await whispered(pressed) == "Only the person who requested this can try it again."
        await scene.stop()
        assert (message.edits, scene.provider.arrived) == (edits, arrived)

    async def test_a_button_of_a_job_that_is_not_on_record_is_answered(self, scene: Scene) -> None:
        message = await failed_before_a_restart(scene)
        await scene.stop()
        for file in scene.settings.data_dir.glob("easel.db*"):
            file.unlink()
        await scene.start()
        pressed = await press(scene, message, "Try again")
        assert await whispered(pressed) == "Easel no longer has this job."


async def failed_before_a_restart(scene: Scene) -> Message:
    """A card with Try again, of a life of Easel that is over."""
    await scene.start()
    scene.provider.fail(Fault.SLOW_DOWN, times=None)
    handle = await scene.imagine()
    await scene.done(handle)
    scene.provider.heal()
    await scene.stop()
    await scene.start()
    return await shown(handle)


@pytest.mark.parametrize("times", [20])
async def test_many_presses_at_once_are_all_answered(easel: Scene, times: int) -> None:
    easel.provider.hold()
    message = await shown(await easel.imagine())
    presses = [await press(easel, message, "Cancel", easel.ben) for _ in range(times)]
    await asyncio.gather(*(pressed.acked() for pressed in presses))
    assert title_of(message) != "Cancelled"
