"""Messages that ask for pictures: mentions and replies. What is asked goes the way of every command."""

from bot.ui.messages.asides import Asides
from bot.ui.messages.hearing import hear

__all__ = ["Asides", "hear"]
