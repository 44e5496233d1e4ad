"""Conversion between database rows and domain values."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast, get_args

import msgspec
from sqlalchemy import BindParameter, Connection, RowMapping, Text, bindparam, func, select

from bot.domain.failures import Failure
from bot.domain.jobs import (
    OPEN,
    ImageRequest,
    Job,
    JobKind,
    JobState,
    NewJob,
    Origin,
    Parent,
    Render,
    RenderStage,
    ReplyScope,
    ReplyTarget,
    RequestContext,
    Rewriting,
)
from bot.domain.moderation import Change, SetLimit
from bot.domain.policy.rules import Limit, Scope, decode, encode_value
from bot.domain.provider import Charge, Trouble
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution, Size
from bot.domain.video import VideoSettings
from bot.storage.circuit import CIRCUIT_STATE, circuit, read_circuit
from bot.storage.schema import calls, jobs, renders

_KINDS: Final[dict[str, type[Change]]] = {kind.__name__: kind for kind in get_args(Change)}


def change_json(change: Change) -> dict[str, Any]:
    """Convert a change to JSON: times as ISO text, enums by value, and limits encoded."""
    what = {"what": type(change).__name__}
    if isinstance(change, SetLimit):
        fields = msgspec.to_builtins(replace(change, value=None))
        return what | fields | {"value": encode_value(change.value)}
    return what | cast(dict[str, Any], msgspec.to_builtins(change))


def change_of(stored: Mapping[str, Any]) -> Change:
    """Convert the JSON of `change_json` back to the change."""
    kind = _KINDS[stored["what"]]
    if kind is SetLimit:
        limit = Limit(stored["limit"])
        return SetLimit(
            scope=Scope(stored["scope"]),
            subject_id=stored["subject_id"],
            limit=limit,
            value=decode(limit, stored["value"]),
        )
    return msgspec.convert({name: value for name, value in stored.items() if name != "what"}, kind)


StoredRow = RowMapping
_OPEN_STATES: Final = frozenset(state.value for state in OPEN)


def failure_json(failure: Failure | None) -> Any:
    return None if failure is None else msgspec.to_builtins(failure)


def _failure(value: Any) -> Failure | None:
    return None if value is None else msgspec.convert(value, Failure)


def _size(row: StoredRow) -> Size | None:
    return None if row["width"] is None else Size(row["width"], row["height"])


def new_job_row(new: NewJob) -> dict[str, Any]:
    """Return the columns that come from a new job; the caller adds state, tag and lease."""
    request, place = new.request, new.reply_target
    return {
        "id": new.id,
        "user_id": new.user_id,
        "guild_id": place.guild_id,
        "channel_id": place.channel_id,
        "reach": place.scope.value,
        "upload_limit_bytes": place.upload_limit_bytes,
        "interaction_id": new.interaction_id,
        "application_id": new.application_id,
        "token": new.token,
        "token_until": new.token_until,
        "retry_of": new.retry_of,
        "kind": request.kind.value,
        "prompt": request.prompt,
        "model": request.model,
        "aspect": None if request.aspect is None else request.aspect.value,
        "resolution": request.resolution.value,
        "count": request.count,
        "seed": request.seed,
        "private": request.private,
        "spoiler": request.spoiler,
        "references": msgspec.to_builtins(request.references),
        "prompts": list(request.prompts) or None,
        "is_series": request.is_series,
        "enhance": request.enhance,
        "video": msgspec.to_builtins(request.video),
        "search_text": folded(request.all_words),
        **_parent_columns(new.parent),
        "created_at": new.created_at,
        "expires_at": new.expires_at,
        "price_micro_usd": new.price_micro_usd,
        "standpoint": {
            "role_ids": sorted(new.context.role_ids),
            "channel_ids": list(new.context.channel_ids),
        },
    }


def _parent_columns(parent: Parent | None) -> dict[str, Any]:
    if parent is None:
        return {"parent_id": None, "parent_index": None, "origin": None}
    return {"parent_id": parent.job_id, "parent_index": parent.index, "origin": parent.origin.value}


def folded(text: str) -> str:
    """Fold text for the history search, which ignores case, letter width and spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def context_of(row: StoredRow) -> RequestContext:
    """Return the roles and channels of a stored job's request; empty for jobs from before migration 0002."""
    return msgspec.convert(row["standpoint"] or {}, RequestContext)


def stored_job(new: NewJob, held_up: Trouble | None) -> Job:
    """Return the job that was just stored, as `load_job` would return it."""
    return Job(
        id=new.id,
        state=JobState.QUEUED,
        attempt=0,
        request=new.request,
        user_id=new.user_id,
        reply_target=new.reply_target,
        application_id=new.application_id,
        token=new.token,
        token_until=new.token_until,
        created_at=new.created_at,
        started_at=None,
        finished_at=None,
        expires_at=new.expires_at,
        renders=tuple(Render(index=index, stage=RenderStage.WAITING) for index in range(new.request.count)),
        parent=new.parent,
        held_up=held_up,
    )


def _request(row: StoredRow) -> ImageRequest:
    return ImageRequest(
        kind=JobKind(row["kind"]),
        prompt=row["prompt"],
        model=row["model"],
        aspect=None if row["aspect"] is None else Aspect(row["aspect"]),
        resolution=Resolution(row["resolution"]),
        count=row["count"],
        references=msgspec.convert(row["references"], tuple[Reference, ...]),
        seed=row["seed"],
        private=row["private"],
        spoiler=row["spoiler"],
        prompts=tuple(row["prompts"] or ()),
        is_series=row["is_series"],
        enhance=row["enhance"],
        video=msgspec.convert(row["video"], VideoSettings | None),
    )


