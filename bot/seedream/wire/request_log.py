"""Rows of `GET /v2/logs`: what became of a call, by the request id we gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bot.domain.provider import Charge

LOG_PAGE_ROWS = 100  # the API's largest page
CLOCK_MARGIN = timedelta(minutes=5)  # our clock and theirs
MAX_WINDOW = timedelta(days=91)  # the API takes 92 days; the margin has to fit as well

_SUCCEEDED = frozenset({"succeeded", "success", "completed", "ok"})
_FAILED = frozenset({"failed", "error", "errored"})


class _Cost(msgspec.Struct):
    usd: float | None = None
    credits: float | None = None


class _Row(msgspec.Struct):
    client_request_id: str | None = None
    status: str | None = None
    cost: _Cost | None = None


class _Pagination(msgspec.Struct):
    has_more: bool | None = None


class _Page(msgspec.Struct):
    data: list[_Row] | None = None
    pagination: _Pagination | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """One page, newest first: what it says of the call (None where it is silent), and whether more follow."""

    charge: Charge | None
    has_more: bool


def page_query(*, since: datetime, now: datetime, page: int) -> Mapping[str, str]:
    """The query of page 0, 1, … of everything from shortly before `since` until `now`."""
    return {
        "start": _iso(max(since, now - MAX_WINDOW) - CLOCK_MARGIN),
        "end": _iso(now + CLOCK_MARGIN),
        "limit": str(LOG_PAGE_ROWS),
        "offset": str(page * LOG_PAGE_ROWS),
    }


def read_page(body: bytes | bytearray, request_id: str) -> LogPage:
    """What a page says of the call. A body that cannot be read says nothing, and ends the search."""
    try:
        page = msgspec.json.decode(body, type=_Page, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return LogPage(charge=None, has_more=False)
    rows = page.data or []
    charges = {_charge(row) for row in rows if row.client_request_id == request_id}
    more = page.pagination.has_more if page.pagination else None
    return LogPage(
        # One charged row outweighs any number of failed ones.
        charge=next(
            (charge for charge in (Charge.CHARGED, Charge.UNKNOWN, Charge.FREE) if charge in charges), None
        ),
        has_more=bool(rows) and (len(rows) >= LOG_PAGE_ROWS if more is None else more),
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _charge(row: _Row) -> Charge:
    status = (row.status or "").lower()
    paid = row.cost is not None and ((row.cost.usd or 0) > 0 or (row.cost.credits or 0) > 0)
    if paid or status in _SUCCEEDED:
        return Charge.CHARGED
    return Charge.FREE if status in _FAILED else Charge.UNKNOWN
