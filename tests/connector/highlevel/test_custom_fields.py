"""Our fields in an account: made once, found by key, each value in the type its field takes (S28, S31)."""

from typing import Any

import pytest

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmRateLimited, CrmUnexpected
from connector.highlevel import endpoints
from connector.highlevel.custom_fields import CustomField, CustomFields
from connector.highlevel.endpoints import Endpoint
from connector.highlevel.write import pace, write
from connector.port.fields import FieldDefinition, Option, PropertyDefinition
from connector.port.writing import ContactWrite, Provisioned

TRACK = PropertyDefinition("rekindle_track", "Rekindle track", "choice", "Which track")
SCORE = PropertyDefinition("rekindle_score", "Rekindle score", "number", "0-100")


class Http:
    """An account's custom fields; `suffix` is what it adds to a wanted key."""

    location_id = "loc1"

    def __init__(self) -> None:
        self.fields: list[dict[str, Any]] = []
        self.puts: list[tuple[str, Any]] = []
        self.refusals: dict[str, Exception] = {}
        self.suffix = ""
        self.readable = True

    def call(self, endpoint: Endpoint, *, params: Any = None, body: Any = None, **ids: str) -> Any:
        if endpoint is endpoints.CUSTOM_FIELDS:
            assert ids == {"location_id": "loc1"}
            assert params == {"model": "contact"}
            if not self.readable:
                raise CrmForbidden("no")
            return {"customFields": list(self.fields)}
        if endpoint is endpoints.CREATE_CUSTOM_FIELD:
            made = {
                "id": f"f{len(self.fields)}",
                "fieldKey": f"contact.{body['fieldKey']}{self.suffix}",
                "dataType": body["dataType"],
                "name": body["name"],
            }
            self.fields.append(made)
            return {"customField": made}
        assert endpoint is endpoints.UPDATE_CONTACT
        contact_id = ids["contact_id"]
        self.puts.append((contact_id, body))
        if contact_id in self.refusals:
            raise self.refusals[contact_id]
        return {"succeded": contact_id != "silent"}


def fields(http: Http) -> CustomFields:
    return CustomFields(http)  # type: ignore[arg-type]


def test_missing_fields_are_made_once() -> None:
    http = Http()
    assert fields(http).provision([TRACK, SCORE]) == Provisioned(2)
    assert [(f["name"], f["fieldKey"], f["dataType"]) for f in http.fields] == [
        ("Rekindle track", "contact.rekindle_track", "TEXT"),
        ("Rekindle score", "contact.rekindle_score", "NUMERICAL"),
    ]
    assert fields(http).provision([TRACK, SCORE]) == Provisioned(0)
    assert len(http.fields) == 2


def test_a_renamed_field_is_still_ours_by_its_key() -> None:
    http = Http()
    fields(http).provision([TRACK])
    http.fields[0]["name"] = "What the admin calls it"
    assert fields(http).provision([TRACK]) == Provisioned(0)


def test_a_field_under_another_key_is_not_taken_for_ours() -> None:
    http = Http()
    http.suffix = "_1"
    with pytest.raises(CrmUnexpected, match="another key"):
        fields(http).provision([TRACK])


def test_without_the_scope_no_field_is_known() -> None:
    http = Http()
    http.readable = False
    assert fields(http).keys() == {}


@pytest.mark.parametrize(
    ("data_type", "value", "sent"),
    [
        ("TEXT", "72", "72"),
        ("TEXT", "", ""),
        ("NUMERICAL", "72", 72),
        ("NUMERICAL", "61.50", 61.5),
        ("NUMERICAL", "", ""),
        ("NUMERICAL", "many", "many"),
        ("NUMERICAL", "nan", "nan"),
        ("FLOAT", "-1", -1),
    ],
)
def test_values_travel_in_their_fields_type(data_type: str, value: str, sent: object) -> None:
    wired = CustomField("f1", "rekindle_x", data_type).wire(value)
    assert (wired, type(wired)) == (sent, type(sent))


def written(http: Http, *contact_ids: str, **values: str) -> dict[str, str | None]:
    writes = [
        ContactWrite(i, values or {"rekindle_track": "lead"}, trace=f"t-{i}") for i in contact_ids
    ]
    outcomes = write(http, fields(http), writes)  # type: ignore[arg-type]
    assert [o.contact_id for o in outcomes] == list(contact_ids)
    assert all(o.succeeded is (o.reason is None) for o in outcomes)
    return {o.contact_id: o.reason for o in outcomes}


def test_a_write_is_one_request_with_custom_fields_alone_s28() -> None:
    http = Http()
    fields(http).provision([TRACK, SCORE])
    assert written(http, "c1", rekindle_track="lead", rekindle_score="7") == {"c1": None}
    assert http.puts == [
        (
            "c1",
            {
                "customFields": [
                    {"id": "f0", "field_value": "lead"},
                    {"id": "f1", "field_value": 7},
                ]
            },
        )
    ]


def test_one_refused_contact_fails_alone_s28() -> None:
    http = Http()
    fields(http).provision([TRACK])
    http.refusals = {"bad": CrmInvalid("refused"), "gone": CrmNotFound("not there")}
    assert written(http, "c1", "bad", "gone", "silent", "c2") == {
        "c1": None,
        "bad": "refused",
        "gone": "not there",
        "silent": "HighLevel did not say that it was done",
        "c2": None,
    }


def test_a_used_up_limit_is_raised_and_the_batch_can_be_sent_again() -> None:
    http = Http()
    fields(http).provision([TRACK])
    http.refusals = {"c2": CrmRateLimited("wait", retry_after=1.0)}
    with pytest.raises(CrmRateLimited):
        written(http, "c1", "c2", "c3")
    http.refusals = {}
    assert written(http, "c1", "c2", "c3") == {"c1": None, "c2": None, "c3": None}


def test_a_value_without_a_field_is_not_sent() -> None:
    http = Http()
    fields(http).provision([TRACK])
    assert written(http, "c1", rekindle_gone="x") == {
        "c1": "the account has no field rekindle_gone"
    }
    assert http.puts == []


def test_the_pace_counts_the_reading_back_too() -> None:
    assert pace(0.5).contacts_per_day == 50_000
    assert pace(1.0).contacts_per_day == 100_000
    assert pace(0.5).contacts_per_second == 4.0


def test_s31_own_fields_are_listed_with_their_choices_and_ours_are_not() -> None:
    http = Http()
    http.fields = [
        {
            "id": "f1",
            "fieldKey": "contact.inquiry_level",
            "dataType": "SINGLE_OPTIONS",
            "name": "Inquiry level",
            "picklistOptions": ["High", "Low"],
        },
        {"id": "f2", "fieldKey": "contact.notes", "dataType": "LARGE_TEXT", "name": "Notes"},
        {"id": "f3", "fieldKey": "contact.rekindle_score", "dataType": "TEXT", "name": "Ours"},
        {"id": "f4", "fieldKey": "contact.mood", "dataType": "TEXT", "picklistOptions": None},
    ]
    choices = (Option("High", "High"), Option("Low", "Low"))
    assert fields(http).definitions() == [
        FieldDefinition("contact.inquiry_level", "Inquiry level", choices),
        FieldDefinition("contact.mood", "mood"),
    ]
