"""Contact files in both pretend CRMs: their own labels, properties for all other columns, usual encodings."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.client import HighLevelClient, easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot

pytestmark = pytest.mark.integration

FILE = (
    "Patienten-Nr.;Vorname;Nachname;E-Mail;Handy;Letzter Termin;Umsatz;Notiz\n"
    "1;Jörg;Weiß;joerg@example.com;+4915100001;13.02.2024;120;ruft an\n"
    "2;Ute;Koch;ute@example.com;;03.04.2023;80;\n"
    ";;;;;01.01.2020;5;niemand\n"
    "4;Ida;Groß;JOERG@example.com;;;;\n"
)


@pytest.fixture(scope="module")
def lab() -> Iterator[HubSpotClient]:
    config = SandboxConfig(
        contacts=0,
        as_of=datetime(2026, 11, 16, 14, tzinfo=UTC),
        options=(easy_hubspot(), easy_highlevel(0)),
    )
    with serving_hubspot(config) as opened:
        yield opened


def load(lab: HubSpotClient, path: str, content: bytes) -> dict[str, object]:
    answer = lab.http.post(path, content=content)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_german_file_becomes_contacts_with_properties_of_their_own(lab: HubSpotClient) -> None:
    report = load(lab, "/control/load/contacts", FILE.encode("cp1252"))
    assert (report["contacts"], report["bad"], report["ignored_columns"]) == (2, 2, [])
    assert report["bad_rows"] == [
        {"line": 4, "reason": "the row has no email, phone, name or id"},
        {"line": 5, "reason": "same email address as line 2"},
    ]
    made = lab.api("GET", "/crm/properties/2026-09/contacts").json()["results"]
    kinds = {p["name"]: p["type"] for p in made if not p["hubspotDefined"]}
    assert kinds["letzter_termin"] == "date"
    assert kinds["umsatz"] == "number"
    assert kinds["notiz"] == "string"
    ids = [r["id"] for r in lab.api("GET", "/crm/objects/2026-09/contacts").json()["results"]]
    # Other tests of this file load contacts without a name into the same account.
    stored = {lab.stored(i).get("firstname"): lab.stored(i) for i in ids}
    assert stored["Jörg"]["letzter_termin"] == "2024-02-13"
    assert stored["Ute"]["letzter_termin"] == "2023-04-03"
    assert stored["Jörg"]["mobilephone"] == "+4915100001"


def test_the_same_file_has_custom_fields_in_the_other(lab: HubSpotClient) -> None:
    report = load(lab, "/control/highlevel/load/contacts", FILE.encode())
    assert (report["contacts"], report["bad"]) == (2, 2)
    highlevel = HighLevelClient(lab)
    found = highlevel.api("GET", f"/locations/{highlevel.location}/customFields").json()
    kinds = {f["name"]: f["dataType"] for f in found["customFields"]}
    assert kinds["Letzter Termin"] == "DATE"
    assert kinds["Umsatz"] == "NUMERICAL"
    assert kinds["Notiz"] == "TEXT"
    told = lab.control("state")["loaded"]
    assert told[-1]["bad_rows"], "the state tells what was left out"


def test_the_crms_own_labels_are_understood_and_a_column_of_other_values_is_no_choice(
    lab: HubSpotClient,
) -> None:
    text = (
        "Email,Original Source,Time Zone,Lead Status\n"
        "a1@example.com,Offline Sources,US/Eastern,Stammkunde\n"
        "a2@example.com,Organic Search,,Interessent\n"
    )
    report = load(lab, "/control/load/contacts", text.encode())
    assert (report["contacts"], report["bad"]) == (2, 0)
    listed = "/crm/objects/2026-09/contacts?properties=email,hs_analytics_source,lead_status"
    results = lab.api("GET", listed).json()["results"]
    stored = {r["properties"].get("email"): r["properties"] for r in results}
    assert stored["a1@example.com"]["hs_analytics_source"] == "OFFLINE"
    assert stored["a1@example.com"]["lead_status"] == "Stammkunde"
