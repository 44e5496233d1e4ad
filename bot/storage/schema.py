"""Tables. Changed only together with a numbered migration; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes, also on SQLite, which stores them as text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_tag", BigInteger, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    # the line
    Column("priority", Integer, nullable=False),
    Column("tag", BigInteger, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    # the lease
    Column("attempt", Integer, nullable=False),
    Column("worker", Text),
    Column("lease_until", UtcDateTime),
    # who and where
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("reach", Text, nullable=False),
    Column("upload_limit_bytes", BigInteger, nullable=False),
    Column("interaction_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("token", Text),
    Column("token_until", UtcDateTime, nullable=False),
    Column("retry_of", Text),
    # the wish
    Column("kind", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("aspect", Text),
    Column("resolution", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("seed", BigInteger),
    Column("private", Boolean, nullable=False),
    Column("spoiler", Boolean, nullable=False),
    Column("references", Json, nullable=False),
    # what became of it
    Column("width", Integer),
    Column("height", Integer),
    Column("animated", Json),
    Column("failure", Json),
    Column("card_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("pinged_at", UtcDateTime),
    Column("shown_at", UtcDateTime),
    UniqueConstraint("interaction_id"),
    UniqueConstraint("retry_of"),
)
# The two small parts of a table that is nearly all past. A query finds them by index only with these very words.
in_line = jobs.c.state == "queued"
unshown = (jobs.c.state != "queued") & jobs.c.shown_at.is_(None)
Index(
    "ix_jobs_line",
    jobs.c.priority,
    jobs.c.tag,
    jobs.c.id,
    sqlite_where=in_line,
    postgresql_where=in_line,
)
Index("ix_jobs_lease", jobs.c.lease_until, sqlite_where=unshown, postgresql_where=unshown)
Index("ix_jobs_person", jobs.c.user_id, jobs.c.state)

renders = Table(
    "renders",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("stage", Text, nullable=False),
    Column("request_id", Text),
    Column("submitted_at", UtcDateTime),
    Column("tries", Integer, nullable=False),
    Column("reruns", Integer, nullable=False),
    Column("raw_key", Text),
    Column("packed_key", Text),
    Column("packed_mime", Text),
    Column("extension", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("fitted", Boolean, nullable=False),
    Column("revised_prompt", Text),
    Column("failure", Json),
)

# Images: one row for each job, reserved with it. `images` is what counts against the limits.
charges = Table(
    "charges",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("images", Integer, nullable=False),
    Column("state", Text, nullable=False),  # reserved, settled, released
    Column("at", UtcDateTime, nullable=False),
    Index("ix_charges_person", "user_id", "at"),
)

# Money: one row for each paid call, written before the call is made. `cost_micro_usd` is the estimate
# until the real figure is known; a call nobody could confirm keeps it, a free one counts nothing.
calls = Table(
    "calls",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("job_id", Text, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("charge", Text, nullable=False),  # open, charged, free, unknown
    Column("cost_micro_usd", BigInteger, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("seconds", Float),
    Index("ix_calls_job_id", "job_id"),
    Index("ix_calls_submitted_at", "submitted_at"),
    Index("ix_calls_ended_at", "ended_at"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("key", Text, primary_key=True),
    Column("job_id", Text, nullable=False),
    Column("meta", Json, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_blobs_job_id", "job_id"),
)

notes = Table(
    "notes",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("running", Integer, nullable=False),
)
