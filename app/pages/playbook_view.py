"""What the page of playbooks shows of an account: its segments, and of one who would start, who not and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.channels import Channel
from contact_rules.person import Policy
from contact_rules.rules import NOW
from oauth.account_playbooks import store as copies
from oauth.account_playbooks.store import Copy
from oauth.account_settings.fields import AccountSettings
from playbooks.line import Playbook, Segment, Touch
from playbooks.together import Playbooks
from scoring.store import load_scores
from sync.mirror.store import load_full_names
from workflows.decisions import store as decisions
from workflows.decisions.decide import Decision
from workflows.decisions.switches import load_off
from workflows.enrollment.bindings import Binding, load_bindings
from workflows.enrollment.touch_states import TouchState
from workflows.openers.facts import Opener, TouchAsk
from workflows.openers.writing import write_openers
from workflows.results.planned import RANGES
from workflows.status import Status
from workflows.touches import store as touches

SHOWN = 25
EXAMPLES = 3
# The tabs of the preview, and who is in each.
TABS: Mapping[str, Sequence[Status]] = {
    "ready": (Status.READY,),
    "held_out": (Status.HELD_OUT,),
    "started": (Status.STARTED,),
    "person": (Status.ANSWERED, Status.HUMAN_FIRST),
    "suppressed": (Status.SUPPRESSED,),
    "others": (Status.ACTIVE, Status.UNMEASURABLE),
}


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment in the list: how many it has, and how many of them would start."""

    playbook: Playbook
    segment: Segment
    people: int
    ready: int
    off: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the waterfall: what is taken away, or what is left."""

    key: str
    count: int
    before: int  # how many were left before it
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that speaks against people of the segment, and how many they are."""

    status: Status
    rule: str | None
    reason: str | None
    count: int
    passes: bool  # it goes away by itself


@dataclass(frozen=True, slots=True)
class Shown:
    """One person of the preview."""

    decision: Decision
    name: str
    score: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One segment in full."""

    line: SegmentLine
    touches: Sequence[Touch]
    steps: Sequence[Step]
    reasons: Sequence[Reason]
    tabs: Mapping[str, int]
    preview: Sequence[Shown]
    next_after: str | None
    openers: Sequence[tuple[str, Opener]]
    binding: Binding | None
    proved: int  # touches of the playbook that show in the CRM
    unproved: int
    expected: Sequence[tuple[str, int, int]]


def load_lines(connection: Connection, account_id: str, held: Playbooks) -> list[SegmentLine]:
    """Every segment of the account's playbooks, those with people first."""
    counts = decisions.count_segments(connection, account_id)
    off = load_off(connection, account_id)
    found = []
    for playbook in held.playbooks:
        for segment in playbook.segments:
            of = counts.get(segment.key, {})
            people, ready = sum(of.values()), of.get(Status.READY, 0)
            found.append(SegmentLine(playbook, segment, people, ready, off.get(segment.key)))
    return sorted(found, key=lambda line: line.people == 0)


def load_view(
    connection: Connection,
    account_id: str,
    line: SegmentLine,
    own: AccountSettings,
    policy: Policy,
    *,
    tab: str,
    after: str,
    at: datetime,
) -> View:
    key = line.segment.key
    counted = decisions.count_decisions(connection, account_id, segment=key)
    people = decisions.load_people(
        connection, account_id, key, TABS[tab], after=after, limit=SHOWN + 1
    )
    shown = people[:SHOWN]
    by_status: dict[Status, int] = {}
    for status, _, _, count in counted:
        by_status[status] = by_status.get(status, 0) + count
    return View(
        line=line,
        touches=line.segment.sequence or line.playbook.sequence,
        steps=steps_of(by_status),
        reasons=_reasons(counted, policy),
        tabs={name: sum(by_status.get(s, 0) for s in of) for name, of in TABS.items()},
        preview=_preview(connection, account_id, shown),
        next_after=shown[-1].contact_id if len(people) > SHOWN else None,
        openers=_openers(connection, account_id, line, own, at=at),
        binding=load_bindings(connection, account_id).get(line.playbook.key),
        **_proof(connection, account_id, line.playbook.key),
        expected=expected_of(line.ready),
    )


def steps_of(by_status: Mapping[Status, int]) -> list[Step]:
    """The waterfall from everybody of the segment to those who would start; its parts add up."""
    left = sum(by_status.values())
    found = [Step("all", left, left, is_left=True)]
    for key in ("others", "suppressed", "person", "started", "held_out"):
        count = sum(by_status.get(status, 0) for status in TABS[key])
        if count:
            found.append(Step(key, count, left))
            left -= count
    return [*found, Step("ready", left, left, is_left=True)]


def _proof(connection: Connection, account_id: str, playbook: str) -> dict[str, int]:
    counts = touches.count_touches(connection, account_id, playbook=playbook)
    return {
        "proved": counts.get(TouchState.PROVED, 0),
        "unproved": counts.get(TouchState.UNPROVED, 0),
    }


def _reasons(
    counted: Sequence[tuple[Status, str | None, str | None, int]], policy: Policy
) -> list[Reason]:
    passing = {(rule.id, rule.told(policy)) for rule in NOW}
    return [
        Reason(status, rule, reason, count, (rule, reason) in passing)
        for status, rule, reason, count in counted
        if status in (Status.SUPPRESSED, Status.HUMAN_FIRST)
    ]


def _preview(connection: Connection, account_id: str, people: Sequence[Decision]) -> list[Shown]:
    ids = [one.contact_id for one in people]
    names = load_full_names(connection, account_id, ids)
    wanted = ("contact_id", "quiet_days", "likelihood", "priority", "explanation")
    scores = {s["contact_id"]: s for s in load_scores(connection, account_id, ids, names=wanted)}
    return [
        Shown(one, names.get(one.contact_id, one.contact_id), scores[one.contact_id])
        for one in people
        if one.contact_id in scores
    ]


def _openers(
    connection: Connection,
    account_id: str,
    line: SegmentLine,
    own: AccountSettings,
    *,
    at: datetime,
) -> list[tuple[str, Opener]]:
    """The words of the first touch for three who would start."""
    people = decisions.load_people(
        connection, account_id, line.segment.key, TABS["ready"], limit=EXAMPLES
    )
    asks = {
        one.contact_id: TouchAsk(
            channel=one.channel or Channel.EMAIL, playbook=line.playbook.key, at=at
        )
        for one in people
    }
    written = write_openers(connection, account_id, asks, own, at=at)
    names = load_full_names(connection, account_id, [*written])
    return [(names.get(i, i), opener) for i, opener in written.items()]


def expected_of(people: int) -> list[tuple[str, int, int]]:
    """What the guide's ranges come to for so many people within a month: (what, at least, at most)."""
    return [
        (one.what, round(one.low * people), round(one.high * people))
        for one in RANGES
        if one.key == "N7" and one.of == "people"
    ]


def load_copies(connection: Connection, account_id: str) -> list[Copy]:
    """Every version of the account's own playbooks, the newest first."""
    return copies.load_history(connection, account_id)
