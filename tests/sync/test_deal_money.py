"""What deals bring: each once, in the account's own currency, whoever asks about however few contacts."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.db import reading
from core.moments import to_millis
from sync.frames import load_frames
from sync.mirror.money import count_foreign_sales
from sync.mirror.tables import contacts, deals

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = "hubspot-1"


def person(contact_id: str, *, archived: bool = False, account: str = ACCOUNT) -> dict[str, Any]:
    fixed = {"fields": "{}", "known": "{}", "content_hash": ""}
    return {"account_id": account, "contact_id": contact_id, "archived": archived, **fixed}


def deal(deal_id: str, contact_id: str, amount: int | None = 100_00, **more: Any) -> dict[str, Any]:
    sold = {"is_closed": True, "is_won": True, "closed_at": to_millis(NOW - timedelta(days=400))}
    who = {"account_id": ACCOUNT, "deal_id": deal_id, "contact_id": contact_id}
    return {**who, "amount_minor": amount, "foreign_currency": None, **sold, **more}


def fill(engine: Engine, people: list[dict[str, Any]], sales: list[dict[str, Any]]) -> None:
    with engine.begin() as tx:
        tx.execute(sa.insert(contacts), people)
        tx.execute(sa.insert(deals), sales)


def amounts(engine: Engine, *contact_ids: str) -> dict[str, float | None]:
    """Contact → amount of its purchase, as read for these contacts alone or for everybody."""
    _, events = load_frames(engine, ACCOUNT, as_of=NOW, contact_ids=contact_ids or None)
    bought = events.filter(pl.col("kind") == "purchase")
    return dict(bought.select("contact_id", "amount").iter_rows())


def test_a_deal_of_several_contacts_makes_customers_of_all_and_counts_once(engine: Engine) -> None:
    people = [person(i) for i in ("1", "2", "3", "4")]
    fill(engine, people, [*(deal("7", i) for i in ("2", "3", "1")), deal("8", "4")])
    found = amounts(engine)
    assert found == {"1": 100.0, "2": None, "3": None, "4": 100.0}
    for some in itertools.combinations(found, 2):
        assert amounts(engine, *some) == {i: found[i] for i in some}


def test_whom_the_crm_has_no_more_has_no_amount_either(engine: Engine) -> None:
    elsewhere = person("0", account="hubspot-2")
    people = [person("1", archived=True), person("3"), person("4"), elsewhere]
    # "0" and "2" are in this account's deals, but not among its contacts.
    fill(engine, people, [deal("7", i) for i in ("0", "1", "2", "3", "4")])
    known, events = load_frames(engine, ACCOUNT, as_of=NOW)
    # Scoring leaves out the events of people it does not know.
    counted = events.filter(pl.col("amount").is_not_null()).join(known, on="contact_id")
    assert counted.select("contact_id", "amount").rows() == [("3", 100.0)]


def test_sales_in_other_currencies_are_counted_by_currency_each_once(engine: Engine) -> None:
    people = [person(i) for i in ("1", "2")]
    foreign = [deal("7", i, None, foreign_currency="EUR") for i in ("1", "2")]
    lost = deal("8", "1", None, foreign_currency="CHF", is_won=False)
    others = [deal("9", "1", None, foreign_currency="EUR"), deal("10", "2", None, foreign_currency="GBP")]  # fmt: skip
    fill(engine, people, [*foreign, lost, *others, deal("11", "1")])
    with reading(engine) as connection:
        assert count_foreign_sales(connection, ACCOUNT) == {"EUR": 2, "GBP": 1}
        assert count_foreign_sales(connection, "hubspot-2") == {}
    _, events = load_frames(engine, ACCOUNT, as_of=NOW)
    assert events["amount"].sum() == 100.0
