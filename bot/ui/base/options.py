"""Options that several commands share: their choices, bounds and descriptions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.domain.jobs import MAX_COUNT, MAX_PROMPT, MAX_SEED
from bot.domain.presets import MAX_NAME
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution
from bot.ui.base.attachments import reference_of
from bot.ui.base.discord_limits import MAX_CHOICE
from bot.ui.base.i18n import _
from bot.ui.base.theme import ASPECT_NAMES

log = logging.getLogger(__name__)
# https://docs.discord.com/developers/interactions/receiving-and-responding: a first answer must come within 3 s
COMPLETION_TIMEOUT_S: Final = 2.0


async def within_completion_time(
    work: Coroutine[Any, Any, list[Choice[str]]], typed: str
) -> list[Choice[str]]:
    """Return the choices that `work` finds, or one that says the list is not known now and stands for `typed`.

    An empty list would make Discord claim that nothing matches. Never raises. Work that takes too long is cancelled,
    but not waited for: to let go of a database may take a while too.
    """
    task = asyncio.create_task(work, name="easel-completion")
    task.add_done_callback(_log_failure)
    done, _pending = await asyncio.wait({task}, timeout=COMPLETION_TIMEOUT_S)
    if not done:
        task.cancel()
        return [_unknown(typed)]
    return task.result() if task.exception() is None else [_unknown(typed)]


def _unknown(typed: str) -> Choice[str]:
    value = typed.strip()[:MAX_CHOICE] or "…"
    return Choice(
        name=_("The list isn't available right now. Type the whole name, or try again."), value=value
    )


def _log_failure(task: asyncio.Task[Any]) -> None:
    """Log why no choices are offered; a person who types cannot do anything about it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("nothing is offered: %s", type(error).__name__)


C = TypeVar("C", bound=Callable[..., Any])
# All three are said: what is left out, Discord gets from the client, which allows direct messages.
_IN_SERVERS: Final = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)


def moderators_group(name: str, description: str) -> app_commands.Group:
    """Return a group of commands that Discord offers to moderators, in servers that have invited the bot."""
    return app_commands.Group(
        name=name,
        description=description,
        guild_only=True,
        allowed_contexts=_IN_SERVERS,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        default_permissions=discord.Permissions(manage_guild=True),
    )


def for_moderators(callback: C) -> C:
    """Offer a command as `moderators_group` offers its commands. Use as a decorator, below `command`."""
    for decorate in (
        app_commands.guild_only(),
        app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False),
        app_commands.allowed_installs(guilds=True, users=False),
        app_commands.default_permissions(manage_guild=True),
    ):
        callback = decorate(callback)
    return callback


Prompt = Range[str, 1, MAX_PROMPT]
Count = Range[int, 1, MAX_COUNT]
Seed = Range[int, 0, MAX_SEED]
PresetName = Range[str, 1, MAX_NAME]
Upload = discord.Attachment

LIKE_FIRST: Final = "like_first"  # beside the values of `Aspect`: the shape of the first reference
LIKE_FIRST_NAME: Final = _("Like the first picture")
RESOLUTION_NAMES: Final = {Resolution.TWO_K: _("2K, quick"), Resolution.FOUR_K: _("4K, fine detail")}
ASPECTS: Final = [Choice(name=name, value=aspect.value) for aspect, name in ASPECT_NAMES.items()]
EDIT_ASPECTS: Final = [Choice(name=LIKE_FIRST_NAME, value=LIKE_FIRST), *ASPECTS]
RESOLUTIONS: Final = [Choice(name=name, value=one.value) for one, name in RESOLUTION_NAMES.items()]
SHAPE: Final = {"aspect": _("Shape of the picture"), "resolution": _("2K by default")}
VISIBILITY: Final = {"private": _("Only you can see it"), "spoiler": _("Hide the picture behind a spoiler")}
COMMON: Final = {
    **SHAPE,
    "count": _("How many pictures, 1 to 4"),
    "seed": _("A number; the same one can give a similar picture"),
    "preset": _("Saved words and settings, yours or this server's"),
    **VISIBILITY,
}
REFERENCES: Final = {
    "reference": _("A picture to start from"),
    **{f"reference{number}": _("Another one") for number in range(2, 5)},
}
ENHANCE: Final = _("Expand your prompt with a chat model first, for a little more")
TRAY_OPTION: Final = _("Use the pictures in your tray")


def shape_of(option: str | None) -> Aspect | None:
    """Return the shape that was chosen among `ASPECTS`; None where none was."""
    return Aspect(option) if option else None


def resolution_of(option: str | None) -> Resolution | None:
    return Resolution(option) if option else None


def references_of(**attached: Upload | None) -> tuple[Reference, ...]:
    """Return the pictures that were attached, named by their options."""
    return tuple(reference_of(name, file) for name, file in attached.items() if file is not None)
