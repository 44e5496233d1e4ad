"""The doctor's lines: a mark, what was looked at, the cause, and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

COLUMNS: Final = 80
_MARKS: Final = "✓!✗"
_PART: Final = 11  # the width of the longest name of a part


class Severity(IntEnum):
    """How bad a line is; the worst one is the exit status."""

    GOOD = 0
    WARNING = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line. Only a good one needs no remedy."""

    severity: Severity
    part: str
    cause: str
    remedy: str = ""


class UnwellError(Exception):
    """Ends a check with a bad line: the cause, and the remedy."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause, self.remedy = cause, remedy


def good(part: str, cause: str) -> Diagnosis:
    return Diagnosis(Severity.GOOD, part, cause)


def warning(part: str, cause: str, remedy: str) -> Diagnosis:
    return Diagnosis(Severity.WARNING, part, cause, remedy)


def bad(part: str, cause: str, remedy: str) -> Diagnosis:
    return Diagnosis(Severity.BAD, part, cause, remedy)


def status_of(lines: Sequence[Diagnosis]) -> int:
    """Return the exit status: 0 all is well, 1 warnings, 2 something must be put right."""
    return max((line.severity for line in lines), default=Severity.GOOD).value


def report(lines: Sequence[Diagnosis]) -> str:
    """Return the lines as text of at most COLUMNS columns, and a last one that counts the marks."""
    counts = (
        f"{sum(line.severity is severity for line in lines)} {_MARKS[severity]}" for severity in Severity
    )
    return "\n".join([*map(_told, lines), "", "  ".join(counts)])


def _told(line: Diagnosis) -> str:
    indent = " " * (_PART + 3)
    told = _wrapped(line.cause, f"{_MARKS[line.severity]} {line.part:<{_PART}} ", indent)
    return f"{told}\n{_wrapped(line.remedy, f'{indent}→ ', f'{indent}  ')}" if line.remedy else told


def _wrapped(words: str, first: str, then: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in words)  # also names of servers
    return textwrap.fill(
        printable,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
