"""What a file says against contacting somebody closes the channel that it says it of (D1, D3, D5)."""

import pytest

from tests.audit.conftest import AsJson, Write

pytestmark = pytest.mark.integration

HUBSPOT = "Record ID,Email,Phone Number,Create Date,Last Engagement Date,Text message consent"
HIGHLEVEL = "Contact Id,Email,Phone,Created,Last Activity,SMS Consent"
LIST = "id,email,phone,created,last visit,sms consent"
EXPORTS = {"hubspot": HUBSPOT, "highlevel": HIGHLEVEL, "list": LIST}
BOTH, MAIL, TEXTS = "both", "mail", "texts"

# (export, column, value, what it closes): labels as HubSpot and HighLevel write them, then what people call it.
SAID = [
    ("hubspot", "Unsubscribed from all email", "true", BOTH),
    ("hubspot", "Opted out of email: Marketing Information", "true", MAIL),
    ("hubspot", "Opted out of email: One to One", "Yes", MAIL),
    ("hubspot", "hs_email_optout_284110501", "true", MAIL),
    ("hubspot", "Marketing contact status", "Non-marketing contact", MAIL),
    ("hubspot", "hs_marketable_status", "false", MAIL),
    ("hubspot", "Email hard bounce reason", "UNKNOWN_USER", MAIL),
    ("hubspot", "Email address quarantined", "true", MAIL),
    ("hubspot", "Email address quarantine reason", "Recipient complaint", MAIL),
    ("hubspot", "Invalid email address", "true", MAIL),
    ("hubspot", "Marketing email confirmation status", "Pending", MAIL),
    ("hubspot", "Sends Since Last Engagement", "16", MAIL),
    ("hubspot", "Lead Status", "Do not contact", BOTH),
    ("hubspot", "Do not contact", "Yes", BOTH),
    ("hubspot", "Do not text", "Yes", TEXTS),
    ("highlevel", "DND", "true", BOTH),
    ("highlevel", "Tags", "vip, dnc", BOTH),
    ("highlevel", "Tags", "Do Not Contact", BOTH),
    ("highlevel", "Tags", "deceased", BOTH),
    ("highlevel", "Tags", "opted out", BOTH),
    ("highlevel", "Tags", "wrong number", TEXTS),
    ("highlevel", "Tags", "landline", TEXTS),
    ("highlevel", "Do not contact", "Yes", BOTH),
    ("list", "Unsubscribed", "yes", BOTH),
    ("list", "Do not email", "x", BOTH),
    ("list", "Email consent", "no", MAIL),
    ("list", "Bounced", "hard", MAIL),
    ("list", "Status", "Nicht kontaktieren", BOTH),
    ("list", "Abgemeldet", "ja", BOTH),
]
SAYS_NOTHING = [
    ("hubspot", "Unsubscribed from all email", "false"),
    ("hubspot", "Marketing contact status", "Marketing contact"),
    ("hubspot", "Marketing email confirmation status", "Confirmed"),
    ("hubspot", "Lead Status", "Not contacted"),
    ("highlevel", "DND", "false"),
    ("highlevel", "Tags", "vip, new reactivation lead"),
    ("list", "Email consent", "yes"),
]


def reachable(write: Write, as_json: AsJson, export: str, column: str, value: str) -> set[str]:
    """Of somebody with an address alone and somebody with a number alone, who can be reached."""
    header = f'{EXPORTS[export]},"{column}"'
    mail = f'1,ann@x.test,,2019-03-05,2024-01-02,,"{value}"'
    texts = f'2,,+12125550100,2019-03-05,2024-01-02,Yes,"{value}"'
    found = set()
    for name, row in ((MAIL, mail), (TEXTS, texts)):
        # Somebody of whom nothing is said stands beside them.
        other = "9,zoe@x.test,,2019-03-05,2024-01-02,,"
        answer = as_json(write(f"{name}.csv", f"{header}\n{row}\n{other}\n"))
        assert answer["value"]["pool"] == 2
        found |= {name} if answer["value"]["reachable"] == 2 else set()
    return found


@pytest.mark.parametrize(("export", "column", "value", "closes"), SAID)
def test_what_a_column_says_closes_what_it_says_it_of(
    write: Write, as_json: AsJson, export: str, column: str, value: str, closes: str
) -> None:
    left = {MAIL: {TEXTS}, TEXTS: {MAIL}, BOTH: set[str]()}[closes]
    assert reachable(write, as_json, export, column, value) == left


@pytest.mark.parametrize(("export", "column", "value"), SAYS_NOTHING)
def test_what_says_nothing_against_it_closes_nothing(
    write: Write, as_json: AsJson, export: str, column: str, value: str
) -> None:
    assert reachable(write, as_json, export, column, value) == {MAIL, TEXTS}
