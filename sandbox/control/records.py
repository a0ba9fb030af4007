"""Looking at records, and changing them as the account's own staff would, outside the API."""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException

from sandbox.assembly import Sandbox
from sandbox.control.routes import find_portal
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.times import iso

Answer = dict[str, object]
Values = Annotated[dict[str, str | None], Body()]
PAGE = 100


class RecordControl:
    """Shows and changes records; what it changes comes from CRM_UI, not from the app."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Work on this sandbox's accounts."""
        self._portals = sandbox.hubspot.portals

    def router(self) -> APIRouter:
        """The routes under /control/records."""
        router = APIRouter(prefix="/control/records/{portal}/{kind}")
        for method, path, handler in (
            ("GET", "", self.page),
            ("POST", "", self.create),
            ("GET", "/{record_id}", self.one),
            ("PATCH", "/{record_id}", self.change),
            ("DELETE", "/{record_id}", self.archive),
            ("POST", "/{record_id}/restore", self.restore),
            ("POST", "/{record_id}/erase", self.erase),
            ("POST", "/{record_id}/merge/{other_id}", self.merge),
            ("POST", "/{record_id}/associate/{to_kind}/{to_id}", self.associate),
        ):
            router.add_api_route(path, handler, methods=[method])
        return router

    async def page(
        self,
        portal: int,
        kind: str,
        after: int = 0,
        limit: int = PAGE,
        *,
        archived: bool = False,
    ) -> Answer:
        """Records by ascending id with all their values."""
        room = self._room(portal, kind)
        found = room.records.page(kind, after=after, limit=min(limit, 1_000), archived=archived)
        return {
            "total": room.records.count(kind),
            "results": [shown(record) for record in found],
            "after": found[-1].id if found else None,
        }

    async def one(self, portal: int, kind: str, record_id: str) -> Answer:
        """One record with all its values and the ids of what belongs to it."""
        room = self._room(portal, kind)
        record = room.records.get(kind, record_id)
        if record is None:
            survivor = room.records.merged_into(kind, record_id)
            told = f"merged into {survivor}" if survivor else "no such record"
            raise HTTPException(404, told)
        links = {other: room.records.associated(kind, record_id, other) for other in KINDS}
        return shown(record) | {"associations": {k: ids for k, ids in links.items() if ids}}

    async def create(self, portal: int, kind: str, values: Values) -> Answer:
        """A new record, made by hand."""
        return {"id": self._room(portal, kind).records.create(kind, values)}

    async def change(self, portal: int, kind: str, record_id: str, values: Values) -> Answer:
        """Change values by hand, read-only ones included."""
        room = self._live(portal, kind, record_id)
        return {"changed": room.records.update(kind, record_id, values)}

    async def archive(self, portal: int, kind: str, record_id: str) -> Answer:
        """Put a record in the bin."""
        room = self._live(portal, kind, record_id)
        return {"archived": room.records.archive(kind, record_id)}

    async def restore(self, portal: int, kind: str, record_id: str) -> Answer:
        """Take a record out of the bin."""
        return {"restored": self._room(portal, kind).records.restore(kind, record_id)}

    async def erase(self, portal: int, kind: str, record_id: str) -> Answer:
        """Delete a record for good."""
        return {"erased": self._room(portal, kind).records.privacy_delete(kind, record_id)}

    async def merge(self, portal: int, kind: str, record_id: str, other_id: str) -> Answer:
        """Fold another record into this one."""
        room = self._live(portal, kind, record_id)
        self._live(portal, kind, other_id)
        if record_id == other_id:
            raise HTTPException(400, "a record cannot be merged with itself")
        return {"id": room.records.merge(kind, record_id, other_id)}

    async def associate(
        self, portal: int, kind: str, record_id: str, to_kind: str, to_id: str
    ) -> Answer:
        """Link two records."""
        room = self._live(portal, kind, record_id)
        self._live(portal, to_kind, to_id)
        room.records.associate(kind, record_id, to_kind, to_id)
        return {"associated": True}

    def _room(self, portal: int, kind: str) -> Portal:
        if kind not in KINDS:
            raise HTTPException(404, f"no such kind of record; there are: {', '.join(KINDS)}")
        return find_portal(self._portals, portal)

    def _live(self, portal: int, kind: str, record_id: str) -> Portal:
        room = self._room(portal, kind)
        record = room.records.get(kind, record_id)
        if record is None or record.archived:
            raise HTTPException(404, "no such live record")
        return room


def shown(record: Record) -> Answer:
    """A record with all its values."""
    return {
        "id": record.id,
        "properties": dict(sorted(record.properties.items())),
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
        "archived": record.archived,
    }
