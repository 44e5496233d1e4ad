"""Pictures made from pictures."""

from bot.imaging.compose.pair import Side, pair_cost_bytes, side_by_side
from bot.imaging.compose.plan import plan_tree
from bot.imaging.compose.sheet import draw_sheet, plan_sheet
from bot.imaging.compose.source import source_of
from bot.imaging.compose.thumbnail import thumbnail
from bot.imaging.compose.tree import draw_tree

__all__ = [
    "Side",
    "draw_sheet",
    "draw_tree",
    "pair_cost_bytes",
    "plan_sheet",
    "plan_tree",
    "side_by_side",
    "source_of",
    "thumbnail",
]
