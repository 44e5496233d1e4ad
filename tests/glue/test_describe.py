"""Describe: four prompts for a picture, and what is painted from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import discord
import pytest
import simcord
from sqlalchemy import select, update

from bot.domain.jobs import Job, JobKind, JobState
from bot.domain.rewriting import DESCRIBED_SIDE, MAX_DESCRIBED_A_DAY
from bot.sandbox.faults import Fault
from bot.storage.ledger import DESCRIBED
from bot.storage.schema import calls, drafts, usage_entries
from tests.glue.collecting import choose_in_menu, labels, posted, told
from tests.glue.iterating import card_of, form_of
from tests.glue.moderating import by_mo, newest_job, paint, restrict_by_age, whispered
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

MENU: Final = "Describe"
FOUR: Final = '["A fox.", "A fox by night.", "A fox in ink.", "A fox far away."]'
CHAT_MICRO_USD: Final = 300


async def described(room: Room, name: str = "fox.png", **sizes: int) -> simcord.InteractionResult:
    """Ada has a picture described."""
    return await room.use("describe", image=(name, png(sizes.get("width", 64), sizes.get("height", 48))))


async def booked(room: Room) -> list[tuple[str, int]]:
    """The outcome and cost of every call that made no picture."""
    query = select(calls.c.charge, calls.c.cost_micro_usd).where(calls.c.idx == -1)
    rows = await room.world.base.store.tx(lambda conn: conn.execute(query).all())
    return sorted((row.charge, row.cost_micro_usd) for row in rows)


async def painted_from(room: Room, answer: simcord.InteractionResult, number: int) -> Job:
    """The job of the press on the button of the prompt with this number."""
    button = [one for one in custom_ids(room.card(answer)) if one.endswith(f".{number - 1}")]
    pressed = await room.ada.click(room.card(answer), custom_id=button[0])
    assert pressed.response is not None
    return await room.finished(await newest_job(room))


def parts(message: discord.Message) -> list[dict[str, Any]]:
    """Every component, with those inside others and beside sections."""
    pending: list[Any] = [one.to_dict() for one in message.components]
    found: list[dict[str, Any]] = []
    while pending:
        part = pending.pop(0)
        found.append(part)
        pending += [*part.get("components", ()), *filter(None, [part.get("accessory")])]
    return found


def custom_ids(message: discord.Message) -> list[str]:
    return [part["custom_id"] for part in parts(message) if "custom_id" in part]


@scene()
async def test_four_prompts_are_shown_to_the_person_alone_and_paid_for_once(room: Room) -> None:
    room.offline.dictate(FOUR)

    answer = await described(room)

    text = told(answer)
    assert "### 4 prompts for this picture" in text
    assert "> A fox.\n" in f"{text}\n"
    assert len(custom_ids(room.card(answer))) == 4
    assert len(room.offline.chats) == 1
    assert await booked(room) == [("charged", CHAT_MICRO_USD)]
    assert await room.images_counted() == 0
    assert room.offline.calls == []


@scene()
async def test_each_prompt_is_painted_as_if_it_had_been_typed_also_after_a_restart(room: Room) -> None:
    room.offline.dictate(FOUR)
    answer = await described(room)
    await room.world.env.restart_bot()

    job = await painted_from(room, answer, 2)

    request = job.request
    assert (job.state, job.user_id, request.kind, request.prompt) == (
        JobState.DONE,
        room.ada.id,
        JobKind.IMAGINE,
        "A fox by night.",
    )
    assert (request.prompts, request.count, request.spoiler, request.private) == ((), 1, False, False)
    assert [call.prompt for call in room.offline.calls] == ["A fox by night."]
    assert await room.images_counted() == 1


@scene()
async def test_prompts_that_are_no_longer_kept_are_said_to_be_so(room: Room) -> None:
    answer = await described(room)
    late = update(drafts).values(until=room.world.base.clock.now() - timedelta(seconds=1))
    await room.world.base.store.tx(lambda conn: conn.execute(late))

    pressed = await room.ada.click(room.card(answer), custom_id=custom_ids(room.card(answer))[0])

    assert "it keeps one for an hour" in told(pressed)
    assert room.offline.calls == []


@scene()
async def test_what_the_model_says_pings_and_formats_nothing(room: Room) -> None:
    room.offline.dictate('["@everyone look [here](https://a.example) **now** {red,blue} <@5>"]')

    answer = await described(room)

    text = told(answer)
    assert "### A prompt for this picture" in text
    assert r"\@everyone look \[here\](https\://a.example) \*\*now\*\* red,blue" in text
    assert (await painted_from(room, answer, 1)).request.count == 1


@scene()
async def test_dangerous_prompts_are_left_out_and_where_none_is_left_it_says_so(room: Room) -> None:
    room.offline.dictate('["A fox.", "a naked woman, explicit porn"]')

    text = told(await described(room))

    assert "### A prompt for this picture" in text
    assert "naked" not in text

    room.offline.dictate('["a naked woman, explicit porn"]')

    text = told(await described(room))

    assert "aren't allowed here" in text
    assert "counts toward budgets" in text

    room.offline.dictate("DECLINED")
    assert "It won't describe this picture" in told(await described(room))


@scene()
async def test_a_prompt_that_a_filter_blocks_is_not_painted(room: Room) -> None:
    await by_mo(room, "filter add", kind="word", text="zebra")
    room.offline.dictate('["A zebra."]')
    answer = await described(room)

    pressed = await room.ada.click(room.card(answer), custom_id=custom_ids(room.card(answer))[0])

    assert "zebra" in told(pressed)
    assert room.offline.calls == []


@scene()
async def test_every_failure_has_its_answer_and_its_place_in_the_books(room: Room) -> None:
    for fault, said, charge in (
        (Fault.SLOW_DOWN, "It asked Easel to slow down", "free"),
        (Fault.OUT_OF_CREDIT, "can't pay for pictures right now", "free"),
        (Fault.BAD_KEY, "doesn't accept this bot's key", "free"),
        (Fault.REFUSED_IMAGE, "It won't describe this picture", "free"),
        (Fault.REFUSED_RESULT, "It won't describe this picture", "charged"),
        (Fault.SERVER_ERROR, "couldn't reach the model", "free"),
        (Fault.EMPTY, "no prompt Easel can use", "charged"),
        (Fault.DROP, "got lost on the way", "unknown"),
    ):
        room.offline.fail_chat(fault)
        before = len(await booked(room))
        text = told(await described(room))
        rows = await booked(room)
        assert said in text, fault
        assert ("Nothing was counted" in text) is (charge == "free"), fault
        assert len(rows) == before + 1
        assert charge in [one for one, _cost in rows], fault


@scene()
async def test_an_answer_that_discord_does_not_take_is_not_said_to_be_free(room: Room) -> None:
    async def refuse(*_: Any, **_more: Any) -> None:
        raise ConnectionResetError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.Interaction, "edit_original_response", refuse)
        answer = await described(room)

    text = whispered(answer)
    assert "Discord didn't show Easel's answer" in text
    assert "Nothing was counted" not in text
    assert await booked(room) == [("charged", CHAT_MICRO_USD)]


@scene()
async def test_what_is_no_picture_is_refused_before_anything_is_reserved_and_a_broken_one_costs_nothing(
    room: Room,
) -> None:
    text = told(await room.use("describe", image=("map.svg", b"<svg/>")))

    assert "isn't a picture Easel can read" in text
    assert "Nothing was counted" in text
    assert await booked(room) == []

    answer = await room.use("describe", image=("fox.png", png(64, 64)[:60]))

    assert "cut off" in told(answer)
    assert room.offline.chats == []
    assert await booked(room) == [("free", 6_000)]


@scene(EASEL_DESCRIBE_MODEL="")
async def test_where_the_operator_wants_none_it_says_so_and_is_not_offered(room: Room) -> None:
    said = "This bot's operator has turned describing pictures off."
    assert said in told(await described(room))
    assert said in told(await choose_in_menu(room, MENU, await posted(room, "fox.png")))
    it = await paint(room)
    more = await room.ada.click(card_of(room, it.job), label="More…")
    assert "Describe" not in labels(room.card(more))


@scene()
async def test_the_rules_of_the_server_hold(room: Room) -> None:
    await by_mo(room, "pause", text="cleaning")
    assert "cleaning" in told(await described(room))
    await by_mo(room, "resume")
    await by_mo(room, "block", member=room.ada, reason="enough")
    assert "enough" in told(await described(room))
    assert await booked(room) == []


@scene(EASEL_MEMBER_USD_PER_DAY="0.005")
async def test_a_budget_that_does_not_hold_it_refuses_it(room: Room) -> None:
    assert "budget" in told(await described(room))
    assert await booked(room) == []


@scene()
async def test_an_open_circuit_refuses_plainly(room: Room) -> None:
    value = '{"trouble":"no_credit","opened_at":null}'
    await room.world.base.key_values.write_value("circuit", value)

    assert "Easel can't pay for pictures right now." in told(await described(room))
    assert (room.offline.chats, await booked(room)) == ([], [])


@scene()
async def test_there_is_an_end_to_it_in_a_day(room: Room) -> None:
    await described(room)
    now, store = room.world.base.clock.now(), room.world.base.store
    row = {"user_id": room.ada.id, "images": 0, "state": DESCRIBED, "at": now}
    rows = [{"job_id": f"d{number}", **row} for number in range(1, MAX_DESCRIBED_A_DAY)]
    await store.tx(lambda conn: conn.execute(usage_entries.insert(), rows))

    text = told(await described(room))

    assert "You've had 50 pictures described in 24 hours" in text
    assert len(room.offline.chats) == 1
    await room.world.client.personal_data.forget(room.ada.id)
    assert "You've had 50 pictures described" in told(await described(room))


@scene()
async def test_a_picture_in_a_message_is_described_and_of_several_one_is_chosen(room: Room) -> None:
    answer = await choose_in_menu(room, MENU, await posted(room, "fox.png"))
    assert "### 4 prompts for this picture" in told(answer)

    form = await choose_in_menu(room, MENU, await posted(room, "fox.png", "SPOILER_cat.png"))
    assert list(form_of(form)) == ["which"]

    answer = await room.ada.submit_modal(form, {"which": ["1"]})

    assert "### 4 prompts for this picture" in told(answer)
    assert (await painted_from(room, answer, 1)).request.spoiler is True


@scene()
async def test_what_is_made_of_a_hidden_picture_is_hidden(room: Room) -> None:
    answer = await described(room, "SPOILER_fox.png")

    [thumbnail] = [one for one in parts(room.card(answer)) if one["type"] == 11]
    assert thumbnail["spoiler"] is True
    assert (await painted_from(room, answer, 3)).request.spoiler is True


@scene()
async def test_a_result_is_described_from_its_panel_by_what_was_drawn(room: Room) -> None:
    it = await paint(room, "a red fox", aspect="16:9", private=True)
    more = await room.ada.click(room.card(it.result), label="More…")

    answer = await room.ada.click(room.card(more), label="Describe")

    text = told(answer)
    assert "> a red fox\n" in text
    request = (await painted_from(room, answer, 1)).request
    assert (request.private, request.aspect) == (True, it.job.request.aspect)


@scene()
async def test_a_picture_from_an_age_restricted_channel_stays_there(room: Room) -> None:
    restrict_by_age(room, room.world.channel)
    it = await paint(room, "a naked woman, explicit")
    assert "prompts for this picture" in told(await choose_in_menu(room, MENU, card_of(room, it.job)))
    restrict_by_age(room, room.world.channel, restricted=False)

    text = told(await choose_in_menu(room, MENU, card_of(room, it.job)))

    assert "shows adult content" in text
    assert len(room.offline.chats) == 1


@scene()
async def test_a_large_picture_is_sent_small(room: Room) -> None:
    sent: list[int] = []
    describing = room.world.client.describing
    assert describing.describer is not None
    describe = describing.describer.describe

    async def watched(request_id: str, picture: Any) -> Any:
        sent.append(max(picture.size.width, picture.size.height))
        return await describe(request_id, picture)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(describing.describer, "describe", watched)
        await described(room, width=3000, height=500)
        await described(room, width=100, height=80)

    assert sent == [DESCRIBED_SIDE, 100]
