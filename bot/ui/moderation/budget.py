"""The card of /budget: what a server has spent, the forecast for the month, and who set the budgets."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import discord
from discord import ui

from bot.domain.policy.budget import Month
from bot.domain.policy.decision import Pause
from bot.domain.policy.rules import Limit, Rule, Scope, combine
from bot.domain.ports.drawing import PlotWords
from bot.domain.ports.moderation import ServerSettings
from bot.services.moderation import BudgetReport
from bot.ui.base import markdown
from bot.ui.base.components import lines, view_of
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import limit_name
from bot.ui.base.theme import AMBER, RED, SLATE, TEAL, dots
from bot.ui.base.units import about_usd, cents, stamp
from bot.ui.limits.show import server_rule

PLOT_FILE: Final = "easel-budget.png"
CELLS: Final = 24
_NEARLY: Final = 80  # per cent
_MONTHS: Final = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)


def plot_words(month: Month) -> PlotWords:
    """Return the words on the chart of a month."""
    return PlotWords(
        title=_("Spending in {month}").format(month=_month_name(month)),
        spent=_("Spent"),
        forecast=_("Forecast"),
        budget=_("Budget"),
        nothing=_("Nothing spent yet"),
    )


def chart_alt_text(report: BudgetReport) -> str:
    """Return a description of the chart for people who cannot see it."""
    parts = [
        _("Spending in {month}, day by day").format(month=_month_name(report.month)),
        _("{amount} so far").format(amount=about_usd(report.month.total)),
        _("budget {amount}").format(amount=about_usd(report.month_budget)) if report.month_budget else None,
        _("about {amount} by the month's end").format(amount=cents(report.forecast))
        if report.forecast
        else None,
    ]
    return ", ".join(part for part in parts if part) + "."


def budget_card(
    report: BudgetReport, settings: ServerSettings, ceiling: Rule, *, picture: str | None = None
) -> ui.LayoutView:
    """Draw the card; `picture` is the file name of the uploaded chart."""
    box: ui.Container[Any] = ui.Container(accent_colour=_colour(report))
    box.add_item(ui.TextDisplay(_head(settings.pause)))
    figures = _figures(report)
    if figures:
        box.add_item(ui.TextDisplay("\n".join(figures)))
    if picture is not None:
        box.add_item(ui.Separator(visible=False))  # without it the bars touch the picture
        item = discord.MediaGalleryItem(f"attachment://{picture}", description=chart_alt_text(report))
        box.add_item(ui.MediaGallery(item))
    box.add_item(ui.TextDisplay(_outlook(report)))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(lines(*_foot(report, settings, ceiling))))
    return view_of(box)


def bar(used: int, allowed: int) -> str:
    """Return a bar of the share used: at least one cell if anything is used, and full only if all is."""
    filled = CELLS if used >= allowed else min(CELLS - 1, used * CELLS // allowed)
    filled = max(filled, 1) if used else filled
    return f"`{'█' * filled}{'░' * (CELLS - filled)}`"


def _colour(report: BudgetReport) -> int:
    worst = max((used * 100 // max(allowed, 1) for used, allowed in _budgets(report)), default=0)
    if any(used >= allowed for used, allowed in _budgets(report)):
        return RED
    if worst >= _NEARLY or report.runs_out is not None:
        return AMBER
    return TEAL if report.month.total or _budgets(report) else SLATE


def _budgets(report: BudgetReport) -> list[tuple[int, int]]:
    """Return what is used and what is allowed, in micro USD, for the budgets that are set."""
    pairs = ((report.spent.today_micro_usd, report.day_budget), (report.month.total, report.month_budget))
    return [(used, allowed) for used, allowed in pairs if allowed is not None]


def _head(pause: Pause | None) -> str:
    title = f"### {_('Budget')}"
    if pause is None:
        return title
    text = _("**Paused** by <@{id}> {when}. Nobody can make pictures until `/resume`.")
    quote = markdown.quote(pause.text, 600) if pause.text.strip() else None
    return lines(title, text.format(id=pause.by, when=stamp(pause.at)), quote)


def _figures(report: BudgetReport) -> list[str]:
    """Return lines for the month and for today, each with a bar if it has a budget; none if both are empty."""
    figures = (
        (_("this month"), report.month.total, report.month_budget),
        (_("today"), report.spent.today_micro_usd, report.day_budget),
    )
    shown = (one for one in figures if report.month.total or one[2] is not None)
    return [line for period, used, allowed in shown for line in _figure(period, used, allowed)]


def _figure(period: str, used: int, allowed: int | None) -> list[str]:
    if allowed is None:
        return [_("**{used}** {period}").format(used=about_usd(used), period=period)]
    share = "<1" if 0 < used * 100 < allowed else used * 100 // max(allowed, 1)
    text = _("**{used}** of {allowed} {period}").format(
        used=about_usd(used), allowed=about_usd(allowed), period=period
    )
    return [text if allowed == 0 else f"{text} · {share} %", bar(used, allowed)]


def _outlook(report: BudgetReport) -> str:
    month_ends, day_ends = _ends(report.month)
    if report.month_budget is not None and report.month.total >= report.month_budget:
        text = _("**This month's budget is used up.** It resets {when}.")
        return text.format(when=stamp(month_ends))
    if report.day_budget is not None and report.spent.today_micro_usd >= report.day_budget:
        return _("**Today's budget is used up.** It resets {when}.").format(when=stamp(day_ends))
    if report.month.total == 0:
        return _("Nothing spent this month yet.")
    if report.forecast is None:
        return _("The forecast starts after the first full day of spending.")
    about = _("At this pace, it will be about **{amount}** by the end of the month").format(
        amount=cents(report.forecast)
    )
    if report.runs_out is not None:
        text = _("{about}. That's over budget: it runs out {when}, on {day}.")
        return text.format(about=about, when=stamp(report.runs_out), day=stamp(report.runs_out, "D"))
    if report.month_budget is not None:
        return _("{about}, within budget.").format(about=about)
    return f"{about}."


def _foot(report: BudgetReport, settings: ServerSettings, ceiling: Rule) -> list[str | None]:
    reserved = report.spent.reserved_micro_usd
    set_aside = _("{amount} is reserved for queued jobs.").format(amount=about_usd(reserved))
    return [
        dots(set_aside) if reserved else None,
        *_who_set_it(report, settings, ceiling),
        dots(_("Days and months are in UTC.")),
    ]


def _who_set_it(report: BudgetReport, settings: ServerSettings, ceiling: Rule) -> list[str]:
    day, month = limit_name(Limit.SERVER_USD_PER_DAY), limit_name(Limit.SERVER_USD_PER_MONTH)
    if report.day_budget is None and report.month_budget is None:
        text = _("No budget is set. Set “{day}” or “{month}” with `/limits set`.")
        return [dots(text.format(day=day, month=month))]
    ruling = combine(ceiling=ceiling, server=server_rule(settings))
    text = _("{name}: the operator's ceiling; you can only set it lower.")
    by_operator = [
        dots(text.format(name=limit_name(limit)))
        for limit in (Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH)
        if ruling.decided[limit].by.scope is Scope.OPERATOR
    ]
    return [
        *by_operator,
        dots(_("`/limits set` changes “{day}” and “{month}”.").format(day=day, month=month)),
    ]


def _month_name(month: Month) -> str:
    return _("{month} {year}").format(month=_MONTHS[month.start.month - 1], year=month.start.year)


def _ends(month: Month) -> tuple[datetime, datetime]:
    """Return when the month and the present day end."""
    return _midnight(month.start + timedelta(days=month.days)), _midnight(month.today + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
