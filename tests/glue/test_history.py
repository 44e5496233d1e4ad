"""/history, /favourites and /show: results found again, and the way through their family."""

from __future__ import annotations

import io
import json
from typing import cast

import discord
from PIL import Image

from bot.domain.jobs import Job
from bot.imaging.sheet import SheetPlan, plan_sheet
from bot.ui.history.lists import PAST, STARRED, UNSTAR
from bot.ui.history.pages import BESIDE, OPEN_RESULT, Query
from bot.ui.history.tree import TREE
from tests.glue.iterating import (
    a_series,
    again,
    card_of,
    child,
    edit,
    everything_kept,
    hours_later,
    keep_nothing,
    let_addresses_die,
    paint_wish,
    posted,
)
from tests.glue.looking import Answer, alone, choose, files_of, more, offered, options, press, text_in
from tests.glue.moderating import NOT_ON_RECORD, guild_of, newest_job, paint, whispered
from tests.glue.past import many_painted
from tests.glue.room import Room, scene
from tests.glue.test_creating import png


async def painted_all(room: Room, *prompts: str) -> list[Job]:
    jobs = [(await paint(room, prompt)).job for prompt in prompts]
    for job in jobs:
        await everything_kept(room, job)
    return jobs


def shown(room: Room, answer: Answer) -> list[str]:
    """What can be opened, by its label, in the order of its numbers on the sheet."""
    labels = [one["label"] for one in options(room, answer, "open")]
    return [label.removeprefix(f"{number} · ") for number, label in enumerate(labels, start=1)]


async def sheet_of(room: Room, answer: Answer) -> tuple[SheetPlan, Image.Image]:
    """The contact sheet of a page, and the plan of one with as many pictures."""
    (file,) = room.card(answer).attachments
    assert file.filename == "gallery.jpg"
    plan = plan_sheet([None] * room.text(answer).count("\n-# **"), None)
    return plan, Image.open(io.BytesIO(await file.read()))


async def is_flat(room: Room, answer: Answer, number: int) -> bool:
    """Whether a place on the sheet shows no picture: it is of one colour below its number and its words."""
    plan, sheet = await sheet_of(room, answer)
    box = plan.tile(number - 1)
    edges = (box.left + 60, box.top + 0.7 * box.height, box.right - 60, box.bottom - 8)
    left, top, right, bottom = map(round, edges)
    part = sheet.crop((left, top, right, bottom)).convert("L")
    low, high = cast("tuple[int, int]", part.getextrema())
    return high - low < 8


# History


@scene()
async def test_history_shows_ones_results_newest_first_on_sheets_of_nine(room: Room) -> None:
    jobs = await many_painted(room, *(f"fox {number}" for number in range(1, 12)))
    answer = await room.use("history")
    assert alone(answer)
    assert "### Your results\n-# 11 results · page 1 of 2" in room.text(answer)
    assert shown(room, answer) == [f"fox {number}" for number in range(11, 2, -1)]
    assert [one["value"] for one in options(room, answer, "open")] == [job.id for job in jobs[:1:-1]]
    plan, sheet = await sheet_of(room, answer)
    assert sheet.size == (plan.size.width, plan.size.height)
    assert not any([await is_flat(room, answer, number) for number in range(1, 10)])
    card = f"https://discord.com/channels/{guild_of(room).id}/{room.world.channel.id}/{jobs[-1].card_id}"
    assert f"\n-# **[1]({card})** · \u2068fox 11\u2069 · <t:" in room.text(answer)
    assert offered(room, answer) == ["Older"]

    await press(room, answer, "Older")

    assert "page 2 of 2" in room.text(answer)
    assert shown(room, answer) == ["fox 2", "fox 1"]
    assert offered(room, answer) == ["Newer"]
    await press(room, answer, "Newer")
    assert "page 1 of 2" in room.text(answer)


@scene()
async def test_a_search_and_a_kind_stay_while_one_turns_pages(room: Room) -> None:
    await many_painted(room, *(f"a red fox {number}" for number in range(10)), "a lighthouse")
    await paint(room, "a fox with a hat", command="edit", image=("a.png", png(64, 64)))
    answer = await room.use("history", search="  RED fox", kind="imagine")
    assert "-# 10 results · “RED fox” · made with /imagine · page 1 of 2" in room.text(answer)
    await press(room, answer, "Older")
    assert shown(room, answer) == ["a red fox 0"]
    assert "“RED fox” · made with /imagine" in room.text(answer)
    assert shown(room, await room.use("history", kind="edit")) == ["a fox with a hat"]


@scene()
async def test_a_series_is_found_as_such(room: Room) -> None:
    await painted_all(room, "a lighthouse")
    await paint_wish(room, a_series("a small fox", "sleeps", "wakes up"))
    answer = await room.use("history", kind="series")
    assert len(shown(room, answer)) == 1
    assert "2 pictures" in room.text(answer)
    assert options(room, answer, "open")[0]["description"].endswith("series · 2 pictures")


