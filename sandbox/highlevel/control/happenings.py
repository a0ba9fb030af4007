"""Letting something happen to a contact as if the person had done it: a visit, a form, a click, a reply."""

from fastapi import APIRouter, HTTPException

from sandbox.highlevel.control.here import Here, find_location
from sandbox.kit.control import Answer, Payload
from sandbox.kit.happening import read_happening

router = APIRouter(prefix="/control/highlevel/happen/{location}")


@router.post("/{contact_id}")
async def happen(accounts: Here, location: str, contact_id: str, wanted: Payload) -> Answer:
    """An event of the world's `kind`, now."""
    opened = find_location(accounts, location)
    if opened.contacts.get(contact_id) is None:
        raise HTTPException(404, "no such contact")
    event = read_happening(wanted, opened.now())
    accounts.populations[opened.id].journal.log(contact_id, event)
    return {"contact": contact_id, "kind": event.kind.name}
