"""The unmodified official client works against the sandbox (capability S1)."""

import gc
import warnings
from collections.abc import Iterator

import pytest
from hubspot import HubSpot, communication_preferences, oauth
from hubspot.automation import actions
from hubspot.crm import associations, contacts, lists, properties
from hubspot.crm.associations import v4
from hubspot.crm.contacts import ApiException
from hubspot.crm.objects import tasks

from sandbox.hubspot.client import HubSpotClient
from sandbox.hubspot.config import OPTIONAL_SCOPES, REQUIRED_SCOPES, HubSpotCredentials

pytestmark = pytest.mark.integration


@pytest.fixture
def api(lab: HubSpotClient) -> Iterator[HubSpot]:
    scopes = [*REQUIRED_SCOPES, *OPTIONAL_SCOPES, "communication_preferences.read_write"]
    client = HubSpot(access_token=lab.token(scopes), host=lab.url, base_url=lab.url)
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


def test_signs_in_by_the_first_version_until_it_ends(lab: HubSpotClient, api: HubSpot) -> None:
    granted = lab.control("token", {"portal": lab.portal})
    app = HubSpotCredentials()
    issued = api.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id=app.client_id,
        client_secret=app.client_secret,
        refresh_token=granted["refresh_token"],
    )
    assert issued.refresh_token == granted["refresh_token"]
    told = api.oauth.access_tokens_api.get(issued.access_token)
    assert (told.hub_id, told.token_type) == (lab.portal, "access")
    assert set(told.scopes) == set(granted["scopes"])
    assert api.oauth.refresh_tokens_api.get(issued.refresh_token).hub_id == lab.portal
    api.oauth.refresh_tokens_api.archive(issued.refresh_token)
    with pytest.raises(oauth.ApiException) as refused:
        api.oauth.refresh_tokens_api.get(issued.refresh_token)
    assert refused.value.status == 404


def test_makes_fills_renames_and_empties_a_list(lab: HubSpotClient, api: HubSpot) -> None:
    ids = [lab.contact(firstname=f"Listed{number}") for number in range(3)]
    wanted = lists.ListCreateRequest(
        name="Quiet for long", object_type_id="0-1", processing_type="MANUAL"
    )
    made = api.crm.lists.lists_api.create(wanted).list
    members = api.crm.lists.memberships_api
    assert members.add(made.list_id, ids).records_ids_added == ids
    assert [row.record_id for row in members.get_page(made.list_id).results] == ids
    (held,) = members.get_lists("0-1", ids[0]).results
    assert held.list_id == made.list_id
    renamed = api.crm.lists.lists_api.update_name(made.list_id, list_name="Quiet")
    assert renamed.updated_list.name == "Quiet"
    change = lists.MembershipChangeRequest(record_ids_to_add=[], record_ids_to_remove=ids[:1])
    assert members.add_and_remove(made.list_id, change).record_ids_removed == ids[:1]
    members.remove_all(made.list_id)
    assert members.get_page(made.list_id).results == []
    found = api.crm.lists.lists_api.do_search(
        lists.ListSearchRequest(
            additional_properties=[], list_ids=[], offset=0, processing_types=[], query="quiet"
        )
    )
    assert [row.name for row in found.lists] == ["Quiet"]
    api.crm.lists.lists_api.remove(made.list_id)
    api.crm.lists.lists_api.restore(made.list_id)
    assert api.crm.lists.lists_api.get_by_id(made.list_id).list.name == "Quiet"


def test_reads_users_and_subscriptions(lab: HubSpotClient, api: HubSpot) -> None:
    users = api.settings.users.users_api.get_page().results
    assert [u.email for u in users] == [o["email"] for o in lab.describe()["owners"]]
    kinds = api.communication_preferences.definition_api.get_page().subscription_definitions
    assert "Marketing Information" in [kind.name for kind in kinds]
    contact = lab.contact(email="reads.everything@example.com")
    status = api.communication_preferences.status_api
    held = status.get_email_status("reads.everything@example.com").subscription_statuses
    assert {row.name for row in held} == {kind.name for kind in kinds}
    refusal = communication_preferences.PublicUpdateSubscriptionStatusRequest(
        email_address="reads.everything@example.com", subscription_id=str(held[0].id)
    )
    assert status.unsubscribe(refusal).status == "NOT_SUBSCRIBED"
    assert lab.stored(contact)[f"hs_email_optout_{held[0].id}"] == "true"


def test_makes_a_task_and_associates_it_both_ways(lab: HubSpotClient, api: HubSpot) -> None:
    contact = lab.contact(firstname="Busy")
    wanted = tasks.SimplePublicObjectInputForCreate(
        properties={
            "hs_timestamp": "2026-11-17T09:00:00Z",
            "hs_task_subject": "Call back",
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "CALL",
        },
        associations=[],
    )
    task = api.crm.objects.tasks.basic_api.create(wanted).id
    api.crm.associations.v4.basic_api.create_default("tasks", task, "contacts", contact)
    page = api.crm.associations.v4.basic_api.get_page("contacts", contact, "tasks")
    assert [str(row.to_object_id) for row in page.results] == [task]
    asked = associations.BatchInputPublicObjectId(inputs=[{"id": contact}])
    links = api.crm.associations.batch_api.read("contacts", "tasks", asked).results[0].to
    assert [(link.id, link.type) for link in links] == [(task, "contact_to_task")]
    named = api.crm.associations.schema.types_api.get_all("contacts", "tasks").results
    assert [kind.name for kind in named] == ["contact_to_task"]
    pair = {"from": {"id": contact}, "to": {"id": task}, "type": "contact_to_task"}
    gone = associations.BatchInputPublicAssociation(inputs=[pair])
    api.crm.associations.batch_api.archive("contacts", "tasks", gone)
    after = api.crm.associations.v4.basic_api.get_page("contacts", contact, "tasks")
    assert after.results == []


def test_sorts_by_text_and_follows_a_merge(lab: HubSpotClient, api: HubSpot) -> None:
    mark = "sorted-by-client"
    ids = [lab.contact(firstname=name, company=mark) for name in ("Ann", "Bob")]
    found = api.crm.contacts.search_api.do_search(
        contacts.PublicObjectSearchRequest(
            filter_groups=[
                {"filters": [{"propertyName": "company", "operator": "EQ", "value": mark}]}
            ],
            sorts=["-hs_object_id"],
            properties=["firstname"],
            limit=10,
            after="0",
        )
    )
    assert [row.id for row in found.results] == ids[::-1]
    wanted = contacts.PublicMergeInput(primary_object_id=ids[0], object_id_to_merge=ids[1])
    merged = api.crm.contacts.basic_api.merge(wanted).id
    assert merged not in ids
    assert api.crm.contacts.basic_api.get_by_id(ids[1]).id == merged


def test_completes_only_calls_that_wait(api: HubSpot) -> None:
    word = actions.CallbackCompletionRequest(output_fields={"segment": "active"})
    with pytest.raises(actions.ApiException) as refused:
        api.automation.actions.callbacks_api.complete("ap-1-2-3", word)
    assert refused.value.status == 404
