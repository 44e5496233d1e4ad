"""One page of a gallery as it is drawn: its rows, its way on, and what can be opened."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.domain.jobs import Job
from bot.ui.gallery.buttons import BESIDE, OpenSelect
from bot.ui.gallery.entry import Entry, entry_item, entry_option
from bot.ui.gallery.paging import pages
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.limits.parts import NOBODY, Box, box_of, lines, row_of, view_of
from bot.ui.look import TEAL, dots
from bot.ui.seeing import may_see


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a page shows. `rows` stand below everything."""

    title: str
    facts: tuple[str | None, ...]
    entries: tuple[Entry, ...]
    turning: tuple[ui.Item[Any], ...] = ()
    rows: tuple[ui.ActionRow[Any], ...] = ()


async def entries_of(
    interaction: Interaction, wanted: Sequence[tuple[Job, int]], *, alone: bool = False
) -> tuple[Entry, ...]:
    """Their pictures may have to be fetched: Discord has been told before that we think."""
    small = await gateway_of(interaction).gallery.thumbnails(wanted)
    return tuple(
        Entry(job=job, index=index, small=data, at=interaction.created_at, is_alone=alone)
        for (job, index), data in zip(wanted, small, strict=True)
    )


def turning(button: Callable[[int, str], ui.Item[Any]], page: int, total: int) -> tuple[ui.Item[Any], ...]:
    """The ways to the pages beside `page`, where there are any."""
    others = ((page - 1, _("Newer")), (page + 1, _("Older")))
    return tuple(button(number, name) for number, name in others if 0 <= number < pages(total))


def whereabouts(page: int, total: int) -> str | None:
    """Which page it is, where there are several."""
    if pages(total) < 2:
        return None
    return _("page {n} of {all}").format(n=page + 1, all=pages(total))


async def answer_with(interaction: Interaction, leaf: Leaf) -> None:
    """In place of the deferred answer. What this person may not look at here is not offered to be opened."""
    openable = [entry for entry in leaf.entries if may_see(interaction, entry.job)]
    box = leaf_box(leaf, openable, viewer_id=interaction.user.id)
    await interaction.edit_original_response(
        view=view_of(box), attachments=_files(leaf.entries), allowed_mentions=NOBODY
    )


def leaf_box(leaf: Leaf, openable: Sequence[Entry], *, viewer_id: int) -> Box:
    box = box_of(TEAL, lines(f"### {leaf.title}", dots(*leaf.facts)))
    for entry in leaf.entries:
        box.add_item(ui.Separator())
        box.add_item(entry_item(entry, viewer_id=viewer_id))
    if leaf.entries:
        box.add_item(ui.Separator())
    if leaf.turning:
        box.add_item(row_of(*leaf.turning))
    if openable:
        box.add_item(row_of(OpenSelect(BESIDE, [entry_option(entry) for entry in openable])))
    for row in leaf.rows:
        box.add_item(row)
    return box


def _files(entries: Sequence[Entry]) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(entry.small), entry.filename) for entry in entries if entry.small is not None
    ]
