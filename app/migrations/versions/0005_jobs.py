"""jobs and claims as rows, and notices for admins."""

import sqlalchemy as sa
from alembic import op

import core.db
from core.clock import SystemClock

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("claim", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("until", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("claim", name=op.f("pk_claims")),
    )
    jobs = op.create_table(
        "jobs",
        sa.Column("job_key", sa.String(length=200), nullable=False),
        sa.Column("job", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("lane", sa.String(length=12), nullable=False),
        sa.Column("claim", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("asked_at", core.db.UtcDateTime(), nullable=False),
        sa.Column("due_at", core.db.UtcDateTime(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failed_at", core.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("job_key", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_account", "jobs", ["account_id"])
    op.create_index("ix_jobs_state_due", "jobs", ["state", "due_at"])
    op.create_table(
        "notices",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("job", sa.String(length=80), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("since", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_notices")),
    )
    _ask_for_what_is_open(jobs)


def _ask_for_what_is_open(jobs: sa.Table) -> None:
    """Whatever was under way goes on from its first step, which passes what is done; approved plans go on too."""
    connection = op.get_bind()
    now = SystemClock().now()
    active = sa.text(
        "SELECT account_id FROM installations WHERE kind = 'account' AND status = 'active'"
    )
    approved = sa.text(
        "SELECT account_id, plan_id FROM plans WHERE state = 'approved' AND kind = 'values'"
    )
    wanted: list[tuple[str, str, list[str], str, str]] = [
        ("workflows.jobs.provision", row.account_id, [], "bulk", "provisioning")
        for row in connection.execute(active)
    ]
    wanted += [
        ("workflows.jobs.apply_plan", row.account_id, [row.plan_id], "changes", "writing")
        for row in connection.execute(approved)
    ]
    rows = [
        {
            # Not the key that asking gives: each of these is done once.
            "job_key": f"{job}:{account_id}:upgrade{number}",
            "job": job,
            "account_id": account_id,
            "arguments": arguments,
            "lane": lane,
            "claim": f"{alone}:{account_id}",
            "state": "waiting",
            "asks": 1,
            "asked_at": now,
            "due_at": now,
            "failures": 0,
        }
        for number, (job, account_id, arguments, lane, alone) in enumerate(wanted)
    ]
    if rows:
        op.bulk_insert(jobs, rows)


def downgrade() -> None:
    for table in ("notices", "jobs", "claims"):
        op.drop_table(table)
