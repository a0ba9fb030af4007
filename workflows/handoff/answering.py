"""What the jobs do about answers: read again who seems to have answered, write down what follows, tell the CRM."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from connector.budget import Urgency
from connector.errors import CrmError
from connector.port.records import ReadsContacts
from core import log
from core.context import Context
from core.db import reading
from oauth.account_playbooks.holding import playbooks_of
from oauth.account_settings.changing import load_settings
from oauth.notices import HANDOFFS, clear_notices
from sync.inbox.deliveries import refresh
from sync.live import capability, load_active, opened
from sync.mirror import aliases
from workflows.gate.policy import policy_of
from workflows.handoff import noticing, store
from workflows.handoff.states import HandoffState
from workflows.handoff.taking import Taking
from workflows.handoff.watching import Watching
from workflows.touches.looking import tell_ended

# How long an admin is told of a task that the CRM did not take.
FAILURE_SHOWN = timedelta(days=7)


def hand_over(here: Context, account_id: str, contact_ids: Sequence[str]) -> None:
    """See whether any of these contacts has answered, booked, bought or opted out, and do what follows.

    Most have not, and then the CRM is not asked for anything.
    """
    own = load_settings(here, load_active(here, account_id))
    policy, at = policy_of(own), here.clock.now()
    with reading(here.engine) as connection:
        today = aliases.resolve(connection, account_id, contact_ids)
        people = list(dict.fromkeys(today.values()))
        playbooks = playbooks_of(connection, account_id, own.vertical)
        look = partial(noticing.look, at=at, policy=policy, playbooks=playbooks)
        found = look(connection, account_id, people)
    if not found:
        return
    with opened(here, account_id, Urgency.PERSON) as crm:
        _read_again(here, capability(crm, ReadsContacts), account_id, list(found))
        with here.begin() as tx:
            found = look(tx, account_id, list(found))
            ended = noticing.record(tx, account_id, found, at=at, now=here.wall.now())
            tell_ended(here, tx, account_id, ended)
        Taking(here, account_id, crm, own, at).finish()


def watch(here: Context, account_id: str) -> None:
    """Finish what an interruption has left half done, and look at the tasks that are due."""
    own, at = load_settings(here, load_active(here, account_id)), here.clock.now()
    with opened(here, account_id, Urgency.PERSON) as crm:
        Taking(here, account_id, crm, own, at).finish()
        Watching(here, account_id, crm, own, at).look()
    with here.begin() as tx:
        counted = store.count(tx, account_id)
        failed = store.has_failed(tx, account_id, since=at - FAILURE_SHOWN)
        if not failed and not counted.get(HandoffState.LATE):
            clear_notices(tx, account_id, kind=HANDOFFS)
    log.get(__name__).info(
        "workflows.answers.watched",
        account_id=account_id,
        open=counted.get(HandoffState.OPEN, 0),
        late=counted.get(HandoffState.LATE, 0),
    )


def _read_again(here: Context, crm: ReadsContacts, account_id: str, people: Sequence[str]) -> None:
    """What they wrote may be known by its moment alone: where it can be read, it is read now.

    Where the CRM does not answer, an answer that nobody could read goes to a person.
    """
    try:
        refresh(here, crm, account_id, people, closely=True)
    except CrmError as error:
        log.get(__name__).warning(
            "workflows.answers.not_read", account_id=account_id, code=error.code
        )
