"""Whether an edit starts from the tray, from what is attached, or from both."""

from __future__ import annotations

from bot.domain.iterating import numbered
from bot.domain.references import Reference
from bot.ui.gateway import Interaction, gateway_of


async def references_for_edit(
    interaction: Interaction, given: tuple[Reference, ...], *, tray: bool | None
) -> tuple[Reference, ...]:
    """With `tray` its pictures before the attached ones, without it those alone; where that is left open (None),
    the tray only where nothing is attached. Without a picture of the tray the names stay as given: those of
    options, by which a refusal speaks of them.
    """
    if tray is False or (tray is None and given):
        return given
    collected = await gateway_of(interaction).shelf.tray_references(interaction.user.id)
    return numbered((*collected, *given)) if collected else given
