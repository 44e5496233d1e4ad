"""`/limits show`: what is set, for one scope or for the whole server."""

from __future__ import annotations

from discord import ui

from bot.domain.limits import Rule, Scope
from bot.domain.ports import ServerSettings
from bot.ui.i18n import _
from bot.ui.limits.pages import glance, others, rule_page, server_rule
from bot.ui.limits.parts import box_of, lines, view_of
from bot.ui.look import SLATE, TEAL


def scope_card(rule: Rule, *, ceiling: Rule) -> ui.LayoutView:
    """What the rule of one member, role or channel says."""
    title = f"### {_title(rule)}"
    if not rule.says:
        return view_of(box_of(SLATE, lines(title, _nothing(rule.scope))))
    return view_of(box_of(TEAL, title, rule_page(rule, ceiling=ceiling), f"-# {_reach(rule.scope)}"))


def server_card(settings: ServerSettings, *, ceiling: Rule) -> ui.LayoutView:
    """The server's default, who has rules of their own, and the rest at a glance."""
    rule = server_rule(settings)
    page = rule_page(rule, ceiling=ceiling)
    if not rule.says:
        page = lines(
            _("No default yet. `/limits set` makes the first, `/limits panel` shows all at once."), page
        )
    title = _("### The server's default")
    box = box_of(TEAL, lines(title, page))
    for section in (others(settings), glance(settings)):
        if section:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(section))
    return view_of(box)


def _title(rule: Rule) -> str:
    match rule.scope:
        case Scope.ROLE:
            return _("Limits of role <@&{id}>").format(id=rule.subject_id)
        case Scope.CHANNEL:
            return _("Limits in <#{id}>").format(id=rule.subject_id)
        case Scope.MEMBER:
            return _("Own limits of <@{id}>").format(id=rule.subject_id)
        case Scope.SERVER | Scope.OPERATOR | Scope.FREE:
            return _("The server's default")


def _nothing(scope: Scope) -> str:
    match scope:
        case Scope.ROLE:
            return _(
                "No rules yet: the server's default holds. `/limits set` with this role makes the first."
            )
        case Scope.CHANNEL:
            return _(
                "No rules yet: the same holds as elsewhere. `/limits set` with this channel makes the first."
            )
        case Scope.MEMBER:
            return lines(
                _("No rule of their own: their roles and the server's default hold."),
                _("`/limits explain` tells where they stand; `/limits set` with this member makes a rule."),
            )
        case Scope.SERVER | Scope.OPERATOR | Scope.FREE:
            return _("No rules yet. `/limits set` makes the first.")


def _reach(scope: Scope) -> str:
    match scope:
        case Scope.ROLE:
            return _(
                "What it does not name, the server's default says. Of several roles, the most generous counts."
            )
        case Scope.CHANNEL:
            return _("A channel can only narrow what holds elsewhere.")
        case Scope.MEMBER:
            return _(
                "What it does not name, their roles and the server's default say. `/limits explain` has it all."
            )
        case Scope.SERVER | Scope.OPERATOR | Scope.FREE:
            return _("A role's or a member's own rule comes before this.")
