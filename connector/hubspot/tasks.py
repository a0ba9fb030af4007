"""Tasks of HubSpot's users about contacts: made, found again by their trace, and whether they are done."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from connector.errors import CrmUnexpected
from connector.hubspot import paths
from connector.hubspot.answers import properties, records
from connector.hubspot.http import HubSpotHttp
from connector.hubspot.linked import of_contacts
from connector.hubspot.parse import iso
from connector.port.tasks import NewTask
from core.moments import to_millis

_KIND = "tasks"
_BODY, _STATUS = "hs_task_body", "hs_task_status"
# HubSpot's own association of a task with a contact.
_TASK_OF_CONTACT = 204
_AT_ONCE = 100


def create(http: HubSpotHttp, task: NewTask) -> str:
    """One task on the contact's record; the owner's own time zone shows the due time."""
    values = {
        "hs_timestamp": iso(to_millis(task.due)),
        "hs_task_subject": task.subject,
        _BODY: _html(task.body, task.trace),
        _STATUS: "NOT_STARTED",
        "hs_task_type": "TODO",
        "hs_task_priority": "HIGH",
    }
    if task.owner_id is not None:
        values["hubspot_owner_id"] = task.owner_id
    link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _TASK_OF_CONTACT}
    body = {
        "properties": values,
        "associations": [{"to": {"id": task.contact_id}, "types": [link]}],
    }
    answer = http.post(paths.objects(_KIND), body)
    made = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(made, str | int):
        raise CrmUnexpected("HubSpot made a task and did not say which.")
    return str(made)


def find(http: HubSpotHttp, contact_id: str, trace: str) -> str | None:
    """The task of a contact that carries the trace, among the newest of the contact's tasks."""
    ids = list(of_contacts(http, _KIND, [contact_id]))
    for record in _read(http, ids, [_BODY]):
        if trace in properties(record).get(_BODY, ""):
            return str(record["id"])
    return None


def fetch_done(http: HubSpotHttp, tasks: Sequence[tuple[str, str]]) -> Mapping[str, bool]:
    """Task id → whether it is done; the deleted are absent."""
    found = _read(http, [task_id for _, task_id in tasks], [_STATUS])
    return {str(r["id"]): properties(r).get(_STATUS) == "COMPLETED" for r in found}


def _read(http: HubSpotHttp, ids: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), _AT_ONCE):
        body = {
            "properties": list(names),
            "propertiesWithHistory": [],
            "inputs": [{"id": i} for i in ids[start : start + _AT_ONCE]],
        }
        found += records(http.post(paths.objects(_KIND, "batch", "read"), body))
    return found


def _html(text: str, trace: str) -> str:
    """A task's body is HTML there; the trace comes last."""
    lines = [*text.splitlines(), "", trace]
    return "<br>".join(escape(line, quote=False) for line in lines)
