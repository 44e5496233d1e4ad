"""/queue: a person's jobs and the line, for their eyes only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from discord import ui

from bot.domain.jobs import JobState
from bot.domain.policy.decision import LimitReport
from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import Limit
from bot.domain.ports.stores import Line, LineEntry
from bot.ui.base import markdown
from bot.ui.base.components import JOB_ID, PersistentButton
from bot.ui.base.context import Interaction, request_context, served_guild_of, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import SLATE, TEAL, dots, picture_count, position_text

MAX_ROWS = 8  # within `MAX_COMPONENTS`, and nobody reads more
DROP: Final = PersistentButton("drop", JOB_ID, _("Cancel"))  # as on a card, but the list stays a list
QUEUE_PROMPT_ROOM = 160
_WINDOW_WORDS = {
    Limit.IMAGES_PER_HOUR: _("per hour"),
    Limit.IMAGES_PER_DAY: _("per 24 hours"),
    Limit.IMAGES_PER_WEEK: _("per 7 days"),
    Limit.IMAGES_PER_MONTH: _("per 30 days"),
}


async def lineup_of(interaction: Interaction) -> ui.LayoutView:
    """The line for whoever asks."""
    gateway, user_id = services_of(interaction), interaction.user.id
    line = await gateway.submissions.line(user_id)
    served = served_guild_of(interaction)
    standing = await gateway.moderation.member_report(user_id, served, request_context(interaction))
    return lineup(line, standing.limits)


def lineup(line: Line, report: LimitReport) -> ui.LayoutView:
    """Draws the line as one person sees it, and what they have left here."""
    box: ui.Container[Any] = ui.Container(accent_colour=TEAL if line.mine else SLATE)
    box.add_item(ui.TextDisplay(f"### {_title(line)}"))
    for entry in line.mine[:MAX_ROWS]:
        _add_entry(box, entry)
    hidden = len(line.mine) - MAX_ROWS
    if hidden > 0:
        box.add_item(ui.TextDisplay(dots(n_("and {n} more", "and {n} more", hidden).format(n=hidden))))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(f"{dots(*_whole_line(line))}\n{dots(*left_here(report))}"))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view


def _title(line: Line) -> str:
    if not line.mine:
        return _("You have nothing in the line")
    return n_("Your job", "Your {n} jobs", len(line.mine)).format(n=len(line.mine))


def _add_entry(box: ui.Container[Any], entry: LineEntry) -> None:
    job = entry.job
    facts = dots(*_where(entry), job.request.resolution.value, picture_count(job.request.count))
    text = ui.TextDisplay[Any](f"{markdown.quote(job.request.prompt, QUEUE_PROMPT_ROOM)}\n{facts}")
    if job.state is JobState.DELIVERING:
        box.add_item(text)
    else:
        box.add_item(ui.Section(text, accessory=DROP.button(job.id)))


def _where(entry: LineEntry) -> list[str]:
    if entry.standing is not None:
        return position_text(entry.standing)
    return [_("being painted") if entry.job.state is JobState.RENDERING else _("being delivered")]


def _whole_line(line: Line) -> list[str]:
    return [
        n_("{n} job waiting", "{n} jobs waiting", line.waiting).format(n=line.waiting),
        n_("{n} being painted", "{n} being painted", line.working).format(n=line.working),
    ]


def left_here(report: LimitReport) -> list[str]:
    """Of the window that leaves least; `/me` tells the rest."""
    windows = [account for account in report.usages if account.limit in WINDOWS]
    if not windows:
        return [_("no limit on pictures"), "`/me`"]
    account = min(windows, key=lambda one: one.left)
    left = n_(
        "{left} of your {limit} picture {window} left",
        "{left} of your {limit} pictures {window} left",
        account.allowed,
    )
    facts = [left.format(left=account.left, limit=account.allowed, window=_WINDOW_WORDS[account.limit])]
    if account.left == 0 and account.opens_at is not None:
        opens_at = account.opens_at + timedelta(seconds=1)
        facts.append(_("next one {when}").format(when=f"<t:{int(opens_at.timestamp())}:R>"))
    return [*facts, "`/me`"]
