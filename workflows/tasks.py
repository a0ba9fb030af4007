"""Tasks for the account's people: each is made once, whatever becomes of the call, and found again by its trace."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound
from connector.patience import patiently
from connector.port.tasks import CreatesTasks, NewTask

# Refusals that another try does not change.
FINAL = (CrmInvalid, CrmNotFound, CrmForbidden)


@dataclass(frozen=True, slots=True)
class TaskText:
    """What a task says, and until when it is to be done."""

    subject: str
    body: str
    due: datetime


def trace_of(account_id: str, contact_id: str, key: str, *, late: bool = False) -> str:
    """What stands in a task's body, so that it is found again and never made twice; `key` is what it is about."""
    parts = "\0".join((account_id, contact_id, key, "late" if late else ""))
    return f"Rekindle ref {blake2b(parts.encode(), digest_size=8).hexdigest()}"


def make_once(
    crm: CreatesTasks,
    contact_id: str,
    owners: Sequence[str | None],
    text: TaskText,
    trace: str,
    *,
    is_asked: bool,
    pause: Callable[[float], None],
) -> tuple[str, str | None]:
    """(task, owner) of a task that is there once, however often this is asked for.

    `is_asked`: the CRM may have been asked before, so the task is looked for. An owner whom the CRM does not know is
    passed over for the next, in the end for nobody. Raises CrmError.
    """
    if is_asked:
        found = patiently(lambda: crm.find_task(contact_id, trace), pause=pause)
        if found is not None:
            return found, None
    refusal: CrmInvalid | None = None
    for owner in [*dict.fromkeys(one for one in owners if one), None]:
        task = NewTask(contact_id, owner, text.subject, text.body, text.due, trace)
        try:
            return _create(crm, task, pause), owner
        except CrmInvalid as error:
            refusal = error
    assert refusal is not None  # noqa: S101  nobody in particular was tried at least
    raise refusal


def _create(crm: CreatesTasks, task: NewTask, pause: Callable[[float], None]) -> str:
    """Ask for a task; where no answer came it is looked for before it is asked for again."""
    tried = False

    def once() -> str:
        nonlocal tried
        if tried and (found := crm.find_task(task.contact_id, task.trace)) is not None:
            return found
        tried = True
        return crm.create_task(task)

    return patiently(once, pause=pause)
