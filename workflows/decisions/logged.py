"""What the decision log tells of decisions that are saved: changes of standing, each with its evidence; pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from contact_rules.evidence import fields_behind
from contact_rules.person import Person, Policy
from workflows.decisions.decide import Decision
from workflows.log.entries import Entry, What, Who, consent_of, of_fields
from workflows.status import Status

# Nothing was decided for or against them: before that they are nobody to the log.
_NOTHING = (Status.ACTIVE, Status.UNMEASURABLE)
_AGAINST = (Status.SUPPRESSED, Status.HUMAN_FIRST)


class Changed(NamedTuple):
    """A decision, and the one it replaces."""

    before: Decision | None
    after: Decision


def entries_of(
    changed: Iterable[Changed], people: Mapping[str, Person], policy: Policy
) -> list[Entry]:
    """One entry for each whose standing is another than before; another channel alone is none."""
    return [
        _entry(after, people.get(after.contact_id), policy)
        for before, after in changed
        if _stands(before) != _stands(after)
    ]


def _stands(decision: Decision | None) -> tuple[str | None, ...]:
    if decision is None or decision.status in _NOTHING:
        return (None,)
    return decision.status, decision.playbook, decision.rule, decision.reason


def _entry(decision: Decision, person: Person | None, policy: Policy) -> Entry:
    against = decision.status in _AGAINST
    return Entry(
        What.SUPPRESSED if against else What.STANDING,
        Who.RULE_BOOK if against else Who.SCHEDULE,
        decision.contact_id,
        standing=decision.status,
        programme=decision.playbook,
        channel=decision.channel,
        rule=decision.rule,
        reason=decision.reason,
        evidence=of_fields(fields_behind(decision.rule, decision.reason, policy)),
        consent=consent_of(person),
    )
