"""Custom fields of a location: their definitions, and which values they take."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sandbox.highlevel.ids import Ids
from sandbox.kit.answers import Json

TYPES = (
    "TEXT",
    "LARGE_TEXT",
    "NUMERICAL",
    "PHONE",
    "MONETORY",
    "CHECKBOX",
    "SINGLE_OPTIONS",
    "MULTIPLE_OPTIONS",
    "DATE",
    "TEXTBOX_LIST",
    "FILE_UPLOAD",
    "RADIO",
    "EMAIL",
    "FLOAT",
    "TIME",
    "SIGNATURE",
)
NUMBERS = frozenset(("NUMERICAL", "MONETORY", "FLOAT"))
ONE_OPTION = frozenset(("SINGLE_OPTIONS", "RADIO"))
MANY_OPTIONS = frozenset(("MULTIPLE_OPTIONS", "CHECKBOX"))


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field; the model is part of its key, `contact.dormancy_score`."""

    id: str
    name: str
    key: str
    data_type: str
    model: str = "contact"
    placeholder: str = ""
    position: int = 0
    options: tuple[str, ...] = ()
    parent_id: str | None = None
    description: str = ""

    def json(self, location_id: str) -> Json:
        """The field as answers show it."""
        shown: Json = {
            "id": self.id,
            "name": self.name,
            "fieldKey": self.key,
            "placeholder": self.placeholder,
            "dataType": self.data_type,
            "position": self.position,
            "model": self.model,
            "locationId": location_id,
            "parentId": self.parent_id,
        }
        if self.data_type in ONE_OPTION | MANY_OPTIONS:
            shown["picklistOptions"] = list(self.options)
        return {name: value for name, value in shown.items() if value is not None}

    def read(self, value: object) -> object:
        """The value as it is kept, None for a blank; raises ValueError for a wrong one."""
        if value is None or value in ("", []):
            return None
        if self.data_type in NUMBERS:
            return _number(value)
        if self.data_type in MANY_OPTIONS:
            return self._chosen(value)
        if self.data_type in ("FILE_UPLOAD", "TEXTBOX_LIST", "SIGNATURE"):
            return value
        plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        fits = plain and (self.data_type not in ONE_OPTION or str(value) in self.options)
        if not fits:
            one = "one of the options" if self.data_type in ONE_OPTION else "a string"
            raise ValueError(f"must be {one}")
        return value if self.data_type == "DATE" else str(value)

    def _chosen(self, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ValueError("must be an array of strings")
        if not set(value) <= set(self.options):
            raise ValueError("must be among the options")
        return list(value)


def _number(value: object) -> float | int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return float(str(value))
    except ValueError as error:
        raise ValueError("must be a number") from error


@dataclass(slots=True)
class CustomFields:
    """The fields of one location, with the one folder its staff made (the API cannot make any)."""

    ids: Ids
    folder: str = field(init=False)
    _rows: dict[str, CustomField] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.ids.draw()

    def each(self, model: str = "all") -> Iterator[CustomField]:
        """Fields of a model, or all, in their order."""
        return (row for row in list(self._rows.values()) if model in {"all", row.model})

    def find(self, id_or_key: str) -> CustomField | None:
        """The field with that id, or that key with or without the model in front."""
        found = self._rows.get(id_or_key)
        if found is not None:
            return found
        keys = {id_or_key, f"contact.{id_or_key}"}
        return next((row for row in self._rows.values() if row.key in keys), None)

    def create(self, name: str, data_type: str, **more: object) -> CustomField:
        """A new field; raises ValueError for a key that is taken, or a folder that is not there."""
        model = str(more.get("model") or "contact")
        bare = str(more.get("fieldKey") or name).removeprefix(f"{model}.")
        key = f"{model}.{_slug(bare)}"
        if self.find(key) is not None:
            raise ValueError(f"custom field with key {key} already exists")
        parent = more.get("parentId")
        if parent is not None and parent != self.folder:
            raise ValueError("parentId is not an existing folder")
        options = more.get("options")
        row = CustomField(
            id=self.ids.draw(),
            name=name,
            key=key,
            data_type=data_type,
            model=model,
            placeholder=str(more.get("placeholder") or ""),
            position=_position(more.get("position"), len(self._rows) * 50),
            options=tuple(map(str, options)) if isinstance(options, list) else (),
            parent_id=self.folder if parent is None else str(parent),
            description=str(more.get("description") or ""),
        )
        self._rows[row.id] = row
        return row

    def rename(self, known: CustomField, spec: Json) -> CustomField:
        """The field after an update; type and key stay what they were."""
        options = spec.get("options")
        row = replace(
            known,
            name=str(spec["name"]),
            placeholder=str(spec.get("placeholder", known.placeholder)),
            position=_position(spec.get("position"), known.position),
            options=tuple(map(str, options)) if isinstance(options, list) else known.options,
        )
        self._rows[row.id] = row
        return row

    def delete(self, known: CustomField) -> None:
        del self._rows[known.id]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _position(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
