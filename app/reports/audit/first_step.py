"""What is said first where nobody's silence can be told: which column of the file would change that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.reports.reading.mapping import FileMapping, as_option
from inputs.evidence import PAST
from scoring.summary.audit_summary import AuditSummary, Gap

# What a column of dates is asked for first: the visit that every business knows of.
_ASKED = "last_appointment_at"
_NO_SIGN = frozenset({"created_at", "birth_date", "sms_consent_at"})
_NAMED = 12
_NO_DATES = "no column with a date was recognised; say which with --map"


def no_dates(mappings: Mapping[str, FileMapping]) -> list[Gap]:
    """The gap of a contacts file without a date of anything, where no other file has some."""
    contacts = mappings.get("contacts")
    if contacts is None or len(mappings) > 1 or any(name in PAST for name in contacts.columns):
        return []
    named = _listed(contacts.guesses or [entry.column for entry in contacts.unused])
    options = ", ".join(as_option(column, _ASKED) for column in contacts.guesses[:3])
    hint = options or as_option("COLUMN", _ASKED)
    return [
        Gap(
            "no_dates",
            None,
            f"In the contacts file {_NO_DATES}: {hint}. Columns that were not used: {named}.",
            "Nobody's silence can be told",
            "Map a date",
        )
    ]


def with_first_step(summary: AuditSummary, mappings: Mapping[str, FileMapping]) -> AuditSummary:
    """The summary, opening with the column to map where it can say of nobody whether they went quiet."""
    contacts = mappings.get("contacts")
    if contacts is None or not summary.contacts or summary.unmeasurable < summary.contacts:
        return summary
    if contacts.guesses:
        column = contacts.guesses[0]
        others = (
            f" ({_listed(contacts.guesses[1:])} may hold one as well)"
            if contacts.guesses[1:]
            else ""
        )
        return replace(
            summary,
            headline=f"“{column}” may tell who has gone quiet.",
            finding=f"Nobody's silence can be told until it is known what “{column}” holds: if it is when they "
            f"last came, add {as_option(column, _ASKED)}{others}.",
        )
    if any(name in PAST and name not in _NO_SIGN for name in contacts.columns):
        # Dates of something done are there, and still say nothing: none is filled, or none is past.
        signs = [c for name, c in contacts.columns.items() if name in PAST and name not in _NO_SIGN]
        return replace(
            summary,
            headline="No date in the file tells who has gone quiet.",
            finding=f"Nobody's silence can be told: {_listed(signs)} would tell it, but no date there is filled, "
            "readable and past.",
        )
    left = _listed([entry.column for entry in contacts.unused])
    which = f"no column with a date of what they did was recognised; say which with {as_option('COLUMN', _ASKED)}"
    return replace(
        summary,
        headline="No column tells who has gone quiet.",
        finding=f"Nobody's silence can be told: {which} (not used: {left or 'none'}), or add one, such as the last "
        "appointment or purchase.",
    )


def _listed(columns: Sequence[str]) -> str:
    named = ", ".join(f"“{column}”" for column in columns[:_NAMED])
    return f"{named} and {len(columns) - _NAMED} more" if len(columns) > _NAMED else named