@scene()
async def test_nothing_found_says_what_helps(room: Room) -> None:
    assert "### Nothing here yet\n-# `/imagine` makes the first one" in room.text(await room.use("history"))
    answer = await room.use("history", search="*zebra* @everyone")
    assert "### Nothing found\n-# “\\*zebra\\* \\@everyone” · `/history` alone shows everything" in room.text(
        answer
    )
    assert offered(room, answer) == []


@scene()
async def test_of_others_one_finds_what_they_showed_in_this_very_channel(room: Room) -> None:
    [job] = await painted_all(room, "a public fox")
    await paint(room, "a private fox", private=True)
    elsewhere = guild_of(room).create_text_channel("elsewhere")
    await room.ada.slash(elsewhere, "imagine", prompt="a fox elsewhere")
    await room.finished(await newest_job(room))

    answer = await room.ben.slash(room.world.channel, "history", **{"from": room.ada})

    assert alone(answer)
    assert f"### Results of <@{room.ada.id}> in this channel" in room.text(answer)
    assert len(room.card(answer).attachments) == 1
    assert [one["value"] for one in options(room, answer, "open")] == [job.id]
    assert shown(room, await room.use("history")) == ["a fox elsewhere", "a private fox", "a public fox"]


@scene()
async def test_a_page_button_shows_whoever_presses_it_no_more_than_they_may_see(room: Room) -> None:
    await painted_all(room, "a public fox")
    await paint(room, "a private fox", private=True)
    message = await posted(room, PAST.button(str(Query(user_id=room.ada.id)), "Older"))
    await room.ben.click(message, label="Older")
    message = next(one for one in room.world.channel.history() if one.id == message.id)
    assert "a private fox" not in str([one.to_dict() for one in message.components])


@scene()
async def test_what_was_deleted_is_in_no_history_any_more_and_pages_close_up(room: Room) -> None:
    jobs = await many_painted(room, *(f"fox {number}" for number in range(1, 11)))
    answer = await room.use("history")
    await press(room, answer, "Older")
    assert shown(room, answer) == ["fox 1"]
    await press(room, answer, "Newer")
    assert await room.world.client.history.remove(jobs[0].id, by=room.ada.id) is not None
    opened = await choose(room, answer, "open", jobs[1].id)
    assert await room.world.client.history.remove(jobs[1].id, by=room.ada.id) is not None
    gone = await choose(room, answer, "open", jobs[1].id)
    assert "> fox 2" in text_in(room, opened)
    assert "removed this result" in whispered(gone)
    await press(room, answer, "Older")
    assert "-# 8 results" in room.text(answer)
    assert shown(room, answer) == [f"fox {number}" for number in range(10, 2, -1)]


@scene()
async def test_a_spoiler_is_an_empty_place_on_the_sheet_and_opens_as_a_spoiler(room: Room) -> None:
    await painted_all(room, "a lighthouse")
    hidden = await paint(room, "a *secret* fox", spoiler=True)
    await everything_kept(room, hidden.job)
    history = room.world.client.history
    await history.favour(room.ada.id, hidden.job.id, 0, is_on=True)
    answer = await room.use("history")
    assert "· \u2068a \\*secret\\* fox\u2069 · " in room.text(answer)
    assert "· spoiler\n" in room.text(answer)
    assert [await is_flat(room, answer, number) for number in (1, 2)] == [True, False]
    opened = await choose(room, answer, "open", hidden.job.id)
    assert '"spoiler": true' in json.dumps([one.to_dict() for one in room.card(opened).components])
    alone_there = await room.use("favourites")
    assert "spoiler" in room.text(alone_there)
    assert room.card(alone_there).attachments == []


@scene()
async def test_a_lost_picture_leaves_an_empty_place_among_the_others_and_a_word_on_it(room: Room) -> None:
    jobs = await painted_all(room, "a red fox", "a lighthouse")
    await keep_nothing(room, jobs[0])
    let_addresses_die(room)
    await room.world.moderator.delete(card_of(room, jobs[0]))
    await room.world.env.advance_time(3600)
    answer = await room.use("history")
    assert not await is_flat(room, answer, 1)
    assert room.text(answer).endswith("· its picture is gone")

    answer = await room.use("history", search="fox")
    assert "a red fox" in room.text(answer)
    assert "its picture is gone" in room.text(answer)
    assert room.card(answer).attachments == []
    opened = await choose(room, answer, "open", jobs[0].id)
    assert alone(opened)
    assert "its picture is gone" in text_in(room, opened)


