"""Deciding what is asked for now: the gate once more about every start and every touch that is due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.channels import AUTOMATIC, Channel
from contact_rules.person import Person, Policy
from contact_rules.rules import GONE, HELD_OUT
from contact_rules.verdict import Allow, Defer, Deny, Verdict, choose_channel, may_contact
from oauth.account_settings.fields import AccountSettings
from playbooks.line import Playbook, Stop
from playbooks.sequence import PlannedTouch, touches_of
from playbooks.together import Playbooks
from scoring.store import load_scores
from sync.mirror.reactions import Reaction, load_reactions
from workflows.choices.choice import Choice, LeftOut
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import Binding, load_bindings
from workflows.enrollment.states import PACED, End, EnrollmentState, Way, variant_of
from workflows.enrollment.touch_states import TouchState
from workflows.gate.people import load_people
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who, consent_of
from workflows.stops import store as stops
from workflows.touches import store
from workflows.touches.calling import is_call
from workflows.touches.chosen import Due, Now, as_chosen, told_of
from workflows.touches.ending import end_rounds, how_it_ended
from workflows.touches.moves import Moves
from workflows.touches.next_touch import adapt, touch_key, unsaid
from workflows.touches.senders import Room, load_rooms
from workflows.touches.sequence_words import ENOUGH

# How long a start waits for somebody to be scored anew, and why.
UNSCORED_WAITS, UNSCORED = timedelta(hours=1), "Waits to be scored anew after a merge"

NO_CHANNEL = "None of the channels of its playbook may be used"

# What each way can use: calls are made by people, and a sequence sends e-mails alone.
_MEANT: Mapping[Way, Collection[Channel]] = {
    Way.TOUCHES: tuple(Channel),
    Way.WORKFLOW: AUTOMATIC,
    Way.SEQUENCE: (Channel.EMAIL,),
}

Row = dict[str, Any]


@dataclass(slots=True)
class Decided:
    """The touches to ask for now, and the contacts whose round is over instead."""

    allowed: list[Row] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    told: list[Entry] = field(default_factory=list)
    moves: Moves = field(default_factory=Moves)


def decide_due(
    connection: Connection,
    account_id: str,
    *,
    at: datetime,
    now: datetime,
    policy: Policy,
    playbooks: Playbooks,
    own: AccountSettings | None = None,
    elsewhere: Collection[str] = (),
    takes_tasks: bool = False,
) -> Decided:
    """Ask the gate about everything due, and record what may not be done now.

    Who was drawn for the control group since a start was proposed is refused as well: until the transaction ends
    nobody is drawn, so that no control is ever started. Who has no score waits: a merge has made another person of
    them, and what they did lately is not known yet. Who belongs to a programme that stands still stays due.
    What is let through goes out as it is chosen, perhaps at a later hour. `elsewhere` are those whom another workflow
    has just now; with `takes_tasks` a call can be a task for somebody of the team.
    """
    decisions.lock(connection, account_id)
    stopped = stops.load_stopped(connection, account_id)
    starts, following = (
        [row for row in rows if row["playbook"] not in stopped]
        for rows in (
            ledger.load_due(connection, account_id, at=at),
            store.load_due(connection, account_id, at=at),
        )
    )
    decided = Decided()
    ids = list(dict.fromkeys(row["contact_id"] for row in (*starts, *following)))
    if not ids:
        return decided
    scored = {score["contact_id"]: score for score in load_scores(connection, account_id, ids)}
    last = {i: scored[i]["last_human_at"] if i in scored else None for i in ids}
    people = load_people(connection, account_id, last, at=at, policy=policy)
    people |= {i: replace(people[i], in_workflow=True) for i in elsewhere if i in people}
    own = own or AccountSettings()
    moment = Now(connection, account_id, at, now, policy, playbooks, own, takes_tasks)
    _decide_starts(moment, starts, scored, people, decided)
    _decide_following(moment, following, scored, people, decided)
    decided.moves.record(connection, account_id)
    log.record(connection, account_id, decided.told, at=at, now=now)
    return decided


def _decide_starts(
    now: Now,
    rows: Sequence[Row],
    scored: Mapping[str, Mapping[str, Any]],
    people: Mapping[str, Person],
    decided: Decided,
) -> None:
    connection, account_id, at, policy = now.connection, now.account_id, now.at, now.policy
    ids = [row["contact_id"] for row in rows]
    held_out = decisions.load_held_out(connection, account_id, ids)
    drawn = draws.load_draws(connection, account_id, ids)
    bindings = load_bindings(connection, account_id)
    senders = [b.sender_id for b in bindings.values() if b.way is Way.SEQUENCE]
    rooms = load_rooms(connection, account_id, senders, a_day=now.own.sequences_a_day, at=at)
    let: dict[str, tuple[Row, list[Row]]] = {}
    due: list[Due] = []
    for row in rows:
        contact_id, person = row["contact_id"], people.get(row["contact_id"])
        left_alone = contact_id in held_out or drawn.get((contact_id, row["playbook"]), False)
        bound = bindings.get(row["playbook"], Binding("", Way.TOUCHES))
        verdict: Verdict = Deny(*HELD_OUT)
        if not left_alone or person is None:
            verdict = _ask(person, at, policy, planned=_only(bound.way))
        decided.told += _told(verdict, person, row, touch_no=1)
        if not _may_start(decided.moves, row, verdict, contact_id in scored, at=at) or not person:
            continue
        score = scored[contact_id]
        playbook = _playbook(now.playbooks, row, score)
        usable = _usable(person, at, policy, takes_tasks=now.takes_tasks)
        planned = _touches(playbook, usable, score, bound.way)
        if not planned:
            refused = EnrollmentState.REFUSED
            decided.moves.round(row, refused, rule=None, reason=NO_CHANNEL)
            continue
        room = rooms[bound.sender_id] if bound.way is Way.SEQUENCE else None
        if room is not None and not _take_place(decided.moves, row, room):
            continue
        touches = _rows(row, planned, bound, at=at)
        let[contact_id] = row, touches
        if bound.way is Way.TOUCHES and not is_call(touches[0]):
            due.append(Due(touches[0], person, score, playbook, planned[0], row.get("choice")))
    chosen = now.choose(due)
    for contact_id, (row, touches) in let.items():
        choice = chosen.get(contact_id)
        if isinstance(choice, Choice) and choice.at > at:
            waits = EnrollmentState.APPROVED
            kept = {"rule": None, "reason": choice.why, "choice": choice.to_json()}
            decided.moves.round(row, waits, due_at=choice.at, **kept)
            decided.told.append(told_of(row, choice, touch_no=1))
            continue
        beside = {"enrollment": row, "following": touches[1:]}
        consent = consent_of(people[contact_id])
        decided.allowed.append({**touches[0], **as_chosen(choice), **beside, "consent": consent})


def _decide_following(
    now: Now,
    rows: Sequence[Row],
    scored: Mapping[str, Mapping[str, Any]],
    people: Mapping[str, Person],
    decided: Decided,
) -> None:
    connection, account_id, at = now.connection, now.account_id, now.at
    began = ledger.load_started(connection, account_id, [row["contact_id"] for row in rows])
    rounds = {(r["contact_id"], r["playbook"], r["round_no"]): r for r in began}
    since = {r["contact_id"]: r["started_at"] for r in began}
    planned = {row["contact_id"]: row["angle"] for row in rows}
    said = store.load_said(connection, account_id, rows)
    ends: dict[str, End] = {}
    reactions = load_reactions(connection, account_id, since, at=at)
    let: dict[str, tuple[Row, Person]] = {}
    due: list[Due] = []
    for row in rows:
        contact_id = row["contact_id"]
        begun = rounds[contact_id, row["playbook"], row["round_no"]]
        reaction = reactions.get(contact_id, Reaction())
        if reaction.ends:
            ends[contact_id] = how_it_ended(reaction)
            continue
        playbook = now.playbooks.playbook(row["playbook"])
        stops_by = playbook.stops if playbook else tuple(Stop)
        person = _within_round(people.get(contact_id), begun["started_at"], stops_by)
        waited = Choice.from_json(row["choice"])
        meant = Channel(waited.channel if waited else row["channel"])
        verdict = _ask(person, at, now.policy, planned=meant)
        decided.told += _told(verdict, person, row, touch_no=row["touch_no"])
        if _may_follow(decided.moves, row, begun, verdict, at=at) and person is not None:
            angle, variant = adapt(row, opened=reaction.opened, clicked=reaction.clicked)
            channel = str(verdict.channel) if isinstance(verdict, Allow) else row["channel"]
            asked = {**row, "channel": channel, "angle": angle, "variant": variant}
            let[contact_id] = asked, person
            if contact_id in scored and row["variant"] not in PACED and not is_call(asked):
                due.append(_following(now, asked, scored[contact_id], person))
        elif isinstance(verdict, Deny):
            decided.over.append(contact_id)
    chosen = now.choose(due)
    for contact_id, (row, person) in let.items():
        choice = chosen.get(contact_id)
        if isinstance(choice, LeftOut):
            decided.moves.leave_out(row, choice.why, at=at)
            decided.told.append(told_of(row, choice, touch_no=row["touch_no"]))
        elif choice is not None and choice.at > at:
            kept = {"rule": None, "reason": choice.why, "choice": choice.to_json()}
            decided.moves.touch(row, TouchState.PLANNED, due_at=choice.at, **kept)
            decided.told.append(told_of(row, choice, touch_no=row["touch_no"]))
        else:
            final = {**row, **as_chosen(choice), "consent": consent_of(person)}
            decided.allowed.append(unsaid(final, planned[contact_id], said.get(contact_id, ())))
    end_rounds(connection, account_id, ends, at=at, now=now.now)
    decided.over += ends


def _following(now: Now, row: Row, score: Mapping[str, Any], person: Person) -> Due:
    """A further touch, with the one that its playbook plans in its place."""
    playbook = _playbook(now.playbooks, row, score)
    channels = (*AUTOMATIC, Channel.CALL) if now.takes_tasks else AUTOMATIC
    planned = _touches(playbook, channels, score, Way.TOUCHES)
    place = row["touch_no"] - 1
    return Due(
        row,
        person,
        score,
        playbook,
        planned[place] if place < len(planned) else None,
        row["choice"],
    )


def _told(verdict: Verdict, person: Person | None, row: Row, *, touch_no: int) -> list[Entry]:
    """What the decision log keeps of the gate's answer; what it allows is told when it is asked for."""
    if isinstance(verdict, Allow):
        return []
    return [
        Entry(
            What.DEFERRED if isinstance(verdict, Defer) else What.REFUSED,
            Who.RULE_BOOK,
            row["contact_id"],
            programme=row["playbook"],
            rule=verdict.rule,
            reason=verdict.reason,
            consent=consent_of(person),
            subject=touch_key({**row, "touch_no": touch_no}),
        )
    ]


