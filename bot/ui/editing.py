"""/edit: where its pictures come from."""

from __future__ import annotations

from bot.domain.references import Reference
from bot.ui.gateway import Interaction
from bot.ui.i18n import _
from bot.ui.intake import in_time, refuse
from bot.ui.tray.using import references_for_edit


async def references_to_edit(
    interaction: Interaction, given: tuple[Reference, ...], *, tray: bool | None, private: bool | None
) -> tuple[Reference, ...]:
    """What was attached, and the tray where it is wanted; empty where there is nothing, and the person was told.

    `private` is what the command said of it, for the "thinking" of a slow store.
    """
    reading = references_for_edit(interaction, given, tray=tray)
    references = await in_time(interaction, reading, private=private is not False)
    if not references:
        await refuse(interaction, _no_picture(tray))
    return references


def _no_picture(tray: bool | None) -> str:
    title = f"**{_('Which picture?')}**"
    if tray:
        return f"{title}\n{_('Your tray is empty. Put pictures on it with `/tray add`, or attach one with `image`.')}"
    text = _(
        "Attach one with `image`. Or use a picture that is here already: press and hold its message (right-click "
        "on a computer), choose *Apps* → *Edit image*. Or collect some with `/tray add`."
    )
    return f"{title}\n{text}"
