"""Looking at what people wrote to an account, and writing in their name or in its staff's."""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException

from sandbox.hubspot.control.here import Here, find_portal
from sandbox.hubspot.conversations import AUTHORS, CHANNELS, Thread
from sandbox.kit.control import Answer
from sandbox.kit.moments import iso

router = APIRouter(prefix="/control/conversations/{portal}")


@router.get("")
async def every(accounts: Here, portal: int) -> Answer:
    """All threads with the texts of their messages."""
    kept = find_portal(accounts, portal).conversations
    return {"threads": [_shown(owner, thread) for owner, thread in kept.each()]}


@router.post("/{contact_id}")
async def write(
    accounts: Here, portal: int, contact_id: str, wanted: Annotated[dict[str, object], Body()]
) -> Answer:
    """A message `text`; `incoming` is true unless said otherwise, `channel` is SMS, `by` is one of AUTHORS."""
    opened, named = find_portal(accounts, portal), str(wanted.get("channel", "SMS"))
    channel = next((number for number, name in CHANNELS.items() if name == named), None)
    if channel is None:
        raise HTTPException(400, f"channel must be one of: {', '.join(CHANNELS.values())}")
    by = str(wanted.get("by", ""))
    if by and by not in AUTHORS:
        raise HTTPException(400, f"by must be one of: {', '.join(AUTHORS)}")
    if not opened.records.is_live("contacts", contact_id):
        raise HTTPException(404, "no such contact")
    thread = opened.conversations.write(
        contact_id,
        str(wanted.get("text", "")),
        opened.now(),
        incoming=wanted.get("incoming", True) is True,
        channel=channel,
        by=by,
        kind=str(wanted.get("type", "MESSAGE")),
    )
    return _shown(contact_id, thread)


def _shown(owner: str, thread: Thread) -> Answer:
    return {
        "id": thread.id,
        "contact": owner,
        "channel": CHANNELS[thread.channel],
        "messages": [
            {"id": m.id, "incoming": m.incoming, "text": m.text, "at": iso(m.at)}
            for m in thread.messages
        ],
    }
