"""A member's limits and what is left of them: `/limits explain` for moderators, `/me` for the member."""

from __future__ import annotations

from typing import Final

from discord import ui

from bot.domain.moderation import PastDenial
from bot.domain.policy.decision import Admission, DenialReason, Denied, Grant, LimitReport, LimitUsage
from bot.domain.policy.quota import IMAGE_WINDOWS, VIDEO_WINDOWS, LimitExceeded
from bot.domain.policy.rules import LIMIT_TYPES, MONEY, OF_THE_SERVER, Limit, Scope
from bot.domain.ports.stores import QueueView
from bot.services.moderation import MemberReport
from bot.ui.base.components import box_of, inline, lines, view_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import limit_name, rule_name, value_text, window_words
from bot.ui.base.theme import AMBER, RED, TEAL, dots
from bot.ui.base.units import about_usd, images, stamp
from bot.ui.limits.show import add_sections
from bot.ui.limits.why import (
    blocked_text,
    denial_reason,
    denial_text,
    may_still_edit,
    used_of_allowed,
    why_not,
)

MAX_GRANTS: Final = 5
GRANT_REASON: Final = 60


def lives_on_grants(report: LimitReport) -> bool:
    """Return whether the next picture comes from a grant: a window is used up, and a command would be accepted."""
    used_up = any(usage.left == 0 for usage in report.usages if usage.limit in IMAGE_WINDOWS)
    return report.denied is None and used_up


def is_limited(report: LimitReport, limit: Limit) -> bool:
    """Return whether a rule makes the limit narrower here than it can be."""
    decided = report.ruling.decided[limit]
    return decided.by.scope is not Scope.FREE and decided.value != LIMIT_TYPES[limit].freest


def usages_shown(report: LimitReport) -> list[LimitUsage]:
    """Return the usages, of videos only where the member may make some or did."""
    may = report.video is not None and bool(report.ruling.value(Limit.MAY_ANIMATE))
    return [usage for usage in report.usages if may or usage.used or usage.limit not in VIDEO_WINDOWS]


def grant_lines(grants: tuple[Grant, ...]) -> list[str]:
    """Return a line for each grant with its reason, and one for those beyond `MAX_GRANTS`."""
    rows = [f"{_grant(grant)} · {inline(grant.reason, GRANT_REASON)}" for grant in grants[:MAX_GRANTS]]
    hidden = len(grants) - MAX_GRANTS
    if hidden > 0:
        rows.append(n_("-# and {n} more", "-# and {n} more", hidden).format(n=hidden))
    return rows


def opens_text(usage: LimitUsage) -> str | None:
    """Return when the next picture of a window or the next period of a budget opens; None if time does not help."""
    if usage.opens_at is None:
        return None
    if usage.limit in MONEY:
        return _("resets {when}").format(when=stamp(usage.opens_at))
    return _("one more opens {when}").format(when=stamp(usage.opens_at))


def _grant(grant: Grant) -> str:
    if grant.expires_at is None:
        return f"**{images(grant.left)}** · {_('no expiry')}"
    return f"**{images(grant.left)}** · {_('until {when}').format(when=stamp(grant.expires_at, 'f'))}"


def _usage_text(usage: LimitUsage) -> str:
    """Return two lines: what is used and left, and below it whose rule it is and when more opens."""
    used = used_of_allowed(usage.limit, usage.used, usage.allowed)
    left = about_usd(usage.left) if usage.limit in MONEY else f"{usage.left:,}"
    opens = opens_text(usage) if usage.used else None
    about = " · ".join(part for part in (rule_name(usage.by), opens) if part)
    return f"**{limit_name(usage.limit)}** {used} · **{_('{n} left').format(n=left)}**\n-# {about}"


def _rule_text(report: LimitReport, limit: Limit) -> str:
    decided = report.ruling.decided[limit]
    running = report.facts.here.open_jobs
    now = _(" ({n} in progress)").format(n=running) if limit is Limit.JOBS_AT_ONCE and running else ""
    value = value_text(limit, decided.value, models=report.model_names)
    return f"**{limit_name(limit)}** {value}{now} · {rule_name(decided.by)}"


