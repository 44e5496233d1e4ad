"""A person's own data: exported as JSON of a limited size, and deleted on request."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from bot.domain.failures import Failure
from bot.domain.jobs import Job, Render
from bot.domain.policy.quota import UsageEntry
from bot.domain.ports.blobs import BlobStore, ImageCacheStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import Forgotten, JobStore, PersonalRecord, StoredDataSummary
from bot.domain.provider import MICRO_USD
from bot.domain.references import Reference, folder_of_tray
from bot.domain.sizes import Size
from bot.domain.video import VideoSettings
from bot.services.image_cache import forget_folders
from bot.services.submissions import Submissions

INDENT: Final = 2
DEPTH: Final = 2  # indentation levels of a record inside the exported list


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPlace:
    """Discord ids as text, because many JSON readers lose digits of numbers that large."""

    server_id: str | None
    channel_id: str
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedReference:
    """A reference without its URL, which is signed and gives access to anyone who has it."""

    option: str
    filename: str
    type: str | None
    bytes: int
    size: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPicture:
    """One of a job's pictures, which may have failed."""

    stage: str
    seed: int
    size: str | None
    type: str | None
    revised_prompt: str | None
    alt_text: str | None
    failure: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedJob:
    """A job. `cost_usd` is the known cost of its calls; `made_of` is the id of its parent job."""

    id: str
    kind: str
    state: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    shown_at: datetime | None
    place: ExportedPlace
    prompt: str
    model: str
    aspect: str | None
    resolution: str
    count: int
    seed: int | None
    private: bool
    spoiler: bool
    prompts: tuple[str, ...]
    is_series: bool
    enhance: bool
    video: VideoSettings | None
    rewritten_prompt: str | None
    made_of: str | None
    references: tuple[ExportedReference, ...]
    pictures: tuple[ExportedPicture, ...]
    failure: Failure | None
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A person's data, newest jobs first. It is not complete if older jobs would make it too large."""

    user_id: int
    made_at: datetime
    counted: tuple[UsageEntry, ...]
    decisions: tuple[PersonalRecord, ...]
    records: tuple[ExportedJob, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    at: datetime
    pictures: int
    videos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A moderator's decision about the person, or a report by the person."""

    what: str
    server_id: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    about: str
    user_id: str
    made_at: datetime
    counted_in_the_last_30_days: tuple[_Counted, ...]
    decisions: tuple[_Decided, ...]
    is_complete: bool
    jobs: tuple[ExportedJob, ...]


def record_of(job: Job) -> ExportedJob:
    """Return the parts of a job that are its requester's data; no token, no URL."""
    request = job.request
    return ExportedJob(
        id=job.id,
        kind=request.kind.value,
        state=job.state.value,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        shown_at=job.shown_at,
        place=_place(job),
        prompt=request.prompt,
        model=request.model,
        aspect=request.aspect and request.aspect.value,
        resolution=request.resolution.value,
        count=request.count,
        seed=request.seed,
        private=request.private,
        spoiler=request.spoiler,
        prompts=request.prompts,
        is_series=request.is_series,
        enhance=request.enhance,
        video=request.video,
        rewritten_prompt=job.rewriting.text if job.rewriting is not None else None,
        made_of=job.parent.job_id if job.parent is not None else None,
        references=tuple(_attached(reference) for reference in request.references),
        pictures=tuple(_picture(render, seed) for render, seed in zip(job.renders, job.seeds, strict=True)),
        failure=job.failure,
        cost_usd=job.cost_micro_usd / MICRO_USD,
    )


def written(export: Export, *, about: str) -> bytes:
    """Return the whole file: JSON in UTF-8, indented for people to read, with the text `about` at the top."""
    return _json(
        _Document(
            about=about,
            user_id=str(export.user_id),
            made_at=export.made_at,
            counted_in_the_last_30_days=tuple(
                _Counted(at=entry.at, pictures=entry.images, videos=entry.videos) for entry in export.counted
            ),
            decisions=tuple(
                _Decided(what=one.what, server_id=_text(one.guild_id), facts=dict(one.facts))
                for one in export.decisions
            ),
            is_complete=export.is_complete,
            jobs=export.records,
        )
    )


def written_bytes(record: ExportedJob) -> int:
    """Return how many bytes this record adds to the file."""
    text = _json(record)
    lines = text.count(b"\n") + 1
    return len(text) + lines * (DEPTH * INDENT + 1)


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=INDENT)


