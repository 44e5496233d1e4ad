from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.domain.jobs import Job, ReplyScope, RequestContext
from bot.domain.moderation import BlockMember, RemoveResult, ReportOutcome, Topic
from bot.domain.policy.decision import Block
from bot.ui.moderation.modlog import BLOCK, REMOVE, SHOW_LIMITS, entry_card
from bot.ui.moderation.modlog_actions import (
    REPORT,
    ReportForm,
    on_block,
    on_remove,
    on_report,
    on_show_limits,
)
from tests.unit.ui.cards.test_card import a_job, labels_of, text_of
from tests.unit.ui.cards.test_delivery import answered
from tests.unit.ui.jobs import NOW, OTHER, REQUESTER
from tests.unit.ui.moderation.entries import MODERATOR, SERVER, entry
from tests.unit.ui.moderation.stand_ins import StandInInteraction, StandInModeration
from tests.unit.ui.moderation.test_takedown import CARD, SHOWN, StandInMessage, as_read, client_with

JOB_ID, HELPER = "7f3k2m9q1z", 70

OF_MODERATORS = [REMOVE, BLOCK, SHOW_LIMITS]


def a_result(**changes: Any) -> Job:
    return a_job(card_id=CARD, **changes)


def pressed_on(
    moderation: StandInModeration, result: StandInMessage | None = None, **options: Any
) -> StandInInteraction:
    """A press on the mod-log's card of the job; `result` is the message with its pictures."""
    press = StandInInteraction(moderation, **options)
    if result is not None:
        press.client.get_partial_messageable = client_with(result).get_partial_messageable
    if moderation.known is not None:
        press.message = as_read(entry_card(entry(Topic.JOB), moderation.known))
    return press


def test_every_button_of_the_mod_log_does_something() -> None:
    handlers = [button.handler for button in (REMOVE, BLOCK, SHOW_LIMITS, REPORT)]
    assert handlers == [on_remove, on_block, on_show_limits, on_report]


@pytest.mark.parametrize("press", OF_MODERATORS)
async def test_the_buttons_of_the_mod_log_are_for_moderators(press: Any) -> None:
    moderation = StandInModeration(known=a_result(), shown=SHOWN)
    by_anybody = pressed_on(moderation, may=False)

    await press.press(by_anybody.as_interaction, JOB_ID)

    assert "moderators" in by_anybody.said[0]
    assert moderation.changes == []


@pytest.mark.parametrize("press", OF_MODERATORS)
@pytest.mark.parametrize("reach", [ReplyScope.GUILD, ReplyScope.NOWHERE])
async def test_a_job_of_another_place_is_as_if_it_were_not_there(press: Any, reach: ReplyScope) -> None:
    elsewhere = SERVER + (reach is ReplyScope.GUILD)
    place = replace(a_result().reply_target, guild_id=elsewhere, scope=reach)
    moderation = StandInModeration(known=replace(a_result(), reply_target=place), shown=SHOWN)
    interaction = pressed_on(moderation)

    await press.press(interaction.as_interaction, JOB_ID)

    assert "no longer has this job" in interaction.said[0]
    assert moderation.changes == []


async def test_delete_result_takes_it_down_records_it_and_notes_it_on_the_card() -> None:
    moderation, result = StandInModeration(known=a_result(), shown=SHOWN), StandInMessage(None)
    interaction = pressed_on(moderation, result)

    await REMOVE.press(interaction.as_interaction, JOB_ID)

    assert result.edited["attachments"] == []
    assert moderation.changes == [(SERVER, RemoveResult(job_id=JOB_ID), MODERATOR)]
    assert interaction.history.forgotten == [JOB_ID]
    (noted,) = interaction.redrawn
    assert f"**Removed** by <@{MODERATOR}>" in text_of(noted)
    assert labels_of(noted) == ["Open", "Block 24 h", "Show limits"]
    assert interaction.said == []


async def test_a_result_whose_message_is_gone_is_recorded_as_removed_all_the_same() -> None:
    moderation = StandInModeration(known=a_result(), shown=SHOWN)
    interaction = pressed_on(moderation, StandInMessage(answered(404)))

    await REMOVE.press(interaction.as_interaction, JOB_ID)

    assert moderation.changes
    assert interaction.redrawn
    assert "already gone" in interaction.said[0]


