"""What a new value really does: who still says something narrower, and whom it reaches."""

from __future__ import annotations

from bot.domain.limits import OF_THE_SERVER, ORDERS, Limit, Rule, Scope, Value
from bot.domain.moderation import SetLimit
from bot.services.moderation import Moderation
from bot.ui.i18n import _
from bot.ui.limits.names import value_text


async def effect(moderation: Moderation, guild_id: int, change: SetLimit) -> list[str]:
    """Sentences to stand below a value that was set: what holds all the same, and whom the rule reaches."""
    found: list[str] = []
    if _is_narrower(moderation.ceiling, change.limit, change.value):
        text = _("The operator's ceiling of **{value}** still holds.")
        found.append(text.format(value=_said(moderation.ceiling, change.limit)))
    if change.scope is Scope.CHANNEL:
        server = await moderation.rule(guild_id, Scope.SERVER, None)
        if _is_narrower(server, change.limit, change.value):
            text = _("The server's default of **{value}** still holds here.")
            found.append(text.format(value=_said(server, change.limit)))
    reach = _reach(change)
    return [*found, f"-# {reach}"] if reach else found


def ceiling_note(ceiling: Rule, change: SetLimit) -> str | None:
    """That the operator allows less than what was asked for."""
    if not _is_narrower(ceiling, change.limit, change.value):
        return None
    text = _("You asked for **{asked}**; the operator's ceiling of **{value}** still holds.")
    return text.format(asked=value_text(change.limit, change.value), value=_said(ceiling, change.limit))


def _is_narrower(rule: Rule, limit: Limit, value: Value) -> bool:
    return limit in rule.says and ORDERS[limit].narrower(value, rule.says[limit]) != value


def _said(rule: Rule, limit: Limit) -> str:
    return value_text(limit, rule.says[limit])


def _reach(change: SetLimit) -> str:
    if change.limit in OF_THE_SERVER:
        return _("All members together. `/budget` shows what is spent.")
    match change.scope:
        case Scope.SERVER:
            return _("A role's or a member's own rule comes before this.")
        case Scope.ROLE:
            return _("Comes before the server's default. Of several roles, the most generous counts.")
        case Scope.MEMBER:
            return _("Comes before their roles and the server's default.")
        case Scope.CHANNEL:
            return _("A channel can only narrow: nobody gets more here than elsewhere.")
        case Scope.OPERATOR | Scope.FREE:
            return ""
