"""The gate's word for why somebody left is scoring's, drawn from the mirror of this moment (S7)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.moments import to_millis
from scoring.features.reason import resolve_reasons
from sync.frames import load_frames
from sync.mirror.tables import activities, contacts, deals
from workflows.gate.people import load_people
from workflows.gate.reasons import load_reasons

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)
SEEN = NOON - timedelta(days=200)


@pytest.fixture
def tx(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def ago(days: float) -> int:
    return to_millis(NOON - timedelta(days=days))


def settle(tx: Connection, contact_id: str, **more: Any) -> None:
    told = {"archived": False, "fields": "{}", "known": "{}", "content_hash": "", "email": "a@b.c"}
    row = {"account_id": ACCOUNT, "contact_id": contact_id, **told, **more}
    tx.execute(sa.insert(contacts).values(row))


def happen(tx: Connection, contact_id: str, days: float, kind: str, **more: Any) -> None:
    row = {"account_id": ACCOUNT, "contact_id": contact_id, "activity_id": f"{kind}:{days}"}
    values = {**row, "kind": kind, "occurred_at": ago(days), **more}
    tx.execute(sa.insert(activities).values(values))


def end(tx: Connection, contact_id: str, days: float, *, won: bool, reason: str | None) -> None:
    row = {"account_id": ACCOUNT, "contact_id": contact_id, "deal_id": f"d{days}"}
    said = {"reason": reason, "reason_confidence": 0.9 if reason else None}
    values = {**row, "is_closed": True, "is_won": won, "closed_at": ago(days), **said}
    tx.execute(sa.insert(deals).values(values))


def reasons(tx: Connection, seen: Mapping[str, datetime | None] | None = None) -> dict[str, str]:
    return load_reasons(tx, ACCOUNT, seen or {"1": SEEN}, at=NOON)


def test_s7_nothing_told_is_nothing_known(tx: Connection) -> None:
    settle(tx, "1")
    happen(tx, "1", 300, "email", direction="in")
    assert reasons(tx) == {}
    assert load_people(tx, ACCOUNT, {"1": SEEN}, at=NOON)["1"].reason is None


@pytest.mark.parametrize(
    ("field", "reason"),
    [("service_issue", "service_issue"), ("Bad experience", "service_issue"), ("Price", "budget_or_timing"),
     ("Servicing dept.", None), ("No answer", None)],
)  # fmt: skip
def test_s7_a_field_is_understood_and_never_guessed(
    tx: Connection, field: str, reason: str | None
) -> None:
    settle(tx, "1", reason=field, reason_at=ago(1))
    assert load_people(tx, ACCOUNT, {"1": SEEN}, at=NOON)["1"].reason == reason


@pytest.mark.parametrize(
    ("days", "kind", "more"),
    [
        (210, "ticket", {"outcome": "closed"}),
        (190, "refund", {}),
        (1, "feedback", {"outcome": "negative"}),
        (100, "note", {"reason": "service_issue", "reason_confidence": 0.7}),
    ],
)
def test_s7_trouble_in_the_mirror_reaches_the_gate(
    tx: Connection, days: float, kind: str, more: dict[str, Any]
) -> None:
    settle(tx, "1")
    settle(tx, "2")
    happen(tx, "1", days, kind, **more)
    assert reasons(tx, {"1": SEEN, "2": SEEN}) == {"1": "service_issue"}


def test_s7_what_is_still_to_come_is_not_known(tx: Connection) -> None:
    settle(tx, "1", reason="Price", reason_at=ago(-1))
    happen(tx, "1", -1, "ticket", outcome="closed")
    assert reasons(tx) == {}


def test_s7_another_accounts_trouble_is_not_theirs(tx: Connection) -> None:
    settle(tx, "1")
    happen(tx, "1", 200, "ticket", outcome="closed", account_id="hubspot-2")
    assert reasons(tx) == {}


def test_s7_the_gate_and_scoring_say_the_same(engine: Engine) -> None:
    with engine.begin() as tx:
        for number in range(1, 8):
            settle(tx, str(number))
        settle(tx, "8", reason="Moved away", reason_at=ago(3))
        happen(tx, "1", 205, "ticket", outcome="closed")
        happen(tx, "2", 260, "ticket", outcome="closed")
        happen(tx, "3", 195, "feedback", outcome="positive")
        happen(tx, "4", 150, "note", reason="distraction", reason_confidence=0.6)
        happen(tx, "5", 199, "sms", reason="moved", reason_confidence=0.8, reason_source="llm")
        happen(tx, "6", 190, "refund")
        end(tx, "6", 180, won=False, reason="competitor")
        end(tx, "7", 180, won=False, reason="competitor")
        end(tx, "7", 170, won=True, reason=None)
    seen: dict[str, datetime | None] = {str(n): SEEN for n in range(1, 9)}
    with engine.begin() as tx:
        gate = load_reasons(tx, ACCOUNT, seen, at=NOON)
    people, events = load_frames(engine, ACCOUNT, as_of=NOON)
    moment = pl.Datetime("ms", "UTC")
    schema: dict[str, Any] = {"contact_id": pl.String, "last_human_at": moment}
    last = pl.DataFrame(list(seen.items()), schema=schema, orient="row")
    scored = resolve_reasons(people, events, last, as_of=NOON)
    known = scored.filter(pl.col("reason").is_not_null()).select("contact_id", "reason")
    assert dict(known.iter_rows()) == gate
    assert gate == {
        "1": "service_issue",
        "4": "distraction",
        "5": "moved",
        "6": "competitor",
        "8": "moved",
    }
