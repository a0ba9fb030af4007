"""What a card says in each state: a title, and one sentence of at most 160 characters that ends in what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cards import rows, words
from cards.card import Line, Pill
from cards.facts import Facts
from cards.refusals import REFUSALS
from cards.states import State
from cards.words import _, fitted
from contact_rules.meanings import Meaning
from contact_rules.tones import Tone
from core.wording import gettext
from workflows.acts.kinds import Act
from workflows.enrollment.states import End, EnrollmentState
from workflows.enrollment.touch_states import SPENT
from workflows.handoff.states import UNDER_WAY, HandoffState

# A message of each channel: as the first of a playbook, as the last that was sent, as the next.
_GOES_FIRST = {
    "email": _("Start the playbook: an e-mail goes first. Or call yourself."),
    "sms": _("Start the playbook: a text goes first. Or call yourself."),
    "": _("Start the playbook, or call yourself."),
}
_HAD = {
    "email": _("Had an e-mail on %(day)s and hasn't answered."),
    "sms": _("Had a text on %(day)s and hasn't answered."),
    "": _("Had a message on %(day)s and hasn't answered."),
}
_FOLLOWS = {
    "email": _("An e-mail follows by itself; step in only if you know more."),
    "sms": _("A text follows by itself; step in only if you know more."),
    "": _("A message follows by itself; step in only if you know more."),
}
_SET_ASIDE = {
    Act.SNOOZE: (
        _("Snoozed until %(until)s"),
        _("Put off by your team on %(since)s."),
        _("Nothing starts before then: bring them back if it should."),
    ),
    Act.TAKE_OVER: (
        _("With a person"),
        _("Taken over by your team on %(since)s."),
        _("Nothing automatic goes out before %(until)s: get in touch, and complete the task."),
    ),
    Act.NOT_A_FIT: (
        _("Not a fit"),
        _("Marked by your team on %(since)s."),
        _("Nothing starts any more: bring them back if that was wrong."),
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What differs from state to state."""

    title: str
    sentence: str
    pill: Pill | None = None
    lines: tuple[str, ...] = ()
    note: str | None = None
    rows: tuple[Line, ...] = ()


def _odds(facts: Facts) -> tuple[str | None, tuple[str, ...]]:
    """The chance, and as a line beside it the chance without us."""
    score = facts.score or {}
    chance, alone = score.get("likelihood"), score.get("p_return")
    if chance is None:
        return None, ()
    told = gettext("%(chance)s in 100 answer") % {"chance": round(chance * 100)}
    if alone is None:
        return told, ()
    return told, (gettext("%(chance)s in 100 without outreach") % {"chance": round(alone * 100)},)


def _unscored(facts: Facts) -> Said:
    if facts.score is not None:
        return Said(
            gettext("Being looked at"),
            gettext("What may be done is being decided: look again in a minute."),
        )
    return Said(
        gettext("No score yet"),
        gettext(
            "Nothing is started or changed before there is one. Scores come with the next sync: look again then."
        ),
    )


def _unknown(facts: Facts) -> Said:
    chance, lines = _odds(facts)
    pill = _("Starting figure") if chance else _("Too little known")
    return Said(
        gettext("About %(odds)s") % {"odds": chance} if chance else gettext("Too little is known"),
        gettext(
            "Silence can't be told from missing data here. Fill in when they last visited or bought, "
            "and the figure becomes their own."
        ),
        Pill(gettext(pill), "quiet"),
        lines,
    )


def _active(facts: Facts) -> Said:
    last = (facts.score or {}).get("last_human_at")
    seen = gettext("In touch on %(day)s.") % {"day": words.day(last)} if last else None
    return Said(
        gettext("Active"),
        fitted(seen, gettext("There is nothing to win back: carry on as usual.")),
        Pill(gettext("Active"), "good"),
    )


