"""Seedream 4.5 through the AIML API: the adapter behind `bot.domain.rendering.Provider`.

`catalogue` knows the models, `wire` turns orders into bytes and bytes into results or errors without any
I/O, `images` reads picture headers, `client` holds the sockets.
"""

from __future__ import annotations

from bot.seedream.catalogue import DEFAULT_MODEL_ID, MODELS, find
from bot.seedream.client import SeedreamProvider
from bot.seedream.images import PictureHeader, read_header
from bot.seedream.places import DEFAULT_RESULT_HOSTS

__all__ = [
    "DEFAULT_MODEL_ID",
    "DEFAULT_RESULT_HOSTS",
    "MODELS",
    "PictureHeader",
    "SeedreamProvider",
    "find",
    "read_header",
]
