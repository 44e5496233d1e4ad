"""Error statuses as errors named by what the caller can do."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.domain.rendering import (
    BadKeyError,
    Charge,
    FixRequestError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
    TryAgainError,
)
from bot.seedream.wire.complaint import Complaint, hear_body
from bot.seedream.wire.cost import bill, told_by_headers
from bot.seedream.wire.refusal import coded_refusal, worded_refusal
from bot.seedream.wire.reply import Reply

MAX_RETRY_AFTER_S = 3_600.0
_WORDS_MAY_REFUSE = frozenset({400, 403, 422})
_NEVER_PROCESSED = frozenset({408, 425})  # RFC 9110: the request did not arrive whole; RFC 8470: too early
# A gateway that gives up waiting says so in HTML, and does not know what the API behind it went on to do.
# 520 and 524 are Cloudflare's. The API's own failures are JSON, and those are billed nothing.
_GATEWAY_GAVE_UP = frozenset({502, 504, 520, 524})
_MONEY = re.compile(r"credit|balance|top[ -]?up|billing|payment|funds|limit")
_KEY = re.compile(r"\bapi[ _-]?key\b|\bkeys?\b|\bscopes?\b|permission|not allowed|unauthori[sz]ed")


def fault(reply: Reply, *, prompt: str) -> ProviderError:
    """The error that an answer with any status but 2xx stands for. `prompt` is kept out of its detail."""
    complaint = hear_body(reply.body, prompt=prompt)
    detail = complaint.detail(reply.status)
    status = reply.status
    if status == 401:
        return BadKeyError(detail)
    if status == 429:
        return SlowDownError(detail, retry_after_s=_retry_after_s(reply))
    subject = coded_refusal(complaint)
    if subject is None and status in _WORDS_MAY_REFUSE:
        subject = worded_refusal(complaint)
    if subject is not None:
        return RefusedError(detail, subject=subject)
    if status in {402, 403}:
        return _locked_out(complaint, detail)
    if 400 <= status < 500 and status not in _NEVER_PROCESSED:
        return FixRequestError(detail)
    return _passing_fault(reply, complaint, detail)


def _locked_out(complaint: Complaint, detail: str) -> ProviderError:
    """403 is documented as "out of credits"; only clear words about the key make it something else."""
    words = complaint.message.lower()
    if _KEY.search(words) and not _MONEY.search(words):
        return BadKeyError(detail)
    return OutOfCreditError(detail)


def _passing_fault(reply: Reply, complaint: Complaint, detail: str) -> ProviderError:
    """5xx and what else may pass. Redirects too: we follow none, and nothing was made."""
    if 300 <= reply.status < 400:
        return TryAgainError(f"{detail} a redirect, which is not followed: check the API's address")
    unsure = reply.status in _GATEWAY_GAVE_UP and not complaint.understood
    error = TryAgainError(detail, charge=Charge.UNKNOWN if unsure else None)
    bill(error, told_by_headers(reply.headers))
    return error


def _retry_after_s(reply: Reply) -> float | None:
    """Seconds from `Retry-After`, given in seconds or as an HTTP date; within 0 and an hour."""
    text = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = _http_date(text)
        if moment is None:
            return None
        seconds = (moment - reply.received_at).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