def _parent(row: StoredRow) -> Parent | None:
    if row["parent_id"] is None:
        return None
    return Parent(job_id=row["parent_id"], origin=Origin(row["origin"]), index=row["parent_index"])


def _rewriting(row: StoredRow) -> Rewriting | None:
    return None if row["rewriting"] is None else msgspec.convert(row["rewriting"], Rewriting)


def _render(row: StoredRow) -> Render:
    return Render(
        index=row["idx"],
        stage=RenderStage(row["stage"]),
        request_id=row["request_id"],
        submitted_at=row["submitted_at"],
        charge=None if row["charge"] in {None, "open"} else Charge(row["charge"]),
        tries=row["tries"],
        reruns=row["reruns"],
        raw_key=row["raw_key"],
        packed_key=row["packed_key"],
        packed_mime=row["packed_mime"],
        extension=row["extension"],
        size=_size(row),
        fitted=row["fitted"],
        revised_prompt=row["revised_prompt"],
        alt_text=row["alt_text"],
        generation_id=row["generation_id"],
        failure=_failure(row["failure"]),
    )


def _job(
    row: StoredRow, render_rows: Sequence[StoredRow], cost_micro_usd: int, trouble: Trouble | None
) -> Job:
    state = JobState(row["state"])
    return Job(
        id=row["id"],
        state=state,
        attempt=row["attempt"],
        request=_request(row),
        user_id=row["user_id"],
        reply_target=ReplyTarget(
            scope=ReplyScope(row["reach"]),
            channel_id=row["channel_id"],
            guild_id=row["guild_id"],
            upload_limit_bytes=row["upload_limit_bytes"],
        ),
        application_id=row["application_id"],
        token=row["token"],
        token_until=row["token_until"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        expires_at=row["expires_at"],
        renders=tuple(_render(render) for render in render_rows),
        card_id=row["card_id"],
        size=_size(row),
        failure=_failure(row["failure"]),
        pinged_at=row["pinged_at"],
        shown_at=row["shown_at"],
        cost_micro_usd=cost_micro_usd,
        animated=tuple(row["animated"] or ()),
        removed_by=row["removed_by"],
        kept_back=row["kept_back"],
        parent=_parent(row),
        rewriting=_rewriting(row),
        held_up=trouble if state in OPEN else None,
    )


# Built once: building these takes three times as long as running them.
_OF_JOB: Final[BindParameter[str]] = bindparam("of_job", type_=Text)
_IS_PAID: Final = calls.c.charge != Charge.FREE.value
_BY_ID: Final = select(
    jobs,
    select(func.coalesce(func.sum(calls.c.cost_micro_usd), 0))
    .where(calls.c.job_id == _OF_JOB, _IS_PAID)
    .scalar_subquery()
    .label("all_cost"),
    CIRCUIT_STATE.scalar_subquery().label("circuit"),
).where(jobs.c.id == _OF_JOB)
_JOB_IDS: Final[BindParameter[Any]] = bindparam("job_ids", expanding=True)
_ALL_RENDERS: Final = (
    select(renders, calls.c.charge)
    .join(calls, calls.c.request_id == renders.c.request_id, isouter=True)
    .order_by(renders.c.idx)
)
_RENDERS: Final = _ALL_RENDERS.where(renders.c.job_id.in_(_JOB_IDS))
_RENDERS_OF_ONE: Final = _ALL_RENDERS.where(renders.c.job_id == _OF_JOB)
_COSTS: Final = (
    select(calls.c.job_id, func.sum(calls.c.cost_micro_usd))
    .where(calls.c.job_id.in_(_JOB_IDS), _IS_PAID)
    .group_by(calls.c.job_id)
)


def load_job(conn: Connection, job_id: str) -> Job | None:
    """Load a job with its renders and the cost of its calls so far; None if it does not exist."""
    found = load_row(conn, job_id)
    return None if found is None else found[1]


def load_row(conn: Connection, job_id: str) -> tuple[StoredRow, Job] | None:
    """Load a job as `load_job` does, with its row, by two queries."""
    row = conn.execute(_BY_ID, {"of_job": job_id}).mappings().one_or_none()
    if row is None:
        return None
    painted = conn.execute(_RENDERS_OF_ONE, {"of_job": job_id}).mappings().all()
    is_open = row["state"] in _OPEN_STATES
    return row, _job(
        row, painted, int(row["all_cost"]), read_circuit(row["circuit"]).trouble if is_open else None
    )


def the_job(conn: Connection, job_id: str) -> Job:
    """Load a job that this transaction wrote or locked. Raises `LookupError` if it does not exist."""
    job = load_job(conn, job_id)
    if job is None:
        raise LookupError(job_id)
    return job


def load_jobs(conn: Connection, rows: Sequence[StoredRow]) -> list[Job]:
    """Load the jobs of a page of rows, in their order, with two queries in total, three for open jobs."""
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    painted, costs = _renders(conn, ids), _costs(conn, ids)
    trouble = circuit(conn).trouble if any(row["state"] in _OPEN_STATES for row in rows) else None
    return [_job(row, painted[row["id"]], costs.get(row["id"], 0), trouble) for row in rows]


def _renders(conn: Connection, job_ids: Sequence[str]) -> defaultdict[str, list[StoredRow]]:
    found: defaultdict[str, list[StoredRow]] = defaultdict(list)
    for row in conn.execute(_RENDERS, {"job_ids": job_ids}).mappings():
        found[row["job_id"]].append(row)
    return found


def _costs(conn: Connection, job_ids: Sequence[str]) -> dict[str, int]:
    return {job_id: int(cost) for job_id, cost in conn.execute(_COSTS, {"job_ids": job_ids})}
