"""Campaigns, the forerunners of workflows: listed, and contacts put into them, over the API."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, succeeded
from sandbox.highlevel.gateway import Call, Operation

_CONTACT = "/contacts/{contactId}/campaigns"
_WRITE = "contacts.write"


def operations() -> list[Operation]:
    """Operations; the way to leave every campaign has another name in version 3."""
    return [
        Operation("GET", "/campaigns/", campaigns, "campaigns.readonly"),
        Operation("DELETE", f"{_CONTACT}/removeAll", leave_all, _WRITE, v3=False),
        Operation("DELETE", f"{_CONTACT}/remove-all", leave_all, _WRITE, dated=False),
        Operation("POST", f"{_CONTACT}/{{campaignId}}", join, _WRITE),
        Operation("DELETE", f"{_CONTACT}/{{campaignId}}", leave, _WRITE),
    ]


def campaigns(call: Call) -> Response:
    location, status = call.own(call.asked("locationId", required=True)), call.asked("status")
    rows = [
        {"id": campaign_id, "name": name, "status": state, "locationId": location.id}
        for campaign_id, name, state in location.campaigns
        if status in {None, state}
    ]
    return answer({"campaigns": rows})


def _campaign(call: Call) -> str:
    """The campaign that is named; raises 400 for one that is a draft or is not there."""
    wanted = call.path["campaignId"]
    if (wanted, "published") not in {(row[0], row[2]) for row in call.location.campaigns}:
        raise bad_request(f"Campaign with id {wanted} not found")
    return wanted


def join(call: Call) -> Response:
    contact, campaign_id = call.contact(), _campaign(call)
    call.location.in_campaigns.setdefault(contact.id, set()).add(campaign_id)
    return answer(succeeded(v3=call.v3), 201)


def leave(call: Call) -> Response:
    contact, campaign_id = call.contact(), _campaign(call)
    call.location.in_campaigns.get(contact.id, set()).discard(campaign_id)
    return answer(succeeded(v3=call.v3))


def leave_all(call: Call) -> Response:
    call.location.in_campaigns.pop(call.contact().id, None)
    return answer(succeeded(v3=call.v3))
