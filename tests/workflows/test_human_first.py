"""After a service issue nothing automatic starts: not in the plan, and not if it comes up after the approval (S7)."""

from typing import Any

import pytest

from app.pages.standing import load_standing
from core.db import reading
from tests.rekindle import Rekindle
from workflows.decisions import store as decision_store
from workflows.enrollment import store as ledger

pytestmark = pytest.mark.integration


def wave_of(rekindle: Rekindle) -> list[str]:
    """Scored, written, with a first wave proposed: its contacts."""
    rekindle.ready()
    standing = load_standing(rekindle.context, rekindle.account_id)
    rekindle.press("/admin/plan", f"/plans/{standing.plan_id}/approve")
    rekindle.drain()
    standing = load_standing(rekindle.context, rekindle.account_id)
    with reading(rekindle.context.engine) as connection:
        return ledger.load_wave(connection, rekindle.account_id, str(standing.wave_id))


def start(rekindle: Rekindle) -> dict[str, int]:
    standing = load_standing(rekindle.context, rekindle.account_id)
    rekindle.press("/admin/plan", f"/waves/{standing.wave_id}/approve")
    rekindle.drain()
    enrollments = load_standing(rekindle.context, rekindle.account_id).enrollments
    return {state.value: count for state, count in enrollments.items()}


def add(rekindle: Rekindle, kind: str, contact: str, association: int, **properties: Any) -> None:
    link = {
        "to": {"id": contact},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": association}],
    }
    body = {"properties": properties, "associations": [link]}
    answer = rekindle.lab.api("POST", f"/crm/objects/2026-09/{kind}", body)
    assert answer.status_code == 201, answer.text


@pytest.mark.people(120)
def test_s7_who_left_over_a_service_issue_waits_for_a_person(rekindle: Rekindle) -> None:
    wave = wave_of(rekindle)
    with reading(rekindle.context.engine) as connection:
        counted = decision_store.count_decisions(connection, rekindle.account_id)
        first = {row[0] for row in counted if row[0] == "human_first"}
        people = {
            c: decision_store.find_decision(connection, rekindle.account_id, c)
            for c in rekindle.writes()
        }
    waiting = [c for c, d in people.items() if d is not None and d.status == "human_first"]
    assert first
    assert waiting
    assert not set(waiting) & set(wave)
    stored = rekindle.lab.stored(waiting[0])
    assert stored["rekindle_status"] == "human_first"
    assert stored["rekindle_holdout"] == "false"
    page = rekindle.web.get(f"/admin/contacts/{waiting[0]}").text
    assert "a person should call first" in page
    assert "Call first" in page
    assert ">Do not contact</span>" not in page


@pytest.mark.people(100)
def test_s7_trouble_that_comes_up_after_the_approval_stops_the_start(rekindle: Rekindle) -> None:
    """No notice tells of it: people are read again, closely, before the gate is asked a last time."""
    wave = wave_of(rekindle)
    unsaid = [c for c in wave if rekindle.lab.stored(c)["rekindle_reason"] == "unknown"]
    noted, complained, lost = unsaid[:3]
    filled_in = next(c for c in wave if c not in unsaid[:3])
    now = rekindle.context.clock.now().isoformat()
    said = "She was very unhappy with her last visit."
    add(rekindle, "notes", noted, 202, hs_note_body=said, hs_timestamp=now)
    add(rekindle, "tickets", complained, 16, subject="Trouble", hs_pipeline_stage="4")
    why = "Bad experience"
    add(rekindle, "deals", lost, 3, dealstage="closedlost", closed_lost_reason=why, closedate=now)
    path = f"records/{rekindle.lab.portal}/contacts/{filled_in}"
    rekindle.lab.control(path, {"lost_reason": "service_issue"}, method="PATCH")
    after = start(rekindle)
    started = {c for c in wave if rekindle.lab.stored(c).get("rekindle_trigger_at")}
    assert not started & {noted, complained, lost, filled_in}
    assert after["refused"] == 4
    assert after["started"] + after.get("approved", 0) == len(wave) - 4
    assert started
