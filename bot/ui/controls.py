"""Every lasting control there is, and what it does: the one list that the client works by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from discord import ui

from bot.ui.buttons import BUTTONS
from bot.ui.drafts import DRAFT_PRESSES
from bot.ui.filtering import FILTER_BUTTONS, FILTER_PRESSES
from bot.ui.gallery.buttons import GALLERY_BUTTONS
from bot.ui.gallery.presses import GALLERY_PRESSES
from bot.ui.gateway import Press
from bot.ui.limits.presses import LIMIT_ITEMS, LIMIT_PRESSES
from bot.ui.modlog.buttons import MODLOG_BUTTONS
from bot.ui.modlog.presses import MODLOG_PRESSES
from bot.ui.offer import OFFER_BUTTONS
from bot.ui.presets.card import PRESET_BUTTONS, PRESET_PRESSES
from bot.ui.presses import CARD_PRESSES
from bot.ui.results.buttons import RESULT_BUTTONS
from bot.ui.results.more import MORE_PRESSES
from bot.ui.results.panel_buttons import MORE_BUTTONS
from bot.ui.results.presses import RESULT_PRESSES
from bot.ui.tray.items import TRAY_ITEMS
from bot.ui.tray.presses import TRAY_PRESSES

CONTROLS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (
    *BUTTONS,
    *LIMIT_ITEMS,
    *FILTER_BUTTONS,
    *MODLOG_BUTTONS,
    *RESULT_BUTTONS,
    *MORE_BUTTONS,
    *GALLERY_BUTTONS,
    *TRAY_ITEMS,
    *OFFER_BUTTONS,
    *PRESET_BUTTONS,
)
PRESSES: Final[Mapping[str, Press]] = {
    **CARD_PRESSES,
    **LIMIT_PRESSES,
    **FILTER_PRESSES,
    **MODLOG_PRESSES,
    **RESULT_PRESSES,
    **MORE_PRESSES,
    **GALLERY_PRESSES,
    **TRAY_PRESSES,
    **DRAFT_PRESSES,
    **PRESET_PRESSES,
}
