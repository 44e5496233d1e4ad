"""The one error root. What a person may read is decided by type, what they read by `bot/ui`."""

from __future__ import annotations


class EaselError(Exception):
    """Everything Easel raises on purpose."""


class SetupError(EaselError):
    """The operator has to change something before Easel can start. The message is safe to print."""


class StoreUnavailableError(EaselError):
    """The database is away, locked or full just now; the transaction may be tried again.

    If the connection broke during the commit, the transaction may have been written.
    """


class LostLeaseError(EaselError):
    """Another worker, or a cancellation, took this job over: stop, and write nothing more about it."""


class UnreachableError(EaselError):
    """No way is left to show a job to its requester."""


class TooLargeError(EaselError):
    """A place takes smaller files than it said: the pictures have to be made to fit."""


class ShowLaterError(EaselError):
    """Discord could not take the card just now; the same edit may be tried again."""
