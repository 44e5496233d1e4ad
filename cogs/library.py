"""/preset, /defaults and /tray: what a person keeps to use again."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.followups import numbered
from bot.domain.jobs import JobKind
from bot.domain.moderation import SetEnhance
from bot.domain.ports.library import PresetOwner
from bot.domain.presets import Preset, clean_name, preset_problem
from bot.domain.prompts import clean_prompt
from bot.domain.references import option_name
from bot.services.requests import CommandOptions
from bot.ui.base.access import as_moderator
from bot.ui.base.components import send_private_card
from bot.ui.base.context import served_guild_of
from bot.ui.base.i18n import _
from bot.ui.base.mentioned import words_in
from bot.ui.base.options import (
    ASPECTS,
    COMMON,
    ENHANCE,
    REFERENCES,
    RESOLUTIONS,
    VISIBILITY,
    Count,
    PresetName,
    Prompt,
    Upload,
    references_of,
    resolution_of,
    shape_of,
)
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.library.defaults import PARTS, changed, defaults_card, enhancing_is_off, no_option_text, without
from bot.ui.library.presets import (
    complete_preset,
    drop_server_preset,
    dropped_card,
    list_for,
    no_own_preset,
    saved_card,
    share_preset_with_server,
)
from bot.ui.library.tray import add_and_show_tray, ask_to_clear, show_tray
from bot.ui.limits.changes import make_change
from bot.ui.limits.text import preset_problem_text
from bot.ui.requests.request import submit_options

Interaction = discord.Interaction[EaselClient]
_NAME = _("Its name; choose from the list")
_SETTINGS = {part: COMMON[part] for part in ("aspect", "resolution", "count")}


class Presets(commands.Cog):
    """The commands of /preset."""

    preset = app_commands.Group(name="preset", description=_("Save words and settings to use again"))

    def __init__(self, client: EaselClient) -> None:
        self.library = client.library

    @preset.command(description=_("Save words and settings under a name"))
    @app_commands.describe(
        name=_("Its name, such as ink"),
        text=_("The words to add. {prompt} stands for yours, as in: ink drawing of {prompt}"),
        **_SETTINGS,
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def save(
        self,
        interaction: Interaction,
        name: PresetName,
        text: Prompt,
        aspect: str | None = None,
        resolution: str | None = None,
        count: Count | None = None,
    ) -> None:
        [text] = await words_in(interaction, text)
        problem = preset_problem(clean_name(name), text)
        if problem is not None:
            await reply_privately(interaction, preset_problem_text(problem))
            return
        preset = Preset(
            name=clean_name(name),
            text=clean_prompt(text),
            aspect=shape_of(aspect),
            resolution=resolution_of(resolution),
            count=count,
            by=interaction.user.id,
            at=self.library.clock.now(),
            guild_id=None,
        )
        await send_private_card(
            interaction, saved_card(preset, await self.library.save_preset(preset.by, preset))
        )

    @preset.command(description=_("Paint with a preset"))
    @app_commands.describe(
        name=_NAME,
        words=_("What to paint. Some presets need nothing more"),
        count=COMMON["count"],
        enhance=ENHANCE,
        reference=REFERENCES["reference"],
        **VISIBILITY,
    )
    async def use(
        self,
        interaction: Interaction,
        name: PresetName,
        words: Prompt | None = None,
        count: Count | None = None,
        enhance: bool | None = None,
        reference: Upload | None = None,
        private: bool | None = None,
        spoiler: bool | None = None,
    ) -> None:
        options = CommandOptions(
            kind=JobKind.IMAGINE,
            prompt=words or "",
            references=references_of(reference=reference),
            count=count,
            private=private,
            spoiler=spoiler,
            enhance=enhance,
            preset=name,
        )
        await submit_options(interaction, options)

    @preset.command(name="list", description=_("Show your presets and this server's"))
    async def show(self, interaction: Interaction) -> None:
        await send_private_card(interaction, await list_for(interaction))

    @preset.command(description=_("Share one of your presets with this server (moderators only)"))
    @app_commands.describe(name=_("One of yours. You keep it"))
    async def share(self, interaction: Interaction, name: PresetName) -> None:
        await share_preset_with_server(interaction, name)

    @preset.command(description=_("Delete one of your presets, or the server's if you're a moderator"))
    @app_commands.describe(name=_NAME, server=_("The server's preset with this name (moderators only)"))
    async def delete(self, interaction: Interaction, name: PresetName, server: bool = False) -> None:
        if server:
            await drop_server_preset(interaction, name)
        elif await self.library.drop_preset(PresetOwner.MEMBER, interaction.user.id, name):
            await send_private_card(interaction, dropped_card(clean_name(name)))
        else:
            await reply_privately(interaction, no_own_preset(name))

    @use.autocomplete("name")
    async def names(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await complete_preset(interaction, typed)

    @share.autocomplete("name")
    async def own_names(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await complete_preset(interaction, typed, servers=False)

    @delete.autocomplete("name")
    async def names_to_delete(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        is_servers = bool(interaction.namespace.server)
        return await complete_preset(interaction, typed, own=not is_servers, servers=is_servers)


_PARTS = [Choice(name=name, value=part) for part, name in PARTS.items()]
_ON, _OFF = "on", "off"
_SWITCH = [Choice(name=_("on"), value=_ON), Choice(name=_("off"), value=_OFF)]


class DefaultsCog(commands.Cog):
    """The commands for a person's own defaults and the server's."""

    defaults = app_commands.Group(name="defaults", description=_("Your usual settings"))

    def __init__(self, client: EaselClient) -> None:
        self.library = client.library
        self.submissions = client.submissions

    @defaults.command(name="set", description=_("Choose your usual settings"))
    @app_commands.describe(
        aspect=_("Shape of your pictures"), resolution=_("Resolution of your pictures"), **VISIBILITY
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def set_(
        self,
        interaction: Interaction,
        aspect: str | None = None,
        resolution: str | None = None,
        private: bool | None = None,
        spoiler: bool | None = None,
    ) -> None:
        if aspect is None and resolution is None and private is None and spoiler is None:
            await reply_privately(interaction, no_option_text())
            return
        user_id = interaction.user.id
        wanted = changed(
            await self.library.defaults(user_id),
            aspect=shape_of(aspect),
            resolution=resolution_of(resolution),
            private=private,
            spoiler=spoiler,
        )
        await self.library.set_defaults(user_id, wanted)
        await send_private_card(interaction, defaults_card(wanted))

    @defaults.command(description=_("Show your defaults"))
    async def show(self, interaction: Interaction) -> None:
        guild_id = served_guild_of(interaction)
        defaults, enhances = await self.library.defaults_in(interaction.user.id, guild_id)
        await send_private_card(
            interaction, defaults_card(defaults, enhances=enhances and self.submissions.can_enhance)
        )

    @defaults.command(description=_("Reset your defaults, or one of them"))
    @app_commands.describe(what=_("Which one. All by default"))
    @app_commands.choices(what=_PARTS)
    async def clear(self, interaction: Interaction, what: str | None = None) -> None:
        user_id = interaction.user.id
        left = without(await self.library.defaults(user_id), what)
        await self.library.set_defaults(user_id, left)
        await send_private_card(interaction, defaults_card(left))

    @defaults.command(description=_("Server-wide defaults (moderators only)"))
    @app_commands.describe(enhance=_("Expand prompts with a chat model first by default"))
    @app_commands.choices(enhance=_SWITCH)
    async def server(self, interaction: Interaction, enhance: str) -> None:
        if await as_moderator(interaction) is None:
            return
        if enhance == _ON and not self.submissions.can_enhance:
            await reply_privately(interaction, enhancing_is_off())
            return
        await make_change(interaction, SetEnhance(is_on=enhance == _ON))


class TrayCog(commands.Cog):
    """The commands for a person's own tray, which nobody else can see."""

    tray = app_commands.Group(name="tray", description=_("Collect pictures to use as references"))

    @tray.command(description=_("Add pictures to your tray"))
    @app_commands.describe(
        image=_("A picture to add"),
        **{option_name(number): _("Another picture") for number in range(2, 6)},
    )
    async def add(
        self,
        interaction: Interaction,
        image: Upload,
        image2: Upload | None = None,
        image3: Upload | None = None,
        image4: Upload | None = None,
        image5: Upload | None = None,
    ) -> None:
        await acknowledge(interaction, thinking=True)
        references = references_of(image=image, image2=image2, image3=image3, image4=image4, image5=image5)
        await add_and_show_tray(interaction, numbered(references))

    @tray.command(description=_("Show, reorder, remove or edit with your references"))
    async def show(self, interaction: Interaction) -> None:
        await acknowledge(interaction, thinking=True)
        await show_tray(interaction)

    @tray.command(description=_("Remove all pictures from your tray"))
    async def clear(self, interaction: Interaction) -> None:
        await acknowledge(interaction, thinking=True)
        await ask_to_clear(interaction)


async def setup(client: EaselClient) -> None:
    await client.add_cog(Presets(client))
    await client.add_cog(DefaultsCog(client))
    await client.add_cog(TrayCog())
