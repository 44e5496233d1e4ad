"""`enhance`: a chat model writes the prompt out before it is painted, and both versions are told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.domain.jobs import Job, JobState, RewriteFault
from bot.domain.rewriting import ESTIMATE_MICRO_USD
from bot.sandbox.faults import Fault
from bot.storage.schema import calls
from tests.glue.moderating import Painted, by_mo, guild_of, newest_job, paint
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

PIXELS = png(64, 64)
PICTURE_MICRO_USD = 42_000
CHAT_MICRO_USD = 300


async def enhanced(room: Room, prompt: str = "a red fox", **options: Any) -> Painted:
    return await paint(room, prompt, enhance=True, **options)


async def booked(room: Room, job: Job) -> list[int | None]:
    """What each call of a job cost, the cheapest first."""
    query = select(calls.c.cost_micro_usd).where(calls.c.job_id == job.id)
    rows = await room.world.base.store.tx(lambda conn: conn.execute(query).scalars().all())
    return sorted(rows)


@scene()
async def test_the_prompt_is_rewritten_and_paid_for_once_for_all_pictures_and_the_card_shows_both(
    room: Room,
) -> None:
    room.offline.dictate("A red fox, in raking light.")

    it = await enhanced(room, count=2)

    assert it.job.state is JobState.DONE
    assert [chat.words for chat in room.offline.chats] == ["a red fox"]
    assert [call.prompt for call in room.offline.calls] == ["A red fox, in raking light."] * 2
    text = room.text(it.result)
    assert "**Your prompt**\n> a red fox" in text
    assert "> A red fox, in raking light." in text
    # Its cost is on the books beside that of the pictures.
    assert await booked(room, it.job) == [CHAT_MICRO_USD, PICTURE_MICRO_USD, PICTURE_MICRO_USD]
    assert it.job.cost_micro_usd == CHAT_MICRO_USD + 2 * PICTURE_MICRO_USD
    assert ESTIMATE_MICRO_USD >= CHAT_MICRO_USD


@scene()
async def test_whatever_goes_wrong_the_persons_own_words_are_painted_and_the_card_says_so(room: Room) -> None:
    for fault in (Fault.SLOW_DOWN, Fault.REFUSED_RESULT, Fault.SERVER_ERROR, Fault.EMPTY):
        room.offline.fail_chat(fault)
        it = await enhanced(room, f"a fox {fault.value}")

        assert it.job.state is JobState.DONE
        assert it.job.rewriting is not None
        assert it.job.rewriting.fault is not None
        assert room.offline.calls[-1].prompt == f"a fox {fault.value}"
        assert "so Easel used yours" in room.text(it.result)


@scene()
async def test_words_in_quotation_marks_are_kept_or_the_persons_own_are_painted(room: Room) -> None:
    room.offline.dictate("A sign that says “SHUT”.")

    it = await enhanced(room, 'a sign that says "OPEN"')

    assert it.job.rewriting is not None
    assert it.job.rewriting.fault is RewriteFault.LOST_QUOTES
    assert room.offline.calls[-1].prompt == 'a sign that says "OPEN"'
    assert "lost your words in quotation marks" in room.text(it.result)


@scene()
async def test_what_the_chat_model_writes_passes_the_filters_of_the_server(room: Room) -> None:
    await by_mo(room, "filter add", kind="word", text="zebra")
    room.offline.dictate("A red fox with a zebra.")

    it = await enhanced(room)

    assert it.job.rewriting is not None
    assert it.job.rewriting.fault is RewriteFault.FILTERED
    assert room.offline.calls[-1].prompt == "a red fox"
    assert "zebra" not in room.text(it.result)


@scene()
async def test_only_where_the_server_wants_it_prompts_are_rewritten_unless_a_member_says_otherwise(
    room: Room,
) -> None:
    await paint(room)
    assert room.offline.chats == []
    await by_mo(room, "defaults server", enhance="on")

    wanted = await paint(room)
    unwanted = await paint(room, enhance=False)

    assert (wanted.job.request.enhance, unwanted.job.request.enhance) == (True, False)
    assert len(room.offline.chats) == 1


@scene()
async def test_the_servers_wish_is_for_imagine_on_the_server_and_for_one_prompt(room: Room) -> None:
    await by_mo(room, "defaults server", enhance="on")

    await paint(room, command="edit", image=("a.png", PIXELS))
    question = await room.use("imagine", prompt="a {red,blue} fox")
    await room.ada.click(room.card(question), label="Paint 2 pictures")

    job = await room.finished(await newest_job(room))
    assert job.state is JobState.DONE
    await room.ada.user.slash("imagine", prompt="a fox")
    assert (await room.finished(await newest_job(room))).request.enhance is False
    assert room.offline.chats == []


@scene(EASEL_ENHANCE_MODEL="")
async def test_where_the_operator_wants_none_it_is_refused_and_a_servers_default_ignored(room: Room) -> None:
    result = await room.use("imagine", prompt="a fox", enhance=True)

    assert result.ephemeral
    assert "This bot's operator has turned `enhance` off. Try again without it." in room.text(result)
    assert room.offline.calls == []

    await room.world.client.library.set_server_enhances(guild_of(room).id, True)

    it = await paint(room)

    assert it.job.state is JobState.DONE
    assert it.job.request.enhance is False


@scene()
async def test_a_preset_can_be_used_with_it(room: Room) -> None:
    await room.use("preset save", name="ink", text="ink drawing of {prompt}")

    await room.use("preset use", name="ink", words="a fox", enhance=True)

    await room.finished(await newest_job(room))
    assert [chat.words for chat in room.offline.chats] == ["ink drawing of a fox"]
