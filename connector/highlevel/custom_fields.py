"""The account's custom contact fields: which there are, and ours where they are missing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.errors import CrmForbidden, CrmLimitReached, CrmUnexpected
from connector.highlevel import endpoints
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.parse import OWN_PREFIX
from connector.highlevel.sources import MODEL, read_as
from connector.highlevel.values import fields_of, records_of, text
from connector.port.fields import ContactProperty, FieldDefinition, Option, PropertyDefinition
from connector.port.writing import Provisioned
from connector.provisioning import make_each

_NUMBERS = frozenset({"NUMERICAL", "MONETORY", "FLOAT"})

# Our kinds → field types that lose nothing: options cannot be changed later, and a DATE has no time of day.
_TYPES = {"number": "NUMERICAL", "long_text": "LARGE_TEXT"}
_USUAL_TYPE = "TEXT"
# What holds one text or one choice.
_FILLED_IN = frozenset({"TEXT", "SINGLE_OPTIONS", "RADIO"})


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field; `key` without the model in front."""

    field_id: str
    key: str
    data_type: str
    label: str = ""
    options: tuple[str, ...] = ()

    def wire(self, value: str) -> str | float | int:
        """A value of ours as this field takes it; an empty text clears it.

        Numbers travel as JSON numbers, although the specification declares them objects.
        """
        if self.data_type not in _NUMBERS or value == "":
            return value
        try:
            number = float(value)
        except ValueError:
            return value
        if not math.isfinite(number):
            return value
        return int(number) if number.is_integer() else number


class CustomFields:
    """The custom contact fields of one account, read once for each time it is opened."""

    def __init__(self, http: HighLevelHttp) -> None:
        self._http = http
        self._loaded: dict[str, CustomField] | None = None

    def by_key(self) -> Mapping[str, CustomField]:
        """Key → field."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def keys(self) -> Mapping[str, str]:
        """Field id → key; empty where custom fields may not be read."""
        try:
            return {field.field_id: key for key, field in self.by_key().items()}
        except CrmForbidden:
            return {}

    def definitions(self) -> list[FieldDefinition]:
        """The customer's own fields with a text or a choice."""
        return [
            FieldDefinition(
                name=f"{MODEL}.{field.key}",
                label=field.label or field.key,
                options=tuple(Option(value, value) for value in field.options),
            )
            for field in self.by_key().values()
            if field.data_type in _FILLED_IN and not field.key.startswith(OWN_PREFIX)
        ]

    def properties(self) -> list[ContactProperty]:
        """Every custom field but ours, as a source of an input."""
        try:
            known = self.by_key().values()
        except CrmForbidden:
            return []
        return [_property(field) for field in known if not field.key.startswith(OWN_PREFIX)]

    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        """Make the missing fields. There is no group: folders cannot be made."""
        present = self._load()
        provisioned = make_each((d for d in definitions if d.name not in present), self._create)
        self._loaded = None
        return provisioned

    def _create(self, definition: PropertyDefinition) -> int:
        body = {
            "name": definition.label,
            "dataType": _TYPES.get(definition.kind, _USUAL_TYPE),
            "model": MODEL,
            "fieldKey": definition.name,
            "description": definition.description,
        }
        try:
            answer = self._http.call(
                endpoints.CREATE_CUSTOM_FIELD, body=body, location_id=self._http.location_id
            )
        except CrmLimitReached as error:
            raise CrmLimitReached(
                "The account may have no more custom fields for contacts: delete some that nobody "
                f"uses, or move to a larger plan. {error.message}",
                limit="custom fields for contacts",
            ) from error
        made = _field(fields_of(answer, "customField"))
        # The key is not in the published schema: without it the next provision would make a second field.
        if made.key != definition.name:
            raise CrmUnexpected(
                f"HighLevel made the field {definition.label!r} under another key than asked for: "
                "rename or delete it in the account's settings, then try again."
            )
        return 1

    def _load(self) -> dict[str, CustomField]:
        answer = self._http.call(
            endpoints.CUSTOM_FIELDS,
            params={"model": MODEL},
            location_id=self._http.location_id,
        )
        listed = [_field(entry) for entry in records_of(answer, "customFields")]
        return {field.key: field for field in listed}


# Field types in our words; the others hold a text.
_KINDS = {
    **dict.fromkeys(_NUMBERS, "number"),
    "DATE": "date",
    "SINGLE_OPTIONS": "choice",
    "RADIO": "choice",
    "MULTIPLE_OPTIONS": "tags",
    "CHECKBOX": "tags",
    "TEXTBOX_LIST": "tags",
}
_FILES = frozenset({"FILE_UPLOAD", "SIGNATURE"})


def _property(field: CustomField) -> ContactProperty:
    return ContactProperty(
        name=f"{MODEL}.{field.key}",
        label=field.label or field.key,
        kind=_KINDS.get(field.data_type, "text"),
        options=tuple(Option(value, value) for value in field.options),
        is_own=True,
        read_as=read_as(field.key),
        unusable="It holds files." if field.data_type in _FILES else "",
    )


def _field(entry: Mapping[str, object]) -> CustomField:
    options = entry.get("picklistOptions")
    return CustomField(
        field_id=str(entry.get("id") or ""),
        key=str(entry.get("fieldKey") or "").removeprefix(f"{MODEL}."),
        data_type=str(entry.get("dataType") or _USUAL_TYPE).upper(),
        label=text(entry.get("name")),
        options=tuple(filter(None, map(text, options))) if isinstance(options, list) else (),
    )
