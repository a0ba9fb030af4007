"""The lists of one portal (called segments in HubSpot's pages) and who is in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.hubspot.answers import conflict, invalid, not_found
from sandbox.hubspot.changes import Change, former_ids
from sandbox.hubspot.object_types import TYPE_IDS, kind_of
from sandbox.hubspot.records import Records
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

PROCESSING_TYPES = frozenset(("MANUAL", "DYNAMIC", "SNAPSHOT"))


@dataclass(slots=True)
class RecordList:
    """One list of records; `members` maps record ids to when they were added, in that order."""

    id: str
    name: str
    kind: str
    processing_type: str
    created_at: datetime
    updated_at: datetime
    filters: object = None
    version: int = 1
    deleted_at: datetime | None = None
    members: dict[str, datetime] = field(default_factory=dict)

    def json(self, *, with_filters: bool = False) -> Json:
        """The list as HubSpot shows it to whoever asks for it by id or name."""
        shown = self._common() | {"size": len(self.members)}
        if with_filters and self.filters is not None:
            shown["filterBranch"] = self.filters
        return shown

    def found(self) -> Json:
        """The list as a search shows it."""
        return self._common() | {"additionalProperties": {"hs_list_size": str(len(self.members))}}

    def membership(self, record_id: str) -> Json:
        """How a record's own lists are shown."""
        at = iso(self.members[record_id])
        return {
            "listId": self.id,
            "listVersion": self.version,
            "firstAddedTimestamp": at,
            "lastAddedTimestamp": at,
        }

    def _common(self) -> Json:
        shown: Json = {
            "listId": self.id,
            "name": self.name,
            "objectTypeId": TYPE_IDS[self.kind],
            "processingType": self.processing_type,
            "processingStatus": "COMPLETE",
            "listVersion": self.version,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "filtersUpdatedAt": iso(self.created_at),
        }
        return shown if self.deleted_at is None else shown | {"deletedAt": iso(self.deleted_at)}


@dataclass(slots=True)
class Lists:
    """Every list of one portal."""

    records: Records
    now: Callable[[], datetime]
    _rows: dict[str, RecordList] = field(default_factory=dict)
    _deleted: dict[str, RecordList] = field(default_factory=dict)
    _next_id: int = 101

    def follow(self) -> None:
        """From now on memberships follow merges; while a portal is being filled there is nobody in a list."""
        self.records.on_change(self._follow)

    def each(self) -> list[RecordList]:
        """Every list, oldest first."""
        return list(self._rows.values())

    def of_record(self, kind: str, record_id: str) -> list[RecordList]:
        """The lists that a record is in."""
        return [row for row in self.each() if row.kind == kind and record_id in row.members]

    def get(self, list_id: str) -> RecordList:
        """One list; raises 404."""
        if list_id not in self._rows:
            raise not_found(
                f"List does not exist with ID {list_id}.",
                subCategory="ListError.LIST_DOES_NOT_EXIST",
            )
        return self._rows[list_id]

    def create(self, spec: object) -> RecordList:
        """Make a list; raises 400, or 409 for a name that is taken."""
        given = spec if isinstance(spec, dict) else {}
        name, processing = given.get("name"), given.get("processingType")
        if not isinstance(name, str) or not name.strip():
            raise invalid("A list needs a name.", subCategory="ListError.MISSING_NAME")
        kind = kind_of(str(given.get("objectTypeId")))
        if kind is None:
            raise invalid("objectTypeId must name a type of object, such as 0-1.")
        if processing not in PROCESSING_TYPES:
            raise invalid("processingType must be MANUAL, DYNAMIC or SNAPSHOT.")
        self._refuse_taken(name)
        moment = self.now()
        made = RecordList(str(self._next_id), name, kind, str(processing), moment, moment)
        made.filters = given.get("filterBranch")
        self._rows[made.id] = made
        self._next_id += 1
        return made

    def rename(self, list_id: str, name: str) -> RecordList:
        """Give a list another name; raises 400, 404, or 409 for a name that is taken."""
        row = self.get(list_id)
        if not name.strip():
            raise invalid("A list needs a name.", subCategory="ListError.MISSING_NAME")
        if name != row.name:
            self._refuse_taken(name)
        row.name, row.updated_at, row.version = name, self.now(), row.version + 1
        return row

    def delete(self, list_id: str) -> None:
        """Remove a list; it can be brought back for 90 days; raises 404."""
        row = self.get(list_id)
        row.deleted_at = self.now()
        self._deleted[list_id] = self._rows.pop(list_id)

    def restore(self, list_id: str) -> None:
        """Bring a removed list back; raises 404 for one that never was."""
        row = self._deleted.pop(list_id, None)
        if row is None:
            self.get(list_id)
            return
        row.deleted_at = None
        self._rows[list_id] = row

    def empty(self, list_id: str) -> None:
        """Remove everybody; raises 404, or 400 for a list that follows its filters."""
        self._writable(list_id).members.clear()

    def change_members(self, list_id: str, add: list[str], remove: list[str]) -> Json:
        """Add and remove records; the spelling `recordsIdsAdded` is HubSpot's own."""
        row = self._writable(list_id)
        missing = [i for i in add if not self.records.is_live(row.kind, i)]
        added = [i for i in dict.fromkeys(add) if i not in row.members and i not in missing]
        removed = [i for i in dict.fromkeys(remove) if i in row.members]
        for record_id in removed:
            del row.members[record_id]
        for record_id in added:
            row.members[record_id] = self.now()
        row.updated_at = self.now()
        return {
            "recordsIdsAdded": added,
            "recordIdsRemoved": removed,
            "recordIdsMissing": missing,
        }

    def _follow(self, change: Change) -> None:
        if change.event != "merge":
            return
        for row in self._rows.values():
            if row.kind != change.kind:
                continue
            since = [row.members.pop(old) for old in former_ids(change) if old in row.members]
            if since:
                first = min([*since, row.members.get(change.record_id, since[0])])
                row.members[change.record_id] = first

    def _writable(self, list_id: str) -> RecordList:
        row = self.get(list_id)
        if row.processing_type == "DYNAMIC":
            raise invalid(
                "Memberships of a DYNAMIC list follow its filters and cannot be written.",
                subCategory="ListError.INVALID_PROCESSING_TYPE",
            )
        return row

    def _refuse_taken(self, name: str) -> None:
        if any(known.name == name for known in self._rows.values()):
            raise conflict(
                f"A list already exists with name {name!r}.",
                "VALIDATION_ERROR",
                subCategory="ListError.LIST_NAME_ALREADY_EXISTS",
            )
