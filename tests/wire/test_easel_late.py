"""Jobs that end after their interaction's token, or where nobody can be written to."""

from __future__ import annotations

import pytest

from bot.domain.jobs import Job, JobState
from tests.wire.app import MESSAGES, ORIGINAL, OWN_MESSAGE, Scene
from tests.wire.cards import buttons_of, job_id_of, pictures_of, text_of, title_of, versions_of
from tests.wire.interactions import Dispatched
from tests.wire.state import Channel, Message

TOKEN_S = 15 * 60


async def painted_late(easel: Scene, *, private: bool = False) -> tuple[Dispatched, Job]:
    """A command whose picture only comes after its token died; the provider still holds it back."""
    arrived = easel.provider.arrived
    easel.provider.hold()
    handle = await easel.imagine(private=private)
    job = await easel.accepted(handle)
    await easel.provider.wait_arrived(arrived + 1)
    easel.clock.advance(TOKEN_S)
    return handle, job


async def finished(easel: Scene, job: Job) -> Job:
    easel.provider.release()
    return await easel.over(job.id)


def new_messages(easel: Scene, handle: Dispatched) -> list[Message]:
    return [message for message in easel.messages() if message is not handle.message]


class TestAfterTheToken:
    async def test_the_card_is_edited_as_the_bots_own_message(self, easel: Scene) -> None:
        handle, job = await painted_late(easel)
        edits_by_token = len(easel.server.asked("PATCH", ORIGINAL))
        job = await finished(easel, job)
        assert handle.message is not None
        assert len(pictures_of(handle.message)) == len(handle.message.attachments) == 1
        assert [each.status for each in easel.server.asked("PATCH", OWN_MESSAGE)] == [200]
        assert len(easel.server.asked("PATCH", ORIGINAL)) == edits_by_token
        [call] = new_messages(easel, handle)
        assert call.reference_id == handle.message.id
        assert [ping.message_id for ping in easel.server.pings] == [call.id]
        assert job.state is JobState.DONE

    async def test_a_token_that_discord_ended_early_closes_that_way_alone(self, easel: Scene) -> None:
        easel.server.fail("PATCH", ORIGINAL, status=401, code=50027, times=None)
        handle = await easel.imagine()
        await easel.done(handle)
        assert handle.message is not None
        assert len(pictures_of(handle.message)) == 1
        assert len(easel.messages()) == 1

    async def test_a_private_result_comes_by_direct_message(self, easel: Scene) -> None:
        handle, job = await painted_late(easel, private=True)
        await finished(easel, job)
        assert easel.messages() == []
        [message] = easel.direct_messages(easel.ada)
        assert len(pictures_of(message)) == len(message.attachments) == 1
        assert f"<@{easel.ada.id}> your picture is ready." in text_of(message)
        assert handle.message is not None
        assert handle.message.attachments == ()

    async def test_a_deleted_card_is_made_up_for_by_exactly_one_new_message(
        self, easel: Scene, subtests: pytest.Subtests
    ) -> None:
        sent = 0
        for number, lost in enumerate((None, 500, 503)):
            with subtests.test("heard" if lost is None else f"{lost}"):
                handle, job = await painted_late(easel)
                assert handle.message is not None
                easel.server.delete_message(handle.message)
                if lost is not None:  # posted, and the answer lost
                    easel.server.fail("POST", MESSAGES, status=lost, before=False)
                await finished(easel, job)
                *earlier, message = easel.messages()
                assert len(earlier) == number
                assert message.nonce == f"easel-{job.id}-end"
                assert len(pictures_of(message)) == 1
                assert f"<@{easel.ada.id}> your picture is ready." in text_of(message)
                [ping] = easel.server.pings[number:]
                assert (ping.message_id, ping.user_ids) == (message.id, (easel.ada.id,))
                sent += 1 if lost is None else 2
                assert len(easel.server.asked("POST", MESSAGES)) == sent

    async def test_a_card_deleted_while_the_token_lives_is_made_up_for_too(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        job = await easel.accepted(handle)
        await easel.provider.wait_arrived(1)
        assert handle.message is not None
        easel.server.delete_message(handle.message)
        await finished(easel, job)
        [message] = easel.messages()
        assert len(pictures_of(message)) == 1

    @pytest.mark.parametrize("loss", ["forbidden", "deleted", "kicked"])
    async def test_where_the_channel_is_closed_the_result_comes_by_direct_message(
        self, easel: Scene, loss: str
    ) -> None:
        _, job = await painted_late(easel)
        lose(easel, loss)
        job = await finished(easel, job)
        [message] = easel.direct_messages(easel.ada)
        assert len(pictures_of(message)) == 1
        assert (await easel.images_counted(easel.ada), job.state) == (1, JobState.DONE)

    async def test_where_nothing_is_open_the_job_expires_and_nothing_is_counted(self, easel: Scene) -> None:
        _, job = await painted_late(easel)
        lose(easel, "forbidden")
        easel.server.close_dms(easel.ada)
        job = await finished(easel, job)
        assert job.state is JobState.EXPIRED
        assert await easel.images_counted(easel.ada) == 0
        assert easel.direct_messages(easel.ada) == []
        assert (await easel.spend()).calls == 1  # the money is gone all the same, and on the books


def lose(easel: Scene, loss: str) -> None:
    match loss:
        case "forbidden":
            easel.server.forbid(easel.art.id)
        case "deleted":
            easel.server.delete_channel(easel.art.id)
        case _:
            easel.server.remove_bot(easel.guild)


def elsewhere(scene: Scene, where: str) -> Channel:
    if where == "group":
        return scene.server.add_group(scene.ada, scene.ben)
    return scene.server.add_channel(scene.server.add_guild("Other", has_bot=False), "chat")


@pytest.mark.parametrize("where", ["group", "guild without the bot"])
class TestWhereTheBotIsNot:
    async def test_a_result_is_delivered_while_the_token_lives(self, easel: Scene, where: str) -> None:
        easel.provider.hold()
        handle = await easel.imagine(channel=elsewhere(easel, where))
        job = await easel.accepted(handle)
        await easel.provider.wait_arrived(1)
        easel.clock.advance(TOKEN_S - 180)
        await finished(easel, job)
        assert handle.message is not None
        assert len(pictures_of(handle.message)) == 1
        [call] = await easel.server.wait_for(lambda: handle.follow_ups)
        assert [(ping.message_id, ping.user_ids) for ping in easel.server.pings] == [
            (call.id, (easel.ada.id,))
        ]

    async def test_what_cannot_be_ready_in_time_expires_before_the_token_and_the_card_says_so(
        self, scene: Scene, where: str
    ) -> None:
        await scene.start(heartbeat_s=0.02)
        scene.provider.hold()
        handle = await scene.imagine(channel=elsewhere(scene, where))
        job_id = job_id_of(await handle.acked())
        await scene.provider.wait_arrived(1)
        await scene.pass_time(TOKEN_S - 90)
        job = await scene.over(job_id)
        assert handle.message is not None
        assert job.state is JobState.EXPIRED
        assert title_of(handle.message) == "Expired"
        assert "nothing was counted" in text_of(handle.message)
        assert buttons_of(handle.message) == {}
        assert await scene.images_counted(scene.ada) == 0
        edits = handle.message.edits
        scene.provider.release()
        await scene.provider.wait_decided(1)
        await scene.eventually(scene.spend, lambda report: report.uncertain_calls == 0)
        assert (await scene.spend()).calls == 1
        assert handle.message.edits == edits
        assert [title_of(each) for each in versions_of(handle.message)][-1] == "Expired"
        assert scene.direct_messages(scene.ada) == []


async def test_in_the_direct_message_with_the_bot_a_late_result_edits_the_card(easel: Scene) -> None:
    easel.provider.hold()
    handle = await easel.imagine(channel=easel.server.dm_channel(easel.ada))
    job = await easel.accepted(handle)
    await easel.provider.wait_arrived(1)
    easel.clock.advance(TOKEN_S)
    await finished(easel, job)
    assert handle.message is not None
    assert len(pictures_of(handle.message)) == 1
