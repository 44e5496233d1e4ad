"""Results are worked with: where a job comes from, what is kept of it, favourites, trays, presets and defaults.

What was asked before is made to be found again by its words.

Revision: 0003, after 0002.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 500


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    _add_columns()
    _add_indexes()
    _make_tables()
    _fold()


def _add_columns() -> None:
    no = sa.false()
    op.add_column("jobs", sa.Column("prompts", _json(), nullable=True))
    op.add_column("jobs", sa.Column("is_series", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("jobs", sa.Column("enhance", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("jobs", sa.Column("search_text", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("jobs", sa.Column("parent_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("parent_index", sa.Integer(), nullable=True))
    op.add_column("jobs", sa.Column("origin", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("rewriting", _json(), nullable=True))
    op.add_column("servers", sa.Column("enhance", sa.Boolean(), nullable=False, server_default=no))


def _add_indexes() -> None:
    is_child = sa.text("parent_id IS NOT NULL")
    op.create_index("ix_jobs_past", "jobs", ["user_id", "created_at", "id"], unique=False)
    op.create_index("ix_jobs_card", "jobs", ["card_id"], unique=False)
    op.create_index(
        "ix_jobs_parent",
        "jobs",
        ["parent_id"],
        unique=False,
        sqlite_where=is_child,
        postgresql_where=is_child,
    )


def _make_tables() -> None:
    op.create_table(
        "defaults",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("says", _json(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_defaults")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("wish", _json(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_until", "drafts", ["until"], unique=False)
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "job_id", "idx", name=op.f("pk_favourites")),
    )
    op.create_index("ix_favourites_job_id", "favourites", ["job_id"], unique=False)
    op.create_table(
        "kept",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("meta", _json(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept")),
    )
    op.create_index("ix_kept_job_id", "kept", ["job_id"], unique=False)
    op.create_table(
        "originals",
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("folder", "name", name=op.f("pk_originals")),
    )
    op.create_index("ix_originals_at", "originals", ["at"], unique=False)
    op.create_table(
        "presets",
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("says", _json(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("whose", "owner_id", "key", name=op.f("pk_presets")),
    )
    op.create_index("ix_presets_author", "presets", ["by_user_id"], unique=False)
    op.create_table(
        "tray",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("facts", _json(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_tray")),
    )


def _fold() -> None:
    """As prompts are searched: without regard to case, width of letters and spacing. A few at a time: they may be
    years of prompts."""
    jobs = sa.table("jobs", sa.column("id", sa.Text), sa.column("prompt", sa.Text), sa.column("search_text"))
    change = (
        sa.update(jobs)
        .where(jobs.c.id == sa.bindparam("job_id"))
        .values(search_text=sa.bindparam("folded", type_=sa.Text))
    )
    ordered = sa.select(jobs.c.id, jobs.c.prompt).order_by(jobs.c.id).limit(AT_ONCE)
    last = ""
    while some := op.get_bind().execute(ordered.where(jobs.c.id > last)).all():
        op.get_bind().execute(
            change, [{"job_id": job_id, "folded": _folded(prompt)} for job_id, prompt in some]
        )
        last = some[-1].id


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
