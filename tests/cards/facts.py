"""Contacts as a card sees them, made by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cards.facts import Facts
from oauth.account_settings.fields import AccountSettings
from workflows.decisions.decide import Decision
from workflows.status import Status

AT = datetime(2026, 11, 25, 15, tzinfo=UTC)
DAY = timedelta(days=1)
SCORE: dict[str, Any] = {
    "band": "180_364",
    "track": "lead",
    "segment": "inquired",
    "playbook": "lead_reactivation",
    "last_human_at": AT - 216 * DAY,
    "last_human_kind": "meeting",
    "human_events": 5,
    "rhythm_days": 41,
    "purchases": 0,
    "interest_level": "high",
    "pattern": "fading",
    "reason": "budget_or_timing",
    "reason_source": "note",
    "reason_confidence": 0.7,
    "signal": None,
    "signal_at": None,
    "signal_until": None,
    "signal_gap": None,
    "dormancy_score": 96.0,
    "contacts_missed": 14.3,
    "likelihood": 0.24,
    "likelihood_low": 0.15,
    "likelihood_high": 0.36,
    "own_share": 0.12,
    "p_return": 0.05,
    "likelihood_source": "prior",
    "expected_value": 105.4,
    "priority": "A",
    "contributions": None,
    "as_of": AT - timedelta(hours=5),
}
WORDS = {
    "rekindle_opener_call_note": "Say: hello.",
    "rekindle_opener_email_subject": "About",
    "rekindle_opener_email": "Hi",
    "rekindle_opener_sms": "Hi.",
}


def facts(**more: Any) -> Facts:
    """Somebody who is ready to start, or else what is said of them."""
    usual: dict[str, Any] = {
        "contact_id": "7",
        "name": "Margaret Doyle",
        "first_name": "Margaret",
        "own": AccountSettings(timezone="America/New_York"),
        "at": AT,
        "now": AT,
        "score": SCORE,
        "decision": decided(Status.READY, channel="sms"),
        "known": WORDS,
    }
    return Facts(**(usual | more))


def decided(status: Status, **more: Any) -> Decision:
    usual = {"playbook": "lead_reactivation"} if status in (Status.READY, Status.STARTED) else {}
    return Decision("7", status, **(usual | more))


def refused(rule: str, reason: str, status: Status = Status.SUPPRESSED) -> Decision:
    return Decision("7", status, rule=rule, reason=reason)


def scored(**more: Any) -> dict[str, Any]:
    return {**SCORE, **more}


def round_(state: str, **more: Any) -> dict[str, Any]:
    usual = dict.fromkeys(("ended_by", "ended_at", "started_at", "due_at", "reason", "approved_at"))
    return {"playbook": "lead_reactivation", "round_no": 1, **usual, "state": state, **more}


def touch(number: int, state: str, **more: Any) -> dict[str, Any]:
    usual = {"channel": "sms", "asked_at": None, "due_at": AT + number * DAY}
    return {"touch_no": number, "state": state, **usual, **more}


def handoff(state: str, **more: Any) -> dict[str, Any]:
    usual = {"needs_person": True, "ended_by": "answered", "tone": "positive", "kind": "sms"}
    moments = {"answered_at": AT - timedelta(hours=1), "due_at": AT + timedelta(hours=1)}
    return {"state": state, **usual, **moments, **more}


def act(kind: str, **more: Any) -> dict[str, Any]:
    usual = {"act_id": "a" * 8, "by": "HubSpot user 7", "at": AT - DAY, "made_at": AT - DAY}
    return {"act": kind, "until": None, "reason": None, **usual, **more}


def just(kind: str, **more: Any) -> dict[str, Any]:
    """An act of this moment."""
    return act(kind, at=AT, made_at=AT, **more)


def but(found: Facts, **more: Any) -> Facts:
    return replace(found, **more)
