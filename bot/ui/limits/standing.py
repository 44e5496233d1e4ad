"""`/me`: what a person can still make here, for themselves."""

from __future__ import annotations

from typing import Final

from discord import ui

from bot.domain.moderation import PastDenial
from bot.domain.policy.decision import DenialReason, Grant, LimitReport, LimitUsage
from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import LIMIT_TYPES, MONEY, OF_THE_SERVER, Limit
from bot.domain.ports.stores import QueueView
from bot.services.moderation import MemberReport
from bot.ui.base.components import box_of, inline, lines, view_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import limit_name, rule_name, value_text
from bot.ui.base.theme import AMBER, RED, TEAL
from bot.ui.base.units import about_usd, images, stamp
from bot.ui.limits.why import blocked_text, may_still_edit, of_text, refused_text, refused_what, why_not

MAX_GRANTS: Final = 5
GRANT_REASON: Final = 60


def account_lines(view: LimitReport) -> list[str]:
    """Each limit that is used up as one goes: used and left, whose rule, when more opens."""
    return [_account(account) for account in view.usages]


def rule_lines(view: LimitReport) -> list[str]:
    """Every other limit that somebody set: its value, and whose rule."""
    counted = {account.limit for account in view.usages}
    return [_rule(view, limit) for limit in Limit if limit not in counted and is_limited(view, limit)]


def free_limits(view: LimitReport) -> str | None:
    """That nobody set the other limits, or any, on one quiet line."""
    free = [limit for limit in Limit if not is_limited(view, limit)]
    if len(free) == len(Limit):
        return _("-# Nothing is limited.")
    return _("-# Everything else: not limited") if free else None


def lives_on_grants(view: LimitReport) -> bool:
    """Whether the next picture comes from a grant: a window is used up, and yet it would be taken."""
    used_up = any(account.left == 0 for account in view.usages if account.limit in WINDOWS)
    return view.denied is None and used_up


def is_limited(view: LimitReport, limit: Limit) -> bool:
    return view.ruling.value(limit) != LIMIT_TYPES[limit].freest


def grant_lines(grants: tuple[Grant, ...]) -> list[str]:
    """The soonest to expire first, with their reasons."""
    shown = [f"{_grant(grant)} · {inline(grant.reason, GRANT_REASON)}" for grant in grants[:MAX_GRANTS]]
    hidden = len(grants) - MAX_GRANTS
    return (
        [*shown, n_("-# and {n} more", "-# and {n} more", hidden).format(n=hidden)] if hidden > 0 else shown
    )


def left_text(account: LimitUsage) -> str:
    return _("{n} left").format(n=about_usd(account.left) if account.limit in MONEY else f"{account.left:,}")


def opens_text(account: LimitUsage) -> str | None:
    """When more opens: of a window the next picture, of a budget the next period."""
    if account.opens_at is None:
        return None
    if account.limit in MONEY:
        return _("starts anew {when}").format(when=stamp(account.opens_at))
    return _("one more opens {when}").format(when=stamp(account.opens_at))


def _grant(grant: Grant) -> str:
    if grant.expires_at is None:
        return f"**{images(grant.left)}** · {_('no expiry')}"
    return f"**{images(grant.left)}** · {_('until {when}').format(when=stamp(grant.expires_at, 'f'))}"


def _account(account: LimitUsage) -> str:
    used = of_text(account.limit, account.used, account.allowed)
    opens = opens_text(account) if account.used else None
    about = " · ".join(part for part in (rule_name(account.by), opens) if part)
    return f"**{limit_name(account.limit)}** {used} · **{left_text(account)}**\n-# {about}"


def _rule(view: LimitReport, limit: Limit) -> str:
    decided = view.ruling.decided[limit]
    running = view.facts.here.open_jobs
    now = _(" ({n} under way)").format(n=running) if limit is Limit.JOBS_AT_ONCE and running else ""
    return f"**{limit_name(limit)}** {value_text(limit, decided.value)}{now} · {rule_name(decided.by)}"


def explain_card(
    standing: MemberReport, user_id: int, *, channel_id: int, is_member: bool = True
) -> ui.LayoutView:
    """Draws it for a moderator. `is_member` is False of somebody who is not in the server any more."""
    view = standing.limits
    box = box_of(
        RED if view.denied else TEAL, _explanation_head(view, user_id, channel_id, is_member=is_member)
    )
    sections = (
        _section(_("Used and left"), account_lines(view)),
        lines(_section(_("Also limited"), rule_lines(view)), free_limits(view)),
        _section(_("Granted on top: {n}").format(n=images(view.granted)), grant_lines(view.facts.grants)),
        lines(_section(_("Lately refused"), _refusals(standing.refused)), _running_and_reserved(view)),
    )
    for section in sections:
        if section:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(section))
    return view_of(box)


def _explanation_head(view: LimitReport, user_id: int, channel_id: int, *, is_member: bool) -> str:
    return lines(
        f"### {_('Limits of <@{id}>').format(id=user_id)}",
        _verdict(view, channel_id),
        _also_blocked(view),
        None if is_member else _("-# Not a member of this server now, so no role counts."),
    )


def _verdict(view: LimitReport, channel_id: int) -> str:
    if view.denied is None:
        granted = _("The next pictures come from what was granted.") if lives_on_grants(view) else None
        return lines(_("**Can make a picture** in <#{id}> now.").format(id=channel_id), granted)
    title = _("**Cannot make a picture** in <#{id}> now:").format(id=channel_id)
    return lines(title, why_not(view, view.denied))


