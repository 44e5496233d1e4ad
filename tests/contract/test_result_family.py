"""Results that were made of one another, as far as they are on record."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, insert

from bot.domain.jobs import JobState
from bot.domain.ports.library import HistoryStore
from bot.storage.engine import Store
from bot.storage.rows import new_job_row
from bot.storage.schema import jobs as jobs_table
from bot.storage.stores import SqlHistoryStore, SqlJobStore
from tests.contract.moderation_material import execute
from tests.contract.result_material import delivered, ids, made_of
from tests.contract.store_material import BEN, NOW, new_job

MINUTE = timedelta(minutes=1)
PATIENCE_S = 30


@pytest.fixture
def results(store: Store) -> HistoryStore:
    return SqlHistoryStore(store)


def _plant(conn: Connection, tree: dict[str, str | None]) -> None:
    over = {"state": JobState.DONE.value, "priority": 0, "tag": 0, "attempt": 1, "ready_at": NOW}
    for minute, (name, parent) in enumerate(tree.items()):
        new = new_job(id=name, at=NOW + minute * MINUTE, parent=None if parent is None else made_of(parent))
        conn.execute(insert(jobs_table), new_job_row(new) | over)


async def family(results: HistoryStore, job_id: str, limit: int = 99) -> list[str]:
    async with asyncio.timeout(PATIENCE_S):  # one without end must not look like a slow test
        return ids(await results.family(job_id, limit=limit))


TREE: dict[str, str | None] = {"root": None, "a": "root", "b": "root", "a1": "a", "b1": "b", "a2": "a"}


@pytest.mark.parametrize("job_id", TREE)
async def test_everybody_of_a_family_sees_all_of_it_oldest_first(
    store: Store, results: HistoryStore, job_id: str
) -> None:
    await store.tx(_plant, TREE | {"stranger": None, "strangers": "stranger"})

    assert await family(results, job_id) == list(TREE)


async def test_a_job_that_is_not_on_record_has_no_family(store: Store, results: HistoryStore) -> None:
    await store.tx(_plant, {"child": "gone"})

    assert await family(results, "gone") == []


async def test_a_family_ends_where_a_job_was_deleted(store: Store, results: HistoryStore) -> None:
    await store.tx(_plant, TREE)

    await execute(store, delete(jobs_table).where(jobs_table.c.id == "a"))

    assert await family(results, "a1") == ["a1"]
    assert await family(results, "root") == ["root", "b", "b1"]


async def test_of_a_large_family_the_nearest_are_shown(store: Store, results: HistoryStore) -> None:
    await store.tx(_plant, TREE)

    assert await family(results, "a1", 1) == ["a1"]
    assert await family(results, "a1", 2) == ["a", "a1"]
    assert await family(results, "a1", 4) == ["root", "a", "a1", "a2"]
    assert await family(results, "a1", 5) == ["root", "a", "b", "a1", "a2"]
    assert await family(results, "a1", 0) == []


async def test_a_long_line_of_ancestors_is_followed_as_far_as_asked(
    store: Store, results: HistoryStore
) -> None:
    line = {str(number): None if number == 0 else str(number - 1) for number in range(60)}
    await store.tx(_plant, line)

    assert await family(results, "59") == list(line)
    assert await family(results, "59", 40) == list(line)[20:]


@pytest.mark.parametrize(
    "ring", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "c", "b": "a", "c": "b", "leaf": "b"}]
)
async def test_a_family_that_goes_round_in_a_ring_is_told_once(
    store: Store, results: HistoryStore, ring: dict[str, str | None]
) -> None:
    await store.tx(_plant, ring)

    for job_id in ring:
        assert await family(results, job_id) == list(ring)


async def test_any_tree_is_found_whole_from_anywhere_in_it(store: Store, results: HistoryStore) -> None:
    luck = random.Random(7)
    names = [f"n{number:02}" for number in range(40)]
    tree = {name: luck.choice([*names[:number], None, "gone"]) for number, name in enumerate(names)}
    await store.tx(_plant, tree)

    def root(name: str) -> str:
        parent = tree[name]
        return name if parent is None or parent not in tree else root(parent)

    for name in names:
        assert await family(results, name) == [one for one in names if root(one) == root(name)]


async def test_children_are_those_made_of_the_very_job(store: Store, results: HistoryStore) -> None:
    await store.tx(_plant, TREE)

    assert ids(await results.children("root", limit=9)) == ["a", "b"]
    assert ids(await results.children("a", limit=1)) == ["a1"]
    assert await results.children("b1", limit=9) == ()


async def test_a_family_may_be_of_several_people(jobs: SqlJobStore, results: HistoryStore) -> None:
    first = await delivered(jobs)
    second = await delivered(jobs, BEN, at=NOW + MINUTE, parent=made_of(first.id))

    assert await results.family(second.id, limit=9) == (first, second)
