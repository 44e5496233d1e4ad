"""Server presets and whether prompts are rewritten: changes of moderators, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.moderation import DropServerPreset, NoChange, SetEnhance, SharePreset, Topic
from bot.domain.ports.library import PresetOwner
from bot.domain.presets import MAX_SERVER_PRESETS, Preset
from bot.domain.sizes import Aspect, Resolution
from bot.storage.engine import Store
from bot.storage.stores import SqlLibraryStore, SqlModerationStore
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MAX,
    MOD,
    applied,
    keep_modlog,
    refused,
    topics,
)
from tests.contract.store_material import NOW

INK = SharePreset(
    name="Ink", text="ink drawing of {prompt}", aspect=Aspect.WIDE_16_9, resolution=Resolution.FOUR_K, count=2
)
INK_FACTS = {
    "name": "Ink",
    "text": "ink drawing of {prompt}",
    "aspect": "16:9",
    "resolution": "4K",
    "count": 2,
}


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


async def servers(store: Store, name: str, guild_id: int = GUILD) -> Preset | None:
    return await SqlLibraryStore(store).preset(PresetOwner.SERVER, guild_id, name)


async def test_a_shared_preset_is_the_servers_and_says_who_shared_it(
    store: Store, moderation: SqlModerationStore
) -> None:
    outcome = await applied(moderation, INK)

    assert (outcome.before, outcome.after) == ({}, INK_FACTS)
    assert await servers(store, "ink") == Preset(
        name="Ink",
        text="ink drawing of {prompt}",
        aspect=Aspect.WIDE_16_9,
        resolution=Resolution.FOUR_K,
        count=2,
        by=MOD,
        at=NOW,
        guild_id=GUILD,
    )
    assert await servers(store, "ink", ELSEWHERE) is None


async def test_sharing_it_anew_replaces_it_whatever_case_its_name_is_in(
    store: Store, moderation: SqlModerationStore
) -> None:
    await applied(moderation, INK)

    other = replace(INK, name="INK", text="ink, wash", aspect=None)
    outcome = await applied(moderation, other, by=MAX, now=NOW + timedelta(hours=1))

    assert outcome.before == INK_FACTS
    preset = await servers(store, "ink")
    assert preset is not None
    assert (preset.name, preset.text, preset.by) == ("INK", "ink, wash", MAX)


async def test_the_same_preset_again_changes_nothing(moderation: SqlModerationStore) -> None:
    await applied(moderation, INK)

    assert await refused(moderation, INK) is NoChange.SAME


async def test_presets_of_a_server_end_somewhere(store: Store, moderation: SqlModerationStore) -> None:
    for number in range(MAX_SERVER_PRESETS):
        await applied(moderation, replace(INK, name=f"ink {number}"))

    assert await refused(moderation, INK) is NoChange.TOO_MANY
    assert await servers(store, "ink") is None
    await applied(moderation, replace(INK, name="ink 0", text="another"))


async def test_a_preset_of_the_server_is_removed_with_a_word_on_what_it_was(
    store: Store, moderation: SqlModerationStore
) -> None:
    await applied(moderation, INK)

    outcome = await applied(moderation, DropServerPreset(name="ink"))

    assert (outcome.before, outcome.after) == (INK_FACTS, {})
    assert await servers(store, "ink") is None


async def test_what_is_not_there_cannot_be_removed(moderation: SqlModerationStore) -> None:
    await applied(moderation, INK, guild_id=ELSEWHERE)

    assert await refused(moderation, DropServerPreset(name="ink")) is NoChange.NOT_SET


async def test_rewriting_is_switched_on_and_off(store: Store, moderation: SqlModerationStore) -> None:
    library = SqlLibraryStore(store)
    on = await applied(moderation, SetEnhance(is_on=True))
    assert await library.server_enhances(GUILD)
    assert not await library.server_enhances(ELSEWHERE)
    off = await applied(moderation, SetEnhance(is_on=False))
    assert not await library.server_enhances(GUILD)

    assert (on.before, on.after) == ({"is_on": False}, {"is_on": True})
    assert (off.before, off.after) == ({"is_on": True}, {"is_on": False})


async def test_rewriting_that_stands_like_that_is_left_alone(moderation: SqlModerationStore) -> None:
    assert await refused(moderation, SetEnhance(is_on=False)) is NoChange.SAME


async def test_each_of_these_is_told_in_the_mod_log(moderation: SqlModerationStore) -> None:
    await keep_modlog(moderation)

    for change in (INK, DropServerPreset(name="ink"), SetEnhance(is_on=True)):
        await applied(moderation, change)

    assert [topic for topic, _ in await topics(moderation)] == [Topic.CHANGE] * 3
