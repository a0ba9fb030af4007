"""The parts of a card below its sentence: what was sent and came of it, why they went quiet, the evidence."""

from collections.abc import Mapping
from typing import Any

from cards import words
from cards.card import Line, Why
from cards.facts import Facts
from cards.words import _
from contact_rules.reasons import BY_PERSON, REASONS
from core.amounts import money, number
from core.wording import gettext
from workflows.enrollment.states import End, EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.handoff.states import HandoffState
from workflows.properties import PATTERNS, TRACKS, playbook_label, segment_label

Row = Mapping[str, Any]

_CAME_OF_IT = {
    TouchState.PLANNED: _("planned"),
    TouchState.ASKING: _("being asked for"),
    TouchState.ASKED: _("asked for"),
    TouchState.PROVED: _("sent"),
    TouchState.UNPROVED: _("left no trace"),
    TouchState.FAILED: _("failed"),
    TouchState.REFUSED: _("left out"),
    TouchState.CANCELLED: _("cancelled"),
}
_ENDS = {
    End.OPTED_OUT: _("Asked to stop"),
    End.ANSWERED: _("Answered"),
    End.BOOKED: _("Booked"),
    End.BOUGHT: _("Bought"),
    End.CLICKED: _("Went to book"),
    End.LEFT: _("Left the sequence"),
    End.REFUSED: _("Ended by a rule"),
    End.UNPROVED: _("Ended: the CRM shows no message"),
    End.FINISHED: _("No answer"),
    End.STOPPED: _("Stopped by your team"),
    End.TAKEN_OVER: _("Taken over by your team"),
}
_TASKS = {
    HandoffState.LEAVING: _("being made"),
    HandoffState.ASKING: _("being made"),
    HandoffState.OPEN: _("open"),
    HandoffState.LATE: _("late"),
    HandoffState.DONE: _("done"),
    HandoffState.FAILED: _("your CRM did not take it"),
}
_SOURCES = {
    BY_PERSON: _("from your team"),
    "field": _("from the contact's own field"),
    "deal": _("from a lost deal"),
    "ticket": _("from a ticket"),
    "feedback": _("from a survey"),
    "refund": _("from a refund"),
    "note": _("from a note"),
    "email": _("from an e-mail"),
    "message": _("from a message"),
    "llm": _("from a note or message, as a language model read it"),
}
_INTEREST = {"high": _("High"), "medium": _("Medium"), "low": "Low"}
UNKNOWN = _("Not known")


def sent(facts: Facts) -> tuple[Line, ...]:
    """The touches of the latest round and what came of them; before any, what the team sent last."""
    now = facts.at
    last = facts.round
    found: list[Line] = []
    following = next_touch(facts)
    for touch in facts.touches:
        state = TouchState(touch["state"])
        at = touch["asked_at"] or touch["due_at"]
        if last is not None and last["state"] == EnrollmentState.REFUSED:
            continue
        label = f"{words.kind(touch['channel'])}, {gettext(_CAME_OF_IT[state])}"
        found.append(Line(label, words.moment(at, now=now), strong=touch is following))
    if last is not None and last["ended_at"] is not None:
        end = gettext(_ENDS[End(last["ended_by"])])
        found.append(Line(end, words.moment(last["ended_at"], now=now)))
    if not found and facts.sent is not None:
        kind, at = facts.sent
        found.append(
            Line(gettext("%(kind)s, sent by your team") % {"kind": words.kind(kind)}, words.day(at))
        )
    return tuple(found)


def next_touch(facts: Facts) -> Row | None:
    """The touch that comes next in a round that goes on."""
    planned = [t for t in facts.touches if t["state"] == TouchState.PLANNED]
    return min(planned, key=lambda t: t["touch_no"]) if planned else None


