"""Who is to be scored again: marked with the change itself, unmarked only by who saw that very mark."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from connector.port.records import ActivityRow, ContactRow, DealRow, Page, heard_columns
from core.db import reading
from sync.inbox.deliveries import refresh
from sync.mirror.unscored import forget_unscored, load_unscored, mark_unscored
from tests.scoring.mirrored import Mirrored

pytestmark = pytest.mark.integration

ACCOUNT = "fake-1"


def person(contact_id: str, **more: Any) -> ContactRow:
    empty = dict.fromkeys(ContactRow.__annotations__)
    told = {"contact_id": contact_id, "archived": False, "fields": "{}", "known": "{}"}
    return cast("ContactRow", {**empty, **told, **more})


def act(contact_id: str, number: int, **more: Any) -> ActivityRow:
    told = {"activity_id": f"{number}", "contact_id": contact_id, "occurred_at": number}
    what = {"kind": "email", "direction": "in", "outcome": None, **heard_columns()}
    return cast("ActivityRow", {**told, **what, **more})


def sale(contact_id: str, **more: Any) -> DealRow:
    empty = dict.fromkeys(DealRow.__annotations__)
    told = {"deal_id": "1", "contact_id": contact_id, "is_closed": False, "is_won": False}
    return cast("DealRow", {**empty, **told, **more})


@dataclass
class CrmSide:
    """A CRM that answers what it is told to."""

    people: list[ContactRow] = field(default_factory=list)
    acts: list[ActivityRow] = field(default_factory=list)
    sales: list[DealRow] = field(default_factory=list)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        del closely
        found = [p for p in self.people if p["contact_id"] in contact_ids]
        return Page(len(found), None, found, self.acts, self.sales)


def read(engine: Engine, crm_side: CrmSide, *ids: str) -> set[str]:
    """Read these again: who that marked anew."""
    with engine.begin() as tx:
        forget_unscored(tx, ACCOUNT, load_unscored(tx, ACCOUNT))
    touched = refresh(Mirrored(engine, ACCOUNT).context, crm_side, ACCOUNT, ids)
    with reading(engine) as connection:
        marked = set(load_unscored(connection, ACCOUNT))
    assert marked == set(touched)
    return marked


def test_s10_new_changed_acting_and_gone_contacts_are_news_and_nobody_else(engine: Engine) -> None:
    crm_side = CrmSide([person("1"), person("2"), person("3")])
    assert read(engine, crm_side, "1", "2", "3") == {"1", "2", "3"}
    assert read(engine, crm_side, "1", "2", "3") == set()
    crm_side.people[0] = person("1", email="new@example.com")
    assert read(engine, crm_side, "1", "2", "3") == {"1"}
    crm_side.people[1] = person("2", known='{"rekindle_track": "lead"}')
    assert read(engine, crm_side, "1", "2", "3") == set(), "our own writing is no news"
    del crm_side.people[2]
    assert read(engine, crm_side, "1", "2", "3") == {"3"}


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ({}, {}, False),
        ({}, {"outcome": "automated"}, True),
        ({}, {"occurred_at": 9}, True),
        ({}, {"reason": "moved"}, True),
    ],
)
def test_what_somebody_did_is_news_though_their_record_is_the_same(
    engine: Engine, before: dict[str, Any], after: dict[str, Any], *, news: bool
) -> None:
    crm_side = CrmSide([person("1"), person("2")])
    read(engine, crm_side, "1", "2")
    crm_side.acts = [act("1", 5, **before)]
    assert read(engine, crm_side, "1", "2") == {"1"}
    crm_side.acts = [act("1", 5, **after)]
    assert read(engine, crm_side, "1", "2") == ({"1"} if news else set())


def test_a_deal_that_moves_on_is_news(engine: Engine) -> None:
    crm_side = CrmSide([person("1")], sales=[sale("1")])
    assert read(engine, crm_side, "1") == {"1"}
    assert read(engine, crm_side, "1") == set()
    crm_side.sales = [sale("1", is_closed=True, is_won=True, closed_at=7)]
    assert read(engine, crm_side, "1") == {"1"}


STEPS = st.lists(
    st.tuples(st.sampled_from(["mark", "take", "done"]), st.sampled_from("abc")), max_size=14
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_mark_is_lost_whenever_it_comes(engine: Engine, steps: list[tuple[str, str]]) -> None:
    """A mark goes only when it was taken after it was made: else somebody would not be scored again."""
    with engine.begin() as tx:
        forget_unscored(tx, ACCOUNT, load_unscored(tx, ACCOUNT))
        open_marks: set[str] = set()
        taken: dict[str, str] = {}
        since: set[str] = set()
        for step, contact_id in steps:
            if step == "mark":
                mark_unscored(tx, ACCOUNT, [contact_id])
                open_marks.add(contact_id)
                since.add(contact_id)
            elif step == "take":
                taken, since = load_unscored(tx, ACCOUNT), set()
            else:
                forget_unscored(tx, ACCOUNT, taken)
                open_marks -= set(taken) - since
            assert set(load_unscored(tx, ACCOUNT)) == open_marks
