"""Looking at one contact as its staff would: what was written either way, tasks, and workflows."""

from fastapi import APIRouter, HTTPException

from sandbox.highlevel.control.here import Here, find_location
from sandbox.highlevel.conversations import CHANNELS
from sandbox.kit.control import Answer
from sandbox.kit.moments import iso
from sandbox.world.answers import meaning_of

router = APIRouter(prefix="/control/highlevel/contacts/{location}")
_WRITTEN = {"email": CHANNELS["Email"], "sms": CHANNELS["SMS"]}


@router.get("/{contact_id}")
async def one(accounts: Here, location: str, contact_id: str) -> Answer:
    """`messages` oldest first, `tasks`, tags as `lists`, and `enrollments` in workflows.

    Of a message in words that the account's people use, `means` is what its author meant.
    """
    opened = find_location(accounts, location)
    contact = opened.contacts.get(contact_id)
    if contact is None:
        raise HTTPException(404, "no such contact")
    language = accounts.language
    talk, engine = opened.conversations.of(contact_id), opened.engine
    return {
        "messages": [
            {
                "at": iso(message.at),
                "channel": channel,
                "direction": "in" if message.direction == "inbound" else "out",
                "subject": message.subject,
                "text": message.body,
                "status": message.status,
                "source": message.source,
                "means": meaning_of(language, message.body),
            }
            for message in (talk.messages if talk else ())
            for channel, kinds in _WRITTEN.items()
            if message.type in kinds
        ],
        "tasks": list(opened.tasks.get(contact_id, [])),
        "lists": list(contact.tags),
        "enrollments": list(engine.enrollments_of(contact_id)) if engine else [],
    }


@router.post("/{contact_id}/complete")
async def complete(accounts: Here, location: str, contact_id: str) -> Answer:
    """Somebody completes all tasks about the contact."""
    found = find_location(accounts, location)
    tasks = found.tasks.get(contact_id, [])
    for task in tasks:
        found.complete_task(task)
    return {"completed": [task["id"] for task in tasks]}
