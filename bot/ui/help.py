"""/help: what there is, by what people want to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import discord
from discord import ui

from bot.ui.base.access import is_moderator
from bot.ui.base.components import box_of, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.theme import TEAL

Mention = Callable[[str], str]
# How Discord's own menus are called in English; our entry in them is `Edit image`.
MENU: Final = _("*Apps* → *Edit image*")


def help_for(interaction: Interaction) -> ui.LayoutView:
    """For whoever asks, where they ask."""
    gateway, me = services_of(interaction), interaction.client.user
    return help_card(
        lambda name: mention(name, gateway.command_ids),
        bot=f"<@{me.id}>" if me is not None else _("me"),
        can_enhance=gateway.submissions.can_enhance,
        moderates=is_moderator(interaction),
    )


def mention(name: str, command_ids: Mapping[str, int]) -> str:
    """A command, with its subcommand, to be clicked; where Discord's id of it is not known, to be typed."""
    command_id = command_ids.get(name.split()[0])
    return f"`/{name}`" if command_id is None else f"</{name}:{command_id}>"


def help_card(command: Mention, *, bot: str, can_enhance: bool, moderates: bool) -> ui.LayoutView:
    """One card. `command` makes a mention of a command's name, `bot` mentions Easel."""
    box = box_of(TEAL, _start(command))
    sections = [
        _section(_("Make"), *_making(command, can_enhance=can_enhance)),
        _section(_("Change a picture"), *_changing(command, bot)),
        _section(_("Go on from a result"), *_going_on(command)),
        _section(_("Your limits and your data"), *_yours(command)),
    ]
    if moderates:
        sections.append(_section(_("For moderators"), *_moderating(command)))
    for section in sections:
        box.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        box.add_item(section)
    return view_of(box)


def _section(title: str, *rows: str) -> ui.TextDisplay[Any]:
    return ui.TextDisplay("\n".join((f"**{title}**", *(f"- {row}" for row in rows))))


def _start(command: Mention) -> str:
    text = _(
        "Type {imagine} and say what you want to see, such as *a red fox in the snow at dusk*. The picture comes "
        "to this channel. That is all you need to know."
    )
    return f"## {_('Hello, I paint')}\n{text.format(imagine=command('imagine'))}"


def _making(command: Mention, *, can_enhance: bool) -> list[str]:
    rows = [
        _("Options set the shape, 4K, up to 4 pictures, and whether only you see them (`private`)."),
        _("Words in “quotation marks” are painted as lettering."),
        _("`{red,blue} fox` makes one of each; you see the price first."),
        _("{series} tells a story: up to 8 pictures with the same characters.").format(
            series=command("series")
        ),
        _("{use} paints with words and settings somebody saved; {save} keeps yours.").format(
            use=command("preset use"), save=command("preset save")
        ),
    ]
    if can_enhance:
        rows.insert(1, _("`enhance` lets a chat model write your words out first."))
    return rows


def _changing(command: Mention, bot: str) -> list[str]:
    return [
        _("Reply to any picture, mention {bot} and say what to change: *{bot} make it night*.").format(
            bot=bot
        ),
        _("Or open its message's menu (press and hold, or right-click): {menu}.").format(menu=MENU),
        _("{edit} takes up to 14 pictures of yours; {tray} collects them from anywhere.").format(
            edit=command("edit"), tray=command("tray add")
        ),
    ]


def _going_on(command: Mention) -> list[str]:
    return [
        _(
            "The buttons below it: *Again*, *Vary*, *Edit*, *4K*. *More…* compares, shares, marks as favourite."
        ),
        _("{history} searches what you made, {favourites} has what you marked.").format(
            history=command("history"), favourites=command("favourites")
        ),
    ]


def _yours(command: Mention) -> list[str]:
    return [
        _("{me} shows what you can still make here, {queue} what is under way.").format(
            me=command("me"), queue=command("queue")
        ),
        _("{defaults} spares you saying the same each time.").format(defaults=command("defaults set")),
        _("{export} gives you all that is kept about you, {delete} deletes it.").format(
            export=command("mydata export"), delete=command("mydata delete")
        ),
    ]


def _moderating(command: Mention) -> list[str]:
    return [
        _(
            "{panel} has the limits, {budget} the money, {modlog} tells what happens, {pause} stops all."
        ).format(
            panel=command("limits panel"),
            budget=command("budget"),
            modlog=command("modlog channel"),
            pause=command("pause"),
        )
    ]
