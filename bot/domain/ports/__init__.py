"""What the use cases need from outside. Adapters implement these; `bot/app.py` alone wires them."""

from bot.domain.ports.artist import MAX_TREE_NODES, THUMBNAIL_SIDE, Artist, TreeNode
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
from bot.domain.ports.originals import OriginalStore
from bot.domain.ports.personal import Decision, Forgotten, Held
from bot.domain.ports.plotter import Plotter, PlotWords
from bot.domain.ports.posted import PostedPictures
from bot.domain.ports.results import (
    Favourite,
    FavouritePage,
    Page,
    Past,
    ResultStore,
    Sort,
)
from bot.domain.ports.shelf import (
    MAX_OFF,
    MAX_TRAY,
    Defaults,
    Saved,
    ShelfStore,
    TrayPicture,
    Whose,
)
from bot.domain.ports.signals import Signal, Signals

__all__ = [
    "MAX_OFF",
    "MAX_TRAY",
    "MAX_TREE_NODES",
    "THUMBNAIL_SIDE",
    "Accepted",
    "Artist",
    "BlobMeta",
    "BlobStore",
    "CancelOutcome",
    "Cancelled",
    "Clock",
    "Decision",
    "Defaults",
    "Desk",
    "Favourite",
    "FavouritePage",
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
    "OriginalStore",
    "Packed",
    "Page",
    "Past",
    "Picture",
    "PlotWords",
    "Plotter",
    "PostedPictures",
    "Rates",
    "ReferenceFetcher",
    "Removable",
    "ResultStore",
    "Saved",
    "ServerSettings",
    "ServerSpent",
    "ShelfStore",
    "Shown",
    "Signal",
    "Signals",
    "Sort",
    "SpendReport",
    "SubmitOutcome",
    "SystemClock",
    "TrayPicture",
    "TreeNode",
    "Whose",
    "WorkerPulse",
]
