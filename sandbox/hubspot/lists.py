"""The lists of one portal (called segments in HubSpot's pages) and who is in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.hubspot.answers import conflict, invalid, not_found
from sandbox.hubspot.records import Records
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

PROCESSING_TYPES = frozenset(("MANUAL", "DYNAMIC", "SNAPSHOT"))


@dataclass(slots=True)
class RecordList:
    """One list of contacts; `members` maps record ids to when they were added."""

    id: str
    name: str
    processing_type: str
    created_at: datetime
    updated_at: datetime
    members: dict[str, datetime] = field(default_factory=dict)

    def json(self) -> Json:
        """The list as HubSpot shows it."""
        return {
            "listId": self.id,
            "name": self.name,
            "objectTypeId": "0-1",
            "processingType": self.processing_type,
            "processingStatus": "COMPLETE",
            "listVersion": 1,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "filtersUpdatedAt": iso(self.created_at),
            "additionalProperties": {"hs_list_size": str(len(self.members))},
        }


@dataclass(slots=True)
class Lists:
    """Every list of one portal."""

    records: Records
    now: Callable[[], datetime]
    _rows: dict[str, RecordList] = field(default_factory=dict)
    _next_id: int = 101

    def each(self) -> list[RecordList]:
        """Every list, oldest first."""
        return list(self._rows.values())

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
        if given.get("objectTypeId") != "0-1":
            raise invalid("Only lists of contacts (objectTypeId 0-1) are kept here.")
        if processing not in PROCESSING_TYPES:
            raise invalid("processingType must be MANUAL, DYNAMIC or SNAPSHOT.")
        if any(known.name == name for known in self._rows.values()):
            raise conflict(
                f"A list already exists with name {name!r}.",
                "VALIDATION_ERROR",
                subCategory="ListError.LIST_NAME_ALREADY_EXISTS",
            )
        moment = self.now()
        made = RecordList(str(self._next_id), name, str(processing), moment, moment)
        self._rows[made.id] = made
        self._next_id += 1
        return made

    def delete(self, list_id: str) -> None:
        """Remove a list; raises 404."""
        self.get(list_id)
        del self._rows[list_id]

    def change_members(self, list_id: str, add: list[str], remove: list[str]) -> Json:
        """Add and remove contacts; the spelling `recordsIdsAdded` is HubSpot's own."""
        row = self.get(list_id)
        if row.processing_type == "DYNAMIC":
            raise invalid(
                "Memberships of a DYNAMIC list follow its filters and cannot be written.",
                subCategory="ListError.INVALID_PROCESSING_TYPE",
            )
        missing = [record_id for record_id in add if not self._is_live(record_id)]
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

    def _is_live(self, record_id: str) -> bool:
        record = self.records.get("contacts", record_id)
        return record is not None and not record.archived
