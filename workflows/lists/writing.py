"""Writes a list into the CRM, some contacts at a time: a repeated step puts nobody in twice and forgets nobody."""

from typing import Any

import sqlalchemy as sa

from connector.errors import CrmConflict, CrmForbidden, CrmInvalid, CrmNotFound
from connector.patience import patiently
from connector.port.lists import KeepsLists
from core import log
from core.context import Context
from core.db import reading
from scoring import store as scores
from workflows.decisions.decide import DORMANT
from workflows.decisions.store import stands_as
from workflows.lists import store
from workflows.lists.states import ListState
from workflows.lists.store import Row
from workflows.status import Status

# Refusals that another try does not change.
_FINAL = (CrmInvalid, CrmConflict, CrmForbidden, CrmNotFound)
TAKEN = "Your CRM has another list of this name. Ask for it under another one."


def group_of(row: Row) -> dict[str, Any]:
    """Whom the audit counts so: those of a segment who are dormant, or everybody of a band."""
    bands = [row["band"]] if row["band"] else [*DORMANT] if row["segment"] else []
    only = _may_start if row["only_ready"] else None
    return {"segment": row["segment"], "bands": bands, "track": row["track"], "only": only}


def _may_start(
    account_id: "sa.ColumnElement[str]", contact_id: "sa.ColumnElement[str]"
) -> "sa.ColumnElement[bool]":
    return stands_as(account_id, contact_id, Status.READY)


def write(here: Context, account_id: str, crm: KeepsLists, row: Row) -> bool:
    """Write one list as far as there is time; True where it is done with."""
    list_id = row["list_id"]
    try:
        remote_id = row["remote_id"] or _open(here, account_id, crm, row)
        return _fill(here, account_id, crm, row | {"remote_id": remote_id})
    except _FINAL as error:
        with here.engine.begin() as tx:
            store.record_state(tx, account_id, list_id, ListState.FAILED, problem=error.message)
        log.get(__name__).warning(
            "workflows.list.failed", account_id=account_id, list_id=list_id, code=error.code
        )
        return True


def _open(here: Context, account_id: str, crm: KeepsLists, row: Row) -> str:
    """The list in the CRM: made now, or by an earlier try that could not say so. Raises CrmConflict for another's."""
    was_asked = row["state"] == ListState.WRITING
    found = patiently(lambda: crm.find_list(row["name"]), pause=here.pause)
    if found is not None and not was_asked:
        raise CrmConflict(TAKEN)
    with here.engine.begin() as tx:
        store.record_state(tx, account_id, row["list_id"], ListState.WRITING)
    remote_id = found or crm.make_list(row["name"])
    with here.engine.begin() as tx:
        store.record_state(tx, account_id, row["list_id"], ListState.WRITING, remote_id=remote_id)
    return remote_id


def _fill(here: Context, account_id: str, crm: KeepsLists, row: Row) -> bool:
    group, after, written = group_of(row), row["after"], row["written"]
    while not here.must_pause():
        with reading(here.engine) as connection:
            people = scores.load_group(
                connection, account_id, **group, after=after, limit=crm.list_batch
            )
        ids = [one["contact_id"] for one in people]
        if not ids:
            with here.engine.begin() as tx:
                store.record_state(
                    tx, account_id, row["list_id"], ListState.DONE, done_at=here.wall.now()
                )
            return True
        missing = patiently(
            lambda some=ids: crm.add_to_list(row["remote_id"], some),  # type: ignore[misc]
            pause=here.pause,
        )
        after, written = ids[-1], written + len(ids) - len(missing)
        with here.engine.begin() as tx:
            store.record_state(
                tx,
                account_id,
                row["list_id"],
                ListState.WRITING,
                after=after,
                written=written,
            )
    return False
