"""What staff note of a contact closes it within minutes, is shown with its source, and may be set aside (D2, D8)."""

from datetime import timedelta

import pytest

from app.schedule import ask_for_due
from connector.port.records import ReadsNotes
from core.db import reading
from tests.contract.crm_side import NotingSide
from tests.contract.rekindle import CrmRekindle
from workflows import waves
from workflows.decisions import store as decision_store
from workflows.decisions.decide import Decision
from workflows.enrollment import store as ledger
from workflows.log import store as decision_log
from workflows.status import Status

MINUTES = 5


def decided(rekindle: CrmRekindle, contact_id: str) -> Decision:
    with reading(rekindle.context.engine) as connection:
        found = decision_store.find_decision(connection, rekindle.account_id, contact_id)
    assert found is not None
    return found


def somebody_ready(rekindle: CrmRekindle) -> str:
    with reading(rekindle.context.engine) as connection:
        rows = connection.execute(decision_store.ready_contacts(rekindle.account_id))
        return min(str(row[0]) for row in rows)


def let_minutes_pass(rekindle: CrmRekindle) -> None:
    for _ in range(MINUTES):
        now = rekindle.context.clock.now()
        for post in rekindle.crm_side.posts():
            assert rekindle.receive(post) == 204
        rekindle.crm_side.advance(now + timedelta(minutes=1))
        ask_for_due(rekindle.context)
        rekindle.drain()


def set_aside(rekindle: CrmRekindle, contact_id: str, reason: str) -> int:
    page = rekindle.web.get("/admin/wishes").text
    form = page.split(f'name="contact_id" value="{contact_id}"')[0].rsplit("<form", 1)[1]
    token = form.split('name="form_token" value="')[1].split('"')[0]
    after = page.split(f'name="contact_id" value="{contact_id}"')[1]
    activity = after.split('name="activity_id" value="')[1].split('"')[0]
    told = {
        "form_token": token,
        "contact_id": contact_id,
        "activity_id": activity,
        "reason": reason,
    }
    answer = rekindle.web.post("/admin/wishes/lift", data=told, follow_redirects=False)
    rekindle.drain()
    return answer.status_code


def test_a_note_suppresses_is_shown_and_may_be_set_aside_d2_d8(first_rekindle: CrmRekindle) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    if not isinstance(crm_side, NotingSide):
        pytest.skip("staff of this CRM leave no notes")
    rekindle.write_values()
    contact_id = somebody_ready(rekindle)
    crm_side.note(crm_side.account, contact_id, "Daughter called: he passed away in spring")
    let_minutes_pass(rekindle)
    found = decided(rekindle, contact_id)
    assert (found.status, found.rule) == (Status.SUPPRESSED, "D8")
    assert found.reason is not None
    assert found.reason.startswith("Has died (note, ")
    page = rekindle.web.get("/admin/wishes").text
    assert "Has died" in page
    assert "passed away" not in page, "the text itself is not kept"
    assert set_aside(rekindle, contact_id, "") == 400
    assert set_aside(rekindle, contact_id, "It was about his brother") == 303
    assert decided(rekindle, contact_id).rule != "D8"
    assert "It was about his brother" in rekindle.web.get("/admin/wishes").text
    with reading(rekindle.context.engine) as connection:
        told = decision_log.load_entries(
            connection, rekindle.account_id, contact_ids=[contact_id], limit=1_000
        )
    suppressed = next(e for e in told if e["what"] == "suppressed")
    assert (suppressed["rule"], suppressed["who"]) == ("D8", "rule_book")
    (lifted,) = [e for e in told if e["what"] == "lifted"]
    assert lifted["reason"] == "It was about his brother"
    assert str(lifted["evidence"]).startswith("activity:")
    assert lifted["by"]
    crm_side.note(crm_side.account, contact_id, "Does not wish to be contacted any more")
    let_minutes_pass(rekindle)
    found = decided(rekindle, contact_id)
    assert (found.status, found.rule) == (Status.SUPPRESSED, "D2")
    # A notice may be lost: what nobody told of is known within a day.
    unheard = somebody_ready(rekindle)
    crm_side.note(crm_side.account, unheard, "Please never call or write to her", told=False)
    crm_side.advance(rekindle.context.clock.now() + timedelta(hours=23, minutes=50))
    let_minutes_pass(rekindle)
    found = decided(rekindle, unheard)
    assert (found.status, found.rule) == (Status.SUPPRESSED, "D2")


def test_nobody_is_proposed_of_whom_a_note_says_no_though_no_notice_told_of_it_d2(
    first_rekindle: CrmRekindle,
) -> None:
    """The note is written after the reading; neither the daily look at notes nor a notice comes before the batch."""
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    if not isinstance(crm_side, NotingSide):
        pytest.skip("staff of this CRM leave no notes")
    rekindle.install()
    with rekindle.opened() as crm:
        if not isinstance(crm, ReadsNotes):
            pytest.skip("all notes of this CRM are found by what has changed, every few minutes")
    rekindle.drain()
    rekindle.choose(first_wave=2)
    with reading(rekindle.context.engine) as connection:
        ready = [i for i, _ in waves.load_best_ready(connection, rekindle.account_id, limit=100)]
    # Who takes the place of somebody who falls out falls out as well, again and again.
    unwilling = {*ready} - {*ready[-4:]}
    assert len(unwilling) > 6
    for contact_id in unwilling:
        crm_side.note(crm_side.account, contact_id, "Please never call or write to her", told=False)
    rekindle.approve_plan()
    wave_id = rekindle.standing().wave_id
    assert wave_id is not None
    with reading(rekindle.context.engine) as connection:
        wave = ledger.load_wave(connection, rekindle.account_id, wave_id)
    assert wave
    assert not unwilling & {*wave}
    found = decided(rekindle, ready[0])
    assert (found.status, found.rule) == (Status.SUPPRESSED, "D2")
