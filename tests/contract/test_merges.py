"""People whom the CRM merges are nobody else by it: neither drawn again nor started twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy.engine import Connection, Engine

from core.db import reading
from sync.mirror import aliases, store
from tests.contract.conftest import open_street
from tests.contract.house import CrmHouse, build_house
from tests.contract.street import MergingStreet
from tests.contract.streets.highlevel import HighLevelStreet
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger

PLAYBOOK = "lead_reactivation"


@pytest.fixture
def merge(first_house: CrmHouse) -> Callable[[str, str], str]:
    street = first_house.street
    if not isinstance(street, MergingStreet):
        pytest.skip("this CRM deletes whom it merges, and does not say into whom")
    return lambda primary, other: street.merge(street.account, primary, other)


def told(house: CrmHouse) -> None:
    """The CRM's notices arrive, and what they ask for is done."""
    for post in house.street.posts():
        assert house.receive(post) < 300
    house.drain()


def look(house: CrmHouse) -> None:
    """No notice arrives: the next poll finds what has changed."""
    house.street.posts()
    house.run("sync.jobs.poll", house.account_id)


def at_noon(house: CrmHouse, days: float = 0) -> None:
    house.street.advance(house.context.clock.now() + timedelta(days=days, hours=4))


def plan_again(house: CrmHouse) -> None:
    """Everybody is scored and decided about as of now, values are written, and another wave is approved."""
    house.run("scoring.jobs.score_account", house.account_id)
    if house.standing().plan_state == "waiting":
        house.approve_plan()
    if house.standing().wave_id is not None:
        house.approve_wave()
    house.start_all_due()


def of_playbook(house: CrmHouse, contact_id: str) -> list[tuple[str, bool]]:
    with reading(house.context.engine) as connection:
        found = draws.load_draws(connection, house.account_id, [contact_id])
    return [(programme, held_out) for (_, programme), held_out in found.items()]


def people(house: CrmHouse, status: str) -> list[str]:
    """Contacts with a decision of that status."""
    with reading(house.context.engine) as connection:
        found = [
            decisions.find_decision(connection, house.account_id, i)
            for i in sorted(house.street.contact_ids(house.street.account))
        ]
    return [d.contact_id for d in found if d is not None and d.status == status]


@pytest.mark.parametrize("hear", [told, look])
def test_who_was_started_is_neither_drawn_nor_started_again_under_another_id(
    first_house: CrmHouse, merge: Callable[[str, str], str], hear: Callable[[CrmHouse], None]
) -> None:
    house, street = first_house, first_house.street
    house.write_values()
    at_noon(house)
    wave = house.approve_wave()
    house.start_all_due()
    begun = street.count_entries(street.account)
    started, before = wave[0], of_playbook(house, wave[0])
    strangers = [i for i in people(house, "suppressed") if i not in wave][:2]
    # A chain of two merges, of which the started person is once the one and once the other.
    first = merge(strangers[0], started)
    second = merge(strangers[1], first)
    hear(house)
    with reading(house.context.engine) as connection:
        former = [started, strangers[0], first, strangers[1]]
        assert aliases.resolve(connection, house.account_id, former) == dict.fromkeys(
            former, second
        )
        assert aliases.load_unfollowed(connection, house.account_id) == {}
        assert store.find_live(connection, house.account_id, [*former, second]) == [second]
        assert ledger.load_last_starts(connection, house.account_id, former) == {}
        assert ledger.load_last_starts(connection, house.account_id, [second])
    assert set(before) <= set(of_playbook(house, second))
    for days in (10, 30, 30):
        at_noon(house, days)
        plan_again(house)
    entries = street.count_entries(street.account)
    assert entries[second] == begun[started] == 1
    assert sum(house.standing().enrollments.values()) >= len(wave)


