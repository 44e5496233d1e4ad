"""The tray and the menus of messages over the wire: in time, where only a person brought Easel, and forged."""

from __future__ import annotations

from bot.domain.jobs import JobState, ReplyScope
from tests.unit.imaging import samples
from tests.wire.app import DAY_S, Scene
from tests.wire.cards import buttons_of, pictures_of, text_of
from tests.wire.components import Kind
from tests.wire.court import Court, whispered
from tests.wire.driving import Context
from tests.wire.interactions import Answer, Dispatched
from tests.wire.state import Channel, Message

EDIT, COLLECT = "Edit image", "Add to references"
ANSWER_WITHIN_S = 2.5  # Discord waits three
FORM = {"instruction": "a collage", "aspect": ["like_first"], "resolution": "2K", "count": "1"}
FILES = {"fox.png": samples.png(64, 48), "cat.jpg": samples.jpeg(48, 64)}


def somewhere_else(scene: Scene) -> Channel:
    """A server that never invited Easel."""
    return scene.server.add_channel(scene.server.add_guild("Elsewhere", has_bot=False), "lounge")


async def tray_shown(scene: Scene, handle: Dispatched) -> Message:
    """The answer, once it is the tray."""
    await handle.acked()
    message = handle.message
    assert message is not None
    await scene.server.wait_for(lambda: not message.is_loading)
    assert message.ephemeral
    return message


async def collected(scene: Scene, channel: Channel | None = None) -> Message:
    """Ada's tray after she added what Ben posted."""
    posted = await scene.server.write(scene.ben, channel or scene.art, "look", files=FILES)
    return await tray_shown(scene, await scene.server.message_command(scene.ada, posted, COLLECT))


async def names_on_tray(scene: Scene) -> list[str]:
    return [one.filename for one in await scene.client.library.tray(scene.ada.id)]


async def press(scene: Scene, tray: Message, label: str) -> Dispatched:
    handle = await scene.server.click(scene.ada, tray, buttons_of(tray)[label])
    await handle.acked()
    return handle


async def test_pictures_of_a_message_are_collected_in_time(easel: Scene) -> None:
    posted = await easel.server.write(easel.ben, easel.art, "look", files=FILES)
    handle = await easel.server.message_command(easel.ada, posted, COLLECT)
    tray = await tray_shown(easel, handle)
    assert handle.ack_s < ANSWER_WITHIN_S
    assert "Added as images 1 and 2" in text_of(tray)
    assert pictures_of(tray) == ["references.jpg"]
    assert await names_on_tray(easel) == ["fox.png", "cat.jpg"]


async def test_a_form_is_the_first_answer_to_edit_image_and_to_edit_with_these(easel: Scene) -> None:
    posted = await easel.server.write(easel.ben, easel.art, "look", files=FILES)
    asked = await easel.server.message_command(easel.ada, posted, EDIT)
    assert (await asked.acked())["type"] == Answer.MODAL
    assert asked.ack_s < ANSWER_WITHIN_S
    job = await easel.done(
        await easel.server.submit_modal(asked, {"instruction": "make it night", "which": ["1"]})
    )
    assert (job.state, [one.filename for one in job.request.references]) == (JobState.DONE, ["cat.jpg"])

    pressed = await press(easel, await collected(easel), "Edit with these")
    assert pressed.modal is not None
    assert pressed.ack_s < ANSWER_WITHIN_S


async def test_where_only_a_person_brought_easel_both_menus_work(easel: Scene) -> None:
    lounge = somewhere_else(easel)
    posted = await easel.server.write(easel.ben, lounge, "look", files=FILES)
    asked = await easel.server.message_command(easel.ada, posted, EDIT)
    await asked.acked()
    job = await easel.done(
        await easel.server.submit_modal(asked, {"instruction": "at night", "which": ["0"]})
    )
    assert (job.state, job.reply_target.scope) == (JobState.DONE, ReplyScope.NOWHERE)

    tray = await collected(easel, lounge)
    opened = await press(easel, tray, "Edit with these")
    job = await easel.done(await easel.server.submit_modal(opened, FORM))
    assert (job.state, job.reply_target.scope, len(job.request.references)) == (
        JobState.DONE,
        ReplyScope.NOWHERE,
        2,
    )


