"""The `error` that an answer may hold though its status is a success."""

from __future__ import annotations

import msgspec

from bot.domain.rendering import ItemFailedError, ProviderError, RefusedError
from bot.seedream.wire.complaint import hear
from bot.seedream.wire.refusal import coded_refusal, worded_refusal
from bot.seedream.wire.unreadable import UNREADABLE


def spoken_error(raw: msgspec.Raw, prompt: str) -> ProviderError | None:
    """What an `error` says; None where it says nothing that can be understood."""
    try:
        complaint = hear(msgspec.json.decode(raw), prompt=prompt)
    except UNREADABLE:
        return None
    if not complaint.understood:
        return None
    detail = complaint.detail(200)
    subject = coded_refusal(complaint)
    if subject is None:
        subject = worded_refusal(complaint)
    return ItemFailedError(detail) if subject is None else RefusedError(detail, subject=subject)
