"""/limits and /me as people use them: the right person and the wrong one, and after a restart."""

from __future__ import annotations

from typing import Any

import simcord
from discord import ui

from bot.domain.moderation import SetLimit
from bot.domain.policy.rules import Limit, Scope
from bot.ui.base.discord_limits import MAX_CUSTOM_ID, MAX_OPTIONS
from bot.ui.limits.changes import CONFIRM
from bot.ui.limits.panel import MOST_AT_ONCE, PanelPage, draw_panel, panel_item
from tests.glue.moderating import by_mo, guild_of, let_ada_see_the_commands, moderate, parts_of
from tests.glue.room import Room, scene

LIMITS_MENU = "easel:panel:limit:s"
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("limits show", {}),
    ("limits set", {"limit": "images_per_day", "value": "5"}),
    ("limits clear", {"limit": "everything"}),
    ("limits panel", {}),
)


def role_in(room: Room) -> simcord.RoleHandle:
    return guild_of(room).create_role("Painter")


async def says(room: Room, scope: Scope = Scope.SERVER, subject_id: int | None = None) -> dict[Limit, Any]:
    """What a rule says as it is stored."""
    rule = await room.world.client.moderation.rule(guild_of(room).id, scope, subject_id)
    return dict(rule.says)


@scene()
async def test_nobody_but_moderators_may_look_or_change(room: Room) -> None:
    await let_ada_see_the_commands(room)
    for name, options in COMMANDS:
        result = await room.use(name, **options)
        assert result.ephemeral
        assert "Only this server's moderators" in room.text(result)
    for name in ("limits explain", "limits reset"):
        result = await room.use(name, member=room.ben)
        assert "Only this server's moderators" in room.text(result)
    result = await room.use("limits grant", member=room.ada, images=5, reason="me")
    assert "Only this server's moderators" in room.text(result)
    assert await says(room) == {}


@scene()
async def test_a_limit_is_set_shown_and_forgotten(room: Room) -> None:
    answer = await by_mo(room, "limits set", limit="images_per_day", value="20")
    assert (
        "### Pictures per day: 20\nFor everyone. Before: not set.\n-# Done · Rules for a role or member"
        in answer
    )
    assert "Pictures per day: **20**" in await by_mo(room, "limits show")

    assert "Before: 20." in await by_mo(room, "limits set", limit="Pictures per day", value="10")
    assert "already" in await by_mo(room, "limits set", limit="images_per_day", value="10")
    cleared = await by_mo(room, "limits clear", limit="images_per_day")
    assert cleared.endswith("### Pictures per day: not set\nFor everyone. Before: 10.\n-# Done")
    assert await says(room) == {}
    assert "No limits are set there." in await by_mo(room, "limits clear", limit="everything")


@scene(EASEL_IMAGES_PER_DAY="50")
async def test_setting_more_than_the_operator_allows_says_so_and_the_question_tells_what_is_left(
    room: Room,
) -> None:
    answer = await by_mo(room, "limits set", limit="images_per_day", value="80")
    assert "The operator's ceiling of **50** still applies." in answer

    await by_mo(room, "limits set", limit="images_per_day", value="5")

    question = await by_mo(room, "limits set", limit="images_per_day", value="100")
    assert "**Pictures per day:** 5 → **50**" in question
    assert "You asked for **100**, but the operator's ceiling of **50** still applies." in question
    question = await by_mo(room, "limits clear", limit="images_per_day")
    assert "Then only the operator's ceiling of **50** applies." in question


@scene()
async def test_the_heading_of_the_question_says_what_is_special(room: Room) -> None:
    budget = "server_micro_usd_per_day"
    await by_mo(room, "limits set", limit=budget, value="0")
    assert "### This opens what was closed" in await by_mo(room, "limits set", limit=budget, value="5")

    question = await by_mo(room, "limits clear", limit=budget)
    assert "### This removes the limit" in question
    assert "For everyone" not in question

    await by_mo(room, "limits set", limit="images_per_day", value="2")
    question = await by_mo(room, "limits grant", member=room.ada, images=100, reason="a prize")
    assert f"Grant <@{room.ada.id}> **100 pictures**?\nThey don't expire." in question
    done = await by_mo(room, "limits grant", member=room.ada, images=1, reason="a prize")
    assert done.endswith("They don't expire.\n> a prize\n-# Done")


