"""`GET /v2/logs`: the charge of a call, found by the request id that we sent with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bot.domain.provider import Charge

LOG_PAGE_ROWS = 100  # the API's largest page
CLOCK_MARGIN = timedelta(minutes=5)  # our clock and the API's may differ by this much
MAX_WINDOW = timedelta(days=91)  # the API allows 92 days, the margin included

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
    """One page of the log, newest call first: the charge, None if unknown, and whether more pages follow."""

    charge: Charge | None
    has_more: bool


def page_query(*, since: datetime, now: datetime, page: int) -> Mapping[str, str]:
    """Return the query for one page, counted from 0, of the calls since shortly before `since`."""
    return {
        "start": _iso(max(since, now - MAX_WINDOW) - CLOCK_MARGIN),
        "end": _iso(now + CLOCK_MARGIN),
        "limit": str(LOG_PAGE_ROWS),
        "offset": str(page * LOG_PAGE_ROWS),
    }


def read_page(body: bytes | bytearray, request_id: str) -> LogPage:
    """Read what a page tells about a call. An unreadable body tells nothing, and no page follows it."""
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