@pytest.mark.parametrize(
    ("status", "says"),
    [(403, "**View Channel** and **Read Message History** in <#20>"), (503, "Press again")],
)
async def test_a_result_that_still_shows_is_not_recorded_as_removed(status: int, says: str) -> None:
    moderation = StandInModeration(known=a_result(), shown=SHOWN)
    interaction = pressed_on(moderation, StandInMessage(answered(status)))

    await REMOVE.press(interaction.as_interaction, JOB_ID)

    assert moderation.changes == []
    assert interaction.history.forgotten == []
    assert interaction.redrawn == []
    assert says in interaction.said[0]


async def test_on_a_second_card_of_the_same_job_it_is_noted_who_had_removed_it() -> None:
    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation)
    moderation.known = a_result(removed_by=OTHER)

    await REMOVE.press(interaction.as_interaction, JOB_ID)

    assert moderation.changes == []
    assert f"**Removed** by <@{OTHER}>" in text_of(interaction.redrawn[0])
    assert f"<@{OTHER}> already deleted this result" in interaction.said[0]


async def test_where_nothing_is_shown_in_public_there_is_nothing_to_delete() -> None:
    interaction = pressed_on(StandInModeration(known=a_result(wish_private=True)))

    await REMOVE.press(interaction.as_interaction, JOB_ID)

    assert "no public result" in interaction.said[0]


async def test_block_keeps_its_requester_out_for_a_day() -> None:
    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation)

    await BLOCK.press(interaction.as_interaction, JOB_ID)

    reason = f"from the mod-log: job {JOB_ID}"
    change = BlockMember(user_id=REQUESTER, until=NOW + timedelta(hours=24), reason=reason)
    assert moderation.changes == [(SERVER, change, MODERATOR)]
    assert f"<@{REQUESTER}> is blocked" in interaction.said[0]


def a_member(**facts: Any) -> discord.Member:
    """A member as far as it is looked at; nothing of Discord's is behind it."""
    kind = type("StandInMember", (discord.Member,), facts)
    return cast(discord.Member, kind.__new__(kind))


class StandInGuild:
    """Asked over REST who somebody is; notes whether the press was answered by then."""

    def __init__(self, interaction: StandInInteraction, **more: Any) -> None:
        self.owner_id = OTHER
        self.was_answered: list[bool] = []
        self._interaction = interaction
        self._more = more

    async def fetch_member(self, user_id: int) -> discord.Member:
        self.was_answered.append(self._interaction.is_answered)
        facts: dict[str, Any] = {
            "id": user_id,
            "bot": False,
            "guild": self,
            "roles": (),
            "resolved_permissions": None,
            "guild_permissions": discord.Permissions.none(),
        }
        return a_member(**facts | self._more)


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ({"bot": True}, "is a bot"),
        ({"guild_permissions": discord.Permissions(manage_guild=True)}, "is a moderator here"),
        ({"roles": (SimpleNamespace(id=HELPER),)}, "is a moderator here"),
    ],
    ids=["a bot", "a moderator", "a moderator by role"],
)
async def test_whom_block_refuses_the_button_refuses_too(who: dict[str, Any], says: str) -> None:
    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation)
    interaction.client.moderator_roles = frozenset({HELPER})
    interaction.guild = StandInGuild(interaction, **who)

    await BLOCK.press(interaction.as_interaction, JOB_ID)

    assert moderation.changes == []
    assert says in interaction.said[0]


async def test_nobody_blocks_themselves_by_mistake() -> None:
    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation, user_id=REQUESTER)
    interaction.guild = StandInGuild(interaction)

    await BLOCK.press(interaction.as_interaction, JOB_ID)

    assert moderation.changes == []
    assert "can't block yourself" in interaction.said[0]


async def test_a_member_is_blocked_once_discord_told_who_they_are_and_the_press_waits_meanwhile() -> None:
    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation)
    guild = interaction.guild = StandInGuild(interaction)

    await BLOCK.press(interaction.as_interaction, JOB_ID)

    assert guild.was_answered == [True]
    assert len(moderation.changes) == 1