@scene()
async def test_roles_channels_and_members_have_rules_of_their_own(room: Room) -> None:
    role = role_in(room)
    await by_mo(room, "limits set", limit="images_per_day", value="20", role=role)
    await by_mo(room, "limits set", limit="may_edit", value="no", channel=room.world.channel)
    await by_mo(room, "limits set", limit="resolution", value="2k", member=room.ada)

    overview = await by_mo(room, "limits show")
    assert f"**Roles with limits** <@&{role.id}>" in overview
    assert f"**Channels with limits** <#{room.world.channel.id}>" in overview
    assert "**Members** 1 member with their own rule" in overview
    assert "Pictures per day: **20**" in await by_mo(room, "limits show", role=role)
    assert "May use /edit: **no**" in await by_mo(room, "limits show", channel=room.world.channel)
    assert "Largest resolution: **up to 2K**" in await by_mo(room, "limits show", member=room.ada)
    assert "No rules of their own" in await by_mo(room, "limits show", member=room.ben)


@scene()
async def test_what_cannot_be_understood_is_answered_with_what_helps(room: Room) -> None:
    assert "isn't a valid value for **Pictures per day**" in await by_mo(
        room, "limits set", limit="images_per_day", value="many"
    )
    assert "No limit has that name" in await by_mo(room, "limits set", limit="fun", value="5")
    assert "one at a time" in await by_mo(room, "limits show", member=room.ada, channel=room.world.channel)
    assert "server's budget is shared by everyone" in await by_mo(
        room, "limits set", limit="server_micro_usd_per_day", value="5", member=room.ada
    )
    assert "out of range" in await by_mo(room, "limits set", limit="jobs_at_once", value="1001")
    answer = await by_mo(room, "limits grant", member=room.ada, images=5, reason="x", expires="soon")
    assert "Easel doesn't understand this time" in answer


@scene()
async def test_limits_and_values_are_offered_to_moderators_alone(room: Room) -> None:
    await let_ada_see_the_commands(room)
    mod, channel = room.world.moderator, room.world.channel
    offered = await mod.autocomplete(channel, "limits set", "limit", "per day")
    assert "Pictures per day" in [one["name"] for one in offered]
    offered = await mod.autocomplete(channel, "limits set", "value", "", limit="resolution")
    assert [one["name"] for one in offered] == ["2K", "4K"]
    assert await room.ada.autocomplete(channel, "limits set", "limit", "") == []


async def asked(room: Room) -> simcord.InteractionResult:
    """A question whether pictures per day may become ten times as many."""
    await by_mo(room, "limits set", limit="images_per_day", value="2")
    result = await moderate(room, "limits set", limit="images_per_day", value="20")
    assert result.ephemeral
    assert "10× the current limit" in room.text(result)
    assert "**Pictures per day:** 2 → **20**" in room.text(result)
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 2
    return result


@scene()
async def test_ten_times_as_much_is_done_only_after_a_yes_also_after_a_restart(room: Room) -> None:
    result = await asked(room)
    await room.world.moderator.click(room.card(result), label="Leave it")
    assert "### Left as it is" in room.text(result)
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 2

    result = await asked(room)
    await room.world.base.store.tx(lambda conn: conn.exec_driver_sql("DELETE FROM proposals"))
    await room.world.moderator.click(room.card(result), label="Yes, do it")
    assert "### Too late to confirm" in room.text(result)
    assert "use the command again" in room.text(result)
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 2

    result = await asked(room)
    await room.world.env.restart_bot()
    await room.world.moderator.click(room.card(result), label="Yes, do it")
    assert "### Pictures per day: 20" in room.text(result)
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 20