def _came_back(facts: Facts) -> Said:
    score = facts.score or {}
    after = gettext("Back after %(days)s days of silence.") % {"days": score["signal_gap"]}
    nothing = None if facts.touches else gettext("Nothing was sent by us.")
    until = {"day": words.day(score["signal_until"])}
    to_do = gettext("Get in touch yourself by %(day)s, while it is fresh.") % until
    return Said(
        gettext("%(name)s came back") % {"name": facts.first_name},
        fitted(after, nothing, to_do),
        Pill(gettext("Came back"), "good"),
    )


def _ready(facts: Facts) -> Said:
    chance, lines = _odds(facts)
    score = facts.score or {}
    last, priority = score.get("last_human_at"), score.get("priority")
    quiet = gettext("No visit or answer on record.")
    if last is not None:
        quiet = gettext("Quiet since %(day)s.") % {"day": words.day(last)}
    told = rows.why(facts)
    because = None
    if told is not None and told.key:
        because = gettext("Why: %(reason)s.") % {"reason": told.label.split(",")[0].lower()}
    by = facts.decision.channel if facts.decision is not None else None
    pill = gettext("Priority %(letter)s") % {"letter": priority} if priority else gettext("Ready")
    return Said(
        chance or gettext("Ready to start"),
        fitted(quiet, because, gettext(_GOES_FIRST.get(by or "", _GOES_FIRST[""]))),
        Pill(pill, "accent"),
        lines,
    )


def _running(facts: Facts) -> Said:
    last, (chance, _alone) = facts.round, _odds(facts)
    pill, odds = Pill(gettext("In playbook"), "accent"), (chance,) if chance else ()
    if last is None or last["state"] != EnrollmentState.STARTED:
        due = last["due_at"] if last is not None else None
        when = words.moment(due, now=facts.at) if due is not None else gettext("in a moment")
        waits = f"{last['reason']}." if last is not None and last["reason"] else None
        told = {"when": when}
        to_do = gettext("The first message goes out %(when)s. Stop it if you know more.") % told
        line = gettext("First message %(when)s") % told
        return Said(gettext("About to start"), fitted(waits, to_do), pill, (line, *odds))
    spent = [t for t in facts.touches if t["state"] in SPENT]
    count = {"number": len(spent) or 1, "of": max(len(facts.touches), 1)}
    had = None
    if spent:
        at = spent[-1]["asked_at"] or spent[-1]["due_at"]
        had = gettext(_HAD.get(spent[-1]["channel"], _HAD[""])) % {"day": words.day(at)}
    following, lines = rows.next_touch(facts), odds
    if following is not None:
        when = words.moment(following["due_at"], now=facts.at)
        lines = (f"{words.kind(following['channel'])} {when}", *odds)
        to_do = gettext(_FOLLOWS.get(following["channel"], _FOLLOWS[""]))
    else:
        until = last["due_at"]
        waits = gettext("Waiting for an answer until %(day)s")
        lines = (waits % {"day": words.day(until)}, *odds) if until is not None else odds
        to_do = gettext("Nothing more goes out: wait for an answer, or call.")
    return Said(gettext("Touch %(number)s of %(of)s") % count, fitted(had, to_do), pill, lines)


def _stopped(facts: Facts) -> Said:
    last = facts.round
    at = last["ended_at"] if last is not None else facts.at
    told = gettext("Somebody of your team has stopped the playbook on %(day)s.")
    return Said(
        gettext("Stopped"),
        fitted(
            told % {"day": words.day(at)},
            gettext("Nothing more goes out: go on by hand, or leave them be."),
        ),
        Pill(gettext("Stopped"), "quiet"),
    )


def _replied(facts: Facts) -> Said:
    task, name = facts.task, {"name": facts.first_name}
    answered = gettext("%(name)s answered") % name
    if task is None or task["state"] not in UNDER_WAY:
        is_done = task is not None and task["state"] == HandoffState.DONE
        told = gettext("The answer was seen to.") if is_done else gettext("The answer came.")
        to_do = gettext("Nothing automatic goes out: go on by hand.")
        return Said(answered, fitted(told, to_do), Pill(gettext("Replied"), "good"))
    said_yes = task["tone"] == Tone.POSITIVE
    is_late, due = task["state"] == HandoffState.LATE, task["due_at"]
    to_do = gettext("It's your turn: answer today.")
    if due is not None:
        late = _("It's your turn: answer at once, it was due %(moment)s.")
        to_do = gettext(late if is_late else _("It's your turn: answer by %(moment)s."))
        to_do %= {"moment": words.moment(due, now=facts.at)}
    return Said(
        gettext("%(name)s said yes") % name if said_yes else answered,
        fitted(gettext("Everything automatic has stopped."), to_do),
        Pill(gettext("Late"), "bad") if is_late else Pill(gettext("Replied"), "good"),
        (words.answered(task["kind"], task["answered_at"], now=facts.at),),
    )


