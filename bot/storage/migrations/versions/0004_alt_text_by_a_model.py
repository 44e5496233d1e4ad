"""Pictures have alt text that a chat model wrote, where the operator wants it.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("renders", sa.Column("alt_text", sa.Text(), nullable=True))
