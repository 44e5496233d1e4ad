"""What the offline provider says: bodies and headers in the shapes the AIML API documents."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from bot.sandbox.faults import RETRY_AFTER_S, Fault, without_marks
from bot.sandbox.ledger import CREDITS_A_PICTURE, Call, Chat, usd

_ENRICHMENTS = (
    "soft natural light, balanced composition, fine detail",
    "cinematic lighting, layered depth, harmonious colours",
    "clear focal point, gentle contrast, rich texture",
)


def picture_answer(call: Call, picture: bytes, url: str | None) -> dict[str, object]:
    """A 200 with one picture, inline or at `url`."""
    tokens = max(1, len(call.prompt) // 4)
    return {
        "created": int(call.at.timestamp()),
        "data": [
            {
                "b64_json": base64.b64encode(picture).decode() if url is None else None,
                "url": url,
                "revised_prompt": revise(without_marks(call.prompt)),
                "size": f"{call.size.width}x{call.size.height}",
            }
        ],
        "model": call.model,
        "object": "image_generation",
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        "meta": {"usage": {"credits_used": CREDITS_A_PICTURE, "usd_spent": usd(CREDITS_A_PICTURE)}},
    }


def error_answer(path: str, status: int, message: str, at: datetime) -> dict[str, object]:
    """Any other status; `statusCode` is a string there."""
    return {
        "message": message,
        "path": path,
        "requestId": f"offline-{int(at.timestamp() * 1000):x}",
        "statusCode": str(status),
        "timestamp": at.isoformat().replace("+00:00", "Z"),
    }


def retry_after(fault: Fault, at: datetime) -> dict[str, str]:
    """The header that says when to come back, as seconds or as a date."""
    if fault is Fault.SLOW_DOWN:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if fault is Fault.SLOW_DOWN_DATE:
        later = (at + timedelta(seconds=RETRY_AFTER_S)).astimezone(UTC)
        return {"Retry-After": format_datetime(later, usegmt=True)}
    return {}


def tracing(call: Call | Chat) -> dict[str, str]:
    """The headers that tie an answer to its call and say what it cost."""
    headers = {"x-inference-id": call.inference_id}
    if call.client_request_id is not None:
        headers["x-client-request-id"] = call.client_request_id
    if call.charged:
        headers["x-aimlapi-credits-used"] = str(call.credits)
        headers["x-aimlapi-usd-spent"] = str(usd(call.credits))
    return headers


def revise(prompt: str) -> str:
    """The prompt as a model might have expanded it; about one prompt in four stays as it was."""
    number = hashlib.sha256(prompt.encode()).digest()[0]
    if number % 4 == len(_ENRICHMENTS):
        return prompt
    return f"{prompt.rstrip(' .,;')}, {_ENRICHMENTS[number % 4]}"
