"""Properties that the portal's own staff made; portals register them beside the standard ones."""

from sandbox.hubspot.definitions import Definition, Option
from sandbox.world.identity import DEPTHS, UNASKED
from sandbox.world.latents import REASONS
from sandbox.world.names import CONCERNS

SMS_CONSENT = "sms_consent"
SMS_CONSENT_DATE = "sms_consent_date"
SMS_LAST_REPLY = "sms_last_reply_date"
LOST_REASON = "lost_reason"
HEARING_CONCERN = "hearing_concern"
INQUIRY_LEVEL = "inquiry_level"  # noted when the contact is made, before anything is known
LEAD_QUALITY = "lead_quality"  # filled in after the outcome is known: it must not be learnt from
CUSTOMER_ID = "customer_id"
QUANTITY = "quantity"

LEAD_QUALITIES = ("won", "hot", "warm", "cold")


def _options(*values: str) -> tuple[Option, ...]:
    return tuple(
        Option(value.replace("_", " ").capitalize(), value, place)
        for place, value in enumerate(values)
    )


def _enumeration(name: str, label: str, *values: str) -> Definition:
    group = "contactinformation"
    return Definition(name, label, "enumeration", "select", group, options=_options(*values))


#: Pairs of kind of record and definition.
CUSTOM_PROPERTIES: tuple[tuple[str, Definition], ...] = (
    (
        "contacts",
        Definition(
            SMS_CONSENT,
            "Text message consent",
            "bool",
            "booleancheckbox",
            "contactinformation",
            options=(Option("Yes", "true", 0), Option("No", "false", 1)),
        ),
    ),
    (
        "contacts",
        Definition(
            SMS_CONSENT_DATE, "Text message consent date", "datetime", "date", "contactinformation"
        ),
    ),
    (
        "contacts",
        Definition(SMS_LAST_REPLY, "Last text reply", "datetime", "date", "contactinformation"),
    ),
    ("contacts", _enumeration(LOST_REASON, "Reason lost", *REASONS)),
    ("contacts", _enumeration(HEARING_CONCERN, "Hearing concern", *CONCERNS)),
    ("contacts", _enumeration(INQUIRY_LEVEL, "Inquiry level", *reversed(DEPTHS), UNASKED)),
    ("contacts", _enumeration(LEAD_QUALITY, "Lead quality", *LEAD_QUALITIES)),
    ("contacts", Definition(CUSTOMER_ID, "Customer ID", "string", "text", "contactinformation")),
    ("deals", Definition(QUANTITY, "Quantity", "number", "number", "dealinformation")),
)
