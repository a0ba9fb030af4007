"""RQ's edge of the hall: ids in, nothing out, safe to run twice."""

from datetime import datetime

from connector.budget import Urgency
from connector.errors import CrmError
from connector.patience import rule_of
from connector.port import ReadsContacts, ReadsRecords
from connector.registry import find_provider
from core import log
from core.context import Context, current
from core.db import reading
from core.facts import (
    AccountInstalled,
    BackfillFinished,
    FieldsJudged,
)
from oauth.accounts import adopt
from sync import inbox, runs
from sync.backfill import Backfill
from sync.judging import judge
from sync.live import (
    capability,
    describe_grant,
    load_active,
    opened,
    token_source,
)


def backfill(account_id: str) -> datetime | None:
    """See to it that the account has been read completely since it was installed."""
    here = current()
    if not _is_read(here, account_id):
        return _read(here, account_id)
    with here.begin() as tx:
        here.publish(tx, BackfillFinished(account_id))
    return None


def reread(account_id: str) -> datetime | None:
    """Read the whole account again: what no webhook tells of, such as roll-ups and deletions, goes stale."""
    return _read(current(), account_id)


def judge_fields(account_id: str) -> None:
    """See which fields may be used for scoring; without an answer the account is scored without them."""
    here = current()
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
    with here.begin() as tx:
        here.publish(tx, FieldsJudged(account_id))


def _read(here: Context, account_id: str) -> datetime | None:
    """Read on; answers when to go on, where others are to be let in between."""
    with opened(here, account_id, Urgency.BACKFILL) as crm:
        backfilling = Backfill(
            here.engine,
            capability(crm, ReadsRecords),
            account_id,
            clock=here.wall,
            pause=here.pause,
            must_pause=here.must_pause,
        )
        try:
            run = backfilling.run(as_of=here.clock.now())
        except runs.ReadingPaused:
            return here.wall.now()
        except CrmError as error:
            with here.engine.begin() as tx:
                runs.record_stopped(
                    tx,
                    account_id,
                    error.message,
                    passing=bool(rule_of(error).retries),
                    now=here.wall.now(),
                )
            raise
    log.get(__name__).info("sync.backfill.finished", account_id=account_id, run_id=run.run_id)
    with here.begin() as tx:
        here.publish(tx, BackfillFinished(account_id))
    return None


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
    with here.begin() as tx:
        for account in adopted.added:
            here.publish(tx, AccountInstalled(account.account_id))


def handle_deliveries(account_id: str) -> None:
    """Read again what the inbox says has changed."""
    here = current()
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        while inbox.handle(here, capability(crm, ReadsContacts), account_id):
            continue
