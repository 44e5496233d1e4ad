"""The offline provider's books: every call, what it cost, and the account's balance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.sizes import Size

CREDITS_A_PICTURE = 84_000
CREDITS_A_DOLLAR = 2_000_000
USD_A_PICTURE = CREDITS_A_PICTURE / CREDITS_A_DOLLAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the provider saw it. `status` is the HTTP status meant for it, also where it hung up."""

    client_request_id: str | None
    inference_id: str
    model: str
    prompt: str
    n_references: int
    size: Size
    status: int
    charged: bool
    at: datetime


class Ledger:
    """`funds_usd` is what the account holds before the first call."""

    def __init__(self, *, funds_usd: float, now: Callable[[], datetime]) -> None:
        self.calls: list[Call] = []
        self.now = now
        self._funds_usd = funds_usd

    @property
    def balance_usd(self) -> float:
        return round(self._funds_usd - USD_A_PICTURE * sum(call.charged for call in self.calls), 6)

    def entries(self, *, status: str | None, model: str | None) -> list[dict[str, object]]:
        """The request log, newest first, as `GET /v2/logs` shows it."""
        rows = [_entry(call) for call in reversed(self.calls)]
        return [row for row in rows if status in (None, row["status"]) and model in (None, row["model"])]


def _entry(call: Call) -> dict[str, object]:
    return {
        "status": "success" if call.charged else "error",
        "model": call.model,
        "cost": {
            "usd": USD_A_PICTURE if call.charged else 0,
            "credits": CREDITS_A_PICTURE if call.charged else 0,
        },
        "request_id": f"req-{call.inference_id}",
        "inference_id": call.inference_id,
        "client_request_id": call.client_request_id,
        "created_at": call.at.isoformat().replace("+00:00", "Z"),
    }
