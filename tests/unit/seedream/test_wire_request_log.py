from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from bot.domain.provider import Charge
from bot.seedream.wire.request_log import page_query, read_page, window_of
from tests.tables import each_case
from tests.unit.seedream.material import NOW, recorded


def page(*rows: dict[str, object], **pagination: object) -> bytes:
    return json.dumps({"data": rows, "pagination": pagination or None}).encode()


FULL: list[dict[str, object]] = [{}] * 100


@each_case(
    ("request_id", "charge"),
    [("easel-paid", Charge.CHARGED), ("easel-failed", Charge.FREE), ("easel-other", None)],
)
def test_a_row_tells_what_became_of_the_call(request_id: str, charge: Charge | None) -> None:
    assert read_page(recorded("logs.json"), request_id).charge is charge


@each_case(
    ("row", "charge"),
    [
        ({"status": "SUCCEEDED"}, Charge.CHARGED),
        ({"status": "failed", "cost": {"usd": 0.042, "credits": 84000}}, Charge.CHARGED),
        ({"status": "failed", "cost": None}, Charge.FREE),
        ({"status": "running"}, Charge.UNKNOWN),
        ({"status": None}, Charge.UNKNOWN),
    ],
)
def test_status_and_cost_decide_together(row: dict[str, object], charge: Charge) -> None:
    assert read_page(page({"client_request_id": "a", **row}), "a").charge is charge


def test_one_charged_row_outweighs_failed_ones() -> None:
    body = page(
        {"client_request_id": "a", "status": "failed"}, {"client_request_id": "a", "status": "succeeded"}
    )

    assert read_page(body, "a").charge is Charge.CHARGED


@each_case(
    ("body", "has_more"),
    [
        (page({}, has_more=True), True),
        (page({}, has_more=False), False),
        (page({}), False),
        (page(*FULL), True),
        (page(has_more=True), False),  # an empty page that promises more would never end
        (b"<html>", False),
    ],
)
def test_more_pages_follow_while_the_log_says_so_and_brings_rows(body: bytes, has_more: bool) -> None:
    assert read_page(body, "a").has_more is has_more


def test_the_window_of_a_new_call_runs_from_before_it_to_after_now() -> None:
    submitted_at = (NOW - timedelta(minutes=2)).astimezone()

    window = window_of(submitted_at, timeout_s=180, now=NOW)

    assert page_query(window, model="bytedance/seedream-4-5", page=2) == {
        "start": "2026-11-20T10:09:00Z",
        "end": "2026-11-20T10:21:00Z",
        "limit": "100",
        "offset": "200",
        "model": "bytedance/seedream-4-5",
    }
    assert "model" not in page_query(window, model=None, page=0)


@each_case(
    "submitted_at", [NOW - timedelta(days=300), datetime.min.replace(tzinfo=UTC), NOW + timedelta(days=1)]
)
def test_the_window_of_any_call_is_short_whenever_it_was_made(submitted_at: datetime) -> None:
    window = window_of(submitted_at, timeout_s=180, now=NOW)

    assert timedelta(minutes=9) < window.end - window.start <= timedelta(minutes=18)
    assert window.start < NOW


@each_case(
    ("created", "has_more"),
    [
        ("2026-11-20T10:00:00.000Z", True),
        ("2026-11-20T09:59:59.999Z", False),
        ("2026-11-20T09:59:59", False),
        ("yesterday", True),
        (None, True),
    ],
)
def test_the_search_ends_at_rows_older_than_the_window(created: str | None, has_more: bool) -> None:
    start = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

    assert read_page(page({"created": created}, has_more=True), "a", start=start).has_more is has_more
