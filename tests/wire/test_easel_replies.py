"""Replies that mention Easel: to its own cards, and to what others wrote."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.domain.jobs import Job, JobKind, JobState, Origin
from tests.wire.app import Scene
from tests.wire.listening import hear_orders
from tests.wire.state import Message
from tests.wire.talk import Talk, photo

DAY_AND_AN_HOUR_S = 25 * 3600


class TestReplyToACard:
    async def result(self, talk: Talk, count: int = 1) -> tuple[Job, Message]:
        handle = await talk.scene.imagine(count=count, user=talk.scene.ben, spoiler=True)
        job = await talk.scene.done(handle)
        assert handle.message is not None
        return job, handle.message

    async def test_its_picture_is_edited_and_the_lineage_kept(
        self, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parent, card = await self.result(talk)
        orders = hear_orders(monkeypatch)
        job = await talk.done(await talk.says("make it night", reply_to=card))
        [order] = orders
        assert len(order.references) == 1
        assert job.parent is not None
        assert (job.parent.job_id, job.parent.origin, job.parent.index) == (parent.id, Origin.EDIT, 0)
        assert (job.request.kind, job.request.prompt, job.request.count) == (JobKind.EDIT, "make it night", 1)
        assert (job.user_id, job.request.spoiler) == (talk.scene.ada.id, True)

    async def test_of_several_pictures_the_first_is_meant_unless_another_is_named(
        self, talk: Talk, subtests: pytest.Subtests
    ) -> None:
        parent, card = await self.result(talk, count=4)
        for content, references, index in (
            ("make it night", 1, 0),
            ("make image 3 night", 4, 2),
            ("blend image 1 with image 2", 4, None),
        ):
            with subtests.test(content):
                job = await talk.done(await talk.says(content, reply_to=card))
                assert [one.stored and one.stored.name for one in job.request.references] == [
                    f"out-{number}" for number in range(references)
                ]
                assert [one.name for one in job.request.references][:2] == ["image", "image2"][:references]
                assert job.parent is not None
                assert (job.parent.job_id, job.parent.index) == (parent.id, index)
                assert job.state is JobState.DONE

    async def test_what_was_attached_follows_the_pictures_of_the_card(self, talk: Talk) -> None:
        _, card = await self.result(talk)
        asked = await talk.says("put image 2 on it", reply_to=card, files={"hat.png": photo(100, 100)})
        job = await talk.done(asked)
        assert [(one.name, one.stored is not None) for one in job.request.references] == [
            ("image", True),
            ("image2", False),
        ]

    async def test_a_reply_to_the_message_that_says_it_is_ready_is_one_to_the_card(self, talk: Talk) -> None:
        talk.scene.provider.hold()
        first = await talk.says("a red fox")
        await talk.scene.provider.wait_arrived(1)
        talk.scene.clock.advance(31)
        talk.scene.provider.release()
        parent = await talk.done(first)
        _, call = talk.own()
        job = await talk.done(await talk.says("make it night", reply_to=call))
        assert job.parent is not None
        assert job.parent.job_id == parent.id

    async def test_after_twenty_five_hours_its_picture_is_still_found(self, scene: Scene) -> None:
        scene.change_settings(easel_keep_originals_mb=0)  # only the card has it
        await scene.start()
        talk = Talk(scene)
        _, card = await self.result(talk)
        scene.clock.advance(DAY_AND_AN_HOUR_S)
        job = await talk.done(await talk.says("make it night", reply_to=card))
        assert job.state is JobState.DONE

    async def test_the_card_deleted_before_the_picture_was_fetched_costs_nothing(self, scene: Scene) -> None:
        scene.change_settings(easel_keep_originals_mb=0)
        await scene.start()
        talk = Talk(scene)
        _, card = await self.result(talk)
        fetching = talk.server.hold("GET", "/attachments/*")
        asked = await talk.says("make it night", reply_to=card)
        job = await talk.accepted(asked)
        await talk.server.wait_for(lambda: talk.server.asked("GET", "/attachments/*"))
        talk.server.delete_message(card)
        fetching.release()
        job = await scene.over(job.id)
        assert job.state is JobState.FAILED
        assert await scene.images_counted(scene.ada) == 0

    async def test_a_card_that_is_gone_when_discord_tells_of_the_reply_is_said_so(self, talk: Talk) -> None:
        _, card = await self.result(talk)
        talk.server.delete_message(card)
        await talk.says("make it night", reply_to=card)
        assert "The message you replied to was deleted" in await talk.answered()

    async def test_a_result_that_was_taken_down_cannot_be_edited(self, talk: Talk) -> None:
        parent, card = await self.result(talk)
        await talk.scene.client.history.remove(parent.id, by=talk.scene.ben.id)
        await talk.says("make it night", reply_to=card)
        assert "was removed" in await talk.answered()

    async def test_a_card_without_a_picture_yet_is_said_so(self, talk: Talk) -> None:
        talk.scene.provider.hold()
        handle = await talk.scene.imagine(user=talk.scene.ben)
        await talk.scene.accepted(handle)
        await talk.says("make it night", reply_to=handle.message)
        assert "The card you replied to has no picture" in await talk.answered()

    async def test_talk_under_a_card_is_none_of_ours(self, talk: Talk) -> None:
        _, card = await self.result(talk)
        await talk.server.write(talk.scene.ada, talk.scene.art, "make it night, somebody", reply_to=card)
        await talk.heard_all()
        assert len(talk.own()) == 2
        assert talk.told() == []

    async def test_in_the_direct_message_no_mention_is_needed(self, talk: Talk) -> None:
        dm = talk.server.dm_channel(talk.scene.ada)
        parent = await talk.done(await talk.says("a red fox", where=dm))
        [card] = talk.own(dm)
        asked = await talk.server.write(talk.scene.ada, dm, "make it night", reply_to=card)
        job = await talk.done(asked)
        assert job.parent is not None
        assert job.parent.job_id == parent.id


class TestReplyToOthers:
    async def test_a_picture_that_discord_shows_is_edited_before_the_attached_ones(
        self, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        talk.server.world.reveals_replied = True
        orders = hear_orders(monkeypatch)
        seen = await talk.server.write(
            talk.scene.ben, talk.scene.art, "my cat", files={"cat.png": photo(900, 900), "a.txt": b"a"}
        )
        asked = await talk.says("give it a hat", reply_to=seen, files={"hat.png": photo(100, 100)})
        job = await talk.done(asked)
        [order] = orders
        assert [Image.open(io.BytesIO(data)).size for data in order.references] == [(900, 900), (100, 100)]
        assert (job.request.kind, job.parent, job.state) == (JobKind.EDIT, None, JobState.DONE)

    async def test_a_picture_that_discord_hides_is_said_so_with_the_way_that_works(self, talk: Talk) -> None:
        seen = await talk.server.write(talk.scene.ben, talk.scene.art, "", files={"cat.png": photo()})
        asked = await talk.says("give it a hat", reply_to=seen)
        answer = await talk.answered()
        assert "Apps → Edit image" in answer
        link = f"https://discord.com/channels/{talk.scene.guild.id}/{talk.scene.art.id}/{asked.id}"
        assert link in answer
        assert talk.own() == []
        assert talk.scene.provider.arrived == 0

    async def test_a_reply_to_words_alone_is_a_picture_of_words(self, talk: Talk) -> None:
        talk.server.world.reveals_replied = True
        seen = await talk.server.write(talk.scene.ben, talk.scene.art, "who paints me a fox?")
        job = await talk.done(await talk.says("a red fox", reply_to=seen))
        assert (job.request.kind, job.request.references) == (JobKind.IMAGINE, ())

    async def test_a_reply_to_a_file_that_is_no_picture_is_not_painted_without_it(self, talk: Talk) -> None:
        talk.server.world.reveals_replied = True
        seen = await talk.server.write(talk.scene.ben, talk.scene.art, "", files={"a.txt": b"a fox"})
        await talk.says("paint this", reply_to=seen)
        assert "The message you replied to has no picture" in await talk.answered()
