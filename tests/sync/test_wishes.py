"""What people said of being contacted closes what they said it of, the same over columns and for each by itself."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from connector.port.records import REFUSALS
from contact_rules.wishes import LEFT_ALONE, OPTED_IN, OPTED_OUT
from core.db import metadata, open_engine, reading
from core.moments import to_millis
from sync.frames import load_frames
from sync.mirror.tables import activities, contacts
from sync.mirror.wishes import closed_columns, load_said, load_wishes
from workflows.gate.people import load_people

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = "hubspot-1"
# (days ago, kind, what it said)
Said = tuple[int, str, str | None]


def tell(engine: Engine, contact_id: str, *said: Said) -> None:
    fixed = {"archived": False, "fields": "{}", "known": "{}", "content_hash": ""}
    who = {"account_id": ACCOUNT, "contact_id": contact_id}
    rows = [
        {
            **who,
            "activity_id": f"{contact_id}-{number:03d}",
            "occurred_at": to_millis(NOW - timedelta(days=days)),
            "kind": kind,
            "direction": "in",
            "outcome": outcome,
        }
        for number, (days, kind, outcome) in enumerate(said)
    ]
    with engine.begin() as tx:
        tx.execute(sa.insert(contacts), [{**who, **fixed}])
        if rows:
            tx.execute(sa.insert(activities), rows)


@pytest.mark.parametrize(
    ("said", "closed"),
    [
        ([], set()),
        ([(5, "sms", None), (4, "email", None)], set()),
        ([(5, "sms", OPTED_OUT)], {"sms_opt_out", "do_not_contact"}),
        ([(5, "other", OPTED_OUT)], {"sms_opt_out", "do_not_contact"}),
        ([(5, "email", OPTED_OUT)], {"email_opt_out", "do_not_contact"}),
        ([(5, "email", LEFT_ALONE)], {"do_not_contact"}),
        ([(5, "sms", OPTED_OUT), (4, "sms", OPTED_IN)], set()),
        ([(5, "sms", OPTED_IN), (4, "sms", OPTED_OUT)], {"sms_opt_out", "do_not_contact"}),
        ([(5, "email", OPTED_OUT), (4, "sms", OPTED_IN)], {"email_opt_out", "do_not_contact"}),
        ([(5, "sms", LEFT_ALONE), (4, "sms", OPTED_IN)], {"do_not_contact"}),
        ([(5, "sms", OPTED_OUT), (4, "sms", None)], {"sms_opt_out", "do_not_contact"}),
    ],
)
def test_the_last_wish_of_each_kind_counts_d1_d2(
    engine: Engine, said: list[Said], closed: set[str]
) -> None:
    tell(engine, "1", *said)
    with reading(engine) as connection:
        about = load_wishes(connection, ACCOUNT, ["1"]).get("1", frozenset())
        assert closed_columns(load_said(connection, ACCOUNT, ["1"]).get("1", [])) == closed
        assert about == (closed - {"do_not_contact"} or closed)
        person = load_people(connection, ACCOUNT, {"1": None}, at=NOW)["1"]
    assert {name for name in REFUSALS if getattr(person, name) is True} == closed
    people, _ = load_frames(engine, ACCOUNT, as_of=NOW)
    assert {name for name in REFUSALS if people[name][0] is True} == closed


OUTCOMES = st.sampled_from([None, OPTED_OUT, OPTED_IN, LEFT_ALONE, "answered"])
TALKS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["sms", "email", "other"]), OUTCOMES))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(talks=st.lists(TALKS, min_size=1, max_size=6))
def test_columns_and_each_person_agree_whatever_was_said(talks: list[list[Said]]) -> None:
    engine = open_engine("sqlite://")
    metadata.create_all(engine)
    ids = [str(number) for number in range(len(talks))]
    for contact_id, told in zip(ids, talks, strict=True):
        tell(engine, contact_id, *told)
    people, _ = load_frames(engine, ACCOUNT, as_of=NOW)
    with reading(engine) as connection:
        said = load_said(connection, ACCOUNT, ids)
    closed = {contact_id: closed_columns(mine) for contact_id, mine in said.items()}
    for row in people.select("contact_id", *REFUSALS).iter_rows(named=True):
        found = {name for name in REFUSALS if row[name] is True}
        assert found == closed.get(row["contact_id"], frozenset())
    assert people.schema["sms_opt_out"] == pl.Boolean
    engine.dispose()
