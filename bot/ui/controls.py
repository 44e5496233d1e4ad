"""Every lasting control there is, and what it does: the one list that the client works by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from discord import ui

from bot.ui.buttons import BUTTONS
from bot.ui.filtering import FILTER_BUTTONS, FILTER_PRESSES
from bot.ui.gateway import Press
from bot.ui.limits.presses import LIMIT_ITEMS, LIMIT_PRESSES
from bot.ui.modlog.buttons import MODLOG_BUTTONS
from bot.ui.modlog.presses import MODLOG_PRESSES
from bot.ui.presses import CARD_PRESSES

CONTROLS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (
    *BUTTONS,
    *LIMIT_ITEMS,
    *FILTER_BUTTONS,
    *MODLOG_BUTTONS,
)
PRESSES: Final[Mapping[str, Press]] = {**CARD_PRESSES, **LIMIT_PRESSES, **FILTER_PRESSES, **MODLOG_PRESSES}
