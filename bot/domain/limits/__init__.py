"""Limits that moderators set: what can be limited, how rules combine, whether a wish fits."""

from bot.domain.limits.kinds import ORDERS, Limit, Value
from bot.domain.limits.rules import Decided, Rule, Ruling, Scope, combine
from bot.domain.limits.verdict import Book, Entry, No, Request, judge

__all__ = [
    "ORDERS",
    "Book",
    "Decided",
    "Entry",
    "Limit",
    "No",
    "Request",
    "Rule",
    "Ruling",
    "Scope",
    "Value",
    "combine",
    "judge",
]