def _also_blocked(view: LimitReport) -> str | None:
    """A pause hides a block: what stands after it is told as well."""
    hidden = (
        view.facts.block is not None and view.denied is not None and view.denied.reason is DenialReason.PAUSED
    )
    return blocked_text(view.facts.block, yours=False) if hidden else None


def _section(title: str, rows: list[str]) -> str:
    return lines(f"**{title}**", *rows) if rows else ""


def _refusals(refused: tuple[PastDenial, ...]) -> list[str]:
    """The newest first; those that read the same on one line, with the time of the newest."""
    alike: dict[tuple[int, str], list[PastDenial]] = {}
    for one in refused:
        alike.setdefault((one.channel_id, refused_what(one.code, one.facts)), []).append(one)
    return [_often(refused_text(ones[0]), len(ones)) for ones in alike.values()]


def _often(text: str, times: int) -> str:
    return (
        text
        if times == 1
        else n_("{text} · {n} time", "{text} · {n} times", times).format(text=text, n=times)
    )


def _running_and_reserved(view: LimitReport) -> str:
    number = view.facts.here.open_jobs
    if not number:
        return _("-# No job under way.")
    return n_("-# {n} job under way.", "-# {n} jobs under way.", number).format(n=number)


_PER: Final = {
    Limit.IMAGES_PER_HOUR: _("per hour"),
    Limit.IMAGES_PER_DAY: _("per day"),
    Limit.IMAGES_PER_WEEK: _("per week"),
    Limit.IMAGES_PER_MONTH: _("per month"),
}
_MONEY_LEFT: Final = {
    Limit.USD_PER_DAY: _("**{left}** of your {allowed} left today"),
    Limit.USD_PER_MONTH: _("**{left}** of your {allowed} left this month"),
    Limit.SERVER_USD_PER_DAY: _("**{left}** of the server's {allowed} left today"),
    Limit.SERVER_USD_PER_MONTH: _("**{left}** of the server's {allowed} left this month"),
}


def draw_standing_for_member(standing: MemberReport, line: QueueView) -> ui.LayoutView:
    """Draws it. `line` tells of their jobs under way, anywhere."""
    view = standing.limits
    box = box_of(AMBER if view.denied else TEAL, _head(view))
    sections = (_amounts(view), _grants(view), lines(_others(view), _running(view, line)))
    for section in sections:
        if section:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(section))
    return view_of(box)


def _head(view: LimitReport) -> str:
    if view.denied is None:
        granted = _("Your next pictures come from what you were granted.")
        return lines(f"### {_('You can paint now')}", granted if lives_on_grants(view) else None)
    title = _("You cannot paint right now")
    if _only_edits(view):
        title = _("You can edit pictures here, but not make new ones")
    return lines(f"### {title}", why_not(view, view.denied, yours=True))


def _only_edits(view: LimitReport) -> bool:
    no = view.denied.exceeded if view.denied else None
    return may_still_edit(view, no) and all(account.left for account in view.usages)


def _named_above(view: LimitReport) -> Limit | None:
    """The limit that the head speaks of."""
    return view.denied.exceeded.limit if view.denied and view.denied.exceeded else None


def _amounts(view: LimitReport) -> str:
    if not view.usages:
        return "" if view.denied else _("Nothing limits how many pictures you make here.")
    return lines(*(_amount(account) for account in view.usages if account.limit is not _named_above(view)))


def _left(account: LimitUsage) -> str:
    if account.limit in MONEY:
        text = _MONEY_LEFT[account.limit]
        return text.format(left=about_usd(account.left), allowed=about_usd(account.allowed))
    text = n_(
        "**{left}** of {allowed} picture left {per}",
        "**{left}** of {allowed} pictures left {per}",
        account.allowed,
    )
    return text.format(left=f"{account.left:,}", allowed=f"{account.allowed:,}", per=_PER[account.limit])


def _amount(account: LimitUsage) -> str:
    whose = None if account.limit in OF_THE_SERVER else rule_name(account.by, yours=True)
    waits = account.used and (account.limit in MONEY or account.left == 0)
    opens = opens_text(account) if waits else None
    about = " · ".join(part for part in (whose, opens) if part)
    return lines(_left(account), f"-# {about}" if about else None)


def _grants(view: LimitReport) -> str:
    if not view.facts.grants:
        return ""
    title = _("**Granted on top: {pictures}**").format(pictures=images(view.granted))
    return lines(title, *grant_lines(view.facts.grants))


def _others(view: LimitReport) -> str:
    """What else is limited, in one quiet line: rarely what somebody came for."""
    said = {_named_above(view), *(account.limit for account in view.usages)}
    parts = [
        f"{limit_name(limit)}: {value_text(limit, view.ruling.value(limit))}"
        for limit in Limit
        if limit not in said and is_limited(view, limit)
    ]
    return f"-# {' · '.join(parts)}" if parts else ""


def _running(view: LimitReport, line: QueueView) -> str:
    number = len(line.mine)
    if not number and view.denied:
        return _("Nothing of yours is under way.")
    if not number:
        return _("Nothing of yours is under way. `/imagine` starts a picture.")
    text = n_(
        "**{n} job** under way. `/queue` shows it.", "**{n} jobs** under way. `/queue` shows them.", number
    )
    return text.format(n=number)
