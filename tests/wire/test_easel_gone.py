"""Channels and roles that Discord no longer has close nobody out, and leave no setting behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.domain.moderation import BlockMember, ClearLimits, SetChannel, SetLimit, SetModLog
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.moderation import ServerSettings
from tests.wire.app import Scene
from tests.wire.cards import text_of
from tests.wire.court import Court
from tests.wire.state import Channel

NEVER_WAS = 1_234_567_890_123_456_789  # deleted while the bot was down


@pytest.fixture
async def court(easel: Scene) -> Court:
    return Court(scene=easel)


def channel_limit(channel_id: int) -> SetLimit:
    return SetLimit(scope=Scope.CHANNEL, subject_id=channel_id, limit=Limit.IMAGES_PER_DAY, value=3)


async def settings_once(court: Court, wanted: Callable[[ServerSettings], bool]) -> ServerSettings:
    async with asyncio.timeout(30):
        while True:
            settings = (await court.record()).settings
            if wanted(settings):
                return settings


async def test_deleting_the_only_open_channel_opens_the_server_again_and_is_on_record(court: Court) -> None:
    gone = court.scene.server.add_channel(court.scene.guild, "gone")
    await court.decide(
        SetModLog(channel_id=court.modlog.id),
        SetChannel(channel_id=gone.id, is_open=True),
        channel_limit(gone.id),
    )

    court.scene.server.delete_channel(gone.id)

    settings = await settings_once(court, lambda now: not now.open_channels and not now.rules)
    assert settings.modlog_channel_id == court.modlog.id
    me = court.scene.client.user
    assert me is not None
    latest = [(entry.change, entry.by) for entry in (await court.record()).audit[:2]]
    assert (SetChannel(channel_id=gone.id, is_open=None), me.id) in latest
    assert (ClearLimits(scope=Scope.CHANNEL, subject_id=gone.id, limit=None), me.id) in latest
    assert (await court.scene.done(await court.scene.imagine())).pictures


async def test_a_mod_log_whose_channel_was_deleted_is_off(court: Court) -> None:
    await court.decide(SetModLog(channel_id=court.modlog.id))

    court.scene.server.delete_channel(court.modlog.id)

    await settings_once(court, lambda now: now.modlog_channel_id is None)


async def test_an_open_channel_that_went_while_the_bot_was_down_closes_nobody_out(court: Court) -> None:
    await court.decide(SetChannel(channel_id=NEVER_WAS, is_open=True))

    job = await court.scene.done(await court.scene.imagine())

    assert job.pictures
    assert (await court.record()).settings.open_channels == ()


async def test_an_open_channel_that_is_only_hidden_keeps_the_others_closed(court: Court) -> None:
    await court.decide(SetChannel(channel_id=NEVER_WAS, is_open=True))
    court.scene.server.fail("GET", f"/channels/{NEVER_WAS}", status=403, code=50001, times=None)

    handle = await court.scene.server.slash(court.scene.ada, court.scene.art, "imagine", {"prompt": "a fox"})

    await handle.acked()
    assert (await court.record()).settings.open_channels == (NEVER_WAS,)
    assert handle.message is not None
    assert handle.message.ephemeral


async def test_the_block_of_somebody_who_left_is_lifted_from_the_list_of_blocks(court: Court) -> None:
    await court.decide(BlockMember(user_id=NEVER_WAS, until=None, reason="spam"))
    listed = await court.scene.server.slash(court.mo, court.scene.art, "unblock")
    await listed.acked()
    assert listed.message is not None

    pressed = await court.scene.server.click(court.mo, listed.message, f"easel:unblock:list:{NEVER_WAS}")

    shown = str((await pressed.acked())["data"])
    assert f"<@{NEVER_WAS}> is no longer blocked" in shown
    assert "Nobody is blocked" in shown
    assert (await court.record()).settings.blocks == 0


async def test_what_went_while_the_bot_was_down_is_named_and_taken_back(
    court: Court, subtests: pytest.Subtests
) -> None:
    for command in ("channels show", "limits show", "limits panel"):
        with subtests.test(command):
            await court.decide(SetChannel(channel_id=NEVER_WAS, is_open=False), channel_limit(NEVER_WAS))

            text = await shown(court, command, court.scene.art)

            assert f"gone (`{NEVER_WAS}`)" in text
            settings = (await court.record()).settings
            assert (settings.closed_channels, settings.rules) == ((), ())


async def shown(court: Court, command: str, channel: Channel) -> str:
    handle = await court.scene.server.slash(court.mo, channel, command)
    await handle.acked()
    answer = await court.scene.server.wait_for(
        lambda: next(
            (one for one in (handle.message, *handle.follow_ups) if one and not one.is_loading), None
        )
    )
    assert answer is not None
    assert answer.ephemeral
    return text_of(answer)
