"""Exports are recognised by their headers; other files by common names or by what the user says."""

import pytest

from app.reports.reading.mapping import (
    ACTIVITY_NAMES,
    CONTACT_NAMES,
    PURCHASE_NAMES,
    ActivityField,
    PurchaseField,
    looks_like_purchases,
    map_activities,
    map_contacts,
    map_purchases,
    parse_map,
)
from connector.export import ContactField, recognise
from connector.highlevel import export_headers as highlevel
from connector.hubspot import export_headers as hubspot
from core.errors import Invalid

HUBSPOT = ["Record ID", "First Name", "Email", "Create Date", "Last Activity Date", "Close Date"]
HIGHLEVEL = ["Contact Id", "First Name", "Phone", "Email", "Created", "Last Activity", "Tags"]


def test_every_table_speaks_of_known_fields() -> None:
    tables = [*hubspot.HEADERS.values(), *highlevel.HEADERS.values(), *CONTACT_NAMES]
    assert set(tables) <= set(ContactField)
    assert set(ACTIVITY_NAMES) == set(ActivityField)
    assert set(PURCHASE_NAMES) == set(PurchaseField)
    for table in (hubspot, highlevel):
        assert set(table.ID_HEADERS) <= table.HEADERS.keys()
        assert all(header == header.casefold() for header in table.HEADERS)


def test_a_hubspot_export_is_recognised_in_any_spelling() -> None:
    mapping = recognise(["\ufeff" + HUBSPOT[0].upper(), *HUBSPOT[1:], "Favourite colour"])
    assert mapping is not None
    assert mapping.label == "HubSpot contact export"
    assert mapping.fields["Close Date"] is ContactField.CLOSED_AT
    assert "First Name" not in mapping.fields
    assert recognise(["hs_object_id", "email", "createdate"]) is not None


def test_a_highlevel_export_is_recognised() -> None:
    mapping = recognise(HIGHLEVEL)
    assert mapping is not None
    assert mapping.label == "HighLevel contact export"
    assert mapping.fields["Created"] is ContactField.CREATED_AT


@pytest.mark.parametrize("headers", [["id", "email", "created"], ["Record ID", "x", "y"], []])
def test_other_files_are_not_taken_for_an_export(headers: list[str]) -> None:
    assert recognise(headers) is None


def test_of_two_columns_for_one_field_the_first_counts() -> None:
    mapping = recognise(["Record ID", "Email", "Phone Number", "Phone"])
    assert mapping is not None
    assert list(mapping.fields.values()).count(ContactField.PHONE) == 1


def test_common_names_are_enough_for_other_lists() -> None:
    columns = map_contacts(["Customer_ID", "E-mail", "Date Added"], {}, None).columns
    assert columns == {"contact_id": "Customer_ID", "email": "E-mail", "created_at": "Date Added"}


def test_a_wish_wins_over_a_name() -> None:
    columns = map_contacts(["id", "email", "joined_on"], {"joined_on": "created_at"}, None).columns
    assert columns["created_at"] == "joined_on"
    assert map_contacts(["id", "email"], {"email": "ignored"}, None).columns == {"contact_id": "id"}


def test_an_unknown_file_is_asked_about_only_if_somebody_is_there() -> None:
    with pytest.raises(Invalid, match="Columns: foo, bar") as refused:
        map_contacts(["foo", "bar"], {}, None)
    assert "created_at" in refused.value.message
    answered = map_contacts(["foo", "bar"], {}, lambda headers, _known: {"email": headers[0]})
    assert answered.columns == {"email": "foo"}


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
