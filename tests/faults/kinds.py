"""The kinds of trouble that a storm is mixed from."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Database(StrEnum):
    """Which database a run uses, and so which processes it has."""

    SQLITE = "sqlite"  # one process of both halves
    POSTGRES = "postgres"  # a gateway and two workers


class Kind(StrEnum):
    """One kind of trouble. Each draws its events from a random generator of its own."""

    KILL = "kill"
    FREEZE = "freeze"
    STOP = "stop"
    DATABASE_AWAY = "database-away"
    DATABASE_SLOW = "database-slow"
    DATABASE_CUT = "database-cut"
    DATABASE_STALLED = "database-stalled"
    DATABASE_READ_ONLY = "database-read-only"
    DISK_FULL = "disk-full"
    CLOCK_SKEW = "clock-skew"
    CLOCK_JUMP = "clock-jump"
    PROVIDER_ERRORS = "provider-errors"
    PROVIDER_PAGES = "provider-pages"
    PROVIDER_LINE = "provider-line"
    PROVIDER_GARBAGE = "provider-garbage"
    PROVIDER_LOG = "provider-log"
    DISCORD_ERRORS = "discord-errors"
    DISCORD_PAGES = "discord-pages"
    DISCORD_LINE = "discord-line"
    DISCORD_GATEWAY = "discord-gateway"


ONLY_POSTGRES: Final = frozenset({Kind.DATABASE_CUT, Kind.DATABASE_STALLED, Kind.DATABASE_READ_ONLY})


def kinds_of(database: Database) -> list[Kind]:
    """Return the kinds that can happen with this database, in the order of their declaration."""
    return [kind for kind in Kind if database is Database.POSTGRES or kind not in ONLY_POSTGRES]
