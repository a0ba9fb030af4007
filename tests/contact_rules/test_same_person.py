"""One person on two records is one person: each one's wishes and caps hold for both (D1, D7, D8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_rules.columns import PERSON_COLUMNS
from contact_rules.person import Person, Policy
from contact_rules.reasons import SERVICE_ISSUE
from contact_rules.same_person import as_one, with_one_person
from contact_rules.verdict import Allow, Deny, choose_channel

AT = datetime(2026, 11, 17, 17, tzinfo=UTC)
POLICY = Policy(tenant_zone="America/New_York")
FIRST = Person("1", has_email=True, has_phone=True, last_human_at=AT - timedelta(200))
SECOND = replace(FIRST, contact_id="2", last_human_at=AT - timedelta(300))


def test_of_two_records_that_may_be_approached_the_more_recent_one_is_d8() -> None:
    one, other = as_one([SECOND, FIRST])
    assert (one.contact_id, other.contact_id) == ("2", "1")
    assert choose_channel(other, AT, POLICY) == Allow("email")  # type: ignore[arg-type]
    assert choose_channel(one, AT, POLICY) == Deny("D8", "Same person as another record")


def test_one_without_an_address_stands_for_nobody_who_has_one() -> None:
    found = as_one([replace(FIRST, has_email=False), SECOND, replace(FIRST, archived=True)])
    assert [person.same_as_another for person in found] == [True, False, True]


@pytest.mark.parametrize(
    "said",
    [
        {"do_not_contact": True},
        {"email_opt_out": True},
        {"email_consent": False},
        {"complained": True},
        {"on_list": True},
        {"is_staff": True},
        {"disqualified": True},
        {"open_deal": True},
        {"open_ticket": True},
        {"in_sequence": True},
        {"next_meeting_at": AT + timedelta(1)},
        {"last_human_at": AT - timedelta(5)},
        {"last_staff_at": AT - timedelta(5)},
        {"last_started_at": AT - timedelta(50)},
        {"rounds_unanswered": 2, "last_started_at": AT - timedelta(400)},
        {"reason": SERVICE_ISSUE},
        # A record that is gone from the CRM still says what was said under it.
        {"do_not_contact": True, "archived": True},
    ],
)
def test_what_speaks_against_one_record_speaks_against_both_d1_d7_d8(said: dict[str, Any]) -> None:
    for worse in (FIRST, SECOND):
        better = SECOND if worse is FIRST else FIRST
        found = as_one([replace(worse, **said), better])
        assert [type(choose_channel(p, AT, POLICY)) for p in found] == [Deny, Deny]


def test_who_opted_out_under_one_record_is_told_so_of_both_d1() -> None:
    found = as_one([replace(FIRST, email_opt_out=True), SECOND])
    verdicts = [choose_channel(person, AT, POLICY) for person in found]
    assert [v.rule for v in verdicts if isinstance(v, Deny)] == ["D1", "D1"]


MAYBE = st.none() | st.booleans()
MOMENTS = st.none() | st.sampled_from([AT - timedelta(days=d) for d in (0, 50, 200)])
RECORDS = st.builds(
    Person,
    contact_id=st.just(""),
    archived=st.booleans(),
    has_email=st.booleans(),
    email_bounced=MAYBE,
    email_opt_out=MAYBE,
    email_consent=MAYBE,
    sms_consent=MAYBE,
    open_deal=MAYBE,
    last_human_at=MOMENTS,
    last_started_at=MOMENTS,
    third_marketing_at=MOMENTS,
    rounds_unanswered=st.none() | st.integers(0, 3),
    reason=st.sampled_from([None, SERVICE_ISSUE, "competitor"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(RECORDS, min_size=1, max_size=3), min_size=1, max_size=12))
def test_columns_and_a_few_records_come_to_the_same(people: list[list[Person]]) -> None:
    numbered = [
        [replace(r, contact_id=f"{i:02}-{j}") for j, r in enumerate(records)]
        for i, records in enumerate(people)
    ]
    rows = [r for records in numbered for r in records]
    frame = pl.DataFrame(
        [[getattr(r, name) for name in PERSON_COLUMNS] for r in rows],
        schema=PERSON_COLUMNS,
        orient="row",
    ).with_columns(person=pl.Series([i for i, records in enumerate(numbered) for _ in records]))
    found = with_one_person(frame).drop("person")
    wanted = [person for records in numbered for person in as_one(records)]
    assert [Person(**row) for row in found.iter_rows(named=True)] == wanted