def _ask(
    person: Person | None, at: datetime, policy: Policy, *, planned: Channel | None = None
) -> Verdict:
    """What the rules say: of the planned channel, or of another where that may not be used."""
    if person is None:
        return Deny(*GONE)
    if planned is not None:
        verdict = may_contact(person, planned, at, policy)
        if not isinstance(verdict, Deny):
            return verdict
    return choose_channel(person, at, policy)


def _only(way: Way) -> Channel | None:
    """The one channel of a way that has no other."""
    return Channel.EMAIL if way is Way.SEQUENCE else None


def _within_round(
    person: Person | None, began: datetime, stops_by: Collection[Stop]
) -> Person | None:
    """What a round itself has brought about does not speak against its next touch: our start, a click, a visit.

    Nor does what the team does meanwhile, where the playbook goes on beside it.
    """
    if person is None:
        return None
    own_start = _is_since(person.last_started_at, began)
    own_echo = _is_since(person.last_human_at, began)
    beside = Stop.STAFF not in stops_by and _is_since(person.last_staff_at, began)
    return replace(
        person,
        in_round=True,
        last_started_at=None if own_start else person.last_started_at,
        last_human_at=None if own_echo else person.last_human_at,
        last_staff_at=None if beside else person.last_staff_at,
    )


def _is_since(moment: datetime | None, began: datetime) -> bool:
    return moment is not None and moment >= began


