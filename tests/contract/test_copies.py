"""What jobs took of each other's pictures, and which folders nobody needs: for what has to be forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.followups import edit, repeat
from bot.domain.jobs import Job, Parent
from bot.domain.ports.blobs import ImageCacheStore
from bot.domain.ports.library import HistoryStore
from bot.domain.references import Reference, Stored, folder_of_tray, input_name, result_name
from bot.storage.engine import Store
from bot.storage.stores import SqlHistoryStore, SqlImageCacheStore, SqlJobStore, SqlLibraryStore
from tests.contract.library_material import fill, picture
from tests.contract.result_material import delivered, made_of, wished
from tests.contract.store_material import ANN, BEN, NOW, claimed, painted, queued

LONG_AGO = NOW - timedelta(days=365)


@pytest.fixture
def register(store: Store) -> ImageCacheStore:
    return SqlImageCacheStore(store)


@pytest.fixture
def results(store: Store) -> HistoryStore:
    return SqlHistoryStore(store)


def attached() -> Reference:
    return Reference(
        name="image", url="https://x", filename="x.png", bytes=1, content_type=None, width=None, height=None
    )


def copied(job: Job, index: int = 0) -> Stored:
    return Stored(folder=job.id, name=input_name(index))


async def edited(jobs: SqlJobStore, job: Job, user_id: int = BEN, **more: Any) -> Job:
    following = edit(job, 0, prompt="add snow", more=(attached(),))
    return await delivered(jobs, user_id, request=following.request, parent=following.parent, **more)


async def made_again(jobs: SqlJobStore, job: Job, user_id: int = BEN) -> Job:
    following = repeat(job)
    return await delivered(jobs, user_id, request=following.request, parent=following.parent)


async def test_an_edit_holds_a_copy_of_what_it_was_made_of(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job = await delivered(jobs)
    child = await edited(jobs, job)

    assert await register.copies((job.id,)) == (copied(child),)
    assert await register.copies((child.id,)) == ()


async def test_copies_of_copies_are_found_and_what_was_painted_after_them_is_not(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job = await delivered(jobs)
    child = await edited(jobs, job)
    grandchild = await made_again(jobs, await made_again(jobs, child))
    await edited(jobs, grandchild)  # of its result: another picture

    found = await register.copies((job.id,))

    assert len(found) == 3
    assert {copied(child), copied(grandchild)} < set(found)
    assert await register.copies((child.id,)) != ()


async def test_what_was_attached_and_taken_along_by_others_is_found(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job = await delivered(jobs, request=wished(references=(attached(), attached())))
    child = await made_again(jobs, job)

    assert await register.copies((job.id,)) == (copied(child, 0), copied(child, 1))


async def test_a_job_that_was_tried_again_has_a_copy_too(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job = await delivered(jobs)
    child = await edited(jobs, job)
    retried = await delivered(jobs, BEN, request=child.request, retry_of=child.id)

    assert set(await register.copies((job.id,))) == {copied(child), copied(retried)}


async def test_who_only_descends_from_it_has_no_copy(jobs: SqlJobStore, register: ImageCacheStore) -> None:
    job = await delivered(jobs)
    await delivered(jobs, parent=made_of(job.id))
    await delivered(jobs, request=wished(references=(attached(),)), parent=made_of(job.id))

    assert await register.copies((job.id, "nothing")) == ()


async def test_copies_are_found_when_the_job_itself_is_gone(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job = await delivered(jobs)
    child = await edited(jobs, job)
    await jobs.forget(ANN, now=NOW)

    assert await register.copies((job.id,)) == (copied(child),)


async def test_a_circle_of_parents_ends(jobs: SqlJobStore, register: ImageCacheStore) -> None:
    """No way of ours makes one; a parent's id comes from a button."""
    one = replace(attached(), stored=Stored(folder="j-two", name=input_name(0)))
    two = replace(attached(), stored=Stored(folder="j-one", name=input_name(0)))
    for job_id, of, reference in (("j-one", "j-two", one), ("j-two", "j-one", two)):
        parent = Parent(job_id=of, origin=made_of(of).origin)
        await delivered(jobs, id=job_id, request=wished(references=(reference,)), parent=parent)

    assert len(await register.copies(("j-one",))) == 2


async def test_folders_of_jobs_and_trays_that_are_there_are_needed(
    store: Store, jobs: SqlJobStore, results: HistoryStore, register: ImageCacheStore
) -> None:
    job, removed = await delivered(jobs), await delivered(jobs)
    await results.remove(removed.id, by=ANN)
    await fill(SqlLibraryStore(store), "a")
    folders = (job.id, removed.id, "gone", folder_of_tray(ANN), folder_of_tray(BEN))

    assert await register.unneeded(folders) == {removed.id, "gone", folder_of_tray(BEN)}
    assert await register.unneeded(()) == frozenset()


async def test_a_tray_from_which_everything_was_taken_is_needed_until_that_is_gone(
    store: Store, register: ImageCacheStore
) -> None:
    library, folders = SqlLibraryStore(store), (folder_of_tray(ANN),)
    await fill(library, "a")
    await library.take_off_tray(ANN, ("a",), now=NOW)
    assert await register.unneeded(folders) == frozenset()

    await library.forget_left_over(await library.left_over(before=NOW + timedelta(days=1), limit=9))

    assert await register.unneeded(folders) == set(folders)


async def kept(register: ImageCacheStore, job: Job, name: str, *, minute: int) -> Stored:
    one = Stored(folder=job.id, name=name)
    await register.register(one, bytes_=100, now=NOW + timedelta(minutes=minute))
    return one


async def test_what_a_waiting_job_is_to_be_made_of_is_no_surplus(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job, other = await delivered(jobs), await delivered(jobs)
    awaited = await kept(register, job, result_name(0), minute=0)
    old = await kept(register, other, result_name(0), minute=1)
    following = edit(job, 0, prompt="add snow")
    await queued(jobs, BEN, request=following.request, parent=following.parent)
    much = NOW + timedelta(days=99)

    assert await register.surplus(before=much, max_bytes=10**9, limit=1) == (old,)
    assert await register.surplus(before=LONG_AGO, max_bytes=0, limit=9) == (old,)

    _, lease = await claimed(jobs)  # and while it is being painted
    assert await register.surplus(before=much, max_bytes=0, limit=9) == (old,)

    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    assert await register.surplus(before=much, max_bytes=0, limit=9) == (awaited, old)


async def test_what_a_waiting_job_was_copied_from_is_no_surplus_either(
    jobs: SqlJobStore, register: ImageCacheStore
) -> None:
    job = await delivered(jobs)
    awaited = await kept(register, job, result_name(0), minute=0)
    child = await edited(jobs, job)
    following = repeat(child)
    assert following.request.references[0].source == awaited
    await queued(jobs, BEN, request=following.request, parent=following.parent)

    assert await register.surplus(before=NOW + timedelta(days=99), max_bytes=0, limit=9) == ()


async def test_a_picture_of_a_tray_that_a_waiting_job_needs_is_not_left_over(
    store: Store, jobs: SqlJobStore
) -> None:
    library = SqlLibraryStore(store)
    await fill(library, "a", "b")
    reference = replace(attached(), stored=picture("a").stored(ANN))
    await queued(jobs, request=wished(references=(reference,)))
    await library.take_off_tray(ANN, ("a", "b"), now=NOW)

    left = await library.left_over(before=NOW + timedelta(days=1), limit=1)

    assert [one.name for one in left] == ["b"]
