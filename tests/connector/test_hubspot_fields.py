"""The customer's own properties and their history, as HubSpot tells them (S31, C7)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from connector.budget import Unlimited
from connector.errors import CrmNotFound
from connector.hubspot import fields, paths
from connector.hubspot.provider import HubSpotCrm, from_environment
from connector.port.fields import FieldValue, ListsFields, ReadsFieldHistory
from connector.port.provider import AccountAccess
from connector.port.records import Stream
from connector.registry import sandbox_variables
from core import log
from core.settings import Environment
from manifest.promise import load_promise
from sandbox.hubspot.client import HubSpotClient

pytestmark = pytest.mark.integration

PROMISE = load_promise("hubspot")
ISO = "2025-11-22T08:26:40.123Z"
AT = 1_763_800_000_123


@contextmanager
def opened(lab: HubSpotClient, chosen: Mapping[str, str] | None = None) -> Iterator[HubSpotCrm]:
    token = lab.token([*PROMISE.required_scopes])
    access = AccountAccess(
        account_id=f"hubspot-{lab.portal}",
        remote_account_id=str(lab.portal),
        token=lambda: token,
        renew=lambda _refused: token,
        budget=Unlimited(),
        scopes=frozenset(PROMISE.required_scopes),
        chosen=chosen or {},
    )
    crm = from_environment(Environment(sandbox_variables("hubspot", lab.url))).open(access)
    yield crm
    crm.close()


def contact_ids(crm: HubSpotCrm) -> list[str]:
    found: list[str] = []
    for part in crm.bounds(Stream.CONTACTS).ranges:
        cursor: str | None = None
        while True:
            page = crm.fetch_page(Stream.CONTACTS, part, cursor)
            found += [row["contact_id"] for row in page.contacts]
            cursor = page.cursor
            if cursor is None:
                break
    return found


def test_s31_own_properties_are_listed_with_their_choices_the_usual_first(
    world: HubSpotClient,
) -> None:
    with opened(world) as crm:
        assert isinstance(crm, ListsFields)
        listed = {f.name: f for f in crm.fetch_fields()}
    assert next(iter(listed)) == "inquiry_level"
    assert listed["inquiry_level"].feeds == "inquiry"
    assert [o.label for o in listed["lead_quality"].options] == ["Won", "Hot", "Warm", "Cold"]
    assert listed["lead_quality"].feeds is None
    assert not {"email", "lifecyclestage", "hs_lead_status", "sms_consent"} & listed.keys()


def test_c7_every_value_of_more_contacts_than_fit_one_request_comes_with_its_time(
    world: HubSpotClient,
) -> None:
    with opened(world) as crm:
        assert isinstance(crm, ReadsFieldHistory)
        everybody = contact_ids(crm)
        values = crm.fetch_field_history(everybody, ["inquiry_level", "lead_quality"])
        created = {
            row["contact_id"]: row["created_at"] for row in crm.fetch_contacts(everybody).contacts
        }
    assert len(everybody) > 2 * fields.HISTORY_BATCH
    noted = [v for v in values if v.name == "inquiry_level"]
    rated = [v for v in values if v.name == "lead_quality"]
    assert {v.contact_id for v in noted} == set(everybody)
    assert all(v.set_at == created[v.contact_id] for v in noted)
    assert rated
    assert all(v.set_at > (created[v.contact_id] or 0) for v in rated)
    assert {v.value for v in noted} == {"high", "medium", "low", "unknown"}


def test_c7_what_a_value_was_before_and_that_it_was_cleared_is_told(
    own_world: HubSpotClient,
) -> None:
    contact = own_world.contact(email="new@example.com", inquiry_level="low")
    path = f"records/{own_world.portal}/contacts/{contact}"
    for change in ("high", ""):
        own_world.control(path, {"inquiry_level": change}, method="PATCH")
    with opened(own_world) as crm:
        values = crm.fetch_field_history([contact, "999999"], ["inquiry_level", "no_such_property"])
    assert {v.value for v in values} == {"low", "high", ""}
    assert {(v.contact_id, v.name) for v in values} == {(contact, "inquiry_level")}


def test_s31_a_settled_property_is_what_an_inquiry_is_read_from(own_world: HubSpotClient) -> None:
    contact = own_world.contact(inquiry_level="low", lead_quality="hot")
    read = {}
    for settled in ("lead_quality", "", None):
        chosen = None if settled is None else {"inquiry": settled}
        with opened(own_world, chosen) as crm:
            [row] = crm.fetch_contacts([contact]).contacts
        read[settled] = (row["inquiry"], row["inquiry_source"])
    assert read == {
        "lead_quality": ("hot", "lead_quality"),
        "": (None, None),
        None: ("low", "inquiry_level"),
    }


def test_a_number_in_phone_alone_is_read_over_http_s31(own_world: HubSpotClient) -> None:
    contact = own_world.contact(phone="+12075550148")
    with opened(own_world) as crm:
        [row] = crm.fetch_contacts([contact]).contacts
    assert row["phone"] == "+12075550148"


BASE = {"name": "x", "label": "X", "type": "enumeration", "fieldType": "select", "options": []}


@pytest.mark.parametrize(
    "told",
    [
        {"hubspotDefined": True},
        {"hidden": True},
        {"calculated": True},
        {"fieldType": "checkbox"},
        {"fieldType": "file"},
        {"dataSensitivity": "sensitive"},
        {"dataSensitivity": "highly_sensitive"},
        {"name": "rekindle_interest_level"},
    ],
)
def test_what_is_not_the_customers_own_single_value_is_left_out(told: dict[str, Any]) -> None:
    assert fields.definitions([{**BASE, **told}]) == []
    assert [f.name for f in fields.definitions([BASE])] == ["x"]


class OldServer:
    """Knows the addresses of before the dated API alone, and answers with what is broken."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []

    def post(self, path: str, body: Any) -> Any:
        if path != paths.older_objects("contacts", "batch", "read"):
            raise CrmNotFound("no")
        self.bodies.append(body)
        versions = [{"value": "high", "timestamp": ISO}, {"value": "low", "timestamp": "soon"}]
        history = {"a": [*versions, {"timestamp": ISO}], "b": None}
        return {
            "results": [{"id": i["id"], "propertiesWithHistory": history} for i in body["inputs"]]
        }


def test_c7_a_version_without_a_time_proves_nothing_and_is_left_out() -> None:
    server = OldServer()
    ids = [str(n) for n in range(51)]
    values = fields.history(server, ids, ["a", "b"])  # type: ignore[arg-type]
    assert values[:2] == [FieldValue("0", "a", "high", AT), FieldValue("0", "a", "", AT)]
    assert len(values) == 2 * 51
    assert [len(b["inputs"]) for b in server.bodies] == [50, 1]


def test_an_address_of_before_the_dated_api_is_never_used_in_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("json", level="WARNING")
    try:
        fields.history(OldServer(), ["1"], ["a"])  # type: ignore[arg-type]
    finally:
        log.configure("json", level="CRITICAL")
    assert "hubspot.older_api" in capsys.readouterr().err
