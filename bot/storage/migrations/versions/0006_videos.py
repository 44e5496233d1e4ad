"""Jobs that make a video: what was asked for, the provider's name for it, and what counts against limits of videos.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("jobs", sa.Column("video", json))
    op.add_column("jobs", sa.Column("kept_back", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("renders", sa.Column("generation_id", sa.Text))
    op.add_column("charges", sa.Column("videos", sa.Integer, nullable=False, server_default=sa.text("0")))
