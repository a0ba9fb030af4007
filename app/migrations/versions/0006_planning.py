"""counts of plans and decisions, draws and shares by programme, and what a day's share has been spent on."""

import sqlalchemy as sa
from alembic import op

import core.db
from core.clock import SystemClock
from core.moments import to_millis

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTS = ("succeeded", "failed", "verified", "differing", "unread")
_DAY = 86_400_000
# Before, the latest write of a contact was found by looking at all of them.
_REPLACED = """
    DELETE FROM plan_writes WHERE state = 'succeeded' AND EXISTS (
      SELECT 1 FROM plan_writes later
      JOIN plans newer ON newer.plan_id = later.plan_id
      JOIN plans mine ON mine.plan_id = plan_writes.plan_id
      WHERE later.contact_id = plan_writes.contact_id AND later.state = 'succeeded'
        AND newer.account_id = mine.account_id AND newer.kind = mine.kind
        AND newer.created_at > mine.created_at)
"""
_COUNT = "(SELECT count(*) FROM plan_writes w WHERE w.plan_id = plans.plan_id AND {})"
_ENDED = {
    "planned": "1 = 1",
    "succeeded": "w.state = 'succeeded'",
    "failed": "w.state = 'failed'",
    "verified": "w.verified",
}
_DOUBTFUL = {
    "differing": "NOT w.verified",
    "unread": "w.verified IS NULL AND w.state = 'succeeded'",
}


def upgrade() -> None:
    _make_tables()
    for name in _COUNTS:
        op.add_column("plans", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("plans", schema=None) as batch_op:
        for name in _COUNTS:
            batch_op.alter_column(name, server_default=None)
    _count_plans()
    _keep_draws()
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_column("held_out")
    op.create_index("ix_decisions_account_status", "decisions", ["account_id", "status"])
    op.create_index("ix_scores_account_priority", "scores", ["account_id", "priority"])
    op.drop_index("ix_plan_writes_plan_state", table_name="plan_writes")
    op.create_index(
        "ix_plan_writes_plan_state_rank",
        "plan_writes",
        ["plan_id", "state", "rank", "contact_id"],
    )


def _make_tables() -> None:
    account = sa.String(length=120)
    op.create_table(
        "plan_totals",
        sa.Column("account_id", account, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_plan_totals")),
    )
    op.create_table(
        "sendings",
        sa.Column("account_id", account, nullable=False),
        sa.Column("sent_at", core.db.UtcDateTime(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "sent_at", name=op.f("pk_sendings")),
    )
    op.create_table(
        "decision_counts",
        sa.Column("account_id", account, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "status", "rule", "reason", name=op.f("pk_decision_counts")
        ),
    )
    op.create_table(
        "decision_passes",
        sa.Column("account_id", account, nullable=False),
        sa.Column("ended_at", core.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_decision_passes")),
    )
    op.create_table(
        "draws",
        sa.Column("account_id", account, nullable=False),
        sa.Column("contact_id", sa.String(length=80), nullable=False),
        sa.Column("programme", sa.String(length=60), nullable=False),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.Column("drawn_at", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "programme", name=op.f("pk_draws")),
    )
    op.create_table(
        "programmes",
        sa.Column("account_id", account, nullable=False),
        sa.Column("programme", sa.String(length=60), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("set_at", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "programme", name=op.f("pk_programmes")),
    )


def _count_plans() -> None:
    """What a day's share was spent on, each plan's counts, and no row that counts no more."""
    op.execute(
        sa.text(
            "INSERT INTO sendings (account_id, sent_at, contacts)"
            " SELECT p.account_id, w.sent_at, count(*) FROM plan_writes w"
            " JOIN plans p ON p.plan_id = w.plan_id"
            " WHERE w.sent_at > :since GROUP BY p.account_id, w.sent_at"
        ).bindparams(since=to_millis(SystemClock().now()) - _DAY)
    )
    op.execute(
        "DELETE FROM plan_writes WHERE plan_id IN"
        " (SELECT plan_id FROM plans WHERE state = 'superseded')"
    )
    _set_counts(_ENDED)
    op.execute(_REPLACED)
    _set_counts(_DOUBTFUL)


def _set_counts(counted: dict[str, str]) -> None:
    sets = ", ".join(f"{name} = {_COUNT.format(which)}" for name, which in counted.items())
    op.execute(f"UPDATE plans SET {sets} WHERE state <> 'superseded'")  # noqa: S608  our own words


def _keep_draws() -> None:
    """Draws last: each goes to the programme it was made for, or would be made for now."""
    op.execute(
        "INSERT INTO draws (account_id, contact_id, programme, held_out, drawn_at)"
        " SELECT d.account_id, d.contact_id, coalesce(d.playbook,"
        " CASE s.track WHEN 'customer' THEN 'customer_winback' ELSE 'lead_reactivation' END),"
        " d.held_out, d.decided_at FROM decisions d"
        " LEFT JOIN scores s ON s.account_id = d.account_id AND s.contact_id = d.contact_id"
        " WHERE d.held_out IS NOT NULL"
    )
    op.execute(
        "INSERT INTO decision_counts (account_id, status, rule, reason, contacts)"
        " SELECT account_id, status, coalesce(rule, ''), substr(coalesce(reason, ''), 1, 200), count(*)"
        " FROM decisions GROUP BY 1, 2, 3, 4"
    )
    op.execute(
        "INSERT INTO decision_passes (account_id, ended_at)"
        " SELECT account_id, max(decided_at) FROM decisions GROUP BY account_id"
    )


def downgrade() -> None:
    op.drop_index("ix_plan_writes_plan_state_rank", table_name="plan_writes")
    op.create_index("ix_plan_writes_plan_state", "plan_writes", ["plan_id", "state"])
    op.drop_index("ix_scores_account_priority", table_name="scores")
    op.drop_index("ix_decisions_account_status", table_name="decisions")
    op.add_column("decisions", sa.Column("held_out", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE decisions SET held_out = (SELECT d.held_out FROM draws d"
        " WHERE d.account_id = decisions.account_id AND d.contact_id = decisions.contact_id"
        " ORDER BY d.drawn_at LIMIT 1)"
    )
    for table in (
        "programmes",
        "draws",
        "decision_passes",
        "decision_counts",
        "sendings",
        "plan_totals",
    ):
        op.drop_table(table)
    with op.batch_alter_table("plans", schema=None) as batch_op:
        for name in _COUNTS:
            batch_op.drop_column(name)
