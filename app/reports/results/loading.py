"""What an account's results are made of: who was assigned to which arm, what became of them, and what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.context import Context
from core.db import reading
from core.errors import NotFound
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import AccountSettings
from oauth.store import find_installation
from workflows.decisions import draws
from workflows.enrollment.rounds import load_asked, load_rounds
from workflows.results import store as results
from workflows.results.measuring import TRUTHS

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, Any]
_TEXTS = ("contact_id", "programme", "wave_id", "track", "band", "priority", "segment")
_NUMBERS = ("share", "p_return", "likelihood")
_TRUTHS = ("held_out", "started_after_all", *TRUTHS)
_MOMENTS = ("assigned_at", "responded_at")


@dataclass(frozen=True, slots=True)
class Known:
    """`rounds` are the ledger's rows of the waves, `touched` what the CRM was asked for in them."""

    account_id: str
    as_of: datetime
    own: AccountSettings
    assigned: Sequence[Row]
    outcomes: Sequence[Row]
    rounds: Sequence[Row]
    touched: Sequence[Row]


def load(here: Context, account_id: str) -> Known:
    """Everything at once; raises NotFound for an unknown account."""
    with reading(here.engine) as connection:
        installation = find_installation(connection, account_id)
        if installation is None:
            raise NotFound(f"There is no account {account_id}.")
        assigned = draws.load_assignments(connection, account_id)
        outcomes = results.load_outcomes(connection, account_id)
        rounds = load_rounds(connection, account_id)
        touched = load_asked(connection, account_id)
    own = load_settings(here, installation)
    return Known(account_id, here.clock.now(), own, assigned, outcomes, rounds, touched)


def people_at(known: Known, days: int) -> "pl.DataFrame":
    """Everybody assigned whose outcomes by so many days are known, with these beside what was known at the draw."""
    import polars as pl  # noqa: PLC0415

    told = {(o["contact_id"], o["programme"]): o for o in known.outcomes if o["days"] == days}
    started: dict[str, list[datetime]] = {}
    for row in known.rounds:
        if row["started_at"] is not None:
            started.setdefault(row["contact_id"], []).append(row["started_at"])
    rows = []
    for one in known.assigned:
        outcome = told.get((one["contact_id"], one["programme"]))
        if outcome is not None:
            begins = one["assigned_at"]
            since = [at for at in started.get(one["contact_id"], ()) if (at - begins).days < days]
            after_all = one["held_out"] and any(at >= begins for at in since)
            rows.append({**one, **outcome, "started_after_all": after_all})
    return pl.DataFrame(rows, schema=shape(), strict=False)


def shape() -> "dict[str, pl.DataType | type[pl.DataType]]":
    import polars as pl  # noqa: PLC0415

    return {
        **dict.fromkeys(_TEXTS, pl.String),
        **dict.fromkeys(_NUMBERS, pl.Float64),
        **dict.fromkeys(_TRUTHS, pl.Boolean),
        **dict.fromkeys(_MOMENTS, pl.Datetime("ms", "UTC")),
        "revenue_minor": pl.Int64,
    }
