"""Opportunities of a location, its pipeline and its reasons for losing one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.highlevel.ids import Ids
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso
from sandbox.world.remarks import FILED_UNDER, UNFILED

STATUSES = ("open", "won", "lost", "abandoned")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline with its stages, each an id and a name."""

    id: str
    name: str
    stages: tuple[tuple[str, str], ...]

    def json(self, location_id: str) -> Json:
        """The pipeline as answers show it."""
        return {
            "id": self.id,
            "name": self.name,
            "locationId": location_id,
            "showInFunnel": True,
            "showInPieChart": True,
            "stages": [
                {"id": stage_id, "name": name, "position": place, "showInFunnel": True}
                for place, (stage_id, name) in enumerate(self.stages)
            ],
        }


@dataclass(slots=True)
class Opportunity:
    """One chance of a sale; money in major units of the location's currency."""

    id: str
    contact_id: str
    name: str
    pipeline_id: str
    stage_id: str
    status: str
    value: float
    user_id: str | None
    source: str
    created: datetime
    updated: datetime
    status_at: datetime
    stage_at: datetime
    lost_reason_id: str | None = None
    custom: dict[str, str] = field(default_factory=dict)

    def json(self, location_id: str, contact: Json | None = None) -> Json:
        """The opportunity as searches show it."""
        shown: Json = {
            "id": self.id,
            "name": self.name,
            "monetaryValue": self.value,
            "pipelineId": self.pipeline_id,
            "pipelineStageId": self.stage_id,
            "assignedTo": self.user_id,
            "status": self.status,
            "source": self.source,
            "lastStatusChangeAt": iso(self.status_at),
            "lastStageChangeAt": iso(self.stage_at),
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "contactId": self.contact_id,
            "locationId": location_id,
            "lostReasonId": self.lost_reason_id,
        }
        known = {name: value for name, value in shown.items() if value is not None}
        fields = [
            {"id": key, "type": "string", "fieldValueString": value}
            for key, value in self.custom.items()
        ]
        more: Json = {"customFields": fields, "notes": [], "tasks": [], "followers": []}
        return known | more | ({"contact": contact} if contact else {})

    def event(self) -> Json:
        """The opportunity as a webhook carries it."""
        return {
            "id": self.id,
            "contactId": self.contact_id,
            "name": self.name,
            "pipelineId": self.pipeline_id,
            "pipelineStageId": self.stage_id,
            "status": self.status,
            "monetaryValue": self.value,
            "source": self.source,
            "assignedTo": self.user_id,
            "dateAdded": iso(self.created),
        }


class Opportunities:
    """Opens opportunities and moves them; one change may be told as several events."""

    def __init__(self, ids: Ids, tell: Callable[[str, Json], None]) -> None:
        self._ids = ids
        self._tell = tell
        stages = tuple((ids.draw(), name) for name in ("New lead", "Contacted", "Booked", "Closed"))
        self.pipeline = Pipeline(ids.draw(), "Sales", stages)
        self.lost_reasons = {ids.draw(): name for name in (*FILED_UNDER.values(), UNFILED)}
        self._rows: dict[str, Opportunity] = {}
        self._by_contact: dict[str, list[Opportunity]] = {}

    def each(self) -> Iterator[Opportunity]:
        return iter(list(self._rows.values()))

    def get(self, opportunity_id: str) -> Opportunity | None:
        return self._rows.get(opportunity_id)

    def of(self, contact_id: str) -> list[Opportunity]:
        return list(self._by_contact.get(contact_id, ()))

    def open(
        self, contact_id: str, name: str, value: float, *, at: datetime, user_id: str | None
    ) -> Opportunity:
        """A new opportunity in the first stage."""
        row = Opportunity(
            id=self._ids.draw(),
            contact_id=contact_id,
            name=name,
            pipeline_id=self.pipeline.id,
            stage_id=self.pipeline.stages[0][0],
            status="open",
            value=value,
            user_id=user_id,
            source="form",
            created=at,
            updated=at,
            status_at=at,
            stage_at=at,
        )
        self._rows[row.id] = row
        self._by_contact.setdefault(contact_id, []).append(row)
        self._tell("OpportunityCreate", row.event())
        return row

    def close(
        self,
        row: Opportunity,
        status: str,
        *,
        at: datetime,
        value: float | None = None,
        lost_reason: str = UNFILED,
    ) -> None:
        """Win, lose or abandon an opportunity; staff file a lost one under one of their reasons."""
        row.stage_id, row.stage_at = self.pipeline.stages[-1][0], at
        self.change(row, status, at=at, value=value, lost_reason=lost_reason)

    def change(
        self,
        row: Opportunity,
        status: object,
        *,
        at: datetime,
        value: float | None = None,
        lost_reason: str | None = None,
    ) -> None:
        """Another status or value; what is None stays as it is."""
        row.updated = at
        if status is not None:
            row.status, row.status_at = str(status), at
        if status == "lost":
            filed = lost_reason or UNFILED
            row.lost_reason_id = next(
                key for key, name in self.lost_reasons.items() if name == filed
            )
        if value is not None and value != row.value:
            row.value = value
            self._tell("OpportunityMonetaryValueUpdate", row.event())
        if status is not None:
            self._tell("OpportunityStatusUpdate", row.event())
        self._tell("OpportunityUpdate", row.event())

    def delete(self, row: Opportunity) -> None:
        """Remove an opportunity; its contact stays."""
        del self._rows[row.id]
        self._by_contact[row.contact_id].remove(row)
        self._tell("OpportunityDelete", row.event())

    def hand_over(self, old_id: str, new_id: str, *, at: datetime) -> None:
        """One contact's opportunities are another's from now on."""
        for row in self._by_contact.pop(old_id, ()):
            row.contact_id, row.updated = new_id, at
            self._by_contact.setdefault(new_id, []).append(row)

    def forget(self, contact_id: str) -> None:
        """Remove a deleted contact's opportunities."""
        for row in self._by_contact.pop(contact_id, ()):
            del self._rows[row.id]
