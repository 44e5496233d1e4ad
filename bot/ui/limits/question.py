"""The question before what could cost ten times as much: what holds now, and what would hold then."""

from __future__ import annotations

from bot.domain.limits import OF_THE_SERVER, Limit, Ruling, Scope
from bot.domain.moderation import Change, ClearLimits, GiveImages, Proposal, SetLimit
from bot.services.moderation import SPENDING, Moderation
from bot.ui.i18n import _
from bot.ui.limits.effect import ceiling_note
from bot.ui.limits.names import images, stamp, value_text
from bot.ui.limits.parts import lines
from bot.ui.limits.wording import arrow, change_quote, change_text, scope_text, sentence


async def question_text(moderation: Moderation, proposal: Proposal) -> str:
    """What holds now, what would hold then, and until when it can be confirmed."""
    until = _("-# Nothing changes before you say yes. You can until {when}.")
    return lines(
        *await _becomes(moderation, proposal),
        change_quote(proposal.change),
        until.format(when=stamp(proposal.until, "t")),
    )


async def _becomes(moderation: Moderation, proposal: Proposal) -> list[str | None]:
    change = proposal.change
    usual = f"### {_('This allows ten times as much, or more')}"
    match change:
        case SetLimit() | ClearLimits():
            before, after = await moderation.consequences(proposal.guild_id, change, proposal.role_ids)
            everybody = change.limit in OF_THE_SERVER
            whom = None if everybody else sentence(scope_text(change.scope, change.subject_id))
            rows = _rows(before, after)
            return [f"### {_title(before, after)}", whom, *rows, _ceiling(moderation, change, after)]
        case GiveImages():
            return [usual, *_grant(change)]
        case _:
            return [usual, _asked(change)]


def _title(before: Ruling, after: Ruling) -> str:
    widened = [limit for limit in SPENDING if before.value(limit) != after.value(limit)]
    if any(after.value(limit) is None for limit in widened):
        return _("This takes the limit away")
    if any(before.value(limit) == 0 for limit in widened):
        return _("This opens what was closed")
    return _("This allows ten times as much, or more")


def _rows(before: Ruling, after: Ruling) -> list[str]:
    return [
        arrow(limit, value_text(limit, before.value(limit)), value_text(limit, after.value(limit)))
        for limit in _touched(before, after)
    ]


def _touched(before: Ruling, after: Ruling) -> list[Limit]:
    return [limit for limit in Limit if before.value(limit) != after.value(limit)]


def _ceiling(moderation: Moderation, change: SetLimit | ClearLimits, after: Ruling) -> str | None:
    """What the operator says of it, where that is narrower than what was asked for."""
    if isinstance(change, SetLimit):
        return ceiling_note(moderation.ceiling, change)
    if change.limit is None or after.decided[change.limit].by.scope is not Scope.OPERATOR:
        return None
    text = _("Then only the operator's ceiling of **{value}** holds.")
    return text.format(value=value_text(change.limit, after.value(change.limit)))


def _grant(grant: GiveImages) -> list[str]:
    number = images(grant.images)
    if grant.expires_at is None:
        asked = _("Grant <@{id}> **{pictures}**?").format(id=grant.user_id, pictures=number)
        return [asked, _("They do not expire.")]
    text = _("Grant <@{id}> **{pictures}**, good until {when}?")
    return [text.format(id=grant.user_id, pictures=number, when=stamp(grant.expires_at, "f"))]


def _asked(change: Change) -> str:
    return _("You asked for this: {what}").format(what=sentence(change_text(change)))
