"""Contacts as a card sees them, made up: at least one in each state that a card has, for pictures and tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cards.facts import Facts
from cards.states import State
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
    usual = {"act_id": "a" * 8, "by": "CRM user 7", "at": AT - DAY, "made_at": AT - DAY}
    return {"act": kind, "until": None, "reason": None, **usual, **more}


def just(kind: str, **more: Any) -> dict[str, Any]:
    """An act of this moment."""
    return act(kind, at=AT, made_at=AT, **more)


def but(found: Facts, **more: Any) -> Facts:
    return replace(found, **more)


STARTED = decided(Status.STARTED, channel="sms")
RESTS = refused("D7", "Was approached in the last 90 days")
RUNNING = facts(
    decision=STARTED,
    rounds=[round_("started", started_at=AT - 4 * DAY)],
    touches=[
        touch(1, "proved", asked_at=AT - 4 * DAY),
        touch(2, "planned", channel="email"),
        touch(3, "planned"),
    ],
)
ANSWERED = but(
    RUNNING,
    decision=decided(Status.ANSWERED),
    rounds=[round_("ended", ended_by="answered", ended_at=AT - timedelta(hours=1))],
    touches=[touch(1, "proved", asked_at=AT - 4 * DAY), touch(2, "cancelled")],
    handoffs=[handoff("open")],
)
STATES: dict[str, tuple[Facts, State]] = {
    "never scored": (facts(score=None, decision=None), State.UNSCORED),
    "not decided yet": (facts(decision=None), State.UNSCORED),
    "too little known": (
        facts(
            score=scored(band="unmeasurable", last_human_at=None, dormancy_score=None),
            decision=decided(Status.UNMEASURABLE),
        ),
        State.UNKNOWN,
    ),
    "active": (
        facts(score=scored(band="active"), decision=decided(Status.ACTIVE)),
        State.ACTIVE,
    ),
    "came back": (
        facts(
            score=scored(
                band="active",
                signal="came_back",
                signal_at=AT - 2 * DAY,
                signal_until=AT + 5 * DAY,
                signal_gap=214,
            ),
            decision=decided(Status.ACTIVE),
        ),
        State.CAME_BACK,
    ),
    "ready": (facts(), State.READY),
    "ready, never engaged": (
        facts(score=scored(band="never", last_human_at=None, reason=None)),
        State.READY,
    ),
    "about to start": (
        facts(rounds=[round_("approved", due_at=AT + timedelta(minutes=1), approved_at=AT)]),
        State.RUNNING,
    ),
    "running": (RUNNING, State.RUNNING),
    "running, the last was sent": (
        but(
            RUNNING,
            touches=[touch(1, "proved", asked_at=AT - DAY)],
            rounds=[round_("started", due_at=AT + 14 * DAY)],
        ),
        State.RUNNING,
    ),
    "stopped": (
        but(
            RUNNING,
            decision=RESTS,
            rounds=[round_("ended", ended_by="stopped", ended_at=AT - DAY)],
        ),
        State.STOPPED,
    ),
    "stopped just now": (
        but(RUNNING, rounds=[round_("ended", ended_by="stopped", ended_at=AT)]),
        State.STOPPED,
    ),
    "stopped before it began": (
        facts(rounds=[round_("refused", approved_at=AT)], acts=[just("start"), just("stop")]),
        State.READY,
    ),
    "stopped long ago": (
        facts(rounds=[round_("ended", ended_by="stopped", ended_at=AT - 91 * DAY)]),
        State.READY,
    ),
    "replied": (ANSWERED, State.REPLIED),
    "replied, late": (but(ANSWERED, handoffs=[handoff("late", due_at=AT - DAY)]), State.REPLIED),
    "replied, seen to": (but(ANSWERED, handoffs=[handoff("done")]), State.REPLIED),
    "replied, no word of a task": (but(ANSWERED, handoffs=[]), State.REPLIED),
    "booked": (
        but(
            ANSWERED,
            rounds=[round_("ended", ended_by="booked", ended_at=AT - DAY)],
            handoffs=[],
            meetings=[AT + 9 * DAY],
        ),
        State.BOOKED,
    ),
    "booked by themselves": (
        facts(decision=refused("D8", "Has a meeting coming up"), meetings=[AT + DAY]),
        State.BOOKED,
    ),
    "held out": (facts(decision=decided(Status.HELD_OUT)), State.HELD_OUT),
    "opted out": (facts(decision=refused("D1", "Opted out of e-mail")), State.SUPPRESSED),
    "asked in words": (
        facts(decision=refused("D2", "Asked for no more messages (text, Nov 2, 2026)")),
        State.SUPPRESSED,
    ),
    "has died": (facts(decision=refused("D8", "Has died (note, Nov 2, 2026)")), State.SUPPRESSED),
    "open ticket": (
        facts(decision=refused("D8", "Has an open ticket: help first")),
        State.SUPPRESSED,
    ),
    "open deal": (
        facts(decision=refused("D8", "Has an open deal: it's with a person already")),
        State.SUPPRESSED,
    ),
    "no address": (facts(decision=refused("D5", "No e-mail address")), State.SUPPRESSED),
    "approached lately": (facts(decision=RESTS), State.SUPPRESSED),
    "all messages and no answer": (
        but(RUNNING, rounds=[round_("ended", ended_by="finished", ended_at=AT)]),
        State.SUPPRESSED,
    ),
    "opted out just now": (
        but(RUNNING, rounds=[round_("ended", ended_by="opted_out", ended_at=AT)]),
        State.SUPPRESSED,
    ),
    "a second record": (
        facts(decision=refused("D8", "Same person as another record")),
        State.SUPPRESSED,
    ),
    "a person first": (
        facts(
            decision=refused(
                "D8",
                "Left over a service issue: a person should call first",
                Status.HUMAN_FIRST,
            )
        ),
        State.HUMAN_FIRST,
    ),
    "asleep": (
        facts(
            decision=refused(
                "D7", "Two rounds without an answer: left in peace until they give a sign"
            )
        ),
        State.ASLEEP,
    ),
    "snoozed": (
        facts(
            acts=[act("snooze", until=AT + 30 * DAY)],
            decision=refused("D8", "Set aside by your team: snoozed until Dec 25, 2026"),
        ),
        State.SET_ASIDE,
    ),
    "taken over": (
        facts(
            acts=[act("take_over", until=AT + 90 * DAY)],
            handoffs=[handoff("open", ended_by="taken_over", kind=None, tone=None)],
        ),
        State.SET_ASIDE,
    ),
    "not a fit": (facts(acts=[just("not_a_fit")]), State.SET_ASIDE),
    "brought back": (facts(acts=[act("snooze", until=AT + DAY), just("wake")]), State.READY),
    "a snooze that is over": (facts(acts=[act("snooze", until=AT - DAY)]), State.READY),
}