@scene()
async def test_pages_turn_and_results_open_after_a_restart_and_a_day_later(room: Room) -> None:
    jobs = await many_painted(room, *(f"fox {number}" for number in range(1, 11)))
    answer = await room.use("history")
    await room.world.env.restart_bot()
    let_addresses_die(room)
    with hours_later(25):
        await press(room, answer, "Older")
        assert shown(room, answer) == ["fox 1"]
        opened = await choose(room, answer, "open", jobs[0].id)
        assert files_of(room.card(opened)) == [f"fox-1-{jobs[0].id}-1.jpg"]


@scene()
async def test_in_a_direct_message_ones_own_are_found_from_everywhere(room: Room) -> None:
    ada = room.ada.user
    await painted_all(room, "a fox in the club")
    await ada.slash("imagine", prompt="a fox at home")
    await room.finished(await newest_job(room))
    answer = await ada.slash("history")
    assert shown(room, answer) == ["a fox at home", "a fox in the club"]
    assert "https://discord.com/channels/@me/" in room.text(answer)


# Favourites


@scene()
async def test_favourites_are_single_pictures_and_can_be_taken_out_again(room: Room) -> None:
    painted = await paint(room, count=4)
    await everything_kept(room, painted.job)
    panel = await more(room, room.card(painted.result), room.ben)
    for index in ("1", "3"):
        await choose(room, panel, "morepick", index, room.ben)
        await press(room, panel, "Favourite", room.ben)

    answer = await room.ben.slash(room.world.channel, "favourites")

    assert alone(answer)
    assert "### Your favourites\n-# 2 pictures" in room.text(answer)
    assert [one["value"] for one in options(room, answer, "open")] == [
        f"{painted.job.id}.{n}" for n in (3, 1)
    ]
    assert "picture 4 of 4" in room.text(answer)
    await choose(room, answer, "unstar", f"{painted.job.id}.3", room.ben)
    assert "-# 1 picture" in room.text(answer)
    opened = await choose(room, answer, "open", f"{painted.job.id}.1", room.ben)
    assert len(files_of(room.card(opened))) == 4
    assert "### No favourites yet" in room.text(await room.use("favourites"))


@scene()
async def test_a_page_of_favourites_shows_and_changes_those_of_whoever_presses(room: Room) -> None:
    painted = await paint(room, "a public fox")
    history = room.world.client.history
    await history.favour(room.ada.id, painted.job.id, 0, is_on=True)
    option = discord.SelectOption(label="fox", value=f"{painted.job.id}.0")
    pages = await posted(room, STARRED.button("0", "Older"))
    await room.ben.click(pages, label="Older")
    menu = await posted(room, UNSTAR.select("0", [option]))
    await room.ben.select(menu, values=[option.value], custom_id="easel:unstar:0")
    for message in room.world.channel.history():
        assert message.id not in (pages.id, menu.id) or "No favourites yet" in str(
            message.components[0].to_dict()
        )
    assert await history.is_favourite(room.ada.id, painted.job.id, 0)


@scene()
async def test_many_favourites_have_pages(room: Room) -> None:
    for job in await many_painted(room, *(f"fox {number}" for number in range(12))):
        await room.world.client.history.favour(room.ada.id, job.id, 0, is_on=True)
    answer = await room.use("favourites")
    assert "12 pictures · page 1 of 2" in room.text(answer)
    await press(room, answer, "Older")
    assert len(shown(room, answer)) == 3


# Show


@scene()
async def test_show_brings_the_result_back_with_everything_that_can_be_made_of_it(room: Room) -> None:
    painted = await paint(room, count=4)
    await everything_kept(room, painted.job)
    answer = await room.use("show", job=painted.job.id)
    assert alone(answer)
    assert files_of(room.card(answer)) == files_of(room.card(painted.result))
    assert "> a red fox" in room.text(answer)
    assert offered(room, answer) == offered(room, painted.result)
    await press(room, answer, "Again")
    assert (await child(room)).parent is not None


@scene()
async def test_show_offers_ones_own_results_by_their_words_while_one_types(room: Room) -> None:
    jobs = await painted_all(room, "a red fox", "a lighthouse")
    choices = await room.ada.autocomplete(room.world.channel, "show", "job", "")
    assert [one["value"] for one in choices] == [jobs[1].id, jobs[0].id]
    choices = await room.ada.autocomplete(room.world.channel, "show", "job", "FOX")
    assert [one["value"] for one in choices] == [jobs[0].id]
    assert choices[0]["name"].endswith(" · a red fox")
    assert await room.ben.autocomplete(room.world.channel, "show", "job", "") == []


