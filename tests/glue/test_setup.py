"""/setup: one form that ends in the panel, and what becomes of a form that is filled in wrongly."""

from __future__ import annotations

from typing import Any

import simcord

from bot.domain.policy.rules import Limit, Scope
from bot.ui.base.components import box_of, row_of, view_of
from bot.ui.limits import setup
from bot.ui.limits.panel import SETUP
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
    """The form's components: budget, pictures, mod-log, roles."""
    modal: Any = form.modal
    return [label["component"] for label in modal["components"]]


def shown_in(form: simcord.InteractionResult) -> list[Any]:
    """What each field is filled in with."""
    found = fields(form)
    texts = [one.get("value", "") for one in found[:2]]
    return [*texts, *([int(each["id"]) for each in one.get("default_values", [])] for one in found[2:])]


async def send(
    room: Room, form: simcord.InteractionResult, budget: str, pictures: str, **chosen: Any
) -> simcord.InteractionResult:
    """Fill in the form and submit it; what is not given is left as it is shown."""
    names = [one["custom_id"] for one in fields(form)]
    values = {names[0]: budget, names[1]: pictures, **chosen}
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
