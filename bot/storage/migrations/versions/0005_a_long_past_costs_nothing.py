"""Open jobs, and results, are found and counted however long a person's past is.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_unshown = sa.text("shown_at IS NULL")
    op.create_index(
        "ix_jobs_open",
        "jobs",
        ["user_id"],
        unique=False,
        sqlite_where=is_unshown,
        postgresql_where=is_unshown,
    )
    may_have_pictures = sa.text("state IN ('done', 'cancelled', 'expired')")
    op.create_index(
        "ix_jobs_results",
        "jobs",
        ["user_id", "state", "removed_by"],
        unique=False,
        sqlite_where=may_have_pictures,
        postgresql_where=may_have_pictures,
    )
    op.drop_index("ix_jobs_person", table_name="jobs")
