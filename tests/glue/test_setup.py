"""/setup: one form that ends in the panel, and what becomes of a form that is filled in wrongly."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import simcord

from bot.domain.moderation import SetLimit
from bot.domain.policy.rules import Limit, Scope
from bot.services.moderation import Moderation
from bot.ui.base.components import box_of, row_of, view_of
from bot.ui.limits import setup
from bot.ui.limits.panel import SETUP, VIDEOS
from tests.glue.moderating import (
    ONLY_MODERATORS,
    buttons,
    by_mo,
    guild_of,
    hidden_channel,
    let_ada_see_the_commands,
    moderate,
    refused,
    whispered,
)
from tests.glue.room import Room, scene

BUDGET, PICTURES = Limit.SERVER_USD_PER_MONTH, Limit.IMAGES_PER_DAY


async def open_form(room: Room) -> simcord.InteractionResult:
    return await moderate(room, "setup")


def fields(form: simcord.InteractionResult) -> list[dict[str, Any]]:
    """The form's components: budget, pictures, videos, mod-log, roles."""
    modal: Any = form.modal
    return [label["component"] for label in modal["components"]]


def shown_in(form: simcord.InteractionResult) -> list[Any]:
    """What each field but that for videos is filled in with."""
    found = [one for one in fields(form) if one["custom_id"] != "videos"]
    texts = [one.get("value", "") for one in found[:2]]
    return [*texts, *([int(each["id"]) for each in one.get("default_values", [])] for one in found[2:])]


def videos_in(form: simcord.InteractionResult) -> str:
    (found,) = [one.get("value", "") for one in fields(form) if one["custom_id"] == "videos"]
    return str(found)


async def send(
    room: Room, form: simcord.InteractionResult, budget: str, pictures: str, **chosen: Any
) -> simcord.InteractionResult:
    """Fill in the form and submit it; what is not given is left as it is shown."""
    names = [one["custom_id"] for one in fields(form)]
    values = {names[0]: budget, names[1]: pictures, "videos": videos_in(form), **chosen}
    return await room.world.moderator.submit_modal(form, values)


async def says(room: Room, scope: Scope = Scope.SERVER, subject_id: int | None = None) -> dict[Limit, Any]:
    rule = await room.world.client.moderation.rule(guild_of(room).id, scope, subject_id)
    return dict(rule.says)


@scene()
async def test_one_form_sets_everything_and_ends_in_the_panel(room: Room) -> None:
    log, patrons = hidden_channel(room, easel_may=True), guild_of(room).create_role("Patrons")
    form = await open_form(room)
    assert shown_in(form) == ["", "", [], []]

    done = await send(room, form, "$15", "5", modlog=[log], roles=[patrons])

    assert done.ephemeral
    text = room.text(done)
    for told in ("Server budget per month: $15.00", "Pictures per day: 5", f"The mod-log is in <#{log.id}>"):
        assert f"**{told}**" in text
    assert f"**Who can use Easel** only <@&{patrons.id}>" in text
    assert "### Easel in this server" in text
    assert "Pictures per day: **5**" in text
    assert "Set up…" in buttons(room.card(done))
    assert await says(room) == {
        BUDGET: 15_000_000,
        PICTURES: 5,
        Limit.MAY_IMAGINE: False,
        Limit.MAY_EDIT: False,
    }
    assert await says(room, Scope.ROLE, patrons.id) == {Limit.MAY_IMAGINE: True, Limit.MAY_EDIT: True}


@scene()
async def test_every_setting_of_the_form_is_on_record_as_a_change_of_its_own(room: Room) -> None:
    log = hidden_channel(room, easel_may=True)

    await send(room, await open_form(room), "$15", "5", modlog=[log])

    changes = await room.world.client.moderation.audit(guild_of(room).id, limit=9)
    assert [type(one.change).__name__ for one in changes] == ["SetLimit", "SetLimit", "SetModLog"]
    assert {one.by for one in changes} == {room.world.moderator.id}
    assert len({one.at for one in changes}) == 1


