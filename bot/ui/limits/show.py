"""Draw the limits that are set: for a member, a role, a channel or the server, beside its other settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from discord import ui

from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import FREE, MONEY, Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.ui.base.components import Box, box_of, inline, lines, view_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import limit_name, value_text
from bot.ui.base.theme import SLATE, TEAL
from bot.ui.base.units import stamp

_COUNTED: Final = frozenset(
    {*WINDOWS, Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND, Limit.REFERENCES_PER_EDIT}
)
_GROUPS: Final = (
    (_("Pictures"), [limit for limit in Limit if limit in _COUNTED]),
    (_("What and how"), [limit for limit in Limit if limit not in _COUNTED | MONEY]),
    (_("Money"), [limit for limit in Limit if limit in MONEY]),
)
MAX_SHOWN_SUBJECTS: Final = 10
_WHO_EVERYONE: Final = _("**Who can use Easel** everyone")
PAUSE_ROOM: Final = 100


def server_rule(settings: ServerSettings) -> Rule:
    """Return the server's default; it is empty if nothing is set."""
    return next((rule for rule in settings.rules if rule.scope is Scope.SERVER), FREE)


def rule_page(rule: Rule, *, ceiling: Rule) -> str:
    """Return the limits that a rule sets, in three groups, and the operator's ceiling; '' if both are empty."""
    groups: list[str] = []
    for title, limits in _GROUPS:
        rows = [
            f"{limit_name(limit)}: **{value_text(limit, rule.says[limit])}**"
            for limit in limits
            if limit in rule.says
        ]
        if rows:
            groups.append(lines(f"**{title}**", *rows))
    if ceiling.says:
        parts = " · ".join(
            f"{limit_name(limit)} {value_text(limit, ceiling.says[limit])}"
            for limit in Limit
            if limit in ceiling.says
        )
        groups.append(_("-# The operator's ceiling: {parts}").format(parts=parts))
    return "\n\n".join(groups)


def glance(settings: ServerSettings) -> str:
    """Return a server's settings other than limits, one a line."""
    return lines(
        _state(settings),
        _modlog(settings),
        _channels(settings),
        who_text(role_ids) if (role_ids := who_may(settings)) else None,
        _("**Filters** {n} · **Blocked** {b}").format(n=settings.filters, b=settings.blocks),
    )


WHO_LIMITS: Final = (Limit.MAY_IMAGINE, Limit.MAY_EDIT)


def who_may(settings: ServerSettings) -> frozenset[int]:
    """Return the roles that may use Easel where nobody else may; none where that is not how it is set."""
    default = server_rule(settings).says
    if any(default.get(limit) is not False for limit in WHO_LIMITS):
        return frozenset()
    roles = [rule for rule in settings.rules if rule.scope is Scope.ROLE and rule.subject_id is not None]
    return frozenset(
        role.subject_id or 0 for role in roles if all(role.says.get(limit) is True for limit in WHO_LIMITS)
    )


def who_text(role_ids: Collection[int]) -> str:
    """Return who may use Easel, by `who_may`."""
    names = _mentions([f"<@&{one}>" for one in sorted(role_ids)])
    return _("**Who can use Easel** only {roles}").format(roles=names) if names else _WHO_EVERYONE


def others(settings: ServerSettings) -> str:
    """Return which roles, channels and members have limits of their own; '' if none has."""
    rules = [rule for rule in settings.rules if rule.says]
    roles = [f"<@&{rule.subject_id}>" for rule in rules if rule.scope is Scope.ROLE]
    channels = [f"<#{rule.subject_id}>" for rule in rules if rule.scope is Scope.CHANNEL]
    own = n_("{n} member with their own rule", "{n} members with their own rules", settings.member_rules)
    return lines(
        f"**{_('Roles with limits')}** {_mentions(roles)}" if roles else None,
        f"**{_('Channels with limits')}** {_mentions(channels)}" if channels else None,
        f"**{_('Members')}** {own.format(n=settings.member_rules)}" if settings.member_rules else None,
    )


def _state(settings: ServerSettings) -> str:
    pause = settings.pause
    if pause is None:
        return _("**State** open")
    text = _("**State** paused {when} by <@{id}>").format(when=stamp(pause.at), id=pause.by)
    return lines(text, f"-# {inline(pause.text, PAUSE_ROOM)}" if pause.text.strip() else None)


def _modlog(settings: ServerSettings) -> str:
    if settings.modlog_channel_id is None:
        return _("**Mod-log** not set up. Use `/modlog channel`.")
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


def _mentions(mentions: list[str]) -> str:
    shown = ", ".join(mentions[:MAX_SHOWN_SUBJECTS])
    hidden = len(mentions) - MAX_SHOWN_SUBJECTS
    return shown if hidden <= 0 else _("{shown} and {n} more").format(shown=shown, n=hidden)


def add_sections(box: Box, *texts: str) -> None:
    """Add each text to the box below a separator; the empty ones are left out."""
    for text in texts:
        if text:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(text))


def scope_card(rule: Rule, *, ceiling: Rule) -> ui.LayoutView:
    """Draw the limits that the rule of one member, role or channel sets."""
    title, if_empty, reach = _texts(rule)
    if not rule.says:
        return view_of(box_of(SLATE, lines(f"### {title}", if_empty)))
    return view_of(box_of(TEAL, f"### {title}", rule_page(rule, ceiling=ceiling), f"-# {reach}"))


def server_card(settings: ServerSettings, *, ceiling: Rule, above: Sequence[Box] = ()) -> ui.LayoutView:
    """Draw the server's default, who has limits of their own, and the other settings, below the boxes `above`."""
    rule = server_rule(settings)
    page = rule_page(rule, ceiling=ceiling)
    if not rule.says:
        page = lines(
            _("No limits yet. Set the first with `/limits set`, or see them all with `/limits panel`."), page
        )
    title = _("### The server's default")
    box = box_of(TEAL, lines(title, page))
    add_sections(box, others(settings), glance(settings))
    return view_of(*above, box)


def _texts(rule: Rule) -> tuple[str, str, str]:
    """Return the title of a rule's card, what it shows for an empty rule, and what stands below one that is not."""
    match rule.scope:
        case Scope.ROLE:
            return (
                _("Limits of role <@&{id}>").format(id=rule.subject_id),
                _(
                    "No rules yet, so the server's default applies. Set the first with `/limits set` and this role."
                ),
                _(
                    "For everything else, the server's default applies. With several roles, the most generous one "
                    "applies."
                ),
            )
        case Scope.CHANNEL:
            return (
                _("Limits in <#{id}>").format(id=rule.subject_id),
                _(
                    "No rules yet, so the usual limits apply. Set the first with `/limits set` and this channel."
                ),
                _("A channel can only lower limits, not raise them."),
            )
        case Scope.MEMBER:
            return (
                _("Limits for <@{id}>").format(id=rule.subject_id),
                lines(
                    _("No rules of their own, so their roles and the server's default apply."),
                    _("`/limits explain` shows their usage. Set a rule with `/limits set` and this member."),
                ),
                _(
                    "For everything else, their roles and the server's default apply. `/limits explain` shows all of "
                    "it."
                ),
            )
        case Scope.SERVER | Scope.OPERATOR | Scope.FREE:
            return (
                _("The server's default"),
                _("No rules yet. Set the first with `/limits set`."),
                _("Rules for a role or member override this."),
            )
