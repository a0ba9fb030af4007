"""People whom the CRM merges are nobody else by it: neither drawn again nor started twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.db import reading
from sync.mirror import aliases, store
from sync.mirror.tables import deals
from tests.contract.conftest import open_side
from tests.contract.crm_side import MergingStreet
from tests.contract.crm_sides.highlevel import HighLevelSide
from tests.contract.rekindle import CrmRekindle, build_rekindle
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger

PLAYBOOK = "lead_reactivation"


@pytest.fixture
def merge(first_rekindle: CrmRekindle) -> Callable[[str, str], str]:
    crm_side = first_rekindle.crm_side
    if not isinstance(crm_side, MergingStreet):
        pytest.skip("this CRM deletes whom it merges, and does not say into whom")
    return lambda primary, other: crm_side.merge(crm_side.account, primary, other)


def told(rekindle: CrmRekindle) -> None:
    """The CRM's notices arrive, and what they ask for is done."""
    for post in rekindle.crm_side.posts():
        assert rekindle.receive(post) < 300
    rekindle.drain()


def look(rekindle: CrmRekindle) -> None:
    """No notice arrives: the next poll finds what has changed."""
    rekindle.crm_side.posts()
    rekindle.run("sync.jobs.poll", rekindle.account_id)


def at_noon(rekindle: CrmRekindle, days: float = 0) -> None:
    rekindle.crm_side.advance(rekindle.context.clock.now() + timedelta(days=days, hours=4))


def plan_again(rekindle: CrmRekindle) -> None:
    """Everybody is scored and decided about as of now, values are written, and another wave is approved."""
    rekindle.run("scoring.jobs.score_account", rekindle.account_id)
    if rekindle.standing().plan_state == "waiting":
        rekindle.approve_plan()
    if rekindle.standing().wave_id is not None:
        rekindle.approve_wave()
    rekindle.start_all_due()


def of_playbook(rekindle: CrmRekindle, contact_id: str) -> list[tuple[str, bool]]:
    with reading(rekindle.context.engine) as connection:
        found = draws.load_draws(connection, rekindle.account_id, [contact_id])
    return [(programme, held_out) for (_, programme), held_out in found.items()]


