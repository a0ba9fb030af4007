"""People follow merges: in any order and chain nothing that hangs on them is lost, and nobody is started twice."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from contact_rules.person import Policy
from core.db import reading
from scoring.tables import cohorts, scores
from sync.mirror import aliases
from sync.mirror.tables import activities, contacts
from tests.workflows.merging import PLAYBOOK, MergingCrm
from workflows.decisions.draws import load_draws
from workflows.decisions.tables import draws
from workflows.enrollment.store import load_starts
from workflows.enrollment.tables import enrollments

pytestmark = pytest.mark.integration

COOLDOWN = Policy().cooldown
number = st.integers(0, 1_000)
steps = st.one_of(
    st.tuples(st.just("merge"), number, number, st.booleans()),
    st.tuples(st.just("read"), number),
    st.tuples(st.just("read_part"), number, number),
    st.tuples(st.just("read_again"), number),
    st.tuples(st.just("follow")),
    st.tuples(st.just("draw"), number, st.integers(0, 4)),
    st.tuples(st.just("propose"), number),
    st.tuples(st.just("start")),
    st.tuples(st.just("act"), number),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 91])),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(2, 5), taken=st.lists(steps, max_size=40))
def test_in_any_order_and_chain_nothing_is_lost_and_nobody_started_twice(
    engine: Engine, size: int, taken: list[tuple[Any, ...]]
) -> None:
    crm = MergingCrm(engine, size)
    for step in taken:
        crm.later(minutes=2)
        play(crm, *step)
    crm.settle()
    before = standing(engine, crm)
    check(crm, before)
    # The same answers once more, in another order, and the same work once more.
    for answer in reversed(crm.answers):
        crm.tell(answer)
        crm.follow()
    assert standing(engine, crm) == before


def play(crm: MergingCrm, what: str, *given_: int) -> None:
    first = given_[0] if given_ else 0
    person = crm.people[first % len(crm.people)]
    known = person.ids[first % len(person.ids)]
    match what:
        case "merge":
            crm.merge(given_[0], given_[1], keeps_id=bool(given_[2]))
        case "read":
            crm.tell(crm.ask(person))
        case "read_part":
            crm.tell(crm.ask(person, part=given_[1]))
        case "read_again":
            crm.tell(crm.answers[given_[0] % len(crm.answers)])
        case "follow":
            crm.follow()
        case "draw":
            crm.draw(known, person, held_out=given_[1] == 0)
        case "propose":
            crm.propose(known, person)
        case "start":
            started = crm.start()
            assert len(started) == len({id(p) for p in started})
            for one in started:
                assert not one.held_out, "a control was started"
                rest = [at for at in one.starts if at != crm.now]
                assert all(crm.now - at >= COOLDOWN for at in rest), "started twice"
        case "act":
            crm.act(known, person)
        case "wait":
            # The same hour of another weekday or week.
            crm.now += timedelta(days=given_[0])


def standing(engine: Engine, crm: MergingCrm) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the account that names a contact."""
    found = {}
    with reading(engine) as connection:
        for table in (enrollments, draws, cohorts, contacts, activities, scores):
            columns = [c for c in table.columns if c.name not in {"read_at", "content_hash"}]
            query = sa.select(*columns).where(table.c.account_id == crm.account)
            rows = [tuple(row) for row in connection.execute(query)]
            found[table.name] = sorted(rows, key=repr)
        known = aliases.resolve(connection, crm.account, [i for p in crm.people for i in p.ids])
    found["aliases"] = sorted(known.items())
    return found


def check(crm: MergingCrm, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    living = {p.living: p for p in crm.people}
    assert dict(rows["aliases"]) == {i: p.living for p in crm.people for i in p.ids}
    for name, found in rows.items():
        if name != "aliases":
            column = 2 if name == "activities" else 1
            assert {row[column] for row in found} <= living.keys(), name
    assert {row[1] for row in rows["contacts"]} == living.keys()
    acted = Counter(row[2] for row in rows["activities"])
    watched = Counter(row[1] for row in rows["cohorts"])
    drawn = {row[1]: row[3] for row in rows["draws"]}
    rounds: dict[str, list[int]] = {}
    for row in rows["enrollments"]:
        rounds.setdefault(row[1], []).append(row[3])
    with reading(crm.engine) as connection:
        last = load_starts(connection, crm.account, list(living))
        draw = load_draws(connection, crm.account, list(living))
    for contact_id, person in living.items():
        assert acted[contact_id] == person.acted
        assert watched[contact_id] == len(person.watched)
        assert drawn.get(contact_id, False) == person.held_out
        assert draw.get((contact_id, PLAYBOOK), False) == person.held_out
        assert sorted(rounds.get(contact_id, [])) == list(range(1, person.proposed + 1))
        assert max(last.get(contact_id, ()), default=None) == max(person.starts, default=None)
