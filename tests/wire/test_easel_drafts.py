"""The question about a prompt with variables, where Discord does not do what it should."""

from __future__ import annotations

import pytest

from bot.domain.jobs import Job, JobState
from tests.wire.app import ORIGINAL, Scene
from tests.wire.cards import text_of
from tests.wire.components import walk
from tests.wire.interactions import Answer, Dispatched
from tests.wire.state import Message

FOLLOW_UP = "/webhooks/*/*"
OVER = "You've already answered this"


async def asked(easel: Scene) -> Message:
    handle = await easel.imagine("a {red,blue} fox")
    await handle.acked()
    question = handle.message
    assert question is not None
    assert question.ephemeral
    return question


async def say_yes(easel: Scene, question: Message) -> Dispatched:
    ids = [str(each.get("custom_id")) for each in walk(question.components)]
    [custom_id] = [one for one in ids if one.startswith("easel:draft:")]
    handle = await easel.server.click(easel.ada, question, custom_id)
    assert (await handle.acked())["type"] == Answer.DEFERRED_UPDATE
    return handle


async def the_job(easel: Scene) -> Job:
    async def look() -> list[str]:
        query = "SELECT id FROM jobs"
        return await easel.app.base.store.tx(lambda conn: list(conn.exec_driver_sql(query).scalars()))

    [job_id] = await easel.eventually(look, bool)
    return await easel.over(job_id)


async def test_a_yes_is_answered_at_once_and_the_album_comes_as_a_message_of_its_own(easel: Scene) -> None:
    question = await asked(easel)

    handle = await say_yes(easel, question)

    job = await the_job(easel)
    assert job.state is JobState.DONE
    [card] = handle.follow_ups
    assert len(card.attachments) == 2
    assert easel.messages() == [card]
    assert "Requested 2 pictures" in text_of(question)


async def test_where_the_card_cannot_be_posted_the_pictures_come_in_place_of_the_question(
    easel: Scene,
) -> None:
    question = await asked(easel)
    easel.server.fail("POST", FOLLOW_UP, status=500, times=None)

    await say_yes(easel, question)

    job = await the_job(easel)
    assert job.state is JobState.DONE
    assert len(question.attachments) == 2
    assert easel.messages() == []


@pytest.mark.parametrize("status", [404, 500])
async def test_where_the_question_cannot_be_drawn_anew_the_album_is_made_all_the_same(
    easel: Scene, status: int
) -> None:
    question = await asked(easel)
    easel.server.fail("PATCH", ORIGINAL, status=status, times=1 if status == 404 else 5)

    handle = await say_yes(easel, question)

    assert (await the_job(easel)).state is JobState.DONE
    [card] = handle.follow_ups
    assert len(card.attachments) == 2


async def test_two_yeses_at_once_make_one_album(easel: Scene) -> None:
    question = await asked(easel)

    handles = [await say_yes(easel, question), await say_yes(easel, question)]

    await the_job(easel)
    await easel.server.wait_for(lambda: all(each.follow_ups for each in handles))
    texts = [text_of(each.follow_ups[0]) for each in handles]
    assert sum(OVER in text for text in texts) == 1
    assert easel.provider.arrived == 2
