"""A visit after a long silence, from the CRM's notice to the CRM's property, and its end a week later (S10, S28)."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from app.pages.standing import load_standing
from app.schedule import ask_for_due
from core.db import reading
from core.moments import to_millis
from scoring import store
from tests.rekindle import Rekindle

SECRET = "sandbox-hubspot-secret-not-for-production"
URL = "http://localhost:8321/webhooks/hubspot"


def tell(rekindle: Rekindle, contact_id: str) -> None:
    """The CRM's notice that something about a contact changed; it does not say what happened."""
    now = to_millis(rekindle.context.wall.now())
    notice = {
        "eventId": now,
        "subscriptionId": 7,
        "portalId": rekindle.lab.portal,
        "appId": 1,
        "occurredAt": now,
        "subscriptionType": "object.propertyChange",
        "attemptNumber": 0,
        "objectId": int(contact_id),
        "objectTypeId": "0-1",
        "propertyName": "hs_analytics_last_visit_timestamp",
        "propertyValue": "",
        "changeSource": "ANALYTICS",
    }
    body = json.dumps([notice]).encode()
    text = b"POST" + URL.encode() + body + str(now).encode()
    signed = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
    headers = {"X-HubSpot-Signature-v3": signed, "X-HubSpot-Request-Timestamp": str(now)}
    assert rekindle.web.post("/webhooks/hubspot", content=body, headers=headers).status_code == 204


def scores(rekindle: Rekindle) -> dict[str, dict[str, Any]]:
    with reading(rekindle.context.engine) as connection:
        rows = store.load_scores(connection, rekindle.account_id)
    return {row["contact_id"]: row for row in rows}


def visit(rekindle: Rekindle, contact_id: str, at: datetime) -> None:
    told = {"hs_analytics_last_visit_timestamp": at.isoformat()}
    path = f"records/{rekindle.lab.portal}/contacts/{contact_id}"
    rekindle.lab.control(path, told, method="PATCH")


def now(rekindle: Rekindle) -> datetime:
    return datetime.fromisoformat(rekindle.lab.control("clock")["now"])


def test_s10_a_visit_makes_priority_a_at_once_and_for_a_week(rekindle: Rekindle) -> None:
    rekindle.ready()
    standing = load_standing(rekindle.context, rekindle.account_id)
    rekindle.press("/admin/plan", f"/plans/{standing.plan_id}/approve")
    rekindle.drain()
    before = scores(rekindle)
    quiet = [
        row
        for row in before.values()
        if row["priority"] in {"C", "D"}
        and (row["quiet_days"] or 0) >= 120
        # No other signal holds or begins by itself, which would stand once the visit's is over.
        and row["signal"] is None
        and row["signal_next"] is None
    ]
    contact_id = str(quiet[0]["contact_id"])
    assert rekindle.lab.stored(contact_id)["rekindle_priority"] in {"C", "D"}
    visit(rekindle, contact_id, now(rekindle) - timedelta(hours=2))
    tell(rekindle, contact_id)
    rekindle.drain()
    after = scores(rekindle)
    assert "scoring.jobs.score_changed" in rekindle.queue.ran
    assert rekindle.queue.ran.count("scoring.jobs.score_account") == 1
    assert (after[contact_id]["signal"], after[contact_id]["priority"]) == ("came_back", "A")
    assert after[contact_id]["explanation"].startswith("Back after a long silence: a visit ")
    held = rekindle.lab.stored(contact_id)
    assert (held["rekindle_priority"], held["rekindle_signal"]) == ("A", "came_back")
    others = {i for i, row in after.items() if row != before[i]}
    assert others == {contact_id}, "nobody else was scored"

    rekindle.lab.control("advance", {"days": 8})
    ask_for_due(rekindle.context)
    assert "scoring.jobs.score_changed" in rekindle.queue.waiting()
    rekindle.drain()
    row = scores(rekindle)[contact_id]
    assert (row["signal"], row["priority"]) == (None, None)
    held = rekindle.lab.stored(contact_id)
    assert held.get("rekindle_signal", "") == held.get("rekindle_priority", "") == ""
    rekindle.queue.ran.clear()
    ask_for_due(rekindle.context)
    rekindle.queue.recover(rekindle.context)
    rekindle.drain()
    assert "scoring.jobs.score_changed" not in rekindle.queue.ran, (
        "there is nothing left to ask for"
    )


def test_s10_a_mark_that_a_dead_worker_left_is_asked_for_again(rekindle: Rekindle) -> None:
    rekindle.ready()
    contact_id = next(iter(scores(rekindle)))
    visit(rekindle, contact_id, now(rekindle) - timedelta(hours=2))
    tell(rekindle, contact_id)
    rekindle.queue.step(rekindle.context)  # the record has been read again, and the worker dies
    rekindle.queue.forget()
    rekindle.queue.recover(rekindle.context)
    rekindle.drain()
    assert scores(rekindle)[contact_id]["last_human_kind"] == "visit"
