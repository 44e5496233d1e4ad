"""The options of /limits: suggestions for limits and values, and answers to what is not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.domain.policy.rules import LIMIT_TYPES, MODELS, Limit, Scope
from bot.ui.base.channels import channels_of
from bot.ui.base.components import inline
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import (
    ValueNotUnderstoodError,
    limit_hint,
    limit_name,
    limits_like,
    parse_value,
    suggestions,
    value_text,
)

EVERYTHING: Final = "everything"
_SHOWN: Final = 60


def limit_choices(typed: str, *, everything: bool = False) -> list[Choice[str]]:
    """Return limits whose names match; with `everything`, the choice of all limits comes first."""
    first = [Choice(name=_("Everything"), value=EVERYTHING)] if everything else []
    fitting = [one for one in first if typed.strip().casefold() in one.name.casefold()]
    named = [Choice(name=limit_name(limit), value=limit.value) for limit in limits_like(typed)]
    return [*fitting, *named][:MAX_CHOICES]


def value_choices(limit: Limit, typed: str, *, models: Sequence[str]) -> list[Choice[str]]:
    """Return the typed value as it is understood, then values to choose from."""
    offered = (*suggestions(limit), *(models if LIMIT_TYPES[limit] is MODELS else ()))
    begun = [one for one in offered if typed.strip().casefold() in one.casefold()]
    understood: list[str] = []
    if typed.strip():
        try:
            understood = [value_text(limit, parse_value(limit, typed, models=models))]
        except ValueNotUnderstoodError:
            begun = begun or list(offered)
    names = dict.fromkeys(one for one in (*understood, *begun) if len(one) <= MAX_CHOICE)
    return [Choice(name=one, value=one) for one in names][:MAX_CHOICES]


def unknown_limit() -> str:
    """Return the answer to a text that names no limit."""
    return _("There is no limit of this name. Choose one from the list that appears as you type.")


def value_problem(limit: Limit, typed: str, hint: str | None = None) -> str:
    """Return the answer to a text that is no value of the limit, with a hint on how to write one."""
    text = _("“{typed}” is no value for **{limit}**. Write it like this: {hint}")
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
