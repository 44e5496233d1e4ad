"""The AIML API: Seedream 4.5 as `bot.domain.provider.Provider`, chat models as `bot.domain.rewriting.Rewriter`.

`catalogue` lists the models. `wire` turns orders into bytes and bytes into results or errors, without any I/O.
`http` sends paid calls, `client` and `chat` implement the two protocols.
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
