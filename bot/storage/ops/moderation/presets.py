"""Changes of the presets that everybody in a server is offered."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from bot.domain.moderation import DropServerPreset, Nothing, SharePreset
from bot.domain.ports import Saved, Whose
from bot.domain.presets import MAX_SERVER_PRESETS, Preset
from bot.storage.ops.moderation.effect import Effect, EffectOrNothing
from bot.storage.ops.shelf import presets


def share(conn: Connection, guild_id: int, change: SharePreset, *, by: int, now: datetime) -> EffectOrNothing:
    there = presets.one(conn, Whose.SERVER, guild_id, change.name)
    before = {} if there is None else _facts(there)
    after = _facts(change)
    if before == after:
        return Nothing.SAME
    preset = Preset(
        name=change.name,
        text=change.text,
        aspect=change.aspect,
        resolution=change.resolution,
        count=change.count,
        by=by,
        at=now,
        guild_id=guild_id,
    )
    if presets.save(conn, Whose.SERVER, guild_id, preset, most=MAX_SERVER_PRESETS) is Saved.FULL:
        return Nothing.TOO_MANY
    return Effect(before=before, after=after)


def drop(conn: Connection, guild_id: int, change: DropServerPreset) -> EffectOrNothing:
    there = presets.one(conn, Whose.SERVER, guild_id, change.name)
    if there is None:
        return Nothing.NOT_SET
    presets.drop(conn, Whose.SERVER, guild_id, change.name)
    return Effect(before=_facts(there))


def _facts(preset: Preset | SharePreset) -> dict[str, Any]:
    return {field.name: msgspec.to_builtins(getattr(preset, field.name)) for field in fields(SharePreset)}
