"""Our properties are made in spite of limits, and what could not be made is left out of every plan."""

import pytest

from connector.port.writing import Provisioned
from core.db import reading
from sync.outbox.changes import plan_changes
from sync.outbox.unmade import load_unmade, record_unmade
from tests.rekindle import Rekindle
from workflows.properties import BY_NEED, DEFINITIONS, RULES

pytestmark = pytest.mark.integration


def test_provisioning_waits_for_the_crms_request_limit(rekindle: Rekindle) -> None:
    rekindle.install()
    limited = {"path": "/crm/properties/", "status": 429, "times": 3}
    rekindle.lab.control("faults", limited)
    rekindle.queue.step(rekindle.context)
    assert rekindle.queue.ran == ["workflows.jobs.provision"]
    assert rekindle.queue.waiting() == ["sync.jobs.backfill"]
    with reading(rekindle.context.engine) as connection:
        assert load_unmade(connection, rekindle.account_id) == frozenset()
    made = {
        r["path"].rpartition("/contacts")[2]: r["count"]
        for r in rekindle.lab.control("counters")["requests"]
        if r["method"] == "POST" and "/crm/properties/" in r["path"] and r["status"] < 400
    }
    assert made == {"/groups": 1, "/batch/create": 1}, "all of them with one request"


def test_what_a_start_needs_is_made_first() -> None:
    assert sorted(d.name for d in BY_NEED) == sorted(d.name for d in DEFINITIONS)
    assert {d.name for d in BY_NEED[:3]} == {
        "rekindle_status",
        "rekindle_playbook",
        "rekindle_trigger_at",
    }


def test_what_is_missing_is_noted_until_it_is_made(rekindle: Rekindle) -> None:
    now = rekindle.context.wall.now()
    short = Provisioned(1, ("rekindle_track", "rekindle_signal"), "The limit is reached.", "10")
    for told, missing in ((short, set(short.missing)), (Provisioned(2), set[str]())):
        with rekindle.context.engine.begin() as tx:
            record_unmade(tx, "a", told, now=now)
            record_unmade(tx, "other", short, now=now)
        with reading(rekindle.context.engine) as connection:
            assert load_unmade(connection, "a") == missing
            assert load_unmade(connection, "other") == set(short.missing)


def test_a_property_without_a_rule_is_no_change() -> None:
    wanted = {"c1": {"rekindle_track": "lead", "rekindle_priority": "A"}}
    rules = {name: rule for name, rule in RULES.items() if name != "rekindle_track"}
    (change,) = plan_changes(wanted, {"c1": {}}, rules)
    assert dict(change.new) == {"rekindle_priority": "A"}
    assert not list(plan_changes({"c1": {"rekindle_track": "lead"}}, {"c1": {}}, rules))