def _may_start(moves: Moves, row: Row, verdict: Verdict, is_scored: bool, *, at: datetime) -> bool:
    """Whether a round may begin now; what else comes of it is to be recorded."""
    waits = EnrollmentState.APPROVED
    match verdict:
        case Allow() if is_scored:
            return True
        case Allow():
            later = at + UNSCORED_WAITS
            moves.round(row, waits, due_at=later, rule=None, reason=UNSCORED)
        case Defer(until, rule, reason, _):
            # An hour that was chosen before has gone by: another is chosen then.
            moves.round(row, waits, due_at=until, rule=rule, reason=reason, choice=None)
        case Deny(rule, reason):
            moves.round(row, EnrollmentState.REFUSED, rule=rule, reason=reason)
    return False


def _may_follow(moves: Moves, row: Row, begun: Row, verdict: Verdict, *, at: datetime) -> bool:
    """Whether the next touch of a round may be asked for now; what else comes of it is to be recorded."""
    match verdict:
        case Allow():
            return True
        case Defer(until, rule, reason, _):
            waits = TouchState.PLANNED
            moves.touch(row, waits, due_at=until, rule=rule, reason=reason, choice=None)
        case Deny(rule, reason):
            moves.touch(row, TouchState.REFUSED, rule=rule, reason=reason)
            how = End.OPTED_OUT if rule in ("D1", "D2") else End.REFUSED
            moves.end(begun, how, at=at, rule=rule, reason=reason)
    return False


