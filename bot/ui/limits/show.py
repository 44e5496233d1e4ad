"""What rules say, as pages: one scope, or the server at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from discord import ui

from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import FREE, MONEY, Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.ui.base.components import box_of, inline, lines, view_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import limit_name, value_text
from bot.ui.base.theme import SLATE, TEAL
from bot.ui.base.units import stamp

_COUNTED: Final = frozenset(
    {*WINDOWS, Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND, Limit.REFERENCES_PER_EDIT}
)
PICTURES: Final = tuple(limit for limit in Limit if limit in _COUNTED)
MANNER: Final = tuple(limit for limit in Limit if limit not in _COUNTED | MONEY)
BUDGETS: Final = tuple(limit for limit in Limit if limit in MONEY)
MAX_SHOWN_SUBJECTS: Final = 10
PAUSE_ROOM: Final = 100


def server_rule(settings: ServerSettings) -> Rule:
    return next((rule for rule in settings.rules if rule.scope is Scope.SERVER), FREE)


def rules_of(settings: ServerSettings, scope: Scope) -> list[Rule]:
    """Of one scope, those that say anything."""
    return [rule for rule in settings.rules if rule.scope is scope and rule.says]


def said(rule: Rule, limits: Iterable[Limit]) -> str:
    """A line for each of `limits` that `rule` speaks of; nothing where it speaks of none."""
    return lines(*(_said(rule, limit) for limit in limits if limit in rule.says))


def rule_page(rule: Rule, *, ceiling: Rule) -> str:
    """All that a rule says, in three groups; and where the operator says less."""
    groups = [
        lines(f"**{title}**", text)
        for title, limits in ((_("Pictures"), PICTURES), (_("What and how"), MANNER), (_("Money"), BUDGETS))
        if (text := said(rule, limits))
    ]
    return "\n\n".join([*groups, *ceiling_note(ceiling)])


def ceiling_note(ceiling: Rule) -> list[str]:
    """What nobody in the server can exceed, on one quiet line."""
    if not ceiling.says:
        return []
    parts = [
        f"{limit_name(limit)} {value_text(limit, ceiling.says[limit])}"
        for limit in Limit
        if limit in ceiling.says
    ]
    return [_("-# The operator's ceiling: {parts}").format(parts=" · ".join(parts))]


def glance(settings: ServerSettings) -> str:
    """Everything but limits, line by line."""
    return lines(
        _state(settings),
        _modlog(settings),
        _channels(settings),
        _("**Filters** {n} · **Blocked** {b}").format(n=settings.filters, b=settings.blocks),
    )


def others(settings: ServerSettings) -> str:
    """Who has rules of their own."""
    roles, channels = rules_of(settings, Scope.ROLE), rules_of(settings, Scope.CHANNEL)
    own = n_("{n} member with an own rule", "{n} members with own rules", settings.member_rules)
    return lines(
        _named(_("Roles with limits"), [f"<@&{rule.subject_id}>" for rule in roles]),
        _named(_("Channels with limits"), [f"<#{rule.subject_id}>" for rule in channels]),
        f"**{_('Members')}** {own.format(n=settings.member_rules)}" if settings.member_rules else None,
    )


def _said(rule: Rule, limit: Limit) -> str:
    return f"{limit_name(limit)}: **{value_text(limit, rule.says[limit])}**"


def _state(settings: ServerSettings) -> str:
    pause = settings.pause
    if pause is None:
        return _("**State** open")
    text = _("**State** paused {when} by <@{id}>").format(when=stamp(pause.at), id=pause.by)
    return lines(text, f"-# {inline(pause.text, PAUSE_ROOM)}" if pause.text.strip() else None)


def _modlog(settings: ServerSettings) -> str:
    if settings.modlog_channel_id is None:
        return _("**Mod-log** nowhere yet; `/modlog channel` sets it")
    return _("**Mod-log** <#{id}>").format(id=settings.modlog_channel_id)


def _channels(settings: ServerSettings) -> str:
    closed = _mentions([f"<#{one}>" for one in settings.closed_channels])
    if settings.open_channels:
        text = _("**Open in** {names} only").format(
            names=_mentions([f"<#{one}>" for one in settings.open_channels])
        )
        return text + _(", not {names}").format(names=closed) if closed else text
    if closed:
        return _("**Open in** all channels but {names}").format(names=closed)
    return _("**Open in** all channels")


def _named(title: str, mentions: list[str]) -> str | None:
    return f"**{title}** {_mentions(mentions)}" if mentions else None


def _mentions(mentions: list[str]) -> str:
    shown = ", ".join(mentions[:MAX_SHOWN_SUBJECTS])
    hidden = len(mentions) - MAX_SHOWN_SUBJECTS
    return shown if hidden <= 0 else _("{shown} and {n} more").format(shown=shown, n=hidden)


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
