"""Letting something happen to a contact as if the person had done it: a visit, a form, a click, a reply."""

from fastapi import APIRouter, HTTPException

from sandbox.hubspot.control.here import Here, find_portal
from sandbox.kit.control import Answer, Payload
from sandbox.kit.happening import read_happening

router = APIRouter(prefix="/control/happen/{portal}")


@router.post("/{contact_id}")
async def happen(accounts: Here, portal: int, contact_id: str, wanted: Payload) -> Answer:
    """An event of the world's `kind`, now."""
    opened = find_portal(accounts, portal)
    event = read_happening(wanted, opened.now())
    target = accounts.populations[opened.id].timeline.log(contact_id, event, marketing=True)
    if target is None:
        raise HTTPException(404, "no such contact")
    return {"contact": target, "kind": event.kind.name}
