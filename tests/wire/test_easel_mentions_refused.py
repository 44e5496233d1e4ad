"""Mentions that are refused: for the eyes of one person, and never in a flood."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.content.filters import FilterKind
from bot.domain.jobs import Job
from bot.domain.moderation import AddFilter, BlockMember, SetChannel
from bot.storage.schema import jobs
from bot.ui.mentions.send import EVERY, HINT_S
from tests.wire.app import OWN_MESSAGE, Scene
from tests.wire.court import Court
from tests.wire.state import JsonDict
from tests.wire.talk import Talk


class TestRefused:
    @pytest.fixture
    async def court(self, talk: Talk) -> Court:
        return Court(scene=talk.scene)

    async def test_a_blocked_member_is_told_by_direct_message_alone(self, talk: Talk, court: Court) -> None:
        await court.decide(BlockMember(user_id=talk.scene.ada.id, until=None, reason="spam"))
        await talk.says("a red fox")
        answer = await talk.answered()
        assert "Moderators blocked you" in answer
        assert "spam" in answer
        assert "About your message: https://discord.com/channels/" in answer
        assert talk.own() == []
        assert await talk.scene.images_counted(talk.scene.ada) == 0

    async def test_the_filters_and_channels_of_a_server_hold(self, talk: Talk, court: Court) -> None:
        await court.decide(AddFilter(kind=FilterKind.WORD, text="zebra"))
        await talk.says("a zebra")
        assert "This server doesn't allow “zebra”" in await talk.answered()
        await court.decide(SetChannel(channel_id=talk.scene.art.id, is_open=False))
        talk.scene.clock.advance(EVERY.total_seconds())
        await talk.says("a fox")
        assert "You can't use Easel in this channel" in await talk.answered(number=2)
        assert talk.scene.provider.arrived == 0

    async def test_roles_count_as_with_a_command(self, scene: Scene) -> None:
        role = scene.server.add_role(scene.guild, "Painters")
        painter = scene.server.add_user("pia", role_ids=[role])
        await scene.start()
        talk = Talk(scene)
        by_mention = await talk.accepted(await talk.says("a fox", by=painter))
        by_command = await scene.accepted(await scene.imagine("a fox", user=painter))
        standpoints = [await standpoint_of(scene, job) for job in (by_mention, by_command)]
        assert standpoints[0] == standpoints[1]
        assert standpoints[0]["role_ids"] == sorted([scene.guild.id, role])
        assert standpoints[0]["channel_ids"] == [scene.art.id]

    async def test_where_direct_messages_are_closed_a_hint_without_reasons_takes_itself_away(
        self, talk: Talk, court: Court
    ) -> None:
        await court.decide(BlockMember(user_id=talk.scene.ada.id, until=None, reason="spam"))
        talk.server.close_dms(talk.scene.ada)
        before = talk.scene.clock.now()
        asked = await talk.says("a red fox")
        await talk.server.wait_for(lambda: talk.server.asked("DELETE", OWN_MESSAGE))
        await talk.server.wait_for(lambda: talk.own() == [])
        bot = talk.server.world.bot.id
        [hint] = [one for one in talk.server.messages(talk.scene.art.id) if one.author_id == bot]
        assert hint.content == "I can't do this here. `/me` tells you why."
        assert hint.reference_id == asked.id
        assert talk.scene.clock.now() - before == timedelta(seconds=HINT_S)
        assert talk.server.pings == []

    async def test_a_hint_that_is_left_when_easel_stops_goes_with_it(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene.change_settings(easel_images_per_day=0)
        await scene.start()
        talk = Talk(scene)
        monkeypatch.setattr(scene.clock, "sleep", for_ever)
        scene.server.close_dms(scene.ada)
        await talk.says("a red fox")
        await scene.server.wait_for(talk.own)
        await scene.stop()
        assert talk.own() == []

    async def test_whoever_floods_is_not_flooded_back(self, scene: Scene) -> None:
        scene.change_settings(easel_images_per_day=0)
        await scene.start()
        talk = Talk(scene)
        for number in range(20):
            await talk.says(f"fox {number}")
        await talk.says("a fox", by=scene.ben)
        await talk.answered(scene.ben)
        assert len(talk.told()) == 1
        scene.clock.advance(EVERY.total_seconds())
        await talk.says("a fox")
        await talk.answered(number=2)

    async def test_in_the_direct_message_the_refusal_is_the_reply(self, scene: Scene) -> None:
        scene.change_settings(easel_images_per_day=0)
        await scene.start()
        talk = Talk(scene)
        dm = scene.server.dm_channel(scene.ada)
        asked = await talk.says("a fox", where=dm)
        assert "You can't make pictures here" in await talk.answered()
        [answer] = talk.own(dm)
        assert answer.reference_id == asked.id
        assert "About your message" not in answer.content

    async def test_what_breaks_is_told_with_a_number(
        self, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(_ask: object) -> None:
            raise RuntimeError("no such table")

        monkeypatch.setattr(talk.scene.client.submissions, "submit", broken)
        await talk.says("a fox")
        assert "Something broke on our side" in await talk.answered()


async def for_ever(_delay_s: float) -> None:
    await asyncio.Event().wait()


async def standpoint_of(scene: Scene, job: Job) -> JsonDict:
    """As it was stored, for the rules to go by."""
    query = select(jobs.c.standpoint).where(jobs.c.id == job.id)
    return await scene.app.base.store.tx(lambda conn: conn.execute(query).scalar_one())
