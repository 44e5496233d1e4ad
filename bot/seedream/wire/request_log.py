"""`GET /v2/logs`: the charge of a call, found by the request id that we sent with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bot.domain.provider import Charge
from bot.seedream.wire.reply import UNREADABLE, is_modest

LOG_PAGE_ROWS = 100  # the API's largest page
CLOCK_MARGIN = timedelta(minutes=5)  # our clock and the API's may differ by this much
RECORDED_WITHIN = timedelta(minutes=5)  # after the end of a call
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_SUCCEEDED = frozenset({"succeeded", "success", "completed", "ok"})
_FAILED = frozenset({"failed", "error", "errored"})


class _Cost(msgspec.Struct):
    usd: float | None = None
    credits: float | None = None


class _Row(msgspec.Struct):
    client_request_id: str | None = None
    status: str | None = None
    cost: _Cost | None = None
    created: str | None = None


class _Pagination(msgspec.Struct):
    has_more: bool | None = None


class _Page(msgspec.Struct):
    data: list[_Row] | None = None
    pagination: _Pagination | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """One page of the log, newest call first: the charge, None if unknown, and whether older rows follow."""

    charge: Charge | None
    has_more: bool
    is_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWindow:
    """The time in which a call may have been made."""

    start: datetime
    end: datetime


def window_of(submitted_at: datetime, *, timeout_s: float, now: datetime) -> LogWindow:
    """Return the window for one call, which is as long for an old call as for a new one."""
    submitted_at = min(max(submitted_at, _EPOCH), now)
    ended_at = min(now, submitted_at + timedelta(seconds=timeout_s) + RECORDED_WITHIN)
    return LogWindow(start=submitted_at - CLOCK_MARGIN, end=ended_at + CLOCK_MARGIN)


def page_query(window: LogWindow, *, model: str | None, page: int) -> Mapping[str, str]:
    """Return the query for one page, counted from 0, of the calls to `model`, or to any model if that is None."""
    query = {
        "start": _iso(window.start),
        "end": _iso(window.end),
        "limit": str(LOG_PAGE_ROWS),
        "offset": str(page * LOG_PAGE_ROWS),
    }
    return query if model is None else {**query, "model": model}


def read_page(body: bytes | bytearray, request_id: str, *, start: datetime = _EPOCH) -> LogPage:
    """Read what a page says about a call made after `start`. An unreadable body says nothing and ends the log."""
    nothing = LogPage(charge=None, has_more=False)
    if not is_modest(body):
        return nothing
    try:
        page = msgspec.json.decode(body, type=_Page, strict=False)
    except UNREADABLE:
        return nothing
    rows = page.data or []
    charges = {_charge(row) for row in rows if row.client_request_id == request_id}
    more = page.pagination.has_more if page.pagination else None
    return LogPage(
        # One charged row outweighs any number of failed ones.
        charge=next(
            (charge for charge in (Charge.CHARGED, Charge.UNKNOWN, Charge.FREE) if charge in charges), None
        ),
        has_more=(
            bool(rows)
            and (len(rows) >= LOG_PAGE_ROWS if more is None else more)
            and not _is_before(rows[-1], start)
        ),
        is_empty=not rows,
    )


def _is_before(row: _Row, start: datetime) -> bool:
    """Return whether a row is older than `start`; a time that is missing or unreadable says nothing."""
    try:
        created = datetime.fromisoformat(row.created or "")
    except ValueError:
        return False
    return (created if created.tzinfo else created.replace(tzinfo=UTC)) < start


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _charge(row: _Row) -> Charge:
    status = (row.status or "").lower()
    paid = row.cost is not None and ((row.cost.usd or 0) > 0 or (row.cost.credits or 0) > 0)
    if paid or status in _SUCCEEDED:
        return Charge.CHARGED
    return Charge.FREE if status in _FAILED else Charge.UNKNOWN
