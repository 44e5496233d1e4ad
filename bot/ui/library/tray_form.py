"""The form below the tray: what to make of all its images together."""

from __future__ import annotations

from bot.domain.jobs import ImageRequest, JobKind
from bot.services.requests import CommandOptions, RequestDefaults, request_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately
from bot.ui.requests.forms import (
    InstructionForm,
    aspect_select,
    chosen_aspect,
    chosen_count,
    chosen_resolution,
    count_choice,
    resolution_choice,
)
from bot.ui.requests.submit import reply_refusal, thinking_when_slow


class TrayForm(InstructionForm):
    """The form of an edit of the tray's pictures, filled in with the person's `usual` options."""

    def __init__(self, usual: ImageRequest) -> None:
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

    async def options(self, interaction: Interaction) -> CommandOptions | None:
        """Return the options, with the tray as it is now."""
        reading = services_of(interaction).library.tray_references(interaction.user.id)
        references = await thinking_when_slow(interaction, reading, private=True)
        if not references:
            await reply_refusal(interaction, empty_text())
            return None
        aspect = chosen_aspect(self.aspect, self.usual)
        return CommandOptions(
            kind=JobKind.EDIT,
            prompt=self.instruction.value,
            references=references,
            aspect=aspect,
            is_like_first=aspect is None,
            resolution=chosen_resolution(self.resolution, self.usual),
            count=chosen_count(self.count),
        )


async def open_form(interaction: Interaction) -> None:
    """Open the form after two quick look-ups: Discord takes a form only as the first answer."""
    services, user_id = services_of(interaction), interaction.user.id
    references = await services.library.tray_references(user_id)
    if not references:
        await reply_privately(interaction, empty_text())
        return
    standard = RequestDefaults(defaults=await services.library.defaults(user_id))
    options = CommandOptions(kind=JobKind.EDIT, prompt="", references=references)
    usual = request_of(options, standard, model=services.requests.model)
    await interaction.response.send_modal(TrayForm(usual))


def empty_text() -> str:
    """Say that the tray is empty."""
    return _("Your tray is empty. Add pictures to it, then ask again: `/tray show` says how.")
