"""Mentions and replies over the wire: what Discord says of them, what it leaves out, and what may go wrong."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image

from bot.domain.jobs import MAX_PROMPT, JobKind, JobState, ReplyScope
from bot.errors import StoreUnavailableError
from bot.services.worker import Worker
from tests.wire.app import MESSAGES, OWN_MESSAGE, Scene
from tests.wire.cards import buttons_of, pictures_of, text_of, title_of, versions_of
from tests.wire.listening import hear_bodies, hear_orders
from tests.wire.state import Message, Permission
from tests.wire.talk import Talk, photo

DAY_AND_AN_HOUR_S = 25 * 3600
WORDS = {
    "everyone": ("@everyone @here a fox", "@everyone @here a fox"),
    "markdown": ("**bold** [a](https://evil.example) ||x||", "**bold** [a](https://evil.example) ||x||"),
    "right to left": ("ثعلب \u202eأحمر في الثلج", "ثعلب أحمر في الثلج"),
    "emoji": ("🦊🌲❄️", "🦊🌲❄️"),
    "4000 characters": ("fox " * (MAX_PROMPT // 4), ("fox " * (MAX_PROMPT // 4)).strip()),
}


class TestImagine:
    async def test_words_become_a_card_that_replies_quietly_and_then_the_picture(
        self, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bodies = hear_bodies(monkeypatch)
        asked = await talk.says("a red fox in snow")
        job = await talk.done(asked)
        [card] = talk.own()
        assert (job.card_id, job.token, job.request.kind) == (card.id, None, JobKind.IMAGINE)
        assert (card.reference_id, card.nonce) == (asked.id, f"easel-{job.id}-card")
        assert [title_of(each) for each in versions_of(card)] == ["In the queue", "Painting…", ""]
        assert len(pictures_of(card)) == len(card.attachments) == 1
        assert talk.server.pings == []
        [sent] = [body for body in bodies if "nonce" in body]
        assert sent["enforce_nonce"] is True
        assert sent["allowed_mentions"]["parse"] == []
        assert sent["allowed_mentions"].get("replied_user", False) is False
        assert [each.status for each in talk.server.asked("PATCH", OWN_MESSAGE)] == [200, 200]

    async def test_a_slow_one_notifies_its_requester_by_a_reply_to_the_card(self, talk: Talk) -> None:
        talk.scene.provider.hold()
        asked = await talk.says("a red fox")
        await talk.scene.provider.wait_arrived(1)
        talk.scene.clock.advance(31)
        talk.scene.provider.release()
        job = await talk.done(asked)
        card, call = talk.own()
        assert (call.reference_id, call.nonce) == (card.id, f"easel-{job.id}-call")
        [ping] = talk.server.pings
        assert (ping.message_id, ping.user_ids) == (call.id, (talk.scene.ada.id,))

    async def test_it_can_be_cancelled_by_who_asked_alone(self, talk: Talk) -> None:
        talk.scene.provider.hold()
        asked = await talk.says("a red fox")
        await talk.scene.provider.wait_arrived(1)
        card = await talk.card(asked)
        for user in (talk.scene.ben, talk.scene.ada):
            press = await talk.server.click(user, card, buttons_of(card)["Cancel"])
            await press.acked()
        job = await talk.scene.over((await talk.job_of(card)).id)
        assert job.state is JobState.CANCELLED
        await talk.server.wait_for(lambda: title_of(card) == "Cancelled")

    async def test_in_the_direct_message_it_is_answered_there(self, talk: Talk) -> None:
        dm = talk.server.dm_channel(talk.scene.ada)
        job = await talk.done(await talk.says("a red fox", where=dm))
        [card] = talk.own(dm)
        assert job.reply_target.scope is ReplyScope.DIRECT
        assert len(pictures_of(card)) == 1

    async def test_whatever_the_words_are_they_are_painted_and_ping_nobody(
        self, talk: Talk, subtests: pytest.Subtests
    ) -> None:
        for number, (words, (content, prompt)) in enumerate(WORDS.items()):
            with subtests.test(words):
                job = await talk.done(await talk.says(content))
                assert (job.state, job.request.prompt) == (JobState.DONE, prompt)
                assert talk.scene.provider.calls[number].prompt == prompt
                *earlier, card = talk.own()
                assert len(earlier) == number
                for version in versions_of(card):
                    assert not re.search(r"(?<!\\)(@everyone|@here|\|\||https?://)", text_of(version))
                assert talk.server.pings == []


class TestAttached:
    async def test_pictures_are_edited_in_their_order_and_the_shape_follows_the_first(
        self, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = hear_orders(monkeypatch)
        files = {"a.png": photo(1200, 800), "b.png": photo(64, 64)}
        job = await talk.done(await talk.says("put image 2 into it", files=files))
        [order] = orders
        sizes = [Image.open(io.BytesIO(data)).size for data in order.references]
        assert sizes == [(1200, 800), (64, 64)]
        assert order.size.ratio == pytest.approx(1.5, rel=0.02)
        assert (job.request.kind, job.parent) == (JobKind.EDIT, None)

    async def test_what_was_behind_a_spoiler_stays_there(self, talk: Talk) -> None:
        job = await talk.done(await talk.says("paint it", files={"SPOILER_a.png": photo()}))
        assert job.request.spoiler

    async def test_a_file_that_is_no_picture_is_refused_by_its_number(self, talk: Talk) -> None:
        await talk.says("paint it", files={"a.png": photo(), "notes.txt": b"hello"})
        assert "`image2` isn't a picture" in await talk.answered()
        assert talk.own() == []

    async def test_in_the_direct_message_pictures_need_no_mention(self, talk: Talk) -> None:
        dm = talk.server.dm_channel(talk.scene.ada)
        asked = await talk.server.write(talk.scene.ada, dm, "make it a painting", files={"a.png": photo()})
        job = await talk.done(asked)
        assert (job.state, job.request.kind, job.request.prompt) == (
            JobState.DONE,
            JobKind.EDIT,
            "make it a painting",
        )

    async def test_pictures_without_words_are_told_what_to_say(self, talk: Talk) -> None:
        dm = talk.server.dm_channel(talk.scene.ada)
        await talk.server.write(talk.scene.ada, dm, "", files={"a.png": photo()})
        assert "say what to change" in await talk.answered()

    async def test_a_message_deleted_before_its_picture_was_fetched_ends_as_a_command_would(
        self, talk: Talk
    ) -> None:
        fetching = talk.server.hold("GET", "/attachments/*")
        asked = await talk.says("paint it", files={"a.png": photo()})
        job = await talk.accepted(asked)
        await talk.server.wait_for(lambda: talk.server.asked("GET", "/attachments/*"))
        talk.server.delete_message(asked)
        fetching.release()
        job = await talk.scene.over(job.id)
        [card] = talk.own()
        assert job.state is JobState.FAILED
        assert "`image` is no longer on Discord" in text_of(card)
        assert await talk.scene.images_counted(talk.scene.ada) == 0


class TestWhoIsHeard:
    async def test_bots_webhooks_and_whoever_mentions_somebody_else_are_not_answered(
        self, talk: Talk
    ) -> None:
        server, art = talk.server, talk.scene.art
        robot = server.add_user("robot", is_bot=True)
        await server.write(robot, art, f"{talk.me} a fox")
        await server.write(talk.scene.ada, art, f"{talk.me} a fox", webhook_id=7)
        for content in ("a fox", "@everyone a fox", f"<@&{server.world.bot.id}> a fox", "<@1> a fox", ""):
            await server.write(talk.scene.ada, art, content, files={"a.png": photo()})
        await talk.heard_all()
        assert len(talk.own()) == 1
        assert len(talk.scene.provider.calls) == 1
        assert talk.told() == []

    async def test_easel_does_not_answer_itself(self, talk: Talk) -> None:
        await talk.says("")
        [answer] = await talk.server.wait_for(talk.own)
        assert f"{talk.me} a red fox in snow" in answer.content  # a mention of its own
        await talk.heard_all()
        assert [one for one in talk.own() if not one.components] == [answer]

    async def test_the_client_asks_for_no_privileged_intent(self, talk: Talk) -> None:
        [session] = talk.server.gateway.live_sessions
        assert session.intents == 1 << 0 | 1 << 9 | 1 << 12


class TestEdited:
    """A refused message that is edited is answered anew; no other edit is."""

    async def refused(self, talk: Talk, content: str = "an erotic nude", **how: Any) -> Message:
        asked = await talk.says(content, **how)
        assert "edit" in (await talk.answered()).lower()
        return asked

    async def test_a_refused_mention_is_tried_again_when_its_author_edits_it(self, talk: Talk) -> None:
        asked = await self.refused(talk, files={"a.png": photo()})
        assert "edit it within 15 minutes to try again" in talk.told()[0]

        await talk.server.rewrite(asked, f"{talk.me} a red fox")

        job = await talk.done(asked)
        assert (job.state, job.request.prompt, len(job.request.references)) == (JobState.DONE, "a red fox", 1)
        assert len(talk.told()) == 1

    async def test_what_is_refused_again_is_told_again(self, talk: Talk) -> None:
        dm = talk.server.dm_channel(talk.scene.ada)
        asked = await self.refused(talk, where=dm)
        talk.scene.clock.advance(60)
        await talk.server.rewrite(asked, f"{talk.me} an erotic nude, sleeping")
        assert "Edit your message within 15 minutes to try again" in await talk.answered(number=2)
        await talk.server.rewrite(asked, f"{talk.me} a red fox")
        assert (await talk.done(asked)).state is JobState.DONE

    async def test_what_was_accepted_or_is_edited_late_or_by_discord_alone_is_no_new_request(
        self, talk: Talk
    ) -> None:
        accepted = await talk.says("a red fox")
        await talk.done(accepted)
        late, by_discord = (
            await self.refused(talk),
            await talk.server.write(talk.scene.ada, talk.scene.art, "hi"),
        )
        await talk.server.rewrite(accepted, f"{talk.me} a blue fox")
        await talk.server.rewrite(late, None)
        await talk.server.rewrite(by_discord, f"{talk.me} a green fox")
        talk.scene.clock.advance(15 * 60)
        await talk.server.rewrite(late, f"{talk.me} a white fox")
        await talk.heard_all()
        assert [call.prompt for call in talk.scene.provider.calls] == ["a red fox", "the next one"]
        assert len(talk.told()) == 1

    async def test_an_edit_that_comes_twice_after_a_resume_is_one_job(self, talk: Talk) -> None:
        asked = await self.refused(talk)
        await talk.server.rewrite(asked, f"{talk.me} a red fox")
        await talk.done(asked)
        talk.server.gateway.repeated = "MESSAGE_UPDATE"
        await talk.server.drop_gateways()
        await talk.server.wait_for(lambda: talk.server.gateway.resumes == 1)
        await talk.heard_all()
        assert [call.prompt for call in talk.scene.provider.calls] == ["a red fox", "the next one"]

    async def test_what_no_other_words_would_help_is_not_tried_again(self, talk: Talk) -> None:
        talk.scene.provider.hold()
        await talk.scene.imagine("a hat")
        card = (await talk.server.wait_for(talk.own))[0]
        asked = await talk.says("make it blue", reply_to=card)
        assert "no picture yet" in await talk.answered()
        assert "edit it within" not in talk.told()[0]
        talk.scene.provider.release()
        await talk.server.rewrite(asked, f"{talk.me} make it red")
        await talk.heard_all()
        assert "make it red" not in [call.prompt for call in talk.scene.provider.calls]


class TestOnce:
    async def test_a_message_that_comes_twice_after_a_resume_is_one_job(self, talk: Talk) -> None:
        asked = await talk.says("a red fox")
        await talk.done(asked)
        talk.server.gateway.repeated = "MESSAGE_CREATE"
        await talk.server.drop_gateways()
        await talk.server.wait_for(lambda: talk.server.gateway.resumes == 1)
        await talk.heard_all()
        assert [call.prompt for call in talk.scene.provider.calls] == ["a red fox", "the next one"]
        assert len(talk.own()) == 2
        assert await talk.scene.images_counted(talk.scene.ada) == 1

    async def test_what_was_written_while_the_line_was_cut_is_answered_after_resume(self, talk: Talk) -> None:
        await talk.server.drop_gateways()
        job = await talk.done(await talk.says("written in silence"))
        assert job.state is JobState.DONE

    async def test_after_a_restart_the_job_goes_on_and_its_reply_becomes_the_picture(
        self, scene: Scene
    ) -> None:
        await scene.start()
        talk = Talk(scene)
        scene.change_settings(easel_shutdown_grace_s=0.05)
        scene.provider.hold()
        asked = await talk.says("a red fox")
        job = await talk.accepted(asked)
        await scene.provider.wait_arrived(1)
        scene.ask_to_stop()
        scene.provider.release()
        await scene.stop()
        await scene.start()
        job = await scene.over(job.id)
        [card] = talk.own()
        assert (job.state, job.card_id) == (JobState.DONE, card.id)
        assert len(pictures_of(card)) == 1

    async def test_what_waited_for_more_than_a_day_says_that_it_expired(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await scene.start(heartbeat_s=0.02)
        talk = Talk(scene)
        with monkeypatch.context() as patch:
            patch.setattr(Worker, "_claim", no_job)
            job = await talk.accepted(await talk.says("a red fox"))
            await scene.pass_time(DAY_AND_AN_HOUR_S)
            await scene.until(job.id, lambda job: job.is_over)
        job = await scene.over(job.id)
        card, call = talk.own()
        assert (job.state, title_of(card)) == (JobState.EXPIRED, "Expired")
        assert "Easel couldn't make your picture" in text_of(call)
        assert await scene.images_counted(scene.ada) == 0


async def no_job(_worker: Worker) -> None:
    """As of a worker that is busy with others."""


class TestFirstAnswer:
    async def test_a_message_that_was_deleted_is_answered_without_a_reply(self, talk: Talk) -> None:
        sending = talk.server.hold("POST", MESSAGES, times=1)
        asked = await talk.says("a red fox")
        await talk.server.wait_for(lambda: talk.server.asked("POST", MESSAGES))
        talk.server.delete_message(asked)
        sending.release()
        [card] = await talk.server.wait_for(talk.own)
        job = await talk.scene.over((await talk.job_of(card)).id)
        assert (job.state, card.reference_id) == (JobState.DONE, None)
        assert len(pictures_of(card)) == 1

    async def test_where_nobody_may_be_replied_to_the_card_stands_alone(self, talk: Talk) -> None:
        talk.server.forbid(talk.scene.art.id, permissions=Permission.READ_MESSAGE_HISTORY)
        await talk.says("a red fox")
        [card] = await talk.server.wait_for(talk.own)
        job = await talk.scene.over((await talk.job_of(card)).id)
        assert (job.state, card.reference_id) == (JobState.DONE, None)

    async def test_an_answer_whose_outcome_was_lost_stands_there_once(
        self, talk: Talk, subtests: pytest.Subtests
    ) -> None:
        for number, status in enumerate((500, 503, None), 1):
            with subtests.test("cut" if status is None else f"{status}"):
                if status is None:
                    talk.server.cut("POST", MESSAGES, before=False)
                else:
                    talk.server.fail("POST", MESSAGES, status=status, before=False)
                job = await talk.done(await talk.says("a red fox"))
                [card] = talk.own()[number - 1 :]
                assert (job.state, job.card_id) == (JobState.DONE, card.id)
                assert len(talk.server.asked("POST", MESSAGES)) == 2 * number

    async def test_while_discord_breaks_the_job_is_not_lost(self, talk: Talk) -> None:
        broken = talk.server.fail("POST", MESSAGES, status=503, times=None)
        await talk.says("a red fox")
        await talk.scene.provider.wait_arrived(1)
        broken.release()
        [card] = await talk.server.wait_for(talk.own)
        job = await talk.scene.over((await talk.job_of(card)).id)
        assert card.nonce == f"easel-{job.id}-end"
        assert len(pictures_of(card)) == 1

    async def test_a_card_that_comes_after_the_picture_is_taken_away(self, talk: Talk) -> None:
        await talk.done(
            await talk.says("an earlier fox")
        )  # discord.py knows now how often it may write there
        waiting = talk.server.hold("POST", MESSAGES, times=1)
        await talk.says("a red fox")
        await talk.server.wait_for(lambda: len(talk.server.asked("POST", MESSAGES)) == 2)
        await talk.scene.pass_time(31)  # workers leave it alone for thirty seconds
        [end] = await talk.server.wait_for(lambda: talk.own()[1:])
        job = await talk.scene.over((await talk.job_of(end)).id)
        waiting.release()
        await talk.server.wait_for(lambda: talk.server.asked("DELETE", OWN_MESSAGE))
        await talk.server.wait_for(lambda: talk.own()[1:] == [end])
        assert (await talk.scene.job(job.id)).card_id == end.id

    async def test_a_card_is_drawn_on_though_the_database_was_away_for_a_moment(
        self, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(_job_id: str) -> None:
            raise StoreUnavailableError("connection lost")

        monkeypatch.setattr(talk.scene.client.submissions, "job", away)
        job = await talk.done(await talk.says("a red fox"))
        [card] = talk.own()
        assert (job.state, job.card_id, talk.told()) == (JobState.DONE, card.id, [])

    async def test_where_easel_may_not_write_nothing_is_counted_and_the_person_is_told(
        self, talk: Talk
    ) -> None:
        talk.server.forbid_sending(talk.scene.art.id)
        await talk.says("a red fox")
        answer = await talk.answered()
        assert f"Easel can't send messages in <#{talk.scene.art.id}>" in answer
        assert await talk.scene.images_counted(talk.scene.ada) == 0
        assert talk.scene.provider.arrived == 0

    async def test_where_nobody_can_be_reached_nothing_is_counted_either(self, talk: Talk) -> None:
        talk.server.forbid_sending(talk.scene.art.id)
        talk.server.close_dms(talk.scene.ada)
        await talk.says("a red fox")
        await talk.server.wait_for(lambda: len(talk.server.asked("POST", MESSAGES)) == 2)
        await talk.scene.eventually(
            lambda: talk.scene.images_counted(talk.scene.ada), lambda images: images == 0
        )
        assert talk.own() == []
