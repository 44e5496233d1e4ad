"""The root of all errors, and those that several layers share. `bot/ui` words them for people."""

from __future__ import annotations


class EaselError(Exception):
    """The base of every error that Easel raises on purpose."""


class SetupError(EaselError):
    """Easel cannot start until the operator changes something. The message is safe to print; it lists `problems`."""

    def __init__(self, *problems: str) -> None:
        listed = ("these settings need a look:", *(f"  - {problem}" for problem in problems))
        super().__init__("\n".join(listed if len(problems) > 1 else problems))
        self.problems = problems


class StoreUnavailableError(EaselError):
    """The database is away, locked or full just now; the transaction may be tried again.

    If the connection broke during the commit, the transaction may have been written.
    """


class LostLeaseError(EaselError):
    """Another worker has the job, or it was cancelled: stop, and write nothing more about it."""


class CircuitOpenError(EaselError):
    """No call may begin now, for anybody: the provider has a `Trouble`."""


class UnreachableError(EaselError):
    """There is no way left to show a card or an entry."""


class TooLargeError(EaselError):
    """A channel accepts only smaller files than it announced: the pictures must be packed smaller."""


class ShowLaterError(EaselError):
    """Discord cannot take the message now; the same request may be tried again later."""
