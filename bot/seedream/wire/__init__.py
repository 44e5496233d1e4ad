"""The AIML API's requests and answers as bytes. Nothing in this folder does any I/O."""

from __future__ import annotations

from bot.seedream.wire.answer import Address, Result, read_answer
from bot.seedream.wire.chat import Completion, build_chat, check_chat, decipher_chat
from bot.seedream.wire.cost import Reply, bill, told_by_headers
from bot.seedream.wire.errors import fault
from bot.seedream.wire.order import build_body, check
from bot.seedream.wire.request_log import LogPage, page_query, read_page

__all__ = [
    "Address",
    "Completion",
    "LogPage",
    "Reply",
    "Result",
    "bill",
    "build_body",
    "build_chat",
    "check",
    "check_chat",
    "decipher",
    "decipher_chat",
    "page_query",
    "read_page",
    "told_by_headers",
]


def decipher(reply: Reply, *, prompt: str) -> Result:
    """Return the result in a reply to an image request. Raises `ProviderError`; its detail never quotes `prompt`."""
    if reply.succeeded:
        return read_answer(reply, prompt=prompt)
    raise fault(reply, prompt=prompt)