def explain_card(
    member: MemberReport, user_id: int, *, channel_id: int, is_member: bool = True
) -> ui.LayoutView:
    """Draw a member's limits for a moderator. `is_member` is False for somebody who has left the server."""
    report = member.limits
    head = lines(
        f"### {_('Limits of <@{id}>').format(id=user_id)}",
        _verdict(report, channel_id),
        _verdict_on_videos(report),
        _also_blocked(report),
        None if is_member else _("-# Not in this server right now, so roles don't apply."),
    )
    counted = {usage.limit for usage in report.usages}
    others = [limit for limit in Limit if limit not in counted and is_limited(report, limit)]
    box = box_of(RED if report.denied else TEAL, head)
    add_sections(
        box,
        _section(_("Usage"), [_usage_text(usage) for usage in usages_shown(report)]),
        lines(
            _section(_("Also limited"), [_rule_text(report, limit) for limit in others]), _not_limited(report)
        ),
        _section(_("Extra: {n}").format(n=images(report.granted)), grant_lines(report.facts.grants)),
        lines(_section(_("Recently refused"), _denials(member.denials)), _under_way(report)),
    )
    return view_of(box)


def _not_limited(report: LimitReport) -> str | None:
    """Return a small line that the other limits, or all of them, are not set; None if all are set."""
    free = [limit for limit in Limit if not is_limited(report, limit)]
    if len(free) == len(Limit):
        return _("-# No limits apply.")
    return _("-# Everything else: no limit") if free else None


def _verdict(report: LimitReport, channel_id: int) -> str:
    if report.denied is None:
        granted = _("The next pictures use the extra ones.") if lives_on_grants(report) else None
        return lines(_("**Can make a picture** in <#{id}> now.").format(id=channel_id), granted)
    title = _("**Can't make a picture** in <#{id}> now:").format(id=channel_id)
    return lines(title, why_not(report, report.denied))


def _verdict_on_videos(report: LimitReport) -> str | None:
    """Return whether a video would be accepted; None where none is on offer, or for the same reason as a picture."""
    match report.video:
        case Admission():
            return (
                _("**Can make a video** there too.") if report.denied is None else _("**Can make a video.**")
            )
        case Denied(exceeded=LimitExceeded() as exceeded) if exceeded.limit is not _limit_in_head(report):
            if exceeded.are_videos_closed:
                return dots(_("Videos aren't open in this server yet. `/setup` opens them."))
            return lines(_("**Can't make a video:**"), why_not(report, report.video))
        case _:
            return None


def _also_blocked(report: LimitReport) -> str | None:
    """Return the block that the verdict hides, because a pause is checked before a block."""
    hidden = (
        report.facts.block is not None
        and report.denied is not None
        and report.denied.reason is DenialReason.PAUSED
    )
    return blocked_text(report.facts.block, yours=False) if hidden else None


def _section(title: str, rows: list[str]) -> str:
    return lines(f"**{title}**", *rows) if rows else ""


def _denials(denials: tuple[PastDenial, ...]) -> list[str]:
    """Return the past denials, newest first; those with the same text share a line with the newest one's time."""
    alike: dict[tuple[int, str], list[PastDenial]] = {}
    for one in denials:
        alike.setdefault((one.channel_id, denial_reason(one.code, one.facts)), []).append(one)
    rows: list[str] = []
    for ones in alike.values():
        text, times = denial_text(ones[0]), len(ones)
        often = n_("{text} · {n} time", "{text} · {n} times", times)
        rows.append(text if times == 1 else often.format(text=text, n=times))
    return rows


def _under_way(report: LimitReport) -> str:
    number = report.facts.here.open_jobs
    if not number:
        return _("-# No jobs in progress.")
    return n_("-# {n} job in progress.", "-# {n} jobs in progress.", number).format(n=number)


