"""HighLevel's own Python client, unmodified but for the host and in its default version, against the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import AGENCY, NORTHGATE
from sandbox.highlevel.client import EVERY_SCOPE, HighLevelClient, easy_highlevel
from sandbox.highlevel.config import HighLevelCredentials
from sandbox.hubspot.client import easy_hubspot
from sandbox.serving import serving

NAME = "highlevel"
REASON = "HighLevel's Python client is not installed (gohighlevel-api-client on PyPI)"


def part(name: str = "") -> Any:
    """A module of the client, loaded when it is first used: it takes a second that no other test has to wait."""
    return pytest.importorskip(f"{NAME}.{name}" if name else NAME, reason=REASON)


def models(of: str) -> Any:
    """The shapes of one service, as the client publishes them."""
    return part(f"services.{of}.models")


APP = HighLevelCredentials()
Work = Callable[[Any], Awaitable[None]]


@pytest.fixture(scope="module")
def lab() -> Iterator[HighLevelClient]:
    part()
    config = SandboxConfig(contacts=1, options=(easy_hubspot(), easy_highlevel(60)))
    with serving(config) as served:
        yield HighLevelClient(served)


@asynccontextmanager
async def client(lab: HighLevelClient, **how: str) -> AsyncIterator[Any]:
    """The client with the sandbox as its host."""
    here = type("HighLevel", (part().HighLevel,), {"BASE_URL": f"{lab.lab.url}/highlevel"})
    opened = here(client_id=APP.client_id, client_secret=APP.client_secret, **how)
    assert opened.http_client.headers["Version"] == "v3"
    try:
        yield opened
    finally:
        await opened.close()


def run(lab: HighLevelClient, work: Work) -> None:
    """Do the work with a client that has a location's token."""

    async def whole() -> None:
        async with client(lab, location_access_token=lab.token([*EVERY_SCOPE])) as ghl:
            await work(ghl)

    asyncio.run(whole())


def test_contacts(lab: HighLevelClient) -> None:
    async def work(ghl: Any) -> None:
        person = {"locationId": NORTHGATE, "firstName": "Nora", "email": "nora.v3@example.com"}
        made = (await ghl.contacts.create_contact(person))["contact"]
        one = made["id"]
        blocked = {"dndSettings": {"sms": {"status": "active"}}}
        changed = await ghl.contacts.update_contact(one, {"city": "Madison", **blocked})
        assert changed["succeeded"] is True
        shown = (await ghl.contacts.get_contact(one))["contact"]
        models("contacts").GetContactByIdSchemaV3.model_validate(shown)
        assert (shown["city"], shown["dndSettings"]) == ("Madison", blocked["dndSettings"])
        again = await ghl.contacts.upsert_contact({**person, "lastName": "Hill"})
        assert (again["new"], again["contact"]["id"]) == (False, one)
        found = await ghl.contacts.get_duplicate_contact(NORTHGATE, email=person["email"])
        assert found["contact"]["lastName"] == "Hill"
        search = {"locationId": NORTHGATE, "pageLimit": 100}
        searched = await ghl.contacts.search_contacts_advanced(search)
        assert one in {row["id"] for row in searched["contacts"]}
        await ghl.contacts.delete_contact(one)
        with pytest.raises(part().GHLError, match="not found"):
            await ghl.contacts.get_contact(one)

    run(lab, work)