@scene()
async def test_a_yes_of_somebody_else_counts_for_nothing(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="2")
    change = SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.IMAGES_PER_DAY, value=20)
    guild_id = guild_of(room).id
    proposal: Any = await room.world.client.moderation.change(guild_id, change, by=room.ben.id)
    view = ui.LayoutView(timeout=None)
    row: ui.ActionRow[Any] = ui.ActionRow()
    view.add_item(row.add_item(CONFIRM.button(proposal.id)))
    message = await room.world.client.get_partial_messageable(room.world.channel.id).send(view=view)

    answer = await room.ada.click(message, label="Yes, do it")
    assert answer.ephemeral
    assert "Only this server's moderators" in room.text(answer)
    await room.world.moderator.click(message, label="Yes, do it")
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 2


@scene()
async def test_explain_tells_a_moderator_why_and_when(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="1")
    assert "**Can make a picture**" in await by_mo(room, "limits explain", member=room.ada)
    await room.use("imagine", prompt="a red fox")
    await room.finished()
    refused = await room.use("imagine", prompt="a second one")
    assert refused.ephemeral

    answer = await by_mo(room, "limits explain", member=room.ada)

    assert "**Can't make a picture**" in answer
    assert "**Pictures per day:** 1 of 1 used · the server's default · opens <t:" in answer
    assert "**Recently refused**" in answer
    assert "a second one" not in answer


@scene()
async def test_a_grant_opens_what_was_closed_and_a_reset_starts_anew(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="1")
    await room.use("imagine", prompt="a red fox")
    await room.finished()

    answer = await by_mo(room, "limits grant", member=room.ada, images=2, reason="a prize", expires="3d")
    assert f"### <@{room.ada.id}> has 2 pictures extra until <t:" in answer
    assert "> a prize" in answer
    mine = room.text(await room.use("me"))
    assert "### You can paint now" in mine
    assert "**Extra: 2 pictures**" in mine

    assert "starts at 0\nMoney spent still counts." in await by_mo(room, "limits reset", member=room.ada)
    assert "**1** of 1 picture per day left" in room.text(await room.use("me"))


@scene()
async def test_me_tells_a_member_where_they_stand_and_nobody_else(room: Room) -> None:
    result = await room.use("me")
    assert result.ephemeral
    assert "### You can paint now" in room.text(result)
    assert "**50** of 50 pictures per day left" in room.text(result)
    assert "Start one with `/imagine`." in room.text(result)

    room.offline.hold()
    await room.use("imagine", prompt="slow")
    await room.offline.wait_arrived(1)
    busy = room.text(await room.use("me"))
    assert "**49** of 50 pictures per day left" in busy
    assert "**1 job** in progress. `/queue` shows it." in busy
    room.offline.release()
    await room.finished()


@scene()
async def test_explain_goes_by_the_channel_it_is_asked_about(room: Room) -> None:
    closed = guild_of(room).create_text_channel("quiet")
    await by_mo(room, "limits set", limit="may_imagine", value="no", channel=closed)
    assert f"**Can make a picture** in <#{room.world.channel.id}>" in await by_mo(
        room, "limits explain", member=room.ada
    )
    answer = await by_mo(room, "limits explain", member=room.ada, channel=closed)
    assert f"**Can't make a picture** in <#{closed.id}> now:" in answer
    assert f"**May use /imagine:** no · channel <#{closed.id}>" in answer


@scene()
async def test_me_works_in_a_direct_message_where_only_the_operator_speaks(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="1")
    result = await room.ada.user.slash("me")
    assert "**50** of 50 pictures per day left\n-# the operator's ceiling" in room.text(result)


@scene()
async def test_who_left_the_server_can_still_be_explained(room: Room) -> None:
    stranger = room.world.env.create_user("zoe")
    answer = await by_mo(room, "limits explain", member=stranger)
    assert "Not in this server right now, so roles don't apply." in answer


@scene()
async def test_a_rule_for_everyone_is_the_servers_default(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="7", role=guild_of(room).default_role)
    assert await says(room) == {Limit.IMAGES_PER_DAY: 7}


# The panel ------------------------------------------------------------------------------------------------


async def panel(room: Room) -> simcord.InteractionResult:
    result = await moderate(room, "limits panel")
    assert result.ephemeral
    return result


async def choose(
    room: Room, on: simcord.InteractionResult, what: str, *values: Any
) -> simcord.InteractionResult:
    """The moderator chooses in one of the panel's selects."""
    return await room.world.moderator.select(room.card(on), list(values), custom_id=f"easel:panel:{what}")


