"""Presets and shared links."""

import sqlalchemy as sa
from alembic import op

from nora_server.database.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema from 0001 to 0002."""
    op.create_table(
        "link",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_link_project", "link", ["project_id", "owner_id"], unique=False)

    op.create_table(
        "preset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("mark", sa.String(2), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_preset_private",
        "preset",
        ["project_id", "owner_id", "name"],
        unique=True,
        sqlite_where=sa.text("mark='--' AND deleted_at IS NULL"),
        postgresql_where=sa.text("mark='--' AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_preset_shared",
        "preset",
        ["project_id", "name"],
        unique=True,
        sqlite_where=sa.text("mark<>'--' AND deleted_at IS NULL"),
        postgresql_where=sa.text("mark<>'--' AND deleted_at IS NULL"),
    )

    op.create_table(
        "link_bytes",
        sa.Column("link_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["link.id"],
        ),
        sa.PrimaryKeyConstraint("link_id", "version", "name"),
    )
    op.create_table(
        "link_version",
        sa.Column("link_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_ids", sa.JSON(), nullable=False),
        sa.Column("scene", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["link.id"],
        ),
        sa.ForeignKeyConstraint(
            ["saved_by"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("link_id", "version"),
    )


def downgrade() -> None:
    """Take the step back."""
    for table in ("link_version", "link_bytes", "preset", "link"):
        op.drop_table(table)