@scene()
async def test_only_the_chosen_roles_can_use_easel_until_none_is_chosen(room: Room) -> None:
    painter = guild_of(room).create_role("Painter")
    await send(room, await open_form(room), "", "", roles=[painter])
    assert "/imagine" in await refused(room)
    await room.world.client.http.add_role(guild_of(room).id, room.ada.id, painter.id)
    assert not (await room.use("imagine", prompt="a red fox")).ephemeral
    await room.finished()

    form = await open_form(room)
    assert shown_in(form) == ["", "", [], [painter.id]]
    done = await send(room, form, "", "", roles=[])

    assert "**Who can use Easel** everyone" in room.text(done)
    assert (await says(room), await says(room, Scope.ROLE, painter.id)) == ({}, {})


@scene()
async def test_what_is_not_edited_is_not_changed(room: Room) -> None:
    log, painter = hidden_channel(room, easel_may=True), guild_of(room).create_role("Painter")
    await send(room, await open_form(room), "$15", "5", modlog=[log], roles=[painter])
    form = await open_form(room)
    assert shown_in(form) == ["$15.00", "5", [log.id], [painter.id]]
    await by_mo(room, "limits set", limit="images_per_day", value="7")
    before = await room.world.client.moderation.audit(guild_of(room).id, limit=99)

    done = await send(room, form, "$15.00", "5", modlog=[log], roles=[painter])

    assert "### Nothing changed" in room.text(done)
    assert await room.world.client.moderation.audit(guild_of(room).id, limit=99) == before
    assert (await says(room))[PICTURES] == 7


@scene()
async def test_a_form_that_is_wrong_changes_nothing_and_opens_again_as_it_was_filled_in(room: Room) -> None:
    log, painter = hidden_channel(room, easel_may=True), guild_of(room).create_role("Painter")
    wrong = await send(room, await open_form(room), "$15", "lots", modlog=[log], roles=[painter])
    assert wrong.ephemeral
    assert "### Nothing changed\n“lots” isn't a valid value for **Pictures per day**" in room.text(wrong)
    assert await says(room) == {}

    form = await room.world.moderator.click(room.card(wrong), label="Edit the form")
    assert shown_in(form) == ["$15", "lots", [log.id], [painter.id]]
    await send(room, form, "$15", "5", modlog=[log], roles=[painter])

    assert "### Easel in this server" in room.text(wrong)
    assert (await says(room))[PICTURES] == 5


@scene()
async def test_after_a_restart_a_wrong_form_opens_with_what_is_set(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="7")
    wrong = await send(room, await open_form(room), "a lot", "7")
    _forget(room)
    await room.world.env.restart_bot()

    form = await room.world.moderator.click(room.card(wrong), label="Edit the form")

    assert shown_in(form)[:2] == ["", "7"]


def _forget(_room: Room) -> None:
    """As a new process does, which the simulated restart is not."""
    setup._rejected.clear()  # pyright: ignore[reportPrivateUsage]


@scene()
async def test_a_mod_log_that_easel_cannot_write_changes_nothing(room: Room) -> None:
    hidden = hidden_channel(room, easel_may=False)
    wrong = await send(room, await open_form(room), "", "5", modlog=[hidden])
    assert "Give it **View Channel** and **Send Messages** in" in room.text(wrong)
    assert await says(room) == {}

    public = await send(room, await open_form(room), "", "5", modlog=[room.world.channel])
    assert "Everyone in this server can see" in room.text(public)


@scene(EASEL_IMAGES_PER_DAY="50")
async def test_the_form_tells_of_the_operators_ceiling_and_asks_before_ten_times_as_much(room: Room) -> None:
    done = await send(room, await open_form(room), "$5", "80")
    assert "The operator's ceiling of **50** still applies." in room.text(done)

    wide = await send(room, await open_form(room), "$50", "6")
    assert "$5.00 → **$50.00**" in room.text(wide)
    assert "**Pictures per day: 6**" in room.text(wide)
    assert (await says(room))[BUDGET] == 5_000_000
    await room.world.moderator.click(room.card(wide), label="Yes, do it")
    assert (await says(room))[BUDGET] == 50_000_000


@scene()
async def test_the_panel_opens_the_form_and_shows_what_it_set(room: Room) -> None:
    panel = await moderate(room, "limits panel")

    await send(room, await room.world.moderator.click(room.card(panel), label="Set up…"), "", "5")

    assert "Pictures per day: **5**" in room.text(panel)


