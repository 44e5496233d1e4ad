"""/block, /unblock: who may be blocked, and who is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import discord
from discord import ui

from bot.domain.limits import Block
from bot.ui import plain
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _, n_
from bot.ui.limits.names import stamp
from bot.ui.limits.parts import box_of, view_of
from bot.ui.look import SLATE, TEAL, dots

LIST_ROOM: Final = 3300  # of the 4000 characters of a card, beside its title and end
LINE_ROOM: Final = 110  # two mentions, two moments and the words around them
REASON_ROOM: Final = 200


def why_not_blocked(interaction: Interaction, person: discord.User | discord.Member) -> str | None:
    """Why this person is not to be blocked; None when there is nothing against it."""
    if person.id == interaction.user.id:
        return _("You cannot block yourself. To stop Easel for everybody, use `/pause`.")
    if person.bot:
        return _("<@{id}> is a bot, and bots cannot use Easel.").format(id=person.id)
    if _is_moderator(interaction, person):
        text = _(
            "<@{id}> is a moderator here, and moderators could lift their own block. To set them a limit, use "
            "`/limits set`."
        )
        return text.format(id=person.id)
    return None


def _is_moderator(interaction: Interaction, person: discord.User | discord.Member) -> bool:
    if not isinstance(person, discord.Member):
        return False  # left the server, or never was there
    permissions = person.resolved_permissions or person.guild_permissions
    if permissions.manage_guild or permissions.administrator or person.id == person.guild.owner_id:
        return True
    return any(role.id in gateway_of(interaction).moderator_roles for role in person.roles)


def span_problem() -> str:
    return _(
        "I do not understand how long. Write a time such as `12 h`, `3 d` or `2 weeks`, ten years at most."
    )


def block_list(blocks: Sequence[Block], total: int) -> ui.LayoutView:
    """Who is blocked now, the latest first; `total` are there in all."""
    if not blocks:
        text = _("`/block` stops a member from using Easel here, for a while or until somebody lifts it.")
        return view_of(box_of(TEAL, f"### {_('Nobody is blocked')}\n{text}"))
    title = n_("{n} member is blocked", "{n} members are blocked", total).format(n=total)
    room = min(REASON_ROOM, LIST_ROOM // len(blocks) - LINE_ROOM)
    rows = "\n".join(_row(block, max(room, 12)) for block in blocks)
    hidden = total - len(blocks)
    more = n_("and {n} more, blocked earlier", "and {n} more, blocked earlier", hidden).format(n=hidden)
    end = dots(more if hidden > 0 else None, _("`/unblock member` lifts a block"))
    return view_of(box_of(SLATE, f"### {title}", rows, end))


def _row(block: Block, room: int) -> str:
    until = (
        _("until lifted") if block.until is None else _("until {when}").format(when=stamp(block.until, "f"))
    )
    facts = dots(until, _("by <@{id}> {when}").format(id=block.by, when=stamp(block.at)))
    return f"<@{block.user_id}> {_reason(block.reason, room)}\n{facts}"


def _reason(text: str, room: int) -> str:
    """On one line; a harmless character may take two of `room`."""
    flat = " ".join(text.split())
    shown = plain.inert(flat)
    if len(shown) > room:
        shown = plain.inert(flat[: room // 2 - 1].rstrip()) + "…"
    return _("“{text}”").format(text=shown)