def _usable(person: Person, at: datetime, policy: Policy, *, takes_tasks: bool) -> list[Channel]:
    """The channels that may be used for somebody; another hour may come, another consent not by itself."""
    channels = (*AUTOMATIC, Channel.CALL) if takes_tasks else AUTOMATIC
    asked = ((channel, may_contact(person, channel, at, policy)) for channel in channels)
    return [channel for channel, verdict in asked if not isinstance(verdict, Deny)]


def _touches(
    playbook: Playbook, usable: Sequence[Channel], score: Mapping[str, Any], way: Way
) -> tuple[PlannedTouch, ...]:
    """The touches of a round, in order; none where no channel of its playbook may be used."""
    touches = touches_of(playbook, [c for c in usable if c in _MEANT[way]], score)
    if way is Way.TOUCHES:
        return touches
    return tuple(replace(touch, variant=variant_of(way)) for touch in touches[:1])


def _rows(row: Row, touches: Sequence[PlannedTouch], bound: Binding, *, at: datetime) -> list[Row]:
    days = [0, *(t.day for t in touches)]
    is_sequence = bound.way is Way.SEQUENCE
    sequence = {
        "sequence_id": bound.workflow_id if is_sequence else None,
        "sender_id": bound.sender_id if is_sequence else None,
    }
    return [
        {**_planned(row, no, touch, touch.day - days[no - 1], at=at), **sequence}
        for no, touch in enumerate(touches, start=1)
    ]


def _take_place(moves: Moves, row: Row, room: Room) -> bool:
    """Whether a sequence may begin now in this sender's name; else the start waits for a place."""
    if room.left > 0:
        room.left -= 1
        return True
    waits = EnrollmentState.APPROVED
    moves.round(row, waits, due_at=room.opens_at, rule=None, reason=ENOUGH)
    return False


def _playbook(playbooks: Playbooks, row: Row, score: Mapping[str, Any]) -> Playbook:
    return playbooks.playbook(row["playbook"]) or _general(playbooks, str(score["track"]))


def _general(playbooks: Playbooks, track: str) -> Playbook:
    """What is done where the playbook that was decided for somebody is no more."""
    return next(p for p in playbooks.general.playbooks if p.track.value == track)


def _planned(row: Row, touch_no: int, touch: PlannedTouch, after_days: int, *, at: datetime) -> Row:
    return {
        "account_id": row["account_id"],
        "contact_id": row["contact_id"],
        "playbook": row["playbook"],
        "round_no": row["round_no"],
        "touch_no": touch_no,
        "state": TouchState.PLANNED,
        "channel": str(touch.channel),
        "angle": touch.angle.value,
        "variant": touch.variant,
        "after_days": after_days,
        # Moved when the touch before it is asked for.
        "due_at": at + timedelta(days=touch.day),
        "choice": None,
    }