def _booked(facts: Facts) -> Said:
    last = facts.round
    when = words.moment(facts.meetings[0], now=facts.at) if facts.meetings else None
    told = gettext("Has a meeting coming up.")
    if last is not None and last["ended_by"] == End.BOOKED:
        on = {"day": words.day(last["ended_at"])}
        told = gettext("Booked on %(day)s, after our message.") % on
    to_do = gettext("Nothing more goes out: confirm it, and prepare for it as for everyone.")
    return Said(
        gettext("%(name)s has booked") % {"name": facts.first_name},
        fitted(told, to_do),
        Pill(gettext("Booked"), "good"),
        (when,) if when else (),
    )


def _held_out(_facts: Facts) -> Said:
    return Said(
        gettext("Left alone on purpose"),
        gettext(
            "Drawn at random to show who comes back by themselves. Don't start a conversation; "
            "if they get in touch, help as always."
        ),
        Pill(gettext("Held out"), "quiet"),
    )


def meaning_told(facts: Facts) -> Meaning:
    if facts.meaning is not None:
        return facts.meaning
    ended = facts.round["ended_by"] if facts.round is not None else None
    return Meaning.WISH if ended == End.OPTED_OUT else Meaning.RESTS


def _suppressed(facts: Facts) -> Said:
    meaning, decision = meaning_told(facts), facts.decision
    refusal = REFUSALS[meaning]
    reason = gettext(decision.reason) if decision is not None and decision.reason else None
    told = f"{reason}." if reason and refusal.title else None
    chance, _alone = _odds(facts)
    is_later = meaning in (Meaning.HELP_FIRST, Meaning.RESTS, Meaning.PERSON_FIRST)
    later = (gettext("%(odds)s, later") % {"odds": chance},) if is_later and chance else ()
    rule = decision.rule if decision is not None else None
    return Said(
        gettext(refusal.title) if refusal.title else reason or gettext(refusal.pill),
        fitted(told, gettext(refusal.to_do)),
        Pill(gettext(refusal.pill), refusal.tone),
        later,
        gettext("Rule %(id)s.") % {"id": rule} if rule else None,
        (
            Line(gettext("Not now"), gettext(refusal.not_now)),
            Line(gettext("Still allowed"), gettext(refusal.still)),
        ),
    )


def _set_aside(facts: Facts) -> Said:
    aside = facts.aside
    if aside is None:
        return _suppressed(facts)
    title, said, to_do = (gettext(text) for text in _SET_ASIDE[aside.act])
    told = {
        "since": words.day(aside.since),
        "until": words.day(aside.until) if aside.until is not None else "",
    }
    return Said(
        title % told,
        fitted(said % told, to_do % told),
        Pill(gettext("Set aside"), "quiet"),
        note=gettext("Rule %(id)s.") % {"id": "D8"},
    )


SAYS: Mapping[State, Callable[[Facts], Said]] = {
    State.UNSCORED: _unscored,
    State.UNKNOWN: _unknown,
    State.ACTIVE: _active,
    State.CAME_BACK: _came_back,
    State.READY: _ready,
    State.RUNNING: _running,
    State.STOPPED: _stopped,
    State.REPLIED: _replied,
    State.BOOKED: _booked,
    State.HELD_OUT: _held_out,
    State.SUPPRESSED: _suppressed,
    State.HUMAN_FIRST: _suppressed,
    State.ASLEEP: _suppressed,
    State.SET_ASIDE: _set_aside,
}
