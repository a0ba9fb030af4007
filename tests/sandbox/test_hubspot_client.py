"""The unmodified official client works against the sandbox (capability S1)."""

import gc
import warnings
from collections.abc import Iterator

import pytest
from hubspot import HubSpot
from hubspot.crm import contacts, properties
from hubspot.crm.associations import v4
from hubspot.crm.contacts import ApiException

from sandbox.hubspot.client import HubSpotClient


@pytest.fixture
def api(lab: HubSpotClient) -> Iterator[HubSpot]:
    client = HubSpot(access_token=lab.token(), host=lab.url, base_url=lab.url)
    yield client
    # The client's pools leave their sockets to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del client
        gc.collect()


def test_pages_contacts(lab: HubSpotClient, api: HubSpot) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = api.crm.contacts.basic_api.get_page(limit=100, after=after, properties=["email"])
        seen += [row.id for row in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert len(seen) == len(set(seen))
    portal = lab.describe()
    assert len(seen) == portal["counts"]["contacts"]


def test_batch_updates(lab: HubSpotClient, api: HubSpot) -> None:
    ids = [lab.contact(firstname=f"Client{number}") for number in range(3)]
    inputs = [{"id": record_id, "properties": {"city": "Bath"}} for record_id in ids]
    batch = contacts.BatchInputSimplePublicObjectBatchInput(inputs=inputs)
    done = api.crm.contacts.batch_api.update(batch)
    assert done.status == "COMPLETE"
    assert [row.properties["city"] for row in done.results] == ["Bath"] * 3
    missing = contacts.BatchInputSimplePublicObjectBatchInput(
        inputs=[*inputs, {"id": "1", "properties": {"city": "Bath"}}]
    )
    partial = api.crm.contacts.batch_api.update(missing)
    assert partial.num_errors == 1
    assert partial.errors[0].context["ids"] == ["1"]


def test_creates_reads_and_archives_a_property(api: HubSpot) -> None:
    wanted = properties.PropertyCreate(
        name="client_made",
        label="Made by the client",
        type="enumeration",
        field_type="select",
        group_name="contactinformation",
        options=[properties.OptionInput(label="A", value="a", display_order=0, hidden=False)],
    )
    made = api.crm.properties.core_api.create("contacts", wanted)
    assert made.options[0].value == "a"
    with pytest.raises(properties.ApiException) as refused:
        api.crm.properties.core_api.create("contacts", wanted)
    assert refused.value.status == 409
    names = [found.name for found in api.crm.properties.core_api.get_all("contacts").results]
    assert "client_made" in names
    api.crm.properties.core_api.archive("contacts", "client_made")
    group = properties.PropertyGroupCreate(name="client_group", label="G", display_order=-1)
    assert api.crm.properties.groups_api.create("contacts", group).name == "client_group"


def test_searches(lab: HubSpotClient, api: HubSpot) -> None:
    contact = lab.contact(email="sought@example.com")
    request = contacts.PublicObjectSearchRequest(
        filter_groups=[
            {
                "filters": [
                    {"propertyName": "email", "operator": "EQ", "value": "sought@example.com"}
                ]
            }
        ],
        properties=["email"],
        limit=10,
    )
    found = api.crm.contacts.search_api.do_search(request)
    assert (found.total, found.results[0].id) == (1, contact)


def test_reads_owners_pipelines_lists_and_associations(lab: HubSpotClient, api: HubSpot) -> None:
    owners = api.crm.owners.owners_api.get_page(limit=10).results
    assert {owner.type for owner in owners} == {"PERSON"}
    stages = api.crm.pipelines.pipelines_api.get_all("deals").results[0].stages
    assert "closedwon" in [stage.id for stage in stages]
    contact = lab.contact(email="linked@example.com")
    deal = lab.control(f"records/{lab.portal}/deals", {"dealname": "d"})["id"]
    lab.control(f"records/{lab.portal}/contacts/{contact}/associate/deals/{deal}", {})
    asked = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": contact}])
    links = api.crm.associations.v4.batch_api.get_page("contacts", "deals", asked)
    assert links.results[0].to[0].to_object_id == str(deal)
    path = "/crm/objects/2026-09/contacts/batch/read"
    body = {"properties": ["email"], "inputs": [{"id": contact}]}
    raw = api.api_request({"method": "POST", "path": path, "body": body})
    assert raw.json()["results"][0]["properties"]["email"] == "linked@example.com"


def test_errors_arrive_as_the_clients_exception(api: HubSpot) -> None:
    with pytest.raises(ApiException) as refused:
        api.crm.contacts.basic_api.get_by_id("1")
    assert refused.value.status == 404
    assert "OBJECT_NOT_FOUND" in refused.value.body
