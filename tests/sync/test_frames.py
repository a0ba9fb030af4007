"""What scoring gets out of the mirror: sparse columns, lost deals with their reasons, nothing later than as_of."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from contact_rules.reasons import BY_MODEL, REASONS
from core.moments import to_millis
from sync.fields.store import choose, save_verdicts
from sync.fields.verdicts import INQUIRY, Evidence, FieldVerdict, Reason
from sync.frames import load_frames
from sync.mirror.tables import activities, contacts, deals

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
NOW = to_millis(AS_OF)
DAY = 86_400_000


def store(engine: Engine, table: sa.Table, *rows: dict[str, Any]) -> None:
    with engine.begin() as tx:
        tx.execute(sa.insert(table), [{"account_id": ACCOUNT, **row} for row in rows])


def person(number: int, **more: Any) -> dict[str, Any]:
    told = {"archived": False, "fields": "{}", "known": "{}", "content_hash": "", "created_at": 1}
    texts = ("reason", "reason_source", "reason_at", "source", "lifecycle")
    empty = dict.fromkeys((*texts, "inquiry", "inquiry_source"))
    return {"contact_id": f"{number:06d}", **told, **empty, **more}


def act(number: int, **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("direction", "outcome", "reason", "reason_confidence", "reason_source"))
    when = {"occurred_at": NOW - number * 1000}
    return {
        "activity_id": str(number),
        "contact_id": "000001",
        "kind": "note",
        **when,
        **empty,
        **more,
    }


def deal(number: int, **more: Any) -> dict[str, Any]:
    told = {"is_closed": True, "is_won": False, "closed_at": NOW - DAY, "amount_minor": 500}
    said = {"reason": None, "reason_confidence": None}
    return {"deal_id": str(number), "contact_id": "000001", **told, **said, **more}


def test_a_text_that_only_the_last_of_many_rows_has_is_read(engine: Engine) -> None:
    """A column's type is the table's, whatever its first thousand rows hold."""
    store(engine, contacts, *(person(n) for n in range(1_500)))
    told = {"reason": "Price", "reason_source": "lost_reason", "reason_at": NOW - DAY}
    store(engine, contacts, person(1_500, source="PAID", lifecycle="lead", **told))
    store(engine, activities, *(act(n, occurred_at=n) for n in range(1_500)))
    heard = {"reason": "moved", "reason_confidence": 0.7, "reason_source": BY_MODEL}
    store(engine, activities, act(1_500, direction="in", outcome="negative", **heard))
    people, events = load_frames(engine, ACCOUNT, as_of=AS_OF)
    last = people.row(-1, named=True)
    assert (last["reason"], last["reason_source"], last["source"]) == (
        "Price",
        "lost_reason",
        "PAID",
    )
    assert last["reason_at"] == datetime(2026, 10, 31, tzinfo=UTC)
    assert people["reason"].null_count() == people["reason_at"].null_count() == 1_500
    row = events.filter(pl.col("reason").is_not_null()).row(0, named=True)
    assert (row["reason"], row["reason_confidence"], row["reason_source"]) == ("moved", 0.7, "llm")
    assert (row["direction"], row["outcome"]) == ("in", "negative")
    assert events["direction"].null_count() == events["reason_confidence"].null_count() == 1_500


def test_s7_deals_that_were_lost_say_why_and_won_ones_are_purchases(engine: Engine) -> None:
    store(engine, contacts, person(1))
    store(
        engine,
        deals,
        deal(1, reason="competitor", reason_confidence=0.9),
        deal(2),
        deal(3, is_won=True),
        deal(4, is_closed=False, closed_at=None),
        deal(5, closed_at=NOW + DAY, reason="moved", reason_confidence=0.9),
        deal(6, closed_at=None, reason="moved", reason_confidence=0.9),
    )
    _, events = load_frames(engine, ACCOUNT, as_of=AS_OF)
    found = sorted(events.select("kind", "reason", "amount").rows(), key=str)
    assert found == [
        ("lost_deal", "competitor", None),
        ("lost_deal", None, None),
        ("purchase", None, 5.0),
    ]


def test_any_number_of_contacts_can_be_named_whatever_their_ids_hold(engine: Engine) -> None:
    odd = "it's; -- %s :x"
    store(engine, contacts, person(1), person(2), person(3, contact_id=odd))
    store(engine, activities, act(1), act(2, contact_id=odd), act(3, contact_id="000002"))
    store(engine, deals, deal(1, is_won=True, contact_id=odd), deal(2))
    named = [odd, "000001", odd, *(f"nobody-{n}" for n in range(34_000))]
    people, events = load_frames(engine, ACCOUNT, as_of=AS_OF, contact_ids=named)
    assert sorted(people["contact_id"]) == ["000001", odd]
    found = sorted(events.select("contact_id", "kind").rows())
    assert found == [("000001", "lost_deal"), ("000001", "note"), (odd, "note"), (odd, "purchase")]


def test_of_nobody_there_are_columns_without_rows(engine: Engine) -> None:
    store(engine, contacts, person(1))
    store(engine, activities, act(1))
    everybody = load_frames(engine, ACCOUNT, as_of=AS_OF)
    nobody = load_frames(engine, ACCOUNT, as_of=AS_OF, contact_ids=[])
    strangers = load_frames(engine, "hubspot-2", as_of=AS_OF)
    assert [frame.height for frame in (*nobody, *strangers)] == [0, 0, 0, 0]
    assert [f.schema for f in everybody] == [f.schema for f in nobody]
    assert [f.schema for f in everybody] == [f.schema for f in strangers]


def test_reasons_take_a_byte_each(engine: Engine) -> None:
    store(engine, contacts, person(1))
    store(engine, activities, act(1))
    _, events = load_frames(engine, ACCOUNT, as_of=AS_OF)
    assert events.schema["reason"] == pl.Enum(list(REASONS))
    assert events.schema["reason_source"] == pl.Enum([BY_MODEL])


def verdict(name: str, reason: Reason | None = None, *, usual: bool = True) -> FieldVerdict:
    levels = {"Hot": "high", "2": "medium", "low": "low"}
    return FieldVerdict(name, name, usual, reason, Evidence(), levels)


def inquiries(engine: Engine) -> list[str | None]:
    people, _ = load_frames(engine, ACCOUNT, as_of=AS_OF)
    return people["inquiry"].to_list()


def test_s31_c7_an_inquiry_is_given_only_where_its_field_was_accepted(engine: Engine) -> None:
    read = {"inquiry_source": "inquiry_level"}
    store(
        engine,
        contacts,
        person(1, inquiry="Hot", **read),
        person(2, inquiry="2", **read),
        person(3, inquiry="who knows", **read),
        person(4, inquiry="Hot", inquiry_source="lead_quality"),
        person(5),
    )
    nothing = [None] * 5
    assert inquiries(engine) == nothing, "not judged yet"
    good, bad = verdict("inquiry_level"), verdict("lead_quality", Reason.AFTER_OUTCOME)
    with engine.begin() as tx:
        save_verdicts(tx, ACCOUNT, INQUIRY, [good, bad], now=AS_OF)
        save_verdicts(tx, "hubspot-2", INQUIRY, [verdict("lead_quality")], now=AS_OF)
    assert inquiries(engine) == ["high", "medium", None, None, None]
    with engine.begin() as tx:
        choose(tx, ACCOUNT, INQUIRY, None)
    assert inquiries(engine) == nothing, "an admin wants none"
    with engine.begin() as tx:
        choose(tx, ACCOUNT, INQUIRY, "inquiry_level")
        refused = verdict("inquiry_level", Reason.SET_LATER)
        save_verdicts(tx, ACCOUNT, INQUIRY, [refused, bad], now=AS_OF)
    assert inquiries(engine) == nothing, "the field has changed its ways"


def test_an_inquiry_that_only_the_last_of_many_rows_has_is_read(engine: Engine) -> None:
    store(engine, contacts, *(person(n) for n in range(1_500)))
    store(engine, contacts, person(1_500, inquiry="low", inquiry_source="inquiry_level"))
    with engine.begin() as tx:
        save_verdicts(tx, ACCOUNT, INQUIRY, [verdict("inquiry_level")], now=AS_OF)
    assert inquiries(engine)[-2:] == [None, "low"]