@scene()
async def test_show_says_what_it_takes_and_shows_nobody_what_is_not_theirs_to_see(room: Room) -> None:
    painted = await paint(room, "a secret fox", private=True)
    for typed, why in (
        ("a red fox", "Choose a job from the list"),
        ("0123456789", NOT_ON_RECORD),
        (painted.job.id, NOT_ON_RECORD),
    ):
        answer = await room.ben.slash(room.world.channel, "show", job=typed)
        assert alone(answer)
        assert why in whispered(answer)
    option = discord.SelectOption(label="fox", value=painted.job.id)
    message = await posted(room, OPEN_RESULT.select(BESIDE, [option]))
    answer = await room.ben.select(message, values=[painted.job.id], custom_id="easel:open:beside")
    assert NOT_ON_RECORD in whispered(answer)

    other = guild_of(room).create_text_channel("other")
    answer = await room.ada.slash(other, "show", job=painted.job.id.upper())
    assert alone(answer)
    assert "> a secret fox" in room.text(answer)


# Family


@scene()
async def test_one_steps_back_and_forward_in_place_and_sees_the_tree(room: Room) -> None:
    painted = await paint(room)
    await edit(room, room.ada, room.card(painted.result), "make it night")
    middle = await child(room)
    await edit(room, room.ada, card_of(room, middle), "add a moon")
    last = await child(room)
    await everything_kept(room, last)
    answer = await room.use("show", job=last.id)
    assert offered(room, answer)[-2:] == ["Step back", "Show tree"]

    await press(room, answer, "Step back")

    assert "> make it night" in room.text(answer)
    assert "1 result is based on it" in room.text(answer)
    assert offered(room, answer)[-3:] == ["Step back", "Step forward", "Show tree"]
    await press(room, answer, "Step back")
    assert "> a red fox" in room.text(answer)
    assert offered(room, answer)[-2:] == ["Step forward", "Show tree"]
    await press(room, answer, "Step forward")
    assert "> make it night" in room.text(answer)

    tree = await press(room, answer, "Show tree")
    assert alone(tree)
    assert "### Family tree\n-# 3 results · this one is number 2" in text_in(room, tree)
    assert [file.filename for file in room.card(tree).attachments] == ["family-tree.jpg"]
    assert shown(room, tree) == ["1. a red fox", "2. make it night", "3. add a moon"]
    opened = await choose(room, tree, "open", painted.job.id)
    assert "> a red fox" in text_in(room, opened)


@scene()
async def test_without_relatives_it_says_so_and_several_children_are_chosen_from(room: Room) -> None:
    painted = await paint(room)
    message = await posted(room, TREE.button(painted.job.id))
    answer = await room.ben.click(message, label="Show tree")
    assert "isn't based on another one" in whispered(answer)

    await again(room, room.ada, room.card(painted.result))
    await child(room)
    await again(room, room.ada, room.card(painted.result))
    last = await child(room)
    await everything_kept(room, last)
    answer = await room.use("show", job=painted.job.id)
    assert "2 results are based on it" in room.text(answer)
    assert len(options(room, answer, "open")) == 2
    await choose(room, answer, "open", last.id)
    assert f"easel:more:{last.id}" in str(room.card(answer).components)


@scene()
async def test_a_private_result_that_a_shared_one_was_made_of_is_in_its_owners_family_alone(
    room: Room,
) -> None:
    secret = await paint(room, "a secret fox", private=True)
    await everything_kept(room, secret.job)
    pressed = await edit(room, room.ada, room.card(secret.result))
    made = await child(room)
    await everything_kept(room, made)
    await press(room, await more(room, room.card(pressed)), "Share")
    for person, sees in ((room.ada, True), (room.ben, False)):
        answer = await person.slash(room.world.channel, "show", job=made.id)
        assert "> make it night" in room.text(answer)
        assert ("Step back" in offered(room, answer)) is sees
        assert ("Show tree" in offered(room, answer)) is sees


@scene()
async def test_what_was_made_of_it_in_a_hidden_channel_is_seen_by_those_who_see_the_channel(
    room: Room,
) -> None:
    painted = await paint(room)
    guild, nobody = guild_of(room), discord.PermissionOverwrite(view_channel=False)
    assert guild.me is not None
    seen = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    staff = guild.create_text_channel(
        "staff", overwrites={guild.default_role: nobody, guild.roles["Moderator"]: seen, guild.me: seen}
    )
    mo = room.world.moderator
    opened = await mo.slash(staff, "show", job=painted.job.id)
    await press(room, opened, "Again", mo)
    made = await room.finished(await newest_job(room))
    assert made.reply_target.channel_id == staff.id
    for person, sees in ((mo, True), (room.ben, False), (room.ada, False)):
        answer = await person.slash(room.world.channel, "show", job=painted.job.id)
        assert ("Show tree" in offered(room, answer)) is sees
        message = await posted(room, TREE.button(painted.job.id))
        tree = await person.click(message, label="Show tree")
        assert ("family-tree.jpg" in files_of(room.card(tree))) is sees
