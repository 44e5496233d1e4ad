"""What the mod-log says of money and of the provider: plainly, and what happens next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from discord import ui

from bot.domain.limits.money import day_bounds, month_bounds
from bot.domain.moderation import LogEntry
from bot.ui.i18n import _
from bot.ui.limits.names import stamp, usd
from bot.ui.limits.parts import box_of, lines
from bot.ui.look import AMBER, RED, dots

FULL: Final = 100  # per cent
HALF: Final = 50

Container = ui.Container[Any]


def budget_box(entry: LogEntry) -> Container:
    """A budget of the server's reached a level."""
    level, is_daily = int(entry.facts["level"]), entry.facts["period"] == "day"
    spent, budget = usd(int(entry.facts["micro_usd"])), usd(int(entry.facts["budget"]))
    figures = _("{spent} of {budget} are spent.").format(spent=spent, budget=budget)
    title, ends = _budget_title(level, is_daily), _end(entry.at, is_daily)
    text = lines(f"### {title}", f"{figures} {_what_next(level, ends)}")
    changes = _("the bot's operator set it")
    if not entry.facts.get("is_operators"):
        changes = _("`/limits set` changes it")
    hint = dots(_server(entry), _("`/budget` shows where it goes"), changes)
    return box_of(RED if level >= FULL else AMBER, text, hint)


def no_credit_box(entry: LogEntry) -> Container:
    """The provider's account is empty: for a server's moderators, or for the operator."""
    title = "### " + _("The provider's account is empty")
    if entry.channel_id is not None:
        text = _(
            "Easel cannot paint until it is topped up. Commands fail meanwhile, and count against nobody."
        )
        return box_of(RED, lines(title, f"{text} {_told()}"))
    text = _(
        "Nothing can be painted anywhere until you top it up, on the provider's billing page. Easel goes on by "
        "itself; whoever was refused can press Try again."
    )
    return box_of(RED, lines(title, text), _for_the_operator())


def bad_key_box(entry: LogEntry) -> Container:
    """The provider does not take the key: for a server's moderators, or for the operator."""
    title = "### " + _("The provider does not accept this bot's key")
    if entry.channel_id is not None:
        text = _(
            "Easel cannot paint until that is mended. Commands fail meanwhile, and count against nobody."
        )
        return box_of(RED, lines(title, f"{text} {_told()}"))
    text = _(
        "Nothing can be painted anywhere. Make a new key on the provider's page, set it as `AIMLAPI_API_KEY` and "
        "start Easel anew."
    )
    return box_of(RED, lines(title, text), _for_the_operator())


def _budget_title(level: int, is_daily: bool) -> str:
    if level >= FULL:
        return _("The daily budget is used up") if is_daily else _("The monthly budget is used up")
    if level == HALF:
        return _("Half of the daily budget is used") if is_daily else _("Half of the monthly budget is used")
    text = _("{n} % of the daily budget is used") if is_daily else _("{n} % of the monthly budget is used")
    return text.format(n=level)


def _end(at: datetime, is_daily: bool) -> datetime:
    _begins, ends = day_bounds(at) if is_daily else month_bounds(at)
    return ends


def _what_next(level: int, ends: datetime) -> str:
    if level >= FULL:
        text = _("Easel takes no new commands here until {when} ({left}).")
    else:
        text = _("At 100 % Easel takes no new commands here until {when} ({left}).")
    return text.format(when=stamp(ends, "f"), left=stamp(ends))


def _server(entry: LogEntry) -> str | None:
    """Named only where the card is not in it."""
    if entry.channel_id is not None or entry.guild_id is None:
        return None
    return _("server {id}").format(id=f"`{entry.guild_id}`")


def _told() -> str:
    return _("The bot's operator has been told; you need do nothing.")


def _for_the_operator() -> str:
    return dots(_("Told to this bot's operators, once until something can be painted again"))
