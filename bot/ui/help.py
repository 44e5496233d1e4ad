"""/help: the commands, by what people want to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import discord
from discord import ui

from bot.ui.base.access import is_moderator
from bot.ui.base.components import box_of, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.theme import TEAL

CommandMention = Callable[[str], str]
# Discord's own names of its menus in English; our entry in them is `Edit image`.
MENU: Final = _("*Apps* → *Edit image*")


# The commands that the texts mention, by what the texts call them.
_COMMANDS: Final = {
    "imagine": "imagine",
    "edit": "edit",
    "series": "series",
    "describe": "describe",
    "animate": "animate",
    "use": "preset use",
    "save": "preset save",
    "tray": "tray add",
    "history": "history",
    "favourites": "favourites",
    "me": "me",
    "queue": "queue",
    "defaults": "defaults set",
    "export": "mydata export",
    "delete": "mydata delete",
    "verify": "verify",
    "setup": "setup",
    "panel": "limits panel",
    "budget": "budget",
    "modlog": "modlog channel",
    "pause": "pause",
}


def help_for(interaction: Interaction) -> ui.LayoutView:
    """Return the help for the person who asks, in the place where they ask."""
    services, me = services_of(interaction), interaction.client.user
    return help_card(
        lambda name: mention(name, services.command_ids),
        bot=f"<@{me.id}>" if me is not None else _("me"),
        can_enhance=services.submissions.can_enhance,
        can_describe=services.describing.is_on,
        can_animate=bool(services.submissions.videos),
        moderates=is_moderator(interaction),
    )


def mention(name: str, command_ids: Mapping[str, int]) -> str:
    """Return a link to a command or subcommand; where Discord's id of it is not known, the text to type."""
    command_id = command_ids.get(name.split()[0])
    return f"`/{name}`" if command_id is None else f"</{name}:{command_id}>"


def help_card(
    command: CommandMention,
    *,
    bot: str,
    can_enhance: bool,
    can_describe: bool,
    can_animate: bool,
    moderates: bool,
) -> ui.LayoutView:
    """Return one card. `command` makes a mention of a command's name, `bot` mentions Easel."""
    mentions = {key: command(name) for key, name in _COMMANDS.items()} | {"bot": bot, "menu": MENU}
    text = _(
        "Type {imagine} and say what you want to see, such as *a red fox in the snow at dusk*. The "
        "picture appears in this channel. That's all you need to know."
    )
    box = box_of(TEAL, f"## {_('Hello, I paint')}\n{text.format(**mentions)}")
    sections = _sections(
        can_enhance=can_enhance, can_describe=can_describe, can_animate=can_animate, moderates=moderates
    )
    for title, rows in sections:
        box.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        items = (f"- {row.format(**mentions)}" for row in rows)
        box.add_item(ui.TextDisplay("\n".join((f"**{title}**", *items))))
    return view_of(box)


def _sections(
    *, can_enhance: bool, can_describe: bool, can_animate: bool, moderates: bool
) -> list[tuple[str, list[str]]]:
    """Return the title and rows of each section, with the mentions still to be filled in."""
    enhance = [_("`enhance` expands your prompt with a chat model first.")] if can_enhance else []
    describe = [_("{describe} writes four prompts from a picture, each ready to paint.")]
    animate = [_("{animate} makes a short video, also from one picture to another; you see the price first.")]
    making = [
        _("Options set the shape, 4K, up to 4 pictures, and whether only you see them (`private`)."),
        *enhance,
        _("Words in “quotation marks” are painted as lettering."),
        _("`{{red,blue}} fox` makes one of each; you see the price first."),
        _("{series} tells a story: up to 8 pictures with the same characters."),
        *(describe if can_describe else []),
        *(animate if can_animate else []),
        _("{use} uses saved words and settings; {save} saves yours."),
    ]
    changing = [
        _("Reply to any picture, mention {bot} and say what to change: *{bot} make it night*."),
        _("Or open its message's menu (press and hold, or right-click): {menu}."),
        _("{edit} takes up to 14 pictures; {tray} collects them from anywhere."),
        _("*Blend*, in that menu or your tray, makes one picture from 2 to 5."),
    ]
    going_on = [
        _("The buttons below it: *Edit*, *Vary*, *Again*, *4K*. *More…* compares, shares and favourites."),
        _("{history} searches your results, {favourites} shows your favourites."),
        _("{verify} reads any file's marks: made with AI, signed, changed since."),
    ]
    yours = [
        _("{me} shows what you have left, {queue} shows your jobs in progress."),
        _("{defaults} remembers your usual settings."),
        _("{export} downloads everything Easel stores about you, {delete} deletes it."),
    ]
    moderating = [
        _(
            "{setup} sets the budget, pictures and videos a day, the mod-log and who can use Easel in one form."
        ),
        _("{panel} sets limits, {budget} shows spending, {modlog} logs everything, {pause} stops Easel."),
    ]
    return [
        (_("Make"), making),
        (_("Change a picture"), changing),
        (_("Work with a result"), going_on),
        (_("Your limits and your data"), yours),
        *([(_("For moderators"), moderating)] if moderates else []),
    ]
