"""How records appear in answers."""

from collections.abc import Iterable, Sequence

from sandbox.hubspot.object_types import TYPE_IDS
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record, Version
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

_ALWAYS = {
    "contacts": ("createdate", "hs_object_id", "lastmodifieddate"),
    "companies": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    "deals": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    "tickets": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
}
_DEFAULTS = {
    "contacts": ("email", "firstname", "lastname"),
    "companies": ("domain", "name"),
    "deals": ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    "tickets": ("content", "hs_pipeline", "hs_pipeline_stage", "subject"),
}
_ENGAGEMENT = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")


def shown_names(portal: Portal, kind: str, wanted: Sequence[str]) -> list[str]:
    """The properties an answer holds: those asked for that exist, and HubSpot's own few."""
    always = _ALWAYS.get(kind, _ENGAGEMENT)
    known = [name for name in wanted if portal.definitions.find(kind, name) is not None]
    return list(dict.fromkeys([*always, *(known or ([] if wanted else _DEFAULTS.get(kind, ())))]))


def show(portal: Portal, record: Record, names: Iterable[str], history: Iterable[str] = ()) -> Json:
    """One record as an answer shows it, with the history of some properties if asked for."""
    values = record.properties
    shown: Json = {
        "id": record.id,
        "properties": {name: values.get(name) for name in names},
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
        "archived": record.archived,
        "url": (
            f"https://{portal.account.ui_domain}/contacts/{portal.id}/record/"
            f"{TYPE_IDS[record.kind]}/{record.id}"
        ),
    }
    if record.archived_at is not None:
        shown["archivedAt"] = iso(record.archived_at)
    asked = list(history)
    if asked:
        shown["propertiesWithHistory"] = {
            name: [_version(version) for version in record.versions(name)] for name in asked
        }
    return shown


def _version(version: Version) -> Json:
    # A label and a user stand there only where a change has them; no null is published for them.
    shown: Json = {
        "value": version.value or "",
        "timestamp": iso(version.at),
        "sourceType": version.source,
    }
    return shown if version.source_id is None else shown | {"sourceId": version.source_id}
