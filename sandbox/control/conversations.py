"""Looking at what people wrote to a HubSpot account, and writing in their name or in its staff's."""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException

from sandbox.assembly import Sandbox
from sandbox.control.routes import find_portal
from sandbox.hubspot.conversations import CHANNELS, Thread
from sandbox.hubspot.portal import Portal
from sandbox.times import iso

Answer = dict[str, object]
Wanted = Annotated[dict[str, object], Body()]


class ConversationControl:
    """Shows threads with their messages, and adds messages that happen now."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Work on this sandbox's accounts."""
        self._sandbox = sandbox

    def router(self) -> APIRouter:
        """The routes under /control/conversations."""
        router = APIRouter(prefix="/control/conversations/{portal}")
        router.add_api_route("", self.every, methods=["GET"])
        router.add_api_route("/{contact_id}", self.write, methods=["POST"])
        return router

    async def every(self, portal: int) -> Answer:
        """All threads with the texts of their messages."""
        room = self._room(portal)
        return {"threads": [_shown(owner, thread) for owner, thread in room.conversations.each()]}

    async def write(self, portal: int, contact_id: str, wanted: Wanted) -> Answer:
        """A message `text`; `incoming` is true unless said otherwise, `channel` is SMS."""
        room, named = self._room(portal), str(wanted.get("channel", "SMS"))
        channel = next((number for number, name in CHANNELS.items() if name == named), None)
        if channel is None:
            raise HTTPException(400, f"channel must be one of: {', '.join(CHANNELS.values())}")
        if not room.records.is_live("contacts", contact_id):
            raise HTTPException(404, "no such contact")
        thread = room.conversations.write(
            contact_id,
            str(wanted.get("text", "")),
            self._sandbox.stage.now(),
            incoming=wanted.get("incoming", True) is True,
            channel=channel,
        )
        return _shown(contact_id, thread)

    def _room(self, portal: int) -> Portal:
        return find_portal(self._sandbox.hubspot.portals, portal)


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
