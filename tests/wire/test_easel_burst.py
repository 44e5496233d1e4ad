"""Many people at once, over real sockets."""

from __future__ import annotations

import asyncio

from tests.wire.app import Scene
from tests.wire.cards import job_id_of, pictures_of, text_of
from tests.wire.interactions import Answer, Dispatched

CROWD = 50
ANSWER_WITHIN_S = 1.0  # Discord waits three; the stand-ins run on the same cores


def check_in_time(handles: list[Dispatched]) -> None:
    print(figures(handles))  # noqa: T201  # the figures are what one runs this for
    waits = [handle.ack_s for handle in handles]
    assert max(waits) < ANSWER_WITHIN_S


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def figures(handles: list[Dispatched]) -> str:
    waits = [handle.ack_s * 1000 for handle in handles]
    return f"{len(waits)} answers: p50 {percentile(waits, 0.5):.0f} ms, p99 {percentile(waits, 0.99):.0f} ms"


async def test_fifty_members_at_once_are_all_answered_and_get_one_paid_picture_each(easel: Scene) -> None:
    easel.provider.hold()  # its painting is not Easel's work, and would be done by the same two cores
    members = [easel.server.add_user(f"member-{number}") for number in range(CROWD)]
    handles = [await easel.imagine(f"picture {n}", user=user) for n, user in enumerate(members)]
    callbacks = await asyncio.gather(*(handle.acked() for handle in handles))
    check_in_time(handles)
    assert all("in line" in text_of(handle.message) for handle in handles if handle.message)
    easel.provider.release()
    for callback in callbacks:
        await easel.over(job_id_of(callback))
    messages = easel.messages()
    assert len(messages) == CROWD
    assert all(len(message.attachments) == len(pictures_of(message)) == 1 for message in messages)
    assert len({call.prompt for call in easel.provider.calls}) == len(easel.provider.calls) == CROWD
    assert (await easel.spend()).calls == CROWD
    assert [await easel.images_counted(user) for user in members] == [1] * CROWD


async def test_fifty_commands_of_one_member_are_all_answered_and_three_accepted(easel: Scene) -> None:
    easel.provider.hold()
    handles = [await easel.imagine(f"picture {number}") for number in range(CROWD)]
    callbacks = await asyncio.gather(*(handle.acked() for handle in handles))
    check_in_time(handles)
    assert {callback["type"] for callback in callbacks} == {Answer.MESSAGE}
    refused = [handle.message for handle in handles if handle.message and handle.message.ephemeral]
    assert len(refused) == CROWD - 3
    assert all("You have 3 jobs under way" in text_of(message) for message in refused)
    assert await easel.images_counted(easel.ada) == 3
    easel.provider.release()
    accepted = [callback for callback in callbacks if not callback["data"].get("flags", 0) & 64]
    for callback in accepted:
        await easel.over(job_id_of(callback))
    assert len(easel.messages()) == len(easel.provider.calls) == 3
