"""Exports are recognised by their headers; other files by common names or by what the user says."""

import pytest

from app.reports.reading.contact_mapping import Ask
from app.reports.reading.contact_mapping import map_contacts as map_sources
from app.reports.reading.mapping import (
    ActivityField,
    FileMapping,
    PurchaseField,
    looks_like_purchases,
    map_activities,
    map_purchases,
    parse_map,
)
from connector.export import IGNORED, recognise
from connector.highlevel import export_headers as highlevel
from connector.hubspot import export_headers as hubspot
from core.errors import Invalid
from inputs.catalogue import BY_NAME
from inputs.evidence import READ
from inputs.list_names import ACTIVITY_NAMES, PURCHASE_NAMES
from inputs.suggest import Source

HUBSPOT = ["Record ID", "First Name", "Email", "Create Date", "Last Activity Date", "Close Date"]
HIGHLEVEL = ["Contact Id", "First Name", "Phone", "Email", "Created", "Last Activity", "Tags"]


def map_contacts(
    headers: list[str], wishes: dict[str, str] | None = None, ask: Ask | None = None
) -> FileMapping:
    return map_sources([Source(header) for header in headers], wishes or {}, ask)


def why_unused(mapping: FileMapping) -> dict[str, str]:
    return {entry.column: entry.reason for entry in mapping.unused}


def test_every_table_speaks_of_known_fields() -> None:
    tables = [*hubspot.HEADERS.values(), *highlevel.HEADERS.values()]
    assert set(tables) <= {*BY_NAME, IGNORED}
    assert BY_NAME.keys() >= set(READ)
    assert set(ACTIVITY_NAMES) == set(ActivityField)
    assert set(PURCHASE_NAMES) == set(PurchaseField)
    for table in (hubspot, highlevel):
        assert set(table.ID_HEADERS) <= table.HEADERS.keys()
        assert all(header == header.casefold() for header in table.HEADERS)


def test_a_hubspot_export_is_recognised_in_any_spelling() -> None:
    mapping = recognise(["\ufeff" + HUBSPOT[0].upper(), *HUBSPOT[1:], "Favourite colour"])
    assert mapping is not None
    assert mapping.label == "HubSpot contact export"
    assert mapping.inputs["Close Date"] == "closed_at"
    assert "Favourite colour" not in mapping.inputs
    assert recognise(["hs_object_id", "email", "createdate"]) is not None


def test_a_highlevel_export_is_recognised() -> None:
    mapping = recognise(HIGHLEVEL)
    assert mapping is not None
    assert mapping.label == "HighLevel contact export"
    assert mapping.inputs["Created"] == "created_at"


@pytest.mark.parametrize("headers", [["id", "email", "created"], ["Record ID", "x", "y"], []])
def test_other_files_are_not_taken_for_an_export(headers: list[str]) -> None:
    assert recognise(headers) is None


def test_of_several_columns_for_one_field_all_are_read_and_of_ids_one() -> None:
    mapping = map_contacts(["Record ID", "Email", "Email (2)", "Work email", "Customer number"])
    assert mapping.columns["email"] == "Email"
    assert mapping.further == {"email+1": "Email (2)", "email+2": "Work email"}
    assert mapping.sources()["email"] == ["email", "email+1", "email+2"]
    assert "“Record ID” is used" in why_unused(mapping)["Customer number"]


def test_a_known_export_uses_its_own_columns_by_name_as_well() -> None:
    mapping = map_contacts([*HIGHLEVEL, "Last Appt", "Fitting Date", "Shoe size", "Letzter Kauf"])
    assert mapping.label == "HighLevel contact export"
    assert mapping.columns["last_activity_at"] == "Last Activity"
    assert mapping.columns["last_appointment_at"] == "Last Appt"
    assert mapping.columns["fitting_at"] == "Fitting Date"
    assert mapping.columns["last_purchase_at"] == "Letzter Kauf"
    assert why_unused(mapping).keys() == {"First Name", "Shoe size"}


def test_what_the_business_did_is_never_used() -> None:
    reasons = why_unused(map_contacts([*HUBSPOT, "Last Contacted", "Next Activity Date"]))
    assert "what the business did" in reasons["Last Contacted"]
    assert "what the business did" in reasons["Next Activity Date"]


