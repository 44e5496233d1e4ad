from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry, Topic
from bot.errors import ShowLaterError, UnreachableError
from bot.ui.moderation.sender import DiscordModLogPublisher, operators_of
from tests.discord_limits import parts
from tests.unit.ui.cards.test_card import a_job, picture, text_of
from tests.unit.ui.cards.test_delivery import PAGE, answered
from tests.unit.ui.moderation.entries import MODLOG, entry

ANNA, BEN = 501, 502


class StandInChannel:
    def __init__(self, client: StandInClient, place: int) -> None:
        self._client, self._place = client, place

    async def send(self, **fields: Any) -> Any:
        if self._place in self._client.closed:
            raise self._client.closed[self._place]
        self._client.sent[self._place] = fields
        return SimpleNamespace(id=self._place * 10)


class StandInClient:
    """The methods of a client that the publisher uses. `closed` says which places fail with what."""

    def __init__(self) -> None:
        self.sent: dict[int, dict[str, Any]] = {}
        self.closed: Mapping[int, Exception] = {}
        self.asked = 0
        self.application: Any = SimpleNamespace(team=None, owner=SimpleNamespace(id=ANNA))

    def get_partial_messageable(self, channel_id: int, *, guild_id: int | None = None) -> StandInChannel:
        return StandInChannel(self, channel_id)

    async def create_dm(self, user: discord.abc.Snowflake) -> StandInChannel:
        return StandInChannel(self, user.id)

    async def application_info(self) -> Any:
        self.asked += 1
        return self.application


@pytest.fixture
def client() -> StandInClient:
    return StandInClient()


def publisher_of(client: StandInClient, *named: int) -> DiscordModLogPublisher:
    as_client = cast(discord.Client, client)
    history: Any = SimpleNamespace(thumbnails=thumbnails)
    return DiscordModLogPublisher(as_client, operators_of(as_client, named), history)


async def thumbnails(wanted: Sequence[tuple[Job, int]]) -> tuple[bytes | None, ...]:
    """Every picture but the second."""
    return tuple(None if index == 1 else b"jpeg" for _job, index in wanted)


async def never(_wanted: Sequence[tuple[Job, int]]) -> tuple[bytes | None, ...]:
    await asyncio.Event().wait()
    raise AssertionError


REPORT = entry(Topic.REPORT, {"by": BEN, "reason": "gore"})


async def test_a_report_has_the_previews_that_there_are(client: StandInClient) -> None:
    await publisher_of(client).tell(REPORT, a_job(renders=(picture(0), picture(1)), card_id=7))

    sent = client.sent[MODLOG]
    [file] = sent["files"]
    [item] = [item for part in parts(sent["view"]) for item in part.get("items", ())]
    assert item["media"]["url"] == f"attachment://{file.filename}"
    assert item["spoiler"]


async def test_where_no_files_may_be_attached_a_report_has_no_previews(
    client: StandInClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = StandInChannel.send

    async def send_no_files(self: StandInChannel, **fields: Any) -> Any:
        if fields["files"]:
            raise answered(403, 50013)
        return await send(self, **fields)

    monkeypatch.setattr(StandInChannel, "send", send_no_files)

    assert await publisher_of(client).tell(REPORT, a_job(card_id=7)) == MODLOG * 10
    assert client.sent[MODLOG]["files"] == []
    assert "reported" in text_of(client.sent[MODLOG]["view"])


async def test_a_report_does_not_wait_for_previews(
    client: StandInClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ui.moderation.sender.PREVIEWS_TIMEOUT_S", 0.01)
    publisher = publisher_of(client)
    monkeypatch.setattr(publisher, "_history", SimpleNamespace(thumbnails=never))

    await publisher.tell(REPORT, a_job(card_id=7))

    assert client.sent[MODLOG]["files"] == []


async def test_what_is_no_report_or_goes_to_operators_has_no_previews(client: StandInClient) -> None:
    await publisher_of(client).tell(entry(Topic.JOB), a_job(card_id=7))
    await publisher_of(client, ANNA).tell(replace(REPORT, channel_id=None), a_job(card_id=7))

    assert [sent["files"] for sent in client.sent.values()] == [[], []]


def to_operator() -> LogEntry:
    return entry(Topic.BAD_KEY, channel_id=None, job_id=None)


async def test_an_entry_becomes_one_message_that_pings_nobody(client: StandInClient) -> None:
    message_id = await publisher_of(client).tell(entry(Topic.JOB), a_job())

    sent = client.sent[MODLOG]
    assert message_id == MODLOG * 10
    assert "a red fox" in text_of(sent["view"])
    assert sent["nonce"] == "easel-log-77"
    assert sent["allowed_mentions"].to_dict() == {"parse": []}


async def test_of_a_job_its_requester_deleted_nothing_is_told(client: StandInClient) -> None:
    assert await publisher_of(client).tell(entry(Topic.JOB), None) is None
    assert client.sent == {}


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_mod_log_that_is_gone_or_closed_will_never_be_reached(
    client: StandInClient, status: int
) -> None:
    client.closed = {MODLOG: answered(status)}

    with pytest.raises(UnreachableError):
        await publisher_of(client).tell(entry(Topic.JOB), a_job())


@pytest.mark.parametrize(
    "error",
    [
        answered(401, 0),
        answered(403, body=PAGE),
        answered(429),
        answered(503),
        aiohttp.ClientOSError(),
        TimeoutError(),
        discord.RateLimited(9),
    ],
)
async def test_what_discord_cannot_do_now_is_told_later(client: StandInClient, error: Exception) -> None:
    client.closed = {MODLOG: error}

    with pytest.raises(ShowLaterError):
        await publisher_of(client).tell(entry(Topic.JOB), a_job())


async def test_the_operators_that_were_named_are_told_each_under_a_nonce_of_their_own(
    client: StandInClient,
) -> None:
    await publisher_of(client, BEN, ANNA).tell(to_operator(), None)

    assert {place: fields["nonce"] for place, fields in client.sent.items()} == {
        ANNA: "easel-log-77-0",
        BEN: "easel-log-77-1",
    }
    assert client.asked == 0


async def test_one_operator_who_can_be_told_is_enough(client: StandInClient) -> None:
    client.closed = {ANNA: answered(403)}

    assert await publisher_of(client, ANNA, BEN).tell(to_operator(), None) == BEN * 10


async def test_while_one_operator_may_yet_be_told_nothing_is_given_up(client: StandInClient) -> None:
    client.closed = {ANNA: answered(503), BEN: answered(403)}

    with pytest.raises(ShowLaterError):
        await publisher_of(client, ANNA, BEN).tell(to_operator(), None)


async def test_operators_who_take_no_messages_are_given_up(client: StandInClient) -> None:
    client.closed = {ANNA: answered(403)}

    with pytest.raises(UnreachableError):
        await publisher_of(client, ANNA).tell(to_operator(), None)


async def test_without_names_the_owner_of_the_application_is_asked_for_once(client: StandInClient) -> None:
    presenter = publisher_of(client)

    await presenter.tell(to_operator(), None)
    await presenter.tell(to_operator(), None)

    assert list(client.sent) == [ANNA]
    assert client.asked == 1


async def test_of_an_application_of_a_team_its_owner_is_told(client: StandInClient) -> None:
    client.application = SimpleNamespace(team=SimpleNamespace(owner_id=BEN), owner=SimpleNamespace(id=ANNA))

    await publisher_of(client).tell(to_operator(), None)

    assert list(client.sent) == [BEN]
