"""/favourites: the pictures somebody wants to find again, one in each row."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.domain.ports import FavouritePage
from bot.ui.gallery.buttons import FavouritesButton, UnstarSelect
from bot.ui.gallery.entry import Entry, entry_option
from bot.ui.gallery.page import Leaf, answer_with, entries_of, turning, whereabouts
from bot.ui.gallery.paging import PER_PAGE, last_page
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _, n_
from bot.ui.limits.parts import row_of
from bot.ui.selects import chosen
from bot.ui.subjects import parts_of


async def show_favourites(interaction: Interaction) -> None:
    """The answer to the command."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _draw(interaction, 0)


async def press_starred(interaction: Interaction, page: str) -> None:
    """Another page, in place: of whoever presses."""
    await interaction.response.defer()
    await _draw(interaction, int(page))


async def press_unstar(interaction: Interaction, page: str) -> None:
    """Not a favourite any more; the page without it."""
    await interaction.response.defer()
    job_id, index = parts_of(chosen(interaction))
    if index is not None:
        await gateway_of(interaction).gallery.favour(interaction.user.id, job_id, index, is_on=False)
    await _draw(interaction, int(page))


async def _draw(interaction: Interaction, wanted: int) -> None:
    found, page = await _page(interaction, wanted)
    pictures = [(one.job, one.index) for one in found.favourites]
    entries = await entries_of(interaction, pictures, alone=True)
    leaf = Leaf(
        title=_("Your favourites") if found.total else _("No favourites yet"),
        facts=_facts(found.total, page),
        entries=entries,
        turning=turning(_button, page, found.total),
        rows=_unstarring(entries, page),
    )
    await answer_with(interaction, leaf)


async def _page(interaction: Interaction, wanted: int) -> tuple[FavouritePage, int]:
    """The page that was asked for, or the last one where there are fewer by now; and which it is."""
    gallery, user_id = gateway_of(interaction).gallery, interaction.user.id
    found = await gallery.favourites(user_id, offset=wanted * PER_PAGE, limit=PER_PAGE)
    page = last_page(found.total, wanted)
    if page != wanted:
        found = await gallery.favourites(user_id, offset=page * PER_PAGE, limit=PER_PAGE)
    return found, page


def _facts(total: int, page: int) -> tuple[str | None, ...]:
    if not total:
        return (_("press **More…** on a result, then **Favourite**"),)
    number = n_("{n} picture", "{n} pictures", total).format(n=total)
    return number, whereabouts(page, total)


def _button(page: int, name: str) -> FavouritesButton:
    return FavouritesButton(str(page), name)


def _unstarring(entries: tuple[Entry, ...], page: int) -> tuple[ui.ActionRow[Any], ...]:
    if not entries:
        return ()
    return (row_of(UnstarSelect(str(page), [entry_option(entry) for entry in entries])),)
