"""What moderators may do, and what everybody may know about the rules that hold for them."""

from bot.services.moderation.checks import HIGHEST, HIGHEST_WEIGHT, MOST, OWN
from bot.services.moderation.outcomes import (
    BudgetReport,
    ChangeOutcome,
    Improper,
    Mistake,
    PromptTest,
    Standing,
)
from bot.services.moderation.service import CONFIRM_WITHIN, SHOWN_BLOCKS, SHOWN_REFUSALS, Moderation
from bot.services.moderation.widening import SPENDING

__all__ = [
    "CONFIRM_WITHIN",
    "HIGHEST",
    "HIGHEST_WEIGHT",
    "MOST",
    "OWN",
    "SHOWN_BLOCKS",
    "SHOWN_REFUSALS",
    "SPENDING",
    "BudgetReport",
    "ChangeOutcome",
    "Improper",
    "Mistake",
    "Moderation",
    "PromptTest",
    "Standing",
]
