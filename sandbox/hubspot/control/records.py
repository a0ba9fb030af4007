"""Looking at records, and changing them as the account's own staff would, outside the API."""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException

from sandbox.hubspot.accounts import Accounts
from sandbox.hubspot.control.here import Here, find_kind
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.kit.control import Answer
from sandbox.kit.moments import iso

Values = Annotated[dict[str, str | None], Body()]
PAGE = 100

# What these routes change comes from CRM_UI, not from the app.
router = APIRouter(prefix="/control/records/{portal}/{kind}")


@router.get("")
async def page(
    accounts: Here,
    portal: int,
    kind: str,
    after: int = 0,
    limit: int = PAGE,
    *,
    archived: bool = False,
) -> Answer:
    """Records by ascending id with all their values."""
    records = find_kind(accounts, portal, kind).records
    found = records.page(kind, after=after, limit=min(limit, 1_000), archived=archived)
    return {
        "total": records.count(kind),
        "results": [shown(record) for record in found],
        "after": found[-1].id if found else None,
    }


@router.get("/{record_id}")
async def one(accounts: Here, portal: int, kind: str, record_id: str) -> Answer:
    """One record with all its values and the ids of what belongs to it."""
    records = find_kind(accounts, portal, kind).records
    record = records.get(kind, record_id)
    if record is None:
        survivor = records.merged_into(kind, record_id)
        told = f"merged into {survivor}" if survivor else "no such record"
        raise HTTPException(404, told)
    links = {other: records.associated(kind, record_id, other) for other in KINDS}
    return shown(record) | {"associations": {k: ids for k, ids in links.items() if ids}}


@router.post("")
async def create(accounts: Here, portal: int, kind: str, values: Values) -> Answer:
    """A new record, made by hand."""
    return {"id": find_kind(accounts, portal, kind).records.create(kind, values)}


@router.patch("/{record_id}")
async def change(accounts: Here, portal: int, kind: str, record_id: str, values: Values) -> Answer:
    """Change values by hand, read-only ones included."""
    found = _holding(accounts, portal, kind, record_id)
    return {"changed": found.records.update(kind, record_id, values)}


@router.delete("/{record_id}")
async def archive(accounts: Here, portal: int, kind: str, record_id: str) -> Answer:
    """Put a record in the bin."""
    found = _holding(accounts, portal, kind, record_id)
    return {"archived": found.records.archive(kind, record_id)}


@router.post("/{record_id}/restore")
async def restore(accounts: Here, portal: int, kind: str, record_id: str) -> Answer:
    """Take a record out of the bin."""
    return {"restored": find_kind(accounts, portal, kind).records.restore(kind, record_id)}


@router.post("/{record_id}/erase")
async def erase(accounts: Here, portal: int, kind: str, record_id: str) -> Answer:
    """Delete a record for good."""
    return {"erased": find_kind(accounts, portal, kind).records.privacy_delete(kind, record_id)}


@router.post("/{record_id}/merge/{other_id}")
async def merge(accounts: Here, portal: int, kind: str, record_id: str, other_id: str) -> Answer:
    """Fold another record into this one."""
    found = _holding(accounts, portal, kind, record_id)
    _holding(accounts, portal, kind, other_id)
    if record_id == other_id:
        raise HTTPException(400, "a record cannot be merged with itself")
    return {"id": found.records.merge(kind, record_id, other_id)}


@router.post("/{record_id}/associate/{to_kind}/{to_id}")
async def associate(
    accounts: Here, portal: int, kind: str, record_id: str, to_kind: str, to_id: str
) -> Answer:
    """Link two records."""
    found = _holding(accounts, portal, kind, record_id)
    _holding(accounts, portal, to_kind, to_id)
    found.records.associate(kind, record_id, to_kind, to_id)
    return {"associated": True}


def _holding(accounts: Accounts, portal: int, kind: str, record_id: str) -> Portal:
    """The portal, when it has that record and not in the bin; raises 404."""
    found = find_kind(accounts, portal, kind)
    record = found.records.get(kind, record_id)
    if record is None or record.archived:
        raise HTTPException(404, "no such live record")
    return found


def shown(record: Record) -> Answer:
    """A record with all its values."""
    return {
        "id": record.id,
        "properties": dict(sorted(record.properties.items())),
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
        "archived": record.archived,
    }
