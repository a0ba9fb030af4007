"""Every way in which HubSpot and HighLevel say that somebody is not to be contacted, and how it comes to be said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.highlevel.client import HighLevelClient
from sandbox.hubspot.client import HubSpotClient

EMAIL, TEXTS, CALLS = "email", "sms", "call"
ALL = frozenset({EMAIL, TEXTS, CALLS})
MAIL, PHONE = frozenset({EMAIL}), frozenset({TEXTS, CALLS})

Values = Mapping[str, Any]
Say = Callable[[HubSpotClient, str], None]


@dataclass(frozen=True)
class Way:
    """`line` is where the fact sheet has it, `closes` the channels by which nobody may be reached then."""

    line: str
    say: Say
    closes: frozenset[str]
    rule: str = "D1"  # by which nobody is approached where everything is closed


# HubSpot: lines of platforms/hubspot.md.


def hubspot_values(lab: HubSpotClient, contact: str, values: Values) -> None:
    lab.control(f"records/{lab.portal}/contacts/{contact}", dict(values), method="PATCH")


def _set(**values: str) -> Say:
    return lambda lab, contact: hubspot_values(lab, contact, values)


def _address(lab: HubSpotClient, contact: str) -> str:
    return lab.stored(contact)["email"]


def _unsubscribed(lab: HubSpotClient, contact: str) -> None:
    """By the communication preferences alone: the contact's own property has not caught up."""
    definitions = lab.api("GET", "/communication-preferences/2026-09/definitions").json()
    told = {
        "statusState": "UNSUBSCRIBED",
        "channel": "EMAIL",
        "subscriptionId": int(definitions["results"][0]["id"]),
    }
    path = f"/communication-preferences/2026-09/statuses/{_address(lab, contact)}"
    token = _with(lab, "communication_preferences.write")
    lab.api("POST", path, told, token=token).raise_for_status()


def _in_list(name: str) -> Say:
    """In a list of this name, which is made where there is none."""

    def say(lab: HubSpotClient, contact: str) -> None:
        token = _with(lab, "crm.lists.read", "crm.lists.write")
        found = lab.api("GET", f"/crm/lists/2026-09/object-type-id/0-1/name/{name}", token=token)
        if found.status_code == 404:
            made = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL"}
            found = lab.api("POST", "/crm/lists/2026-09", made, token=token)
        list_id = found.raise_for_status().json()["list"]["listId"]
        path = f"/crm/lists/2026-09/{list_id}/memberships/add"
        lab.api("PUT", path, [contact], token=token).raise_for_status()

    return say


def _with(lab: HubSpotClient, *scopes: str) -> str:
    return lab.token(["oauth", "crm.objects.contacts.read", *scopes])


def _wrote(text: str) -> Say:
    """In the conversations of the account, by text."""

    def say(lab: HubSpotClient, contact: str) -> None:
        lab.control(f"conversations/{lab.portal}/{contact}", {"text": text, "channel": "SMS"})

    return say


HUBSPOT_FIELDS = (
    *("do_not_contact", "do_not_email", "email_opt_in"),
    *("sms_opt_out", "do_not_text", "do_not_call"),
)


def make_hubspot_fields(lab: HubSpotClient) -> None:
    """The properties that customers make for it."""
    token = _with(lab, "crm.schemas.contacts.write", "crm.schemas.contacts.read")
    for name in HUBSPOT_FIELDS:
        made = {"name": name, "label": name, "type": "string", "fieldType": "text"}
        path = "/crm/properties/2026-09/contacts"
        body = {**made, "groupName": "contactinformation"}
        lab.api("POST", path, body, token=token).raise_for_status()


HUBSPOT = (
    Way("3: hs_email_optout", _set(hs_email_optout="true"), ALL),
    Way("3: hs_email_optout_{subscriptionId}", _set(hs_email_optout_284110501="true"), MAIL),
    Way("3: of another kind", _set(hs_email_optout_284110503="true"), MAIL),
    Way("3: statuses/batch/read", _unsubscribed, MAIL),
    Way("3: hs_email_hard_bounce_reason_enum", _set(hs_email_hard_bounce_reason_enum="UNKNOWN_USER"), MAIL),
    Way("3: hs_email_bad_address", _set(hs_email_bad_address="true"), MAIL),
    Way("3: hs_email_is_ineligible", _set(hs_email_is_ineligible="true"), MAIL),
    Way("Corrections: hs_marketable_status", _set(hs_marketable_status="false"), MAIL),
    Way("Corrections: hs_email_quarantined", _set(hs_email_quarantined="true"), MAIL),
    Way("Corrections: hs_email_quarantine_reason", _set(hs_email_quarantine_reason="OTHER"), MAIL),
    Way("Corrections: hs_emailconfirmationstatus", _set(hs_emailconfirmationstatus="PENDING"), MAIL),
    Way("3: hs_email_sends_since_last_engagement", _set(hs_email_sends_since_last_engagement="16"), MAIL),
    Way("a portal's own consent to texts", _set(sms_consent="false"), PHONE),
    Way("a portal's own opt-out of texts", _set(sms_opt_out="true"), PHONE),
    Way("a portal's own do-not-text", _set(do_not_text="Yes"), PHONE),
    Way("a portal's own do-not-call", _set(do_not_call="Yes"), frozenset({CALLS})),
    Way("a portal's own do-not-email", _set(do_not_email="x"), ALL),
    Way("a portal's own consent to e-mail", _set(email_opt_in="no"), MAIL),
    Way("a portal's own do-not-contact", _set(do_not_contact="Yes"), ALL),
    Way("3: hs_lead_status", _set(hs_lead_status="DO_NOT_CONTACT"), ALL),
    Way("a list", _in_list("Do not contact"), ALL),
    Way("a list for texts", _in_list("Opted out of SMS"), PHONE),
    Way("Corrections: conversations, a keyword", _wrote("STOP"), ALL, "D2"),
    Way("Corrections: conversations, a sentence", _wrote("Please stop texting me"), ALL, "D2"),
    Way("Corrections: conversations, of everything", _wrote("Leave me alone!"), ALL, "D2"),
)  # fmt: skip


