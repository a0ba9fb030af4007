"""Which fields of a contact may feed which input, and the values of those that do; no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.highlevel import consent
from connector.highlevel.values import text
from connector.port.fields import ContactProperty

Record = Mapping[str, Any]

MODEL = "contact"  # what stands in front of a custom field's key
# Custom fields of the customer's own that are read, by their keys; the first that has a value counts.
REASON_KEYS = ("lost_reason", "closed_lost_reason")

# Standard fields that an admin may name as a source: name → its label, kind, what is read from it anyway.
STANDARD: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "firstName": ("First name", "text", ("first_name",)),
    "lastName": ("Last name", "text", ("last_name",)),
    "email": ("Email", "text", ("email",)),
    "phone": ("Phone", "text", ("phone",)),
    "timezone": ("Time zone", "text", ("timezone",)),
    "state": ("State", "text", ("region",)),
    "source": ("Contact source", "text", ("source",)),
    "assignedTo": ("Assigned to", "text", ("owner_id",)),
    "dateAdded": ("Created", "moment", ("created_at",)),
    "dnd": ("Do not disturb", "flag", ("email_opt_out", "sms_opt_out")),
    "type": ("Contact type", "choice", ("lifecycle",)),
    "validEmail": ("Email is valid", "flag", ("email_bounced",)),
    "dateOfBirth": ("Date of birth", "date", ()),
    "tags": ("Tags", "tags", ()),
    "companyName": ("Business name", "text", ()),
    "address1": ("Street address", "text", ()),
    "city": ("City", "text", ()),
    "postalCode": ("Postal code", "text", ()),
    "country": ("Country", "text", ()),
    "website": ("Website", "text", ()),
}
# Of these, what is known to be whose source although no column holds it.
MEANS = {"dateOfBirth": "birth_date", "tags": "tags"}
# Columns that hold a text as it is, and the inputs that share one, in order: what feeds each where nothing is settled.
_AS_IT_IS: dict[str, dict[str, tuple[str, ...]]] = {
    "first_name": {"first_name": ("firstName",)},
    "last_name": {"last_name": ("lastName",)},
    "email": {"email": ("email",)},
    "phone": {"mobile": (), "phone": ("phone",)},
    "timezone": {"timezone": ("timezone",)},
    "region": {"region": ("state",)},
    "source": {"source": ("source",)},
    "owner_id": {"owner_id": ("assignedTo",)},
}


def sources_kept(
    record: Record, custom: Mapping[str, str], sources: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Field → value of every field that feeds an input; `custom` is key → value of the custom fields."""
    return values_of(record, custom, [name for names in sources.values() for name in names])


def read_as_it_is(
    record: Record, custom: Mapping[str, str], sources: Mapping[str, Sequence[str]]
) -> dict[str, str | None]:
    """Column → text, of the first field with a value among those that feed it."""
    found: dict[str, str | None] = {}
    for column, usual in _AS_IT_IS.items():
        names = [name for one in usual for name in sources.get(one, usual[one])]
        found[column] = next(iter(values_of(record, custom, names).values()), None)
    return found


def read_reason(
    record: Record, custom: Mapping[str, str], sources: Mapping[str, Sequence[str]]
) -> tuple[str, str] | None:
    """The field that says why the contact was lost, and what it says."""
    names = sources.get("reason", [f"{MODEL}.{key}" for key in REASON_KEYS])
    return next(iter(values_of(record, custom, names).items()), None)


def values_of(record: Record, custom: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Field → value, of those fields that have one; a custom field's name has the model in front."""
    found = {
        name: custom.get(name.removeprefix(f"{MODEL}."), "")
        if name.startswith(f"{MODEL}.")
        else text(record.get(name))
        for name in names
    }
    return {name: value for name, value in found.items() if value}


def read_as(key: str) -> tuple[str, ...]:
    """The inputs that are read from a custom field by itself."""
    fields = {**consent.KEYS, "reason": REASON_KEYS}
    return tuple(name for name, keys in fields.items() if key in keys)


def standard_properties() -> list[ContactProperty]:
    """What every account has for its contacts beside custom fields."""
    return [
        ContactProperty(name, label, kind, read_as=reads, means=MEANS.get(name, ""))
        for name, (label, kind, reads) in STANDARD.items()
    ]
