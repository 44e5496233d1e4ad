"""The actions in the menus of messages and people."""

from __future__ import annotations

from typing import Final

import discord

from bot.domain.followups import numbered
from bot.domain.jobs import Job, JobKind
from bot.domain.references import Reference, option_name
from bot.services.requests import CommandOptions, VideoOptions
from bot.ui.base.attachments import MessageImages, is_hidden, pictures_in, reference_of, references_in
from bot.ui.base.components import Form, number_in, upload_field
from bot.ui.base.context import Interaction
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.library.tray import add_and_show_tray
from bot.ui.requests.animate import Start, open_animate_form
from bot.ui.requests.forms import MIN_BLENDED, BlendForm, InstructionForm, no_blend_text, which_reference
from bot.ui.results.animate import animate_result
from bot.ui.results.describe import describe
from bot.ui.results.forms import MAX_MORE, EditForm

AVATAR_PX: Final = 1024


async def open_edit(interaction: Interaction, message: discord.Message) -> None:
    """Open a form about one of the message's pictures, after one look-up: Discord takes a form as first answer only."""
    found = await references_in(interaction, message)
    if not found.references:
        await reply_privately(interaction, no_images_text(message))
    elif found.job is not None:
        await interaction.response.send_modal(ShownResultForm(found.job, found))
    else:
        await interaction.response.send_modal(PictureForm(found.references))


async def add_to_tray(interaction: Interaction, message: discord.Message) -> None:
    """Put all pictures of the message on the tray, and tell the person alone which of them were added."""
    if not pictures_in(message):
        await reply_privately(interaction, no_images_text(message))
        return
    await acknowledge(interaction, thinking=True)
    found = await references_in(interaction, message)
    if not found.references:
        await reply_privately(interaction, no_images_text(message))
    else:
        await add_and_show_tray(interaction, found.references)


async def open_blend(interaction: Interaction, message: discord.Message) -> None:
    """Open a form that blends the message's pictures."""
    found = await references_in(interaction, message)
    if not found.references:
        await reply_privately(interaction, no_images_text(message))
    elif len(found.references) < MIN_BLENDED:
        await reply_privately(interaction, no_blend_text())
    else:
        await interaction.response.send_modal(BlendForm(found.references, found.job))


async def open_describe(interaction: Interaction, message: discord.Message) -> None:
    """Have the message's picture described; open a form that asks which one where there are several."""
    found = await references_in(interaction, message)
    if not found.references:
        await reply_privately(interaction, no_images_text(message))
    elif len(found.references) == 1:
        await describe(interaction, found.references[0], job=found.job)
    else:
        await interaction.response.send_modal(DescribeForm(found))


async def open_animate(interaction: Interaction, message: discord.Message) -> None:
    """Open the form of a video that begins with one of the message's pictures."""
    found = await references_in(interaction, message)
    if not found.references:
        await reply_privately(interaction, no_images_text(message))
    elif found.job is not None:
        urls = (reference.url for reference in found.references)
        await animate_result(interaction, found.job, dict(zip(found.indices, urls, strict=True)))
    else:
        starts = [Start(first=reference) for reference in found.references]
        await open_animate_form(interaction, VideoOptions(prompt=""), starts, title=_("Animate this picture"))


async def open_remix(interaction: Interaction, person: discord.User | discord.Member) -> None:
    """Open a form about a person's avatar: the one of this server, else the one they have everywhere."""
    await interaction.response.send_modal(RemixForm(person.display_name, avatar_of(person)))


def no_images_text(message: discord.Message) -> str:
    """Say why a message has no picture that can be used, and which messages have."""
    if is_hidden(message):
        why = _("Discord doesn't let Easel see this message.")
    else:
        why = _("This message has no picture Easel can use.")
    works = _(
        "It takes JPEG, PNG, WebP and GIF pictures uploaded to Discord, including forwarded ones. You "
        "can also save a picture and attach it to `/edit` or `/tray add`."
    )
    return f"**{why}**\n{works}"


def avatar_of(person: discord.User | discord.Member) -> Reference:
    """Return the avatar as a reference, the first frame of an animated one. Its URL needs no signature."""
    asset = person.display_avatar.replace(format="png", size=AVATAR_PX)
    return Reference(
        name=option_name(1),
        url=asset.url,
        filename=f"avatar-{person.id}.png",
        bytes=0,
        content_type="image/png",
        width=None,
        height=None,
    )


class PictureForm(InstructionForm):
    """The form about one of a message's pictures, with room for more pictures of the person's own."""

    def __init__(self, references: tuple[Reference, ...]) -> None:
        super().__init__(_("Edit image"), placeholder=_("Make it night, with snow on the roofs"))
        self.references = references
        self.which = which_reference(references) if len(references) > 1 else None
        if self.which is not None:
            self.put(_("Which picture"), self.which)
        self.put(_("What to change"), self.instruction)
        self.more = upload_field("pictures", most=MAX_MORE)
        hint = _("The picture is image 1; these are image 2 and so on, in their order.")
        self.put(_("More pictures"), self.more, hint)

    async def options(self, interaction: Interaction) -> CommandOptions:
        """See `InstructionForm`."""
        chosen = 0
        if self.which is not None and self.which.values:
            chosen = number_in(range(len(self.references)), self.which.values[0])
        more = (reference_of("", file) for file in self.more.values)
        references = numbered((self.references[chosen], *more))
        return CommandOptions(kind=JobKind.EDIT, prompt=self.instruction.value, references=references)


class ShownResultForm(EditForm):
    """The form about a result of ours, with the URLs of its pictures in the message that was `found`."""

    def __init__(self, job: Job, found: MessageImages) -> None:
        super().__init__(job, None)
        urls = (reference.url for reference in found.references)
        self.addresses = dict(zip(found.indices, urls, strict=True))

    def address(self, interaction: Interaction, job: Job, index: int) -> str:
        """See `EditForm`."""
        return self.addresses.get(index, "")


class DescribeForm(Form):
    """The form that asks which of a message's pictures to describe."""

    def __init__(self, found: MessageImages) -> None:
        super().__init__(_("Describe"))
        self.found, self.which = found, which_reference(found.references)
        self.put(_("Which picture"), self.which)

    async def on_submit(self, interaction: Interaction, /) -> None:
        chosen = (
            number_in(range(len(self.found.references)), self.which.values[0]) if self.which.values else 0
        )
        await describe(interaction, self.found.references[chosen], job=self.found.job)


class RemixForm(InstructionForm):
    """The form about a person's avatar."""

    def __init__(self, name: str, avatar: Reference) -> None:
        super().__init__(
            _("Remix the avatar of {name}").format(name=name),
            placeholder=_("A knight in a stained glass window. Or: a plush toy on a shelf"),
        )
        self.put(_("What it should become"), self.instruction)
        self.avatar = avatar

    async def options(self, interaction: Interaction) -> CommandOptions:
        """See `InstructionForm`."""
        return CommandOptions(kind=JobKind.EDIT, prompt=self.instruction.value, references=(self.avatar,))