_MONEY_LEFT: Final = {
    Limit.USD_PER_DAY: _("**{left}** of your {allowed} left today"),
    Limit.USD_PER_MONTH: _("**{left}** of your {allowed} left this month"),
    Limit.SERVER_USD_PER_DAY: _("**{left}** of the server's {allowed} left today"),
    Limit.SERVER_USD_PER_MONTH: _("**{left}** of the server's {allowed} left this month"),
}


def own_limits_card(member: MemberReport, line: QueueView) -> ui.LayoutView:
    """Draw a member's limits for themselves; `line` holds their jobs under way, in any place."""
    report = member.limits
    grants = ""
    if report.facts.grants:
        title = _("**Extra: {pictures}**").format(pictures=images(report.granted))
        grants = lines(title, *grant_lines(report.facts.grants))
    box = box_of(AMBER if report.denied else TEAL, _head(report))
    add_sections(box, _amounts(report), grants, lines(_others(report), _jobs(report, line)))
    return view_of(box)


def _head(report: LimitReport) -> str:
    if report.denied is None:
        granted = _("Your next pictures use the extra ones.")
        return lines(f"### {_('You can paint now')}", granted if lives_on_grants(report) else None)
    title = _("You can't paint right now")
    if may_still_edit(report, report.denied.exceeded) and all(usage.left for usage in report.usages):
        title = _("You can edit pictures here, but not make new ones")
    return lines(f"### {title}", why_not(report, report.denied, yours=True))


def _limit_in_head(report: LimitReport) -> Limit | None:
    return report.denied.exceeded.limit if report.denied and report.denied.exceeded else None


def _amounts(report: LimitReport) -> str:
    usages = usages_shown(report)
    is_free = not report.denied and all(usage.limit in VIDEO_WINDOWS for usage in usages)
    return lines(
        _("You can make as many pictures as you like here.") if is_free else None,
        *(_amount(usage) for usage in usages if usage.limit is not _limit_in_head(report)),
    )


def _left(usage: LimitUsage) -> str:
    if usage.limit in MONEY:
        text = _MONEY_LEFT[usage.limit]
        return text.format(left=about_usd(usage.left), allowed=about_usd(usage.allowed))
    if usage.limit in VIDEO_WINDOWS:
        text = n_(
            "**{left}** of {allowed} video {per} left",
            "**{left}** of {allowed} videos {per} left",
            usage.allowed,
        )
    else:
        text = n_(
            "**{left}** of {allowed} picture {per} left",
            "**{left}** of {allowed} pictures {per} left",
            usage.allowed,
        )
    return text.format(
        left=f"{usage.left:,}", allowed=f"{usage.allowed:,}", per=window_words(usage.limit).per
    )


def _amount(usage: LimitUsage) -> str:
    whose = None if usage.limit in OF_THE_SERVER else rule_name(usage.by, yours=True)
    waits = usage.used and (usage.limit in MONEY or usage.left == 0)
    opens = opens_text(usage) if waits else None
    about = " · ".join(part for part in (whose, opens) if part)
    return lines(_left(usage), f"-# {about}" if about else None)


def _others(report: LimitReport) -> str:
    """Return a small line with the limits that the card does not show elsewhere; '' if there are none."""
    shown = {_limit_in_head(report), *(usage.limit for usage in report.usages)}
    parts = [
        f"{limit_name(limit)}: {value_text(limit, report.ruling.value(limit), models=report.model_names)}"
        for limit in Limit
        if limit not in shown and is_limited(report, limit)
    ]
    return f"-# {' · '.join(parts)}" if parts else ""


def _jobs(report: LimitReport, line: QueueView) -> str:
    number = len(line.mine)
    if not number and report.denied:
        return _("You have no jobs in progress.")
    if not number:
        return _("You have no jobs in progress. Start one with `/imagine`.")
    text = n_(
        "**{n} job** in progress. `/queue` shows it.",
        "**{n} jobs** in progress. `/queue` shows them.",
        number,
    )
    return text.format(n=number)