def _place(job: Job) -> ExportedPlace:
    return ExportedPlace(
        server_id=_text(job.reply_target.guild_id),
        channel_id=str(job.reply_target.channel_id),
        message_id=_text(job.card_id),
    )


def _attached(reference: Reference) -> ExportedReference:
    has_size = reference.width and reference.height
    return ExportedReference(
        option=reference.name,
        filename=reference.filename,
        type=reference.content_type,
        bytes=reference.bytes,
        size=f"{reference.width}x{reference.height}" if has_size else None,
    )


def _picture(render: Render, seed: int) -> ExportedPicture:
    return ExportedPicture(
        stage=render.stage.value,
        seed=seed,
        size=_size(render.size),
        type=render.packed_mime,
        revised_prompt=render.revised_prompt,
        alt_text=render.alt_text,
        failure=render.failure,
    )


def _size(size: Size | None) -> str | None:
    return None if size is None else f"{size.width}x{size.height}"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


log = logging.getLogger(__name__)
EXPORT_PAGE: Final = 100  # jobs per transaction, so that no transaction takes long
MAX_EXPORT_BYTES: Final = 10 * 1024 * 1024  # Discord's smallest upload limit
ABOUT_BYTES: Final = 2_000  # room for the text at the top


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """Operations on one person's data, for that person."""

    jobs: JobStore
    cached_images: ImageCacheStore
    blobs: BlobStore
    cached_blobs: BlobStore
    clock: Clock
    submissions: Submissions

    async def held(self, user_id: int) -> StoredDataSummary:
        """Return a summary of the data stored about a person."""
        return await self.jobs.held(user_id, now=self.clock.now())

    async def export(self, user_id: int, *, max_bytes: int) -> Export:
        """Return everything stored about a person, newest jobs first, as far as it fits a file of `max_bytes`."""
        now = self.clock.now()
        held = await self.jobs.held(user_id, now=now)
        empty = Export(
            user_id=user_id,
            made_at=now,
            counted=held.counted,
            decisions=await self.jobs.decisions(user_id),
            records=(),
            is_complete=True,
        )
        room = min(max_bytes, MAX_EXPORT_BYTES) - ABOUT_BYTES - len(written(empty, about=""))
        records: list[ExportedJob] = []
        last: Job | None = None
        while page := await self.jobs.export(user_id, before=last, limit=EXPORT_PAGE):
            last = page[-1]
            for record in map(record_of, page):
                room -= written_bytes(record)
                if room < 0:
                    return replace(empty, records=tuple(records), is_complete=False)
                records.append(record)
        return replace(empty, records=tuple(records))

    async def forget(self, user_id: int) -> Forgotten:
        """Cancel a person's open jobs, then delete their data.

        Jobs whose end a worker must still show remain, and `Forgotten.unfinished` counts them.
        """
        for entry in (await self.submissions.queue(user_id)).mine:
            await self.submissions.cancel(entry.job.id, user_id=user_id, on_card=False, keep_back=True)
        forgotten = await self.jobs.forget(user_id, now=self.clock.now())
        spooled = await self.blobs.jobs()
        for job_id in spooled.intersection(forgotten.job_ids):
            await self.blobs.drop_job(job_id)
        await forget_folders(
            self.cached_images, self.cached_blobs, *forgotten.job_ids, folder_of_tray(user_id)
        )
        log.info("forgot %s jobs, %s left", len(forgotten.job_ids), forgotten.unfinished)
        return forgotten
