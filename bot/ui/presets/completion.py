"""Presets offered while somebody types a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from discord.app_commands import Choice

from bot.domain.presets import Preset, preset_key
from bot.ui.completing import in_time
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.standpoint import served_guild_of

MAX_CHOICES: Final = 25  # Discord
MAX_CHOICE: Final = 100  # Discord: characters of a choice's name


async def complete_preset(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """One's own and the server's."""
    return await in_time(_choices(interaction, typed, own=True, servers=True))


async def complete_own_preset(interaction: Interaction, typed: str) -> list[Choice[str]]:
    return await in_time(_choices(interaction, typed, own=True, servers=False))


async def complete_server_preset(interaction: Interaction, typed: str) -> list[Choice[str]]:
    return await in_time(_choices(interaction, typed, own=False, servers=True))


async def _choices(interaction: Interaction, typed: str, *, own: bool, servers: bool) -> list[Choice[str]]:
    presets = await gateway_of(interaction).shelf.presets(interaction.user.id, served_guild_of(interaction))
    wanted = [one for one in presets if (own if one.guild_id is None else servers)]
    return preset_choices(wanted, typed)


def preset_choices(presets: Sequence[Preset], typed: str) -> list[Choice[str]]:
    """Those whose name begins with what was typed, then those that have it somewhere; of two with one name the
    first, which is the person's own."""
    key = preset_key(typed)
    first: dict[str, Preset] = {}
    for one in presets:
        first.setdefault(preset_key(one.name), one)
    fitting = sorted(_fitting(first.items(), key), key=lambda found: not found[0].startswith(key))
    return [Choice(name=choice_name(one), value=one.name) for _key, one in fitting[:MAX_CHOICES]]


def _fitting(presets: Iterable[tuple[str, Preset]], key: str) -> list[tuple[str, Preset]]:
    return [(name, one) for name, one in presets if key in name or key in preset_key(one.text)]


def choice_name(preset: Preset) -> str:
    """The name, whose it is, and how its text begins: a choice shows text as it is."""
    whose = [] if preset.guild_id is None else [_("this server's")]
    text = " · ".join((preset.name, *whose, " ".join(preset.text.split())))
    return text if len(text) <= MAX_CHOICE else f"{text[: MAX_CHOICE - 1].rstrip()}…"
