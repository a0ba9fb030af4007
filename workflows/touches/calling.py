"""A touch by telephone: a task for whoever has the contact, with the note on what to say (S22)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from connector.port.tasks import CreatesTasks
from contact_rules.channels import Channel
from contact_rules.local_time import zone_of
from oauth.account_settings.fields import AccountSettings
from sync.mirror.people import load_owners
from sync.mirror.store import load_full_names, load_known
from workflows.due import due_at
from workflows.enrollment.states import PACED
from workflows.enrollment.touch_states import TouchState
from workflows.openers.values import CALL_NOTE
from workflows.tasks import FINAL, TaskText, make_once, trace_of
from workflows.touches import store
from workflows.touches.next_touch import touch_key

# Working minutes from the asking until the call is due: a morning.
DUE_MINUTES = 240
NO_TASKS = "Your CRM takes no tasks from Rekindle"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskRefused:
    """The CRM did not take the task, and why."""

    reason: str


def is_call(row: Row) -> bool:
    """Whether a person is to call; where the CRM paces a round, its channel is that of the first message."""
    return row["channel"] == Channel.CALL and row["variant"] not in PACED


def make_task(
    engine: Engine,
    crm: object,
    row: Row,
    own: AccountSettings,
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> str | TaskRefused:
    """Make the one task of a touch; answers what proves it. Raises CrmError where nobody can tell what became of it."""
    if not isinstance(crm, CreatesTasks):
        return TaskRefused(NO_TASKS)
    account_id, contact_id = row["account_id"], row["contact_id"]
    with engine.begin() as tx:
        name = load_full_names(tx, account_id, [contact_id]).get(contact_id, "")
        note = load_known(tx, account_id, [contact_id]).get(contact_id, {}).get(CALL_NOTE, "")
        owners = [load_owners(tx, account_id, [contact_id]).get(contact_id)]
        store.record_state(tx, row, TouchState.ASKING, asked_at=at)
    try:
        task_id, _ = make_once(
            crm,
            contact_id,
            [*owners, own.handoff_person or None],
            text_of(name, note, due=due_at(at, DUE_MINUTES, own.timezone), zone=own.timezone),
            trace_of(account_id, contact_id, touch_key(row)),
            is_asked=row["asked_at"] is not None,
            pause=pause,
        )
    except FINAL as error:
        return TaskRefused(error.message)
    return f"task/{task_id}"


def text_of(name: str, note: str, *, due: datetime, zone: str) -> TaskText:
    """What the task says: whom to call, what about, and until when."""
    local = due.astimezone(zone_of(zone))
    until = f"{local:%b} {local.day}, {local.year}, {local:%H:%M}"
    lines = [
        *note.splitlines(),
        "",
        f"Please call by {until}, log the call, and complete this task.",
        "Whoever does not wish to be called again: say so in the note of the call, and nothing more is sent.",
    ]
    return TaskText(f"Call {name or 'this contact'}", "\n".join(lines), due)
