"""A check of the commands: those that Discord offers beside those that this version would register."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import aiohttp

from bot.app.base import build_base
from bot.app.wiring import build_client, pictures_of
from bot.attachments import AttachmentFetcher
from bot.clock import SystemClock
from bot.doctor.diagnosis import Diagnosis, good, warning
from bot.doctor.discord_checks import DiscordApi
from bot.imaging.pillow_imaging import PillowImaging
from bot.settings import Settings
from bot.storage.engine import SqliteStore

_Json = Mapping[str, Any]
MOST_NAMES: Final = 5
_SLASH: Final = 1  # the type of commands that are typed
_SUPERSEDED: Final = frozenset({"dm_permission"})  # by `contexts`
_REMEDY: Final = "Start Easel: it tells Discord of its commands at the start. New ones may take a minute."


async def diagnose_commands(api: DiscordApi) -> list[Diagnosis]:
    """Compare the commands that Discord offers with those of this version and these settings."""
    application = await api.application()
    path = f"/applications/{application.id}/commands"
    ours, theirs = await asyncio.gather(
        described_commands(api.settings, api.session), api.get(path, list[dict[str, Any]])
    )
    if not theirs:
        return [warning("commands", "Discord knows none yet", _REMEDY)]
    mine, known = _by_name(ours), _by_name(theirs)
    differences = {
        "unknown to Discord": [name for name in mine if name not in known],
        "of another version": [name for name in mine if name in known and not _fits(mine[name], known[name])],
        "not Easel's": [name for name in known if name not in mine],
    }
    lines = [
        warning("commands", f"{_listed(names)}: {what}", _REMEDY)
        for what, names in differences.items()
        if names
    ]
    return lines or [good("commands", f"{len(known)}, as this version registers them")]


async def described_commands(settings: Settings, session: aiohttp.ClientSession) -> list[dict[str, Any]]:
    """Return the commands as this version registers them with Discord.

    The client never logs in and the store is never asked, so neither opens anything that would have to be closed.
    """
    settings = settings.model_copy(update={"aimlapi_api_key": None})  # which may be one that no client takes
    store = SqliteStore(settings.data_dir / "easel.db")
    base = build_base(settings, store, SystemClock(), session)
    pictures = pictures_of(base, AttachmentFetcher(session, origins=frozenset()))
    client = build_client(settings, base, imaging=PillowImaging(), pictures=pictures)
    await client.load_cogs()
    return client.described_commands()


def _by_name(commands: Sequence[_Json]) -> dict[str, _Json]:
    return {f"{'/' if one.get('type', _SLASH) == _SLASH else ''}{one['name']}": one for one in commands}


def _listed(names: Sequence[str]) -> str:
    left = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {left} more" if left > 0 else "")


def _fits(ours: Any, theirs: Any) -> bool:
    """Return whether Discord's description says what ours does.

    What is empty or off may be left out of it, and numbers may be words.
    """
    if isinstance(ours, Mapping):
        described, known = cast(_Json, ours), cast(_Json, theirs)
        wanted = {name: value for name, value in described.items() if name not in _SUPERSEDED}
        return isinstance(theirs, Mapping) and all(
            _fits(value, known.get(name)) for name, value in wanted.items()
        )
    if isinstance(ours, list):
        mine, known = cast(list[Any], ours), cast(list[Any], theirs or [])
        if mine and isinstance(mine[0], int):  # kinds of places, in any order
            return sorted(mine) == sorted(known)
        return len(mine) == len(known) and all(map(_fits, mine, known))
    return ours == theirs or (not ours and not theirs) or str(ours) == str(theirs)
