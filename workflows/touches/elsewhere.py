"""Who of those due is in another of the account's own workflows just now, where the CRM tells (D7)."""

from collections.abc import Callable, Sequence

from sqlalchemy.engine import Engine

from connector.errors import CrmForbidden, CrmNotFound
from connector.patience import patiently
from connector.port.automation import AddsToWorkflow
from core.db import reading
from workflows.enrollment.bindings import load_bindings

# An account with more of them is asked about the first: each costs a request for some contacts.
MOST_WORKFLOWS = 40


def find_elsewhere(
    engine: Engine,
    crm: object,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    pause: Callable[[float], None],
) -> frozenset[str]:
    """Those of these contacts whom a workflow has that is none of ours; nobody where the CRM does not tell."""
    if not contact_ids or not isinstance(crm, AddsToWorkflow):
        return frozenset()
    with reading(engine) as connection:
        ours = {binding.workflow_id for binding in load_bindings(connection, account_id).values()}
    found: set[str] = set()
    try:
        others = [w.workflow_id for w in patiently(crm.fetch_workflows, pause=pause)]
        for workflow_id in [i for i in others if i not in ours][:MOST_WORKFLOWS]:
            found |= _members(crm, contact_ids, workflow_id, pause)
    except CrmForbidden:
        return frozenset(found)  # without the permission nothing is told
    return frozenset(found)


def _members(
    crm: AddsToWorkflow,
    contact_ids: Sequence[str],
    workflow_id: str,
    pause: Callable[[float], None],
) -> frozenset[str]:
    try:
        return patiently(
            lambda: crm.fetch_members(contact_ids, workflow_id, now_only=True), pause=pause
        )
    except CrmNotFound:  # deleted since it was listed
        return frozenset()
