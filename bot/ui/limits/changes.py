"""The answer to whatever a moderator wanted changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import discord

from bot.domain.limits import OF_THE_SERVER, Limit
from bot.domain.moderation import (
    Applied,
    Change,
    ClearLimits,
    GiveImages,
    Proposal,
    ResetMember,
    SetLimit,
    Unchanged,
)
from bot.services.moderation import ChangeOutcome, Improper, Moderation
from bot.ui.buttons import LastingButton
from bot.ui.gateway import Interaction, Press, gateway_of
from bot.ui.i18n import _
from bot.ui.limits.effect import effect
from bot.ui.limits.mistakes import improper_text, nothing_text
from bot.ui.limits.parts import box_of, lines, redraw, row_of, say, view_of
from bot.ui.limits.question import question_text
from bot.ui.limits.wording import before_after, change_quote, change_text, scope_text, sentence
from bot.ui.look import AMBER, SLATE, TEAL
from bot.ui.moderators import as_moderator

_PROPOSAL: Final = r"(?P<id>[0-9a-f]{16})"


class ConfirmButton(LastingButton, template=rf"easel:confirm:{_PROPOSAL}"):
    """Below a change that waits for its moderator."""

    action = "confirm"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Yes, do it")


class LeaveButton(LastingButton, template=rf"easel:leave:{_PROPOSAL}"):
    """Below a change that waits for its moderator."""

    action = "leave"

    def label(self) -> str:
        return _("Leave it")


async def answer_change(
    interaction: Interaction, outcome: ChangeOutcome, change: Change | None = None
) -> None:
    """Tell the moderator alone what became of a change, or ask whether they mean it.

    With `change`, what they asked for, they read more exactly why there was nothing to take back.
    """
    moderation = gateway_of(interaction).moderation
    if isinstance(outcome, Proposal):
        box = box_of(AMBER, await question_text(moderation, outcome))
        box.add_item(row_of(ConfirmButton(outcome.id), LeaveButton(outcome.id)))
    else:
        text = await outcome_text(moderation, interaction.guild_id or 0, outcome, asked=change)
        box = box_of(colour_of(outcome), text)
    await say(interaction, view_of(box))


async def outcome_text(
    moderation: Moderation,
    guild_id: int,
    outcome: Applied | Unchanged | Improper,
    *,
    asked: Change | None = None,
) -> str:
    """What was changed, from what to what, and what holds all the same; or why nothing was changed."""
    match outcome:
        case Improper():
            return lines(f"### {_('This does not work')}", improper_text(outcome))
        case Unchanged(why=why):
            return lines(f"### {_('Nothing changed')}", nothing_text(why, asked))
        case Applied(change=change):
            notes = await _notes(moderation, guild_id, change)
            rows = before_after(outcome)
            return lines(f"### {_('Done')}", _done(change, rows), rows, change_quote(change), *notes)


def _done(change: Change, rows: str | None) -> str | None:
    """What was done; of one limit only for whom, as the row below says the rest."""
    match change:
        case SetLimit(limit=limit) | ClearLimits(limit=Limit() as limit) if rows is not None:
            return None if limit in OF_THE_SERVER else sentence(scope_text(change.scope, change.subject_id))
        case ResetMember(user_id=user_id):
            text = _("<@{id}>'s count of pictures starts anew. Money spent still counts.")
            return text.format(id=user_id)
        case _:
            return sentence(change_text(change))


async def _notes(moderation: Moderation, guild_id: int, change: Change) -> list[str]:
    match change:
        case SetLimit():
            return await effect(moderation, guild_id, change)
        case GiveImages(expires_at=None):
            return [_("They do not expire.")]
        case _:
            return []


def colour_of(outcome: Applied | Unchanged | Improper) -> int:
    return TEAL if isinstance(outcome, Applied) else SLATE


def expired_text() -> str:
    """Said of a proposal that is not there any more."""
    return lines(
        f"### {_('Too late to confirm')}",
        _("This question was answered already, timed out, or was put to somebody else: nothing was changed."),
        _("To make the change, use the command once more."),
    )


def left_text() -> str:
    return lines(f"### {_('Left as it is')}", _("Nothing was changed."))


async def press_confirm(interaction: Interaction, proposal_id: str) -> None:
    """Whoever asked for it, and is a moderator still."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    moderation = gateway_of(interaction).moderation
    outcome = await moderation.confirm(proposal_id, guild_id=guild_id, by=interaction.user.id)
    if outcome is None:
        view = view_of(box_of(SLATE, expired_text()))
    else:
        view = view_of(box_of(colour_of(outcome), await outcome_text(moderation, guild_id, outcome)))
    await redraw(interaction, view)


async def press_leave(interaction: Interaction, _proposal_id: str) -> None:
    """The proposal times out by itself."""
    if await as_moderator(interaction) is not None:
        await redraw(interaction, view_of(box_of(SLATE, left_text())))


CHANGE_BUTTONS: Final = (ConfirmButton, LeaveButton)
CHANGE_PRESSES: Final[Mapping[str, Press]] = {"confirm": press_confirm, "leave": press_leave}
