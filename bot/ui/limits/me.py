"""`/me`: what a person can still make here, for themselves."""

from __future__ import annotations

from typing import Final

from discord import ui

from bot.domain.limits import MONEY, OF_THE_SERVER, Limit
from bot.domain.limits.outlook import Account, Outlook
from bot.domain.ports import Line
from bot.services.moderation import Standing
from bot.ui.i18n import _, n_
from bot.ui.limits.money import about_usd
from bot.ui.limits.names import images, limit_name, rule_name, value_text
from bot.ui.limits.parts import box_of, lines, view_of
from bot.ui.limits.standing import grant_lines, is_limited, lives_on_grants, opens_text
from bot.ui.limits.why import may_still_edit, why_not
from bot.ui.look import AMBER, TEAL

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


def draw_standing_for_member(standing: Standing, line: Line) -> ui.LayoutView:
    """Draws it. `line` tells of their jobs under way, anywhere."""
    view = standing.outlook
    box = box_of(AMBER if view.denied else TEAL, _head(view))
    sections = (_amounts(view), _grants(view), lines(_others(view), _running(view, line)))
    for section in sections:
        if section:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(section))
    return view_of(box)


def _head(view: Outlook) -> str:
    if view.denied is None:
        granted = _("Your next pictures come from what you were granted.")
        return lines(f"### {_('You can paint now')}", granted if lives_on_grants(view) else None)
    title = _("You cannot paint right now")
    if _only_edits(view):
        title = _("You can edit pictures here, but not make new ones")
    return lines(f"### {title}", why_not(view, view.denied, yours=True))


def _only_edits(view: Outlook) -> bool:
    no = view.denied.no if view.denied else None
    return may_still_edit(view, no) and all(account.left for account in view.accounts)


def _named_above(view: Outlook) -> Limit | None:
    """The limit that the head speaks of."""
    return view.denied.no.limit if view.denied and view.denied.no else None


def _amounts(view: Outlook) -> str:
    if not view.accounts:
        return "" if view.denied else _("Nothing limits how many pictures you make here.")
    return lines(*(_amount(account) for account in view.accounts if account.limit is not _named_above(view)))


def _left(account: Account) -> str:
    if account.limit in MONEY:
        text = _MONEY_LEFT[account.limit]
        return text.format(left=about_usd(account.left), allowed=about_usd(account.allowed))
    text = n_(
        "**{left}** of {allowed} picture left {per}",
        "**{left}** of {allowed} pictures left {per}",
        account.allowed,
    )
    return text.format(left=f"{account.left:,}", allowed=f"{account.allowed:,}", per=_PER[account.limit])


def _amount(account: Account) -> str:
    whose = None if account.limit in OF_THE_SERVER else rule_name(account.by, yours=True)
    waits = account.used and (account.limit in MONEY or account.left == 0)
    opens = opens_text(account) if waits else None
    about = " · ".join(part for part in (whose, opens) if part)
    return lines(_left(account), f"-# {about}" if about else None)


def _grants(view: Outlook) -> str:
    if not view.docket.grants:
        return ""
    title = _("**Granted on top: {pictures}**").format(pictures=images(view.granted))
    return lines(title, *grant_lines(view.docket.grants))


def _others(view: Outlook) -> str:
    """What else is limited, in one quiet line: rarely what somebody came for."""
    said = {_named_above(view), *(account.limit for account in view.accounts)}
    parts = [
        f"{limit_name(limit)}: {value_text(limit, view.ruling.value(limit))}"
        for limit in Limit
        if limit not in said and is_limited(view, limit)
    ]
    return f"-# {' · '.join(parts)}" if parts else ""


def _running(view: Outlook, line: Line) -> str:
    number = len(line.mine)
    if not number and view.denied:
        return _("Nothing of yours is under way.")
    if not number:
        return _("Nothing of yours is under way. `/imagine` starts a picture.")
    text = n_(
        "**{n} job** under way. `/queue` shows it.", "**{n} jobs** under way. `/queue` shows them.", number
    )
    return text.format(n=number)
