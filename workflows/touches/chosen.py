"""What the touches that may go out now go out with: asks for a choice of each, with what it goes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from contact_rules.channels import AUTOMATIC, Channel
from contact_rules.person import Person, Policy
from contact_rules.verdict import Allow, may_contact
from oauth.account_settings.costs import costs_of
from oauth.account_settings.fields import AccountSettings
from playbooks.angles import Angle
from playbooks.line import Playbook
from playbooks.sequence import PlannedTouch
from playbooks.together import Playbooks
from playbooks.wording import texts_for
from scoring.features.segment import segments_of
from scoring.verticals import vertical_of
from workflows.choices import store as choices
from workflows.choices import telling
from workflows.choices.choice import Choice, LeftOut
from workflows.choices.moments import LONGEST_GAP, WAITS
from workflows.log.entries import Entry, What, Who
from workflows.openers.playbook_texts import NAMED
from workflows.touches.next_touch import touch_key

if TYPE_CHECKING:
    from workflows.choices.choosing import Ask, Terms

# Where the moment of a segment passes, a touch waits no longer for its hour.
_URGENT_WAITS = timedelta(days=1)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Due:
    """A touch that the gate lets through now; `choice` is the one that was made before, whose hour has come."""

    row: Row
    person: Person
    score: Mapping[str, Any]
    playbook: Playbook
    planned: PlannedTouch | None
    choice: Any = None


@dataclass(frozen=True, slots=True)
class Now:
    """What everything is decided by at one moment: `at` is the accounts' time, `now` this machine's."""

    connection: Connection
    account_id: str
    at: datetime
    now: datetime
    policy: Policy
    playbooks: Playbooks
    own: AccountSettings
    takes_tasks: bool = False  # a call can be a task for somebody of the team

    def choose(self, due: Sequence[Due]) -> dict[str, Choice | LeftOut]:
        """Contact → what their touch goes out with, and when; what was chosen before stays where it may be used."""
        kept = {one.row["contact_id"]: self._as_before(one) for one in due}
        found: dict[str, Choice | LeftOut] = {i: choice for i, choice in kept.items() if choice}
        left = [one for one in due if one.row["contact_id"] not in found]
        if not left:
            return found
        # numpy is loaded by who chooses, not with the process.
        from workflows.choices.choosing import choose_all  # noqa: PLC0415

        line, general = self.playbooks.line, self.playbooks.general
        buys = {s.key: s.buys for s in segments_of(vertical_of(line, general))}
        of = self.playbooks.general_of
        asks = [
            _ask(one, at=self.at, own=self.own, general=of(one.playbook), buys=buys) for one in left
        ]
        return found | choose_all(asks, self._terms())

    def _as_before(self, one: Due) -> Choice | None:
        choice = Choice.from_json(one.choice)
        if choice is None:
            return None
        may = may_contact(one.person, Channel(choice.channel), self.at, self.policy)
        return choice if isinstance(may, Allow) else None

    def _terms(self) -> "Terms":
        from scoring.learn.stored_choosing import from_json  # noqa: PLC0415
        from workflows.choices.choosing import Terms  # noqa: PLC0415

        costs = costs_of(self.own)
        latest = choices.find_latest(self.connection, self.account_id)
        model = from_json(latest.params) if latest is not None else None
        if latest is None or model is None:
            return Terms(self.at, self.policy, costs)
        return Terms(self.at, self.policy, costs, model, latest.version)


def _ask(
    due: Due,
    *,
    at: datetime,
    own: AccountSettings,
    general: Playbook,
    buys: Mapping[str, float | None],
) -> "Ask":
    from workflows.choices.choosing import Ask  # noqa: PLC0415

    row, score, playbook = due.row, due.score, due.playbook
    variant = str(row["variant"])
    others = [v for v in due.planned.variants if v != NAMED] if due.planned is not None else []

    def has_own(wording: str, channel: Channel) -> bool:
        found = texts_for(
            playbook,
            general,
            segment=str(score["segment"]),
            angle=Angle(row["angle"]),
            channel=channel,
            variant=wording,
            language=own.language,
        )
        return any(text.variant == wording for text in found)

    sale, share = score.get("typical_sale"), buys.get(score["segment"])
    fixed = telling.FIXED if playbook.fixed else None
    return Ask(
        contact_id=row["contact_id"],
        playbook=row["playbook"],
        round_no=row["round_no"],
        touch_no=row["touch_no"],
        channel=Channel(row["channel"]),
        variant=variant,
        # Whether texts name what somebody came for is the account's to say, never to be learnt (D11).
        variants={
            channel: [variant, *(v for v in others if v != variant and has_own(v, channel))]
            for channel in AUTOMATIC
            if channel in playbook.channels
        },
        until=at if due.choice else _until(due, at),
        person=due.person,
        score=score,
        answer_worth=sale * share if sale and share else None,
        fixed=fixed if own.learns else telling.TURNED_OFF,
    )


def _until(due: Due, at: datetime) -> datetime:
    """Until when a touch may wait for its hour: a further one never too long after the one before."""
    segment = due.playbook.segment(str(due.score["segment"]))
    latest = at + (_URGENT_WAITS if segment is not None and segment.urgent else WAITS)
    before = due.person.last_touch_at
    if due.row["touch_no"] == 1 or before is None:
        return latest
    return max(at, min(latest, before + LONGEST_GAP))


def as_chosen(choice: Choice | LeftOut | None) -> dict[str, Any]:
    """The columns of a touch that its choice decides."""
    if not isinstance(choice, Choice):
        return {}
    return {"channel": choice.channel, "variant": choice.variant, "choice": choice.to_json()}


def told_of(row: Row, choice: Choice | LeftOut, *, touch_no: int) -> Entry:
    """What the decision log keeps of a touch that does not go out now though it might."""
    is_out = isinstance(choice, LeftOut)
    return Entry(
        What.REFUSED if is_out else What.DEFERRED,
        Who.SCHEDULE,
        row["contact_id"],
        programme=row["playbook"],
        channel=None if isinstance(choice, LeftOut) else choice.channel,
        reason=choice.why,
        subject=touch_key({**row, "touch_no": touch_no}),
    )
