"""Prompts with variables: asked before they are painted, taken once, by the person who was asked."""

from __future__ import annotations

from datetime import timedelta

import discord
import simcord
from sqlalchemy import update

from bot.domain.jobs import Job, JobState, Origin
from bot.storage.schema import drafts
from bot.ui.requests.offers import PAINT
from tests.glue.iterating import posted
from tests.glue.moderating import buttons, by_mo, newest_job, whispered
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

PIXELS = png(64, 64)
FOXES = "{red,blue} fox in {snow,rain}"
OVER = "You've already answered this, or it's older than 15 minutes or meant for someone else"


async def jobs(room: Room) -> int:
    query = "SELECT COUNT(*) FROM jobs"
    return await room.world.base.store.tx(lambda conn: conn.exec_driver_sql(query).scalar_one())


async def asked(room: Room, prompt: str = FOXES, **options: object) -> simcord.InteractionResult:
    """The question that Ada gets, and nobody else."""
    result = await room.use("imagine", prompt=prompt, **options)
    assert result.ephemeral
    return result


async def copied(room: Room) -> discord.Message:
    """The yes to the only question, where everybody can press it."""
    query = "SELECT id FROM drafts"
    draft_id = await room.world.base.store.tx(lambda conn: conn.exec_driver_sql(query).scalar_one())
    return await posted(room, PAINT.button(draft_id, "Paint 4 pictures"))


async def newest(room: Room) -> Job:
    return await room.finished(await newest_job(room))


@scene()
async def test_a_yes_paints_one_picture_for_each_prompt_that_was_shown_with_their_price(room: Room) -> None:
    question = await asked(room, private=False)

    text = room.text(question)
    assert "### This makes 4 pictures" in text
    assert "> {red,blue} fox in {snow,rain}" in text
    rows = ["1. red fox in snow", "2. red fox in rain", "3. blue fox in snow", "4. blue fox in rain"]
    assert "\n".join(rows) in text
    assert "about $0.168 · 2K · 50 of 50 pictures left (rolling 24 h)" in text
    assert buttons(room.card(question)) == ["Paint 4 pictures", "Not now"]
    assert await jobs(room) == 0

    copy = await copied(room)
    answer = await room.ben.click(copy, label="Paint 4 pictures")
    assert OVER in whispered(answer)
    assert await jobs(room) == 0

    answer = await room.ada.click(room.card(question), label="Paint 4 pictures")

    job = await newest(room)
    assert job.state is JobState.DONE
    assert job.request.prompt == FOXES
    assert job.request.prompts == (
        "red fox in snow",
        "red fox in rain",
        "blue fox in snow",
        "blue fox in rain",
    )
    assert sorted(call.prompt for call in room.offline.calls) == sorted(job.request.prompts)
    [card] = answer.followups
    assert not card.ephemeral
    assert len(card.message.attachments) == 4
    assert "### Requested 4 pictures" in room.text(question)
    assert buttons(room.card(question)) == []
    assert await room.images_counted() == 4

    assert OVER in whispered(await room.ada.click(copy, label="Paint 4 pictures"))
    assert await jobs(room) == 1


@scene()
async def test_a_count_makes_several_of_each(room: Room) -> None:
    question = await asked(room, "{red,blue} fox", count=2)
    assert "2 pictures of each:" in room.text(question)

    await room.ada.click(room.card(question), label="Paint 4 pictures")

    job = await newest(room)
    assert job.request.prompts == ("red fox", "red fox", "blue fox", "blue fox")
    assert len(set(job.seeds)) == 4


@scene()
async def test_a_private_wish_stays_private(room: Room) -> None:
    question = await asked(room, "{red,blue} fox", private=True, spoiler=True)

    answer = await room.ada.click(room.card(question), label="Paint 2 pictures")

    job = await newest(room)
    assert (job.request.private, job.request.spoiler) == (True, True)
    [card] = answer.followups
    assert card.ephemeral
    assert len(card.message.attachments) == 2


@scene()
async def test_after_fifteen_minutes_it_is_too_late(room: Room) -> None:
    question = await asked(room)
    past = room.world.base.clock.now() - timedelta(seconds=1)
    await room.world.base.store.tx(lambda conn: conn.execute(update(drafts).values(until=past)))

    for label in ("Paint 4 pictures", "Not now"):
        assert OVER in whispered(await room.ada.click(room.card(question), label=label))
    assert await jobs(room) == 0