def test_a_merge_between_approval_and_start_makes_one_start_of_two(
    first_house: CrmHouse, merge: Callable[[str, str], str]
) -> None:
    """Nobody tells of it: those who are due are read again, and the ids lead to one person."""
    house, street = first_house, first_house.street
    house.write_values()
    at_noon(house)
    wave = house.approve_wave()
    assert len(wave) > 3
    both = merge(wave[0], wave[1])
    stranger = people(house, "active")[0]
    house.start_all_due()
    entries = street.count_entries(street.account)
    assert entries[both] == 1
    assert {*entries} <= {*wave[2:], both}
    assert set(entries.values()) == {1}
    assert house.standing().enrollments == {"started": len(wave) - 1, "refused": 1}
    # Once more, with everything that arrives late.
    told(house)
    later = merge(stranger, both)
    told(house)
    house.start_all_due()
    entries = street.count_entries(street.account)
    assert entries[later] == 1
    assert sum(entries.values()) == len(wave) - 1


def test_a_control_is_never_started_under_the_id_of_somebody_who_was_to_be(
    first_house: CrmHouse, merge: Callable[[str, str], str]
) -> None:
    house, street = first_house, first_house.street
    house.write_values()
    at_noon(house)
    wave = house.approve_wave()
    control = people(house, "held_out")[0]
    left_alone = merge(wave[0], control)
    house.start_all_due()
    told(house)
    at_noon(house, 5)
    plan_again(house)
    assert left_alone not in street.count_entries(street.account)
    assert all(held_out for _, held_out in of_playbook(house, left_alone))
    assert not street.values(street.account, left_alone).get("rekindle_trigger_at")
    values = street.values(street.account, left_alone)
    assert values.get("rekindle_status") != "ready", "the old id's value invites nobody"


def test_erasing_the_survivor_erases_what_hung_on_the_old_ids(
    first_house: CrmHouse, merge: Callable[[str, str], str]
) -> None:
    house, street = first_house, first_house.street
    house.write_values()
    ready = people(house, "ready")
    survivor = merge(ready[0], ready[1])
    look(house)
    everything = [*ready[:2], survivor]
    house.run("workflows.jobs.erase_people", house.account_id, survivor)
    with reading(house.context.engine) as connection:
        for contact_id in everything:
            assert store.find_contact(connection, house.account_id, contact_id) is None
        assert draws.load_draws(connection, house.account_id, everything) == {}
        same = aliases.resolve(connection, house.account_id, everything)
    assert same == {i: i for i in everything}, "no trace is left of who they were"
    assert street.contact_ids(street.account)


def test_highlevel_tells_of_a_merge_by_payments_alone(engine: Engine, database_url: str) -> None:
    """It keeps one id and deletes the other; whose payments came over is all that says who it was."""
    with open_street("highlevel") as opened:
        street = cast("HighLevelStreet", opened)
        house = build_house(opened, engine, database_url)
        house.write_values()
        at_noon(house)
        wave = house.approve_wave()
        house.start_all_due()
        with reading(engine) as connection:
            payers = [i for i in wave if _has_paid(connection, house.account_id, i)]
        assert payers, "somebody who was started has paid before"
        started, kept = payers[0], people(house, "suppressed")[0]
        before = of_playbook(house, started)
        street.merge_duplicates(kept, started)
        told(house)
        house.run("sync.jobs.reread", house.account_id)
        with reading(engine) as connection:
            assert aliases.resolve(connection, house.account_id, [started]) == {started: kept}
            assert ledger.load_last_starts(connection, house.account_id, [kept])
            assert store.find_contact(connection, house.account_id, started) is None
            assert store.find_live(connection, house.account_id, [kept]) == [kept]
        assert set(before) <= set(of_playbook(house, kept))
        for days in (10, 30, 30):
            at_noon(house, days)
            plan_again(house)
        assert kept not in street.count_entries(street.account)


def _has_paid(connection: Connection, account_id: str, contact_id: str) -> bool:
    found = store.load_deals(connection, account_id, contact_id)
    return any(deal["deal_id"].startswith("txn:") for deal in found)