async def fill_in(room: Room, shown: simcord.InteractionResult, *texts: str) -> None:
    """The moderator fills in the form, from its first text on."""
    modal: Any = shown.modal
    names = [one["component"]["custom_id"] for one in modal["components"]]
    await room.world.moderator.submit_modal(shown, dict(zip(names, texts, strict=True)))


@scene()
async def test_the_panel_offers_every_limit_and_changes_it_in_place(room: Room) -> None:
    shown = await panel(room)
    assert "No limits yet" in room.text(shown)
    [menu] = [one for one in parts_of(room.card(shown)) if one.get("custom_id") == LIMITS_MENU]
    assert [option["value"] for option in menu["options"]] == [limit.value for limit in Limit]
    assert len(menu["options"]) <= MAX_OPTIONS

    form = await choose(room, shown, "limit:s", "images_per_day")
    await fill_in(room, form, "20")
    text = room.text(shown)
    assert "### Pictures per day: 20" in text
    assert "Pictures per day: **20**" in text

    await fill_in(room, await choose(room, shown, "limit:s", "images_per_day"), "")
    assert "### Pictures per day: not set" in room.text(shown)
    await fill_in(room, await choose(room, shown, "limit:s", "images_per_day"), "lots")
    assert "isn't a valid value for **Pictures per day**" in room.text(shown)


@scene()
async def test_the_panel_sets_three_limits_in_one_form_and_asks_once_about_them_all(room: Room) -> None:
    chosen = ("images_per_hour", "images_per_day", "micro_usd_per_month")
    shown = await panel(room)
    form = await choose(room, shown, "limit:s", *chosen)
    await fill_in(room, form, "2", "", "$1")
    assert await says(room) == {Limit.IMAGES_PER_HOUR: 2, Limit.USD_PER_MONTH: 1_000_000}
    assert "Nothing" not in room.text(shown)

    await fill_in(room, await choose(room, shown, "limit:s", *chosen), "20", "5", "lots")
    assert "### Nothing changed\n“lots” isn't a valid value for **Member budget per month**" in room.text(
        shown
    )
    assert "Also not changed: Pictures per hour: 20 · Pictures per day: 5" in room.text(shown)
    assert await says(room) == {Limit.IMAGES_PER_HOUR: 2, Limit.USD_PER_MONTH: 1_000_000}

    await fill_in(room, await choose(room, shown, "limit:s", *chosen), "40", "50", "$100")
    await room.world.env.restart_bot()
    await room.world.moderator.click(room.card(shown), label="Yes, do it")
    assert set((await says(room)).values()) == {40, 50, 100_000_000}


@scene()
async def test_the_panel_asks_before_ten_times_as_much(room: Room) -> None:
    await by_mo(room, "limits set", limit="images_per_day", value="2")
    shown = await panel(room)
    await fill_in(room, await choose(room, shown, "limit:s", "images_per_day"), "20")
    assert "10× the current limit" in room.text(shown)
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 2
    await room.world.moderator.click(room.card(shown), label="Leave it")
    assert "### Left as it is" in room.text(shown)

    await fill_in(room, await choose(room, shown, "limit:s", "images_per_day"), "20")
    await room.world.env.restart_bot()
    await room.world.moderator.click(room.card(shown), label="Yes, do it")
    assert (await says(room))[Limit.IMAGES_PER_DAY] == 20
    assert "Pictures per day: **20**" in room.text(shown)


@scene()
async def test_the_panel_goes_to_a_role_and_back_also_after_a_restart(room: Room) -> None:
    role = role_in(room)
    shown = await panel(room)
    await room.world.env.restart_bot()
    await choose(room, shown, "role:s", role)
    assert f"### Limits of role <@&{role.id}>" in room.text(shown)

    await fill_in(room, await choose(room, shown, f"limit:r{role.id}", "images_per_day"), "7")
    assert await says(room, Scope.ROLE, role.id) == {Limit.IMAGES_PER_DAY: 7}
    assert "Pictures per day: **7**" in room.text(shown)

    await room.world.moderator.click(room.card(shown), label="Back")
    assert f"**Roles with limits** <@&{role.id}>" in room.text(shown)


