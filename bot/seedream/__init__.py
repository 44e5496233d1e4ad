"""Seedream 4.5 through the AIML API: the adapter behind `bot.domain.rendering.Provider`, and chat models behind
`bot.domain.rewriting.Rewriter`.

`catalogue` knows the models, `wire` turns orders into bytes and bytes into results or errors without any
I/O, `calling` holds the sockets of paid calls, `client` and `chat` make them.
"""

from __future__ import annotations

from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS, find
from bot.seedream.chat import ChatRewriter
from bot.seedream.client import SeedreamProvider
from bot.seedream.http import DEFAULT_RESULT_HOSTS

__all__ = [
    "DEFAULT_MODEL_ID",
    "DEFAULT_RESULT_HOSTS",
    "SEEDREAM_MODELS",
    "ChatRewriter",
    "SeedreamProvider",
    "find",
]
