"""What an account's CRM can run for an admin to choose from, asked for without letting a silent CRM hold up a page."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Form

from connector.budget import Urgency
from connector.errors import CrmForbidden
from connector.port.automation import AddsToWorkflow, Hindrance, WorkflowChoice
from connector.port.provider import Crm
from connector.port.sequences import EnrollsInSequence, Sender, SequenceChoice
from core import log
from core.context import Context
from core.db import reading
from core.errors import AppError, Invalid
from sync.live import opened
from sync.outbox.unmade import load_unmade
from workflows.enrollment.bindings import Binding
from workflows.enrollment.states import Way
from workflows.touches import ability

# How long somebody looks at an empty page at most.
WAIT_SECONDS = 3.0
# Sequences are listed for one person each: what a team shares shows with the first of them.
MOST_ASKED_FOR = 3
# Calls that hang take these threads alone, never those that answer other pages.
_asking = ThreadPoolExecutor(max_workers=4, thread_name_prefix="workflow-choices")


@dataclass(frozen=True, slots=True)
class Automation:
    """What an account's automation offers.

    `workflows` are those that contacts can be added to, None where a property is the trigger instead; `against`
    says in words what keeps them from working, empty where nothing is known to; `sequences` and their `senders` are
    empty where the CRM has none; `is_silent` where the CRM gave no answer in time.
    """

    workflows: list[WorkflowChoice] | None = None
    against: str = ""
    sequences: list[SequenceChoice] = field(default_factory=list)
    senders: list[Sender] = field(default_factory=list)
    is_silent: bool = False
    hindrances: Sequence[Hindrance] = ()  # what `against` says, one by one


def fetch_automation(here: Context, account_id: str) -> Automation:
    """Ask the CRM."""
    with opened(here, account_id, Urgency.PERSON) as crm:
        workflows = list(crm.fetch_workflows()) if isinstance(crm, AddsToWorkflow) else None
        found = ability.look(crm, ())
        sequences, senders = _sequences(crm)
    return Automation(workflows, ability.words(found), sequences, senders, hindrances=found)


def _sequences(crm: Crm) -> tuple[list[SequenceChoice], list[Sender]]:
    if not isinstance(crm, EnrollsInSequence):
        return [], []
    try:
        senders = sorted(crm.fetch_senders(), key=lambda sender: sender.name)
    except CrmForbidden:
        return [], []
    found: dict[str, SequenceChoice] = {}
    for sender in senders[:MOST_ASKED_FOR]:
        found |= {one.sequence_id: one for one in crm.fetch_sequences(sender.sender_id)}
    return [*found.values()], senders


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


def check_choice(here: Context, account_id: str, choice: Binding) -> None:
    """Raise Invalid where the CRM cannot run what was chosen: what is wrong, and what to do."""
    with reading(here.engine) as connection:
        unmade = load_unmade(connection, account_id)
    with opened(here, account_id, Urgency.PERSON) as crm:
        if choice.way is Way.SEQUENCE:
            pair = (choice.workflow_id, choice.sender_id)
            against = ability.words(ability.look_at_sequences(crm, [pair]))
        else:
            against = ability.words(ability.look(crm, [choice.workflow_id]))
            choices = crm.fetch_workflows() if isinstance(crm, AddsToWorkflow) else None
            if (
                not against
                and choices is not None
                and choice.workflow_id not in {c.workflow_id for c in choices}
            ):
                raise Invalid("Choose one of your published workflows.")
    against = against or ability.without_fields(unmade, [choice.way])
    if against:
        raise Invalid(f"Nothing can be started yet. {against}")


def choice_of(
    workflow_id: Annotated[str, Form()] = "",
    way: Annotated[Way, Form()] = Way.TOUCHES,
    sequence_id: Annotated[str, Form()] = "",
    sender_id: Annotated[str, Form()] = "",
) -> Binding:
    """What a form says: a page without scripts sends all of its lists, of which one counts."""
    if way is Way.SEQUENCE:
        return Binding(sequence_id, way, sender_id)
    return Binding(workflow_id, way)


Choice = Annotated[Binding, Depends(choice_of)]
