"""A database with a row of everything in every state, and the pictures that belong to it on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from bot.domain.content.filters import FilterKind
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import ReplyScope, ReplyTarget, RequestContext
from bot.domain.moderation import (
    AddFilter,
    BlockMember,
    GiveImages,
    PauseServer,
    Proposal,
    ResetMember,
    SetChannel,
    SharePreset,
)
from bot.domain.policy.rules import Limit
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.library import Defaults, PresetOwner
from bot.domain.ports.stores import WorkerHeartbeat
from bot.domain.provider import Charge
from bot.domain.references import Posted, Reference, Stored, folder_of_tray, thumbnail_name
from bot.domain.sizes import Size
from bot.storage.blobs import FileBlobs
from bot.storage.engine import Store
from bot.storage.schema import metadata
from bot.storage.stores import (
    SqlHistoryStore,
    SqlImageCacheStore,
    SqlJobStore,
    SqlKeyValueStore,
    SqlLibraryStore,
    SqlModerationStore,
)
from tests.contract import job_ends
from tests.contract.library_material import picture, preset
from tests.contract.moderation_material import (
    ELSEWHERE,
    GUILD,
    MOD,
    applied,
    keep_modlog,
    member_limit,
    server_limit,
)
from tests.contract.result_material import made_of
from tests.contract.store_material import (
    ANN,
    BEN,
    CAT,
    NOW,
    RATES,
    VIDEO,
    at_most,
    call,
    done,
    end,
    new_job,
    painted,
    queued,
    rendering,
    request,
)

WEBP: Final = BlobMeta(mime="image/webp", facts={"revised_prompt": "ein Fuchs — ✓", "cost_micro_usd": 40_000})
EDIT: Final = Reference(
    name="image",
    url="https://cdn.example/ein Fuchs.png",
    filename="ein Fuchs \N{FOX FACE}.png",
    bytes=1234,
    content_type="image/png",
    width=640,
    height=None,
    stored=Stored(folder=folder_of_tray(ANN), name="fox"),
    posted=Posted(channel_id=2**62, message_id=2**63 - 1),
)
NOWHERE: Final = ReplyTarget(scope=ReplyScope.NOWHERE, channel_id=7, guild_id=None, upload_limit_bytes=1)


async def fill(store: Store, data_dir: Path) -> None:
    """Fill an empty SQLite database, and the folders of its pictures."""
    jobs = SqlJobStore(store)
    await _decide(store)
    delivered = await _end_jobs(jobs)
    await _keep_things(store, delivered)
    await _leave_jobs_open(jobs)
    await _put_pictures(data_dir, delivered)


async def _decide(store: Store) -> None:
    moderation = SqlModerationStore(store)
    await keep_modlog(moderation, ELSEWHERE)
    for change in (
        server_limit(40),
        server_limit(True, Limit.MAY_ANIMATE),
        AddFilter(kind=FilterKind.WORD, text="straße"),
        SetChannel(channel_id=71, is_open=False),
        BlockMember(user_id=404, until=NOW + timedelta(days=9), reason='says "no"\n\\ 100 %'),
        ResetMember(user_id=BEN),
        member_limit(0, user_id=CAT),
        GiveImages(user_id=CAT, images=9, expires_at=None, reason="thanks"),
        SharePreset(name="Fox", text="a fox, {prompt}", aspect=None, resolution=None, count=2),
    ):
        await applied(moderation, change)
    await applied(moderation, PauseServer(text=""), guild_id=ELSEWHERE)
    await moderation.propose(
        Proposal(
            id="p", guild_id=GUILD, by=MOD, change=ResetMember(user_id=CAT), until=NOW + timedelta(minutes=9)
        )
    )


async def _end_jobs(jobs: SqlJobStore) -> str:
    """Bring a job to each end; return the id of one that was delivered, made of another."""
    await job_ends.done(jobs)
    for ended in (job_ends.failed, job_ends.refused, job_ends.cancelled, job_ends.expired):
        await jobs.deliver(await ended(jobs), card_id=1, pinged=True, now=NOW)
    await job_ends.failed(jobs, Failure(kind=FailureKind.CREDIT, code=FailureCode.OUT_OF_CREDIT))
    wish = replace(request(2), references=(EDIT,), prompts=("a fox", "two foxes"), is_series=True, seed=2**31)
    made, lease = await rendering(
        jobs, CAT, request=replace(wish, enhance=True), parent=made_of("j0"), context=_standpoint()
    )
    await jobs.set_size(lease, Size(2048, 1024), ("image",))
    await jobs.begin_rewriting(lease, request_id="words", estimate_micro_usd=7, now=NOW)
    await jobs.end_rewriting(lease, text="ein roter Fuchs \N{FOX FACE}", fault=None)
    await end(jobs, "words", Charge.UNKNOWN)
    await painted(jobs, lease)
    await jobs.end_alt_text(lease, 0, "a fox, by day")
    await jobs.render_failed(lease, 1, job_ends.REFUSED, now=NOW)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=2**60, pinged=False, now=NOW + timedelta(microseconds=1))
    await jobs.submit(new_job(BEN), at_most(images_per_day=0), RATES)  # a denial
    return made.id


def _standpoint() -> RequestContext:
    return RequestContext(role_ids=frozenset({3, 2**62}), channel_ids=(7, 70))


async def _keep_things(store: Store, job_id: str) -> None:
    library, moderation = SqlLibraryStore(store), SqlModerationStore(store)
    await SqlHistoryStore(store).favour(BEN, job_id, 0, is_on=True, now=NOW)
    await SqlImageCacheStore(store).register(Stored(folder=job_id, name="out-0"), bytes_=3, now=NOW)
    await moderation.report(job_id, by=BEN, reason="it is Ben's fox", now=NOW)
    await library.put_on_tray(ANN, picture("fox"))
    await library.put_on_tray(ANN, picture("owl", is_spoiler=True))
    await library.take_off_tray(ANN, ("fox",), now=NOW)
    await library.save_preset(PresetOwner.MEMBER, ANN, preset("Füchse"), most=9)
    await library.set_defaults(ANN, Defaults(private=True))
    await library.put_draft("d", ANN, VIDEO, until=NOW + timedelta(minutes=15))
    key_values = SqlKeyValueStore(store)
    await key_values.write_value("commands", "abc")
    await key_values.record_heartbeat(WorkerHeartbeat(name="here-1", seen_at=NOW, slots=8, running=2))


async def _leave_jobs_open(jobs: SqlJobStore) -> None:
    """Leave a job in each state that is open, and a render in each stage; those in the line come last."""
    await job_ends.delivering(jobs)
    _, lease = await rendering(jobs, request=replace(request(4), private=True, spoiler=True))
    await call(jobs, lease)
    await done(jobs, lease, 1, await call(jobs, lease, 1), cost_micro_usd=41_999)
    await end(jobs, await call(jobs, lease, 2), Charge.FREE)
    _, lease = await rendering(jobs, BEN, request=VIDEO)
    name = await call(jobs, lease)
    await jobs.render_created(lease, 0, request_id=name, generation_id="g", cost_micro_usd=430_000)
    waiting = await queued(jobs, CAT)
    await jobs.cancel(waiting.id, user_id=CAT, now=NOW)
    await queued(jobs, CAT, reply_target=NOWHERE, token_until=NOW + timedelta(minutes=14))
    await queued(jobs, BEN, retry_of="j000000001")


async def _put_pictures(data_dir: Path, job_id: str) -> None:
    spool, kept = FileBlobs(data_dir / "blobs"), FileBlobs(data_dir / "kept")
    await spool.put("j1/0-raw", b"\0raw\xff" * 99, WEBP)
    await spool.put("j1/note", b"", BlobMeta(mime="video/mp4", facts={"generation_id": "g", "cost": None}))
    await FileBlobs(data_dir / "emergency").put("j2/0-raw", b"paid", WEBP)
    await kept.put(f"{job_id}/out-0", b"big", BlobMeta(mime="image/png"))
    await kept.put(f"{job_id}/{thumbnail_name(0)}", b"small", BlobMeta(mime="image/jpeg"))
    await kept.put(f"{folder_of_tray(ANN)}/fox", b"tray", BlobMeta(mime="image/png", facts={"width": 640}))


def rows_of(conn: Connection, tables: Iterable[Table]) -> dict[str, list[str]]:
    """Every row of these tables as text, sorted."""
    return {
        table.name: sorted(_as_text(row) for row in conn.execute(select(table)).mappings())
        for table in tables
    }


def _as_text(row: Any) -> str:
    return json.dumps(dict(row), default=str, sort_keys=True)


def states_of(conn: Connection) -> tuple[set[str], set[str], set[str]]:
    """The states of jobs, the stages of renders, and the tables without a row."""
    tables = metadata.tables
    states = set(conn.execute(select(tables["jobs"].c.state)).scalars())
    stages = set(conn.execute(select(tables["renders"].c.stage)).scalars())
    empty = {name for name, table in tables.items() if conn.execute(select(table).limit(1)).first() is None}
    return states, stages, empty