async def test_the_tray_goes_where_its_person_goes(easel: Scene) -> None:
    await collected(easel)
    handle = await easel.server.slash(easel.ada, easel.server.dm_channel(easel.ada), "tray show")
    tray = await tray_shown(easel, handle)
    assert "2 of 14" in text_of(tray)
    opened = await press(easel, tray, "Edit with these")
    job = await easel.done(await easel.server.submit_modal(opened, FORM))
    assert (job.state, job.reply_target.scope) == (JobState.DONE, ReplyScope.DIRECT)


async def test_a_tray_is_used_after_its_messages_died_and_easel_was_started_anew(scene: Scene) -> None:
    await scene.start()
    tray = await collected(scene)
    await scene.stop()
    scene.clock.advance(DAY_S * 2)
    for message in scene.messages():
        message.deleted = True
    await scene.start()

    opened = await press(scene, tray, "Edit with these")
    job = await scene.done(await scene.server.submit_modal(opened, FORM))
    assert (job.state, len(job.request.references)) == (JobState.DONE, 2)


async def test_somebody_elses_tray_obeys_nobody_whatever_is_pressed(easel: Scene) -> None:
    court = Court(scene=easel)
    await collected(easel)
    before = await easel.client.library.tray(easel.ada.id)
    name = before[0].name
    whats = ("show", "clear", "empty", "edit", f"off:{name}", f"up:{name}", f"front:{name}", f"down:{name}")
    for what in whats:
        verb, _, picture = what.partition(":")
        custom_id = ":".join(filter(None, ("easel:tray", verb, str(easel.ada.id), picture)))
        handle = await easel.server.click(easel.ben, court.card_with(custom_id), custom_id)
        assert "someone else's tray" in await whispered(handle)
    choose = f"easel:tray:choose:{easel.ada.id}"
    handle = await easel.server.click(easel.ben, court.card_with(choose, Kind.SELECT), choose, (name,))
    assert "someone else's tray" in await whispered(handle)
    assert await easel.client.library.tray(easel.ada.id) == before


async def test_a_control_for_what_nobody_can_do_is_answered(easel: Scene) -> None:
    court = Court(scene=easel)
    custom_id = f"easel:tray:steal:{easel.ada.id}"
    handle = await easel.server.click(easel.ada, court.card_with(custom_id), custom_id)
    assert "out of date" in await whispered(handle)


async def test_a_picture_that_never_was_on_the_tray_moves_nothing(easel: Scene) -> None:
    court = Court(scene=easel)
    await collected(easel)
    for what in ("off", "up", "down", "front"):
        custom_id = f"easel:tray:{what}:{easel.ada.id}:{'f' * 12}"
        message = court.card_with(custom_id)
        handle = await easel.server.click(easel.ada, message, custom_id)
        await handle.acked()
        await easel.server.wait_for(lambda message=message: message.edits > 0)
    assert await names_on_tray(easel) == ["fox.png", "cat.jpg"]


async def test_what_the_rules_of_a_server_forbid_is_refused_in_the_form_too(easel: Scene) -> None:
    court = Court(scene=easel)
    tray = await collected(easel)
    await court.forbid_everything()
    opened = await press(easel, tray, "Edit with these")
    sent = await easel.server.submit_modal(opened, FORM | {"instruction": "a zebra"})
    told = await whispered(sent)
    assert "Back on Monday" in told
    assert "```\na zebra\n```" in told


async def test_bringing_easel_along_lifts_no_rule_of_a_server_that_has_it(easel: Scene) -> None:
    court = Court(scene=easel)
    await court.forbid_everything()
    shown = await easel.server.slash(easel.ada, easel.art, "tray show", context=Context.BOTH)
    assert "Your tray is empty" in text_of(await tray_shown(easel, shown))
