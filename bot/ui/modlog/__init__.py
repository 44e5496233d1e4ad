"""The mod-log on Discord: its cards, their buttons, and the desk that writes them."""

from bot.ui.modlog.desk import ModLogDesk
from bot.ui.modlog.operators import operators_of

__all__ = ["ModLogDesk", "operators_of"]
