from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.jobs import JobState
from bot.domain.policy.quota import LONGEST_WINDOW
from bot.domain.ports.blobs import BlobMeta
from bot.services.personal_data import ABOUT_BYTES, Export, PersonalData, written
from tests.unit.services.workshop import ANNA, BEN, Running, Workshop, reference, request

ROOMY = 10 * 1024 * 1024


def read(export: Export) -> dict[str, Any]:
    return json.loads(written(export, about="About this file."))


async def test_an_export_holds_the_wish_and_what_became_of_it(
    shop: Workshop, personal_data: PersonalData
) -> None:
    async with Running(shop.worker()):
        job = await shop.ask(request("a blå fox", count=2, seed=7, references=(reference("image"),)))
        await shop.until_shown(job.id)

    text = written(await personal_data.export(ANNA, max_bytes=ROOMY), about="About this file.").decode()

    document = json.loads(text)
    (record,) = document["jobs"]
    assert "a blå fox" in text
    assert (document["about"], document["user_id"], document["is_complete"]) == (
        "About this file.",
        str(ANNA),
        True,
    )
    assert [spent["pictures"] for spent in document["counted_in_the_last_30_days"]] == [2]
    assert (record["id"], record["kind"], record["state"], record["seed"]) == (job.id, "edit", "done", 7)
    assert record["place"] == {"server_id": "30", "channel_id": "20", "message_id": "7000"}
    assert [picture["seed"] for picture in record["pictures"]] == [7, 8]
    assert record["cost_usd"] == 0.084
    assert record["references"] == [
        {
            "option": "image",
            "filename": "image.png",
            "type": "image/png",
            "bytes": 1000,
            "size": "800x600",
        }
    ]


async def test_an_export_holds_no_token_and_no_address(shop: Workshop, personal_data: PersonalData) -> None:
    await shop.ask(request(references=(reference("image"),)))

    text = written(await personal_data.export(ANNA, max_bytes=ROOMY), about="").decode()

    assert "interaction-token" not in text
    assert "http" not in text


async def test_an_export_holds_nobody_elses_jobs(shop: Workshop, personal_data: PersonalData) -> None:
    await shop.ask(request("mine"))
    await shop.ask(request("theirs"), user_id=BEN)

    export = await personal_data.export(ANNA, max_bytes=ROOMY)

    assert [record.prompt for record in export.records] == ["mine"]


async def test_nothing_kept_is_an_empty_export(personal_data: PersonalData) -> None:
    document = read(await personal_data.export(ANNA, max_bytes=ROOMY))

    assert (document["jobs"], document["is_complete"]) == ([], True)


async def test_an_export_that_would_be_too_large_keeps_the_newest(
    shop: Workshop, personal_data: PersonalData
) -> None:
    for number in range(12):
        shop.clock.advance(1)
        await shop.ask(request(f"{number} ünï “\n”" + "é" * 40))

    for max_bytes in range(7_000, 11_000, 191):  # a record takes three steps or four, each at another place
        export = await personal_data.export(ANNA, max_bytes=max_bytes)

        numbers = [int(record.prompt.split()[0]) for record in export.records]
        assert 0 < len(numbers) < 12
        assert numbers == list(range(11, 11 - len(numbers), -1))
        assert len(written(export, about="x" * ABOUT_BYTES)) <= max_bytes
        assert not export.is_complete


async def test_more_jobs_than_a_page_are_all_exported(
    shop: Workshop, personal_data: PersonalData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.personal_data.EXPORT_PAGE", 2)
    ids = [(await shop.ask()).id for _ in range(5)]

    export = await personal_data.export(ANNA, max_bytes=ROOMY)

    assert sorted(record.id for record in export.records) == sorted(ids)


async def test_forgetting_cancels_what_is_painted_and_leaves_it_to_be_shown(
    shop: Workshop, personal_data: PersonalData
) -> None:
    shop.provider.gate.close()
    async with Running(shop.worker()):
        job = await shop.ask()
        await shop.provider.gate.until_waiting()

        forgotten = await personal_data.forget(ANNA)

        assert (forgotten.job_ids, forgotten.unfinished) == ((), 1)
        (ended,) = await shop.until_shown(job.id)
        assert ended.state is JobState.CANCELLED
        shop.provider.gate.open()

    assert (await personal_data.forget(ANNA)).job_ids == (job.id,)
    assert await shop.images_counted() == 0


async def test_the_pictures_of_forgotten_jobs_are_dropped_and_no_others(
    shop: Workshop, personal_data: PersonalData
) -> None:
    async with Running(shop.worker()):
        job = await shop.ask()
        await shop.until_shown(job.id)
    meta = BlobMeta(mime="image/jpeg")
    await shop.blobs.put(f"{job.id}/0-late", b"late", meta)
    await shop.blobs.put("another/0-paid", b"paid", meta)

    await personal_data.forget(ANNA)

    assert set(shop.blobs.held) == {"another/0-paid"}


async def test_a_workers_sweep_takes_away_counts_that_count_no_more(
    shop: Workshop, personal_data: PersonalData
) -> None:
    async with Running(shop.worker()):
        job = await shop.ask()
        await shop.until_shown(job.id)
    await personal_data.forget(ANNA)
    shop.clock.advance(LONGEST_WINDOW.total_seconds() + 1)

    async def is_unknown() -> bool:
        return not (await shop.look.held(ANNA, now=shop.clock.now())).is_known

    async with Running(shop.worker("two")):
        await shop.until(is_unknown)
