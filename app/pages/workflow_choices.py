"""The CRM's own workflows for an admin to choose from, asked for without letting a silent CRM hold up a page."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from connector.budget import Urgency
from connector.port.automation import AddsToWorkflow, WorkflowChoice
from core import log
from core.context import Context
from core.errors import AppError
from sync.live import opened

# How long somebody looks at an empty page at most.
WAIT_SECONDS = 3.0
# Calls that hang take these threads alone, never those that answer other pages.
_asking = ThreadPoolExecutor(max_workers=4, thread_name_prefix="workflow-choices")


def fetch_choices(here: Context, account_id: str) -> list[WorkflowChoice] | None:
    """Workflows that contacts can be added to; None where a property is the trigger instead."""
    with opened(here, account_id, Urgency.PERSON) as crm:
        return list(crm.fetch_workflows()) if isinstance(crm, AddsToWorkflow) else None


def find_choices(here: Context, account_id: str) -> tuple[list[WorkflowChoice] | None, bool]:
    """What `fetch_choices` answers, and whether the CRM gave no answer in time."""
    asked = _asking.submit(fetch_choices, here, account_id)
    try:
        return asked.result(timeout=WAIT_SECONDS), False
    except TooLate:
        asked.cancel()
        reason = "too_late"
    except AppError as error:
        reason = error.code
    log.get(__name__).warning("app.workflows.unknown", account_id=account_id, reason=reason)
    return None, True
