"""Columns out of the mirror for scoring: two frames, read without a row ever becoming an object."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from core.moments import to_millis

if TYPE_CHECKING:
    import polars as pl

_CONTACTS = """
SELECT c.contact_id, c.created_at, c.source, c.lifecycle, c.email IS NOT NULL AS has_email,
  c.phone IS NOT NULL AS has_phone, c.email_opt_out, c.email_bounced, c.sms_consent,
  c.unengaged_sends, c.reason, c.reason_source,
  EXISTS (SELECT 1 FROM deals d WHERE d.account_id = c.account_id AND d.contact_id = c.contact_id
          AND NOT d.is_closed) AS open_deal
FROM contacts c WHERE c.account_id = '{account}' AND NOT c.archived
  AND (c.created_at IS NULL OR c.created_at <= {until})
ORDER BY c.contact_id
"""

_EVENTS = """
SELECT a.contact_id, a.occurred_at, a.kind, a.direction, a.outcome, NULL AS amount_minor
FROM activities a WHERE a.account_id = '{account}' AND a.occurred_at <= {until}
UNION ALL
SELECT d.contact_id, d.closed_at, 'purchase', NULL, NULL, d.amount_minor
FROM deals d WHERE d.account_id = '{account}' AND d.is_won AND d.closed_at <= {until}
"""

_FLAGS = ("has_email", "has_phone", "email_opt_out", "email_bounced", "sms_consent", "open_deal")


def load_frames(
    engine: Engine, account_id: str, *, as_of: datetime
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """(contacts, events) of an account up to `as_of`, in the shapes of scoring/canon.py.

    Deals that were won are purchases. polars is loaded here and not before: a worker that has used
    it cannot fork.
    """
    import polars as pl  # noqa: PLC0415

    if not account_id.replace("-", "").replace("_", "").isalnum():
        raise ValueError("an account id has letters, digits and dashes only")
    words = {"account": account_id, "until": to_millis(as_of)}
    contacts = _read(engine, _CONTACTS.format(**words))
    events = _read(engine, _EVENTS.format(**words))
    moment = pl.Datetime("ms", "UTC")
    return (
        contacts.with_columns(
            pl.col("created_at").cast(pl.Int64).cast(moment),
            pl.col("unengaged_sends").cast(pl.Int64),
            *(pl.col(name).cast(pl.Boolean) for name in _FLAGS),
        ),
        events.with_columns(
            pl.col("occurred_at").cast(pl.Int64).cast(moment),
            pl.col("direction", "outcome").cast(pl.String),
            amount=pl.col("amount_minor").cast(pl.Float64) / 100,
        ).drop("amount_minor"),
    )


def _read(engine: Engine, query: str) -> "pl.DataFrame":
    """Run a query through the database's Arrow driver."""
    import polars as pl  # noqa: PLC0415

    url = engine.url
    if url.get_backend_name() == "sqlite":
        from adbc_driver_sqlite import dbapi  # noqa: PLC0415

        target = f"file:{url.database}?mode=ro"
    else:
        from adbc_driver_postgresql import dbapi  # type: ignore[no-redef] # noqa: PLC0415

        target = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with dbapi.connect(target) as connection:
        return pl.read_database(query, connection)
