"""What moderators decide: rules, blocks, filters, grants, budgets, and the log of all that.

Money is summed by day from here on; what was spent before is added up. Images and money of places where the bot
came with a person belong to no server any more.

Revision: 0002, after 0001.
"""

from collections import Counter
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PRICE_MICRO_USD = 42_000  # of both models there were


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_tables()
    _add_columns()
    _belong_to_no_server()
    _add_up()


def _add_columns() -> None:
    zero = sa.text("0")
    op.add_column("charges", sa.Column("granted", sa.Integer(), nullable=False, server_default=zero))
    op.add_column("jobs", sa.Column("price_micro_usd", sa.BigInteger(), nullable=False, server_default=zero))
    op.add_column("jobs", sa.Column("standpoint", _json(), nullable=True))
    op.add_column("jobs", sa.Column("removed_by", sa.BigInteger(), nullable=True))
    is_open = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_jobs_server", "jobs", ["guild_id"], unique=False, sqlite_where=is_open, postgresql_where=is_open
    )
    op.execute(sa.text("UPDATE jobs SET price_micro_usd = :price").bindparams(price=PRICE_MICRO_USD))


def _belong_to_no_server() -> None:
    elsewhere = "SELECT id FROM jobs WHERE reach <> 'guild'"
    for table in ("charges", "calls"):
        op.execute(sa.text(f"UPDATE {table} SET guild_id = NULL WHERE job_id IN ({elsewhere})"))  # noqa: S608  # two names of ours


def _add_up() -> None:
    """Day by day, for each member and, as user 0, for each server."""
    calls = sa.table(
        "calls",
        sa.column("guild_id", sa.BigInteger),
        sa.column("user_id", sa.BigInteger),
        sa.column("submitted_at", sa.DateTime(timezone=True)),
        sa.column("cost_micro_usd", sa.BigInteger),
        sa.column("charge", sa.Text),
    )
    spent = sa.table(
        "spent",
        sa.column("guild_id", sa.BigInteger),
        sa.column("user_id", sa.BigInteger),
        sa.column("day", sa.Date),
        sa.column("micro_usd", sa.BigInteger),
    )
    columns = (calls.c.guild_id, calls.c.user_id, calls.c.submitted_at, calls.c.cost_micro_usd)
    found = op.get_bind().execute(sa.select(*columns).where(calls.c.charge != "free"))
    sums: Counter[tuple[int, int, date]] = Counter()
    for guild_id, user_id, at, cost in found:
        people = {user_id} if guild_id is None else {user_id, 0}
        for person in people:
            sums[guild_id or 0, person, _utc_day(at)] += cost
    if sums:
        rows = [
            {"guild_id": guild_id, "user_id": user_id, "day": day, "micro_usd": micro_usd}
            for (guild_id, user_id, day), micro_usd in sums.items()
        ]
        op.get_bind().execute(sa.insert(spent), rows)


def _utc_day(at: datetime) -> date:
    """SQLite keeps UTC without saying so."""
    return at.date() if at.tzinfo is None else at.astimezone(UTC).date()


def _make_tables() -> None:
    op.create_table(
        "alerts",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "what", name=op.f("pk_alerts")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("change", _json(), nullable=False),
        sa.Column("before", _json(), nullable=False),
        sa.Column("after", _json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_server", "audit", ["guild_id", "id"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_person", "blocks", ["user_id"], unique=False)
    op.create_table(
        "channels",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", name=op.f("pk_channels")),
    )
    op.create_table(
        "denials",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("facts", _json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_denials")),
    )
    op.create_index("ix_denials_at", "denials", ["at"], unique=False)
    op.create_index("ix_denials_person", "denials", ["user_id", "guild_id", "id"], unique=False)
    op.create_table(
        "filters",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_filters")),
    )
    op.create_table(
        "grant_uses",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "grant_id", name=op.f("pk_grant_uses")),
    )
    op.create_table(
        "grants",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_person", "grants", ["user_id", "guild_id"], unique=False)
    op.create_table(
        "log_entries",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", _json(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
    )
    op.create_index("ix_log_entries_job_id", "log_entries", ["job_id"], unique=False)
    op.create_index(
        "ix_log_entries_due",
        "log_entries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("change", _json(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_table(
        "reports",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "user_id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_person", "reports", ["user_id", "at"], unique=False)
    op.create_table(
        "resets",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_resets")),
    )
    op.create_table(
        "rules",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("says", _json(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "scope", "subject_id", name=op.f("pk_rules")),
    )
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pause", _json(), nullable=True),
        sa.Column("modlog_channel_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_servers")),
    )
    op.create_table(
        "spent",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("micro_usd", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "day", name=op.f("pk_spent")),
    )
    op.create_index("ix_spent_person", "spent", ["user_id", "day"], unique=False)