@scene()
async def test_nobody_but_a_moderator_opens_or_sends_the_form(room: Room) -> None:
    await let_ada_see_the_commands(room)
    assert ONLY_MODERATORS in room.text(await room.use("setup"))
    for payload in ("panel", "again"):
        view = view_of(box_of(0, "forged"))
        view.add_item(row_of(SETUP.button(payload)))
        message = await room.world.client.get_partial_messageable(room.world.channel.id).send(view=view)
        assert ONLY_MODERATORS in whispered(await room.ada.click(message, label="Set up…"))

    form = await open_form(room)
    roles = guild_of(room).roles
    await room.world.client.http.remove_role(
        guild_of(room).id, room.world.moderator.id, roles["Moderator"].id
    )
    assert ONLY_MODERATORS in room.text(await send(room, form, "$15", "5"))
    assert await says(room) == {}


async def press(room: Room, panel: simcord.InteractionResult, label: str) -> str:
    await room.world.moderator.click(room.card(panel), label=label)
    return room.text(panel)


async def on_record(room: Room) -> list[tuple[Limit | None, Any]]:
    changes = [one.change for one in await room.world.client.moderation.audit(guild_of(room).id, limit=9)]
    return [(one.limit, one.value) for one in changes if isinstance(one, SetLimit)]


@scene()
async def test_one_press_opens_videos_and_one_closes_them_again_and_a_number_that_was_chosen_stays(
    room: Room,
) -> None:
    panel = await moderate(room, "limits panel")
    assert "**Videos** closed · about $0.44 each" in room.text(panel)

    opened = await press(room, panel, "Open videos")

    assert "**Videos** open · about $0.44 each\n**Videos per day: 2**\n-# Done" in opened
    assert "May use /animate: **yes**" in opened
    assert await says(room) == {Limit.MAY_ANIMATE: True, Limit.VIDEOS_PER_DAY: 2}
    assert await on_record(room) == [(Limit.VIDEOS_PER_DAY, 2), (Limit.MAY_ANIMATE, True)]
    closed = await press(room, panel, "Close videos")
    assert "**Videos** closed · about $0.44 each\n-# Done" in closed
    assert await says(room) == {Limit.MAY_ANIMATE: False, Limit.VIDEOS_PER_DAY: 2}

    await by_mo(room, "limits set", limit="videos_per_day", value="5")
    await press(room, await moderate(room, "limits panel"), "Open videos")
    assert await says(room) == {Limit.MAY_ANIMATE: True, Limit.VIDEOS_PER_DAY: 5}


@scene()
async def test_a_channel_with_videos_of_its_own_leaves_them_closed_in_the_server_until_they_are_opened(
    room: Room,
) -> None:
    await by_mo(room, "limits set", limit="may_animate", value="yes", channel=room.world.channel)
    panel = await moderate(room, "limits panel")
    assert "**Videos** closed" in room.text(panel)

    opened = await press(room, panel, "Open videos")

    assert "**Videos** open · about" in opened
    assert (await says(room))[Limit.MAY_ANIMATE] is True
    assert await says(room, Scope.CHANNEL, room.world.channel.id) == {Limit.MAY_ANIMATE: True}


@scene()
async def test_videos_open_only_for_those_who_can_use_easel(room: Room) -> None:
    patrons, friends = guild_of(room).create_role("Patrons"), guild_of(room).create_role("Friends")
    panel = await send(room, await open_form(room), "", "", roles=[patrons])

    opened = await press(room, panel, "Open videos")

    assert f"**Videos** open only for <@&{patrons.id}>" in opened
    assert Limit.MAY_ANIMATE not in await says(room)
    await send(room, await open_form(room), "", "", roles=[friends])
    assert Limit.MAY_ANIMATE not in await says(room, Scope.ROLE, patrons.id)
    assert (await says(room, Scope.ROLE, friends.id))[Limit.MAY_ANIMATE] is True
    await send(room, await open_form(room), "", "", roles=[])
    assert (await says(room))[Limit.MAY_ANIMATE] is True
    assert await says(room, Scope.ROLE, friends.id) == {}


