"""Tasks of a location's users about contacts: made, found again by their trace, and whether they are done."""

from collections.abc import Mapping, Sequence

from connector.errors import CrmNotFound, CrmUnexpected
from connector.highlevel import endpoints
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.values import fields_of, id_of, records_of, text
from connector.port.tasks import NewTask


def create(http: HighLevelHttp, task: NewTask) -> str:
    """One task on the contact's record."""
    body = {
        "title": task.subject,
        "body": f"{task.body}\n\n{task.trace}",
        "dueDate": task.due.strftime("%Y-%m-%dT%H:%M:%S.") + f"{task.due.microsecond // 1000:03d}Z",
        "completed": False,
    }
    if task.owner_id is not None:
        body["assignedTo"] = task.owner_id
    answer = http.call(endpoints.CREATE_TASK, body=body, contact_id=task.contact_id)
    made = id_of(fields_of(answer, "task").get("id"))
    if not made:
        raise CrmUnexpected("HighLevel made a task and did not say which.")
    return made


def find(http: HighLevelHttp, contact_id: str, trace: str) -> str | None:
    """The task of a contact that carries the trace."""
    answer = http.call(endpoints.CONTACT_TASKS, contact_id=contact_id)
    for record in records_of(answer, "tasks"):
        if trace in text(record.get("body")):
            return id_of(record.get("id")) or None
    return None


def fetch_done(http: HighLevelHttp, tasks: Sequence[tuple[str, str]]) -> Mapping[str, bool]:
    """Task id → whether it is done; the deleted are absent, as are those of deleted contacts."""
    found: dict[str, bool] = {}
    wanted = {task_id for _, task_id in tasks}
    for contact_id in dict.fromkeys(contact_id for contact_id, _ in tasks):
        try:
            answer = http.call(endpoints.CONTACT_TASKS, contact_id=contact_id)
        except CrmNotFound:
            continue
        for record in records_of(answer, "tasks"):
            task_id = id_of(record.get("id"))
            if task_id in wanted:
                found[task_id] = record.get("completed") is True
    return found
