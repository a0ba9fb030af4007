"""The jobs of sync: ids in, nothing out, safe to run twice."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.engine import Connection

from connector.budget import Urgency
from connector.errors import CrmError, CrmForbidden
from connector.patience import patiently, rule_of
from connector.port.fields import ListsProperties
from connector.port.provider import Describes
from connector.port.records import ReadsContacts
from connector.registry import find_provider
from core import log
from core.context import Context, current
from core.db import reading, refresh_statistics
from core.facts import (
    AccountInstalled,
    BackfillFinished,
    FieldsJudged,
)
from oauth.accounts import adopt, describe_again
from oauth.notices import STREAMS, clear_notices, record_notice
from sync.backfill import runs
from sync.backfill.poll import Pollable, Polling
from sync.backfill.reading import Backfill, ReadsAll
from sync.backfill.states import RunState
from sync.fields import mapping_store
from sync.fields.judging import judge
from sync.fields.mapping import lacking, names_of
from sync.fields.paging import read_pages
from sync.fields.proposing import propose_fields
from sync.findings import find_how_read
from sync.inbox import deliveries as inbox
from sync.live import (
    capability,
    describe_grant,
    load_active,
    opened,
    token_source,
)
from sync.mirror.store import MIRROR


def backfill(account_id: str) -> datetime | None:
    """See to it that the account has been read completely since it was installed."""
    here = current()
    if not _is_read(here, account_id):
        return _read(here, account_id, Urgency.BACKFILL)
    with here.begin() as tx:
        here.publish(tx, BackfillFinished(account_id))
    return None


def reread(account_id: str) -> datetime | None:
    """Read the whole account again: what no webhook tells of, such as roll-ups and deletions, goes stale.

    An account whose first reading is still to come is left to that.
    """
    here = current()
    with reading(here.engine) as connection:
        if runs.find_latest(connection, account_id) is None:
            return None
    return _read(here, account_id, Urgency.REREAD)


def read_properties(account_id: str) -> None:
    """Read of everybody the properties that a changed mapping wants and the mirror lacks, and nothing else."""
    here = current()
    with reading(here.engine) as connection:
        sources = mapping_store.load_sources(connection, account_id)
        missing = lacking(sources, mapping_store.load_mirrored(connection, account_id))
    if missing:
        with opened(here, account_id, Urgency.INCREMENTAL) as crm:
            read_pages(here, capability(crm, ListsProperties), account_id, missing)
    with here.engine.begin() as tx:
        mapping_store.record_mirrored(tx, account_id, names_of(sources))
    find_how_read(here.engine, account_id, as_of=here.clock.now(), now=here.wall.now())
    with here.begin() as tx:
        here.publish(tx, FieldsJudged(account_id))


def poll(account_id: str) -> None:
    """Find what no notice told of, and read it again; an account that is being read for the first time waits."""
    here = current()
    installed_at = load_active(here, account_id).installed_at
    with reading(here.engine) as connection:
        if not runs.is_read_since(connection, account_id, installed_at):
            return
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        if isinstance(crm, Pollable):
            Polling(here, crm, account_id).run()


def judge_fields(account_id: str) -> None:
    """See which fields may be used for scoring; without an answer the account is scored without them."""
    here = current()
    events = log.get(__name__).bind(account_id=account_id)
    find_how_read(here.engine, account_id, as_of=here.clock.now(), now=here.wall.now())
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


def _propose(here: Context, account_id: str) -> None:
    """See what the account has to map; where the CRM does not answer, what was known before still holds."""
    try:
        with opened(here, account_id, Urgency.INCREMENTAL) as crm:
            if isinstance(crm, ListsProperties):
                propose_fields(
                    here.engine,
                    crm,
                    account_id,
                    as_of=here.clock.now(),
                    now=here.wall.now(),
                    pause=here.pause,
                )
    except CrmError as error:
        log.get(__name__).warning(
            "sync.fields.not_listed", account_id=account_id, code=error.code, message=error.message
        )


def _read(here: Context, account_id: str, urgency: Urgency) -> datetime | None:
    """Read on; answers when to go on, where others are to be let in between."""
    with reading(here.engine) as connection:
        latest = runs.find_latest(connection, account_id)
    # A reading that goes on goes on with the properties it began with.
    if latest is None or latest["state"] != RunState.RUNNING:
        _propose(here, account_id)
    with reading(here.engine) as connection:
        sources = mapping_store.load_sources(connection, account_id)
    with opened(here, account_id, urgency) as crm:
        describes = capability(crm, Describes)
        describe_again(
            here.engine,
            load_active(here, account_id),
            describe=lambda: patiently(describes.fetch_account, pause=here.pause),
            now=here.wall.now(),
        )
        backfilling = Backfill(here, capability(crm, ReadsAll), account_id)
        try:
            # What changes while the pages are turned is the first poll's.
            if isinstance(crm, Pollable):
                # What is forbidden is told better by the reading itself.
                with suppress(CrmForbidden):
                    Polling(here, crm, account_id).begin()
            run = backfilling.run(as_of=here.clock.now())
        except runs.ReadingPaused:
            return here.wall.now()
        except runs.RunTakenOver:
            if _is_reading(here, account_id):
                raise
            return None  # a person has cancelled it
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
    refresh_statistics(here.engine, *MIRROR)
    with here.begin() as tx:
        mapping_store.record_mirrored(tx, account_id, names_of(sources))
        note_unread(tx, account_id, now=here.wall.now())
        here.publish(tx, BackfillFinished(account_id))
    return None


def _is_reading(here: Context, account_id: str) -> bool:
    with reading(here.engine) as connection:
        latest = runs.find_latest(connection, account_id)
    return latest is not None and latest["state"] == RunState.RUNNING


def note_unread(tx: Connection, account_id: str, *, now: datetime) -> None:
    """What the account's permissions keep from us stands on the admin's pages until it could be read."""
    latest = runs.find_latest(tx, account_id)
    missing = (latest["missing"] if latest else None) or []
    if not missing:
        clear_notices(tx, account_id, kind=STREAMS)
        return
    named = ", ".join(one["stream"] for one in missing)
    scopes = sorted({scope for one in missing for scope in one["scopes"]})
    wanted = f" Permissions that are missing: {', '.join(scopes)}." if scopes else ""
    message = (
        f"Your CRM does not let Rekindle read {named}.{wanted} Contacts are scored without them. "
        "Install Rekindle again with these permissions to include them."
    )
    record_notice(tx, account_id, STREAMS, job="sync.jobs.backfill", message=message, now=now)


def _is_read(here: Context, account_id: str) -> bool:
    """Whether a reading has ended since the install, as when a dead worker's one was continued."""
    installed_at = load_active(here, account_id).installed_at
    with reading(here.engine) as connection:
        latest = runs.find_latest(connection, account_id)
    return (
        latest is not None
        and latest["state"] == RunState.DONE
        and latest["finished_at"] >= installed_at
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