@pytest.mark.parametrize(
    ("hours", "is_kept"), [(None, True), (25, True), (23, False)], ids=["without end", "longer", "shorter"]
)
async def test_a_block_that_lasts_longer_is_not_cut_short(hours: int | None, is_kept: bool) -> None:
    until = None if hours is None else NOW + timedelta(hours=hours)
    block = Block(user_id=REQUESTER, until=until, reason="spam", by=OTHER, at=NOW)
    moderation = StandInModeration(known=a_result(), block=block)
    interaction = pressed_on(moderation)

    await BLOCK.press(interaction.as_interaction, JOB_ID)

    assert (moderation.changes == []) is is_kept
    assert ("is already blocked" in interaction.said[0]) is is_kept


async def test_show_limits_tells_how_its_requester_stands_where_they_asked() -> None:
    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation)

    await SHOW_LIMITS.press(interaction.as_interaction, JOB_ID)

    assert moderation.asked_from == [RequestContext(channel_ids=(20,))]
    assert f"<@{REQUESTER}>" in interaction.said[0]


async def test_show_limits_of_somebody_who_left_counts_no_role() -> None:
    async def fetch_member(user_id: int) -> None:
        raise answered(404)

    def channel_with(channel_id: int) -> Any:
        return SimpleNamespace(category_id=8)

    moderation = StandInModeration(known=a_result())
    interaction = pressed_on(moderation)
    interaction.guild = SimpleNamespace(fetch_member=fetch_member, get_channel_or_thread=channel_with)

    await SHOW_LIMITS.press(interaction.as_interaction, JOB_ID)

    assert moderation.asked_from == [RequestContext(channel_ids=(20, 8))]
    assert "Not in this server" in interaction.said[0]


async def opened_report(moderation: StandInModeration) -> ReportForm:
    """The form that a press on Report opens for anybody."""
    interaction = StandInInteraction(moderation, may=False, user_id=OTHER)
    await REPORT.press(interaction.as_interaction, JOB_ID)
    (modal,) = interaction.modals
    assert isinstance(modal, ReportForm)
    return modal


async def sent(modal: ReportForm, moderation: StandInModeration, reason: str) -> str:
    """What the person who filled the form in is told."""
    interaction = StandInInteraction(moderation, may=False, user_id=OTHER)
    modal.reason._value = reason  # pyright: ignore[reportPrivateUsage]  # discord.py writes it when a form comes in
    await modal.on_submit(interaction.as_interaction)
    return interaction.said[0]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (ReportOutcome.TAKEN, "Thanks"),
        (ReportOutcome.KNOWN, "already reported this result"),
        (ReportOutcome.TOO_MANY, "Wait a while"),
        (ReportOutcome.UNKNOWN, "no longer has this job"),
    ],
)
async def test_anybody_may_report_and_hears_what_became_of_it(outcome: ReportOutcome, says: str) -> None:
    moderation = StandInModeration(known=a_result(), reported=outcome)
    modal = await opened_report(moderation)

    assert says in await sent(modal, moderation, " it is gore ")
    assert moderation.reports == [(JOB_ID, OTHER, "it is gore")]


async def test_a_report_needs_a_reason() -> None:
    moderation = StandInModeration(known=a_result())
    modal = await opened_report(moderation)

    assert "what's wrong" in await sent(modal, moderation, "  \n ")
    assert moderation.reports == []


async def test_the_form_of_a_report_is_one_discord_takes() -> None:
    form = (await opened_report(StandInModeration(known=a_result()))).to_dict()

    (field,) = [part["component"] for part in form["components"] if "component" in part]
    assert len(form["title"]) <= 45
    assert field["style"] == 2  # paragraph
    assert (field["min_length"], field["max_length"]) == (1, 500)
    assert form["components"][0]["content"]


async def test_a_report_that_breaks_is_answered_with_a_number() -> None:
    modal = await opened_report(StandInModeration(known=a_result()))
    interaction = StandInInteraction(StandInModeration(known=a_result()), may=False)

    await modal.on_error(interaction.as_interaction, KeyError("gone"))

    assert "Something broke on our side" in interaction.said[0]
