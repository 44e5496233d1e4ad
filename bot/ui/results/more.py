"""More… on a result: the panel, and everything on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.ui.gateway import Interaction, Press
from bot.ui.results.comparing import press_compare
from bot.ui.results.deleting import press_delete, press_delete_now
from bot.ui.results.favouring import press_favour, press_unfavour
from bot.ui.results.info import press_info
from bot.ui.results.panel import draw_panel
from bot.ui.results.sharing import press_share
from bot.ui.seeing import index_of, seen_result
from bot.ui.selects import chosen
from bot.ui.subjects import parts_of


async def press_more(interaction: Interaction, subject: str) -> None:
    """The panel, about the first picture unless one was chosen."""
    job_id, index = parts_of(subject)
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.defer(ephemeral=True, thinking=True)  # its picture may have to be fetched
        await draw_panel(interaction, job, index_of(job, index))


async def press_pick(interaction: Interaction, job_id: str) -> None:
    """The panel about another picture."""
    choice = chosen(interaction)
    await _redraw(interaction, job_id, int(choice) if choice.isdecimal() else None)


async def press_back(interaction: Interaction, subject: str) -> None:
    """The panel again, after a question."""
    await _redraw(interaction, *parts_of(subject))


async def _redraw(interaction: Interaction, job_id: str, index: int | None) -> None:
    job = await seen_result(interaction, job_id)
    if job is not None:
        await interaction.response.defer()
        await draw_panel(interaction, job, index_of(job, index))


MORE_PRESSES: Final[Mapping[str, Press]] = {
    "more": press_more,
    "morepick": press_pick,
    "panelback": press_back,
    "info": press_info,
    "favour": press_favour,
    "unfavour": press_unfavour,
    "compare": press_compare,
    "share": press_share,
    "delete": press_delete,
    "deletenow": press_delete_now,
}
