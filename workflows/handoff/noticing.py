"""Noticing that people answered, booked, bought or opted out: their rounds end, and what follows is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.channels import Channel
from contact_rules.conditions import Condition
from contact_rules.person import Person, Policy
from contact_rules.rules import BY_CHANNEL
from contact_rules.tones import Tone
from playbooks.line import Stop
from playbooks.together import Playbooks
from sync.mirror.answers import load_answers
from sync.mirror.people import load_staff_acts
from sync.mirror.reactions import Reaction, load_reactions
from workflows.enrollment.begun import load_latest_begun
from workflows.enrollment.states import End, EnrollmentState
from workflows.enrollment.touch_states import SPENT
from workflows.gate.people import load_people
from workflows.handoff import store
from workflows.handoff.meaning import Answer, joined, new_ones
from workflows.handoff.states import UNDER_WAY, HandoffState
from workflows.handoff.stopping import stopped_by
from workflows.handoff.wording import CLICK
from workflows.touches import store as touches
from workflows.touches.ending import end_rounds, how_it_ended

# How long after a round has begun an answer is one to it: the trickle of late ones ends within 90 days of the last
# message (N8), and a round has up to five of them, a week apart at most.
FOLLOWED_FOR = timedelta(days=90 + 4 * 7)
# Rules by which a person has refused a channel, in whatever way the CRM shows it.
_REFUSED = ("D1", "D2")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one contact did since a round of theirs began, as far as it is new."""

    round: Row
    answers: Sequence[Answer] = ()
    reaction: Reaction = field(default_factory=Reaction)
    opted_out: bool = False
    has_person: bool = False  # somebody of the team is at it
    stopped: tuple[End, datetime] | None = None  # by one of the playbook's own stops, and when

    @property
    def is_running(self) -> bool:
        return EnrollmentState(self.round["state"]) is EnrollmentState.STARTED

    @property
    def end(self) -> End | None:
        """How the round ends by it; None where it goes on, or is over."""
        if not self.is_running:
            return None
        if self.opted_out or any(answer.is_wish for answer in self.answers):
            return End.OPTED_OUT
        if self.reaction.ends:
            return how_it_ended(self.reaction)
        return self.stopped[0] if self.stopped else None


def look(
    connection: Connection,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    at: datetime,
    policy: Policy,
    playbooks: Playbooks,
) -> dict[str, Seen]:
    """Contact → what is new of those of these contacts who have had a round lately; the others are absent."""
    rounds = load_latest_begun(connection, account_id, contact_ids, since=at - FOLLOWED_FOR)
    if not rounds:
        return {}
    since = {contact_id: row["started_at"] for contact_id, row in rounds.items()}
    said = load_answers(connection, account_id, since, until=at)
    running = [i for i, row in rounds.items() if row["state"] == EnrollmentState.STARTED]
    reactions = load_reactions(connection, account_id, {i: since[i] for i in running}, at=at)
    sent = _load_touches(connection, account_id, {i: rounds[i] for i in running})
    refused = _load_refused(connection, account_id, rounds, sent, at=at, policy=policy)
    held = store.load_of(connection, account_id, rounds)
    watched = {*running, *held}
    acts = load_staff_acts(connection, account_id, watched, since=at - FOLLOWED_FOR, until=at)
    found: dict[str, Seen] = {}
    for contact_id, row in rounds.items():
        mine = [h for h in held.get(contact_id, ()) if h["answered_at"] >= since[contact_id]]
        answers = joined(
            Answer(s.activity_id, s.kind, s.at, s.outcome, by_staff=s.by_staff)
            for s in said.get(contact_id, ())
        )
        seen = Seen(
            row,
            new_ones(answers, [(h["kind"], h["answered_at"]) for h in mine if h["kind"]]),
            reactions.get(contact_id, Reaction()),
            contact_id in refused,
            has_person(mine, acts.get(contact_id, ())),
            _stopped(
                row,
                playbooks,
                sent.get(contact_id),
                acts.get(contact_id, ()),
                reactions.get(contact_id, Reaction()),
            ),
        )
        if seen.answers or seen.end is not None:
            found[contact_id] = seen
    return found


def record(
    connection: Connection,
    account_id: str,
    found: Mapping[str, Seen],
    *,
    at: datetime,
    now: datetime,
) -> list[str]:
    """End the rounds that are over and write down every new answer; answers whose rounds ended now."""
    ends = {contact_id: end for contact_id, seen in found.items() if (end := seen.end) is not None}
    ended = end_rounds(connection, account_id, ends, at=at, now=now)
    for contact_id, seen in found.items():
        rows = rows_of(contact_id, seen, ends.get(contact_id), at=at)
        store.record(connection, account_id, rows)
    return [str(row["contact_id"]) for row in ended]