def test_an_opt_out_of_one_kind_of_email_is_an_opt_out() -> None:
    mapping = map_contacts([*HUBSPOT, "Opted out of email: Newsletter", "Opted out of email: Tips"])
    assert len(mapping.sources()["email_kind_opt_out"]) == 2


def test_common_names_are_enough_for_other_lists() -> None:
    columns = map_contacts(["Customer_ID", "E-mail", "Date Added"]).columns
    assert columns == {"contact_id": "Customer_ID", "email": "E-mail", "created_at": "Date Added"}


def test_a_wish_wins_over_a_name() -> None:
    mapping = map_contacts(["id", "Created", "joined_on"], {"joined_on": "created_at"})
    assert mapping.columns["created_at"] == "joined_on"
    assert mapping.further == {}
    assert "joined_on" in why_unused(mapping)["Created"]
    ignoring = map_contacts(["id", "email"], {"email": "ignored"})
    assert ignoring.columns == {"contact_id": "id"}
    assert why_unused(ignoring) == {"email": "left out by --map"}


def test_an_unknown_file_is_asked_about_only_if_somebody_is_there() -> None:
    with pytest.raises(Invalid, match="Columns: foo, bar") as refused:
        map_contacts(["foo", "bar"])
    assert "created_at" in refused.value.message
    answered = map_contacts(["foo", "bar"], ask=lambda headers, _known: {"email": headers[0]})
    assert answered.columns == {"email": "foo"}


def test_values_speak_where_names_do_not() -> None:
    mapping = map_sources(
        [
            Source("Nummer", values=["1", "2"]),
            Source("Kontaktdaten", values=["a@x.org", "b@x.org"]),
            Source("Beim Hausmeister", values=["01.02.2024", "13.04.2023"]),
            Source("Geschlossen", values=["ja", "nein"]),
            Source("Last visit", values=["often", "seldom"]),
        ],
        {},
        None,
    )
    assert mapping.columns == {"contact_id": "Nummer", "email": "Kontaktdaten"}
    assert mapping.guesses == ("Beim Hausmeister",)
    reasons = why_unused(mapping)
    assert '--map "Beim Hausmeister=last_appointment_at"' in reasons["Beim Hausmeister"]
    assert "says nothing" in reasons["Geschlossen"]
    assert "Last visit" in reasons


def test_no_column_is_left_out_in_silence() -> None:
    headers = [*HUBSPOT, "Lead Temperature", "Contact owner", "Notes", "x"]
    mapping = map_contacts(headers)
    assert {*mapping.every.values(), *why_unused(mapping)} == set(headers)
    assert "before the outcome" in why_unused(mapping)["Lead Temperature"]
    assert "a connected account does" in why_unused(mapping)["Contact owner"]


@pytest.mark.parametrize("option", ["Joined", "=email", "Joined=birthday"])
def test_a_wrong_map_option_says_what_is_possible(option: str) -> None:
    with pytest.raises(Invalid, match="created_at"):
        parse_map([option])


def test_a_column_name_may_hold_an_equals_sign() -> None:
    assert parse_map(["a=b=email"]) == {"a=b": "email"}


def test_c7_a_file_knows_no_times_so_no_inquiry_level_is_taken_from_it() -> None:
    with pytest.raises(Invalid, match="a file doesn't say when a value was filled in"):
        parse_map(["Interest=inquiry"])


@pytest.mark.parametrize(
    ("headers", "missing"),
    [(["id", "type"], "date"), (["date", "type"], "contact or email"), (["id", "date"], "type")],
)
def test_an_activities_file_needs_contact_date_and_type(headers: list[str], missing: str) -> None:
    with pytest.raises(Invalid, match=missing):
        map_activities(headers, {})


def test_purchases_are_told_from_contacts() -> None:
    headers = ["customer_id", "date", "quantity", "amount"]
    assert looks_like_purchases(headers)
    assert map_purchases(headers, {}).columns["contact"] == "customer_id"
    assert not looks_like_purchases(HUBSPOT)
    assert not looks_like_purchases(["id", "email", "created"])
