"""Making our properties in an account's CRM, and telling the admin which it would not make."""

from datetime import datetime

from sqlalchemy.engine import Connection

from connector.budget import Urgency
from connector.patience import patiently
from connector.port.writing import Provisioned, ProvisionsProperties
from core import log
from core.context import Context
from oauth.account_playbooks.holding import load_playbooks
from oauth.account_settings.changing import load_settings
from oauth.notices import PROPERTIES, clear_notices, record_notice
from sync.live import capability, load_active, opened
from sync.outbox import unmade
from workflows.properties import definitions_for


def make_properties(here: Context, account_id: str) -> Provisioned:
    """Make the group and what is missing in it, with the segments of the account's own playbooks."""
    own = load_settings(here, load_active(here, account_id))
    wanted = definitions_for(load_playbooks(here, account_id, own.vertical))
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        provisions = capability(crm, ProvisionsProperties)
        made = patiently(lambda: provisions.provision(wanted), pause=here.pause)
    log.get(__name__).info(
        "workflows.properties.provisioned",
        account_id=account_id,
        made=made.made,
        missing=made.missing,
        why=made.reason,
    )
    return made


def note_made(tx: Connection, account_id: str, made: Provisioned, *, now: datetime) -> None:
    """What the CRM would not make is not written, and stands on the admin's pages until it has been made."""
    unmade.record_unmade(tx, account_id, made, now=now)
    if not made.missing:
        clear_notices(tx, account_id, kind=PROPERTIES)
        return
    limit = f" The limit that was reached: {made.limit}." if made.limit else ""
    message = (
        f"{len(made.missing)} of our properties are missing: {', '.join(made.missing)}. "
        f"{made.reason or 'Your CRM did not make them.'}{limit} Reading and scoring go on without them; "
        "install Rekindle again when there is room."
    )
    record_notice(
        tx, account_id, PROPERTIES, job="workflows.jobs.provision", message=message, now=now
    )
