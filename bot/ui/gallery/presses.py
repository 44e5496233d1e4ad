"""What the controls of galleries do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.ui.gallery.favourites import press_starred, press_unstar
from bot.ui.gallery.history import press_past
from bot.ui.gallery.show import press_open, press_step
from bot.ui.gallery.tree import press_tree
from bot.ui.gateway import Press

GALLERY_PRESSES: Final[Mapping[str, Press]] = {
    "past": press_past,
    "starred": press_starred,
    "unstar": press_unstar,
    "open": press_open,
    "step": press_step,
    "tree": press_tree,
}
