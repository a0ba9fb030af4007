"""The customer's own contact properties: which there are, and what they were set to and when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.errors import CrmNotFound
from connector.hubspot import paths
from connector.hubspot.answers import listed, records, within
from connector.hubspot.http import HubSpotHttp
from connector.hubspot.mapping import CANDIDATES, MEANS, ONE_ONLY, OWN_PREFIX, read_as
from connector.hubspot.parse import millis
from connector.port.fields import ContactProperty, FieldDefinition, FieldValue, Option

HISTORY_BATCH = 50  # with history half as many records fit into a batch read
# How a person fills them in: one text or one choice, no file, no list of several and no formula.
_FILLED_IN = frozenset({"text", "select", "radio"})
_FEEDS = {name: field for field in ONE_ONLY for name in CANDIDATES[field]}


def definitions(answered: Iterable[Mapping[str, Any]]) -> list[FieldDefinition]:
    """The customer's own properties with a text or a choice, usual names first; no sensitive ones."""
    found = [_definition(p) for p in answered if _is_own(p)]
    usual = list(_FEEDS)
    return sorted(found, key=lambda f: usual.index(f.name) if f.name in usual else len(usual))


# HubSpot's types in our words; a choice of several is a list of words.
_KINDS = {
    "string": "text",
    "phone_number": "text",
    "number": "number",
    "date": "date",
    "datetime": "moment",
    "bool": "flag",
    "enumeration": "choice",
}


def properties(answered: Iterable[Mapping[str, Any]]) -> list[ContactProperty]:
    """Every property that people see, but ours, in HubSpot's order."""
    return [
        _property(one)
        for one in answered
        if not one.get("hidden") and not str(one["name"]).startswith(OWN_PREFIX)
    ]


def _property(answered: Mapping[str, Any]) -> ContactProperty:
    name = str(answered["name"])
    kind = _KINDS.get(str(answered.get("type")), "text")
    several = kind == "choice" and answered.get("fieldType") == "checkbox"
    return ContactProperty(
        name=name,
        label=str(answered.get("label") or name),
        kind="tags" if several else kind,
        options=_options(answered),
        is_own=not answered.get("hubspotDefined"),
        read_as=read_as(name),
        means=MEANS.get(name, ""),
        unusable=_unusable(answered),
    )


def _unusable(answered: Mapping[str, Any]) -> str:
    if answered.get("dataSensitivity", "non_sensitive") != "non_sensitive":
        return "HubSpot keeps it as sensitive data, which Rekindle does not read."
    if answered.get("fieldType") == "file":
        return "It holds files."
    return ""


def history(
    http: HubSpotHttp, contact_ids: Sequence[str], names: Sequence[str]
) -> list[FieldValue]:
    """The versions of these properties that HubSpot still has: about twenty of each."""
    found: list[FieldValue] = []
    for start in range(0, len(contact_ids), HISTORY_BATCH):
        body = {
            "properties": ["hs_object_id"],
            "propertiesWithHistory": list(names),
            "inputs": [{"id": i} for i in contact_ids[start : start + HISTORY_BATCH]],
        }
        for record in records(_read(http, body)):
            found += _versions(record)
    return found


def _read(http: HubSpotHttp, body: Mapping[str, object]) -> Any:
    try:
        answer = http.post(paths.objects("contacts", "batch", "read"), body)
    except CrmNotFound:
        # A server that does not know the dated address yet: the older one says the same.
        paths.tell_older()
        answer = http.post(paths.older_objects("contacts", "batch", "read"), body)
    return answer


def _versions(record: Mapping[str, Any]) -> list[FieldValue]:
    """A version without a time that can be read proves nothing and is left out."""
    return [
        FieldValue(record["id"], name, str(version.get("value") or ""), at)
        for name in within(record, "propertiesWithHistory") or {}
        for version in listed(record["propertiesWithHistory"], name)
        if (at := millis(version.get("timestamp"))) is not None
    ]


def _is_own(answered: Mapping[str, Any]) -> bool:
    return (
        not answered.get("hubspotDefined")
        and not answered.get("hidden")
        and not answered.get("calculated")
        and answered.get("fieldType") in _FILLED_IN
        and answered.get("dataSensitivity", "non_sensitive") == "non_sensitive"
        and not str(answered["name"]).startswith(OWN_PREFIX)
    )


def _definition(answered: Mapping[str, Any]) -> FieldDefinition:
    name = str(answered["name"])
    return FieldDefinition(
        name=name,
        label=str(answered.get("label") or name),
        options=_options(answered),
        feeds=_FEEDS.get(name),
    )


def _options(answered: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(
        Option(str(o.get("value")), str(o.get("label") or o.get("value")))
        for o in listed(answered, "options")
    )
