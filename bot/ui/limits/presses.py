"""What the buttons about limits do, and which there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from discord import ui

from bot.ui.gateway import Press
from bot.ui.limits.changes import CHANGE_BUTTONS, CHANGE_PRESSES
from bot.ui.limits.panel.actions import press_panel
from bot.ui.limits.panel.items import ACTION, PANEL_ITEMS

LIMIT_PRESSES: Final[Mapping[str, Press]] = {**CHANGE_PRESSES, ACTION: press_panel}
LIMIT_ITEMS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (*CHANGE_BUTTONS, *PANEL_ITEMS)
