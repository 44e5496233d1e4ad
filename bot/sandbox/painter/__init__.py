"""Paints a designed illustration from the words of a prompt, without any model or network."""

from bot.sandbox.painter.edits import UnreadableReferenceError
from bot.sandbox.painter.painting import paint
from bot.sandbox.painter.quick import paint_plain

__all__ = ["UnreadableReferenceError", "paint", "paint_plain"]
