"""Draw the limits that are set: for a member, a role, a channel or the server, beside its other settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from discord import ui

from bot.domain.policy.quota import IMAGE_WINDOWS, VIDEO_WINDOWS
from bot.domain.policy.rules import FREE, MONEY, Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.domain.video import VideoModel
from bot.ui.base.components import Box, box_of, inline, lines, view_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import ModelNames, limit_name, value_text
from bot.ui.base.theme import SLATE, TEAL
from bot.ui.base.units import cents, stamp

_COUNTED: Final = frozenset(
    {*IMAGE_WINDOWS, Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND, Limit.REFERENCES_PER_EDIT}
)
_VIDEOS: Final = frozenset({*VIDEO_WINDOWS, Limit.MAY_ANIMATE})
_GROUPS: Final = (
    (_("Pictures"), [limit for limit in Limit if limit in _COUNTED]),
    (_("Videos"), [limit for limit in Limit if limit in _VIDEOS]),
    (_("What and how"), [limit for limit in Limit if limit not in _COUNTED | _VIDEOS | MONEY]),
    (_("Money"), [limit for limit in Limit if limit in MONEY]),
)
MAX_SHOWN_SUBJECTS: Final = 10
_WHO_EVERYONE: Final = _("**Who can use Easel** everyone")
PAUSE_ROOM: Final = 100


def server_rule(settings: ServerSettings) -> Rule:
    """Return the server's default; it is empty if nothing is set."""
    return next((rule for rule in settings.rules if rule.scope is Scope.SERVER), FREE)


def rule_page(rule: Rule, *, ceiling: Rule, models: ModelNames) -> str:
    """Return the limits that a rule sets, in groups, and the operator's ceiling; '' if both are empty."""
    groups: list[str] = []
    for title, limits in _GROUPS:
        rows = [
            f"{limit_name(limit)}: **{value_text(limit, rule.says[limit], models=models)}**"
            for limit in limits
            if limit in rule.says
        ]
        if rows:
            groups.append(lines(f"**{title}**", *rows))
    if ceiling.says:
        parts = " · ".join(
            f"{limit_name(limit)} {value_text(limit, ceiling.says[limit], models=models)}"
            for limit in Limit
            if limit in ceiling.says
        )
        groups.append(_("-# The operator's ceiling: {parts}").format(parts=parts))
    return "\n\n".join(groups)


def glance(settings: ServerSettings, *, video: VideoModel | None) -> str:
    """Return a server's settings other than limits, one a line. `video` is the usual model, None: none is on offer."""
    return lines(
        _state(settings),
        _modlog(settings),
        _channels(settings),
        who_text(role_ids) if (role_ids := who_may(settings)) else None,
        videos_text(settings, video) if video is not None else None,
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


Animators = frozenset[int | None]


def who_may_animate(settings: ServerSettings) -> Animators:
    """Return the roles whose rules allow videos, and None if the server's default does; none: videos are closed."""
    rules = [rule for rule in settings.rules if rule.scope in {Scope.SERVER, Scope.ROLE}]
    return frozenset(rule.subject_id for rule in rules if rule.says.get(Limit.MAY_ANIMATE) is True)


def videos_text(settings: ServerSettings, video: VideoModel) -> str:
    """Return for whom videos are open, and about what the shortest one costs."""
    animators = who_may_animate(settings)
    price = _("about {amount} each").format(amount=cents(video.lowest_price_micro_usd))
    if None in animators:
        return _("**Videos** open · {price}").format(price=price)
    roles = _mentions([f"<@&{one}>" for one in sorted(filter(None, animators))])
    text = _("**Videos** open only for {roles} · {price}") if roles else _("**Videos** closed · {price}")
    return text.format(roles=roles, price=price)


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


def scope_card(rule: Rule, *, ceiling: Rule, models: ModelNames) -> ui.LayoutView:
    """Draw the limits that the rule of one member, role or channel sets."""
    title, if_empty, reach = _texts(rule)
    if not rule.says:
        return view_of(box_of(SLATE, lines(f"### {title}", if_empty)))
    page = rule_page(rule, ceiling=ceiling, models=models)
    return view_of(box_of(TEAL, f"### {title}", page, f"-# {reach}"))


def server_card(
    settings: ServerSettings,
    *,
    ceiling: Rule,
    models: ModelNames,
    video: VideoModel | None,
    above: Sequence[Box] = (),
) -> ui.LayoutView:
    """Draw the server's default, who has limits of their own, and the other settings, below the boxes `above`."""
    rule = server_rule(settings)
    page = rule_page(rule, ceiling=ceiling, models=models)
    if not rule.says:
        page = lines(
            _("No limits yet. Set the first with `/limits set`, or see them all with `/limits panel`."), page
        )
    title = _("### The server's default")
    box = box_of(TEAL, lines(title, page))
    add_sections(box, others(settings), glance(settings, video=video))
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
