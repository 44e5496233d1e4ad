"""Everything one decision rests on, in one statement: quick at any size, and one moment of the database."""

from bot.storage.ops.docket.facts import Waiting, docket
from bot.storage.ops.docket.reading import read_pause, read_rule
from bot.storage.ops.docket.sums import is_reserved
from bot.storage.ops.docket.values import THE_SERVER

__all__ = ["THE_SERVER", "Waiting", "docket", "is_reserved", "read_pause", "read_rule"]
