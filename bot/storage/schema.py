"""The tables. Change them only together with a numbered migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)
from sqlalchemy.schema import SchemaItem

from bot.storage.columns import Json, Serial, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: SchemaItem) -> Table:
    return Table(name, metadata, *items)


people = _table(
    "people",
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_tag", BigInteger, nullable=False),
)

jobs = _table(
    "jobs",
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    # the place in the queue
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
    # the request
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
    Column("prompts", Json),  # one for each picture, where they differ
    Column("is_series", Boolean, nullable=False, server_default=false()),
    Column("enhance", Boolean, nullable=False, server_default=false()),
    Column("video", Json),  # seconds, quality
    Column("search_text", Text, nullable=False, server_default=text("''")),  # the prompts, folded
    # its origin and price
    Column("parent_id", Text),
    Column("parent_index", Integer),
    Column("origin", Text),
    Column("price_micro_usd", BigInteger, nullable=False, server_default=text("0")),  # expected, of one image
    Column("standpoint", Json),  # role_ids and channel_ids, for checking the rules
    # its result
    Column("width", Integer),
    Column("height", Integer),
    Column("animated", Json),
    Column("failure", Json),
    Column("rewriting", Json),  # request_id, text, fault
    Column("card_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("pinged_at", UtcDateTime),
    Column("shown_at", UtcDateTime),
    Column("removed_by", BigInteger),  # the user who removed the pictures from the card
    Column("kept_back", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("interaction_id"),
    UniqueConstraint("retry_of"),
)
# The few open jobs of a large table. A query must use these same conditions to hit their partial indexes, with a
# literal: SQLite does not know in time that a parameter says the same.
_QUEUED = literal_column("'queued'", Text)
is_queued = jobs.c.state == _QUEUED
is_unshown = jobs.c.shown_at.is_(None)  # it is open, or over and its end still to be shown
unshown = (jobs.c.state != _QUEUED) & is_unshown
_line_order = (jobs.c.priority, jobs.c.tag, jobs.c.id)
Index("ix_jobs_line", *_line_order, sqlite_where=is_queued, postgresql_where=is_queued)
Index("ix_jobs_lease", jobs.c.lease_until, sqlite_where=unshown, postgresql_where=unshown)
Index("ix_jobs_open", jobs.c.user_id, sqlite_where=is_unshown, postgresql_where=is_unshown)
job_is_open = jobs.c.finished_at.is_(None)  # queued or rendering: its calls still to come are reserved
Index("ix_jobs_server", jobs.c.guild_id, sqlite_where=job_is_open, postgresql_where=job_is_open)
Index("ix_jobs_past", jobs.c.user_id, jobs.c.created_at, jobs.c.id)
# Results are counted without reading their rows, so the index has every column that such a count names.
may_have_pictures = jobs.c.state.in_(
    [literal_column(f"'{state}'", Text) for state in ("done", "cancelled", "expired")]
)
_results = (jobs.c.user_id, jobs.c.state, jobs.c.removed_by)
Index("ix_jobs_results", *_results, sqlite_where=may_have_pictures, postgresql_where=may_have_pictures)
Index("ix_jobs_card", jobs.c.card_id)
is_child = jobs.c.parent_id.is_not(None)
Index("ix_jobs_parent", jobs.c.parent_id, sqlite_where=is_child, postgresql_where=is_child)

renders = _table(
    "renders",
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
    Column("alt_text", Text),
    Column("generation_id", Text),  # of a video, by the provider
    Column("failure", Json),
)

# Usage: one row for each job, reserved with it. `images` and `videos` count against limits of their own; `granted` of
# the images came from grants and do not count against the server's windows.
usage_entries = _table(
    "charges",
    Column("job_id", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("images", Integer, nullable=False),
    Column("granted", Integer, nullable=False, server_default=text("0")),
    Column("videos", Integer, nullable=False, server_default=text("0")),
    Column("state", Text, nullable=False),  # reserved, settled, released, described
    Column("at", UtcDateTime, nullable=False),
    Index("ix_charges_person", "user_id", "at"),
)
is_counted = (usage_entries.c.images > 0) | (usage_entries.c.videos > 0)

# Money: one row for each paid call, written before the call is made. `cost_micro_usd` is the estimate
# until the real cost is known; a call with unknown outcome keeps it, and a free call counts as 0.
calls = _table(
    "calls",
    Column("request_id", Text, primary_key=True),
    Column("job_id", Text, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("charge", Text, nullable=False),  # open, charged, free, unknown
    Column("cost_micro_usd", BigInteger, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("seconds", Float),  # of pictures alone, from the call to its end
    Index("ix_calls_job_id", "job_id"),
    Index("ix_calls_submitted_at", "submitted_at"),
    Index("ix_calls_ended_at", "ended_at"),
)

# Money by UTC day, updated in the same transactions as `calls`, so that a month is a few rows to read.
# user_id 0 is the whole server; guild_id 0 is outside servers.
spent = _table(
    "spent",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("micro_usd", BigInteger, nullable=False),
    Index("ix_spent_person", "user_id", "day"),
)

# Moderators' settings. Transactions that depend on a server's budget or rules lock its row.
servers = _table(
    "servers",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("pause", Json),  # at, by, text
    Column("modlog_channel_id", BigInteger),
    Column("enhance", Boolean, nullable=False, server_default=false()),  # a member's default overrides it
)

# One row for each subject with limits; subject_id 0 is the server itself. `says` maps a limit to its encoded value.
rules = _table(
    "rules",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("says", Json, nullable=False),
)

channels = _table(
    "channels",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("is_open", Boolean, nullable=False),
)

filters = _table(
    "filters",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of this server, never used twice
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("by_user_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("is_gone", Boolean, nullable=False),
)

blocks = _table(
    "blocks",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", UtcDateTime),
    Column("reason", Text, nullable=False),
    Column("by_user_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_blocks_person", "user_id"),
)

# Images that a member made up to `at` do not count any more.
resets = _table(
    "resets",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
)

grants = _table(
    "grants",
    Column("id", Serial, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("images", Integer, nullable=False),
    Column("left", Integer, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("reason", Text, nullable=False),
    Column("by_user_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_grants_person", "user_id", "guild_id"),
)

# The grants that a job's `granted` images came from, for refunds.
grant_uses = _table(
    "grant_uses",
    Column("job_id", Text, primary_key=True),
    Column("grant_id", BigInteger, primary_key=True, autoincrement=False),
    Column("images", Integer, nullable=False),
)

audit = _table(
    "audit",
    Column("id", Serial, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_user_id", BigInteger, nullable=False),
    Column("change", Json, nullable=False),  # its name under "what", and its fields
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
    Index("ix_audit_server", "guild_id", "id"),
)

proposals = _table(
    "proposals",
    Column("id", Text, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("by_user_id", BigInteger, nullable=False),
    Column("change", Json, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

reports = _table(
    "reports",
    Column("job_id", Text, primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_reports_person", "user_id", "at"),
)

# Denied commands without their prompts, so that moderators can explain a denial.
denials = _table(
    "denials",
    Column("id", Serial, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("code", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Index("ix_denials_person", "user_id", "guild_id", "id"),
    Index("ix_denials_at", "at"),
)

# Alerts already sent: a budget's level in a period, or trouble with the provider. guild_id 0 is the operator.
alerts = _table(
    "alerts",
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("what", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# The outbox of the mod-log: entries wait here until Discord accepts them. channel_id NULL is the operator.
log_entries = _table(
    "log_entries",
    Column("id", Serial, primary_key=True),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("topic", Text, nullable=False),
    Column("job_id", Text),
    Column("audit_id", BigInteger),
    Column("facts", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("told_at", UtcDateTime),
    Column("message_id", BigInteger),
)
Index("ix_log_entries_job_id", log_entries.c.job_id)
untold = log_entries.c.told_at.is_(None)
Index("ix_log_entries_due", log_entries.c.due_at, sqlite_where=untold, postgresql_where=untold)

# Images kept after a job's delivery: results and references, until they are too old or too large in total.
cached_images = _table(
    "originals",
    Column("folder", Text, primary_key=True),  # a job's id, or a tray's
    Column("name", Text, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_originals_at", "at"),
)

favourites = _table(
    "favourites",
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", Text, primary_key=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_favourites_job_id", "job_id"),
)

# The reference tray: pictures that a person collects. Removed ones stay for a day, because a queued job may need them.
tray = _table(
    "tray",
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),  # of the picture in the tray's folder
    Column("place", Integer, nullable=False),  # from 1, without gaps among the pictures on the tray
    Column("facts", Json, nullable=False),  # filename, width, height, bytes, is_spoiler
    Column("at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime),
)

# owner_id is a user's id if `whose` is "member", a server's id if it is "server".
presets = _table(
    "presets",
    Column("whose", Text, primary_key=True),
    Column("owner_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),  # the name, folded
    Column("name", Text, nullable=False),
    Column("says", Json, nullable=False),  # text, aspect, resolution, count
    Column("by_user_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_presets_author", "by_user_id"),
)

# A person's default options for commands: aspect, resolution, private, spoiler.
defaults = _table(
    "defaults",
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("says", Json, nullable=False),
)

# Requests that were shown with their price and wait for confirmation.
drafts = _table(
    "drafts",
    Column("id", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("wish", Json, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("ix_drafts_until", "until"),
)


def _blob_table(name: str) -> Table:
    return _table(
        name,
        Column("key", Text, primary_key=True),
        Column("job_id", Text, nullable=False),
        Column("meta", Json, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Index(f"ix_{name}_job_id", "job_id"),
    )


kept = _blob_table("kept")  # images kept after delivery, where several processes share them
blobs = _blob_table("blobs")

notes = _table("notes", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

workers = _table(
    "workers",
    Column("name", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("running", Integer, nullable=False),
)
