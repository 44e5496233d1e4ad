"""/queue: a person's jobs and the line, for their eyes only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from discord import ui

from bot.domain.jobs import JobState
from bot.domain.policy import WINDOW, Policy
from bot.domain.ports import Line, LineEntry
from bot.ui import plain
from bot.ui.buttons import DropButton
from bot.ui.i18n import _, n_
from bot.ui.look import SLATE, TEAL, dots, pictures, place

MAX_ROWS = 8  # 40 components, and nobody reads more
PROMPT_ROOM = 160


def lineup(line: Line, policy: Policy) -> ui.LayoutView:
    """Draws the line as one person sees it."""
    box: ui.Container[Any] = ui.Container(accent_colour=TEAL if line.mine else SLATE)
    box.add_item(ui.TextDisplay(f"### {_title(line)}"))
    for entry in line.mine[:MAX_ROWS]:
        _add_entry(box, entry)
    hidden = len(line.mine) - MAX_ROWS
    if hidden > 0:
        box.add_item(ui.TextDisplay(dots(n_("and {n} more", "and {n} more", hidden).format(n=hidden))))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(f"{dots(*_whole_line(line))}\n{dots(*_left(line, policy))}"))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view


def _title(line: Line) -> str:
    if not line.mine:
        return _("You have nothing in the line")
    return n_("Your job", "Your {n} jobs", len(line.mine)).format(n=len(line.mine))


def _add_entry(box: ui.Container[Any], entry: LineEntry) -> None:
    job = entry.job
    facts = dots(*_where(entry), job.wish.resolution.value, pictures(job.wish.count))
    text = ui.TextDisplay[Any](f"{plain.quote(job.wish.prompt, PROMPT_ROOM)}\n{facts}")
    if job.state is JobState.DELIVERING:
        box.add_item(text)
    else:
        box.add_item(ui.Section(text, accessory=DropButton(job.id)))


def _where(entry: LineEntry) -> list[str]:
    if entry.standing is not None:
        return place(entry.standing)
    return [_("being painted") if entry.job.state is JobState.RENDERING else _("being delivered")]


def _whole_line(line: Line) -> list[str]:
    return [
        n_("{n} job waiting", "{n} jobs waiting", line.waiting).format(n=line.waiting),
        n_("{n} being painted", "{n} being painted", line.working).format(n=line.working),
    ]


def _left(line: Line, policy: Policy) -> list[str]:
    used, limit = line.usage.images, policy.images_per_day
    if limit is None:
        return [_("{pictures} in the last 24 hours, no limit").format(pictures=pictures(used))]
    left = n_(
        "{left} of your {limit} picture per 24 hours left",
        "{left} of your {limit} pictures per 24 hours left",
        limit,
    )
    facts = [left.format(left=max(0, limit - used), limit=limit)]
    if line.usage.spent and used >= limit:
        opens_at = line.usage.spent[0].at + WINDOW + timedelta(seconds=1)
        facts.append(_("next one {when}").format(when=f"<t:{int(opens_at.timestamp())}:R>"))
    return facts
