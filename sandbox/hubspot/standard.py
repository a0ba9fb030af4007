"""What every new HubSpot account has: its standard property definitions and its pipelines.

The property table stands in `standard_properties.csv`; flags there: ro (read-only value), calc
(calculated), hidden.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.hubspot.definitions import Definition, Option
from sandbox.hubspot.subscriptions import SUBSCRIPTIONS, Subscription
from sandbox.kit.answers import Json

_TABLE = Path(__file__).with_name("standard_properties.csv")
_OWNED = frozenset(("hubspot_owner_id", "hubspot_team_id"))
_YES_NO = (Option("True", "true", 0), Option("False", "false", 1))


def standard_definitions() -> Iterator[tuple[str, Definition]]:
    """Pairs of kind and definition for everything a new portal has."""
    with _TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            yield row["kind"], _read(row)
    for kind in SUBSCRIPTIONS:
        yield "contacts", _opt_out(kind)


def _read(row: dict[str, str]) -> Definition:
    flags = row["flags"].split()
    return Definition(
        name=row["name"],
        label=row["label"],
        type=row["type"],
        field_type=row["field_type"],
        group=row["group"],
        options=_YES_NO if row["type"] == "bool" else _options(row["options"]),
        form_field=not flags,
        hidden="hidden" in flags,
        unique=row["name"] in {"hs_object_id", "email"},
        calculated="calc" in flags,
        read_only="ro" in flags,
        external_options=row["name"] in _OWNED,
        hubspot_defined=True,
    )


def _opt_out(kind: Subscription) -> Definition:
    """What a contact has for every kind of subscription: whether they opted out of it."""
    return Definition(
        name=kind.opt_out_name,
        label=f"Opted out of email: {kind.name}",
        type="bool",
        field_type="booleancheckbox",
        group="emailinformation",
        options=_YES_NO,
        read_only=True,
        hubspot_defined=True,
    )


def _options(text: str) -> tuple[Option, ...]:
    options = []
    for place, word in enumerate(filter(None, text.split(";"))):
        value, _, label = word.partition("=")
        options.append(Option(label or value, value, place))
    return tuple(options)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a pipeline; probability 1.0 is won, 0.0 is lost."""

    id: str
    label: str
    order: int
    metadata: dict[str, str]

    def json(self) -> Json:
        """The stage as HubSpot shows it."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.order,
            "metadata": self.metadata,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "createdAt": "2024-01-01T00:00:00.000Z",
            "updatedAt": "2024-01-01T00:00:00.000Z",
        }


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline of deals or tickets."""

    id: str
    label: str
    stages: tuple[Stage, ...]

    def json(self) -> Json:
        """The pipeline as HubSpot shows it."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": 0,
            "stages": [stage.json() for stage in self.stages],
            "archived": False,
            "createdAt": "2024-01-01T00:00:00.000Z",
            "updatedAt": "2024-01-01T00:00:00.000Z",
        }


def standard_pipelines() -> dict[str, list[Pipeline]]:
    """The pipelines of a new portal by kind of record."""
    deals = [
        ("appointmentscheduled", "Appointment Scheduled", "0.2"),
        ("qualifiedtobuy", "Qualified To Buy", "0.4"),
        ("presentationscheduled", "Presentation Scheduled", "0.6"),
        ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        ("contractsent", "Contract Sent", "0.9"),
        ("closedwon", "Closed Won", "1.0"),
        ("closedlost", "Closed Lost", "0.0"),
    ]
    tickets = [
        ("1", "New", "OPEN"),
        ("2", "Waiting on contact", "OPEN"),
        ("3", "Waiting on us", "OPEN"),
        ("4", "Closed", "CLOSED"),
    ]
    deal_stages = tuple(
        Stage(name, label, place, {"isClosed": _closed(share), "probability": share})
        for place, (name, label, share) in enumerate(deals)
    )
    ticket_stages = tuple(
        Stage(name, label, place, {"ticketState": state})
        for place, (name, label, state) in enumerate(tickets)
    )
    return {
        "deals": [Pipeline("default", "Sales Pipeline", deal_stages)],
        "tickets": [Pipeline("0", "Support Pipeline", ticket_stages)],
    }


def _closed(probability: str) -> str:
    return "true" if probability in {"1.0", "0.0"} else "false"