def rows(facts: Facts, *, shows_worth: bool) -> tuple[Line, ...]:
    """What one wants to know beside the sentence; what it is worth to approach them only where somebody may."""
    score = facts.score
    found: list[Line] = []
    task = facts.task
    if task is not None and task["state"] != HandoffState.CLOSED:
        found.append(_task(facts, task))
    if score is None:
        return tuple(found)
    found.append(Line(gettext("Segment"), segment_label(score["segment"])))
    if facts.decision is not None and facts.decision.playbook:
        found.append(Line(gettext("Playbook"), playbook_label(facts.decision.playbook)))
    best = words.channel(facts.decision.channel) if facts.decision is not None else None
    if best is not None:
        found.append(Line(gettext("Best way"), best))
    if shows_worth and score["expected_value"] is not None:
        worth = money(score["expected_value"], facts.own.currency)
        found.append(Line(gettext("Expected value now"), worth))
    return tuple(found)


def _task(facts: Facts, task: Row) -> Line:
    state = HandoffState(task["state"])
    if state is HandoffState.OPEN and task["due_at"] is not None:
        due = words.moment(task["due_at"], now=facts.at)
        return Line(gettext("Task"), gettext("due %(moment)s") % {"moment": due}, strong=True)
    if state is HandoffState.LATE and task["due_at"] is not None:
        due = words.moment(task["due_at"], now=facts.at)
        return Line(
            gettext("Task"), gettext("late: was due %(moment)s") % {"moment": due}, strong=True
        )
    return Line(gettext("Task"), gettext(_TASKS[state]), strong=state is not HandoffState.DONE)


def why(facts: Facts) -> Why | None:
    """Why they went quiet, who says so and how sure that is, and the reasons to choose from."""
    score = facts.score
    if score is None:
        return None
    corrected = [one for one in facts.acts if one["act"] == "correct"]
    if corrected and corrected[-1]["reason"] != score["reason"]:
        # Said just now: the score follows within moments.
        key = corrected[-1]["reason"]
        label = f"{gettext(REASONS[key])}, {gettext(_SOURCES[BY_PERSON])}"
    else:
        key, label = score["reason"] or "", reason_label(score) or gettext(UNKNOWN)
    return Why(key, label, tuple((k, gettext(said)) for k, said in REASONS.items()))


def reason_label(score: Row) -> str | None:
    """Why they went quiet, who says so, and how sure that is; None where nothing says it."""
    if score["reason"] is None:
        return None
    source = gettext(_SOURCES.get(score["reason_source"] or "", ""))
    sure = score["reason_confidence"]
    is_certain = sure is None or sure >= 1
    how_sure = None
    if not is_certain:
        how_sure = gettext("%(share)s%% sure") % {"share": round(100 * sure)}
    parts = (gettext(REASONS[score["reason"]]), source, how_sure)
    return ", ".join(part for part in parts if part)


def evidence(facts: Facts) -> tuple[Line, ...]:
    """What the score rests on, the strongest first."""
    score = facts.score
    if score is None:
        return ()
    found: list[Line] = []
    if score["last_human_at"] is not None:
        kind = words.kind(score["last_human_kind"] or "other")
        at = words.day(score["last_human_at"])
        found.append(Line(gettext("Last sign of life"), f"{kind}, {at}"))
    found.append(Line(gettext("Signs of life on record"), number(score["human_events"])))
    if score["rhythm_days"]:
        found.append(
            Line(
                gettext("Usual rhythm"),
                gettext("every %(days)s days") % {"days": number(score["rhythm_days"])},
            )
        )
    if score["purchases"]:
        found.append(Line(gettext("Purchases"), number(score["purchases"])))
    if score["interest_level"]:
        found.append(Line(gettext("Interest"), gettext(_INTEREST[score["interest_level"]])))
    if score["pattern"] in PATTERNS:
        found.append(Line(gettext("Pattern"), gettext(PATTERNS[score["pattern"]])))
    found.append(Line(gettext("Track"), gettext(TRACKS[score["track"]])))
    return tuple(found)
