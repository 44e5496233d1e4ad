"""Pictures go on the tray, and each one's fate is told."""

from __future__ import annotations

from typing import Final

from bot.domain.pictures import PictureProblem
from bot.domain.ports import MAX_TRAY
from bot.domain.references import Reference
from bot.services.shelf import Put, PutOnTray
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _, n_
from bot.ui.limits.parts import Box, box_of
from bot.ui.look import AMBER, TEAL, dots
from bot.ui.reasons import picture_reason
from bot.ui.tray.panel import name_text, show_tray

MAX_BAD: Final = 5  # that are spoken of one by one


async def add_to_tray(interaction: Interaction, references: tuple[Reference, ...]) -> None:
    """Answers a deferred interaction with the tray as it is then. Each picture may take a download."""
    shelf, user_id = gateway_of(interaction).shelf, interaction.user.id
    fates = await shelf.put_on_tray(user_id, references)
    await show_tray(interaction, fates_box(fates, on_tray=len(await shelf.tray(user_id))))


def fates_box(fates: tuple[PutOnTray, ...], *, on_tray: int) -> Box:
    """What became of each; `on_tray` is how many there are now, the added ones last."""
    added = sum(fate.outcome is Put.ADDED for fate in fates)
    bad = [fate for fate in fates if fate.outcome is Put.BAD]
    full = sum(fate.outcome is Put.FULL for fate in fates)
    texts = [
        _added_text(added, on_tray) if added else f"### {_('Nothing was added')}",
        _full_text(full) if full else "",
        *map(_bad_text, bad[:MAX_BAD]),
        _more_text(len(bad) - MAX_BAD) if len(bad) > MAX_BAD else "",
    ]
    return box_of(TEAL if added == len(fates) else AMBER, "\n".join(filter(None, texts)))


def _added_text(added: int, on_tray: int) -> str:
    if added == 1:
        return f"### {_('Added as image {n}').format(n=on_tray)}"
    text = _("Added as images {first} and {last}") if added == 2 else _("Added as images {first} to {last}")
    return f"### {text.format(first=on_tray - added + 1, last=on_tray)}"


def _full_text(full: int) -> str:
    text = n_(
        "There was no room for {n} picture: the tray holds {most}. Remove some, then add it again.",
        "There was no room for {n} pictures: the tray holds {most}. Remove some, then add them again.",
        full,
    )
    return text.format(n=full, most=MAX_TRAY)


def _bad_text(fate: PutOnTray) -> str:
    if fate.problem is None:
        raise ValueError("a bad picture without its problem")
    why, next_step = picture_reason(fate.problem, None)
    if fate.problem is PictureProblem.UNKNOWN_FORMAT:
        why = _("This is no picture that Easel can read.")
    return f"- **{name_text(fate.filename)}** · {why} {next_step}"


def _more_text(more: int) -> str:
    return dots(
        n_("and {n} more that cannot be used", "and {n} more that cannot be used", more).format(n=more)
    )
