"""Whether a contact's record speaks against contacting it, and how; tolerant of what is missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector.highlevel.blocking import is_blocked, is_blocked_altogether
from connector.highlevel.values import flag, texts
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
    refused,
)

# Our field → custom fields of the customer's own by their keys, all of which are looked at: a refusal in any counts.
KEYS: dict[str, tuple[str, ...]] = {
    EVERYTHING: ("do_not_contact", "dnc", "do_not_disturb", "do_not_automate", "deceased", "legal_hold"),
    EMAIL: ("do_not_email", "email_opt_out"),
    "email_consent": ("email_consent", "email_opt_in", "email_marketing_consent", "marketing_consent"),
    "sms_consent": ("sms_consent", "sms_opt_in", "sms_marketing_consent"),
    TEXTS: ("sms_opt_out", "sms_optout", "text_opt_out", "do_not_text"),
    CALLS: ("do_not_call", "call_opt_out"),
    # Words of the staff's own that may refuse anything, beside the tags.
    "tags": ("contact_status", "lead_status", "phone_type", "line_type"),
}  # fmt: skip

NO_SOURCES: Mapping[str, Sequence[str]] = {}


def told(
    record: Mapping[str, Any],
    custom: Mapping[str, str],
    sources: Mapping[str, Sequence[str]] = NO_SOURCES,
    reason: str | None = None,
) -> RefusalColumns:
    """The columns that speak against contacting somebody; None where the answer leaves them out.

    `custom` is key → value of the contact's custom fields; `sources` input → further fields that feed it; `reason`
    why the contact was lost, as a field says.
    """

    def values(field: str) -> list[str]:
        further = [name.removeprefix("contact.") for name in sources.get(field, ())]
        named = dict.fromkeys([*KEYS.get(field, ()), *further])
        return [custom[key] for key in named if key in custom]

    said = [*texts(record.get("tags")), *values("tags")]
    words = refused(said) | ({EVERYTHING} if find_in_reason(reason or "") else frozenset())

    def marked(field: str, blocked: bool | None) -> bool | None:
        """Closed by the staff's words or the CRM's own switch; the latter is not in every answer."""
        by_field = any(marks(value) for value in values(field))
        return True if field in words or by_field else blocked

    no_texts, one_kind = is_blocked(record, "sms"), any(map(marks, values("email_kind_opt_out")))
    return RefusalColumns(
        do_not_contact=marked(EVERYTHING, is_blocked_altogether(record)),
        email_opt_out=marked(EMAIL, is_blocked(record, "email")),
        email_consent=False if one_kind else _agreed(values("email_consent")),
        email_bounced=marked(DEAD_ADDRESS, _is_dead(record.get("validEmail"))),
        marketable=is_marketable(values("marketing_status")),
        sms_consent=False if no_texts else _agreed(values("sms_consent")),
        sms_opt_out=marked(TEXTS, no_texts),
        call_opt_out=marked(CALLS, is_blocked(record, "call")),
        # Tags are in every answer: where none says so, none does.
        disqualified=disqualifies(said),
    )


def _is_dead(valid: object) -> bool | None:
    # What is not clearly valid is not written to.
    return None if valid in (None, "") else flag(valid) is not True


def _agreed(values: Sequence[str]) -> bool | None:
    """Yes where one says so and none says no; None where neither is said."""
    said = [flag(value) if flag(value) is not None else agrees(value) or None for value in values]
    return None if not any(said) and False not in said else False not in said
