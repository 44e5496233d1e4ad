"""What goes wrong on purpose, and what the real discord.py makes of it."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.wire.painter import file
from tests.wire.place import Place, code_of

MESSAGES = "/channels/*/messages"
ORIGINAL = "/webhooks/*/messages/@original"


class TestRateLimits:
    async def test_a_429_is_waited_out_and_tried_again(self, place: Place) -> None:
        place.server.rate_limit("POST", MESSAGES, retry_after_s=0.01, times=2)
        message = await place.posted(content="patient", file=file())
        assert [each.status for each in place.server.asked("POST", MESSAGES)] == [429, 429, 200]
        assert message.attachments[0].filename == "cat.png"

    async def test_a_global_429_holds_everything_back(self, place: Place) -> None:
        place.server.rate_limit("POST", MESSAGES, retry_after_s=0.01, is_global=True)
        assert (await place.posted(content="patient")).content == "patient"

    async def test_a_429_without_via_is_a_ban_and_not_tried_again(self, place: Place) -> None:
        place.server.rate_limit("POST", MESSAGES, has_via=False)
        with pytest.raises(discord.HTTPException) as raised:
            await place.posted(content="banned")
        assert raised.value.status == 429
        assert len(place.server.asked("POST", MESSAGES)) == 1

    async def test_an_interaction_is_tried_again_too(self, place: Place) -> None:
        place.server.rate_limit("PATCH", ORIGINAL, retry_after_s=0.01)
        handle = await place.imagine()
        await place.client.heard[0].interaction.edit_original_response(content="done")
        assert handle.message is not None
        assert handle.message.edits == 1


class TestErrors:
    async def test_a_503_is_raised_at_once(self, place: Place) -> None:
        place.server.fail("POST", MESSAGES, status=503)
        with pytest.raises(discord.DiscordServerError):
            await place.posted(content="x")
        assert [each.status for each in place.server.asked("POST", MESSAGES)] == [503]

    async def test_an_outcome_can_be_lost_and_the_nonce_finds_it(self, place: Place) -> None:
        place.server.fail("POST", MESSAGES, status=503, before=False)
        with pytest.raises(discord.DiscordServerError):
            await place.posted(content="once", nonce="job-1")
        await place.posted(content="once", nonce="job-1")
        assert len(place.server.messages(place.art.id)) == 1

    @pytest.mark.parametrize(("before", "messages"), [(True, 0), (False, 1)])
    async def test_a_line_is_cut_before_or_after_the_deed(
        self, place: Place, before: bool, messages: int
    ) -> None:
        place.server.cut("POST", MESSAGES, before=before)
        with pytest.raises(aiohttp.ClientError):
            await place.posted(content="x")
        assert len(place.server.messages(place.art.id)) == messages
        assert place.server.asked("POST", MESSAGES)[0].status is None

    async def test_a_body_that_is_no_json_is_sent_as_it_is(self, place: Place) -> None:
        place.server.fail("POST", MESSAGES, status=503, body=b"<html>upstream</html>")
        with pytest.raises(discord.DiscordServerError, match="upstream"):
            await place.posted(content="x")

    async def test_a_held_request_waits_until_it_is_released(self, place: Place) -> None:
        held = place.server.hold("POST", MESSAGES)
        sending = asyncio.create_task(place.posted(content="x"), name="sending")
        [request] = await place.server.wait_for(lambda: place.server.asked("POST", MESSAGES))
        assert (request.status, place.server.messages(place.art.id)) == (None, [])
        held.release()
        assert (await sending).content == "x"

    async def test_a_file_can_be_lost_on_the_cdn(self, place: Place) -> None:
        message = await place.posted(file=file())
        sent = await place.client.partial_message(place.art.id, message.id).fetch()
        place.server.fail("GET", "/attachments/*", status=404)
        with pytest.raises(discord.NotFound):
            await sent.attachments[0].read()
        assert await sent.attachments[0].read() == message.attachments[0].data


class TestLosses:
    async def test_a_channel_may_close_for_the_bot(self, place: Place) -> None:
        place.server.forbid_sending(place.art.id)
        with pytest.raises(discord.Forbidden) as raised:
            await place.posted(content="x")
        assert code_of(raised) == (403, 50013)
        place.server.forbid(place.art.id)
        with pytest.raises(discord.Forbidden) as raised:
            await place.posted(content="x")
        assert code_of(raised) == (403, 50001)

    async def test_what_the_bot_may_not_do_comes_with_the_command(self, place: Place) -> None:
        place.server.forbid_sending(place.art.id)
        await place.imagine()
        interaction = place.client.heard[0].interaction
        assert not interaction.app_permissions.send_messages
        assert interaction.app_permissions.view_channel

    async def test_a_deleted_channel_is_unknown(self, place: Place) -> None:
        place.server.delete_channel(place.art.id)
        with pytest.raises(discord.NotFound) as raised:
            await place.posted(content="x")
        assert code_of(raised) == (404, 10003)

    async def test_a_deleted_message_is_unknown_to_the_channel_and_to_the_token(self, place: Place) -> None:
        handle = await place.imagine()
        assert handle.message is not None
        place.server.delete_message(handle.message)
        with pytest.raises(discord.NotFound) as raised:
            await place.client.heard[0].interaction.edit_original_response(content="x")
        assert code_of(raised) == (404, 10008)
        with pytest.raises(discord.NotFound) as raised:
            await place.client.partial_message(place.art.id, handle.message.id).edit(content="x")
        assert code_of(raised) == (404, 10008)

    async def test_a_bot_that_was_removed_has_no_access(self, place: Place) -> None:
        place.server.remove_bot(place.guild)
        with pytest.raises(discord.Forbidden) as raised:
            await place.posted(content="x")
        assert code_of(raised) == (403, 50001)
