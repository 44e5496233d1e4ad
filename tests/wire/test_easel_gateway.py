"""What comes over the gateway, or ends it, takes nothing else with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.jobs import JobState
from bot.errors import SetupError
from tests.wire.app import Scene
from tests.wire.cards import pictures_of
from tests.wire.interactions import Dispatched

PAGE = b"<html>Error 1015</html>"
UNREADABLE: list[tuple[str, dict[str, Any]]] = [
    ("MESSAGE_CREATE", {}),
    ("MESSAGE_CREATE", {"id": "no number", "channel_id": None, "content": "what somebody wrote"}),
    ("INTERACTION_CREATE", {"type": "what somebody wrote"}),
    ("GUILD_CREATE", {"id": {}}),
    ("GUILD_ROLE_DELETE", {"guild_id": []}),
    ("THREAD_DELETE", {}),
    ("RESUMED", {"d": None}),
]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What our log says that an operator has to read."""
    caplog.set_level(logging.WARNING)
    return lambda: [each.getMessage() for each in caplog.records if each.name.startswith("bot")]


async def painting(scene: Scene) -> Dispatched:
    """A command whose picture the provider holds back."""
    scene.provider.hold()
    handle = await scene.imagine()
    await scene.provider.wait_arrived(1)
    return handle


async def test_an_event_that_cannot_be_read_is_one_line_and_ends_nothing(
    easel: Scene,
    told: Callable[[], list[str]],
    caplog: pytest.LogCaptureFixture,
    subtests: pytest.Subtests,
) -> None:
    handle = await painting(easel)
    for event, data in UNREADABLE:
        with subtests.test(f"{event} {data}"):
            caplog.clear()
            easel.server.gateway.dispatch(event, data, guild_id=easel.guild.id)
            later = await easel.server.slash(easel.ben, easel.art, "favourites")  # heard after the event
            await later.acked()
            lines = told()
            assert [line for line in lines if not line.startswith(f"an event {event} cannot be read")] == []
            assert len(lines) <= 1
            assert "somebody wrote" not in str(lines)
    last = await easel.imagine("a blue fox")
    easel.provider.release()
    for each in (handle, last):
        assert (await easel.done(each)).state is JobState.DONE
    assert easel.server.gateway.identifies == 1


async def test_a_frame_that_cannot_be_read_is_followed_by_a_new_connection(
    easel: Scene, told: Callable[[], list[str]]
) -> None:
    handle = await painting(easel)
    for expected in (2, 3):
        [session] = easel.server.gateway.live_sessions
        assert session.connection is not None
        session.connection.send(["no object"])  # pyright: ignore[reportArgumentType]  # on purpose
        await easel.server.wait_for(lambda expected=expected: easel.server.gateway.identifies == expected)
        await easel.server.connected()
    later = await easel.imagine("a blue fox")
    easel.provider.release()
    for each in (handle, later):
        assert (await easel.done(each)).state is JobState.DONE
    assert 5 <= easel.clock.slept[0] <= easel.clock.slept[1]
    assert told()[0].startswith("Discord's gateway does not answer (AttributeError")


async def test_a_ready_that_cannot_be_read_does_not_leave_a_bot_that_hears_nothing(easel: Scene) -> None:
    [session] = easel.server.gateway.live_sessions
    session.add("READY", {"session_id": "x", "resume_gateway_url": easel.server.gateway_url})
    await easel.server.wait_for(lambda: easel.server.gateway.identifies == 2)
    await easel.server.connected()
    assert (await easel.done(await easel.imagine())).state is JobState.DONE


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013, 4014])
async def test_a_gateway_that_is_closed_for_good_ends_easel_once_running_jobs_are_delivered(
    easel: Scene, told: Callable[[], list[str]], code: int
) -> None:
    handle = await painting(easel)
    await easel.server.drop_gateways(code)
    await easel.server.wait_for(lambda: not easel.client.is_ready())
    easel.provider.release()

    with pytest.raises(SetupError) as ended:
        await easel.stop()

    [line] = str(ended.value).splitlines()
    assert ("DISCORD_TOKEN" if code == 4004 else str(code)) in line
    assert handle.message is not None
    assert len(pictures_of(handle.message)) == 1
    assert told() == []


@pytest.mark.parametrize(("status", "times", "first_s"), [(429, 3, 60), (403, 3, 60), (502, 15, 5)])
async def test_a_gateway_whose_address_is_not_told_is_asked_for_again(
    scene: Scene, told: Callable[[], list[str]], status: int, times: int, first_s: float
) -> None:
    scene.server.fail("GET", "/gateway/bot", status=status, body=PAGE, times=times)

    await scene.start()
    await (await scene.imagine()).acked()

    waits = scene.clock.slept
    assert waits == sorted(waits)
    assert len(waits) == 3
    assert first_s <= waits[0] <= first_s * 1.25
    async with asyncio.timeout(30):
        while len(told()) < 2:  # noqa: ASYNC110  # READY is dispatched after the command may be
            await asyncio.sleep(0.01)
    begins, ends = told()
    assert begins.startswith(f"Discord's gateway does not answer (HTTP {status}")
    assert ends.startswith("Discord's gateway answers again")


@pytest.mark.parametrize(("status", "first_s"), [(503, 5), (429, 60)])
async def test_a_gateway_that_refuses_the_first_handshakes_is_tried_more_seldom_each_time(
    scene: Scene, told: Callable[[], list[str]], status: int, first_s: float
) -> None:
    gateway = scene.server.gateway
    gateway.is_accepting, gateway.refusal_status = False, status
    starting = asyncio.create_task(scene.start())
    await scene.server.wait_for(lambda: gateway.refusals >= 4)
    gateway.is_accepting = True
    await starting

    waits = scene.clock.slept
    assert waits == sorted(waits)
    assert first_s <= waits[0] <= first_s * 1.25
    assert told()[0].startswith(f"Discord's gateway does not answer (HTTP {status}")
