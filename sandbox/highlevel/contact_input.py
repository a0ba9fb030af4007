"""What the body of a contact may say: reads it and refuses what the vendor refuses."""

from collections.abc import Mapping

from sandbox.highlevel.answers import invalid
from sandbox.highlevel.contacts import CHANNELS, V3_CHANNELS, Dnd, Revision, normal_tags
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json

TEXTS = (
    "firstName",
    "lastName",
    "email",
    "phone",
    "address1",
    "city",
    "state",
    "postalCode",
    "website",
    "timezone",
    "source",
    "dateOfBirth",
    "country",
    "assignedTo",
)
UPDATABLE = (*TEXTS, "name", "dnd", "dndSettings", "inboundDndSettings", "tags", "customFields")
# A new contact takes more; its gender is taken and dropped, as users of the vendor's report.
CREATABLE = (*UPDATABLE, "locationId", "companyName", "gender", "createNewIfDuplicateAllowed")
_VALUE_KEYS = ("field_value", "fieldValue", "value")
_FIELD_KEYS = frozenset(("id", "key", *_VALUE_KEYS))
_STATUSES = ("active", "inactive", "permanent")


def read_update(spec: Json, location: Location, *, v3: bool = False) -> Revision:
    """The body of a contact as a revision; raises 422 with every fault found."""
    faults: list[str] = []
    details = _details(spec, faults)
    revision = Revision(
        details=details,
        tags=_tags(spec, faults),
        custom=_custom(spec.get("customFields"), location, faults),
        dnd=_flag(spec, faults),
        dnd_settings=_dnd(spec.get("dndSettings"), "dndSettings", _channels(v3=v3), faults),
        inbound_dnd=_dnd(
            spec.get("inboundDndSettings"), "inboundDndSettings", {"all": "all"}, faults
        ),
    )
    if faults:
        raise invalid(*faults)
    return revision


def _details(spec: Json, faults: list[str]) -> dict[str, str | None]:
    details: dict[str, str | None] = {}
    for name in (*TEXTS, "companyName", "name"):
        if name not in spec:
            continue
        value = spec[name]
        if value is not None and not isinstance(value, str):
            faults.append(f"{name} must be a string")
        elif name == "name":
            first, _, last = (value or "").partition(" ")
            details |= {"firstName": first, "lastName": last}
        elif name == "email" and value and "@" not in value:
            faults.append("email must be an email")
        else:
            details[name] = value
    return details


def _tags(spec: Json, faults: list[str]) -> list[str] | None:
    """All the tags the contact has from now on: an update replaces them."""
    if "tags" not in spec:
        return None
    return read_tags(spec["tags"], faults)


def read_tags(value: object, faults: list[str]) -> list[str]:
    """Tags in the platform's spelling; notes a fault unless they are a list of texts."""
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        faults.append("each value in tags must be a string")
        return []
    return normal_tags(value)


def _flag(spec: Json, faults: list[str]) -> bool | None:
    value = spec.get("dnd")
    if value is None or isinstance(value, bool):
        return value
    faults.append("dnd must be a boolean value")
    return None


def _channels(*, v3: bool) -> dict[str, str]:
    """How a version spells the channels → how they are kept."""
    spelt = V3_CHANNELS if v3 else CHANNELS
    return dict(zip(spelt, CHANNELS, strict=True))


def _dnd(value: object, where: str, names: dict[str, str], faults: list[str]) -> Dnd | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        faults.append(f"{where} must be an object")
        return None
    settings: Dnd = {}
    for name, setting in value.items():
        if name not in names:
            faults.append(f"{where}.property {name} should not exist")
        elif not isinstance(setting, dict) or setting.get("status") not in _STATUSES:
            words = ", ".join(_STATUSES)
            faults.append(f"{where}.{name}.status must be one of the following values: {words}")
        else:
            settings[names[name]] = {key: str(text) for key, text in setting.items()}
    return settings


def _custom(value: object, location: Location, faults: list[str]) -> dict[str, object] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        faults.append("customFields must be an array")
        return None
    values: dict[str, object] = {}
    for number, entry in enumerate(value):
        _read_custom(entry, f"customFields.{number}", location, values, faults)
    return values


def _read_custom(
    entry: object, where: str, location: Location, values: dict[str, object], faults: list[str]
) -> None:
    if not isinstance(entry, Mapping):
        faults.append(f"{where} must be an object")
        return
    wrong = [name for name in entry if name not in _FIELD_KEYS]
    faults += [f"{where}.property {name} should not exist" for name in wrong]
    named, keys = entry.get("id") or entry.get("key"), [k for k in _VALUE_KEYS if k in entry]
    field = location.fields.find(str(named)) if named else None
    if wrong:
        return
    if field is None or field.model != "contact":
        if not location.limits.ignore_unknown_fields:
            faults.append(f"{where}.id is not a custom field of this location")
        return
    if not keys:
        faults.append(f"{where}.field_value should not be empty")
        return
    try:
        values[field.id] = field.read(entry[keys[0]])
    except ValueError as error:
        faults.append(f"{where}.field_value {error}")
