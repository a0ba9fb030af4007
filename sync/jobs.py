"""RQ's edge of the hall: ids in, nothing out, safe to run twice."""

from connector.budget import Urgency
from connector.errors import CrmError, CrmRateLimited, CrmUnavailable
from connector.patience import patiently
from connector.port import Describes, ReadsContacts, ReadsRecords
from connector.registry import find_provider
from core import log
from core.context import Context, current
from core.db import reading
from core.facts import (
    AccountInstalled,
    BackfillFinished,
    ContactsChanged,
    ContactsErased,
    FieldsJudged,
)
from oauth.accounts import adopt, describe_again
from sync import inbox, runs, store
from sync.backfill import Backfill
from sync.judging import judge
from sync.live import (
    capability,
    describe_grant,
    is_active,
    load_active,
    opened,
    token_source,
)


def backfill(account_id: str) -> None:
    """See to it that the account has been read completely since it was installed."""
    here = current()
    if not is_active(here, account_id):
        return
    if _is_read(here, account_id):
        here.publish(BackfillFinished(account_id))
    else:
        _read(here, account_id)


def reread(account_id: str) -> None:
    """Read the whole account again: what no webhook tells of, such as roll-ups and deletions, goes stale."""
    here = current()
    if is_active(here, account_id):
        _read(here, account_id)


def judge_fields(account_id: str) -> None:
    """See which fields may be used for scoring; without an answer the account is scored without them."""
    here = current()
    if not is_active(here, account_id):
        return
    events = log.get(__name__).bind(account_id=account_id)
    try:
        with opened(here, account_id, Urgency.INCREMENTAL) as crm:
            verdicts = judge(
                here.engine,
                crm,
                account_id,
                as_of=here.clock.now(),
                now=here.wall.now(),
                pause=here.pause,
            )
    except CrmError as error:
        # Earlier verdicts still hold, and the next reading judges again.
        events.warning("sync.fields.not_judged", code=error.code, message=error.message)
    else:
        refused = {v.name: str(v.reason) for v in verdicts if not v.accepted}
        events.info("sync.fields.judged", judged=len(verdicts), refused=refused)
    here.publish(FieldsJudged(account_id))


def _read(here: Context, account_id: str) -> None:
    events = log.get(__name__).bind(account_id=account_id)
    with opened(here, account_id, Urgency.BACKFILL) as crm:
        describes = capability(crm, Describes)
        describe_again(
            here.engine,
            load_active(here, account_id),
            describe=lambda: patiently(describes.fetch_account, pause=here.pause),
            now=here.wall.now(),
        )
        backfilling = Backfill(
            here.engine,
            capability(crm, ReadsRecords),
            account_id,
            clock=here.wall,
            pause=here.pause,
            worker=here.worker,
        )
        try:
            run = backfilling.run(as_of=here.clock.now())
        except runs.RunTakenOver:
            events.info("sync.backfill.taken_over")
            return
        except CrmError as error:
            events.error("sync.backfill.failed", code=error.code, message=error.message)
            with here.engine.begin() as tx:
                runs.record_stopped(
                    tx,
                    account_id,
                    error.message,
                    passing=isinstance(error, CrmUnavailable | CrmRateLimited),
                    now=here.wall.now(),
                )
            raise
    events.info("sync.backfill.finished", run_id=run.run_id)
    here.publish(BackfillFinished(account_id))


def _is_read(here: Context, account_id: str) -> bool:
    """Whether a reading has ended since the install, as when a dead worker's one was continued."""
    installed_at = load_active(here, account_id).installed_at
    with reading(here.engine) as connection:
        latest = runs.find_latest(connection, account_id)
    return (
        latest is not None and latest["state"] == "done" and latest["finished_at"] >= installed_at
    )


def renew_access(account_id: str) -> None:
    """Finish a refresh that a dead process began, while the CRM still honours it."""
    token_source(current(), account_id).token()


def adopt_accounts(agency_id: str) -> None:
    """Compare an agency's accounts with ours: install the new ones, end those that left."""
    here = current()
    if not is_active(here, agency_id):
        return
    agency = load_active(here, agency_id)
    adopted = adopt(
        here.engine,
        here.vault,
        find_provider(agency.provider, here.environment),
        agency,
        token=token_source(here, agency_id).token(),
        describe=lambda account, grant: describe_grant(here, agency.provider, account, grant),
        now=here.wall.now(),
    )
    log.get(__name__).info(
        "sync.agency.compared",
        agency_id=agency_id,
        added=len(adopted.added),
        ended=len(adopted.ended),
    )
    for account in adopted.added:
        here.publish(AccountInstalled(account.account_id))


def handle_deliveries(account_id: str) -> None:
    """Read again what the inbox says has changed."""
    here = current()
    if not is_active(here, account_id):
        return
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        more = True
        while more:
            handled = inbox.handle(
                here.engine,
                capability(crm, ReadsContacts),
                account_id,
                clock=here.wall,
                pause=here.pause,
            )
            more = handled.more
            for ids in store.chunks(handled.changed):
                here.publish(ContactsChanged(account_id, tuple(ids)))
            if handled.erased:
                here.publish(ContactsErased(account_id))
