"""Where a member stands, line by line: what is used, what else is limited, grants."""

from __future__ import annotations

from typing import Final

from bot.domain.limits import MONEY, ORDERS, WINDOWS, Grant, Limit
from bot.domain.limits.outlook import Account, Outlook
from bot.ui.i18n import _, n_
from bot.ui.limits.money import about_usd
from bot.ui.limits.names import images, limit_name, rule_name, stamp, value_text
from bot.ui.limits.parts import inline
from bot.ui.limits.why import of_text

MAX_GRANTS: Final = 5
GRANT_REASON: Final = 60


def account_lines(view: Outlook) -> list[str]:
    """Each limit that is used up as one goes: used and left, whose rule, when more opens."""
    return [_account(account) for account in view.accounts]


def rule_lines(view: Outlook) -> list[str]:
    """Every other limit that somebody set: its value, and whose rule."""
    counted = {account.limit for account in view.accounts}
    return [_rule(view, limit) for limit in Limit if limit not in counted and is_limited(view, limit)]


def free_limits(view: Outlook) -> str | None:
    """That nobody set the other limits, or any, on one quiet line."""
    free = [limit for limit in Limit if not is_limited(view, limit)]
    if len(free) == len(Limit):
        return _("-# Nothing is limited.")
    return _("-# Everything else: not limited") if free else None


def lives_on_grants(view: Outlook) -> bool:
    """Whether the next picture comes from a grant: a window is used up, and yet it would be taken."""
    used_up = any(account.left == 0 for account in view.accounts if account.limit in WINDOWS)
    return view.denied is None and used_up


def is_limited(view: Outlook, limit: Limit) -> bool:
    return view.ruling.value(limit) != ORDERS[limit].freest


def grant_lines(grants: tuple[Grant, ...]) -> list[str]:
    """The soonest to expire first, with their reasons."""
    shown = [f"{_grant(grant)} · {inline(grant.reason, GRANT_REASON)}" for grant in grants[:MAX_GRANTS]]
    hidden = len(grants) - MAX_GRANTS
    return (
        [*shown, n_("-# and {n} more", "-# and {n} more", hidden).format(n=hidden)] if hidden > 0 else shown
    )


def left_text(account: Account) -> str:
    return _("{n} left").format(n=about_usd(account.left) if account.limit in MONEY else f"{account.left:,}")


def opens_text(account: Account) -> str | None:
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


def _account(account: Account) -> str:
    used = of_text(account.limit, account.used, account.allowed)
    opens = opens_text(account) if account.used else None
    about = " · ".join(part for part in (rule_name(account.by), opens) if part)
    return f"**{limit_name(account.limit)}** {used} · **{left_text(account)}**\n-# {about}"


def _rule(view: Outlook, limit: Limit) -> str:
    decided = view.ruling.decided[limit]
    running = view.docket.here.open_jobs
    now = _(" ({n} under way)").format(n=running) if limit is Limit.JOBS_AT_ONCE and running else ""
    return f"**{limit_name(limit)}** {value_text(limit, decided.value)}{now} · {rule_name(decided.by)}"
