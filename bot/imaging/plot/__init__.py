"""The picture of a month's spending."""

from bot.imaging.plot.drawing import PEAK_BYTES, draw_month

__all__ = ["PEAK_BYTES", "draw_month"]
