"""What is kept of the judging of fields, and on whom they are judged (S31)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.db import reading
from core.errors import NotFound
from core.moments import to_millis
from sync.fields import store as mapped_fields
from sync.fields.verdicts import INQUIRY, Evidence, FieldVerdict, Reason
from sync.mirror.tables import contacts, deals

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
MS = to_millis(NOW)
DAY = 86_400_000


def verdict(name: str, reason: Reason | None = None, *, usual: bool = True) -> FieldVerdict:
    found = Evidence(sampled=100, filled=40, fill=0.4, examples=("Hot", "Cold"))
    return FieldVerdict(name, name.title(), usual, reason, found, {"Hot": "high"})


def save(engine: Engine, *verdicts: FieldVerdict, account: str = ACCOUNT) -> None:
    with engine.begin() as tx:
        mapped_fields.save_verdicts(tx, account, INQUIRY, verdicts, now=NOW)


def choose(engine: Engine, name: str | None) -> Any:
    with engine.begin() as tx:
        return mapped_fields.choose(tx, ACCOUNT, INQUIRY, name)


def settled(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return mapped_fields.load_settled(connection, ACCOUNT)


def test_verdicts_come_back_as_they_were_and_twice_is_once(engine: Engine) -> None:
    given = [verdict("b"), verdict("a", Reason.AFTER_OUTCOME, usual=False)]
    for _ in range(2):
        save(engine, *given)
    with reading(engine) as connection:
        found = mapped_fields.load_judged(connection, ACCOUNT, INQUIRY)
        levels = mapped_fields.load_levels(connection, ACCOUNT, INQUIRY)
    assert [one.verdict for one in found] == given
    assert [one.in_use for one in found] == [True, False]
    assert {one.judged_at for one in found} == {NOW}
    assert levels == {"Hot": "high"}


def test_s31_what_an_admin_chose_outlasts_the_next_judging(engine: Engine) -> None:
    save(engine, verdict("a"), verdict("b", usual=False))
    assert settled(engine) == {INQUIRY: "a"}
    choose(engine, "b")
    assert settled(engine) == {INQUIRY: "b"}
    save(engine, verdict("a"), verdict("new"), verdict("b", usual=False))
    assert settled(engine) == {INQUIRY: "b"}
    save(engine, verdict("a"), verdict("b", Reason.AFTER_OUTCOME, usual=False))
    assert settled(engine) == {INQUIRY: ""}, "nothing stands in for it"
    choose(engine, None)
    save(engine, verdict("a"), verdict("b", usual=False))
    assert settled(engine) == {INQUIRY: ""}


def test_s31_c7_choosing_a_refused_field_changes_nothing(engine: Engine) -> None:
    save(engine, verdict("a"), verdict("lead_quality", Reason.AFTER_OUTCOME))
    chosen = choose(engine, "lead_quality")
    assert chosen.verdict.reason is Reason.AFTER_OUTCOME
    assert settled(engine) == {INQUIRY: "a"}
    with pytest.raises(NotFound):
        choose(engine, "never_seen")
    assert settled(engine) == {INQUIRY: "a"}


def test_a_field_that_is_gone_is_read_no_more(engine: Engine) -> None:
    save(engine, verdict("a"), verdict("b"))
    choose(engine, "b")
    save(engine, verdict("a"))
    assert settled(engine) == {INQUIRY: ""}
    save(engine)
    assert settled(engine) == {}


def test_accounts_keep_to_themselves(engine: Engine) -> None:
    save(engine, verdict("a"))
    save(engine, verdict("b"), account="hubspot-2")
    assert settled(engine) == {INQUIRY: "a"}


def settle(tx: Connection, number: int, *closed: int | None, **more: Any) -> None:
    """A contact with deals closed at these moments (None: open)."""
    row = {"account_id": ACCOUNT, "contact_id": str(number), "archived": False, "fields": "{}"}
    row |= {"known": "{}", "content_hash": f"{number * 7919 % 1_000:03d}", "created_at": MS, **more}
    tx.execute(sa.insert(contacts), row)
    for turn, at in enumerate(closed):
        told = {"is_closed": at is not None, "is_won": turn % 2 == 0, "closed_at": at}
        key = {"account_id": row["account_id"], "deal_id": f"{number}-{turn}"}
        tx.execute(sa.insert(deals), {**key, "contact_id": str(number), **told})


def test_s31_the_first_deal_that_was_decided_is_the_outcome(engine: Engine) -> None:
    with engine.begin() as tx:
        settle(tx, 1, MS - DAY, MS - 5 * DAY)
        settle(tx, 2, None)
        settle(tx, 3, MS + DAY)  # not yet
        settle(tx, 4)
        settle(tx, 5, MS - DAY, archived=True)
        settle(tx, 6, MS - DAY, account_id="hubspot-2")
        found = mapped_fields.load_sample(tx, ACCOUNT, until=MS)
    assert found.decided == {"1": MS - 5 * DAY}
    assert found.created.keys() == {"1", "2", "3", "4"}
    assert (found.all_decided, found.all_others) == (1, 3)


def test_s31_no_more_than_five_hundred_of_each_kind_the_same_each_time(engine: Engine) -> None:
    rows = [(n, (MS - DAY,) if n % 2 else ()) for n in range(1_100)]
    with engine.begin() as tx:
        for number, closed in rows:
            settle(tx, number, *closed)
        first = mapped_fields.load_sample(tx, ACCOUNT, until=MS)
        again = mapped_fields.load_sample(tx, ACCOUNT, until=MS)
    assert first == again
    assert len(first.decided) == 500
    assert len(first.created) == 1_000
    assert (first.all_decided, first.all_others) == (550, 550)
    assert max(map(int, first.created)) > 1_000, "not only the oldest"
