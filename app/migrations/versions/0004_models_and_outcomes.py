"""what a score rests on, the models behind it, cohorts with their outcomes, and who is to be scored again."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SCORES = (
    ("inquiry", sa.String(length=10)),
    ("reason", sa.String(length=20)),
    ("reason_source", sa.String(length=10)),
    ("reason_confidence", sa.Float()),
    ("signal", sa.String(length=12)),
    ("signal_at", core.db.UtcDateTime()),
    ("signal_until", core.db.UtcDateTime()),
    ("signal_gap", sa.Integer()),
    ("signal_next", core.db.UtcDateTime()),
    ("p_return", sa.Float()),
    ("likelihood_source", sa.String(length=8)),
    ("uplift", sa.Float()),
    ("plan", sa.String(length=24)),
    ("speaks_for", sa.Text()),
    ("model_version", sa.Integer()),
)
_INDEXED = ("signal_until", "signal_next")
# Until the account is scored anew: nothing to measure a few contacts by, so that all of them are scored.
_SCORINGS = (("sales", "{}"), ("cuts", "[]"))


def upgrade() -> None:
    for name, kind in _SCORES:
        op.add_column("scores", sa.Column(name, kind, nullable=True))
    op.add_column("scores", sa.Column("pass_no", sa.Integer(), nullable=False, server_default="0"))
    for name in _INDEXED:
        op.create_index(f"ix_scores_{name}", "scores", [name])
    # A name of the code became a number of the account's own models.
    op.drop_column("scorings", "model_version")
    op.add_column("scorings", sa.Column("model_version", sa.Integer(), nullable=True))
    op.add_column("scorings", sa.Column("history_start", core.db.UtcDateTime(), nullable=True))
    for name, empty in _SCORINGS:
        op.add_column("scorings", sa.Column(name, sa.JSON(), nullable=False, server_default=empty))
    op.add_column(
        "scorings", sa.Column("pass_no", sa.Integer(), nullable=False, server_default="0")
    )
    _without_defaults("scores", "pass_no")
    _without_defaults("scorings", "pass_no", *(name for name, _ in _SCORINGS))
    op.create_table(
        "models",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("fitted_at", core.db.UtcDateTime(), nullable=False),
        sa.Column("as_of", core.db.UtcDateTime(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "version", name=op.f("pk_models")),
    )
    op.create_table(
        "cohorts",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("contact_id", sa.String(length=80), nullable=False),
        sa.Column("decided_at", core.db.UtcDateTime(), nullable=False),
        sa.Column("arm", sa.String(length=24), nullable=False),
        sa.Column("email_usable", sa.Boolean(), nullable=False),
        sa.Column("sms_usable", sa.Boolean(), nullable=False),
        sa.Column("responded", sa.Boolean(), nullable=True),
        sa.Column("matured_at", core.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "decided_at", name=op.f("pk_cohorts")),
    )
    op.create_index("ix_cohorts_account_matured", "cohorts", ["account_id", "matured_at"])
    op.create_table(
        "news",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("contact_id", sa.String(length=80), nullable=False),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_id", name=op.f("pk_news")),
    )


def _without_defaults(table: str, *names: str) -> None:
    """Only the rows that were there needed one."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name in names:
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    for table in ("news", "cohorts", "models"):
        op.drop_table(table)
    for name in _INDEXED:
        op.drop_index(f"ix_scores_{name}", table_name="scores")
    with op.batch_alter_table("scorings", schema=None) as batch_op:
        for name in ("pass_no", "cuts", "sales", "history_start", "model_version"):
            batch_op.drop_column(name)
    op.add_column(
        "scorings",
        sa.Column("model_version", sa.String(length=40), nullable=False, server_default=""),
    )
    with op.batch_alter_table("scores", schema=None) as batch_op:
        for name in ("pass_no", *(name for name, _ in _SCORES)):
            batch_op.drop_column(name)
