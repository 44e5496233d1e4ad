"""The texts of /channels, /block and /modlog: open channels, blocked members, and the channel of the mod-log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.moderation import Applied, NoChange, UnblockMember
from bot.domain.policy.decision import Block
from bot.domain.ports.moderation import ServerSettings
from bot.ui.base import markdown
from bot.ui.base.access import check_moderator
from bot.ui.base.channels import missing_permissions
from bot.ui.base.components import (
    DISCORD_ID,
    Box,
    PersistentSelect,
    box_of,
    chosen_like,
    lines,
    redraw,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT, MAX_OPTION_TEXT, MAX_OPTIONS
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import RED, SLATE, TEAL, dots
from bot.ui.base.units import stamp
from bot.ui.limits.changes import UNBLOCK, no_change_text, take_back_here
from bot.ui.limits.text import state_text
from bot.ui.moderation.modlog import noted

LIST_ROOM: Final = MAX_MESSAGE_TEXT - 700  # the title and the last line need the rest
PLACES_LINE_ROOM: Final = 110  # two mentions, two timestamps and the words around them
BLOCK_REASON_ROOM: Final = 200
MAX_BUTTONS: Final = 10  # a block with a button takes three of `MAX_COMPONENTS`


def why_not_blocked(interaction: Interaction, person: discord.User | discord.Member) -> str | None:
    """Return why this person cannot be blocked; None if they can."""
    if person.id == interaction.user.id:
        return _("You can't block yourself. To stop Easel for everyone, use `/pause`.")
    if person.bot:
        return _("<@{id}> is a bot, and bots can't use Easel.").format(id=person.id)
    if _is_moderator(interaction, person):
        text = _(
            "<@{id}> is a moderator here and could lift their own block. To limit them, use `/limits set`."
        )
        return text.format(id=person.id)
    return None


def _is_moderator(interaction: Interaction, person: discord.User | discord.Member) -> bool:
    if not isinstance(person, discord.Member):
        return False  # no member of this server
    permissions = person.resolved_permissions or person.guild_permissions
    if permissions.manage_guild or permissions.administrator or person.id == person.guild.owner_id:
        return True
    return any(role.id in services_of(interaction).moderator_roles for role in person.roles)


def span_problem() -> str:
    """Return the answer to a text that is no span of time."""
    return _(
        "Easel doesn't understand this time. Write one such as `12 h`, `3 d` or `2 weeks`, at most ten years."
    )


# Discord's own list of people has nobody who left the server.
UNBLOCK_MORE: Final = PersistentSelect("unblock", "list", _("Lift a block…"), check=check_moderator)


@UNBLOCK_MORE.on_press
async def on_unblock_more(interaction: Interaction, guild_id: int, _payload: str) -> None:
    """Lift the chosen block."""
    await _unblock_in_list(interaction, guild_id, int(chosen_like(interaction, DISCORD_ID)))


@UNBLOCK.on_press
async def on_unblock(interaction: Interaction, guild_id: int, payload: str) -> None:
    """Lift the block, and show that where the button stood."""
    place, _colon, user_id = payload.partition(":")
    change = UnblockMember(user_id=int(user_id))
    if place == "list":
        await _unblock_in_list(interaction, guild_id, change.user_id)
    elif place == "answer":
        await take_back_here(interaction, guild_id, change)
    elif interaction.message is not None:
        moderation = services_of(interaction).moderation
        outcome = await moderation.take_back(guild_id, change, by=interaction.user.id)
        note = _("**Unblocked** by <@{id}>").format(id=interaction.user.id)
        text = note if isinstance(outcome, Applied) else _("**No longer blocked**")
        await redraw(interaction, noted(interaction.message, text, UNBLOCK.custom_id(payload)))


async def _unblock_in_list(interaction: Interaction, guild_id: int, user_id: int) -> None:
    """Lift a block, and show those that are left below what was done."""
    change = UnblockMember(user_id=user_id)
    moderation = services_of(interaction).moderation
    outcome = await moderation.take_back(guild_id, change, by=interaction.user.id)
    is_lifted = isinstance(outcome, Applied)
    text = f"### {state_text(change)}" if is_lifted else no_change_text(NoChange.NOT_SET, change)
    done = box_of(TEAL if is_lifted else SLATE, text)
    blocks, settings = await moderation.blocks(guild_id), await moderation.settings(guild_id)
    await redraw(interaction, view_of(done, block_list(blocks, total=max(settings.blocks, len(blocks)))))


def block_list(blocks: Sequence[Block], total: int) -> Box:
    """Draw the blocks in the order given; `total` is the number of all blocks in force."""
    if not blocks:
        text = _("`/block` stops a member from using Easel here, for a while or until you lift it.")
        return box_of(TEAL, f"### {_('Nobody is blocked')}\n{text}")
    title = n_("{n} member is blocked", "{n} members are blocked", total).format(n=total)
    room = min(BLOCK_REASON_ROOM, LIST_ROOM // len(blocks) - PLACES_LINE_ROOM)
    rows = [_row(block, max(room, 12)) for block in blocks]
    box = box_of(SLATE, f"### {title}")
    for block, row in zip(blocks[:MAX_BUTTONS], rows, strict=False):
        button = UNBLOCK.button(f"list:{block.user_id}")
        box.add_item(ui.Section[Any](row, accessory=button))
    hidden = total - len(blocks)
    more = n_("and {n} more, blocked earlier", "and {n} more, blocked earlier", hidden).format(n=hidden)
    end = dots(more if hidden > 0 else None, _("lift a block with `/unblock`"))
    box.add_item(ui.TextDisplay(lines(*rows[MAX_BUTTONS:], end)))
    if others := blocks[MAX_BUTTONS : MAX_BUTTONS + MAX_OPTIONS]:
        box.add_item(row_of(UNBLOCK_MORE.select("list", [_option(block) for block in others])))
    return box


def _option(block: Block) -> discord.SelectOption:
    reason = markdown.cut(" ".join(block.reason.split()), MAX_OPTION_TEXT)
    label = _("Member {id}").format(id=block.user_id)
    return discord.SelectOption(label=label, value=str(block.user_id), description=reason or None)


def _row(block: Block, room: int) -> str:
    until = _("until lifted")
    if block.until is not None:
        until = _("until {when}").format(when=stamp(block.until, "f"))
    facts = dots(until, _("by <@{id}> {when}").format(id=block.by, when=stamp(block.at)))
    return f"<@{block.user_id}> {_reason(block.reason, room)}\n{facts}"


def _reason(text: str, room: int) -> str:
    """Return the reason on one line of at most about `room` characters; escaping may double its length."""
    flat = " ".join(text.split())
    shown = markdown.inert(flat)
    if len(shown) > room:
        shown = markdown.inert(flat[: room // 2 - 1].rstrip()) + "…"
    return _("“{text}”").format(text=shown)


SHOWN_CHANNELS: Final = 60  # a mention has up to 23 characters


def channel_list(settings: ServerSettings) -> Box:
    """Draw which channels are open and closed, and what that means for all others."""
    open_ones, closed = settings.open_channels, settings.closed_channels
    if open_ones:
        title = _("Easel only works in allowed channels")
        rest = _(
            "All other channels are closed. `/channels clear` removes a rule. With no allowed channel, all "
            "are open."
        )
    elif closed:
        title = _("Easel works everywhere except in denied channels")
        rest = _(
            "All other channels are open. Once you allow one with `/channels allow`, all others are closed."
        )
    else:
        title = _("Easel works in every channel")
        rest = _("`/channels deny` closes one. `/channels allow` opens one and closes all others.")
    nearest = _("Thread rules override channel rules, which override category rules.")
    return box_of(
        TEAL if open_ones or closed else SLATE,
        f"### {title}",
        lines(_line(_("Open"), open_ones), _line(_("Closed"), closed)),
        f"{rest}\n{dots(nearest)}",
    )


def _line(name: str, channels: tuple[int, ...]) -> str:
    if not channels:
        return ""
    shown = ", ".join(f"<#{channel_id}>" for channel_id in channels[:SHOWN_CHANNELS])
    hidden = len(channels) - SHOWN_CHANNELS
    more = " " + _("and {n} more").format(n=hidden) if hidden > 0 else ""
    return f"**{name}:** {shown}{more}"


def modlog_place(channel_id: int | None, guild: discord.Guild | None = None) -> ui.LayoutView:
    """Draw where the mod-log is and how to change that; with `guild`, also whether Easel can write there."""
    if channel_id is None:
        text = _(
            "Choose a channel only moderators can see with `/modlog channel`. Easel posts every picture, "
            "report and change there, with buttons to act."
        )
        return view_of(box_of(SLATE, f"### {_('No mod-log')}\n{text}"))
    text = _("It's in <#{id}>. `/modlog channel` moves it. `/modlog channel off: True` turns it off.")
    trouble = None if guild is None else _modlog_trouble(channel_id, guild)
    title = f"### {_('The mod-log')}"
    return view_of(box_of(RED if trouble else TEAL, lines(title, text.format(id=channel_id), trouble)))


def _modlog_trouble(channel_id: int, guild: discord.Guild) -> str | None:
    channel = guild.get_channel(channel_id)
    if channel is None:
        return _("**That channel was deleted.** Choose another one.")
    missing = missing_permissions(channel)
    if not missing:
        return None
    names = _(" and ").join(f"**{name}**" for name in missing)
    return _("Easel can't send messages there. It needs {names}.").format(names=names)
