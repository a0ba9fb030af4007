"""Columns out of the mirror for scoring: two frames, read without a row ever becoming an object."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from core.db import reading
from core.moments import to_millis
from core.reasons import BY_MODEL, REASONS
from sync.fields import INQUIRY
from sync.mapped_fields import load_levels

if TYPE_CHECKING:
    import polars as pl

_CONTACTS = """
SELECT c.contact_id, c.created_at, COALESCE(c.source, '') AS source,
  COALESCE(c.lifecycle, '') AS lifecycle, c.email IS NOT NULL AS has_email,
  c.phone IS NOT NULL AS has_phone, c.email_opt_out, c.email_bounced, c.sms_consent,
  c.unengaged_sends, COALESCE(c.reason, '') AS reason,
  COALESCE(c.reason_source, '') AS reason_source, c.reason_at,
  CASE WHEN m.in_use AND m.state = 'accepted' THEN COALESCE(c.inquiry, '') ELSE '' END AS inquiry,
  EXISTS (SELECT 1 FROM deals d WHERE d.account_id = c.account_id AND d.contact_id = c.contact_id
          AND NOT d.is_closed) AS open_deal
FROM contacts c LEFT JOIN mapped_fields m ON m.account_id = c.account_id
  AND m.field = '{inquiry}' AND m.property = c.inquiry_source
WHERE c.account_id = '{account}' AND NOT c.archived
  AND (c.created_at IS NULL OR c.created_at <= {until}){contacts}
ORDER BY c.contact_id
"""

_EVENTS = """
SELECT a.contact_id, a.occurred_at, a.kind, COALESCE(a.direction, '') AS direction,
  COALESCE(a.outcome, '') AS outcome, NULL AS amount_minor, COALESCE(a.reason, '') AS reason,
  COALESCE(a.reason_confidence, -1.0) AS reason_confidence,
  COALESCE(a.reason_source, '') AS reason_source
FROM activities a WHERE a.account_id = '{account}' AND a.occurred_at <= {until}{activities}
UNION ALL
SELECT d.contact_id, d.closed_at, 'purchase', '', '', d.amount_minor, '', -1.0, ''
FROM deals d WHERE d.account_id = '{account}' AND d.is_won AND d.closed_at <= {until}{deals}
UNION ALL
SELECT d.contact_id, d.closed_at, 'lost_deal', '', '', NULL, COALESCE(d.reason, ''),
  COALESCE(d.reason_confidence, -1.0), ''
FROM deals d WHERE d.account_id = '{account}' AND d.is_closed AND NOT d.is_won
  AND d.closed_at <= {until}{deals}
"""

# The SQLite driver takes a column's type from its first rows: an empty text stands for nothing there.
_CONTACT_TEXTS = ("source", "lifecycle", "reason", "reason_source")
_EVENT_TEXTS = ("direction", "outcome")
# Millions of events have none of these: one byte each is enough for the few that have.
_EVENT_WORDS = {"reason": tuple(REASONS), "reason_source": (BY_MODEL,)}
_FLAGS = ("has_email", "has_phone", "email_opt_out", "email_bounced", "sms_consent", "open_deal")


def load_frames(
    engine: Engine,
    account_id: str,
    *,
    as_of: datetime,
    contact_ids: Sequence[str] | None = None,
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """(contacts, events) of an account up to `as_of`, in the shapes of scoring/canon.py.

    `contact_ids` names up to a few thousand contacts, where not all are wanted.
    Deals that were won are purchases, and those that were lost say why. An inquiry is what an accepted
    field says in our words, and nothing where the account's field was refused. polars is loaded here and not
    before: a worker that has used it cannot fork.
    """
    import polars as pl  # noqa: PLC0415

    if not account_id.replace("-", "").replace("_", "").isalnum():
        raise ValueError("an account id has letters, digits and dashes only")
    words = {
        "account": account_id,
        "until": to_millis(as_of),
        "inquiry": INQUIRY,
        **_only(contact_ids),
    }
    with reading(engine) as connection:
        levels = load_levels(connection, account_id, INQUIRY)
    contacts = _read(engine, _CONTACTS.format(**words))
    events = _read(engine, _EVENTS.format(**words))
    moment = pl.Datetime("ms", "UTC")
    return (
        contacts.with_columns(
            pl.col("contact_id").cast(pl.String),
            pl.col("created_at", "reason_at").cast(pl.Int64).cast(moment),
            pl.col("unengaged_sends").cast(pl.Int64),
            *(pl.col(name).cast(pl.Boolean) for name in _FLAGS),
            *(_filled(name) for name in _CONTACT_TEXTS),
            inquiry=pl.col("inquiry")
            .cast(pl.String)
            .replace_strict(levels, default=None, return_dtype=pl.String),
        ),
        events.with_columns(
            # Of no rows at all the driver makes numbers.
            pl.col("contact_id", "kind").cast(pl.String),
            pl.col("occurred_at").cast(pl.Int64).cast(moment),
            *(_filled(name) for name in _EVENT_TEXTS),
            *(_filled(name).cast(pl.Enum(words)) for name, words in _EVENT_WORDS.items()),
            reason_confidence=pl.when(pl.col("reason_confidence") >= 0).then("reason_confidence"),
            amount=pl.col("amount_minor").cast(pl.Float64) / 100,
        ).drop("amount_minor"),
    )


def _only(contact_ids: Sequence[str] | None) -> dict[str, str]:
    """What limits each part of the queries to these contacts; nothing where all are wanted."""
    tables = {"contacts": "c", "activities": "a", "deals": "d"}
    if contact_ids is None:
        return dict.fromkeys(tables, "")
    quoted = ", ".join("'" + i.replace("'", "''").replace("\x00", "") + "'" for i in contact_ids)
    listed = quoted or "NULL"
    return {table: f" AND {short}.contact_id IN ({listed})" for table, short in tables.items()}


def _filled(name: str) -> "pl.Expr":
    """A column of texts, the empty ones as nothing."""
    import polars as pl  # noqa: PLC0415

    text = pl.col(name).cast(pl.String)
    return pl.when(text != "").then(text).alias(name)


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
