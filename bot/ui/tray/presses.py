"""What the tray's controls do. Each is its owner's alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.domain.ports import TrayPicture
from bot.ui.failures import whisper
from bot.ui.gateway import Interaction, Press, gateway_of
from bot.ui.i18n import _
from bot.ui.limits.parts import NOBODY, view_of
from bot.ui.selects import chosen
from bot.ui.tray.form import open_form
from bot.ui.tray.items import ACTION, Subject, What, read_subject
from bot.ui.tray.panel import Tray, clear_question, show_tray


async def press_tray(interaction: Interaction, text: str) -> None:
    """Whatever is pressed or chosen on somebody's tray."""
    subject = read_subject(text)
    if subject is None:
        await whisper(interaction, _("This button is out of date. `/tray show` shows your tray."))
    elif subject.user_id != interaction.user.id:
        await whisper(interaction, _("This is somebody else's tray. `/tray show` shows yours."))
    elif subject.what is What.EDIT:
        await open_form(interaction)
    else:
        await interaction.response.defer()
        await _act(interaction, subject)


async def _act(interaction: Interaction, subject: Subject) -> None:
    """And draw anew what was pressed."""
    if subject.what is What.CLEAR:
        await ask_to_clear(interaction)
    else:
        await show_tray(interaction, chosen=await _change(interaction, subject))


async def ask_to_clear(interaction: Interaction) -> None:
    """As the answer of a deferred interaction."""
    pictures = await gateway_of(interaction).shelf.tray(interaction.user.id)
    if not pictures:
        await show_tray(interaction)
        return
    view = view_of(clear_question(Tray(user_id=interaction.user.id, pictures=pictures)))
    await interaction.edit_original_response(view=view, attachments=[], allowed_mentions=NOBODY)


async def _change(interaction: Interaction, subject: Subject) -> str | None:
    """The picture that stays chosen, by its name."""
    shelf, user_id = gateway_of(interaction).shelf, interaction.user.id
    pictures = await shelf.tray(user_id)
    match subject.what:
        case What.CHOOSE:
            return chosen(interaction)
        case What.EMPTY:
            await shelf.take_off_tray(user_id, tuple(picture.name for picture in pictures))
        case What.OFF if subject.name is not None:
            await shelf.take_off_tray(user_id, (subject.name,))
        case What.FRONT | What.UP | What.DOWN if subject.name is not None:
            place = _place(pictures, subject.name, subject.what)
            if place is not None:
                await shelf.move_on_tray(user_id, subject.name, to=place)
            return subject.name
        case _:
            pass
    return None


def _place(pictures: tuple[TrayPicture, ...], name: str, what: What) -> int | None:
    """Where it goes, from 1; None when it is not there any more, or stays."""
    names = [picture.name for picture in pictures]
    if name not in names:
        return None
    now = names.index(name) + 1
    place = {What.FRONT: 1, What.UP: now - 1, What.DOWN: now + 1}[what]
    return place if 1 <= place <= len(names) and place != now else None


TRAY_PRESSES: Final[Mapping[str, Press]] = {ACTION: press_tray}
