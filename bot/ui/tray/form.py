"""The form below the tray: what to make of all its pictures together."""

from __future__ import annotations

from bot.domain.jobs import Kind, Wish
from bot.ui.asking import AskingForm
from bot.ui.failures import whisper
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.intake import in_time, refuse
from bot.ui.results.choices import (
    aspect_select,
    chosen_aspect,
    chosen_count,
    chosen_resolution,
    count_choice,
    resolution_choice,
)
from bot.ui.wishing import Said, Standard, wish_of


class TrayForm(AskingForm):
    """Filled in with `usual`, what is asked for where nothing is changed; it has references."""

    def __init__(self, usual: Wish) -> None:
        super().__init__(
            _("Edit with your references"), placeholder=_("Put the cat of image 1 into the room of image 2")
        )
        self.usual = usual
        self.aspect, self.resolution = aspect_select(usual), resolution_choice(usual)
        self.count = count_choice(usual)
        self.put(_("What to make of them"), self.instruction)
        self.put(_("Shape"), self.aspect)
        self.put(_("Size"), self.resolution)
        self.put(_("How many pictures"), self.count)

    async def said(self, interaction: Interaction) -> Said | None:
        """With the tray as it is now."""
        reading = gateway_of(interaction).shelf.tray_references(interaction.user.id)
        references = await in_time(interaction, reading, private=True)
        if not references:
            await refuse(interaction, empty_text())
            return None
        aspect = chosen_aspect(self.aspect, self.usual)
        return Said(
            kind=Kind.EDIT,
            prompt=self.instruction.value,
            references=references,
            aspect=aspect,
            is_like_first=aspect is None,
            resolution=chosen_resolution(self.resolution, self.usual),
            count=chosen_count(self.count),
        )


async def open_form(interaction: Interaction) -> None:
    """Two look-ups come before it, and nothing that takes long: Discord takes a form as the first answer only."""
    gateway, user_id = gateway_of(interaction), interaction.user.id
    references = await gateway.shelf.tray_references(user_id)
    if not references:
        await whisper(interaction, empty_text())
        return
    standard = Standard(defaults=await gateway.shelf.defaults(user_id))
    said = Said(kind=Kind.EDIT, prompt="", references=references)
    await interaction.response.send_modal(TrayForm(wish_of(said, standard, model=gateway.model)))


def empty_text() -> str:
    """Said to who has collected nothing, or nothing any more."""
    return _("Your tray is empty. Add pictures to it, then ask again: `/tray show` says how.")
