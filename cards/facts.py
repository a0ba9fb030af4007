"""Everything that one contact's card is made from; what it means is said in cards/states.py. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from contact_rules.meanings import Meaning
from contact_rules.person import Policy
from contact_rules.rules import meaning_of
from oauth.account_settings.fields import AccountSettings
from workflows.acts.kinds import PUTS_OFF, Act, SetAside, set_aside_of
from workflows.decisions.decide import Decision
from workflows.enrollment.states import EnrollmentState
from workflows.gate.policy import policy_of
from workflows.status import Status

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What is known of one contact as of `at`, the account's time; `now` is this machine's."""

    contact_id: str
    name: str
    first_name: str
    own: AccountSettings
    at: datetime
    now: datetime
    score: Row | None = None
    decision: Decision | None = None
    rounds: Sequence[Row] = ()  # the latest last
    touches: Sequence[Row] = ()  # of the latest round
    handoffs: Sequence[Row] = ()  # the latest answer last
    acts: Sequence[Row] = ()  # not taken back, the latest last
    sent: tuple[str, datetime] | None = None  # the last that the team sent: kind and moment
    meetings: Sequence[datetime] = ()  # to come, the next first
    known: Mapping[str, str] | None = None  # our properties as the CRM has them

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.own)

    @property
    def status(self) -> Status | None:
        return self.decision.status if self.decision is not None else None

    @property
    def round(self) -> Row | None:
        """The latest round, if there is one that a person has let go on."""
        let_go = [r for r in self.rounds if r["state"] != EnrollmentState.PROPOSED]
        return let_go[-1] if let_go else None

    @cached_property
    def meaning(self) -> Meaning | None:
        """What the decision's rule forbids; None where no rule speaks against them."""
        if self.decision is None or self.decision.rule is None:
            return None
        return meaning_of(self.decision.rule, self.decision.reason, self.policy)

    @property
    def aside(self) -> SetAside | None:
        """How somebody of the team has put them off, where that holds."""
        last = [one for one in self.acts if one["act"] in (*PUTS_OFF, Act.WAKE)]
        held = (
            set_aside_of(*(last[-1][name] for name in ("act", "by", "at", "until")))
            if last
            else None
        )
        return held if held is not None and held.holds(self.at) else None

    @property
    def task(self) -> Row | None:
        """The latest answer that a person is to see to, or saw to."""
        for_a_person = [h for h in self.handoffs if h["needs_person"]]
        return for_a_person[-1] if for_a_person else None