def test_what_belongs_to_a_contact(lab: HighLevelClient) -> None:
    one = lab.contact(firstName="Task", phone="+16085550111")
    workflow = lab.workflow("Win back quiet contacts")

    async def work(ghl: Any) -> None:
        await ghl.contacts.add_tags(one, {"tags": ["VIP"]})
        assert (await ghl.contacts.remove_tags(one, {"tags": ["vip"]}))["tags"] == []
        wanted = {"title": "Call", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
        task = (await ghl.contacts.create_task(one, wanted))["task"]
        models("contacts").TaskSchema.model_validate(task)
        await ghl.contacts.update_task(one, task["id"], {"title": "Call again"})
        await ghl.contacts.update_task_completed(one, task["id"], {"completed": True})
        kept = (await ghl.contacts.get_task(one, task["id"]))["task"]
        assert (kept["title"], kept["completed"]) == ("Call again", True)
        listed = await ghl.contacts.get_all_tasks(one)
        models("contacts").TasksListSuccessfulResponseDto.model_validate(listed)
        searched = await ghl.locations.task_search(NORTHGATE, {"contactId": [one]})
        assert searched["tasks"] == listed["tasks"]
        assert (await ghl.contacts.delete_task(one, task["id"]))["succeeded"] is True
        note = (await ghl.contacts.create_note(one, {"body": "Quiet"}))["note"]
        assert (await ghl.contacts.get_note(one, note["id"]))["note"]["body"] == "Quiet"
        assert (await ghl.contacts.add_contact_to_workflow(one, workflow, {}))["succeeded"] is True
        (campaign,) = (await ghl.campaigns.get_campaigns(NORTHGATE, "published"))["campaigns"]
        await ghl.contacts.add_contact_to_campaign(one, campaign["id"], {})
        left = await ghl.contacts.remove_contact_from_every_campaign(one)
        models("contacts").CreateDeleteCantactsCampaignsSuccessfulResponseDto.model_validate(left)

    run(lab, work)


def test_custom_fields_tags_and_custom_values(lab: HighLevelClient) -> None:
    one = lab.contact(firstName="Field", phone="+16085550112")

    async def work(ghl: Any) -> None:
        spec = {"name": "Score", "dataType": "NUMERICAL", "model": "contact"}
        field = (await ghl.locations.create_custom_field(NORTHGATE, spec))["customField"]
        listed = (await ghl.locations.get_custom_fields(NORTHGATE, "contact"))["customFields"]
        assert field in listed
        entry = {"id": field["id"], "fieldValue": 72}
        shown = (await ghl.contacts.update_contact(one, {"customFields": [entry]}))["contact"]
        assert shown["customFields"] == [{"id": field["id"], "value": "72"}]
        await ghl.locations.update_custom_field(NORTHGATE, field["id"], {"name": "Our score"})
        gone = await ghl.locations.delete_custom_field(NORTHGATE, field["id"])
        assert gone["succeeded"] is True
        tag = (await ghl.locations.create_tag(NORTHGATE, {"name": "Lapsed"}))["tag"]
        assert tag in (await ghl.locations.get_location_tags(NORTHGATE))["tags"]
        renamed = await ghl.locations.update_tag(NORTHGATE, tag["id"], {"name": "Quiet"})
        assert renamed["tag"] == {**tag, "name": "quiet"}
        await ghl.locations.delete_tag(NORTHGATE, tag["id"])
        value = {"name": "Hours", "value": "9 to 5"}
        made = (await ghl.locations.create_custom_value(NORTHGATE, value))["customValue"]
        assert made in (await ghl.locations.get_custom_values(NORTHGATE))["customValues"]

    run(lab, work)


def test_opportunities(lab: HighLevelClient) -> None:
    one = lab.contact(firstName="Deal", phone="+16085550113")

    async def work(ghl: Any) -> None:
        (pipeline,) = (await ghl.opportunities.get_pipelines(NORTHGATE))["pipelines"]
        spec = {"pipelineId": pipeline["id"], "locationId": NORTHGATE, "name": "Implant"}
        spec |= {"status": "open", "contactId": one}
        made = await ghl.opportunities.create_opportunity({**spec, "monetaryValue": 900})
        row = made["opportunity"]
        models("opportunities").SearchOpportunitiesResponseSchema.model_validate(row)
        await ghl.opportunities.update_opportunity(row["id"], {"monetaryValue": 950})
        done = await ghl.opportunities.update_opportunity_status(row["id"], {"status": "won"})
        models("opportunities").DeleteUpdateOpportunitySuccessfulResponseDto.model_validate(done)
        asked = {"contact_id": one, "pipeline_id": pipeline["id"], "status": "won"}
        found = (await ghl.opportunities.search_opportunity(NORTHGATE, **asked))["opportunities"]
        assert [(o["id"], o["monetaryValue"]) for o in found] == [(row["id"], 950)]
        details = dict.fromkeys(("notes", "tasks", "calendarEvents", "unReadConversations"), False)
        body = {"locationId": NORTHGATE, "query": "implant", "limit": 10, "page": 1}
        body |= {"searchAfter": [], "additionalDetails": details}
        searched = await ghl.opportunities.search_opportunities_advanced(body)
        models("opportunities").PostSearchSuccessfulResponseDto.model_validate(searched)
        assert row["id"] in {o["id"] for o in searched["opportunities"]}
        await ghl.opportunities.delete_opportunity(row["id"])

    run(lab, work)


def test_conversations(lab: HighLevelClient) -> None:
    one = lab.contact(firstName="Talk", phone="+16085550114")

    async def work(ghl: Any) -> None:
        both = {"locationId": NORTHGATE, "contactId": one}
        talk = (await ghl.conversations.create_conversation(both))["conversation"]
        models("conversations").ConversationCreateResponseDto.model_validate(talk)
        sms = {"type": "SMS", "contactId": one, "message": "Hello", "status": "pending"}
        sent = await ghl.conversations.send_a_new_message(sms)
        assert sent["conversationId"] == talk["id"]
        heard = {"type": "SMS", "contactId": one, "conversationId": talk["id"], "message": "Hi"}
        heard["conversationProviderId"] = "our own"
        await ghl.conversations.add_an_inbound_message(heard)
        page = await ghl.conversations.get_messages(talk["id"], limit=20)
        models("conversations").GetMessagesByConversationResponseDto.model_validate(page)
        assert [row["body"] for row in page["messages"]] == ["Hi", "Hello"]
        found = await ghl.conversations.search_conversation(NORTHGATE, contact_id=one)
        models("conversations").SendConversationResponseDto.model_validate(found)
        exported = await ghl.conversations.export_messages_by_location(NORTHGATE, limit=10.0)
        models("conversations").ExportMessagesResponseDto.model_validate(exported)
        assert exported["nextCursor"]

    run(lab, work)


def test_calendars(lab: HighLevelClient) -> None:
    one = lab.contact(firstName="Visit", phone="+16085550115")

    async def work(ghl: Any) -> None:
        calendar = (await ghl.calendars.get_calendars(NORTHGATE))["calendars"][0]["id"]
        assert (await ghl.calendars.get_calendar(calendar))["calendar"]["id"] == calendar
        days = await ghl.calendars.get_slots(calendar, 1_796_000_000_000, 1_796_600_000_000)
        free = next(iter(days.values()))["slots"][0]
        wanted = {"calendarId": calendar, "locationId": NORTHGATE, "contactId": one}
        event = await ghl.calendars.create_appointment({**wanted, "startTime": free})
        await ghl.calendars.edit_appointment(event["id"], {"appointmentStatus": "showed"})
        window = ("1796000000000", "1796600000000")
        found = await ghl.calendars.get_calendar_events(NORTHGATE, *window, calendar_id=calendar)
        (row,) = [row for row in found["events"] if row["id"] == event["id"]]
        assert row["appointmentStatus"] == "showed"
        visits = (await ghl.contacts.get_appointments_for_contact(one))["events"]
        assert [visit["id"] for visit in visits] == [event["id"]]
        await ghl.calendars.delete_event(event["id"], {})

    run(lab, work)


# The client sends its forms in a way that its HTTP library warns of.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_tokens_of_an_agency(lab: HighLevelClient) -> None:
    issued = lab.control("token", {"company": AGENCY})
    lab.token()

    async def work() -> None:
        async with client(lab, agency_access_token=issued["access_token"]) as ghl:
            app_id = APP.app_id
            listed = await ghl.oauth.get_installed_location(AGENCY, app_id, is_installed=True)
            models("oauth").GetInstalledLocationsV3SuccessfulResponseDto.model_validate(listed)
            assert NORTHGATE in {row["_id"] for row in listed["items"]}
            wanted = {"companyId": AGENCY, "locationId": NORTHGATE}
            minted = await ghl.oauth.get_location_access_token(wanted)
            models("oauth").GetLocationAccessTokenV3SuccessfulResponseDto.model_validate(minted)
            fresh = await ghl.oauth.refresh_token(
                minted["refreshToken"],
                APP.client_id,
                APP.client_secret,
                "refresh_token",
                "Location",
            )
            models("oauth").GetAccessTokenSuccessfulResponseDto.model_validate(fresh)
        async with client(lab, location_access_token=fresh["accessToken"]) as ghl:
            assert (await ghl.workflows.get_workflow(NORTHGATE))["workflows"]
            assert (await ghl.users.search_users(AGENCY))["users"]

    asyncio.run(work())
