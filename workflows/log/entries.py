"""What the decision log tells of one decision, and what of a person's consent belongs to it; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from contact_rules.person import Person


class Who(StrEnum):
    """A person is named beside it; the schedule is whatever runs by itself."""

    PERSON = "person"
    RULE_BOOK = "rule_book"
    SCHEDULE = "schedule"


class What(StrEnum):
    """What was decided or done."""

    STANDING = "standing"  # somebody stands otherwise than before; the standing is beside it
    PROPOSED = "proposed"
    REPLACED = "replaced"  # a proposal that nobody approved gave way to a newer one
    APPROVED = "approved"
    ASKED = "asked"  # the CRM was asked to act
    REFUSED = "refused"
    DEFERRED = "deferred"
    FAILED = "failed"
    PROVED = "proved"  # the CRM's own evidence shows that it ran
    UNPROVED = "unproved"
    ENDED = "ended"
    SUPPRESSED = "suppressed"
    LIFTED = "lifted"
    HANDED_OVER = "handed_over"
    SET_ASIDE = "set_aside"  # somebody of the team has put the contact off
    CORRECTED = "corrected"  # somebody of the team knows better why they went quiet
    COPIED = "copied"  # the words were taken to be said by hand
    UNDONE = "undone"  # what a person did was taken back
    SETTING = "setting"
    STOPPED = "stopped"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. `evidence` is `field:NAME` or `activity:ID`, never a text that somebody wrote.

    `subject` is the batch or touch that it belongs to, `version` that of the opener or text, `consent` what the CRM
    said of the person's consent at that moment.
    """

    what: What
    who: Who
    contact_id: str | None = None
    by: str | None = None
    standing: str | None = None
    programme: str | None = None
    channel: str | None = None
    rule: str | None = None
    reason: str | None = None
    evidence: str | None = None
    consent: Mapping[str, bool | str] | None = None
    subject: str | None = None
    version: str | None = None


_SPEAKS = ("do_not_contact", "marketable")
_PARTS = ("consent", "opt_out", "bounced", "complain", "quarantin")
CONSENT_FIELDS = tuple(
    field.name
    for field in fields(Person)
    if field.name in _SPEAKS or any(part in field.name for part in _PARTS)
)


def consent_of(person: Person | None) -> Mapping[str, bool | str] | None:
    """What is known of a person's consent and refusals, by the rule book's own names; None of nobody."""
    if person is None:
        return None
    known = ((name, getattr(person, name)) for name in CONSENT_FIELDS)
    return {name: _told(value) for name, value in known if value is not None}


def _told(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def of_fields(names: Iterable[str]) -> str | None:
    """Fields of a contact as evidence; None of none."""
    told = ",".join(sorted(names))
    return f"field:{told}" if told else None


def of_activity(activity_id: str) -> str:
    """An activity as evidence: its id in the CRM."""
    return f"activity:{activity_id}"
