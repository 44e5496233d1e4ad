"""SIGKILL while a prompt is rewritten, a picture described or given alt text, or a result kept: no call is made again.

What a crash in the archive alone does is a matter of `test_kill_points`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.jobs import Job, JobState, RewriteFault
from bot.domain.rewriting import ALT_TEXT_MICRO_USD, DESCRIPTION_MICRO_USD, ESTIMATE_MICRO_USD
from bot.services.provider_calls import OLD_CALL
from tests.e2e.books import only_by_grant
from tests.e2e.dying import PRICE_MICRO_USD, RESTART_S
from tests.e2e.nursery import KILLED, Child
from tests.e2e.town import Town, open_town
from tests.wire.components import Kind, walk
from tests.wire.painter import png

WORDS = 'a shop sign that says "Open"'
CHAT_MICRO_USD = 300  # the offline provider's


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        await town.decide(*only_by_grant(town.ada.id))
        yield town


async def asked(town: Town, *, kill_at: str | None = None, enhance: bool = True) -> Child:
    """A process that is to die, and Ada's command."""
    child = town.life(kill_at=kill_at, min_jobs=1)
    await town.server.connected()
    await town.server.slash(town.ada, town.art, "imagine", {"prompt": WORDS, "enhance": enhance})
    return child


async def restarted(town: Town) -> None:
    """When nobody waits for the first life's lease any more."""
    town.provider.release()
    town.server.advance(RESTART_S)
    assert await town.life(ahead_s=RESTART_S).ended() == 0


async def painted(town: Town) -> Job:
    """The one job, done, with one picture that was paid once; and all books agree."""
    [job_id], [card] = town.job_ids(), town.messages()
    assert [*await town.book_problems(), *await town.modlog_problems(), *town.spooled()] == []
    job = await town.job(job_id)
    assert (job.state, len(card.attachments), len(town.charged())) == (JobState.DONE, 1, 1)
    assert len(town.provider.chats) == 1
    return job


async def painted_in_own_words(town: Town, *, chat_micro_usd: int) -> None:
    job = await painted(town)
    assert job.rewriting is not None
    assert (job.rewriting.text, job.rewriting.fault) == (None, RewriteFault.UNCERTAIN)
    assert [call.prompt for call in town.provider.calls] == [WORDS]
    spend = await town.spend()
    assert (spend.calls, spend.micro_usd) == (2, PRICE_MICRO_USD + chat_micro_usd)


async def test_a_rewriting_under_way_is_not_asked_for_again(town: Town) -> None:
    town.provider.hold()
    child = await asked(town)
    await town.provider.wait_arrived(1)
    child.kill()
    assert await child.ended() == KILLED
    await restarted(town)
    await painted_in_own_words(town, chat_micro_usd=ESTIMATE_MICRO_USD)


@pytest.mark.parametrize(
    ("point", "chat_micro_usd"),
    [("after rewriter.rewrite", ESTIMATE_MICRO_USD), ("after jobs.end_call", CHAT_MICRO_USD)],
)
async def test_a_rewriting_that_died_with_the_process_is_paid_once(
    town: Town, point: str, chat_micro_usd: int
) -> None:
    assert await (await asked(town, kill_at=point)).ended() == KILLED
    await restarted(town)
    await painted_in_own_words(town, chat_micro_usd=chat_micro_usd)


async def test_a_rewriting_on_record_is_painted_after_a_restart(town: Town) -> None:
    assert await (await asked(town, kill_at="after jobs.end_rewriting")).ended() == KILLED
    await restarted(town)
    job = await painted(town)
    assert job.rewriting is not None
    assert [call.prompt for call in town.provider.calls] == [job.rewriting.text]
    assert (await town.spend()).micro_usd == PRICE_MICRO_USD + CHAT_MICRO_USD


@pytest.mark.parametrize(
    ("point", "micro_usd", "left_open"),
    [
        ("after jobs.begin_description", DESCRIPTION_MICRO_USD, 1),
        ("before jobs.end_call", DESCRIPTION_MICRO_USD, 1),
        ("after jobs.end_call", CHAT_MICRO_USD, 0),
    ],
)
async def test_a_description_that_died_with_the_process_stays_on_the_books_until_it_is_looked_up(
    town: Town, point: str, micro_usd: int, left_open: int
) -> None:
    child = town.life(kill_at=point, min_jobs=1)
    await town.server.connected()
    files = {"image": ("fox.png", png(64))}
    await town.server.slash(town.ada, town.art, "describe", attachments=files)
    assert await child.ended() == KILLED

    spend, later = await town.spend(), town.server.clock.now() + OLD_CALL
    async with town.jobs() as jobs:
        found = await jobs.open_calls(before=later, after=later)
    assert (spend.calls, spend.micro_usd, spend.uncertain_calls) == (1, micro_usd, left_open)
    assert len(found) == left_open  # for any worker's `settle_old`


@pytest.mark.parametrize(
    ("point", "micro_usd"),
    [
        ("after jobs.begin_alt_text", ALT_TEXT_MICRO_USD),
        ("after alt_text_writer.write_alt_text", ALT_TEXT_MICRO_USD),
        ("after jobs.end_call", CHAT_MICRO_USD),
        ("after jobs.end_alt_text[0]", CHAT_MICRO_USD),
    ],
)
async def test_alt_text_that_died_with_the_process_is_paid_once_and_the_picture_shown(
    tmp_path: Path, point: str, micro_usd: int
) -> None:
    async with open_town(tmp_path, {"EASEL_ALT_TEXT": "model"}) as town:
        await town.decide(*only_by_grant(town.ada.id))
        assert await (await asked(town, kill_at=point, enhance=False)).ended() == KILLED
        await restarted(town)
        [job_id], [card] = town.job_ids(), town.messages()
        shown = next(each for each in walk(card.components) if each["type"] == Kind.GALLERY)["items"][0][
            "description"
        ]
        written = point == "after jobs.end_alt_text[0]"
        assert shown == (f"A painting that shows this: {WORDS}." if written else WORDS)
        assert (await town.job(job_id)).state is JobState.DONE
        assert (await town.spend()).micro_usd == PRICE_MICRO_USD + micro_usd
        assert (len(town.charged()), len(town.provider.chats)) == (1, int("begin" not in point))


async def test_what_was_half_kept_of_who_was_forgotten_meanwhile_goes(town: Town) -> None:
    child = await asked(town, kill_at="after kept.rename[out-0.json]", enhance=False)
    assert await child.ended() == KILLED
    assert len(town.kept()) == 1
    async with town.jobs() as jobs:
        await jobs.forget(town.ada.id, now=town.server.clock.now())
    await restarted(town)
    assert (town.kept(), town.registered(), town.spooled()) == ([], [], [])
