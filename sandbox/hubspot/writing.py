"""Checks what a request wants to write against definitions and rules, then writes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.hubspot.answers import conflict, invalid
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.gateway import Call
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.hubspot.values import InvalidValueError, coerce, values_refused
from sandbox.kit.answers import Json


@dataclass(slots=True)
class Prepared:
    """Values that may be written as they are, and HubSpot's warnings about them."""

    values: dict[str, str | None] = field(default_factory=dict)
    warnings: list[Json] = field(default_factory=list)


def prepare(call: Call, kind: str, given: object, record: Record | None) -> Prepared:
    """Validate the wanted properties of a new (None) or known record; raises 400 or 409."""
    if not isinstance(given, dict):
        raise invalid("Invalid input JSON: Some required fields were not set: [properties]")
    prepared, problems = Prepared(), []
    current = record.properties if record else {}
    owners = {owner.id for owner in call.portal.owners}
    for name, value in given.items():
        try:
            definition = _writable(call.portal, kind, name)
            coerced = coerce(
                definition, value, current=current.get(name), lenient=call.lenient, owners=owners
            )
        except InvalidValueError as problem:
            problems.append(problem)
            continue
        prepared.values[name] = coerced.value
        if coerced.warning:
            prepared.warnings.append(coerced.warning)
    if problems:
        raise values_refused(problems)
    _fit(call.portal, kind, prepared.values, record)
    return prepared


def create(call: Call, kind: str, prepared: Prepared) -> Record:
    """Write a new record as this app."""
    records = call.portal.records
    record_id = records.create(
        kind, prepared.values, source="INTEGRATION", source_id=call.source_id
    )
    call.hubspot.counters.wrote(call.portal.id, kind, record_id, changed=True)
    record = records.get(kind, record_id)
    if record is None:
        raise KeyError(record_id)
    return record


def update(call: Call, record: Record, prepared: Prepared) -> None:
    """Write to a known record as this app."""
    changed = call.portal.records.update(
        record.kind, record.id, prepared.values, source="INTEGRATION", source_id=call.source_id
    )
    call.hubspot.counters.wrote(call.portal.id, record.kind, record.id, changed=bool(changed))


def _writable(portal: Portal, kind: str, name: str) -> Definition:
    definition = portal.definitions.find(kind, name)
    if definition is None:
        raise InvalidValueError(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if definition.read_only or definition.calculated:
        raise InvalidValueError(
            name,
            "READ_ONLY_VALUE",
            f'"{name}" is a read only property; its value cannot be set.',
        )
    return definition


def _fit(portal: Portal, kind: str, values: dict[str, str | None], record: Record | None) -> None:
    before = record.properties if record else {}
    if kind == "contacts":
        _refuse_taken_email(portal, values.get("email"), record)
        if _goes_back(portal, before.get("lifecyclestage"), values.get("lifecyclestage")):
            # HubSpot accepts the request and keeps the later stage.
            del values["lifecyclestage"]
    if kind == "deals":
        values |= _deal_outcome(portal, before | values) if "dealstage" in values else {}
    portal.rules.check(kind, before, before | values)


def _refuse_taken_email(portal: Portal, email: str | None, record: Record | None) -> None:
    owner = portal.records.by_email(email) if email else None
    if owner is not None and (record is None or owner != record.id):
        raise conflict(f"Contact already exists. Existing ID: {owner}")


def _goes_back(portal: Portal, known: str | None, wanted: str | None) -> bool:
    definition = portal.definitions.find("contacts", "lifecyclestage")
    order = [option.value for option in definition.options] if definition else []
    if known not in order or wanted not in order:
        return False
    return order.index(wanted) < order.index(known)


def _deal_outcome(portal: Portal, values: Mapping[str, str | None]) -> dict[str, str | None]:
    for pipeline in portal.pipelines["deals"]:
        for stage in pipeline.stages:
            if stage.id == values.get("dealstage"):
                share = stage.metadata["probability"]
                return {
                    "hs_is_closed": stage.metadata["isClosed"],
                    "hs_is_closed_won": "true" if share == "1.0" else "false",
                    "hs_deal_stage_probability": share,
                }
    return {}
