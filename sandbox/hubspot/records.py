"""The records of one portal, in memory, with the changes they announce to whoever listens."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sandbox.hubspot.changes import Change, Write
from sandbox.hubspot.links import Links, singular
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.record import Record, Version
from sandbox.kit.moments import iso

__all__ = ["Change", "Record", "Records", "Version", "modified_name"]

Derive = Callable[[Mapping[str, str | None]], Mapping[str, str]]

HISTORY_CAP = 20  # versions per property, as commonly reported for contacts
FIRST_ID = 9_951  # ids soon grow a digit, so that whoever sorts them as text is found out


class Records:
    """Every record and association of one portal; ids are numeric strings, ascending, with gaps."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Read the time of writes from `now` (aware UTC) unless a write says when it happened."""
        self._now = now
        self._rows: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self._ids: dict[str, list[int]] = {kind: [] for kind in KINDS}
        self._archived: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self._links = Links()
        self._merged: dict[tuple[str, str], str] = {}
        self._emails: dict[str, str] = {}
        self._calculated: set[str] = set()  # names, shared by all records
        self._next_id = FIRST_ID
        self._on_change: list[Callable[[Change], None]] = []
        self._on_rollup: list[Callable[[Change], None]] = []
        self._before_write: list[Callable[[str, str, Record | None], None]] = []
        self._derived: dict[str, Derive] = {}

    def on_change(self, listener: Callable[[Change], None]) -> None:
        """Call the listener after every change, in the order of changes."""
        self._on_change.append(listener)

    def on_rollup(self, listener: Callable[[Change], None]) -> None:
        """Call the listener after every change of a calculated property."""
        self._on_rollup.append(listener)

    def before_write(self, listener: Callable[[str, str, Record | None], None]) -> None:
        """Call the listener before a write with kind, id and record (None: a new one)."""
        self._before_write.append(listener)

    def derive(self, kind: str, derived: Derive) -> None:
        """Give records of a kind further values that are worked out of the others, whenever those change."""
        self._derived[kind] = derived

    # Reading

    def get(self, kind: str, record_id: str) -> Record | None:
        """The live or archived record; None when it never was, was merged away or was erased."""
        return self._rows[kind].get(record_id) or self._archived[kind].get(record_id)

    def is_live(self, kind: str, record_id: str) -> bool:
        return record_id in self._rows[kind]

    def each(self, kind: str, *, after: int = 0) -> Iterator[Record]:
        """Live records of greater ids than this, ascending; records created meanwhile are not met."""
        rows, ids = self._rows[kind], self._ids[kind]
        start = bisect_right(ids, after)
        return filter(None, map(rows.get, map(str, tuple(ids[start:]))))

    def page(self, kind: str, *, after: int, limit: int, archived: bool = False) -> list[Record]:
        """Up to `limit` records whose id is greater than `after`, by ascending id."""
        if archived:
            ordered = sorted(self._archived[kind].values(), key=lambda record: int(record.id))
            return [record for record in ordered if int(record.id) > after][:limit]
        ids, rows = self._ids[kind], self._rows[kind]
        start = bisect_right(ids, after)
        return [rows[str(number)] for number in ids[start : start + limit]]

    def count(self, kind: str) -> int:
        """How many live records there are."""
        return len(self._rows[kind])

    def counts(self) -> dict[str, int]:
        """How many live records there are of every kind."""
        return {kind: len(rows) for kind, rows in self._rows.items()}

    def by_email(self, email: str) -> str | None:
        """The id of the live contact with that address, whatever its case."""
        return self._emails.get(email.strip().lower())

    def merged_into(self, kind: str, record_id: str) -> str | None:
        """The surviving id of a record that was merged away."""
        return self._merged.get((kind, record_id))

    def survivor(self, kind: str, record_id: str) -> str:
        """The id itself, or of the record that it has become part of by one merge after another."""
        while (into := self._merged.get((kind, record_id))) is not None:
            record_id = into
        return record_id

    def associated(self, from_kind: str, from_id: str, to_kind: str) -> list[str]:
        """Ids of live records on the other side, oldest association first."""
        rows = self._rows[to_kind]
        return [i for i in self._links.of(from_kind, from_id, to_kind) if i in rows]

    # Writing

    def create(
        self,
        kind: str,
        properties: Mapping[str, str | None],
        *,
        at: datetime | None = None,
        source: str = "CRM_UI",
        source_id: str | None = None,
    ) -> str:
        """Add a record and return its id; raises KeyError for a kind this portal does not keep."""
        rows, moment = self._rows[kind], at or self._now()
        record_id = self._new_id()
        stamp = iso(moment)
        given = {name: value for name, value in properties.items() if value}
        kept: dict[str, str | None] = dict(given)
        kept["hs_object_id"] = record_id
        kept.setdefault("createdate" if kind in _PLAIN_CREATEDATE else "hs_createdate", stamp)
        kept[modified_name(kind)] = stamp
        if kind in self._derived:
            kept |= self._derived[kind](kept)
        for listener in self._before_write:
            listener(kind, record_id, None)
        rows[record_id] = Record(record_id, kind, kept, moment, moment, calculated=self._calculated)
        self._ids[kind].append(int(record_id))
        self._index_email(kind, record_id, None, kept.get("email"))
        if self._on_change:
            here = Write(kind, record_id, moment, source, source_id)
            self._announce(here.change("creation"))
            for name, value in given.items():
                self._announce(here.value(name, value, None))
        return record_id

    def update(
        self,
        kind: str,
        record_id: str,
        properties: Mapping[str, str | None],
        *,
        at: datetime | None = None,
        source: str = "CRM_UI",
        source_id: str | None = None,
    ) -> list[str]:
        """Set values and return the names whose value changed; raises KeyError for no live record.

        Equal values change nothing and announce nothing; the last-modified date moves all the same.
        """
        record, moment = self._rows[kind][record_id], at or self._now()
        for listener in self._before_write:
            listener(kind, record_id, record)
        changed: list[tuple[str, str | None, str | None]] = []
        for name, given in properties.items():
            value = given or None
            previous = record.properties.get(name)
            if value == previous:
                continue
            if kind == "contacts":
                self._remember(record, name, Version(value, moment, source, source_id))
            _put(record, name, value)
            changed.append((name, value, previous))
        if kind in self._derived and changed:
            record.properties |= self._derived[kind](record.properties)
        record.updated_at = moment
        record.properties[modified_name(kind)] = iso(moment)
        here = Write(kind, record_id, moment, source, source_id)
        for name, value, previous in changed:
            if name == "email":
                self._index_email(kind, record_id, previous, value)
            self._announce(here.value(name, value, previous))
        return [name for name, _, _ in changed]

    def set_rollup(self, record_id: str, properties: Mapping[str, str | None]) -> None:
        """Set a contact's calculated properties: no last-modified bump, and only who asks for it hears of it."""
        record = self._rows["contacts"][record_id]
        for listener in self._before_write:
            listener("contacts", record_id, record)
        self._calculated.update(properties)
        record.calculated_at = self._now()
        here = Write("contacts", record_id, record.calculated_at, "CALCULATED", None)
        for name, value in properties.items():
            previous = record.properties.get(name)
            _put(record, name, value or None)
            if previous != (value or None):
                for hear in self._on_rollup:
                    hear(here.value(name, value or None, previous))

    def associate(self, from_kind: str, from_id: str, to_kind: str, to_id: str) -> None:
        """Link two records in both directions; a link that exists stays as it is."""
        if self._links.add(from_kind, from_id, to_kind, to_id):
            self._announce_link(from_kind, from_id, to_kind, to_id)

    def dissociate(self, from_kind: str, from_id: str, to_kind: str, to_id: str) -> None:
        """Unlink two records; unlinked records stay as they are."""
        if self._links.remove(from_kind, from_id, to_kind, to_id):
            self._announce_link(from_kind, from_id, to_kind, to_id, removed=True)

    def archive(
        self, kind: str, record_id: str, *, source: str = "CRM_UI", source_id: str | None = None
    ) -> bool:
        """Put a live record in the bin; False when there is none (HubSpot answers 204 to both)."""
        record = self._take(kind, record_id)
        if record is None:
            return False
        record.archived, record.archived_at = True, self._now()
        self._archived[kind][record_id] = record
        here = Write(kind, record_id, record.archived_at, source, source_id)
        self._announce(here.change("deletion"))
        return True

    def restore(self, kind: str, record_id: str, *, source: str = "CRM_UI") -> bool:
        """Take a record out of the bin again; False when it is not in there."""
        record = self._archived[kind].pop(record_id, None)
        if record is None:
            return False
        for listener in self._before_write:
            listener(kind, record_id, None)
        record.archived, record.archived_at = False, None
        self._rows[kind][record_id] = record
        ids = self._ids[kind]
        ids.insert(bisect_right(ids, int(record_id)), int(record_id))
        self._index_email(kind, record_id, None, record.properties.get("email"))
        self._announce(Write(kind, record_id, self._now(), source, None).change("restore"))
        return True

    def merge(
        self,
        kind: str,
        primary_id: str,
        merged_id: str,
        *,
        source: str = "CRM_UI",
        source_id: str | None = None,
        keeps_id: bool = False,
    ) -> str:
        """Make one record of two live ones and return its id; KeyError when one is not live.

        The primary record's values win; values and associations it lacks come from the other one. The
        record has a new id to which both old ones lead; with `keeps_id`, as before 2025, the primary's.
        """
        primary = self._rows[kind][primary_id]
        if primary_id == merged_id:
            raise KeyError(merged_id)
        merged = self._rows[kind][merged_id]
        before = set(primary.properties)
        gained = {k: v for k, v in merged.properties.items() if k not in before}
        known = [primary.properties.get("hs_merged_object_ids"), merged_id]
        known.append(merged.properties.get("hs_merged_object_ids"))
        gained["hs_merged_object_ids"] = ";".join(ids for ids in known if ids)
        self._take(kind, merged_id)
        new_id = primary_id
        if not keeps_id:
            gained["hs_merged_object_ids"] = f"{primary_id};{gained['hs_merged_object_ids']}"
            new_id = self._renumber(kind, primary)
        self._merged[(kind, merged_id)] = new_id
        self._move_links(kind, merged_id, new_id)
        self.update(kind, new_id, gained, source=source, source_id=source_id)
        extra = {
            "primaryObjectId": int(primary_id),
            "mergedObjectIds": [int(merged_id)],
            "newObjectId": int(new_id),
            "numberOfPropertiesMoved": len(gained) - 1,
        }
        here = Write(kind, new_id, self._now(), source, source_id)
        self._announce(here.change("merge", extra))
        return new_id

    def _renumber(self, kind: str, old: Record) -> str:
        """The same record under a new id, to which the old one leads."""
        self._take(kind, old.id)
        new_id = self._new_id()
        for listener in self._before_write:
            listener(kind, new_id, None)
        kept = {**old.properties, "hs_object_id": new_id}
        self._rows[kind][new_id] = replace(old, id=new_id, properties=kept)
        self._ids[kind].append(int(new_id))
        self._index_email(kind, new_id, None, kept.get("email"))
        self._merged[(kind, old.id)] = new_id
        self._move_links(kind, old.id, new_id)
        return new_id

    def privacy_delete(self, kind: str, record_id: str, *, source: str = "CRM_UI") -> bool:
        """Erase a live or archived record for good; False when there is none."""
        record = self._take(kind, record_id) or self._archived[kind].pop(record_id, None)
        if record is None:
            return False
        for other in KINDS:
            self._links.drop(kind, record_id, other)
        here = Write(kind, record_id, self._now(), source, None)
        self._announce(here.change("privacyDeletion"))
        self._announce(here.change("deletion"))
        return True

    # Inside

    def _new_id(self) -> str:
        number = self._next_id
        self._next_id = number + 1 + number * 7 % 5
        return str(number)

    def _take(self, kind: str, record_id: str) -> Record | None:
        record = self._rows[kind].get(record_id)
        if record is None:
            return None
        for listener in self._before_write:
            listener(kind, record_id, record)
        del self._rows[kind][record_id]
        ids = self._ids[kind]
        del ids[bisect_right(ids, int(record_id)) - 1]
        self._index_email(kind, record_id, record.properties.get("email"), None)
        return record

    def _move_links(self, kind: str, old_id: str, new_id: str) -> None:
        for other in KINDS:
            for other_id in self._links.drop(kind, old_id, other):
                self._links.add(kind, new_id, other, other_id)

    def _index_email(self, kind: str, record_id: str, old: str | None, new: str | None) -> None:
        if kind != "contacts":
            return
        if old and self._emails.get(old.lower()) == record_id:
            del self._emails[old.lower()]
        if new:
            self._emails.setdefault(new.lower(), record_id)

    def _remember(self, record: Record, name: str, version: Version) -> None:
        known = record.versions(name)
        record.history[name] = [version, *known][:HISTORY_CAP]

    def _announce_link(
        self, from_kind: str, from_id: str, to_kind: str, to_id: str, *, removed: bool = False
    ) -> None:
        if not self._on_change:
            return
        ends = ((from_kind, from_id, to_kind, to_id), (to_kind, to_id, from_kind, from_id))
        for kind, record_id, other_kind, other_id in ends:
            extra = {
                "associationType": f"{singular(kind)}_to_{singular(other_kind)}".upper(),
                "fromObjectId": int(record_id),
                "toObjectId": int(other_id),
                "associationRemoved": removed,
                "isPrimaryAssociation": False,
            }
            here = Write(kind, record_id, self._now(), "CRM_UI", None)
            self._announce(here.change("associationChange", extra))

    def _announce(self, change: Change) -> None:
        for listener in self._on_change:
            listener(change)


_PLAIN_CREATEDATE = frozenset(
    ("contacts", "companies", "deals", "tickets", "products", "line_items")
)


def modified_name(kind: str) -> str:
    """The property that moves with every write: contacts alone have the old name."""
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def _put(record: Record, name: str, value: str | None) -> None:
    if value is None:
        record.properties.pop(name, None)
    else:
        record.properties[name] = value
