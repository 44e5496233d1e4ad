"""Every lasting control there is, and what it does: the one list that the client works by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from discord import ui

from bot.ui.base.components import BUTTONS
from bot.ui.base.context import Press
from bot.ui.cards.buttons import RESULT_BUTTONS
from bot.ui.history.job import press_open, press_step
from bot.ui.history.lists import press_past, press_starred, press_unstar
from bot.ui.history.pages import GALLERY_BUTTONS
from bot.ui.history.tree import press_tree
from bot.ui.library.presets import PRESET_BUTTONS, PRESET_PRESSES
from bot.ui.library.tray import TRAY_ITEMS, TRAY_PRESSES
from bot.ui.limits.changes import CHANGE_BUTTONS, CHANGE_PRESSES
from bot.ui.limits.panel import PANEL_ACTION, PANEL_ITEMS, press_panel
from bot.ui.moderation.filters import FILTER_BUTTONS, FILTER_PRESSES
from bot.ui.moderation.modlog import MODLOG_BUTTONS
from bot.ui.moderation.modlog_actions import MODLOG_PRESSES
from bot.ui.personal_data import DATA_PRESSES
from bot.ui.queue import QUEUE_PRESSES
from bot.ui.requests.actions import CARD_PRESSES
from bot.ui.requests.variables import DRAFT_PRESSES, OFFER_BUTTONS
from bot.ui.results.actions import MORE_PRESSES, RESULT_PRESSES
from bot.ui.results.panel import MORE_BUTTONS

GALLERY_PRESSES: Final[Mapping[str, Press]] = {
    "past": press_past,
    "starred": press_starred,
    "unstar": press_unstar,
    "open": press_open,
    "step": press_step,
    "tree": press_tree,
}


LIMIT_PRESSES: Final[Mapping[str, Press]] = {**CHANGE_PRESSES, PANEL_ACTION: press_panel}
LIMIT_ITEMS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (*CHANGE_BUTTONS, *PANEL_ITEMS)


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
    **QUEUE_PRESSES,
    **DATA_PRESSES,
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
