"""Favourite: a picture that somebody wants to find again."""

from __future__ import annotations

from bot.ui.gateway import Interaction, gateway_of
from bot.ui.results.panel import draw_panel
from bot.ui.seeing import index_of, seen_result
from bot.ui.subjects import parts_of


async def press_favour(interaction: Interaction, subject: str) -> None:
    """Anybody who may see it; the panel says so from now on."""
    await _favour(interaction, subject, is_on=True)


async def press_unfavour(interaction: Interaction, subject: str) -> None:
    await _favour(interaction, subject, is_on=False)


async def _favour(interaction: Interaction, subject: str, *, is_on: bool) -> None:
    job_id, index = parts_of(subject)
    job = await seen_result(interaction, job_id)
    if job is None:
        return
    await interaction.response.defer()
    index = index_of(job, index)
    await gateway_of(interaction).gallery.favour(interaction.user.id, job.id, index, is_on=is_on)
    await draw_panel(interaction, job, index)
