"""/imagine and /edit: from Discord's options to a wish."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.jobs import MAX_COUNT, MAX_PROMPT, MAX_SEED, Kind, Wish
from bot.domain.sizes import Aspect, Resolution
from bot.ui.i18n import _
from bot.ui.intake import reference_of, take
from bot.ui.look import ASPECT_NAMES

Interaction = discord.Interaction[EaselClient]
Prompt = Range[str, 1, MAX_PROMPT]
Count = Range[int, 1, MAX_COUNT]
Seed = Range[int, 0, MAX_SEED]
Picture = discord.Attachment

_ASPECTS = [Choice(name=name, value=aspect.value) for aspect, name in ASPECT_NAMES.items()]
_RESOLUTIONS = [
    Choice(name=_("2K, quick"), value=Resolution.TWO_K.value),
    Choice(name=_("4K, fine detail"), value=Resolution.FOUR_K.value),
]
_COMMON = {
    "aspect": _("Shape of the picture"),
    "resolution": _("2K unless you say otherwise"),
    "count": _("How many pictures, 1 to 4"),
    "seed": _("A number; the same one may bring a similar picture"),
    "private": _("Only you see it"),
    "spoiler": _("Hide the picture behind a spoiler"),
}


class Create(commands.Cog):
    """Making and editing pictures."""

    def __init__(self, client: EaselClient) -> None:
        self.client = client

    @app_commands.command(description=_("Paint a picture from your words"))
    @app_commands.describe(
        prompt=_("What to paint"),
        reference=_("A picture to start from"),
        reference2=_("Another one"),
        reference3=_("Another one"),
        reference4=_("Another one"),
        **_COMMON,
    )
    @app_commands.choices(aspect=_ASPECTS, resolution=_RESOLUTIONS)
    async def imagine(
        self,
        interaction: Interaction,
        prompt: Prompt,
        aspect: str | None = None,
        resolution: str | None = None,
        count: Count = 1,
        reference: Picture | None = None,
        reference2: Picture | None = None,
        reference3: Picture | None = None,
        reference4: Picture | None = None,
        seed: Seed | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        given = {
            "reference": reference,
            "reference2": reference2,
            "reference3": reference3,
            "reference4": reference4,
        }
        wish = Wish(
            kind=Kind.IMAGINE,
            prompt=prompt,
            model=self.client.model,
            aspect=Aspect(aspect) if aspect else Aspect.SQUARE,
            resolution=Resolution(resolution) if resolution else Resolution.TWO_K,
            count=count,
            references=tuple(reference_of(name, file) for name, file in given.items() if file is not None),
            seed=seed,
            private=private,
            spoiler=spoiler,
        )
        await take(interaction, wish)

    @app_commands.command(description=_("Change a picture, or make one from up to 14"))
    @app_commands.describe(
        prompt=_("What to change, or what to make of them; say “image 2” to name one"),
        image=_("The picture to edit"),
        **{f"image{number}": _("Another picture") for number in range(2, 15)},
        **(_COMMON | {"aspect": _("Shape of the picture; like the first one unless you say otherwise")}),
    )
    @app_commands.choices(aspect=_ASPECTS, resolution=_RESOLUTIONS)
    async def edit(
        self,
        interaction: Interaction,
        prompt: Prompt,
        image: Picture,
        image2: Picture | None = None,
        image3: Picture | None = None,
        image4: Picture | None = None,
        image5: Picture | None = None,
        image6: Picture | None = None,
        image7: Picture | None = None,
        image8: Picture | None = None,
        image9: Picture | None = None,
        image10: Picture | None = None,
        image11: Picture | None = None,
        image12: Picture | None = None,
        image13: Picture | None = None,
        image14: Picture | None = None,
        aspect: str | None = None,
        resolution: str | None = None,
        count: Count = 1,
        seed: Seed | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        more = (image2, image3, image4, image5, image6, image7, image8)
        rest = (image9, image10, image11, image12, image13, image14)
        named = {"image": image} | {f"image{n}": file for n, file in enumerate((*more, *rest), start=2)}
        wish = Wish(
            kind=Kind.EDIT,
            prompt=prompt,
            model=self.client.model,
            aspect=Aspect(aspect) if aspect else None,
            resolution=Resolution(resolution) if resolution else Resolution.TWO_K,
            count=count,
            references=tuple(reference_of(name, file) for name, file in named.items() if file is not None),
            seed=seed,
            private=private,
            spoiler=spoiler,
        )
        await take(interaction, wish)


async def setup(client: EaselClient) -> None:
    await client.add_cog(Create(client))
