"""/imagine, /edit, /series, /animate and /describe: Discord's options turned into a request."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.jobs import JobKind
from bot.domain.provider import Model
from bot.domain.references import FIRST_FRAME, LAST_FRAME, option_name
from bot.domain.video import VideoModel
from bot.services.requests import CommandOptions, VideoOptions
from bot.ui.base.attachments import reference_of
from bot.ui.base.i18n import _
from bot.ui.base.options import (
    ASPECTS,
    COMMON,
    EDIT_ASPECTS,
    ENHANCE,
    LIKE_FIRST,
    MODEL,
    QUALITIES,
    REFERENCES,
    RESOLUTIONS,
    SECONDS,
    SHAPE,
    TRAY_OPTION,
    VIDEO,
    VISIBILITY,
    Count,
    PresetName,
    Prompt,
    Seed,
    Upload,
    VideoPrompt,
    models_for,
    offer_models,
    quality_of,
    references_of,
    resolution_of,
    shape_of,
)
from bot.ui.library.presets import complete_preset
from bot.ui.requests.animate import frames_of, offer_video
from bot.ui.requests.request import references_to_edit, submit_options
from bot.ui.requests.series import SeriesForm
from bot.ui.results.describe import describe

Interaction = discord.Interaction[EaselClient]


class Create(commands.Cog):
    """The commands that ask for pictures and videos. Where several `models` are on offer, people can choose one."""

    def __init__(self, models: Collection[Model], videos: Sequence[VideoModel]) -> None:
        for command, kind in (
            (self.imagine, JobKind.IMAGINE),
            (self.edit, JobKind.EDIT),
            (self.series, JobKind.IMAGINE),
        ):
            offer_models(command, models_for(kind, models))
        offer_models(self.animate, videos if len(videos) > 1 else [])

    @app_commands.command(description=_("Paint a picture from your words"))
    @app_commands.describe(
        prompt=_("What to paint. {red,blue} makes one picture of each"),
        enhance=ENHANCE,
        model=MODEL,
        **COMMON,
        **REFERENCES,
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def imagine(
        self,
        interaction: Interaction,
        prompt: Prompt,
        aspect: str | None = None,
        resolution: str | None = None,
        count: Count | None = None,
        preset: PresetName | None = None,
        enhance: bool | None = None,
        reference: Upload | None = None,
        reference2: Upload | None = None,
        reference3: Upload | None = None,
        reference4: Upload | None = None,
        seed: Seed | None = None,
        private: bool | None = None,
        spoiler: bool | None = None,
        model: str | None = None,
    ) -> None:
        options = CommandOptions(
            kind=JobKind.IMAGINE,
            prompt=prompt,
            references=references_of(
                reference=reference, reference2=reference2, reference3=reference3, reference4=reference4
            ),
            aspect=shape_of(aspect),
            resolution=resolution_of(resolution),
            count=count,
            seed=seed,
            private=private,
            spoiler=spoiler,
            enhance=enhance,
            preset=preset,
            model=model,
        )
        await submit_options(interaction, options)

    @app_commands.command(description=_("Change a picture, or make one from up to 14"))
    @app_commands.describe(
        prompt=_("What to change or make. Refer to pictures as “image 2” and so on"),
        image=_("The picture to edit. Leave it out to use your tray"),
        tray=TRAY_OPTION,
        model=MODEL,
        **{option_name(number): _("Another picture") for number in range(2, 15)},
        **(COMMON | {"aspect": _("Shape of the picture. Same as the first one by default")}),
    )
    @app_commands.choices(aspect=EDIT_ASPECTS, resolution=RESOLUTIONS)
    async def edit(
        self,
        interaction: Interaction,
        prompt: Prompt,
        image: Upload | None = None,
        image2: Upload | None = None,
        image3: Upload | None = None,
        image4: Upload | None = None,
        image5: Upload | None = None,
        image6: Upload | None = None,
        image7: Upload | None = None,
        image8: Upload | None = None,
        image9: Upload | None = None,
        image10: Upload | None = None,
        image11: Upload | None = None,
        image12: Upload | None = None,
        image13: Upload | None = None,
        image14: Upload | None = None,
        tray: bool | None = None,
        aspect: str | None = None,
        resolution: str | None = None,
        count: Count | None = None,
        preset: PresetName | None = None,
        seed: Seed | None = None,
        private: bool | None = None,
        spoiler: bool | None = None,
        model: str | None = None,
    ) -> None:
        first = (image, image2, image3, image4, image5, image6, image7)
        rest = (image8, image9, image10, image11, image12, image13, image14)
        named = {option_name(number): file for number, file in enumerate((*first, *rest), start=1)}
        references = await references_to_edit(
            interaction, references_of(**named), prompt=prompt, tray=tray, private=private
        )
        if not references:
            return
        options = CommandOptions(
            kind=JobKind.EDIT,
            prompt=prompt,
            references=references,
            aspect=shape_of(aspect if aspect != LIKE_FIRST else None),
            is_like_first=aspect == LIKE_FIRST,
            resolution=resolution_of(resolution),
            count=count,
            seed=seed,
            private=private,
            spoiler=spoiler,
            preset=preset,
            model=model,
        )
        await submit_options(interaction, options)

    @app_commands.command(description=_("Make 2 to 8 pictures of one story: one description, several scenes"))
    @app_commands.describe(
        tray=TRAY_OPTION,
        preset=COMMON["preset"],
        model=MODEL,
        **(SHAPE | {"aspect": _("Shape of all pictures")}),
        **VISIBILITY,
        **REFERENCES,
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def series(
        self,
        interaction: Interaction,
        aspect: str | None = None,
        resolution: str | None = None,
        preset: PresetName | None = None,
        reference: Upload | None = None,
        reference2: Upload | None = None,
        reference3: Upload | None = None,
        reference4: Upload | None = None,
        tray: bool = False,
        private: bool | None = None,
        spoiler: bool | None = None,
        model: str | None = None,
    ) -> None:
        options = CommandOptions(
            kind=JobKind.IMAGINE,
            prompt="",
            references=references_of(
                reference=reference, reference2=reference2, reference3=reference3, reference4=reference4
            ),
            aspect=shape_of(aspect),
            resolution=resolution_of(resolution),
            private=private,
            spoiler=spoiler,
            enhance=False,
            preset=preset,
            model=model,
        )
        await interaction.response.send_modal(SeriesForm(options, tray=tray))

    @app_commands.command(
        description=_("Make a short video from words, a picture, or one picture to another")
    )
    @app_commands.describe(
        prompt=_("What happens. Camera moves may be written like [Push in]"), **VIDEO, **VISIBILITY
    )
    @app_commands.choices(seconds=SECONDS)
    @app_commands.choices(quality=QUALITIES)
    async def animate(
        self,
        interaction: Interaction,
        prompt: VideoPrompt,
        image: Upload | None = None,
        last: Upload | None = None,
        seconds: int | None = None,
        quality: str | None = None,
        tray: bool = False,
        private: bool | None = None,
        spoiler: bool | None = None,
        model: str | None = None,
    ) -> None:
        frames = await frames_of(
            interaction,
            reference_of(FIRST_FRAME, image) if image is not None else None,
            reference_of(LAST_FRAME, last) if last is not None else None,
            prompt=prompt,
            tray=tray,
            model=model,
        )
        if frames is None:
            return
        options = VideoOptions(
            prompt=prompt,
            first=frames.first,
            last=frames.last,
            seconds=seconds,
            quality=quality_of(quality),
            private=private,
            spoiler=spoiler,
            model=model,
        )
        await offer_video(interaction, options)

    @app_commands.command(description=_("Get prompts that would make a picture like yours"))
    @app_commands.describe(image=_("The picture to describe"))
    async def describe(self, interaction: Interaction, image: Upload) -> None:
        await describe(interaction, reference_of("image", image))

    @imagine.autocomplete("preset")
    @edit.autocomplete("preset")
    @series.autocomplete("preset")
    async def presets(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await complete_preset(interaction, typed)


async def setup(client: EaselClient) -> None:
    submissions = client.submissions
    await client.add_cog(Create(submissions.models.values(), tuple(submissions.videos.values())))