@scene()
async def test_not_now_paints_nothing_and_keeps_the_words_to_be_changed(room: Room) -> None:
    question = await asked(room)

    await room.ada.click(room.card(question), label="Not now")

    assert "### Nothing was painted\n> {red,blue} fox in {snow,rain}" in room.text(question)
    assert buttons(room.card(question)) == []
    assert await jobs(room) == 0


@scene()
async def test_the_question_outlives_a_restart_and_is_about_as_many_pictures_as_an_album_holds(
    room: Room,
) -> None:
    answer = await asked(room, "{a,b,c,d,e} fox", count=2)
    assert "5 prompts. With 2 pictures of each, that's 10. One command makes at most 8." in room.text(answer)
    assert await jobs(room) == 0

    question = await asked(room, "{a,b,c,d} {fox,owl}")
    await room.world.env.restart_bot()

    answer = await room.ada.click(room.card(question), label="Paint 8 pictures")

    assert (await newest(room)).state is JobState.DONE
    [card] = answer.followups
    assert len(card.message.attachments) == 8


@scene(EASEL_IMAGES_PER_DAY="3")
async def test_what_would_be_refused_is_refused_before_the_question(room: Room) -> None:
    answer = await asked(room)

    assert "Ask for at most 3" in room.text(answer)
    assert buttons(room.card(answer)) == ["Reword…"]


@scene()
async def test_what_the_rules_refuse_in_any_of_its_prompts_is_not_offered(room: Room) -> None:
    await by_mo(room, "filter add", kind="word", text="zebra")

    for prompt, more, why in (
        ("a {ze,co}bra", {}, "doesn't allow"),
        ("a {red,na}ked woman", {}, "adult content"),
        (FOXES, {"enhance": True}, "`enhance` works on one prompt, and this asks for several."),
    ):
        answer = await asked(room, prompt, **more)
        assert why in room.text(answer)
        assert buttons(room.card(answer)) == ["Reword…"]


@scene()
async def test_the_rules_of_the_moment_hold_when_somebody_says_yes_and_they_are_asked_once_more(
    room: Room,
) -> None:
    question = await asked(room, "{red,blue} fox")
    await by_mo(room, "pause")

    answer = await room.ada.click(room.card(question), label="Paint 2 pictures")

    assert "Moderators paused Easel" in whispered(answer)
    assert await jobs(room) == 0
    assert buttons(room.card(question)) == ["Paint 2 pictures", "Not now"]
    await by_mo(room, "resume")
    await room.ada.click(room.card(question), label="Paint 2 pictures")
    assert (await newest(room)).state is JobState.DONE


@scene()
async def test_braces_that_are_no_variable_are_painted_as_they_stand_and_what_nobody_can_see_is_no_alternative(
    room: Room,
) -> None:
    for prompt, painted in (
        ('{"subject": "fox", "style": "ink"}', '{"subject": "fox", "style": "ink"}'),
        (r"a sign that says \{open\, closed\}", "a sign that says {open, closed}"),
        ("{fox}", "{fox}"),
    ):
        await room.use("imagine", prompt=prompt)
        job = await newest(room)
        assert job.request.prompt == painted
        assert room.offline.calls[-1].prompt == painted

    result = await room.use("imagine", prompt="a {red,r\u200bed,blue} fox\u202e")
    assert "1. a red fox\n2. a blue fox\n-#" in room.text(result)


@scene()
async def test_an_edit_can_have_variables_too(room: Room) -> None:
    picture = ("a.png", PIXELS)
    result = await room.use("edit", prompt="make it {night,winter}", image=picture)
    assert "1. make it night\n2. make it winter" in room.text(result)

    await room.ada.click(room.card(result), label="Paint 2 pictures")

    await newest(room)
    assert [call.n_references for call in room.offline.calls] == [1, 1]


@scene()
async def test_what_it_was_made_of_survives_the_question(room: Room) -> None:
    first = await room.use("imagine", prompt="a fox")
    parent = await newest(room)
    form = await room.ada.click(room.card(first), label="Vary")
    values = {"prompt": "a {red,blue} fox", "aspect": ["1:1"], "resolution": "2K", "count": "1"}
    result = await room.ada.submit_modal(form, values)

    await room.ada.click(room.card(result), label="Paint 2 pictures")

    job = await newest(room)
    assert job.parent is not None
    assert (job.parent.job_id, job.parent.origin) == (parent.id, Origin.VARY)


@scene()
async def test_it_works_in_a_direct_message(room: Room) -> None:
    result = await room.ada.user.slash("imagine", prompt="{red,blue} fox")
    assert "This makes 2 pictures" in room.text(result)

    await room.ada.user.click(room.card(result), label="Paint 2 pictures")

    assert (await newest(room)).state is JobState.DONE
