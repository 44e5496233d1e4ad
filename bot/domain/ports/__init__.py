"""What the use cases need from outside. Adapters implement these; `bot/app.py` alone wires them."""

from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.domain.ports.clock import Clock, SystemClock
from bot.domain.ports.desk import Desk, Picture, Shown
from bot.domain.ports.fetcher import ReferenceFetcher
from bot.domain.ports.jobs import (
    Accepted,
    Cancelled,
    CancelOutcome,
    JobStore,
    Lease,
    Line,
    LineEntry,
    OpenCall,
    Packed,
    Rates,
    SpendReport,
    SubmitOutcome,
)
from bot.domain.ports.logdesk import LogDesk
from bot.domain.ports.moderation import ModerationStore, Removable, ServerSettings, ServerSpent
from bot.domain.ports.notes import NoteStore, WorkerPulse
from bot.domain.ports.personal import Decision, Forgotten, Held
from bot.domain.ports.plotter import Plotter, PlotWords
from bot.domain.ports.signals import Signal, Signals

__all__ = [
    "Accepted",
    "BlobMeta",
    "BlobStore",
    "CancelOutcome",
    "Cancelled",
    "Clock",
    "Decision",
    "Desk",
    "Forgotten",
    "Held",
    "JobStore",
    "Lease",
    "Line",
    "LineEntry",
    "LogDesk",
    "ModerationStore",
    "NoteStore",
    "OpenCall",
    "Packed",
    "Picture",
    "PlotWords",
    "Plotter",
    "Rates",
    "ReferenceFetcher",
    "Removable",
    "ServerSettings",
    "ServerSpent",
    "Shown",
    "Signal",
    "Signals",
    "SpendReport",
    "SubmitOutcome",
    "SystemClock",
    "WorkerPulse",
]
