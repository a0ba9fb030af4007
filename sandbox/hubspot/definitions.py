"""Property definitions and their groups: what a portal's records may hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sandbox.hubspot.answers import conflict, invalid, not_found
from sandbox.hubspot.object_types import KINDS
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

FIELD_TYPES: dict[str, frozenset[str]] = {
    "bool": frozenset(("booleancheckbox", "calculation_equation")),
    "date": frozenset(("date",)),
    "datetime": frozenset(("date", "calculation_equation")),
    "enumeration": frozenset(
        ("booleancheckbox", "checkbox", "radio", "select", "calculation_equation")
    ),
    "number": frozenset(("number", "calculation_equation")),
    "phone_number": frozenset(("phonenumber",)),
    "string": frozenset(
        ("text", "textarea", "html", "file", "phonenumber", "calculation_equation")
    ),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Option:
    """One value an enumeration may have."""

    label: str
    value: str
    display_order: int = -1
    hidden: bool = False
    description: str = ""

    def json(self) -> Json:
        """The option as HubSpot shows it."""
        return {
            "label": self.label,
            "value": self.value,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Definition:
    """One property of one kind of record."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: tuple[Option, ...] = ()
    display_order: int = -1
    form_field: bool = False
    hidden: bool = False
    unique: bool = False
    calculated: bool = False
    read_only: bool = False
    external_options: bool = False
    hubspot_defined: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived_at: datetime | None = None

    def json(self) -> Json:
        """The definition as HubSpot shows it."""
        shown: Json = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": self.group,
            "description": self.description,
            "options": [option.json() for option in self.options],
            "displayOrder": self.display_order,
            "formField": self.form_field,
            "hidden": self.hidden,
            "hasUniqueValue": self.unique,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "hubspotDefined": self.hubspot_defined,
            "dataSensitivity": "non_sensitive",
            "archived": self.archived_at is not None,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyOptions": self.hubspot_defined,
                "readOnlyValue": self.read_only or self.calculated,
            },
        }
        moments = {
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archivedAt": self.archived_at,
        }
        return shown | {name: iso(at) for name, at in moments.items() if at is not None}


@dataclass(slots=True)
class Group:
    """One heading under which properties stand."""

    name: str
    label: str
    display_order: int = -1
    archived: bool = False

    def json(self) -> Json:
        """The group as HubSpot shows it."""
        shown: Json = {"name": self.name, "label": self.label}
        return shown | {"displayOrder": self.display_order, "archived": self.archived}


