"""Every seed that ever failed, and what it found. The slice in the default suite runs them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.faults.kinds import Database, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A storm to repeat. `kinds` None is the seed's own choice; `found` says what broke, `videos` which share of its
    commands asks for videos."""

    number: int
    database: Database
    found: str
    kinds: frozenset[Kind] | None = None
    videos: float = 0.0


def _sqlite(number: int, kind: Kind, found: str) -> Seed:
    return Seed(number=number, database=Database.SQLITE, kinds=frozenset({kind}), found=found)


def _postgres(number: int, kind: Kind, found: str) -> Seed:
    return Seed(number=number, database=Database.POSTGRES, kinds=frozenset({kind}), found=found)


FAILED_ONCE: Final = (
    _sqlite(1, Kind.DISK_FULL, "pictures that arrived while the disk was full were bought again"),
    _sqlite(2, Kind.DISK_FULL, "pictures that arrived while the disk was full were bought again"),
    _sqlite(
        1,
        Kind.CLOCK_JUMP,
        "a day ahead, jobs expired whose calls were on their way; what arrived was dropped",
    ),
    _sqlite(3, Kind.DISK_FULL, "pictures that arrived while the disk was full were bought again"),
    _sqlite(
        2,
        Kind.CLOCK_JUMP,
        "a job accepted while the clock was an hour ahead was never begun once it was right",
    ),
    _sqlite(
        1, Kind.DISCORD_ERRORS, "paid pictures were dropped when Discord refused every way for ten seconds"
    ),
    _sqlite(
        2, Kind.DISCORD_PAGES, "paid pictures were dropped at pages of a proxy with status 401, 403 and 404"
    ),
    _sqlite(6, Kind.DISCORD_PAGES, "paid pictures were dropped at pages of a proxy with status 413"),
    _postgres(1, Kind.DATABASE_AWAY, "pictures that arrived while the database was away were bought again"),
    _postgres(
        1, Kind.DATABASE_READ_ONLY, "pictures that arrived while nothing could be written were bought again"
    ),
    _postgres(
        2, Kind.DATABASE_READ_ONLY, "pictures that arrived while nothing could be written were bought again"
    ),
    _postgres(
        2,
        Kind.FREEZE,
        "thawed after its lease, a worker began a call that another one took over as lost and gave up",
    ),
    Seed(
        number=1,
        database=Database.POSTGRES,
        kinds=frozenset({Kind.DATABASE_AWAY, Kind.DATABASE_READ_ONLY, Kind.FREEZE}),
        found="a rewriting whose cost could not be written stayed open for ever; later, a result was shown again when"
        " the database went away right after it",
    ),
    Seed(
        number=32072,
        database=Database.POSTGRES,
        found="a picture that was being stored while the database was away was dropped when its worker was stopped",
    ),
    Seed(
        number=34017,
        database=Database.POSTGRES,
        found="ten lost leases failed a job whose pictures lay in the spool",
    ),
    Seed(
        number=36079,
        database=Database.POSTGRES,
        found="an answer that was being read when its worker stopped was dropped and bought again",
    ),
    Seed(
        number=52030,
        database=Database.SQLITE,
        found="a clock a day ahead made a private card's token forgotten: its pictures were shown twice",
    ),
    Seed(
        number=53641,
        database=Database.SQLITE,
        found="the same of a card whose first answer was made and never heard of",
    ),
    Seed(
        number=53574,
        database=Database.SQLITE,
        found="pictures that a full disk did not take were dropped by a stop, and bought again",
    ),
    Seed(
        number=53061,
        database=Database.SQLITE,
        found="a rate limit met while the clock was ahead paused all calls until that time came",
    ),
    Seed(
        number=53081,
        database=Database.SQLITE,
        found="a call begun while the clock was ahead stayed open, as it would not be old for long",
    ),
)
