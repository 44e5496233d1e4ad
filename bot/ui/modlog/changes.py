"""/modlog changes: what moderators changed lately, from the record that is kept with or without a mod-log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from discord import ui

from bot.domain.moderation import AuditEntry
from bot.ui.i18n import _
from bot.ui.limits.names import stamp
from bot.ui.limits.parts import box_of, lines, view_of
from bot.ui.limits.wording import before_after, change_quote, change_text
from bot.ui.look import SLATE

SHOWN: Final = 10
MAX_TEXT: Final = 3_800  # of the 4,000 Discord takes in one message


def changes_card(entries: Sequence[AuditEntry]) -> ui.LayoutView:
    """The newest first; as many as fit."""
    title = f"### {_('Latest changes')}"
    if not entries:
        return view_of(box_of(SLATE, lines(title, _("Nothing was changed yet. `/limits panel` is a start."))))
    texts: list[str] = []
    for entry in entries:
        text = _entry(entry)
        if len("\n\n".join([title, *texts, text])) > MAX_TEXT:
            break
        texts.append(text)
    return view_of(box_of(SLATE, title, "\n\n".join(texts)))


def _entry(entry: AuditEntry) -> str:
    did = f"{stamp(entry.at)} <@{entry.by}> {change_text(entry.change)}"
    return lines(did, change_quote(entry.change), before_after(entry))
