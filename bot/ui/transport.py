"""What discord.py lets through unnamed when the line to Discord breaks."""

from __future__ import annotations

from typing import Final

from aiohttp import ClientError

BROKEN_LINE: Final = (ClientError, OSError, TimeoutError)  # whether Discord heard the request is not known
