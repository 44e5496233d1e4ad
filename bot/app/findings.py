"""What /healthz says of each part."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from typing import Final

import discord

from bot.domain.ports import Clock, NoteStore
from bot.ops.health import Check, Finding
from bot.services.worker import Worker
from bot.storage.engine import UNREACHABLE_ERRORS

DATABASE_TIMEOUT_S: Final = 3.0
PULSE_AGE: Final = timedelta(seconds=30)


def database_check(notes: NoteStore) -> Check:
    async def check() -> Finding:
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_S):
                await notes.ping()
        except UNREACHABLE_ERRORS as error:
            return Finding(is_well=False, note=f"does not answer ({type(error).__name__})")
        return Finding(is_well=True, note="answers")

    return check


def gateway_check(client: discord.Client) -> Check:
    async def check() -> Finding:
        if client.is_closed() or not client.is_ready():
            return Finding(is_well=False, note="not connected to Discord")
        latency = client.latency
        if not math.isfinite(latency):
            return Finding(is_well=False, note="no heartbeat from Discord")
        return Finding(is_well=True, note=f"connected, heartbeat {latency * 1000:.0f} ms")

    return check


def worker_check(worker: Worker, clock: Clock) -> Check:
    async def check() -> Finding:
        if worker.beat_at is None or clock.now() - worker.beat_at > PULSE_AGE:
            return Finding(is_well=False, note="no heartbeat")
        return Finding(is_well=True, note=f"{worker.busy} running, {worker.pace.limit} calls at once")

    return check


def workers_elsewhere_check(notes: NoteStore, clock: Clock) -> Check:
    """For a gateway: its workers live in other processes, and their absence is not its illness."""

    async def check() -> Finding:
        try:
            seen = await notes.pulses(clock.now() - PULSE_AGE)
        except UNREACHABLE_ERRORS:
            return Finding(is_well=True, note="not known: the database does not answer")
        return Finding(is_well=True, note=f"{len(seen)} elsewhere")

    return check
