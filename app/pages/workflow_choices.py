"""The CRM's own workflows for an admin to choose from, asked for without letting a silent CRM hold up a page."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass

from connector.budget import Urgency
from connector.port.automation import AddsToWorkflow, Hindrance, WorkflowChoice
from core import log
from core.context import Context
from core.errors import AppError
from sync.live import opened
from workflows.touches import ability

# How long somebody looks at an empty page at most.
WAIT_SECONDS = 3.0
# Calls that hang take these threads alone, never those that answer other pages.
_asking = ThreadPoolExecutor(max_workers=4, thread_name_prefix="workflow-choices")


@dataclass(frozen=True, slots=True)
class Automation:
    """What an account's automation offers.

    `workflows` are those that contacts can be added to, None where a property is the trigger instead; `against`
    says in words what keeps it from working, empty where nothing is known to; `is_silent` where the CRM gave no
    answer in time.
    """

    workflows: list[WorkflowChoice] | None = None
    against: str = ""
    is_silent: bool = False
    hindrances: Sequence[Hindrance] = ()  # what `against` says, one by one


def fetch_automation(
    here: Context, account_id: str, workflow_ids: Sequence[str] = ()
) -> Automation:
    """Ask the CRM; `workflow_ids` are those that are to be run."""
    with opened(here, account_id, Urgency.PERSON) as crm:
        workflows = list(crm.fetch_workflows()) if isinstance(crm, AddsToWorkflow) else None
        found = ability.look(crm, workflow_ids)
    return Automation(workflows, ability.words(found), hindrances=found)


def find_automation(here: Context, account_id: str) -> Automation:
    """The same for a page, which waits for nobody long."""
    asked = _asking.submit(fetch_automation, here, account_id)
    try:
        return asked.result(timeout=WAIT_SECONDS)
    except TooLate:
        asked.cancel()
        reason = "too_late"
    except AppError as error:
        reason = error.code
    log.get(__name__).warning("app.workflows.unknown", account_id=account_id, reason=reason)
    return Automation(is_silent=True)
