"""The stand-in, met by a small real discord.py client over real sockets."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from tests.wire.cdn import Upload
from tests.wire.discord_server import DiscordServer
from tests.wire.painter import Painter, file, painting, picture_view, png, text_view
from tests.wire.place import Place, code_of
from tests.wire.state import Permission

QUARTER_HOUR_S = 15 * 60


class TestGateway:
    async def test_a_client_becomes_ready_and_knows_its_guild(self, place: Place) -> None:
        [guild] = place.client.guilds
        assert (guild.name, [each.name for each in guild.text_channels]) == ("Studio", ["art"])
        assert guild.me.guild_permissions.attach_files

    async def test_a_wrong_token_is_refused(self, server: DiscordServer) -> None:
        with server.patched(), pytest.raises(discord.LoginFailure):
            async with Painter() as client:
                await client.login("wrong")

    async def test_what_happened_while_the_line_was_cut_is_replayed_after_resume(self, place: Place) -> None:
        await place.server.drop_gateways()
        assert place.server.gateway.live_sessions == []
        handle = await place.server.slash(place.ada, place.art, "imagine", {"prompt": "missed"})
        await handle.acked()
        assert [each.prompt for each in place.client.heard] == ["missed"]
        assert (place.server.gateway.identifies, place.server.gateway.resumes) == (1, 1)

    async def test_a_client_asked_to_reconnect_resumes(self, place: Place) -> None:
        place.server.ask_to_reconnect()
        await place.server.wait_for(lambda: place.server.gateway.resumes == 1)

    async def test_a_client_whose_session_is_invalid_identifies_again(self, place: Place) -> None:
        place.server.invalidate_sessions()
        await place.server.wait_for(lambda: place.server.gateway.identifies == 2)
        await place.imagine()
        assert place.server.gateway.resumes == 0

    async def test_a_forgotten_session_is_not_resumed(self, place: Place) -> None:
        [session] = place.server.gateway.live_sessions
        session.is_over = True
        await place.server.drop_gateways(close_code=4000)
        await place.server.wait_for(lambda: place.server.gateway.identifies == 2)

    async def test_each_shard_hears_only_of_its_own_guilds(self) -> None:
        async with DiscordServer(shard_count=2) as server:
            guilds = [server.add_guild(name) for name in ("one", "two", "three")]
            async with painting(server) as client:
                await server.connected(2)
                shards = {guild.id: guild.shard_id for guild in client.guilds}
        assert shards == {guild.id: (guild.id >> 22) % 2 for guild in guilds}

    async def test_heartbeats_are_acknowledged(self) -> None:
        async with DiscordServer(heartbeat_interval_s=0.02) as server, painting(server) as client:
            await server.wait_for(lambda: server.gateway.heartbeats >= 3)
            assert client.latency < 10


class TestInteractions:
    async def test_a_command_arrives_with_its_options_and_attachment(self, place: Place) -> None:
        handle = await place.server.slash(
            place.ada,
            place.art,
            "imagine",
            {"prompt": "a cat", "count": 3},
            attachments={"picture": ("me.png", png(16))},
        )
        await handle.acked()
        [heard] = place.client.heard
        assert (heard.prompt, heard.count) == ("a cat", 3)
        assert heard.picture is not None
        assert (heard.picture.width, heard.picture.content_type) == (16, "image/png")
        assert "/ephemeral-attachments/" in heard.picture.url
        assert await heard.picture.read() == png(16)

    async def test_the_place_comes_with_the_command(self, place: Place) -> None:
        await place.imagine()
        interaction = place.client.heard[0].interaction
        assert (interaction.guild_id, interaction.channel_id) == (place.guild.id, place.art.id)
        assert interaction.filesize_limit == 50 * 1024 * 1024
        assert interaction.is_guild_integration()
        assert interaction.app_permissions.attach_files

    async def test_a_command_the_bot_never_registered_cannot_be_used(self, place: Place) -> None:
        with pytest.raises(LookupError):
            await place.server.slash(place.ada, place.art, "draw")
        with pytest.raises(LookupError, match="needs"):
            await place.server.slash(place.ada, place.art, "imagine")
        with pytest.raises(TypeError):
            await place.server.slash(place.ada, place.art, "imagine", {"prompt": 7})

    @pytest.mark.parametrize("where", ["group", "guild without the bot"])
    async def test_elsewhere_only_the_user_installed_the_bot(self, place: Place, where: str) -> None:
        guild = place.server.add_guild("Other", has_bot=False)
        is_group = where == "group"
        channel = place.server.add_group(place.ada) if is_group else place.server.add_channel(guild, "chat")
        handle = await place.server.slash(place.ada, channel, "imagine", {"prompt": "x"})
        await handle.acked()
        interaction = place.client.heard[0].interaction
        assert interaction.is_user_integration()
        assert not interaction.is_guild_integration()
        assert interaction.user.id == place.ada.id
        with pytest.raises(discord.Forbidden) as raised:
            await place.client.get_partial_messageable(channel.id).send("hello")
        assert code_of(raised) == (403, 50001)

    async def test_elsewhere_a_sixth_follow_up_is_refused(self, place: Place) -> None:
        channel = place.server.add_group(place.ada)
        handle = await place.server.slash(place.ada, channel, "imagine", {"prompt": "x"})
        await handle.acked()
        follow_up = place.client.heard[0].interaction.followup
        for text in ("the deferred answer", "1", "2", "3", "4", "5"):
            await follow_up.send(text)
        with pytest.raises(discord.HTTPException) as raised:
            await follow_up.send("6")
        assert code_of(raised) == (400, 40094)
        assert handle.message is not None
        assert handle.message.content == "the deferred answer"

    async def test_an_answer_after_three_seconds_is_too_late(self, place: Place) -> None:
        interaction = await place.imagined_without_answer()
        place.server.advance(3.1)
        with pytest.raises(discord.NotFound) as raised:
            await interaction.response.defer()
        assert code_of(raised) == (404, 10062)

    async def test_a_second_answer_is_refused(self, place: Place) -> None:
        handle = await place.imagine()
        url = f"{place.server.rest_base}/interactions/{handle.id}/{handle.token}/callback"
        async with aiohttp.ClientSession() as session, session.post(url, json={"type": 5}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 40060)
        assert handle.refusals == [40060]

    async def test_nothing_can_be_edited_before_the_answer(self, place: Place) -> None:
        interaction = await place.imagined_without_answer()
        with pytest.raises(discord.NotFound) as raised:
            await interaction.edit_original_response(content="early")
        assert code_of(raised) == (404, 10015)

    async def test_a_token_dies_after_fifteen_minutes(self, place: Place) -> None:
        await place.imagine()
        interaction = place.client.heard[0].interaction
        place.server.advance(QUARTER_HOUR_S - 5)
        await interaction.edit_original_response(content="in time")
        place.server.advance(6)
        with pytest.raises(discord.HTTPException) as raised:
            await interaction.edit_original_response(content="too late")
        assert code_of(raised) == (401, 50027)

    async def test_a_press_edits_its_message(self, place: Place) -> None:
        message = await place.posted(view=picture_view("cat.png"), file=file())
        handle = await place.server.click(place.ada, message, "again")
        await handle.acked()
        assert (message.components[0]["content"], message.attachments) == ("pressed", ())
        with pytest.raises(LookupError):
            await place.server.click(place.ada, message, "again")

    async def test_a_form_brings_its_text_and_files(self, place: Place) -> None:
        opened = await place.server.slash(place.ada, place.art, "form")
        await opened.acked()
        upload = Upload(filename="me.png", data=png())
        sent = await place.server.submit_modal(opened, {"prompt": "a hat", "files": [upload]})
        await sent.acked()
        assert sent.message is not None
        assert (sent.message.content, sent.message.ephemeral) == ("a hat: me.png", True)

    async def test_fifty_commands_at_once_are_all_answered(self, place: Place) -> None:
        handles = [
            await place.server.slash(place.ada, place.art, "imagine", {"prompt": str(number)})
            for number in range(50)
        ]
        await asyncio.gather(*(handle.acked() for handle in handles))
        assert len({handle.id for handle in handles}) == 50
        assert max(handle.ack_s for handle in handles) < 3
        assert all(handle.message is not None and handle.message.is_loading for handle in handles)


class TestMessages:
    async def test_a_deferred_answer_becomes_a_picture(self, place: Place) -> None:
        handle = await place.imagine()
        interaction = place.client.heard[0].interaction
        shown = await interaction.edit_original_response(
            view=picture_view("cat.png"), attachments=[file(text="A cat")]
        )
        message = handle.message
        assert message is not None
        assert (message.is_loading, message.edits, message.attachments[0].data) == (False, 1, png())
        assert message.attachments[0].description == "A cat"
        history = shown.components[1]
        assert isinstance(history, discord.MediaGalleryComponent)
        assert history.items[0].media.attachment_id == shown.attachments[0].id
        assert await shown.attachments[0].read() == png()

    async def test_an_edit_keeps_the_attachments_it_names(self, place: Place) -> None:
        message = await place.posted(files=[file("a.png"), file("b.png")])
        sent = await place.client.partial_message(place.art.id, message.id).fetch()
        await sent.edit(attachments=[sent.attachments[1], file("c.png")])
        assert [each.filename for each in message.attachments] == ["b.png", "c.png"]

    async def test_a_message_in_a_channel_can_be_edited_after_the_token_died(self, place: Place) -> None:
        handle = await place.imagine()
        place.server.advance(QUARTER_HOUR_S + 1)
        assert handle.message is not None
        await place.client.partial_message(place.art.id, handle.message.id).edit(content="still here")
        assert handle.message.content == "still here"

    async def test_an_ephemeral_message_does_not_exist_for_the_channel(self, place: Place) -> None:
        place.client.defers_privately = True
        handle = await place.imagine()
        assert handle.message is not None
        assert handle.message.ephemeral
        with pytest.raises(discord.NotFound) as raised:
            await place.client.partial_message(place.art.id, handle.message.id).edit(content="x")
        assert code_of(raised) == (404, 10008)

    async def test_the_same_nonce_brings_back_the_first_message(self, place: Place) -> None:
        first = await place.posted(content="one", nonce="job-1")
        assert await place.posted(content="two", nonce="job-1") is first
        place.server.advance(6 * 60)
        assert await place.posted(content="three", nonce="job-1") is not first
        assert [each.content for each in place.server.messages(place.art.id)] == ["one", "three"]

    async def test_a_direct_message_can_be_opened_sent_and_refused(self, place: Place) -> None:
        user = await place.client.fetch_user(place.ada.id)
        await user.send("hello")
        [message] = place.server.messages(place.server.dm_channel(place.ada).id)
        assert message.content == "hello"
        place.server.close_dms(place.ada)
        with pytest.raises(discord.Forbidden) as raised:
            await user.send("again")
        assert code_of(raised) == (403, 50007)

    async def test_only_allowed_mentions_ping_and_edits_never_do(self, place: Place) -> None:
        ada = f"<@{place.ada.id}>"
        quiet = await place.posted(content=ada, allowed_mentions=discord.AllowedMentions.none())
        loud = await place.posted(view=text_view(f"for {ada}"))
        await place.client.partial_message(place.art.id, quiet.id).edit(content=f"{ada} again")
        assert [(ping.message_id, ping.user_ids) for ping in place.server.pings] == [
            (loud.id, (place.ada.id,))
        ]

    async def test_a_reply_points_to_its_message(self, place: Place) -> None:
        first = await place.posted(content="one")
        reference = discord.MessageReference(message_id=first.id, channel_id=place.art.id)
        reply = await place.posted(content="two", reference=reference)
        assert reply.reference_id == first.id
        place.server.delete_message(first)
        with pytest.raises(discord.HTTPException) as raised:
            await place.posted(content="three", reference=reference)
        assert code_of(raised) == (400, 50035)

    async def test_what_others_write_arrives_empty_unless_they_mention_the_bot(self, place: Place) -> None:
        me = f"<@{place.server.world.bot.id}>"
        await place.server.write(place.ada, place.art, "hello", files={"me.png": png()})
        await place.server.write(place.ada, place.art, f"{me} hello", files={"me.png": png()})
        await place.server.write(place.ada, place.server.dm_channel(place.ada), "hello")
        hidden, shown, direct = [await place.read(number) for number in (1, 2, 3)]
        assert (hidden.content, hidden.attachments) == ("", [])
        assert (shown.content, [each.filename for each in shown.attachments]) == (f"{me} hello", ["me.png"])
        assert (direct.content, direct.guild) == ("hello", None)
        assert isinstance(shown.author, discord.Member)
        assert [each.id for each in shown.mentions] == [place.server.world.bot.id]

    @pytest.mark.parametrize("reveals", [False, True])
    async def test_a_reply_brings_what_it_replies_to(self, place: Place, reveals: bool) -> None:
        place.server.world.reveals_replied = reveals
        seen = await place.server.write(place.ada, place.art, "a cat", files={"cat.png": png()})
        await place.server.write(place.ada, place.art, f"<@{place.server.world.bot.id}> look", reply_to=seen)
        reply = await place.read(2)
        assert reply.type is discord.MessageType.reply
        assert reply.reference is not None
        replied = reply.reference.resolved
        assert isinstance(replied, discord.Message)
        assert (replied.content, len(replied.attachments)) == (("a cat", 1) if reveals else ("", 0))

    async def test_a_reply_to_a_message_that_is_gone_says_so(self, place: Place) -> None:
        seen = await place.posted(content="one")
        place.server.delete_message(seen)
        await place.server.write(place.ada, place.art, "two", reply_to=seen)
        reply = await place.read()
        assert reply.reference is not None
        assert isinstance(reply.reference.resolved, discord.DeletedReferencedMessage)

    async def test_a_reply_to_the_bot_mentions_it_unless_the_person_turned_that_off(
        self, place: Place
    ) -> None:
        seen = await place.posted(content="one")
        await place.server.write(place.ada, place.art, "two", reply_to=seen)
        await place.server.write(place.ada, place.art, "three", reply_to=seen, mentions_replied=False)
        loud, quiet = await place.read(1), await place.read(2)
        assert (loud.content, loud.mentions) == ("two", [place.client.user])
        assert (quiet.content, quiet.mentions) == ("", [])

    async def test_events_can_come_twice_after_a_resume(self, place: Place) -> None:
        place.server.gateway.repeated = "MESSAGE_CREATE"
        message = await place.server.write(place.ada, place.art, "hello")
        await place.read(1)
        await place.server.drop_gateways()
        assert (await place.read(2)).id == message.id

    async def test_without_its_history_nobody_can_be_replied_to(self, place: Place) -> None:
        first = await place.posted(content="one")
        place.server.forbid(place.art.id, permissions=Permission.READ_MESSAGE_HISTORY)
        reference = discord.MessageReference(message_id=first.id, channel_id=place.art.id)
        with pytest.raises(discord.Forbidden) as raised:
            await place.posted(content="two", reference=reference)
        assert code_of(raised) == (403, 160002)

    @pytest.mark.parametrize(
        "fields",
        [
            {"view": picture_view("gone.png"), "file": file("cat.png")},
            {"view": text_view("x" * 2001, "y" * 2000)},
            {"view": text_view("x"), "content": "both"},
            {"content": "x" * 2001},
            {"content": "x", "nonce": "n" * 26},
            {"files": [file(f"{number}.png") for number in range(11)]},
            {"file": file(text="x" * 1025)},
        ],
        ids=["no such file", "text", "content", "long", "nonce", "eleven files", "description"],
    )
    async def test_a_message_against_the_rules_is_refused(self, place: Place, fields: dict[str, Any]) -> None:
        with pytest.raises(discord.HTTPException) as raised:
            await place.posted(**fields)
        assert code_of(raised) == (400, 50035)
        assert place.server.messages(place.art.id) == []

    async def test_a_file_over_the_limit_is_refused(self, place: Place) -> None:
        place.guild.premium_tier = 0
        with pytest.raises(discord.HTTPException) as raised:
            await place.posted(file=file(data=b"x" * (10 * 1024 * 1024 + 1)))
        assert code_of(raised) == (413, 40005)

    async def test_a_link_to_a_file_ends_after_a_day(self, place: Place) -> None:
        message = await place.posted(file=file())
        old = place.server.url_of(message.attachments[0])
        place.server.advance(25 * 60 * 60)
        fresh = place.server.url_of(message.attachments[0])
        async with aiohttp.ClientSession() as session:
            statuses = [(await session.get(url)).status for url in (old, fresh, fresh.partition("?")[0])]
        assert statuses == [404, 200, 404]
