"""From a moderator's own presets to the server's, and away from there."""

from __future__ import annotations

from bot.domain.moderation import DropServerPreset, SharePreset
from bot.domain.presets import MAX_NAME, Preset
from bot.services.moderation import PromptTest
from bot.ui.changing import make_change
from bot.ui.failures import whisper
from bot.ui.filtering import findings
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.limits.changes import answer_change
from bot.ui.limits.parts import box_of, inline, lines, say, view_of
from bot.ui.look import PLUM, dots
from bot.ui.moderators import as_moderator


async def share_preset(interaction: Interaction, name: str) -> None:
    """Their own preset of this name becomes the server's; they keep it."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    gateway, user_id = gateway_of(interaction), interaction.user.id
    preset = await gateway.shelf.preset(user_id, None, name)
    if preset is None:
        await whisper(interaction, no_own_preset(name))
        return
    change = _sharing(preset)
    outcome = await gateway.moderation.share_preset(guild_id, change, by=user_id)
    if isinstance(outcome, PromptTest):
        await _say_stopped(interaction, preset, outcome)
    else:
        await answer_change(interaction, outcome, change)


async def drop_server_preset(interaction: Interaction, name: str) -> None:
    await make_change(interaction, DropServerPreset(name=name))


def no_own_preset(name: str) -> str:
    text = _("You have no preset “{name}”; `/preset list` shows yours.")
    return text.format(name=inline(name, MAX_NAME))


def _sharing(preset: Preset) -> SharePreset:
    return SharePreset(
        name=preset.name,
        text=preset.text,
        aspect=preset.aspect,
        resolution=preset.resolution,
        count=preset.count,
    )


async def _say_stopped(interaction: Interaction, preset: Preset, test: PromptTest) -> None:
    title = _("This preset cannot be the server's")
    name = f"**{inline(preset.name, MAX_NAME)}**"
    end = dots(_("It stays yours. Word it differently with `/preset save`, then share it."))
    await say(interaction, view_of(box_of(PLUM, lines(f"### {title}", name), findings(test), end)))