@scene()
async def test_the_panel_forgets_a_role(room: Room) -> None:
    role = role_in(room)
    await by_mo(room, "limits set", limit="images_per_day", value="7", role=role)
    shown = await panel(room)
    await choose(room, shown, "role:s", role)
    await room.world.moderator.click(room.card(shown), label="Remove them all")
    assert (
        f"### No limits are set for role <@&{role.id}>\n**Pictures per day:** 7 → **not set**"
        in room.text(shown)
    )
    assert "No rules yet, so the server's default applies." in room.text(shown)


@scene()
async def test_the_panel_pauses_resumes_and_chooses_the_channel_of_the_mod_log(room: Room) -> None:
    shown = await panel(room)
    form = await room.world.moderator.click(room.card(shown), label="Pause")
    await fill_in(room, form, "back *soon*")
    assert "**State** paused" in room.text(shown)
    assert "**Easel is paused in this server.**\n> back \\*soon\\*" in room.text(await room.use("me"))

    await room.world.moderator.click(room.card(shown), label="Resume")
    assert "**State** open" in room.text(shown)

    await choose(room, shown, "modlog:s", room.world.channel)
    assert f"**Mod-log** <#{room.world.channel.id}>" in room.text(shown)
    await choose(room, shown, "modlog:s")
    assert "**Mod-log** not set up" in room.text(shown)


@scene()
async def test_the_panel_sets_budgets_and_asks_once_for_both(room: Room) -> None:
    shown = await panel(room)
    form = await room.world.moderator.click(room.card(shown), label="Budgets")
    await fill_in(room, form, "$5", "50,5")
    assert await says(room) == {Limit.SERVER_USD_PER_DAY: 5_000_000, Limit.SERVER_USD_PER_MONTH: 50_500_000}

    form = await room.world.moderator.click(room.card(shown), label="Budgets")
    await fill_in(room, form, "$100", "$1000")
    assert "$5.00 → **$100.00**" in room.text(shown)
    await room.world.moderator.click(room.card(shown), label="Yes, do it")
    assert await says(room) == {Limit.SERVER_USD_PER_DAY: 10**8, Limit.SERVER_USD_PER_MONTH: 10**9}


def test_the_longest_question_of_the_panel_fits_into_an_id() -> None:
    page, ids = PanelPage(role_id=8_999_999_999_999_999_999), ("0123456789abcdef",) * MOST_AT_ONCE
    item = panel_item(ui.Button, "yes", page, ids=ids, label="Yes")
    assert len(item.item.custom_id) <= MAX_CUSTOM_ID


@scene()
async def test_a_form_filled_in_by_somebody_who_is_no_moderator_any_more_changes_nothing(room: Room) -> None:
    shown = await panel(room)
    limit = await choose(room, shown, "limit:s", "images_per_day")
    pause = await room.world.moderator.click(room.card(shown), label="Pause")
    guild = room.world.client.get_guild(guild_of(room).id)
    assert guild is not None
    role = next(role for role in guild.roles if role.name == "Moderator")
    await room.world.client.http.remove_role(guild.id, room.world.moderator.id, role.id)
    for form, text in ((limit, "20"), (pause, "closed")):
        modal: Any = form.modal
        name = modal["components"][0]["component"]["custom_id"]
        answer = await room.world.moderator.submit_modal(form, {name: text})
        assert answer.ephemeral
        assert "Only this server's moderators" in room.text(answer)
    assert await says(room) == {}
    assert (await room.world.client.moderation.settings(guild.id)).pause is None


@scene()
async def test_the_panel_obeys_nobody_but_moderators(room: Room) -> None:
    view = await draw_panel(room.world.client.moderation, guild_of(room).id)
    message = await room.world.client.get_partial_messageable(room.world.channel.id).send(view=view)
    for answer in (
        await room.ada.click(message, label="Pause"),
        await room.ada.click(message, label="Budgets"),
        await room.ada.select(message, ["images_per_day"], custom_id="easel:panel:limit:s"),
        await room.ada.select(message, [room.world.channel], custom_id="easel:panel:modlog:s"),
    ):
        assert answer.ephemeral
        assert "Only this server's moderators" in room.text(answer)
    assert await says(room) == {}
