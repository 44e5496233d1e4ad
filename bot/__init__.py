"""Easel: a Discord bot that makes and edits pictures with Seedream 4.5, and makes videos of them."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("easel-bot")
except PackageNotFoundError:  # running from a checkout that was never installed
    __version__ = "0.0.0"
