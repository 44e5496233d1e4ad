"""The question before what could cost ten times as much: what holds now, and what would hold then."""

from __future__ import annotations

from bot.domain.limits import OF_THE_SERVER, Limit
from bot.domain.moderation import Change, ClearLimits, GiveImages, Proposal, SetLimit
from bot.services.moderation import Moderation
from bot.ui.i18n import _
from bot.ui.limits.names import stamp, value_text
from bot.ui.limits.parts import lines
from bot.ui.limits.wording import arrow, change_quote, change_text, scope_text, sentence


async def question_text(moderation: Moderation, proposal: Proposal) -> str:
    """What holds now, what would hold then, and until when it can be confirmed."""
    until = _("-# Nothing changes before you say yes. You can until {when}.")
    return lines(
        f"### {_('This allows ten times as much, or more')}",
        await _becomes(moderation, proposal),
        change_quote(proposal.change),
        until.format(when=stamp(proposal.until, "t")),
    )


async def _becomes(moderation: Moderation, proposal: Proposal) -> str:
    change = proposal.change
    match change:
        case SetLimit() | ClearLimits():
            rows = await _rows(moderation, proposal, change)
            everybody = isinstance(change, SetLimit) and change.limit in OF_THE_SERVER
            whom = "" if everybody else sentence(scope_text(change.scope, change.subject_id))
            return lines(whom, *rows)
        case GiveImages(expires_at=None):
            return lines(_asked(change), _("They do not expire."))
        case _:
            return _asked(change)


def _asked(change: Change) -> str:
    return _("You asked for this: {what}").format(what=sentence(change_text(change)))


async def _rows(moderation: Moderation, proposal: Proposal, change: SetLimit | ClearLimits) -> list[str]:
    before, after = await moderation.consequences(proposal.guild_id, change, proposal.role_ids)
    touched = [limit for limit in Limit if before.value(limit) != after.value(limit)]
    return [
        arrow(limit, value_text(limit, before.value(limit)), value_text(limit, after.value(limit)))
        for limit in touched
    ]