@dataclass(slots=True)
class Definitions:
    """Every definition and group of one portal, by kind of record."""

    now: Callable[[], datetime]
    _rows: dict[str, dict[str, Definition]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    _groups: dict[str, dict[str, Group]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )

    def register(self, kind: str, definition: Definition) -> None:
        """Put a definition there from the start, with its group."""
        self._rows[kind][definition.name] = definition
        label = definition.group.replace("_", " ").capitalize()
        self._groups[kind].setdefault(definition.group, Group(definition.group, label))

    def find(self, kind: str, name: str) -> Definition | None:
        """The live definition, or None."""
        definition = self._rows[kind].get(name)
        return definition if definition and definition.archived_at is None else None

    def get(self, kind: str, name: str, *, archived: bool = False) -> Definition:
        """The definition; raises 404 when there is none in that state."""
        definition = self._rows[kind].get(name)
        if definition is None or (definition.archived_at is not None) != archived:
            raise not_found(f"Property {name} does not exist", context={"propertyName": [name]})
        return definition

    def each(self, kind: str, *, archived: bool = False) -> Iterator[Definition]:
        """Live definitions, or archived ones, in the order they came."""
        for definition in self._rows[kind].values():
            if (definition.archived_at is not None) == archived:
                yield definition

    def custom_count(self, kind: str) -> int:
        """How many live definitions the customer or an app made."""
        return sum(not definition.hubspot_defined for definition in self.each(kind))

    def create(self, kind: str, spec: object) -> Definition:
        """Make a definition, or bring an archived one back; raises 400 or 409 as HubSpot does."""
        wanted = read_definition(spec)
        if wanted.group not in self._groups[kind]:
            raise invalid(
                f"property group {wanted.group} does not exist",
                subCategory="Properties.PROPERTY_GROUP_NOT_FOUND",
            )
        if self.find(kind, wanted.name):
            raise conflict(
                f"A property named '{wanted.name}' already exists.",
                "OBJECT_ALREADY_EXISTS",
                subCategory="Properties.PROPERTY_WITH_NAME_EXISTS",
                context={"propertyName": [wanted.name]},
            )
        made = replace(wanted, created_at=self.now(), updated_at=self.now())
        self._rows[kind][made.name] = made
        return made

    def patch(self, kind: str, name: str, spec: object) -> Definition:
        """Change a definition; `options` replace the complete list."""
        known = self.get(kind, name)
        if known.hubspot_defined:
            raise invalid(f"Property {name} is defined by HubSpot and cannot be changed.")
        given = _mapping(spec)
        merged = {
            "name": name,
            "label": given.get("label", known.label),
            "type": given.get("type", known.type),
            "fieldType": given.get("fieldType", known.field_type),
            "groupName": given.get("groupName", known.group),
            "description": given.get("description", known.description),
            "options": given.get("options", [option.json() for option in known.options]),
            "displayOrder": given.get("displayOrder", known.display_order),
            "formField": given.get("formField", known.form_field),
            "hidden": given.get("hidden", known.hidden),
            "hasUniqueValue": known.unique,
        }
        changed = replace(
            read_definition(merged), created_at=known.created_at, updated_at=self.now()
        )
        if changed.group not in self._groups[kind]:
            raise invalid(f"property group {changed.group} does not exist")
        self._rows[kind][name] = changed
        return changed

    def archive(self, kind: str, name: str) -> None:
        """Archive a custom definition; 404 when there is none, 400 when it is HubSpot's own."""
        known = self.get(kind, name)
        if known.hubspot_defined:
            raise invalid(f"Property {name} is defined by HubSpot and cannot be archived.")
        self._rows[kind][name] = replace(known, archived_at=self.now())

    def groups(self, kind: str) -> list[Group]:
        """Live groups."""
        return [group for group in self._groups[kind].values() if not group.archived]

    def group(self, kind: str, name: str) -> Group:
        """One live group; raises 404."""
        group = self._groups[kind].get(name)
        if group is None or group.archived:
            raise not_found(f"Property group {name} does not exist")
        return group

    def create_group(self, kind: str, spec: object) -> Group:
        """Make a group; raises 400 or 409."""
        given = _mapping(spec)
        name, label = _text(given, "name"), _text(given, "label")
        if not _NAME.fullmatch(name):
            raise invalid(_name_message(name))
        known = self._groups[kind].get(name)
        if known is not None and not known.archived:
            raise conflict(
                f"A property group named '{name}' already exists.",
                "OBJECT_ALREADY_EXISTS",
                subCategory="Properties.GROUP_WITH_NAME_EXISTS",
            )
        order = given.get("displayOrder", -1)
        self._groups[kind][name] = Group(name, label, order if isinstance(order, int) else -1)
        return self._groups[kind][name]

    def patch_group(self, kind: str, name: str, spec: object) -> Group:
        """Change a group's label or place."""
        group, given = self.group(kind, name), _mapping(spec)
        if "label" in given:
            group.label = _text(given, "label")
        order = given.get("displayOrder", group.display_order)
        group.display_order = order if isinstance(order, int) else group.display_order
        return group

    def archive_group(self, kind: str, name: str) -> None:
        """Archive an empty group; 400 while live properties stand under it."""
        group = self.group(kind, name)
        if any(definition.group == name for definition in self.each(kind)):
            raise invalid(f"Property group {name} still has active properties.")
        group.archived = True


def read_definition(spec: object) -> Definition:
    """A definition from a request's JSON; raises 400 with the reason HubSpot would give."""
    given = _mapping(spec)
    name, label = _text(given, "name"), _text(given, "label")
    kind, field_type = _text(given, "type"), _text(given, "fieldType")
    if not _NAME.fullmatch(name):
        raise invalid(_name_message(name))
    if kind not in FIELD_TYPES:
        raise invalid(f"Invalid property type: {kind}")
    if field_type not in FIELD_TYPES[kind]:
        raise invalid(f"fieldType {field_type} is not valid for property type {kind}")
    options = _read_options(given.get("options") or [])
    if kind == "bool" and {option.value for option in options} != {"true", "false"}:
        raise invalid("Boolean properties must have exactly two options: true and false.")
    order = given.get("displayOrder", -1)
    return Definition(
        name=name,
        label=label,
        type=kind,
        field_type=field_type,
        group=_text(given, "groupName"),
        description=str(given.get("description") or ""),
        options=options,
        display_order=order if isinstance(order, int) else -1,
        form_field=given.get("formField") is True,
        hidden=given.get("hidden") is True,
        unique=given.get("hasUniqueValue") is True,
        calculated=field_type == "calculation_equation",
    )


def _read_options(given: object) -> tuple[Option, ...]:
    if not isinstance(given, list):
        raise invalid("Property options must be a list.")
    options = []
    for place, entry in enumerate(given):
        spec = _mapping(entry)
        order = spec.get("displayOrder", place)
        options.append(
            Option(
                _text(spec, "label"),
                _text(spec, "value"),
                order if isinstance(order, int) else place,
                spec.get("hidden") is True,
                str(spec.get("description") or ""),
            )
        )
    if len({option.value for option in options}) != len(options):
        raise invalid("Property options must have unique values.")
    if len({option.label for option in options}) != len(options):
        raise invalid("Property options must have unique labels.")
    return tuple(options)


def _mapping(spec: object) -> Mapping[str, object]:
    if not isinstance(spec, dict):
        raise invalid("Invalid input JSON: an object is expected")
    return spec


def _text(spec: Mapping[str, object], name: str) -> str:
    value = spec.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(
            f"Invalid input JSON: Some required fields were not set: [{name}]",
            errors=[{"message": f"{name} may not be null", "context": {"propertyName": [name]}}],
        )
    return value


def _name_message(name: str) -> str:
    return (
        f"Property name {name[:50]!r} is not valid: a name has lowercase letters, digits and "
        "underscores only and starts with a letter."
    )