def people(rekindle: CrmRekindle, status: str) -> list[str]:
    """Contacts with a decision of that status."""
    with reading(rekindle.context.engine) as connection:
        found = [
            decisions.find_decision(connection, rekindle.account_id, i)
            for i in sorted(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
        ]
    return [d.contact_id for d in found if d is not None and d.status == status]


@pytest.mark.parametrize("hear", [told, look])
def test_who_was_started_is_neither_drawn_nor_started_again_under_another_id(
    first_rekindle: CrmRekindle,
    merge: Callable[[str, str], str],
    hear: Callable[[CrmRekindle], None],
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    at_noon(rekindle)
    wave = rekindle.approve_wave()
    rekindle.start_all_due()
    begun = crm_side.count_entries(crm_side.account)
    started, before = wave[0], of_playbook(rekindle, wave[0])
    strangers = [i for i in people(rekindle, "suppressed") if i not in wave][:2]
    # A chain of two merges, of which the started person is once the one and once the other.
    first = merge(strangers[0], started)
    second = merge(strangers[1], first)
    hear(rekindle)
    with reading(rekindle.context.engine) as connection:
        former = [started, strangers[0], first, strangers[1]]
        assert aliases.resolve(connection, rekindle.account_id, former) == dict.fromkeys(
            former, second
        )
        assert aliases.load_unfollowed(connection, rekindle.account_id) == {}
        assert store.find_live(connection, rekindle.account_id, [*former, second]) == [second]
        assert ledger.load_starts(connection, rekindle.account_id, former) == {}
        assert ledger.load_starts(connection, rekindle.account_id, [second])
    assert set(before) <= set(of_playbook(rekindle, second))
    for days in (10, 60):
        at_noon(rekindle, days)
        plan_again(rekindle)
    entries = crm_side.count_entries(crm_side.account)
    assert entries[second] == begun[started] == 1
    assert sum(rekindle.standing().enrollments.values()) >= len(wave)


def test_a_merge_between_approval_and_start_makes_one_start_of_two(
    first_rekindle: CrmRekindle, merge: Callable[[str, str], str]
) -> None:
    """Nobody tells of it: those who are due are read again, and the ids lead to one person."""
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    at_noon(rekindle)
    wave = rekindle.approve_wave()
    assert len(wave) > 3
    # Nothing speaks against either, nor against both together.
    first, second = wave[2:4]
    both = merge(first, second)
    stranger = people(rekindle, "active")[0]
    rekindle.start_all_due()
    entries = crm_side.count_entries(crm_side.account)
    assert entries[both] == 1
    assert {*entries} <= {*wave, both} - {first, second}
    assert set(entries.values()) == {1}
    assert rekindle.standing().enrollments == {"started": len(wave) - 1, "refused": 1}
    # Once more, with everything that arrives late.
    told(rekindle)
    later = merge(stranger, both)
    told(rekindle)
    rekindle.start_all_due()
    entries = crm_side.count_entries(crm_side.account)
    assert entries[later] == 1
    assert sum(entries.values()) == len(wave) - 1


def test_a_control_is_never_started_under_the_id_of_somebody_who_was_to_be(
    first_rekindle: CrmRekindle, merge: Callable[[str, str], str]
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    at_noon(rekindle)
    wave = rekindle.approve_wave()
    control = people(rekindle, "held_out")[0]
    left_alone = merge(wave[0], control)
    rekindle.start_all_due()
    told(rekindle)
    at_noon(rekindle, 5)
    plan_again(rekindle)
    assert left_alone not in crm_side.count_entries(crm_side.account)
    assert all(held_out for _, held_out in of_playbook(rekindle, left_alone))
    assert not crm_side.values(crm_side.account, left_alone).get("rekindle_trigger_at")
    values = crm_side.values(crm_side.account, left_alone)
    assert values.get("rekindle_status") != "ready", "the old id's value invites nobody"


def test_erasing_the_survivor_erases_what_hung_on_the_old_ids(
    first_rekindle: CrmRekindle, merge: Callable[[str, str], str]
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    ready = people(rekindle, "ready")
    survivor = merge(ready[0], ready[1])
    look(rekindle)
    everything = [*ready[:2], survivor]
    rekindle.run("workflows.jobs.erase_people", rekindle.account_id, survivor)
    with reading(rekindle.context.engine) as connection:
        for contact_id in everything:
            assert store.find_contact(connection, rekindle.account_id, contact_id) is None
        assert draws.load_draws(connection, rekindle.account_id, everything) == {}
        same = aliases.resolve(connection, rekindle.account_id, everything)
    assert same == {i: i for i in everything}, "no trace is left of who they were"
    assert crm_side.contact_ids(crm_side.account)


def test_highlevel_tells_of_a_merge_by_payments_alone(engine: Engine, database_url: str) -> None:
    """It keeps one id and deletes the other; whose payments came over is all that says who it was."""
    with open_side("highlevel", 50) as opened:
        crm_side = cast("HighLevelSide", opened)
        rekindle = build_rekindle(opened, engine, database_url)
        rekindle.write_values()
        at_noon(rekindle)
        wave = rekindle.approve_wave()
        rekindle.start_all_due()
        with reading(engine) as connection:
            payers = [i for i in wave if _has_paid(connection, rekindle.account_id, i)]
        assert payers, "somebody who was started has paid before"
        started, kept = payers[0], people(rekindle, "suppressed")[0]
        before = of_playbook(rekindle, started)
        crm_side.merge_duplicates(kept, started)
        told(rekindle)
        rekindle.run("sync.jobs.reread", rekindle.account_id)
        with reading(engine) as connection:
            assert aliases.resolve(connection, rekindle.account_id, [started]) == {started: kept}
            assert ledger.load_starts(connection, rekindle.account_id, [kept])
            assert store.find_contact(connection, rekindle.account_id, started) is None
            assert store.find_live(connection, rekindle.account_id, [kept]) == [kept]
        assert set(before) <= set(of_playbook(rekindle, kept))
        for days in (10, 60):
            at_noon(rekindle, days)
            plan_again(rekindle)
        assert kept not in crm_side.count_entries(crm_side.account)


def _has_paid(connection: Connection, account_id: str, contact_id: str) -> bool:
    query = sa.select(deals.c.deal_id).where(
        deals.c.account_id == account_id, deals.c.contact_id == contact_id
    )
    return any(deal_id.startswith("txn:") for deal_id in connection.scalars(query))
