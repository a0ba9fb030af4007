"""One CRM record: its values now and what they were before."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One earlier or current value of one property."""

    value: str | None
    at: datetime
    source: str
    source_id: str | None


@dataclass(slots=True)
class Record:
    """One CRM record; `properties` holds no key for an empty value.

    The properties named `calculated` were last worked out at `calculated_at`.
    """

    id: str
    kind: str
    properties: dict[str, str | None]
    created_at: datetime
    updated_at: datetime
    archived: bool = False
    archived_at: datetime | None = None
    history: dict[str, list[Version]] = field(default_factory=dict)
    calculated: set[str] = field(default_factory=set)
    calculated_at: datetime | None = None

    def versions(self, name: str) -> list[Version]:
        """The values of a property, newest first."""
        if name in self.history:
            return self.history[name]
        value = self.properties.get(name)
        if value is None:
            return []
        if name in self.calculated and self.calculated_at is not None:
            return [Version(value, self.calculated_at, "CALCULATED", None)]
        return [Version(value, self.created_at, "CRM_UI", None)]
