"""Words that are looked for in the past."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert

from bot.domain.jobs import JobState
from bot.domain.ports.library import HistoryStore
from bot.storage.engine import Store
from bot.storage.history import MAX_SEARCH_SCAN, past
from bot.storage.rows import folded, new_job_row
from bot.storage.schema import jobs as jobs_table
from bot.storage.stores import SqlHistoryStore, SqlJobStore
from tests.contract.result_material import delivered, found_ids, own, wished
from tests.contract.store_material import NOW, new_job


@pytest.fixture
def results(store: Store) -> HistoryStore:
    return SqlHistoryStore(store)


@pytest.mark.parametrize(
    ("prompt", "search"),
    [
        ("A Red Fox", "red f"),
        ("a red fox", "  RED \n FOX "),
        ("Straße im Schnee", "STRASSE"),
        ("ＦＯＸ in snow", "fox"),
        ("a fox", "ｆｏｘ"),
        ("100% wool", "0% w"),
        ("snake_case", "e_c"),
        ("back\\slash / other", "\\slash / o"),
        ("it's a “fox”", "'s a “f"),
        ("ĀRĪ", "ārī"),
    ],
)
async def test_words_are_found_anywhere_however_they_are_written(
    jobs: SqlJobStore, results: HistoryStore, prompt: str, search: str
) -> None:
    job = await delivered(jobs, request=wished(prompt=prompt))

    assert await found_ids(results, own(search=search)) == [job.id]


async def test_signs_stand_for_themselves(jobs: SqlJobStore, results: HistoryStore) -> None:
    await delivered(jobs, request=wished(prompt="100 wolves"))

    for search in ("1%", "1_0", "%", "_", "owl", "100 %", "/", "\\"):
        assert await found_ids(results, own(search=search)) == [], search


async def test_a_series_is_found_by_any_of_its_scenes(jobs: SqlJobStore, results: HistoryStore) -> None:
    scenes = ("a fox wakes", "a fox eats", "a fox sleeps")
    job = await delivered(jobs, request=wished(prompt="a day", prompts=scenes, is_series=True))

    for search in ("a day", "eats", "sleeps"):
        assert await found_ids(results, own(search=search)) == [job.id]


async def test_a_search_for_nothing_finds_everything_and_none_is_too_long(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await delivered(jobs)

    for search in ("", " \n ", "\0", "\u200b"):
        assert await found_ids(results, own(search=search)) == [job.id], search
    for search in ("%" * 6_000, "ﷺ" * 6_000, "\0fox\0" * 1_000):
        assert await found_ids(results, own(search=search)) == [], search[:9]


async def test_a_long_search_is_matched_by_its_beginning(jobs: SqlJobStore, results: HistoryStore) -> None:
    prompt = "fox " * (MAX_SEARCH_SCAN // 4 + 1)
    job = await delivered(jobs, request=wished(prompt=prompt))

    assert await found_ids(results, own(search=prompt + "owl")) == [job.id]


WORDS = st.text(st.sampled_from("aAßşſ%_/\\ '\"ﬁＦé"), min_size=1, max_size=12)


def _is_found(conn: Connection, prompt: str, search: str) -> bool:
    over = {"state": JobState.DONE.value, "priority": 0, "tag": 0, "attempt": 1, "ready_at": NOW}
    conn.execute(insert(jobs_table), new_job_row(new_job(request=wished(prompt=prompt))) | over)
    page = past(conn, own(search=search), offset=0, limit=1)
    conn.execute(delete(jobs_table))
    return page.total == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompt=WORDS, search=WORDS)
async def test_a_search_finds_exactly_the_prompts_that_hold_it(
    store: Store, prompt: str, search: str
) -> None:
    assert await store.tx(_is_found, prompt, search) == (folded(search) in folded(prompt))