def rows_of(contact_id: str, seen: Seen, end: End | None, *, at: datetime) -> list[Row]:
    """A row for each answer, of which at most one asks for a person; one for an end without any answer.

    What comes while a person is at it, or is asked for one now, belongs to the same task.
    """
    usual = {
        "contact_id": contact_id,
        "playbook": seen.round["playbook"],
        "round_no": seen.round["round_no"],
        "noticed_at": at,
    }
    is_wished = end is End.OPTED_OUT
    has_person = seen.has_person
    rows: list[Row] = []
    for place, answer in enumerate(seen.answers):
        needs = answer.needs_person and not has_person and not is_wished
        has_person = has_person or needs
        leaves = needs or (place == 0 and end is not None)
        by = End.OPTED_OUT if answer.is_wish else End.ANSWERED
        rows.append(
            {
                **usual,
                "answer_id": answer.activity_id[:120],
                "state": HandoffState.LEAVING if leaves else HandoffState.CLOSED,
                "ended_by": end or by,
                "tone": answer.tone,
                "kind": answer.kind,
                "answered_at": answer.at,
                "needs_person": needs,
            }
        )
    if not rows and end is not None:
        went_to_book = end is End.CLICKED
        rows.append(
            {
                **usual,
                "answer_id": f"round:{seen.round['playbook']}:{seen.round['round_no']}",
                "state": HandoffState.LEAVING,
                "ended_by": end,
                "tone": Tone.UNCLEAR if went_to_book else None,
                "kind": CLICK if went_to_book else None,
                "answered_at": seen.stopped[1] if went_to_book and seen.stopped else at,
                "needs_person": went_to_book and not has_person,
            }
        )
    return rows


def has_person(handoffs: Sequence[Row], acts: Sequence[tuple[str, datetime]]) -> bool:
    """Whether a task is open, or the team has written or called since the last one was asked for.

    Who answers the team is in talks with it. Who answers after a task was done without that would be heard by nobody.
    """
    asked = [h for h in handoffs if h["needs_person"]]
    if any(h["state"] in UNDER_WAY for h in asked):
        return True
    return bool(asked) and any(at > max(h["noticed_at"] for h in asked) for _, at in acts)


def _load_touches(
    connection: Connection, account_id: str, rounds: Mapping[str, Row]
) -> dict[str, list[Row]]:
    """Contact → the touches of the round that is running."""
    found = touches.load_rounds(connection, account_id, rounds)
    return {
        contact_id: [
            t
            for t in found.get(contact_id, ())
            if (t["playbook"], t["round_no"]) == (row["playbook"], row["round_no"])
        ]
        for contact_id, row in rounds.items()
    }


def _stopped(
    row: Row,
    playbooks: Playbooks,
    sent: Sequence[Row] | None,
    acts: Sequence[tuple[str, datetime]],
    reaction: Reaction,
) -> tuple[End, datetime] | None:
    if sent is None:
        return None
    playbook = playbooks.playbook(row["playbook"])
    return stopped_by(
        playbook.stops if playbook else tuple(Stop),
        sent,
        began=row["started_at"],
        staff_acts=acts,
        clicked_at=reaction.clicked_at,
    )


def _load_refused(
    connection: Connection,
    account_id: str,
    rounds: Mapping[str, Row],
    sent: Mapping[str, Sequence[Row]],
    *,
    at: datetime,
    policy: Policy,
) -> set[str]:
    """Those whose running round, with its touches in `sent`, has used a channel that they refuse by now."""
    if not sent:
        return set()
    people = load_people(connection, account_id, dict.fromkeys(sent), at=at)
    refused = set()
    for contact_id, mine in sent.items():
        used = {t["channel"] for t in mine if t["state"] in SPENT}
        used.add(rounds[contact_id]["channel"] or "")
        person = people.get(contact_id)
        if person is not None and any(_refuses(person, c, at, policy) for c in used):
            refused.add(contact_id)
    return refused


def _refuses(person: Person, channel: str, at: datetime, policy: Policy) -> bool:
    if channel not in set(Channel):
        return False
    against: list[tuple[str, Condition]] = [
        (rule.id, rule.when) for rule in BY_CHANNEL[Channel(channel)]
    ]
    return any(rule in _REFUSED and when.holds(person, at, policy) for rule, when in against)
