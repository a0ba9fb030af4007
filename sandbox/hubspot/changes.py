"""What records announce: one change of one record, in the past tense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a record, in the past tense.

    `event` is creation, propertyChange, deletion, merge, restore, privacyDeletion or
    associationChange.
    """

    event: str
    kind: str
    record_id: str
    name: str | None
    value: str | None
    previous: str | None
    at: datetime
    source: str
    source_id: str | None
    extra: Mapping[str, object] = field(default_factory=dict)


def former_ids(change: Change) -> list[str]:
    """The ids that a merge has ended."""
    merged = change.extra.get("mergedObjectIds")
    named = [change.extra.get("primaryObjectId"), *(merged if isinstance(merged, list) else [])]
    return [str(old) for old in named if str(old) != change.record_id]


@dataclass(frozen=True, slots=True)
class Write:
    """What all changes of one write have in common."""

    kind: str
    record_id: str
    at: datetime
    source: str
    source_id: str | None

    def change(self, event: str, extra: Mapping[str, object] | None = None) -> Change:
        """A change of the record as a whole."""
        return Change(
            event=event,
            kind=self.kind,
            record_id=self.record_id,
            name=None,
            value=None,
            previous=None,
            at=self.at,
            source=self.source,
            source_id=self.source_id,
            extra=extra or {},
        )

    def value(self, name: str, value: str | None, previous: str | None) -> Change:
        """A change of one value."""
        return Change(
            event="propertyChange",
            kind=self.kind,
            record_id=self.record_id,
            name=name,
            value=value,
            previous=previous,
            at=self.at,
            source=self.source,
            source_id=self.source_id,
        )
