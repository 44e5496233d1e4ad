"""The offline provider's ledger: every call, its cost, and the account's balance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bot.domain.sizes import Size
from bot.sandbox.faults import Fault
from bot.sandbox.orders import SANDBOX_MODELS, VIDEO_CREDITS_A_SECOND

CHAT_MODELS = ("gpt-4o-mini",)
CREDITS_A_CHAT = 600  # a few hundred tokens of a small model
CREDITS_A_DOLLAR = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call for a picture or a video as the provider saw it.

    `status` is the intended HTTP status, even if it hung up instead.
    """

    client_request_id: str | None
    inference_id: str
    model: str
    prompt: str
    n_references: int
    size: Size
    status: int
    charged: bool
    at: datetime
    price: int  # in credits

    @property
    def credits(self) -> int:
        return self.price if self.charged else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One chat call as the provider saw it. `words` is the user's message, unchanged."""

    client_request_id: str | None
    inference_id: str
    model: str
    words: str
    status: int
    charged: bool
    at: datetime

    @property
    def credits(self) -> int:
        return CREDITS_A_CHAT if self.charged else 0


class Ledger:
    """Records the calls and their costs. `funds_usd` is the account's balance before the first call.

    `trouble` is the fault that the last call ended in, None if it went well: the free questions agree with it.
    `prices` are charged, in credits for a picture or a second; `listed` is the JSON that the list of models gives
    as a model's price instead.
    """

    def __init__(self, *, funds_usd: float, now: Callable[[], datetime]) -> None:
        self.prices = {model: one.credits for model, one in SANDBOX_MODELS.items()} | VIDEO_CREDITS_A_SECOND
        self.listed: dict[str, object] = {}
        self.funds_usd = funds_usd
        self.calls: list[Call] = []
        self.chats: list[Chat] = []
        self.arrived = 0
        self.now = now
        self.trouble: Fault | None = None
        self._rows: list[Call | Chat] = []
        self._progress = asyncio.Condition()

    def tell_balance_usd(self) -> float:
        """Return the reported balance: 0 after a call without credit, then topped up."""
        if self.trouble in {Fault.OUT_OF_CREDIT, Fault.NO_CREDIT_402}:
            self.trouble = None
            return 0.0
        return round(self.funds_usd - ledger_usd(sum(row.credits for row in self._rows)), 6)

    async def arrive(self) -> int:
        """Count an incoming call; return its number, from 1."""
        async with self._progress:
            self.arrived += 1
            self._progress.notify_all()
            return self.arrived

    async def record(self, row: Call | Chat) -> None:
        """Record the outcome of a call."""
        async with self._progress:
            self._rows.append(row)
            if isinstance(row, Call):
                self.calls.append(row)
            else:
                self.chats.append(row)
            self._progress.notify_all()

    async def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Wait until `is_so` returns True; it is called whenever a call comes in or is recorded."""
        async with self._progress:
            await self._progress.wait_for(is_so)

    def models(self) -> list[str]:
        """Return the ids of `GET /v1/models`."""
        if self.trouble is Fault.MODEL_GONE:
            return ["bytedance/seedream-5-0"]
        return ["bytedance/seedream-5-0", *SANDBOX_MODELS, *VIDEO_CREDITS_A_SECOND, *CHAT_MODELS]

    def entries(
        self, *, statuses: Collection[str], models: Collection[str], start: str, end: str
    ) -> list[dict[str, object]]:
        """Return the rows of `GET /v2/logs`, newest first; no `statuses`, `models`, `start` or `end` match any."""
        rows = [_entry(row) for row in reversed(self._rows) if start <= _iso(row.at) <= (end or "9")]
        return [
            row
            for row in rows
            if (not statuses or row["status"] in statuses) and (not models or row["model"] in models)
        ]


def ledger_usd(credits_used: int) -> float:
    """Convert the API's credits to dollars."""
    return credits_used / CREDITS_A_DOLLAR


def _entry(row: Call | Chat) -> dict[str, object]:
    return {
        "status": "succeeded" if row.charged else "failed",
        "model": row.model,
        "cost": {"usd": ledger_usd(row.credits), "credits": row.credits},
        "request_id": f"req-{row.inference_id}",
        "inference_id": row.inference_id,
        "client_request_id": row.client_request_id,
        "created": _iso(row.at),
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
