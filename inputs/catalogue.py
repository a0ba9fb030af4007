"""Everything that may be known of a contact and that the product can use: one list for accounts and files.

An input is what the product wants to know, such as the last appointment. Where it comes from is a source: a
property of a CRM or a column of a file. Which sources feed which input is the mapping.
"""

from collections.abc import Mapping
from types import MappingProxyType

from inputs.input import Group, Input, Kind


def _listed(group: Group, *inputs: tuple[str, str, Kind, str, str]) -> list[Input]:
    return [
        Input(name, label, group, kind, feeds, without)
        for name, label, kind, feeds, without in inputs
    ]


_SIGN = "Recency, history of engagement"
_LESS_SEEN = "People who only did this look quiet for longer than they are"

INPUTS: tuple[Input, ...] = (
    *_listed(
        Group.WHO,
        (
            "contact_id",
            "Contact id",
            Kind.ID,
            "Tells people apart, joins files",
            "People are told apart by their address",
        ),
        ("first_name", "First name", Kind.TEXT, "Openers", "Openers greet without a name"),
        (
            "last_name",
            "Last name",
            Kind.TEXT,
            "Duplicates",
            "Duplicates are found by address alone",
        ),
        ("email", "Email", Kind.ADDRESS, "Sending, duplicates", "Nobody can be reached by email"),
        ("phone", "Phone", Kind.PHONE, "Calls, time zone", "Nobody can be called"),
        (
            "mobile",
            "Mobile phone",
            Kind.PHONE,
            "Texts, calls, time zone",
            "Texts go to the other number, if it takes any",
        ),
        (
            "timezone",
            "Time zone",
            Kind.ZONE,
            "Quiet hours",
            "Derived from the region and the number",
        ),
        ("region", "State or region", Kind.TEXT, "Quiet hours", "Derived from the number"),
        (
            "birth_date",
            "Birth date",
            Kind.MOMENT,
            "Minors are left alone",
            "Minors can't be told apart",
        ),
        (
            "owner_id",
            "Owner",
            Kind.TEXT,
            "Handing over replies",
            "Replies go to the account's own contact person",
        ),
        (
            "preferred_channel",
            "Preferred channel",
            Kind.TAGS,
            "Left alone where it says so",
            "Wishes kept there are not seen",
        ),
    ),
    *_listed(
        Group.MAY,
        (
            "email_opt_out",
            "Opted out of email",
            Kind.MARK,
            "No email to them",
            "Whoever opted out outside the CRM is not known",
        ),
        (
            "email_kind_opt_out",
            "Opted out of a kind of email",
            Kind.MARK,
            "No email to them",
            "Whoever refused one kind of email is sent it",
        ),
        (
            "email_consent",
            "Email consent",
            Kind.YES_NO,
            "Email allowed",
            "Consent follows from the relationship",
        ),
        (
            "email_bounced",
            "Email bounced",
            Kind.MARK,
            "No email to them",
            "Dead addresses are written to",
        ),
        ("sms_consent", "SMS consent", Kind.YES_NO, "Proof before any text", "Nobody is texted"),
        (
            "sms_consent_at",
            "SMS consent date",
            Kind.MOMENT,
            "Proof before any text",
            "Consent has no date",
        ),
        (
            "sms_consent_source",
            "SMS consent source",
            Kind.TEXT,
            "Proof before any text",
            "Consent has no origin",
        ),
        (
            "sms_consent_text",
            "SMS consent wording",
            Kind.TEXT,
            "Proof before any text",
            "Consent has no wording",
        ),
        (
            "sms_opt_out",
            "Opted out of texts",
            Kind.MARK,
            "No text to them",
            "Whoever opted out outside the CRM is not known",
        ),
        (
            "call_opt_out",
            "Opted out of calls",
            Kind.MARK,
            "No call to them",
            "Whoever opted out outside the CRM is not known",
        ),
        (
            "do_not_contact",
            "Do not contact",
            Kind.MARK,
            "Left alone entirely",
            "Whoever wants to be left alone is not known",
        ),
        (
            "marketing_status",
            "Marketing status",
            Kind.CHOICE,
            "Whether marketing email can be sent",
            "Starts that can't send are tried",
        ),
        (
            "tags",
            "Tags",
            Kind.TAGS,
            "Do-not-contact words, customers",
            "Wishes kept in tags are not seen",
        ),
        (
            "unengaged_sends",
            "Sends since last engagement",
            Kind.COUNT,
            "Mail that would be held back",
            "Mail to people who open none may be held back",
        ),
    ),
    *_listed(
        Group.HAPPENED,
        (
            "created_at",
            "Added on",
            Kind.MOMENT,
            "Age of a lead",
            "Nobody can be told dormant who never did anything",
        ),
        ("last_appointment_at", "Last visit or appointment", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("first_form_at", "First form", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_form_at", "Last form", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_reply_at", "Last email reply", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_sales_reply_at", "Last reply to a salesperson", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_sms_at", "Last text from them", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_call_at", "Last answered call", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_meeting_at", "Last meeting", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_visit_at", "Last website visit", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_seen_at", "Last seen on the website", Kind.MOMENT, _SIGN, _LESS_SEEN),
        ("last_click_at", "Last email click", Kind.MOMENT, _SIGN, _LESS_SEEN),
        (
            "last_sales_click_at",
            "Last click in a salesperson's email",
            Kind.MOMENT,
            _SIGN,
            _LESS_SEEN,
        ),
        ("last_engagement_at", "Last engagement", Kind.MOMENT, _SIGN, _LESS_SEEN),
        (
            "last_activity_at",
            "Last activity of any kind",
            Kind.MOMENT,
            "Recency where nothing better is known",
            "Nothing, where better dates are known",
        ),
    ),
    *_listed(
        Group.BOUGHT,
        (
            "first_purchase_at",
            "First purchase",
            Kind.MOMENT,
            "Customers, rhythm of buying",
            "Every purchase counts as made on the last date",
        ),
        (
            "last_purchase_at",
            "Last purchase",
            Kind.MOMENT,
            "Customers, recency",
            "Customers are known by deals alone",
        ),
        (
            "last_purchase_amount",
            "Last amount",
            Kind.MONEY,
            "Value at stake",
            "Values are known by deals alone",
        ),
        (
            "purchase_count",
            "Number of purchases",
            Kind.COUNT,
            "Rhythm of buying",
            "One purchase is assumed",
        ),
        (
            "revenue",
            "Lifetime value",
            Kind.MONEY,
            "Value at stake",
            "Values are known by deals alone",
        ),
        (
            "fitting_at",
            "Fitting or installation",
            Kind.MOMENT,
            "Customers, next one due",
            "Who is due for a new one is not known",
        ),
        (
            "closed_at",
            "Close date",
            Kind.MOMENT,
            "Customers, recency",
            "Customers are known by deals alone",
        ),
        (
            "revenue_amount",
            "Sale amount field",
            Kind.MONEY,
            "Revenue that came back",
            "Revenue is counted from deals and payments alone",
        ),
        (
            "revenue_at",
            "Sale date field",
            Kind.MOMENT,
            "Revenue that came back",
            "Revenue is counted from deals and payments alone",
        ),
    ),
    *_listed(
        Group.AHEAD,
        (
            "next_appointment_at",
            "Next visit or appointment",
            Kind.MOMENT,
            "Left alone until then",
            "People with an appointment may be written to",
        ),
        (
            "warranty_end_at",
            "Warranty end",
            Kind.MOMENT,
            "A reason to write",
            "The end of a warranty is no occasion",
        ),
        (
            "contract_end_at",
            "Contract or plan end",
            Kind.MOMENT,
            "A reason to write",
            "The end of a contract is no occasion",
        ),
        ("open_deal", "Open deal", Kind.MARK, "Left alone", "People in talks may be written to"),
    ),
    *_listed(
        Group.WANTED,
        (
            "lifecycle",
            "Journey stage",
            Kind.CHOICE,
            "Leads and customers apart",
            "Customers are known by purchases alone",
        ),
        ("source", "Source", Kind.CHOICE, "Likelihood to respond", "All sources count alike"),
        (
            "reason",
            "Lost reason",
            Kind.CHOICE,
            "Why they went quiet",
            "Reasons are read from deals and notes alone",
        ),
        (
            "asked_for",
            "What they asked for",
            Kind.TEXT,
            "Openers that name it, where health data is off",
            "Openers name the inquiry alone",
        ),
        (
            "bought",
            "What they bought",
            Kind.TEXT,
            "Openers that name it, where health data is off",
            "Openers name the purchase alone",
        ),
        (
            "concern",
            "Their concern at first",
            Kind.TEXT,
            "Openers that speak to it, where health data is off",
            "Openers speak to the reason alone",
        ),
        (
            "served_by",
            "Who looked after them",
            Kind.TEXT,
            "Openers that name them",
            "Openers name nobody",
        ),
        (
            "facts",
            "Other facts that may matter",
            Kind.TAGS,
            "Likelihood to respond, learnt from your own results",
            "What else you know of people is not learnt from",
        ),
        (
            "satisfaction",
            "Satisfaction",
            Kind.CHOICE,
            "Service issues go to a person first",
            "Who was unhappy is not known",
        ),
    ),
    Input(
        "inquiry",
        "Inquiry level",
        Group.WANTED,
        Kind.CHOICE,
        "Likelihood to respond",
        "Interest at first is not known",
        is_predictor=True,
    ),
)

BY_NAME: Mapping[str, Input] = MappingProxyType({entry.name: entry for entry in INPUTS})
