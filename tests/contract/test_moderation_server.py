"""A server's own settings: filters, channels, the mod-log, the pause."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.domain.content.filters import MAX_FILTERS, Filter, FilterKind
from bot.domain.jobs import RequestContext
from bot.domain.moderation import (
    AddFilter,
    NoChange,
    PauseServer,
    RemoveFilter,
    ResumeServer,
    SetChannel,
    SetModLog,
)
from bot.domain.policy.decision import Pause
from bot.storage.engine import Store
from bot.storage.moderation.changes import MAX_CHANNELS
from bot.storage.schema import channels, filters
from bot.storage.stores import SqlModerationStore
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MOD,
    MODLOG,
    applied,
    count,
    execute,
    refused,
    taken,
)
from tests.contract.store_material import ANN, NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


def word(text: str, kind: FilterKind = FilterKind.WORD) -> AddFilter:
    return AddFilter(kind=kind, text=text)


async def test_filters_are_numbered_in_their_server(moderation: SqlModerationStore) -> None:
    first = await applied(moderation, word("one"))
    second = await applied(moderation, word("two", FilterKind.PATTERN))
    elsewhere = await applied(moderation, word("one"), guild_id=ELSEWHERE)

    assert (first.before, first.after) == ({}, {"number": 1, "kind": "word", "text": "one"})
    assert second.after["number"] == 2
    assert elsewhere.after["number"] == 1
    assert await moderation.filters(GUILD) == (
        Filter(id=1, kind=FilterKind.WORD, text="one"),
        Filter(id=2, kind=FilterKind.PATTERN, text="two"),
    )


async def test_a_filters_number_is_never_used_twice(store: Store, moderation: SqlModerationStore) -> None:
    await applied(moderation, word("one"))
    removed = await applied(moderation, RemoveFilter(number=1))

    again = await applied(moderation, word("one"))

    assert (removed.before, removed.after) == ({"number": 1, "kind": "word", "text": "one"}, {})
    assert again.after["number"] == 2
    assert [one.id for one in await moderation.filters(GUILD)] == [2]
    assert await count(store, filters, filters.c.number == 1, filters.c.text == "") == 1


async def test_a_filter_that_exists_is_not_added_again(moderation: SqlModerationStore) -> None:
    await applied(moderation, word("one"))

    assert await refused(moderation, word("one")) is NoChange.SAME
    await applied(moderation, word("one", FilterKind.PATTERN))


@pytest.mark.parametrize("number", [1, 2, 0])
async def test_a_filter_that_is_not_there_cannot_be_removed(
    moderation: SqlModerationStore, number: int
) -> None:
    await applied(moderation, word("one"))
    await applied(moderation, RemoveFilter(number=1))

    assert await refused(moderation, RemoveFilter(number=number)) is NoChange.NOT_SET


async def test_a_filter_of_another_server_cannot_be_removed(moderation: SqlModerationStore) -> None:
    await applied(moderation, word("one"))

    assert await refused(moderation, RemoveFilter(number=1), guild_id=ELSEWHERE) is NoChange.NOT_SET
    assert len(await moderation.filters(GUILD)) == 1


async def test_filters_end_somewhere_and_removed_ones_do_not_count(
    store: Store, moderation: SqlModerationStore
) -> None:
    row = {"guild_id": GUILD, "kind": "word", "by_user_id": MOD, "at": NOW, "is_gone": False}
    rows = [row | {"number": number, "text": f"word {number}"} for number in range(1, MAX_FILTERS + 1)]
    await execute(store, insert(filters).values(rows))

    assert await refused(moderation, word("one more")) is NoChange.TOO_MANY
    assert await refused(moderation, word("word 1")) is NoChange.SAME
    await applied(moderation, RemoveFilter(number=3))
    outcome = await applied(moderation, word("one more"))
    assert outcome.after["number"] == MAX_FILTERS + 1
    assert (await moderation.settings(GUILD, now=NOW)).filters == MAX_FILTERS


async def test_channels_are_opened_closed_and_left_alone_again(moderation: SqlModerationStore) -> None:
    opened = await applied(moderation, SetChannel(channel_id=5, is_open=True))
    closed = await applied(moderation, SetChannel(channel_id=5, is_open=False))
    await applied(moderation, SetChannel(channel_id=6, is_open=True))

    assert (opened.before, opened.after) == ({}, {"is_open": True})
    assert (closed.before, closed.after) == ({"is_open": True}, {"is_open": False})
    settings = await moderation.settings(GUILD, now=NOW)
    assert (settings.open_channels, settings.closed_channels) == ((6,), (5,))
    facts = await moderation.facts(ANN, GUILD, RequestContext(channel_ids=(5, 4)), now=NOW)
    assert (facts.channels, facts.only_open) == ({5: False}, True)
    forgotten = await applied(moderation, SetChannel(channel_id=5, is_open=None))
    assert (forgotten.before, forgotten.after) == ({"is_open": False}, {})
    assert (await moderation.settings(GUILD, now=NOW)).closed_channels == ()


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_channel_that_stands_like_that_is_left_alone(
    moderation: SqlModerationStore, is_open: bool
) -> None:
    await applied(moderation, SetChannel(channel_id=5, is_open=is_open))

    assert await refused(moderation, SetChannel(channel_id=5, is_open=is_open)) is NoChange.SAME


async def test_nothing_can_be_taken_back_of_a_channel_nobody_spoke_of(moderation: SqlModerationStore) -> None:
    assert await refused(moderation, SetChannel(channel_id=5, is_open=None)) is NoChange.NOT_SET


async def test_channels_end_somewhere(store: Store, moderation: SqlModerationStore) -> None:
    rows = [{"guild_id": GUILD, "channel_id": number, "is_open": True} for number in range(MAX_CHANNELS)]
    await execute(store, insert(channels).values(rows))

    one_more = SetChannel(channel_id=MAX_CHANNELS, is_open=True)
    assert await refused(moderation, one_more) is NoChange.TOO_MANY
    await applied(moderation, SetChannel(channel_id=1, is_open=False))


async def test_the_mod_log_is_set_moved_and_ended(moderation: SqlModerationStore) -> None:
    at_first = await applied(moderation, SetModLog(channel_id=MODLOG))
    moved = await applied(moderation, SetModLog(channel_id=78))
    assert (await moderation.settings(GUILD, now=NOW)).modlog_channel_id == 78
    ended = await applied(moderation, SetModLog(channel_id=None))

    assert (at_first.before, at_first.after) == ({}, {"channel_id": MODLOG})
    assert (moved.before, moved.after) == ({"channel_id": MODLOG}, {"channel_id": 78})
    assert (ended.before, ended.after) == ({"channel_id": 78}, {})
    assert (await moderation.settings(GUILD, now=NOW)).modlog_channel_id is None


async def test_a_mod_log_hears_that_it_is_left(moderation: SqlModerationStore) -> None:
    for channel_id in (MODLOG, 78, None):
        await applied(moderation, SetModLog(channel_id=channel_id))

    assert [entry.channel_id for entry in await taken(moderation)] == [MODLOG, MODLOG, 78, 78]


async def test_a_mod_log_that_stands_or_is_missing_already_is_left_alone(
    moderation: SqlModerationStore,
) -> None:
    assert await refused(moderation, SetModLog(channel_id=None)) is NoChange.NOT_SET
    await applied(moderation, SetModLog(channel_id=MODLOG))
    assert await refused(moderation, SetModLog(channel_id=MODLOG)) is NoChange.SAME


async def test_a_pause_stands_with_its_text_until_it_is_resumed(moderation: SqlModerationStore) -> None:
    paused = await applied(moderation, PauseServer(text="back at eight"))

    expected = Pause(at=NOW, by=MOD, text="back at eight")
    assert (await moderation.settings(GUILD, now=NOW)).pause == expected
    assert (await moderation.facts(ANN, GUILD, RequestContext(), now=NOW)).pause == expected
    resumed = await applied(moderation, ResumeServer())
    assert (await moderation.settings(GUILD, now=NOW)).pause is None
    facts = {"at": NOW.isoformat(), "by": MOD, "text": "back at eight"}
    assert (paused.before, paused.after) == ({}, facts)
    assert (resumed.before, resumed.after) == (facts, {})


async def test_a_pause_can_get_another_text(moderation: SqlModerationStore) -> None:
    first = await applied(moderation, PauseServer(text="back at eight"))

    outcome = await applied(moderation, PauseServer(text="back at nine"), now=NOW + HOUR)

    assert outcome.before == first.after
    pause = (await moderation.settings(GUILD, now=NOW)).pause
    assert pause == Pause(at=NOW + HOUR, by=MOD, text="back at nine")


@pytest.mark.parametrize("text", ["back at eight", ""])
async def test_the_same_pause_again_changes_nothing(moderation: SqlModerationStore, text: str) -> None:
    await applied(moderation, PauseServer(text=text))

    assert await refused(moderation, PauseServer(text=text)) is NoChange.SAME


async def test_what_is_not_paused_cannot_be_resumed(moderation: SqlModerationStore) -> None:
    await applied(moderation, PauseServer(text=""), guild_id=ELSEWHERE)

    assert await refused(moderation, ResumeServer()) is NoChange.NOT_SET


async def test_other_settings_survive_a_pause_and_a_mod_log(moderation: SqlModerationStore) -> None:
    await applied(moderation, PauseServer(text=""))
    await applied(moderation, SetModLog(channel_id=MODLOG))

    settings = await moderation.settings(GUILD, now=NOW)

    assert settings.pause is not None
    assert settings.modlog_channel_id == MODLOG
