"""Sends discord.py to the stand-in of Discord. Mounted for the proof alone, and no part of the image."""

import os

from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

Route.BASE = os.environ["PROOF_REST_BASE"]
DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["PROOF_GATEWAY_URL"])