@scene()
async def test_the_settings_are_read_as_often_for_many_roles_as_for_one(room: Room) -> None:
    read: list[int] = []
    for number in (1, 4):
        roles = [guild_of(room).create_role(f"Patrons {index}") for index in range(number)]
        form = await open_form(room)
        with patch.object(Moderation, "settings", autospec=True, side_effect=Moderation.settings) as reading:
            await send(room, form, "", "", videos=str(number), roles=roles)
        read.append(reading.call_count)

    assert read[0] == read[1]


@scene()
async def test_the_form_opens_videos_with_a_number_and_closes_them_with_none(room: Room) -> None:
    form = await open_form(room)
    assert videos_in(form) == ""
    done = await send(room, form, "", "", videos="3")
    assert "**Videos** open · about $0.44 each\n**Videos per day: 3**" in room.text(done)
    assert await says(room) == {Limit.MAY_ANIMATE: True, Limit.VIDEOS_PER_DAY: 3}

    form = await open_form(room)
    assert videos_in(form) == "3"
    await send(room, form, "", "", videos="")

    assert (await says(room))[Limit.MAY_ANIMATE] is False
    assert videos_in(await open_form(room)) == ""


@scene()
async def test_a_form_with_a_wrong_number_of_videos_changes_nothing_and_keeps_it(room: Room) -> None:
    wrong = await send(room, await open_form(room), "", "5", videos="some")

    assert "“some” isn't a valid value for **Videos per day**" in room.text(wrong)
    assert await says(room) == {}
    form = await room.world.moderator.click(room.card(wrong), label="Edit the form")
    assert videos_in(form) == "some"


@scene()
async def test_the_form_leaves_alone_for_whom_moderators_opened_videos(room: Room) -> None:
    patrons = guild_of(room).create_role("Patrons")
    await by_mo(room, "limits set", limit="may_animate", value="yes", role=patrons)
    form = await open_form(room)
    assert videos_in(form) == "no limit"

    await send(room, form, "", "", videos="1")

    assert await says(room) == {Limit.VIDEOS_PER_DAY: 1}
    assert await says(room, Scope.ROLE, patrons.id) == {Limit.MAY_ANIMATE: True}


@scene()
async def test_a_role_that_has_no_place_in_the_form_is_no_choice_of_the_moderators(room: Room) -> None:
    guild = guild_of(room)
    shown, hidden = sorted(
        (guild.create_role("Patrons"), guild.create_role("Regulars")), key=lambda one: one.id
    )
    friends = guild.create_role("Friends")
    await send(room, await open_form(room), "", "", roles=[shown, hidden])
    await press(room, await moderate(room, "limits panel"), "Open videos")
    before = await says(room, Scope.ROLE, hidden.id)
    assert before[Limit.MAY_ANIMATE] is True

    with patch.object(setup, "MAX_OPTIONS", 1):
        form = await open_form(room)
        assert shown_in(form)[-1] == [shown.id]
        assert "### Nothing changed" in room.text(await send(room, form, "", "", roles=[shown]))
        await send(room, await open_form(room), "", "", roles=[friends])
    assert await says(room, Scope.ROLE, shown.id) == {}
    assert (await says(room, Scope.ROLE, friends.id))[Limit.MAY_ANIMATE] is True
    assert await says(room, Scope.ROLE, hidden.id) == before

    await send(room, await open_form(room), "", "", roles=[])
    assert (await says(room))[Limit.MAY_ANIMATE] is True


@scene(EASEL_VIDEOS_PER_DAY="0")
async def test_where_the_operator_allows_no_videos_nobody_is_offered_to_open_them(room: Room) -> None:
    panel = await moderate(room, "limits panel")

    assert "Open videos" not in buttons(room.card(panel))
    assert "**Videos**" not in room.text(panel)
    assert "videos" not in [one["custom_id"] for one in fields(await open_form(room))]


@scene()
async def test_nobody_but_a_moderator_opens_videos(room: Room) -> None:
    view = view_of(box_of(0, "forged"))
    view.add_item(row_of(VIDEOS.button("open")))
    message = await room.world.client.get_partial_messageable(room.world.channel.id).send(view=view)

    assert ONLY_MODERATORS in whispered(await room.ada.click(message, label="Open videos"))
    assert await says(room) == {}