# HighLevel: lines of platforms/highlevel.md.


def highlevel_values(lab: HubSpotClient, contact: str, values: Values) -> None:
    side = HighLevelClient(lab)
    side.control(f"records/{side.location}/contacts/{contact}", dict(values), method="PATCH")


def _have(**values: Any) -> Say:
    return lambda lab, contact: highlevel_values(lab, contact, values)


def _dnd(channel: str, status: str = "active") -> Say:
    return _have(dndSettings={channel: {"status": status, "message": "asked us", "code": "101"}})


def _tagged(tag: str) -> Say:
    return _have(tags=["vip", tag])


def _field(key: str, value: str) -> Say:
    def say(lab: HubSpotClient, contact: str) -> None:
        values = {"customFields": [{"key": f"contact.{key}", "field_value": value}]}
        highlevel_values(lab, contact, values)

    return say


def _sent(text: str, kind: str) -> Say:
    """A message in the conversation with a contact."""

    def say(lab: HubSpotClient, contact: str) -> None:
        side = HighLevelClient(lab)
        values = {"contactId": contact, "messageType": kind, "direction": "inbound", "body": text}
        side.control(f"records/{side.location}/messages", values)

    return say


HIGHLEVEL_FIELDS = ("do_not_contact", "email_opt_in", "do_not_text", "do_not_call", "contact_status")  # fmt: skip


def make_highlevel_fields(lab: HubSpotClient) -> None:
    """The custom fields that customers make for it."""
    side = HighLevelClient(lab)
    path = f"/locations/{side.location}/customFields"
    token = side.token(["locations/customFields.write"])
    for name in HIGHLEVEL_FIELDS:
        body = {"name": name.replace("_", " "), "dataType": "TEXT", "model": "contact"}
        side.api("POST", path, body, token=token).raise_for_status()


HIGHLEVEL = (
    Way("3.8: dnd", _have(dnd=True), ALL),
    Way("3.8: dndSettings.Email", _dnd("Email"), ALL),
    Way("3.8: permanent", _dnd("Email", "permanent"), ALL),
    Way("3.8: dndSettings.SMS", _dnd("SMS"), PHONE),
    Way("3.8: SMS permanent", _dnd("SMS", "permanent"), PHONE),
    Way("3.8: dndSettings.Call", _dnd("Call"), frozenset({CALLS})),
    Way("3.8: inboundDndSettings", _have(inboundDndSettings={"all": {"status": "active"}}), ALL),
    Way("3.1: validEmail", _have(validEmail=False), MAIL),
    Way("Corrections: tag dnc", _tagged("dnc"), ALL),
    Way("Corrections: tag do not contact", _tagged("Do Not Contact"), ALL),
    Way("Corrections: tag deceased", _tagged("deceased"), ALL),
    Way("Corrections: tag opted out", _tagged("opted out"), ALL),
    Way("Corrections: tag wrong number", _tagged("wrong number"), PHONE),
    Way("a tag for a landline", _tagged("landline"), PHONE),
    Way("a tag for e-mail", _tagged("no email"), ALL),
    Way("a location's own consent to texts", _field("sms_consent", "No"), PHONE),
    Way("a location's own do-not-text", _field("do_not_text", "x"), PHONE),
    Way("a location's own do-not-call", _field("do_not_call", "Yes"), frozenset({CALLS})),
    Way("a location's own consent to e-mail", _field("email_opt_in", "no"), MAIL),
    Way("a location's own do-not-contact", _field("do_not_contact", "Yes"), ALL),
    Way("a location's own status", _field("contact_status", "Verstorben"), ALL),
    Way("11.4: a text that says so", _sent("please stop texting me", "TYPE_SMS"), ALL, rule="D2"),
    Way("11.4: an e-mail that says so", _sent("Unsubscribe me, please.", "TYPE_EMAIL"), ALL, rule="D2"),
    Way("11.4: of everything", _sent("Never contact me again", "TYPE_SMS"), ALL, rule="D2"),
)  # fmt: skip
