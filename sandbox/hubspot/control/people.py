"""Looking at one contact as its staff would: what was written either way, tasks, and workflows."""

from fastapi import APIRouter, HTTPException

from sandbox.hubspot.control.here import Here, find_portal
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.staff import DONE
from sandbox.kit.control import Answer
from sandbox.kit.moments import iso
from sandbox.world.answers import meaning_of

router = APIRouter(prefix="/control/contacts/{portal}")
_CAME_IN = "INCOMING_EMAIL"


@router.get("/{contact_id}")
async def one(accounts: Here, portal: int, contact_id: str) -> Answer:
    """`messages` oldest first, `tasks`, names of `lists`, and `enrollments` in workflows and sequences.

    Of a message in words that the account's people use, `means` is what its author meant.
    """
    opened = find_portal(accounts, portal)
    if not opened.records.is_live("contacts", contact_id):
        raise HTTPException(404, "no such contact")
    engines, language = opened.engines, accounts.environment.config.nature.language
    messages = [*_mails(opened, contact_id), *_texts(opened, contact_id)]
    return {
        "messages": [
            row | {"means": meaning_of(language, row["text"])}
            for row in sorted(messages, key=lambda row: row["at"])
        ],
        "tasks": _linked(opened, "tasks", contact_id),
        "lists": [row.name for row in opened.lists.of_record("contacts", contact_id)],
        "enrollments": list(engines.enrollments_of(contact_id)) if engines else [],
    }


@router.post("/{contact_id}/complete")
async def complete(accounts: Here, portal: int, contact_id: str) -> Answer:
    """Somebody completes all tasks about the contact."""
    opened = find_portal(accounts, portal)
    done = [task["id"] for task in _linked(opened, "tasks", contact_id)]
    for task_id in done:
        opened.records.update("tasks", task_id, {"hs_task_status": DONE})
    return {"completed": done}


def _linked(portal: Portal, kind: str, contact_id: str) -> list[dict[str, str]]:
    records = portal.records
    found = [records.get(kind, i) for i in records.associated("contacts", contact_id, kind)]
    return [
        {"id": row.id, **{k: v for k, v in row.properties.items() if v is not None}}
        for row in found
        if row is not None and not row.archived
    ]


def _mails(portal: Portal, contact_id: str) -> list[dict[str, str]]:
    return [
        {
            "at": row["hs_timestamp"],
            "channel": "email",
            "direction": "in" if row["hs_email_direction"] == _CAME_IN else "out",
            "subject": row.get("hs_email_subject", ""),
            "text": row.get("hs_email_text", ""),
        }
        for row in _linked(portal, "emails", contact_id)
    ]


def _texts(portal: Portal, contact_id: str) -> list[dict[str, str]]:
    return [
        {
            "at": iso(message.at),
            "channel": "sms",
            "direction": "in" if message.incoming else "out",
            "subject": "",
            "text": message.text,
        }
        for owner, thread in portal.conversations.each()
        if owner == contact_id
        for message in thread.messages
    ]
