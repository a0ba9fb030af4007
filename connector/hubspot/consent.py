"""Whether a contact's properties speak against contacting it, and how; tolerant of what is missing."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connector.hubspot.answers import listed
from connector.port.records import RefusalColumns
from contact_rules.wishes import find_in_reason
from inputs.meanings import is_marketable
from inputs.refusals import (
    CALLS,
    DEAD_ADDRESS,
    EMAIL,
    EVERYTHING,
    TEXTS,
    agrees,
    disqualifies,
    marks,
    plain,
    refused,
)

# The properties of kinds of e-mail, one for each: true for who has opted out of that kind alone.
_UNSUBSCRIBED = re.compile(r"hs_email_optout_\d+", re.ASCII)
# Where a portal asks for a double opt-in: what says that it was given.
_CONFIRMED = frozenset({"confirmed", "verified", "complete", "completed", "not required", "true"})

# Our field → HubSpot's property names, all of which are looked at: a refusal in any of them counts. What is no
# standard property are customers' usual names.
PROPERTIES: dict[str, tuple[str, ...]] = {
    "do_not_contact": ("do_not_contact", "dnc", "do_not_disturb", "do_not_automate", "deceased", "legal_hold"),
    "email_opt_out": ("hs_email_optout", "do_not_email", "email_opt_out"),
    "email_consent": ("email_consent", "email_opt_in", "email_marketing_consent", "marketing_consent"),
    "email_confirmation": ("hs_emailconfirmationstatus",),
    "email_bounced": (
        *("hs_email_hard_bounce_reason_enum", "hs_email_bad_address", "hs_email_is_ineligible"),
        *("hs_email_quarantined", "hs_email_quarantine_reason", "hs_email_quarantined_reason"),
        "hs_email_customer_quarantined_reason",
    ),
    "marketable": ("hs_marketable_status",),
    "sms_consent": ("sms_consent", "sms_opt_in", "sms_marketing_consent"),
    "sms_opt_out": ("sms_opt_out", "sms_optout", "text_opt_out", "do_not_text"),
    "call_opt_out": ("do_not_call", "call_opt_out"),
    # Words of the staff's own that may refuse anything.
    "tags": ("hs_lead_status", "contact_status", "tags", "contact_tags", "phone_type", "line_type"),
}  # fmt: skip
NO_LABELS: Mapping[tuple[str, str], str] = MappingProxyType({})
# Our field → properties that are found by their form.
UNSUBSCRIBED = "email_kind_opt_out"


def unsubscribing(existing: Iterable[str]) -> tuple[str, ...]:
    """Those of an account's properties that hold an opt-out of one kind of e-mail."""
    return tuple(sorted(name for name in existing if _UNSUBSCRIBED.fullmatch(name)))


def labels_of(
    definitions: Iterable[Mapping[str, Any]], mapping: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], str]:
    """(property, value) → what people see of it, where words of the staff's own are chosen from a list.

    A label may be renamed to "Do not contact" while its value stays what it was.
    """
    return {
        (str(one.get("name")), str(option.get("value"))): str(option.get("label") or "")
        for one in definitions
        if one.get("name") in mapping.get("tags", ())
        for option in listed(one, "options")
    }


def told(
    properties: Mapping[str, str],
    mapping: Mapping[str, Sequence[str]],
    labels: Mapping[tuple[str, str], str] = NO_LABELS,
) -> RefusalColumns:
    """The columns that speak against contacting somebody; None where the properties do not tell.

    What staff fill in and empty again is not so where it is empty. What HubSpot keeps does not tell where it is.
    """

    def values(field: str) -> list[str]:
        return [value for name in mapping.get(field, ()) if (value := properties.get(name))]

    chosen = [
        labels.get((name, part), part)
        for name in mapping.get("tags", ())
        for part in (properties.get(name) or "").split(";")
    ]
    noted = [*values("tags"), *chosen]
    reasons = [*values("reason"), *values("inquiry")]
    words = refused(noted) | ({EVERYTHING} if any(map(find_in_reason, reasons)) else frozenset())

    def marked(field: str, *, empty: bool | None = None) -> bool | None:
        said = [mark for value in values(field) if (mark := marks(value)) is not None]
        return True if field in words or True in said else False if said else empty

    def by_staff(field: str) -> bool | None:
        return marked(field, empty=False if mapping.get(field) or mapping.get("tags") else None)

    return RefusalColumns(
        do_not_contact=by_staff(EVERYTHING),
        email_opt_out=marked(EMAIL),
        email_consent=_email_consent(values),
        email_bounced=marked(DEAD_ADDRESS, empty=False),
        marketable=is_marketable(values("marketable")),
        sms_consent=_agreed(values("sms_consent")),
        sms_opt_out=by_staff(TEXTS),
        call_opt_out=by_staff(CALLS),
        disqualified=disqualifies(noted) if mapping.get("tags") else None,
    )


def _email_consent(values: Callable[[str], list[str]]) -> bool | None:
    """False where any kind of e-mail is refused: which kind a workflow sends, nobody but its author knows."""
    kinds = [marks(value) for value in values(UNSUBSCRIBED)]
    confirmed = [plain(value) in _CONFIRMED for value in values("email_confirmation")]
    if True in kinds or False in confirmed:
        return False
    given = _agreed(values("email_consent"))
    return True if given is None and kinds else given


def _agreed(values: Sequence[str]) -> bool | None:
    """Yes where one says so and none says anything else; None where nothing is said."""
    said = [agrees(value) for value in values]
    return all(said) if said else None
