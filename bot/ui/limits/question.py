"""The question before what could cost ten times as much: what holds now, and what would hold then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.limits import FREE, OF_THE_SERVER, Limit, Rule, Ruling, Scope, Value, combine
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
        await _becomes(moderation, proposal.guild_id, proposal.change),
        change_quote(proposal.change),
        until.format(when=stamp(proposal.until, "t")),
    )


async def _becomes(moderation: Moderation, guild_id: int, change: Change) -> str:
    match change:
        case SetLimit() | ClearLimits():
            rows = await _rows(moderation, guild_id, change)
            everybody = isinstance(change, SetLimit) and change.limit in OF_THE_SERVER
            whom = "" if everybody else sentence(scope_text(change.scope, change.subject_id))
            return lines(whom, *rows)
        case GiveImages(expires_at=None):
            return lines(_asked(change), _("They do not expire."))
        case _:
            return _asked(change)


def _asked(change: Change) -> str:
    return _("You asked for this: {what}").format(what=sentence(change_text(change)))


async def _rows(moderation: Moderation, guild_id: int, change: SetLimit | ClearLimits) -> list[str]:
    server = await moderation.rule(guild_id, Scope.SERVER, None)
    old = await moderation.rule(guild_id, change.scope, change.subject_id)
    new = replace(old, says=_says(old.says, change))
    before, after = _in_force(moderation.ceiling, server, old), _in_force(moderation.ceiling, server, new)
    touched = [limit for limit in Limit if before.value(limit) != after.value(limit)]
    return [
        arrow(limit, value_text(limit, before.value(limit)), value_text(limit, after.value(limit)))
        for limit in touched
    ]


def _says(says: Mapping[Limit, Value], change: SetLimit | ClearLimits) -> dict[Limit, Value]:
    if isinstance(change, SetLimit):
        return {**says, change.limit: change.value}
    return {limit: value for limit, value in says.items() if change.limit not in {limit, None}}


def _in_force(ceiling: Rule, server: Rule, rule: Rule) -> Ruling:
    """As far as this rule, the server's default and the operator say."""
    return combine(
        ceiling=ceiling,
        server=rule if rule.scope is Scope.SERVER else server,
        roles=[rule] if rule.scope is Scope.ROLE else [],
        member=rule if rule.scope is Scope.MEMBER else FREE,
        channels=[rule] if rule.scope is Scope.CHANNEL else [],
    )
