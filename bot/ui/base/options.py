"""Options that several commands share: their choices, bounds and descriptions, and answers to what is misread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.domain.jobs import MAX_COUNT, MAX_PROMPT, MAX_SEED, JobKind
from bot.domain.policy.rules import LIMIT_TYPES, MODELS, Limit, Scope
from bot.domain.presets import MAX_NAME
from bot.domain.provider import Model
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution
from bot.domain.video import MAX_VIDEO_PROMPT, VideoModel, VideoQuality
from bot.services.checks import can_be_chosen
from bot.ui.base import markdown
from bot.ui.base.attachments import reference_of
from bot.ui.base.channels import channels_of
from bot.ui.base.components import inline
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import (
    ModelNames,
    ValueNotUnderstoodError,
    limit_hint,
    limit_name,
    limits_like,
    parse_value,
    suggestions,
    value_text,
)
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
VideoPrompt = Range[str, 1, MAX_VIDEO_PROMPT]
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
SECONDS: Final = [Choice(name=_("{s} s").format(s=seconds), value=seconds) for seconds in (6, 10)]
QUALITIES: Final = [Choice(name=quality.value, value=quality.value) for quality in VideoQuality]
VIDEO: Final = {
    "image": _("The picture it begins with"),
    "last": _("The picture it ends with"),
    "tray": _("Begin with the first picture of your tray, and end with the second"),
    "seconds": _("6 by default. 10 only in 768P"),
    "quality": _("768P by default"),
    "model": _("Which model makes the video"),
}
SHAPE: Final = {"aspect": _("Shape of the picture"), "resolution": _("2K by default")}
VISIBILITY: Final = {"private": _("Only you can see it"), "spoiler": _("Hide it behind a spoiler")}
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
MODEL: Final = _("Which model paints the picture")


def models_for(kind: JobKind, models: Iterable[Model]) -> list[Model]:
    """Return those of the models on offer that a command lets people choose from; none where only one fits it."""
    fitting = [one for one in models if can_be_chosen(one, kind)]
    return fitting if len(fitting) > 1 else []


def offer_models(
    command: app_commands.Command[Any, ..., Any], models: Sequence[Model] | Sequence[VideoModel]
) -> None:
    """Fill the command's option `model` with choices, or take the option away where there is nothing to choose."""
    options = command._params  # pyright: ignore[reportPrivateUsage]  # discord.py knows choices only at import
    option = options.pop("model")
    if models:
        choices = [Choice(name=one.name, value=one.id) for one in models[:MAX_CHOICES]]
        options["model"] = replace(option, choices=choices)


def shape_of(option: str | None) -> Aspect | None:
    """Return the shape that was chosen among `ASPECTS`; None where none was."""
    return Aspect(option) if option else None


def quality_of(option: str | None) -> VideoQuality | None:
    return VideoQuality(option) if option else None


def resolution_of(option: str | None) -> Resolution | None:
    return Resolution(option) if option else None


def references_of(**attached: Upload | None) -> tuple[Reference, ...]:
    """Return the pictures that were attached, named by their options."""
    return tuple(reference_of(name, file) for name, file in attached.items() if file is not None)


# The options of /limits

EVERYTHING: Final = "everything"
_SHOWN: Final = 60


def limit_choices(typed: str, *, everything: bool = False) -> list[Choice[str]]:
    """Return limits whose names match; with `everything`, the choice of all limits comes first."""
    first = [Choice(name=_("Everything"), value=EVERYTHING)] if everything else []
    fitting = [one for one in first if typed.strip().casefold() in one.name.casefold()]
    named = [Choice(name=limit_name(limit), value=limit.value) for limit in limits_like(typed)]
    return [*fitting, *named][:MAX_CHOICES]


def value_choices(limit: Limit, typed: str, *, models: ModelNames) -> list[Choice[str]]:
    """Return the typed value as it is understood, then values to choose from."""
    offered = (*suggestions(limit), *(models.values() if LIMIT_TYPES[limit] is MODELS else ()))
    bare = typed.strip()
    begun = [one for one in offered if bare.casefold() in one.casefold()]
    understood: list[str] = []
    if bare:
        try:
            understood = [value_text(limit, parse_value(limit, bare, models=models), models=models)]
        except ValueNotUnderstoodError:
            begun = begun or list(offered)
    # What is too long for a choice is sent as it was typed.
    values = {one: one if len(one) <= MAX_CHOICE else bare for one in (*understood, *begun)}
    choices = [
        (markdown.cut(name, MAX_CHOICE), value) for name, value in values.items() if len(value) <= MAX_CHOICE
    ]
    return [Choice(name=name, value=value) for name, value in choices][:MAX_CHOICES]


def unknown_limit() -> str:
    """Return the answer to a text that names no limit."""
    return _("No limit has that name. Choose one from the list that appears as you type.")


def value_problem(limit: Limit, typed: str, hint: str | None = None) -> str:
    """Return the answer to a text that is no value of the limit, with a hint on how to write one."""
    text = _("“{typed}” isn't a valid value for **{limit}**. Expected: {hint}")
    return text.format(typed=inline(typed, _SHOWN), limit=limit_name(limit), hint=hint or limit_hint(limit))


Anywhere = app_commands.AppCommandChannel | app_commands.AppCommandThread
Person = discord.User | discord.Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The owner of a rule: `subject_id` is a member's, role's or channel's id, None for the server's default."""

    scope: Scope
    subject_id: int | None = None


def target_of(member: Person | None, role: discord.Role | None, channel: Anywhere | None) -> Target | None:
    """Return whose rule a command names; None if it names more than one. @everyone means the server's default."""
    if role is not None and role.is_default() and member is None and channel is None:
        return Target(scope=Scope.SERVER)
    named = {Scope.MEMBER: member, Scope.ROLE: role, Scope.CHANNEL: channel}
    targets = [Target(scope=scope, subject_id=one.id) for scope, one in named.items() if one is not None]
    if len(targets) > 1:
        return None
    return targets[0] if targets else Target(scope=Scope.SERVER)


def one_at_a_time() -> str:
    """Return the answer to a command that names more than one owner of a rule."""
    return _("Name a member, a role or a channel: one at a time. Without any, it is about the whole server.")


def places_of(channel: Anywhere | None, interaction: discord.Interaction[Any]) -> tuple[int, ...]:
    """Return the ids of the named channel, or else the current one, and of those it lies in, nearest first."""
    match channel:
        case None:
            return channels_of(interaction.channel, interaction.channel_id)
        case app_commands.AppCommandThread():
            guild = interaction.guild
            parent = guild.get_channel(channel.parent_id) if guild is not None else None
            return (channel.id, *channels_of(parent, channel.parent_id))
        case _:
            return channels_of(channel, channel.id)
