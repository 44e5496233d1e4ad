"""What rules say, as pages: one scope, or the server at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.domain.limits import FREE, MONEY, WINDOWS, Limit, Rule, Scope
from bot.domain.ports import ServerSettings
from bot.ui.i18n import _, n_
from bot.ui.limits.names import limit_name, stamp, value_text
from bot.ui.limits.parts import inline, lines

_COUNTED: Final = frozenset(
    {*WINDOWS, Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND, Limit.REFERENCES_PER_EDIT}
)
PICTURES: Final = tuple(limit for limit in Limit if limit in _COUNTED)
MANNER: Final = tuple(limit for limit in Limit if limit not in _COUNTED | MONEY)
BUDGETS: Final = tuple(limit for limit in Limit if limit in MONEY)
MAX_SUBJECTS: Final = 10
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
    shown = ", ".join(mentions[:MAX_SUBJECTS])
    hidden = len(mentions) - MAX_SUBJECTS
    return shown if hidden <= 0 else _("{shown} and {n} more").format(shown=shown, n=hidden)
